package experiment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/experiment"
)

// spend is zero-inflated with a heavy tail: few buy, and some of them a lot.
func spend(r *rand.Rand, buys float64) float64 {
	if r.Float64() >= buys {
		return 0
	}
	return 30 * math.Exp(0.9*r.NormFloat64())
}

// Acceptance figure M5: the sequence covers the truth at all times for at least
// 95 % of 500 seeds, whatever the share held out.
func TestTheTruthIsCoveredAtAllTimes(t *testing.T) {
	t.Parallel()
	const seeds, people, every = 500, 10_000, 100
	truth := 0.03 * 30 * math.Exp(0.9*0.9/2)
	for _, e := range []float64{0.05, 0.1, 0.5} { // held out
		covered, looked := 0, 0
		for seed := range uint64(seeds) {
			r := rand.New(rand.NewPCG(seed, math.Float64bits(e)))
			var arms [2]experiment.Sample
			always, ever := true, false
			for i := 1; i <= people; i++ {
				before := r.ExpFloat64()
				if r.Float64() < e {
					arms[0].Add(spend(r, 0.05+0.05*before), before)
				} else {
					arms[1].Add(spend(r, 0.08+0.05*before), before)
				}
				if i%every == 0 {
					d := experiment.Lift(arms[1], arms[0], experiment.Options{Tune: people})
					ever = ever || d.Enough
					always = always && (!d.Enough || d.Low <= truth && truth <= d.High)
				}
			}
			if always {
				covered++
			}
			if ever {
				looked++
			}
		}
		t.Logf("held out %.2f: the truth covered at all times in %d of %d seeds", e, covered, seeds)
		require.Greater(t, looked, seeds*98/100, "runs must have come to a number")
		require.GreaterOrEqual(t, covered, seeds*95/100, "held out %v", e)
	}
}

func TestBettingCoversRareVisitsFromTheFirstPersonOn(t *testing.T) {
	t.Parallel()
	const seeds, people, every = 200, 1200, 150
	for _, e := range []float64{0.05, 0.5} { // held out
		covered := 0
		var last experiment.Interval
		for seed := range uint64(seeds) {
			r := rand.New(rand.NewPCG(seed, math.Float64bits(e)))
			b := experiment.NewBetting(1-e, 0.05)
			always := true
			for i := 1; i <= people; i++ {
				treated, p := r.Float64() >= e, 0.02
				if treated {
					p = 0.05
				}
				y := 0.0
				if r.Float64() < p {
					y = 1
				}
				b.Add(treated, y)
				if i%every == 0 || i == 10 {
					last = b.Interval()
					always = always && last.Low <= 0.03 && 0.03 <= last.High
				}
			}
			if always {
				covered++
			}
		}
		t.Logf("held out %.2f: covered in %d of %d; the last interval %+.3f to %+.3f", e, covered, seeds, last.Low, last.High)
		require.GreaterOrEqual(t, covered, seeds*95/100, "held out %v", e)
	}
}

func TestBettingFindsALargeEffectAndIsNotMuchWiderThanTheLimit(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 0))
	b := experiment.NewBetting(0.8, 0.05)
	require.Equal(t, experiment.Interval{Low: -1, High: 1}, b.Interval(), "nobody yet")
	var arms [2]experiment.Sample
	for range 20_000 {
		treated, p := r.Float64() < 0.8, 0.1
		if treated {
			p = 0.15
		}
		y := 0.0
		if r.Float64() < p {
			y = 1
		}
		b.Add(treated, y)
		if treated {
			arms[1].Add(y, 0)
		} else {
			arms[0].Add(y, 0)
		}
	}
	require.Equal(t, 20_000, b.People())
	got, limit := b.Interval(), experiment.Lift(arms[1], arms[0], experiment.Options{Tune: 20_000})
	t.Logf("betting %+.4f to %+.4f, in the limit %+.4f to %+.4f", got.Low, got.High, limit.Low, limit.High)
	require.Positive(t, got.Low)
	require.InDelta(t, limit.Value, got.Value, 0.005)
	require.Less(t, got.High-got.Low, 1.6*(limit.High-limit.Low))
}

// The wealth of one bet sequence, written out on a grid of means.
func TestBettingIntervalIsWhatAGridOfMeansKeeps(t *testing.T) {
	t.Parallel()
	const treated, alpha = 0.7, 0.1
	r := rand.New(rand.NewPCG(9, 0))
	b := experiment.NewBetting(treated, alpha)
	low, top := -1/(1-treated), 1/treated
	var xs, stakes []float64
	sumY, sumX, squares := 0.0, 0.0, 0.25
	for i := range 200 {
		z, y := r.Float64() < treated, r.Float64()
		b.Add(z, y)
		m := (sumY + 0.5) / float64(i+1)
		psi := (y - m) / treated
		if !z {
			psi = -(y - m) / (1 - treated)
		}
		sumY += y
		x := (psi - low) / (top - low)
		stakes = append(stakes, math.Sqrt(2*math.Log(2/alpha)/(squares*math.Log(float64(i)+2))))
		xs = append(xs, x)
		sumX += x
		squares += math.Pow(x-(0.5+sumX)/float64(i+2), 2)
	}
	var kept []float64
	const step = 1e-3
	for m := step; m < 1; m += step {
		up, down := 0.0, 0.0
		for i, x := range xs {
			up += math.Log1p(min(stakes[i], 0.5/m) * (x - m))
			down += math.Log1p(-min(stakes[i], 0.5/(1-m)) * (x - m))
		}
		if max(up, down) < math.Log(2/alpha) {
			kept = append(kept, low+m*(top-low))
		}
	}
	got := b.Interval()
	require.NotEmpty(t, kept)
	require.InDelta(t, max(-1, kept[0]), got.Low, 2*step*(top-low))
	require.InDelta(t, min(1, kept[len(kept)-1]), got.High, 2*step*(top-low))
}
