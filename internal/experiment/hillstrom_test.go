package experiment_test

import (
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/testenv"
)

// outcomes are Hillstrom's (2008) by KPI, of the people of one segment.
type outcomes map[string][]float64

// hillstrom reads the e-mail challenge: 64,000 customers in three arms.
func hillstrom(t testing.TB) map[string]outcomes {
	t.Helper()
	f, err := os.Open(testenv.Data(t, "hillstrom/hillstrom.csv"))
	require.NoError(t, err)
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Len(t, rows, 64_001)
	out := map[string]outcomes{}
	for _, r := range rows[1:] {
		arm := r[8]
		if out[arm] == nil {
			out[arm] = outcomes{}
		}
		for i, kpi := range []string{"visit", "conversion", "spend"} {
			v, err := strconv.ParseFloat(r[9+i], 64)
			require.NoError(t, err)
			out[arm][kpi] = append(out[arm][kpi], v)
		}
	}
	return out
}

func sample(y []float64) (s experiment.Sample) {
	for _, v := range y {
		s.Add(v, 0)
	}
	return s
}

// Acceptance figure M1: the six lifts of the e-mails over no e-mail, and their
// standard errors, to four digits.
func TestHillstromsSixLifts(t *testing.T) {
	t.Parallel()
	arms := hillstrom(t)
	for _, c := range []struct {
		arm, kpi string
		lift, se float64
	}{
		{"Mens E-Mail", "visit", 0.07659, 0.00339},
		{"Mens E-Mail", "conversion", 0.00681, 0.00092},
		{"Mens E-Mail", "spend", 0.7698, 0.1452},
		{"Womens E-Mail", "visit", 0.04523, 0.00323},
		{"Womens E-Mail", "conversion", 0.00311, 0.00082},
		{"Womens E-Mail", "spend", 0.4244, 0.1303},
	} {
		d := experiment.Lift(sample(arms[c.arm][c.kpi]), sample(arms["No E-Mail"][c.kpi]), experiment.Options{Tune: 42_000})
		places := 5e-6
		if c.kpi == "spend" {
			places = 5e-5
		}
		require.InDelta(t, c.lift, d.Value, places, "%s, %s", c.arm, c.kpi)
		require.InDelta(t, c.se, d.StandardError, places, "%s, %s", c.arm, c.kpi)
		require.True(t, d.Enough)
		t.Logf("%s on %s: %+.5f (se %.5f), any time %+.5f to %+.5f", c.arm, c.kpi, d.Value, d.StandardError, d.Low, d.High)
	}
}

// Acceptance figure M4: of 1,000 comparisons of nothing, made of customers who
// got no e-mail and looked at on each of 365 days, at most 5 % ever cross.
func TestAYearOfDailyLooksAtNothing(t *testing.T) {
	t.Parallel()
	const runs, days, seed = 1000, 365, 5
	control := hillstrom(t)["No E-Mail"]
	for _, kpi := range []string{"visit", "spend"} {
		y := control[kpi]
		perDay := len(y) / days
		o := experiment.Options{Tune: perDay * days}
		rng := rand.NewPCG(seed, 0)
		crossed, naive, widest := 0, 0, 0.0
		for range runs {
			var arms [2]experiment.Sample
			ever, misled := false, false
			var d experiment.Difference
			for range days {
				for range perDay {
					u := rng.Uint64() // a coin, and one of some twenty thousand: plain shifts are even enough
					arms[u&1].Add(y[(u>>32)*uint64(len(y))>>32], 0)
				}
				d = experiment.Lift(arms[1], arms[0], o)
				ever = ever || d.Enough && (d.Low > 0 || d.High < 0)
				misled = misled || min(arms[0].N, arms[1].N) >= 100 && math.Abs(d.Value) > 1.96*d.StandardError
			}
			widest = max(widest, (d.High-d.Low)/(2*1.96*d.StandardError))
			if ever {
				crossed++
			}
			if misled {
				naive++
			}
		}
		t.Logf("seed %d, %s: of %d runs %d ever crossed, a plain interval %d; width at the planned number %.3f of the plain one", seed, kpi, runs, crossed, naive, widest)
		require.LessOrEqual(t, crossed, runs*5/100, kpi)
		require.Greater(t, naive, runs/4, kpi)
		require.LessOrEqual(t, widest, 1.75, kpi)
	}
}
