package decide_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/event"
)

// shop is a layout of n actions with two messages by two channels each, in a
// context of 1, three states, and two more numbers.
func shop(t testing.TB, n int) *decide.Layout {
	t.Helper()
	var actions []decide.ActionShape
	for i := range n {
		actions = append(actions, decide.ActionShape{ID: fmt.Sprint("a", i), Messages: []decide.MessageShape{
			{ID: "plain", Channels: []string{"email", "push"}}, {ID: "warm", Channels: []string{"email", "push"}},
		}})
	}
	l, err := decide.NewLayout(6, 3, actions)
	require.NoError(t, err)
	return l
}

func context(r *rand.Rand) []float64 {
	b := []float64{r.Float64(), r.Float64(), r.Float64()}
	sum := b[0] + b[1] + b[2]
	return []float64{1, b[0] / sum, b[1] / sum, b[2] / sum, r.NormFloat64(), r.Float64()}
}

func place(t testing.TB, l *decide.Layout, action, message, channel string, hour int) decide.Place {
	t.Helper()
	p, err := l.Place(action, message, channel, hour)
	require.NoError(t, err)
	return p
}

// The posterior against gonum's solution of the same normal equations, written
// from the definition with one indicator a cell.
func TestThePosteriorIsThatOfTheHierarchy(t *testing.T) {
	t.Parallel()
	l := shop(t, 1)
	r := rand.New(rand.NewPCG(1, 0))
	s := l.NewStatistics()
	prior := decide.Prior{Deviation: [4]float64{2, 1, 0.5, 0.25}, Noise: 3}
	type cell struct {
		message, channel string
		hour             int
	}
	cells := []cell{{"plain", "email", 3}, {"plain", "push", 3}, {"warm", "email", 3}, {"warm", "email", 7}}
	// Columns: 6 action; 4 by message (2); channels by message (3 used); hours by
	// channel (email 3, push 3, email 7).
	column := map[string]int{}
	dims := 6
	var tau []float64
	for range 6 {
		tau = append(tau, 2)
	}
	at := func(name string, size int, deviation float64) int {
		if k, ok := column[name]; ok {
			return k
		}
		column[name] = dims
		dims += size
		for range size {
			tau = append(tau, deviation)
		}
		return column[name]
	}
	var rows [][]float64
	var ys []float64
	for range 400 {
		c := cells[r.IntN(len(cells))]
		x := context(r)
		y := 5*x[2] + 2*r.NormFloat64()
		require.NoError(t, l.Observe(s, "a0", place(t, l, "a0", c.message, c.channel, c.hour), x, y, 1))
		line := make([]float64, 64)
		copy(line, x)
		m := at("m"+c.message, 4, 1)
		copy(line[m:], x[:4])
		line[at("c"+c.message+c.channel, 1, 0.5)] = 1
		line[at(fmt.Sprint("h", c.channel, c.hour), 1, 0.25)] = 1
		rows, ys = append(rows, line), append(ys, y)
	}
	p, err := l.Learn(s, prior)
	require.NoError(t, err)

	solve := func(noise2 float64) (mat.VecDense, mat.Dense) {
		a := mat.NewDense(dims, dims, nil)
		v := mat.NewVecDense(dims, nil)
		for i := range dims {
			a.Set(i, i, 1/(tau[i]*tau[i]))
		}
		for k, line := range rows {
			for i := range dims {
				v.SetVec(i, v.AtVec(i)+line[i]*ys[k]/noise2)
				for j := range dims {
					a.Set(i, j, a.At(i, j)+line[i]*line[j]/noise2)
				}
			}
		}
		var mean mat.VecDense
		var cov mat.Dense
		require.NoError(t, mean.SolveVec(a, v))
		require.NoError(t, cov.Inverse(a))
		return mean, cov
	}
	noise2 := 9.0
	mean, cov := solve(noise2)
	for range 3 { // the noise by evidence maximisation
		sum := 9.0
		for k, line := range rows {
			e, q := ys[k], 0.0
			for i := range dims {
				e -= line[i] * mean.AtVec(i)
				for j := range dims {
					q += line[i] * line[j] * cov.At(i, j)
				}
			}
			sum += e*e + q
		}
		noise2 = sum / 401
		mean, cov = solve(noise2)
	}
	for _, c := range cells {
		x := context(r)
		line := make([]float64, dims)
		copy(line, x)
		copy(line[column["m"+c.message]:], x[:4])
		line[column["c"+c.message+c.channel]] = 1
		line[column[fmt.Sprint("h", c.channel, c.hour)]] = 1
		m, v := 0.0, 0.0
		for i := range dims {
			m += line[i] * mean.AtVec(i)
			for j := range dims {
				v += line[i] * line[j] * cov.At(i, j)
			}
		}
		gotMean, gotDev, trials, err := p.Effect("a0", place(t, l, "a0", c.message, c.channel, c.hour), x)
		require.NoError(t, err)
		require.InDelta(t, m, gotMean, 1e-8)
		require.InDelta(t, math.Sqrt(v), gotDev, 1e-8)
		require.InDelta(t, 400, trials, 0)
	}
}

func TestWhatPartitionsLearnAddsUp(t *testing.T) {
	t.Parallel()
	l := shop(t, 2)
	r := rand.New(rand.NewPCG(2, 0))
	whole, parts := l.NewStatistics(), []*decide.Statistics{l.NewStatistics(), l.NewStatistics(), l.NewStatistics()}
	for i := range 300 {
		action := fmt.Sprint("a", r.IntN(2))
		at := place(t, l, action, "warm", "push", r.IntN(decide.Hours))
		x, y := context(r), r.NormFloat64()
		require.NoError(t, l.Observe(whole, action, at, x, y, 1))
		require.NoError(t, l.Observe(parts[i%3], action, at, x, y, 1))
	}
	text, err := json.Marshal(parts[2]) // they travel
	require.NoError(t, err)
	var arrived decide.Statistics
	require.NoError(t, json.Unmarshal(text, &arrived))
	require.NoError(t, parts[0].Merge(parts[1]))
	require.NoError(t, parts[0].Merge(&arrived))
	for i := range whole.Blocks {
		require.InDeltaSlice(t, whole.Blocks[i].XX, parts[0].Blocks[i].XX, 1e-9)
		require.InDeltaSlice(t, whole.Blocks[i].XY, parts[0].Blocks[i].XY, 1e-9)
		require.InDelta(t, whole.Blocks[i].YY, parts[0].Blocks[i].YY, 1e-9)
	}
	require.Error(t, whole.Merge(shop(t, 3).NewStatistics()))
}

func TestACorrectionLeavesWhatTheBetterRewardWouldHaveTaught(t *testing.T) {
	t.Parallel()
	l := shop(t, 1)
	r := rand.New(rand.NewPCG(3, 0))
	once, twice := l.NewStatistics(), l.NewStatistics()
	for range 50 {
		x, first, last := context(r), r.NormFloat64(), r.NormFloat64()
		at := place(t, l, "a0", "plain", "email", 5)
		require.NoError(t, l.Observe(once, "a0", at, x, last, 1))
		require.NoError(t, l.Observe(twice, "a0", at, x, first, 1))
		require.NoError(t, l.Correct(twice, "a0", at, x, first, last, 1))
	}
	require.InDeltaSlice(t, once.Blocks[1].XY, twice.Blocks[1].XY, 1e-9)
	require.InDelta(t, once.Blocks[1].YY, twice.Blocks[1].YY, 1e-9)
}

func TestForgettingFollowsDrift(t *testing.T) {
	t.Parallel()
	l := shop(t, 1)
	r := rand.New(rand.NewPCG(4, 0))
	s, kept := l.NewStatistics(), l.NewStatistics()
	x := []float64{1, 1, 0, 0, 0, 0}
	for week := range 100 {
		truth := 1.0
		if week >= 60 {
			truth = -1
		}
		s.Forget(decide.Forgetting)
		for range 20 {
			y := truth + r.NormFloat64()
			require.NoError(t, l.Observe(s, "a0", decide.Place{}, x, y, 1))
			require.NoError(t, l.Observe(kept, "a0", decide.Place{}, x, y, 1))
		}
	}
	effect := func(s *decide.Statistics) float64 {
		p, err := l.Learn(s, decide.PriorOf(10))
		require.NoError(t, err)
		m, _, _, err := p.Effect("a0", decide.Place{}, x)
		require.NoError(t, err)
		return m
	}
	require.Less(t, effect(s), -0.3)
	require.Greater(t, effect(kept), 0.0, "what forgets nothing still believes the old")
}

func TestANewMessageKeepsWhatIsKnownOfTheOthers(t *testing.T) {
	t.Parallel()
	old := shop(t, 2)
	s := old.NewStatistics()
	r := rand.New(rand.NewPCG(5, 0))
	for range 200 {
		require.NoError(t, old.Observe(s, "a1", place(t, old, "a1", "warm", "email", 9), context(r), 3+r.NormFloat64(), 1))
	}
	l, err := decide.NewLayout(6, 3, []decide.ActionShape{
		{ID: "new", Messages: []decide.MessageShape{{ID: "first", Channels: []string{"sms"}}}},
		{ID: "a1", Messages: []decide.MessageShape{{ID: "bold", Channels: []string{"sms", "email"}}, {ID: "warm", Channels: []string{"push", "email"}}}},
	})
	require.NoError(t, err)
	moved, err := l.Move(s, old)
	require.NoError(t, err)
	before, err := old.Learn(s, decide.PriorOf(5))
	require.NoError(t, err)
	after, err := l.Learn(moved, decide.PriorOf(5))
	require.NoError(t, err)
	x := context(r)
	m0, d0, n0, err := before.Effect("a1", place(t, old, "a1", "warm", "email", 9), x)
	require.NoError(t, err)
	m1, d1, n1, err := after.Effect("a1", place(t, l, "a1", "warm", "email", 9), x)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{m0, d0, n0}, []float64{m1, d1, n1}, 1e-9)
	_, _, none, err := after.Effect("new", decide.Place{}, x)
	require.NoError(t, err)
	require.Zero(t, none)

	narrow, err := decide.NewLayout(5, 3, nil)
	require.NoError(t, err)
	_, err = narrow.Move(s, old)
	require.Error(t, err)
}

func TestThinCellsShrinkToWhatIsAboveThemAndThePriorIsFound(t *testing.T) {
	t.Parallel()
	l := shop(t, 8)
	r := rand.New(rand.NewPCG(6, 0))
	s := l.NewStatistics()
	draw := func(n int, deviation float64) (out []float64) {
		for range n {
			out = append(out, deviation*r.NormFloat64())
		}
		return out
	}
	for a := range 8 {
		action := fmt.Sprint("a", a)
		own := draw(6, 1)
		by := map[string][]float64{"plain": draw(4, 0.1), "warm": draw(4, 0.1)} // messages differ less than actions
		for range 2000 {
			message := []string{"plain", "warm"}[r.IntN(2)]
			x, y := context(r), r.NormFloat64()
			for i, v := range x {
				y += own[i] * v
			}
			for i, v := range by[message] {
				y += v * x[i]
			}
			require.NoError(t, l.Observe(s, action, place(t, l, action, message, []string{"email", "push"}[r.IntN(2)], r.IntN(4)), x, y, 1))
		}
	}
	prior := decide.Prior{Deviation: [4]float64{0.5, 0.5, 0.5, 0.5}, Noise: 1}
	for range 8 {
		p, err := l.Learn(s, prior)
		require.NoError(t, err)
		prior = p.Reestimate()
	}
	t.Logf("deviations by level, in truth 1, 0.1, 0 and 0: %.3f", prior.Deviation)
	require.InDelta(t, 1, prior.Deviation[0], 0.4)
	require.Less(t, prior.Deviation[1], 0.3)
	require.Less(t, prior.Deviation[2], 0.2)
	require.Less(t, prior.Deviation[3], 0.2)

	thin := l.NewStatistics()
	for i := range 500 {
		message := "plain"
		if i == 0 {
			message = "warm"
		}
		require.NoError(t, l.Observe(thin, "a0", place(t, l, "a0", message, "email", 1), context(r), 2+r.NormFloat64(), 1))
	}
	p, err := l.Learn(thin, prior)
	require.NoError(t, err)
	x := context(r)
	seen, _, _, err := p.Effect("a0", place(t, l, "a0", "plain", "email", 1), x)
	require.NoError(t, err)
	once, _, _, err := p.Effect("a0", place(t, l, "a0", "warm", "email", 1), x)
	require.NoError(t, err)
	require.InDelta(t, seen, once, 0.25)
}

// offers gives silence and n actions with every way at one hour.
func offers(n int) []decide.Offer {
	out := []decide.Offer{{Action: event.Silence}}
	for i := range n {
		o := decide.Offer{Action: fmt.Sprint("a", i)}
		for _, m := range []string{"plain", "warm"} {
			for _, c := range []string{"email", "push"} {
				o.Ways = append(o.Ways, decide.Way{Message: m, Channel: c, Hour: 8})
			}
		}
		out = append(out, o)
	}
	return out
}

// taught is a posterior of a shop where a0 is worth 1 and the rest nothing, known
// from n decisions each.
func taught(t testing.TB, l *decide.Layout, n int) *decide.Posterior {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 0))
	s := l.NewStatistics()
	for _, action := range l.Actions() {
		for range n {
			effect, at := 0.0, decide.Place{}
			if action != event.Silence {
				at = place(t, l, action, []string{"plain", "warm"}[r.IntN(2)], []string{"email", "push"}[r.IntN(2)], 8)
			}
			if action == "a0" {
				effect = 1
			}
			require.NoError(t, l.Observe(s, action, at, context(r), effect+3*r.NormFloat64(), 1))
		}
	}
	p, err := l.Learn(s, decide.PriorOf(5))
	require.NoError(t, err)
	p.Version = "p1"
	return p
}

func TestAColdStartIsAFairSplit(t *testing.T) {
	t.Parallel()
	l := shop(t, 4)
	p, err := l.Learn(l.NewStatistics(), decide.PriorOf(5))
	require.NoError(t, err)
	var c decide.Chooser
	r := rand.New(rand.NewPCG(8, 0))
	for seed := range uint64(200) {
		rec, err := c.Decide(p, offers(4), context(r), seed, decide.Exploration{})
		require.NoError(t, err)
		require.Equal(t, decide.Fair, rec.Drawn.Policy)
		for _, v := range rec.Drawn.Offers {
			require.InDelta(t, 0.2, v, 1e-12)
		}
	}
}

func TestANewActionGetsItsShareAndTheOthersKeepTheirOrder(t *testing.T) {
	t.Parallel()
	l := shop(t, 5)
	p := taughtBut(t, l, 2000, "a4")
	var c decide.Chooser
	rec, err := c.Decide(p, offers(5), []float64{1, 0.3, 0.3, 0.4, 0, 0.5}, 1, decide.Exploration{})
	require.NoError(t, err)
	require.Equal(t, decide.Fair, rec.Drawn.Policy)
	require.InDelta(t, 1.0/6, rec.Drawn.Offers[5], 0.01)
	require.Greater(t, rec.Drawn.Offers[1], 0.6, "a0 is known to be best: %v", rec.Drawn.Offers)
}

// taughtBut is taught, without having tried one action.
func taughtBut(t testing.TB, l *decide.Layout, n int, without string) *decide.Posterior {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 1))
	s := l.NewStatistics()
	for _, action := range l.Actions() {
		for range n {
			if action == without {
				continue
			}
			effect := 0.0
			if action == "a0" {
				effect = 1
			}
			require.NoError(t, l.Observe(s, action, decide.Place{}, context(r), effect+r.NormFloat64(), 1))
		}
	}
	p, err := l.Learn(s, decide.PriorOf(5))
	require.NoError(t, err)
	return p
}

// What is recorded must be the probability of what happens: the choice is drawn
// from it. The draws of one seed make the probabilities; here they are recomputed
// for the same posterior and context by many seeds, and chosen shares compared
// with the mean of what was recorded.
func TestTheRecordedProbabilityIsThatOfTheChoice(t *testing.T) {
	t.Parallel()
	l := shop(t, 5)
	p := taught(t, l, 400)
	r := rand.New(rand.NewPCG(9, 0))
	x := context(r)
	var c decide.Chooser
	const draws = 20_000
	chosen, said := make([]float64, 6), make([]float64, 6)
	weight := 0.0 // Σ 1/p over choices of a0 by one way: must average to 1 where p > 0
	supported := 0.0
	for seed := range uint64(draws) {
		rec, err := c.Decide(p, offers(5), x, seed, decide.Exploration{})
		require.NoError(t, err)
		d := rec.Drawn
		sum := 0.0
		for i, v := range d.Offers {
			said[i] += v / draws
			sum += v
			require.True(t, v == 0 || v >= 0.002, "probability %v is below the floor", v)
		}
		require.InDelta(t, 1, sum, 1e-9)
		require.GreaterOrEqual(t, d.Probability, 0.002*0.999)
		chosen[d.Offer] += 1.0 / draws
		if d.Offers[1] > 0 {
			supported++
		}
		if d.Offer == 1 {
			weight += 1 / d.Offers[1]
		}
		if d.Way >= 0 {
			require.InDelta(t, d.Offers[d.Offer]*d.Ways[d.Way], d.Probability, 1e-15)
		}
	}
	for i := range chosen {
		require.InDelta(t, said[i], chosen[i], 4*math.Sqrt(said[i]*(1-said[i])/draws)+1e-9, "offer %d", i)
	}
	require.InDelta(t, 1, weight/supported, 0.02, "the inverse of the recorded probabilities weighs up to one")
	require.Greater(t, chosen[1], 0.5, "the action that is worth something is chosen most: %v", chosen)
	require.Greater(t, chosen[0], 0.005, "silence stays in")
}

// The share of wins by brute force: joint draws of all coefficients are not
// needed, since what is asked of the posterior is each action's mean and deviation.
func TestTheProbabilityOfAnActionIsThatOfBeingBest(t *testing.T) {
	t.Parallel()
	l := shop(t, 3)
	p := taught(t, l, 300)
	x := []float64{1, 0.2, 0.5, 0.3, 0.4, 0.5}
	os := offers(3)
	for i := range os {
		os[i].Ways = nil
		os[i].Parts.Margin = 0.1 * float64(i)
	}
	var mean, dev []float64
	for _, o := range os {
		m, d, _, err := p.Effect(o.Action, decide.Place{}, x)
		require.NoError(t, err)
		mean, dev = append(mean, m+o.Parts.Total()), append(dev, d)
	}
	r := rand.New(rand.NewPCG(10, 0))
	wins := make([]float64, 4)
	const n = 200_000
	for range n {
		best, top := 0, math.Inf(-1)
		for i := range mean {
			if v := mean[i] + dev[i]*r.NormFloat64(); v > top {
				best, top = i, v
			}
		}
		wins[best] += 1.0 / n
	}
	var c decide.Chooser
	d, err := c.Choose(p, os, x, 3, decide.Exploration{Draws: 50_000})
	require.NoError(t, err)
	for i := range wins {
		require.InDelta(t, 0.95*wins[i]+0.05/4, d.Offers[i], 0.01)
	}
	require.Equal(t, -1, d.Way)
}

func TestAWayThatIsKnownToBeBetterIsPreferred(t *testing.T) {
	t.Parallel()
	l := shop(t, 1)
	s := l.NewStatistics()
	r := rand.New(rand.NewPCG(11, 0))
	for range 3000 {
		channel, effect := "email", 2.0
		if r.IntN(2) == 0 {
			channel, effect = "push", 1.0
		}
		message := []string{"plain", "warm"}[r.IntN(2)]
		require.NoError(t, l.Observe(s, "a0", place(t, l, "a0", message, channel, 8), context(r), effect+r.NormFloat64(), 1))
		require.NoError(t, l.Observe(s, event.Silence, decide.Place{}, context(r), r.NormFloat64(), 1))
	}
	p, err := l.Learn(s, decide.PriorOf(5))
	require.NoError(t, err)
	var c decide.Chooser
	email := 0.0
	for seed := range uint64(300) {
		rec, err := c.Decide(p, offers(1), context(r), seed, decide.Exploration{})
		require.NoError(t, err)
		if rec.Drawn.Offer == 1 {
			email += rec.Drawn.Ways[0] + rec.Drawn.Ways[2]
			continue
		}
		email += 0.95
	}
	require.Greater(t, email/300, 0.9)
}

func TestADecisionIsMadeAgainBitForBitFromItsRecord(t *testing.T) {
	t.Parallel()
	l := shop(t, 5)
	p := taught(t, l, 100)
	r := rand.New(rand.NewPCG(12, 0))
	var c decide.Chooser
	for seed := range uint64(100) {
		os := offers(5)
		for i := range os[1:] {
			os[1+i].Parts = decide.Parts{Margin: r.NormFloat64(), Cost: r.Float64(), Movement: r.NormFloat64()}
		}
		rec, err := c.Decide(p, os, context(r), seed, decide.Exploration{})
		require.NoError(t, err)
		text, err := json.Marshal(rec)
		require.NoError(t, err)
		var archived decide.Record
		require.NoError(t, json.Unmarshal(text, &archived))
		again, err := archived.Again(p)
		require.NoError(t, err)
		require.Equal(t, rec.Drawn, again)
		lines, err := archived.Explain(p)
		require.NoError(t, err)
		require.Len(t, lines, 6)
		require.True(t, lines[rec.Drawn.Offer].Chosen)

		archived.Drawn.Probability /= 2 // somebody tampered
		_, err = archived.Again(p)
		require.Error(t, err)
	}
	other := taught(t, shop(t, 5), 100)
	other.Version = "p2"
	rec, err := c.Decide(p, offers(5), context(r), 1, decide.Exploration{})
	require.NoError(t, err)
	_, err = rec.Again(other)
	require.ErrorContains(t, err, "p1")
}

func TestManyWaysAreCutToThoseThatMatter(t *testing.T) {
	t.Parallel()
	l := shop(t, 1)
	p := taught(t, l, 100)
	os := offers(1)
	os[1].Ways = nil
	for h := range decide.Hours {
		for _, m := range []string{"plain", "warm"} {
			os[1].Ways = append(os[1].Ways, decide.Way{Message: m, Channel: "push", Hour: h, More: float64(h) / 10})
		}
	}
	var c decide.Chooser
	for seed := range uint64(50) {
		rec, err := c.Decide(p, os, []float64{1, 0, 1, 0, 0, 0}, seed, decide.Exploration{})
		require.NoError(t, err)
		if d := rec.Drawn; d.Offer == 1 {
			sum := 0.0
			for w, v := range d.Ways {
				sum += v
				require.True(t, v == 0 || os[1].Ways[w].Hour > 10, "hour %d", os[1].Ways[w].Hour)
			}
			require.InDelta(t, 1, sum, 1e-9)
		}
	}
}

func TestWrongOffersAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	l := shop(t, 1)
	p := taught(t, l, 10)
	var c decide.Chooser
	x := []float64{1, 0, 1, 0, 0, 0}
	for _, wrong := range []struct {
		offers  []decide.Offer
		context []float64
		says    string
	}{
		{nil, x, "silence"},
		{offers(1)[1:], x, "silence"},
		{offers(2), x, `"a1"`},
		{offers(1), x[:3], "3 numbers"},
		{[]decide.Offer{{Action: event.Silence}, {Action: "a0", Ways: []decide.Way{{Message: "loud", Channel: "email"}}}}, x, `"loud"`},
		{[]decide.Offer{{Action: event.Silence}, {Action: "a0", Parts: decide.Parts{Margin: math.NaN()}}}, x, "NaN"},
	} {
		_, err := c.Decide(p, wrong.offers, wrong.context, 1, decide.Exploration{})
		require.ErrorContains(t, err, wrong.says)
	}
	_, err := decide.NewLayout(2, 3, nil)
	require.Error(t, err)
	_, err = decide.NewLayout(4, 3, []decide.ActionShape{{ID: "x"}, {ID: "x"}})
	require.ErrorContains(t, err, "twice")
	_, err = l.Learn(l.NewStatistics(), decide.Prior{})
	require.Error(t, err)
	require.Error(t, l.Observe(l.NewStatistics(), "nobody", decide.Place{}, x, 1, 1))
}
