package offpolicy_test

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/experiment/offpolicy"
	"github.com/rapporthq/rapport/internal/testenv"
)

// peer is what obp and scikit-uplift said: see testdata/peer.py.
type peer struct {
	Bandit []struct {
		Campaign, Log, Target string
		Values                map[string]float64
	}
	Men, Women [][]float64 // of the BTS policy: probability by action and position
	Uplift     []struct {
		Arm, Score string
		Qini, AUUC float64
	}
}

func readPeer(t testing.TB) (p peer) {
	t.Helper()
	text, err := os.ReadFile("testdata/peer.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &p))
	require.Len(t, p.Bandit, 4)
	return p
}

// table reads a CSV file, plain or gzip, by column.
func table(t testing.TB, name string) map[string][]string {
	t.Helper()
	f, err := os.Open(testenv.Data(t, name))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	r := csv.NewReader(f)
	if name[len(name)-3:] == ".gz" {
		z, err := gzip.NewReader(f)
		require.NoError(t, err)
		r = csv.NewReader(z)
	}
	rows, err := r.ReadAll()
	require.NoError(t, err)
	out := map[string][]string{}
	for c, head := range rows[0] {
		for _, row := range rows[1:] {
			out[head] = append(out[head], row[c])
		}
	}
	return out
}

func numbers(t testing.TB, texts []string) []float64 {
	t.Helper()
	out := make([]float64, len(texts))
	for i, s := range texts {
		v, err := strconv.ParseFloat(s, 64)
		require.NoError(t, err)
		out[i] = v
	}
	return out
}

// bandit makes rows of the Open Bandit log of one policy for another.
func bandit(t testing.TB, p peer, campaign, log, target string) []offpolicy.Row {
	t.Helper()
	c := table(t, "open_bandit/"+log+"/"+campaign+"/"+campaign+".csv.gz")
	item, position := numbers(t, c["item_id"]), numbers(t, c["position"])
	click, propensity := numbers(t, c["click"]), numbers(t, c["propensity_score"])
	bts := p.Men
	if campaign == "women" {
		bts = p.Women
	}
	n := len(bts)
	pi := func(a, pos int) float64 {
		if target == "random" {
			return 1 / float64(n)
		}
		return bts[a][pos]
	}
	views, clicks := make([]float64, n), make([]float64, n)
	for i := range item {
		views[int(item[i])]++
		clicks[int(item[i])] += click[i]
	}
	q := make([]float64, n)
	for a := range q {
		q[a] = (clicks[a] + 1) / (views[a] + 200)
	}
	rows := make([]offpolicy.Row, len(item))
	for i := range rows {
		a, pos := int(item[i]), int(position[i])-1
		rows[i] = offpolicy.Row{Reward: click[i], Weight: pi(a, pos) / propensity[i], Predicted: q[a]}
		for b := range q {
			rows[i].Expected += pi(b, pos) * q[b]
		}
	}
	return rows
}

// Acceptance figure M2: the same numbers as obp, and a refusal where the log has
// too little to say.
func TestEstimatesAreThoseOfOBP(t *testing.T) {
	t.Parallel()
	p := readPeer(t)
	for _, b := range p.Bandit {
		rows := bandit(t, p, b.Campaign, b.Log, b.Target)
		require.Len(t, rows, 10_000)
		r, err := offpolicy.Evaluate(rows, offpolicy.Options{Switch: 5, Shrink: 20})
		require.NoError(t, err)
		for _, e := range r.Estimates {
			require.InDelta(t, b.Values[e.Name], e.Value, 1e-9, "%s, %s to %s, %s", b.Campaign, b.Log, b.Target, e.Name)
			require.LessOrEqual(t, e.Low, e.Value)
			require.GreaterOrEqual(t, e.High, e.Value)
		}
		t.Logf("%s, %s to %s: IPS %.6f, effective %.0f, largest weight %.2f %%, refused: %q", b.Campaign, b.Log, b.Target, r.Estimates[0].Value, r.Support.Effective, 100*r.Support.Largest, r.Support.Refused)
		switch {
		case b.Campaign == "women" && b.Log == "bts":
			require.Less(t, r.Support.Effective, 3.0)
			require.NotEmpty(t, r.Support.Refused)
		case b.Log == "random":
			require.Empty(t, r.Support.Refused)
		}
	}
}

// The relative errors of the research notes, table 2: 30 bootstraps of the random
// log, against what the other policy really earned.
func TestBootstrapErrorsOnTheOpenBanditLogAreThoseOfTheNotes(t *testing.T) {
	t.Parallel()
	p := readPeer(t)
	for _, c := range []struct {
		campaign        string
		truth, ips, sd  float64
		snips, snipsDev float64
	}{{"men", 0.0069, 0.349, 0.162, 0.339, 0.165}, {"women", 0.0046, 0.566, 0.377, 0.563, 0.376}} {
		rows := bandit(t, p, c.campaign, "random", "bts")
		r := rand.New(rand.NewPCG(12345, 0))
		ips, snips := 0.0, 0.0
		for range 30 {
			again := make([]offpolicy.Row, len(rows))
			for i := range again {
				again[i] = rows[r.IntN(len(rows))]
			}
			ips += math.Abs(offpolicy.IPS(again, offpolicy.Options{}).Value-c.truth) / c.truth / 30
			snips += math.Abs(offpolicy.SNIPS(again, offpolicy.Options{}).Value-c.truth) / c.truth / 30
		}
		t.Logf("%s: relative error IPS %.3f, SNIPS %.3f", c.campaign, ips, snips)
		require.InDelta(t, c.ips, ips, c.sd)
		require.InDelta(t, c.snips, snips, c.snipsDev)
	}
}

func TestUpliftScoresAreThoseOfScikitUplift(t *testing.T) {
	t.Parallel()
	c := table(t, "hillstrom/hillstrom.csv")
	for _, u := range readPeer(t).Uplift {
		people := hillstrom(t, c, u.Arm, numbers(t, c[u.Score]))
		qini, err := offpolicy.Qini(people)
		require.NoError(t, err)
		auuc, err := offpolicy.AUUC(people)
		require.NoError(t, err)
		require.InDelta(t, u.Qini, qini, 1e-9, "%s by %s", u.Arm, u.Score)
		require.InDelta(t, u.AUUC, auuc, 1e-9, "%s by %s", u.Arm, u.Score)
	}
	_, err := offpolicy.Qini(nil)
	require.Error(t, err)
	_, err = offpolicy.Qini([]offpolicy.Subject{{Treated: true}, {}})
	require.Error(t, err)
}

// hillstrom gives those who got an e-mail or none, with a score each.
func hillstrom(t testing.TB, c map[string][]string, arm string, score []float64) (out []offpolicy.Subject) {
	t.Helper()
	for i, s := range c["segment"] {
		if s == arm || s == "No E-Mail" {
			out = append(out, offpolicy.Subject{Score: score[i], Treated: s == arm, Responded: c["visit"][i] == "1"})
		}
	}
	return out
}

// world draws a log by a policy that depends on the context. The rewards are not
// linear, so that the model of them is wrong; the propensities are right.
func world(r *rand.Rand, n int) (offpolicy.Log, offpolicy.Policy) {
	l := offpolicy.Log{Actions: []string{"a", "b", "c"}, Features: []string{"x", "z"}}
	for range n {
		x := []float64{r.NormFloat64(), r.NormFloat64()}
		p := soft(x, 0.5)
		u, a := r.Float64(), 0
		for a < 2 && u >= p[a] {
			u -= p[a]
			a++
		}
		l.Decisions = append(l.Decisions, offpolicy.Decision{Context: x, Action: a, Propensity: p[a], Reward: earned(x, a) + 0.5*r.NormFloat64()})
	}
	return l, func(d offpolicy.Decision, _ []float64) []float64 { return soft(d.Context, -1) }
}

func earned(x []float64, a int) float64 {
	return []float64{0.5 * x[0] * x[0], math.Sin(2 * x[1]), 0.3 + 0.5*x[0]*x[1]}[a]
}

func soft(x []float64, k float64) []float64 {
	p := []float64{math.Exp(k * x[0]), math.Exp(-k * x[1]), 1}
	s := p[0] + p[1] + p[2]
	return []float64{p[0] / s, p[1] / s, p[2] / s}
}

func TestIntervalsHoldTheTruthAndTheModelAloneDoesNot(t *testing.T) {
	t.Parallel()
	held, errs := map[string]int{}, map[string]float64{}
	const seeds = 80
	truth := 0.0
	const many = 150_000
	for r := range many {
		rng := rand.New(rand.NewPCG(uint64(r), 4))
		x := []float64{rng.NormFloat64(), rng.NormFloat64()}
		for a, p := range soft(x, -1) {
			truth += p * earned(x, a) / many
		}
	}
	for seed := range uint64(seeds) {
		l, policy := world(rand.New(rand.NewPCG(seed, 2)), 1500)
		rows, err := l.Rows(policy)
		require.NoError(t, err)
		r, err := offpolicy.Evaluate(rows, offpolicy.Options{})
		require.NoError(t, err)
		require.Empty(t, r.Support.Refused)
		for _, e := range r.Estimates {
			if e.Low <= truth && truth <= e.High {
				held[e.Name]++
			}
			errs[e.Name] += (e.Value - truth) * (e.Value - truth) / seeds
		}
	}
	t.Logf("held of %d: %v; mean squared errors %v", seeds, held, errs)
	for _, name := range []string{"IPS", "SNIPS", "DR", "SNDR"} {
		require.GreaterOrEqual(t, held[name], seeds*95/100, name)
	}
	require.Less(t, held["DM"], seeds/2, "the model is wrong and does not know")
	require.Less(t, errs["DR"], errs["DM"])
}

func TestShrinkingTradesBiasForSpreadWhereWeightsAreWild(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	plain, tuned := 0.0, 0.0
	const seeds = 200
	for range seeds {
		rows := make([]offpolicy.Row, 500)
		for i := range rows {
			w := 0.5
			if r.Float64() < 0.01 {
				w = 50.5
			}
			rows[i] = offpolicy.Row{Reward: 1 + r.NormFloat64(), Weight: w, Predicted: 1, Expected: 1}
		}
		dr, shrunk, cut := offpolicy.DR(rows, offpolicy.Options{}), offpolicy.DRos(rows, offpolicy.Options{}), offpolicy.SwitchDR(rows, offpolicy.Options{})
		plain += (dr.Value - 1) * (dr.Value - 1)
		tuned += ((shrunk.Value-1)*(shrunk.Value-1) + (cut.Value-1)*(cut.Value-1)) / 2
		require.Positive(t, shrunk.Tuning)
	}
	require.Less(t, tuned, plain/4)
}

func TestALogThatSaysTooLittleIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	rows := func(n int, w func(int) float64) []offpolicy.Row {
		out := make([]offpolicy.Row, n)
		for i := range out {
			out[i].Weight = w(i)
		}
		return out
	}
	for _, c := range []struct {
		rows []offpolicy.Row
		says string
	}{
		{rows(1000, func(int) float64 { return 0 }), "never did"},
		{rows(1000, func(i int) float64 { return float64(20 * (1 - min(1, i%20))) }), "as much about the policy as 50"},
		{rows(3000, func(i int) float64 {
			if i == 0 {
				return 200
			}
			return 2800.0 / 2999
		}), "one decision carries 7 %"},
		{rows(1000, func(i int) float64 { return 1.5 + float64(i%2) }), "average to 2.000"},
		{rows(1000, func(i int) float64 { return 2 * float64(i%2) }), ""},
	} {
		refused := offpolicy.Overlap(c.rows).Refused
		if c.says == "" {
			require.Empty(t, refused)
			continue
		}
		require.Contains(t, refused, c.says)
	}
}

func TestWrongLogsAreToldWhereTheyAreWrong(t *testing.T) {
	t.Parallel()
	ok := offpolicy.Decision{Context: []float64{1}, Propensity: 0.5, Reward: 1}
	log := func(change func(*offpolicy.Decision)) offpolicy.Log {
		d := ok
		change(&d)
		return offpolicy.Log{Actions: []string{"a"}, Features: []string{"x"}, Decisions: []offpolicy.Decision{ok, d}}
	}
	for says, change := range map[string]func(*offpolicy.Decision){
		"decision 2: action 3":           func(d *offpolicy.Decision) { d.Action = 3 },
		"decision 2: its probability":    func(d *offpolicy.Decision) { d.Propensity = 0 },
		"decision 2: it has 2 features":  func(d *offpolicy.Decision) { d.Context = []float64{1, 2} },
		"decision 2: its reward is NaN":  func(d *offpolicy.Decision) { d.Reward = math.NaN() },
		"decision 2: its probability is": func(d *offpolicy.Decision) { d.Propensity = 1.5 },
	} {
		_, err := log(change).Rows(offpolicy.Uniform)
		require.ErrorContains(t, err, says)
	}
	require.Error(t, offpolicy.Log{}.Check())
	_, err := offpolicy.Evaluate(nil, offpolicy.Options{})
	require.Error(t, err)
	_, err = offpolicy.Evaluate([]offpolicy.Row{{Weight: -1}, {}}, offpolicy.Options{})
	require.ErrorContains(t, err, "decision 1")
}
