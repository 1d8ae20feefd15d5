package offpolicy_test

import (
	"bufio"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/experiment/offpolicy"
	"github.com/rapporthq/rapport/internal/testenv"
)

// starbucks makes one decision of each person in each of the six waves: an offer
// or none. The reward is what they spent in the 72 hours after it, cut at 80.
func starbucks(t testing.TB) (waves [6]offpolicy.Log) {
	t.Helper()
	starts := []float64{0, 168, 336, 408, 504, 576}
	const horizon, limit = 72, 80
	type buyer struct {
		known   []float64
		offer   [6]string
		spent   [6]float64 // in the horizon
		n, sum  [6]float64 // before
		viewed  [6]float64
		touched [6]float64
	}
	people := map[string]*buyer{}
	var ids []string
	f, err := os.Open(testenv.Data(t, "starbucks/profile.json"))
	require.NoError(t, err)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var p struct {
			ID             string   `json:"id"`
			Gender         *string  `json:"gender"`
			Age            float64  `json:"age"`
			Income         *float64 `json:"income"`
			BecameMemberOn string   `json:"became_member_on"`
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &p))
		b := &buyer{known: make([]float64, 6)}
		if p.Gender != nil && p.Income != nil {
			year, err := strconv.ParseFloat(p.BecameMemberOn[:4], 64)
			require.NoError(t, err)
			b.known = []float64{1, p.Age, *p.Income / 1000, year, 0, 0}
			if *p.Gender == "F" {
				b.known[4] = 1
			}
			if *p.Gender == "M" {
				b.known[5] = 1
			}
		}
		people[p.ID] = b
		ids = append(ids, p.ID)
	}
	require.NoError(t, f.Close())
	require.Len(t, ids, 17_000)

	c := table(t, "starbucks/transcript_full.csv.gz")
	actions := []string{"none"}
	for i, id := range c["person"] {
		b, at, err := people[id], 0.0, error(nil)
		at, err = strconv.ParseFloat(c["time_h"][i], 64)
		require.NoError(t, err)
		for w, start := range starts {
			switch event := c["event"][i]; {
			case event == "offer received" && at == start:
				b.offer[w] = c["offer_id"][i]
				if !slices.Contains(actions, b.offer[w]) {
					actions = append(actions, b.offer[w])
				}
			case event == "offer received" && at < start:
				b.touched[w]++
			case event == "offer viewed" && at < start:
				b.viewed[w]++
			case event == "transaction":
				v, err := strconv.ParseFloat(c["amount"][i], 64)
				require.NoError(t, err)
				if at < start {
					b.n[w]++
					b.sum[w] += min(v, limit)
				} else if at < start+horizon {
					b.spent[w] += v
				}
			}
		}
	}
	slices.Sort(actions[1:])
	require.Len(t, actions, 11)
	for w, start := range starts {
		l := offpolicy.Log{Actions: actions, Features: slices.Repeat([]string{"x"}, 11)}
		for _, id := range ids {
			b := people[id]
			hours := start + 24 // shares and rates: what only grows would be foreign to a model of the first waves
			d := offpolicy.Decision{Person: id, Propensity: 0.2559, Reward: min(b.spent[w], limit)}
			if b.offer[w] != "" {
				d.Action, d.Propensity = slices.Index(actions, b.offer[w]), 0.0744
			}
			d.Context = append(append(d.Context, b.known...), b.sum[w]/hours, b.n[w]/hours, b.sum[w]/(b.n[w]+1), math.Log1p(b.sum[w]/hours), b.viewed[w]/(b.touched[w]+1))
			l.Decisions = append(l.Decisions, d)
		}
		waves[w] = l
	}
	return waves
}

// pseudo are the doubly robust pseudo-outcomes, whose mean is the value.
func pseudo(rows []offpolicy.Row) []float64 {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = r.Expected + r.Weight*(r.Reward-r.Predicted)
	}
	return out
}

// paired is the mean of a less b with its standard error over people, who have
// three decisions each.
func paired(people []offpolicy.Decision, a, b []float64) (mean, se float64) {
	by := map[string]float64{}
	for i, d := range people {
		by[d.Person] += (a[i] - b[i]) / 3
	}
	for _, d := range by {
		mean += d / float64(len(by))
	}
	for _, d := range by {
		se += (d - mean) * (d - mean)
	}
	n := float64(len(by))
	return mean, math.Sqrt(se / (n - 1) / n)
}

// Acceptance figure D5: learned on waves 1 to 3, told doubly robust on 4 to 6.
func TestWhatIsLearnedOnThreeWavesIsAsGoodAsTheBestOfferOnTheNextThree(t *testing.T) {
	t.Parallel()
	waves := starbucks(t)
	join := func(ls ...offpolicy.Log) offpolicy.Log {
		out := ls[0]
		out.Decisions = nil
		for _, l := range ls {
			out.Decisions = append(out.Decisions, l.Decisions...)
		}
		return out
	}
	before, after := join(waves[0], waves[1], waves[2]), join(waves[3], waves[4], waves[5])
	model, err := before.Learn(nil)
	require.NoError(t, err)
	sum, n := make([]float64, len(before.Actions)), make([]float64, len(before.Actions))
	for _, d := range before.Decisions {
		sum[d.Action] += d.Reward
		n[d.Action]++
	}
	best := 0
	for a := range sum {
		if sum[a]/n[a] > sum[best]/n[best] {
			best = a
		}
	}
	learned := func(d offpolicy.Decision, _ []float64) []float64 { return offpolicy.Best(d, model.Foretell(d.Context)) }
	even := func(_ offpolicy.Decision, foretold []float64) []float64 { // over offers
		p := slices.Repeat([]float64{1 / float64(len(foretold)-1)}, len(foretold))
		p[0] = 0
		return p
	}
	values, estimates := map[string][]float64{}, map[string]offpolicy.Estimate{}
	for name, p := range map[string]offpolicy.Policy{"none": offpolicy.Always(0), "uniform": even, "best single": offpolicy.Always(best), "learned": learned} {
		rows, err := after.Rows(p)
		require.NoError(t, err)
		require.Empty(t, offpolicy.Overlap(rows).Refused)
		e := offpolicy.DR(rows, offpolicy.Options{})
		values[name], estimates[name] = pseudo(rows), e
		t.Logf("%-12s %6.3f ± %.3f", name, e.Value, e.StandardError)
	}
	single, singleSE := paired(after.Decisions, values["learned"], values["best single"])
	uniform, uniformSE := paired(after.Decisions, values["learned"], values["uniform"])
	t.Logf("learned less the best single offer (%s) %+.3f ± %.3f; less uniform %+.3f ± %.3f", before.Actions[best][:6], single, singleSE, uniform, uniformSE)
	require.GreaterOrEqual(t, estimates["learned"].Value, estimates["best single"].Value-estimates["best single"].StandardError)
	require.GreaterOrEqual(t, uniform, 2*uniformSE)
}

// Acceptance figure D6: 20 splits in half of Hillstrom's women's e-mail, ranked by
// the rule "bought women's things" and by a regression in each arm.
func TestRankingForTheWomensEmailComesNearTheRule(t *testing.T) {
	t.Parallel()
	c := table(t, "hillstrom/hillstrom.csv")
	l := offpolicy.Log{Actions: []string{"No E-Mail", "Womens E-Mail"}}
	var rule []float64
	columns := map[string][]float64{}
	for _, name := range []string{"recency", "history", "mens", "womens", "newbie"} {
		columns[name] = numbers(t, c[name])
	}
	l.Features = slices.Repeat([]string{"x"}, 12)
	flag := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	for i, s := range c["segment"] {
		a := slices.Index(l.Actions, s)
		if a < 0 {
			continue
		}
		w, m := columns["womens"][i], columns["mens"][i]
		l.Decisions = append(l.Decisions, offpolicy.Decision{Action: a, Propensity: 0.5, Reward: flag(c["visit"][i] == "1"), Context: []float64{
			columns["recency"][i], math.Log(columns["history"][i]), w, m, w * m, columns["newbie"][i],
			flag(c["zip_code"][i] == "Rural"), flag(c["zip_code"][i] == "Urban"), flag(c["channel"][i] == "Web"), flag(c["channel"][i] == "Phone"),
			w * columns["newbie"][i], w * columns["recency"][i],
		}})
		rule = append(rule, w)
	}
	var byRule, byModel, wins float64
	const splits = 20
	for seed := range uint64(splits) {
		r := rand.New(rand.NewPCG(seed, 0))
		train := make([]bool, len(l.Decisions))
		for i := range train {
			train[i] = r.IntN(2) == 0
		}
		m, err := l.Learn(func(i int) bool { return train[i] })
		require.NoError(t, err)
		var ruled, modelled []offpolicy.Subject
		for i, d := range l.Decisions {
			if train[i] {
				continue
			}
			s := offpolicy.Subject{Score: rule[i], Treated: d.Action == 1, Responded: d.Reward == 1}
			ruled = append(ruled, s)
			f := m.Foretell(d.Context)
			s.Score = f[1] - f[0]
			modelled = append(modelled, s)
		}
		a, err := offpolicy.Qini(ruled)
		require.NoError(t, err)
		b, err := offpolicy.Qini(modelled)
		require.NoError(t, err)
		byRule += a / splits
		byModel += b / splits
		if b > a {
			wins++
		}
	}
	t.Logf("Qini on visits, mean of %d splits: rule %.4f, a regression in each arm %.4f, better in %.0f", splits, byRule, byModel, wins)
	require.InDelta(t, 0.0636, byRule, 0.008)
	require.Greater(t, byModel, 0.05)
}
