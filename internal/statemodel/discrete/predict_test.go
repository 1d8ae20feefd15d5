package discrete_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rapporthq/rapport/internal/statemodel/classic"
	"github.com/rapporthq/rapport/internal/statemodel/discrete"
)

// scales are fourteen types of people, from a thirtieth to ten times.
func scales() (out []float64) {
	const n = 14
	for i := range n {
		out = append(out, math.Exp(math.Log(.03)+float64(i)*math.Log(10/.03)/(n-1)))
	}
	return out
}

// foreseen is how well counts were foretold: by the log of the chance of each, by the
// median and by the mean.
type foreseen struct{ logScore, mae, rmse, n float64 }

func (f *foreseen) add(chances []float64, y int) {
	mean, below, median := 0.0, 0.0, -1
	for k, p := range chances {
		mean += p * float64(k)
		if below += p; median < 0 && below >= .5 {
			median = k
		}
	}
	f.logScore += math.Log(chances[y])
	f.mae += math.Abs(float64(median - y))
	f.rmse += (mean - float64(y)) * (mean - float64(y))
	f.n++
}

func (f *foreseen) figures() (logScore, mae, rmse float64) {
	return f.logScore / f.n, f.mae / f.n, math.Sqrt(f.rmse / f.n)
}

// Of each physician 18 months are known; the next five are foretold one by one, each
// when those before it are known. Models are fitted on the 18 months.
func TestPooledModelsForetellDetailing(t *testing.T) {
	t.Parallel()
	const known, most = 18, 250
	counts, visits := detailing(t)
	all := driven(counts, visits)
	train := discrete.Data{Covariates: all.Covariates}
	histories := make([]classic.History, len(counts))
	for i, s := range all.Series {
		train.Series = append(train.Series, discrete.Series{Counts: s.Counts[:known], Buckets: s.Buckets[:known]})
		histories[i] = spread(counts[i][:known])
	}
	f, _, err := classic.FitFilter(histories, 1)
	require.NoError(t, err)
	// The likelihood has many summits that are about as high. What is foretold is the
	// mean of three that were climbed, and not the one that turned out best.
	const climbed = 3
	mean := map[[2]int][]float64{}
	for seed := range uint64(climbed) {
		m, trace, err := discrete.Fit(train, discrete.Options{States: 7, Scales: scales(), Tolerance: .5, Seed: seed})
		require.NoError(t, err)
		var one foreseen
		require.NoError(t, m.Predict(all, known, most, func(i, period int, chances []float64) {
			one.add(chances, counts[i][period])
			sum := mean[[2]int{i, period}]
			if sum == nil {
				sum = make([]float64, most+1)
				mean[[2]int{i, period}] = sum
			}
			for k, p := range chances {
				sum[k] += p / climbed
			}
		}))
		logScore, mae, rmse := one.figures()
		t.Logf("NHMM of 7 states and 14 types, %.1f after %d iterations: log score %.4f, MAE %.4f, RMSE %.4f", trace.LogLik, trace.Iterations, logScore, mae, rmse)
	}
	var hidden, filter, pool foreseen
	for at, chances := range mean {
		y := counts[at[0]][at[1]]
		shape, rate := f.Belief(spread(counts[at[0]][:at[1]]))
		other := negativeBinomial(shape, rate, most)
		hidden.add(chances, y)
		filter.add(other, y)
		for k := range other {
			other[k] = .75*chances[k] + .25*other[k]
		}
		pool.add(other, y)
	}
	for _, of := range []struct {
		name string
		foreseen
	}{{"their mean", hidden}, {"filter", filter}, {"¾ and ¼ of these", pool}} {
		logScore, mae, rmse := of.figures()
		t.Logf("%s: log score %.4f, MAE %.4f, RMSE %.4f", of.name, logScore, mae, rmse)
	}
	logScore, mae, rmse := pool.figures()
	require.GreaterOrEqual(t, logScore, -2.106)
	require.LessOrEqual(t, mae, 2.19)
	require.LessOrEqual(t, rmse, 3.57)
}

// spread are counts as acts in the middle of their periods.
func spread(counts []int) classic.History {
	h := classic.History{Age: float64(len(counts))}
	for period, y := range counts {
		for range y {
			h.Times = append(h.Times, float64(period)+.5)
		}
	}
	return h
}

// negativeBinomial are the chances of counts in one period at a rate that is Gamma.
func negativeBinomial(shape, rate float64, most int) []float64 {
	out := make([]float64, most+1)
	p := math.Pow(rate/(rate+1), shape)
	for k := range out {
		out[k] = p
		p *= (shape + float64(k)) / (float64(k) + 1) / (rate + 1)
	}
	return out
}

func TestChancesAreThoseOfThePassForward(t *testing.T) {
	t.Parallel()
	d := discrete.Homogeneous([][]int{{0, 3, 1}, {5, 5, 9}})
	m := &discrete.Model{
		Start: []float64{.3, .7}, Rate: []float64{1, 6}, Types: []discrete.Type{{.4, .5}, {.6, 1.5}},
		Weights: [][][]float64{{{0}, {-1}}, {{-2}, {0}}},
	}
	sum := 0.0
	require.NoError(t, m.Predict(d, 0, 60, func(i, period int, chances []float64) {
		sum += math.Log(chances[d.Series[i].Counts[period]])
		total := 0.0
		for _, p := range chances {
			total += p
		}
		require.InDelta(t, 1, total, 1e-9)
	}))
	logLik, err := m.LogLik(d)
	require.NoError(t, err)
	require.InDelta(t, logLik, sum, 1e-9)
	require.InDelta(t, byHand(m, d), sum, 1e-9)
}

// byHand sums over every path of states.
func byHand(m *discrete.Model, d discrete.Data) (logLik float64) {
	stay := func(a, b int) float64 {
		w := [2]float64{m.Weights[a][0][0], m.Weights[a][1][0]}
		return math.Exp(w[b]) / (math.Exp(w[0]) + math.Exp(w[1]))
	}
	for _, s := range d.Series {
		sum := 0.0
		for _, kind := range m.Types {
			for path := range 8 {
				at := [3]int{path & 1, path >> 1 & 1, path >> 2 & 1}
				p := kind.Share * m.Start[at[0]] * stay(at[0], at[1]) * stay(at[1], at[2])
				for i, y := range s.Counts {
					p *= distuv.Poisson{Lambda: m.Rate[at[i]] * kind.Scale}.Prob(float64(y))
				}
				sum += p
			}
		}
		logLik += math.Log(sum)
	}
	return logLik
}
