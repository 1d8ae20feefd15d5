package classic_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/integrate/quad"

	"github.com/rapporthq/rapport/internal/statemodel/classic"
	"github.com/rapporthq/rapport/internal/testenv"
)

// summaries reads a table of numbers with a header.
func summaries(t testing.TB, file string) [][]float64 {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	var out [][]float64
	for _, row := range rows[1:] {
		numbers := make([]float64, len(row))
		for i, text := range row {
			numbers[i], err = strconv.ParseFloat(text, 64)
			require.NoError(t, err)
		}
		out = append(out, numbers)
	}
	require.NotEmpty(t, out)
	return out
}

func TestSpendOfCDNOWGivesThePublishedGammaGamma(t *testing.T) {
	t.Parallel()
	var spend []classic.Spend
	for _, row := range summaries(t, testenv.Data(t, "cdnow/cdnow_customers_summary_with_transactions.csv")) {
		if row[1] > 0 && row[4] > 0 {
			spend = append(spend, classic.Spend{Acts: int(row[1]), Mean: row[4]})
		}
	}
	require.Len(t, spend, 946)
	m, fit, err := classic.FitGammaGamma(spend)
	require.NoError(t, err)
	t.Logf("p q γ %.4f ± %.4f, log-likelihood %.3f", fit.Params, fit.StdErr, fit.LogLik)
	require.InDelta(t, 6.2488, m.P, .001) // lifetimes prints 6.25, 3.74, 15.44
	require.InDelta(t, 3.7446, m.Q, .001)
	require.InDelta(t, 15.4477, m.Gamma, .005)
	require.InDelta(t, -4055.92, fit.LogLik, .01)
	// lifetimes' test of conditional_expected_average_profit, on its first people.
	for i, want := range []float64{24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17} {
		row := summaries(t, testenv.Data(t, "cdnow/cdnow_customers_summary_with_transactions.csv"))[i]
		require.InDelta(t, want, m.Mean(classic.Spend{Acts: int(row[1]), Mean: row[4]}), .1)
	}
}

func TestSpendIsADensity(t *testing.T) {
	t.Parallel()
	m := classic.GammaGamma{P: 6.25, Q: 3.74, Gamma: 15.44}
	for _, acts := range []int{1, 3, 10} {
		total := quad.Fixed(func(y float64) float64 {
			mean := math.Exp(y)
			return mean * math.Exp(m.LogLik(classic.Spend{Acts: acts, Mean: mean}))
		}, -12, 14, 400, nil, 0)
		require.InDelta(t, 1, total, 1e-9)
	}
	require.InDelta(t, m.P*m.Gamma/(m.Q-1), m.Mean(classic.Spend{}), 1e-12)
	require.True(t, math.IsInf(classic.GammaGamma{P: 1, Q: .5, Gamma: 1}.Mean(classic.Spend{}), 1))
}

func donations(t testing.TB) (all []classic.Rounds) {
	t.Helper()
	for _, row := range summaries(t, "testdata/donations.csv") { // of lifetimes, MIT: see the licence beside it
		all = append(all, classic.Rounds{Acts: int(row[0]), Last: int(row[1]), Of: int(row[2]), People: row[3]})
	}
	return all
}

func TestDonationsGiveThePublishedBGBB(t *testing.T) {
	t.Parallel()
	all := donations(t)
	require.Len(t, all, 22)
	m, fit, err := classic.FitBGBB(all)
	require.NoError(t, err)
	t.Logf("%v %.4f ± %.4f, log-likelihood %.3f of %d people", fit.Names, fit.Params, fit.StdErr, fit.LogLik, fit.People)
	require.Equal(t, 11104, fit.People)
	require.InDelta(t, 1.2035, m.Alpha, .0005)
	require.InDelta(t, .7497, m.Beta, .0005)
	require.InDelta(t, .6567, m.Gamma, .0005)
	require.InDelta(t, 2.7834, m.Delta, .0005)
	require.InDelta(t, -33225.58, fit.LogLik, .01)
	total, direct := 0.0, 0.0
	for _, r := range all {
		total += r.People * m.Expected(r, 5)
		direct += r.People * m.LogLik(r)
	}
	require.InDelta(t, 12884.2, total, .5) // lifetimes; the five rounds that the paper holds out
	require.InDelta(t, fit.LogLik, direct, 1e-6)
}

func TestRoundsAreAProbability(t *testing.T) {
	t.Parallel()
	m := classic.BGBB{Alpha: 1.2, Beta: .75, Gamma: .657, Delta: 2.783}
	const rounds = 6
	total, next := 0.0, 0.0
	for path := range 1 << rounds { // every way to act or not
		r := classic.Rounds{Of: rounds}
		for i := range rounds {
			if path>>i&1 == 1 {
				r.Acts++
				r.Last = i + 1
			}
		}
		p := math.Exp(m.LogLik(r))
		total += p
		next += p * m.Expected(r, 1)
		require.LessOrEqual(t, m.Alive(r), 1.0)
		acted := r
		acted.Acts, acted.Last, acted.Of = r.Acts+1, rounds+1, rounds+1
		require.InDelta(t, 1, m.Expected(r, 1)*p/math.Exp(m.LogLik(acted)), 1e-9)
	}
	require.InDelta(t, 1, total, 1e-12)
	require.InDelta(t, m.Expected(classic.Rounds{}, rounds+1)-m.Expected(classic.Rounds{}, rounds), next, 1e-12)
}
