package experiment_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/person"
)

func unit(i int) person.ID {
	var id person.ID
	binary.BigEndian.PutUint64(id[8:], uint64(i))
	return id
}

func TestAssignmentNeverChangesBetweenReleases(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 0.8922225570952854, experiment.Uniform("salt", "win-back", unit(1)), 0)
	require.InDelta(t, 0.8610244868071294, experiment.Uniform("salt", experiment.Global, unit(2)), 0)
}

func TestAssignmentIsUniform(t *testing.T) {
	t.Parallel()
	const people, bins = 200_000, 100
	counts, shares := make([]int, bins), make([]float64, bins)
	for i := range people {
		counts[int(experiment.Uniform("salt", "win-back", unit(i))*bins)]++
	}
	for i := range shares {
		shares[i] = 1
	}
	require.Greater(t, experiment.RatioMismatch(counts, shares), 0.001, "counts %v", counts)
}

func TestGoalsAreAssignedIndependently(t *testing.T) {
	t.Parallel()
	const people = 100_000
	var cells [2][2]int
	for i := range people {
		a, b := 0, 0
		if experiment.HeldOut("salt", "win-back", unit(i), 0.3) {
			a = 1
		}
		if experiment.HeldOut("salt", "second-order", unit(i), 0.2) {
			b = 1
		}
		cells[a][b]++
	}
	p := experiment.RatioMismatch(
		[]int{cells[0][0], cells[0][1], cells[1][0], cells[1][1]},
		[]float64{0.7 * 0.8, 0.7 * 0.2, 0.3 * 0.8, 0.3 * 0.2})
	require.Greater(t, p, 0.001, "cells %v", cells)
}

func TestArmsHaveTheSharesThatWereAskedFor(t *testing.T) {
	t.Parallel()
	const people = 100_000
	counts := map[experiment.Arm]int{}
	for i := range people {
		counts[experiment.Assign("salt", "win-back", unit(i), 0.05, 0.2)]++
	}
	p := experiment.RatioMismatch(
		[]int{counts[experiment.GlobalHoldout], counts[experiment.GoalHoldout], counts[experiment.Treated]},
		[]float64{0.05, 0.95 * 0.2, 0.95 * 0.8})
	require.Greater(t, p, 0.001, "counts %v", counts)
	require.InDelta(t, 0.24, experiment.HoldoutShare(0.05, 0.2), 1e-12)
}

func TestGlobalHoldoutIsTheSamePeopleForEveryGoalAndChangingTheSeedMovesThem(t *testing.T) {
	t.Parallel()
	moved := 0
	for i := range 10_000 {
		a := experiment.Assign("salt", "a", unit(i), 0.1, 0.5) == experiment.GlobalHoldout
		b := experiment.Assign("salt", "b", unit(i), 0.1, 0) == experiment.GlobalHoldout
		require.Equal(t, a, b)
		if a != (experiment.Assign("pepper", "a", unit(i), 0.1, 0.5) == experiment.GlobalHoldout) {
			moved++
		}
	}
	require.InDelta(t, 10_000*2*0.1*0.9, moved, 200)
}

func TestRaisingAShareOnlyMovesPeopleOut(t *testing.T) {
	t.Parallel()
	for i := range 10_000 {
		if experiment.HeldOut("salt", "g", unit(i), 0.1) {
			require.True(t, experiment.HeldOut("salt", "g", unit(i), 0.2))
		}
		require.False(t, experiment.HeldOut("salt", "g", unit(i), 0))
		require.True(t, experiment.HeldOut("salt", "g", unit(i), 1))
	}
}

func TestRatioMismatchAgreesWithAWorkedExample(t *testing.T) {
	t.Parallel()
	// Fabijan et al. 2019: 821,588 against 815,482 of an intended half each,
	// p = 1.8e-6.
	require.InEpsilon(t, 1.8e-6, experiment.RatioMismatch([]int{821_588, 815_482}, []float64{1, 1}), 0.05)
	require.InDelta(t, 1, experiment.RatioMismatch([]int{0, 0}, []float64{1, 1}), 0)
	require.InDelta(t, 1, experiment.RatioMismatch([]int{70, 0}, []float64{1, 0}), 0)
	require.InDelta(t, 0, experiment.RatioMismatch([]int{70, 1}, []float64{1, 0}), 0)
}

func TestWilsonAgreesWithPublishedValues(t *testing.T) {
	t.Parallel()
	// Newcombe 1998, "Two-sided confidence intervals for the single proportion",
	// Statistics in Medicine 17, table I, method 3.
	for _, c := range []struct{ k, n, low, high float64 }{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
	} {
		got := experiment.Wilson(c.k, c.n)
		require.InDelta(t, c.low, got.Low, 5e-5)
		require.InDelta(t, c.high, got.High, 5e-5)
	}
	require.Equal(t, experiment.Interval{Low: 0, High: 1}, experiment.Wilson(0, 0))
}

// At the boundary the normal mixture of the exponential martingale,
// ∫ exp(λS - λ²t/2) dN(λ; 0, ρ²), is exactly 1/α: that is what makes it a
// boundary (Ville's inequality). The integral is done here by brute force.
func TestBoundaryIsWhereTheMixtureReachesOneOverAlpha(t *testing.T) {
	t.Parallel()
	for _, alpha := range []float64{0.05, 0.1} {
		rho := experiment.Rho(alpha, 200)
		for _, n := range []float64{5, 50, 200, 3000} {
			s := n * experiment.Boundary(n, rho, alpha)
			step, sum := rho*1e-4, 0.0
			for l := -10 * rho; l <= 10*rho; l += step {
				sum += math.Exp(l*s-l*l*n/2) * distuv.Normal{Sigma: rho}.Prob(l) * step
			}
			require.InEpsilon(t, 1/alpha, sum, 1e-3, "alpha %v, n %v", alpha, n)
		}
	}
}

func TestBoundaryIsTightestWhereItIsTuned(t *testing.T) {
	t.Parallel()
	best := experiment.Boundary(1000, experiment.Rho(0.05, 1000), 0.05)
	for _, f := range []float64{0.5, 0.9, 1.1, 2} {
		require.Less(t, best, experiment.Boundary(1000, f*experiment.Rho(0.05, 1000), 0.05))
	}
}

func TestLiftWithoutCovariateIsTheDifferenceOfMeansWithWelchsError(t *testing.T) {
	t.Parallel()
	var a, b experiment.Sample
	for _, y := range []float64{3, 4, 8} {
		a.Add(y, 0)
	}
	for _, y := range []float64{1, 2, 2, 5} {
		b.Add(y, 0)
	}
	d := experiment.Lift(a, b, experiment.Options{MinPeople: 3, MinEvents: 1})
	require.True(t, d.Enough)
	require.InDelta(t, 2.5, d.Value, 1e-12)
	require.InDelta(t, math.Sqrt(7.0/3+3.0/4), d.StandardError, 1e-12)
	require.InDelta(t, 0, d.Slope, 0)
	half := d.StandardError * math.Sqrt(7) * experiment.Boundary(7, experiment.Rho(0.05, 1000), 0.05)
	require.InDelta(t, d.Value+half, d.High, 1e-9)
	require.InDelta(t, d.Value-half, d.Low, 1e-9)
}

// look simulates one comparison, a person at a time, and calls see at each look.
func look(rng *rand.Rand, people, every int, effect float64, see func(experiment.Difference) bool) {
	var treated, holdout experiment.Sample
	for i := range people {
		before := rng.ExpFloat64() * 20
		spend := 0.6*before + rng.ExpFloat64()*15
		if rng.Float64() < 0.3 {
			spend = 0 // many buy nothing: the distribution is skewed on purpose
		}
		if rng.Float64() < 0.8 {
			treated.Add(spend+effect, before)
		} else {
			holdout.Add(spend, before)
		}
		if i%every == 0 {
			if d := experiment.Lift(treated, holdout, experiment.Options{}); d.Enough && !see(d) {
				return
			}
		}
	}
}

func TestLookingEveryDayAtNothingFindsNothing(t *testing.T) {
	t.Parallel()
	const runs, seed = 400, 7
	rng := rand.New(rand.NewPCG(seed, 0))
	sequence, naive := 0, 0
	for range runs {
		crossed, peeked := false, false
		look(rng, 6_000, 20, 0, func(d experiment.Difference) bool {
			crossed = crossed || d.Low > 0 || d.High < 0
			peeked = peeked || math.Abs(d.Value) > 1.96*d.StandardError
			return true
		})
		if crossed {
			sequence++
		}
		if peeked {
			naive++
		}
	}
	t.Logf("seed %d: of %d comparisons of nothing, %d ever crossed zero; a plain 95 %% interval %d", seed, runs, sequence, naive)
	limit := distuv.Binomial{N: runs, P: 0.05}
	require.LessOrEqual(t, float64(sequence), limit.Mean()+2*limit.StdDev(), "seed %d", seed)
	require.Greater(t, naive, runs/4, "seed %d: the plain interval should be misled", seed)
}

func TestARealEffectIsFoundAndItsSizeIsCovered(t *testing.T) {
	t.Parallel()
	const runs, seed, effect = 200, 11, 4.0
	rng := rand.New(rand.NewPCG(seed, 0))
	found, missed := 0, 0
	for range runs {
		above, away := false, false
		look(rng, 6_000, 50, effect, func(d experiment.Difference) bool {
			above = above || d.Low > 0
			away = away || d.Low > effect || d.High < effect
			return true
		})
		if above {
			found++
		}
		if away {
			missed++
		}
	}
	require.GreaterOrEqual(t, found, runs*95/100, "seed %d", seed)
	require.LessOrEqual(t, missed, runs*8/100, "seed %d", seed)
}

func TestCovariateNarrowsTheIntervalWithoutMovingTheTruth(t *testing.T) {
	t.Parallel()
	const seed = 3
	rng := rand.New(rand.NewPCG(seed, 0))
	var bias float64
	const runs = 200
	for range runs {
		var t1, t0, plain1, plain0 experiment.Sample
		for range 2000 {
			before := rng.NormFloat64() * 10
			y := before + rng.NormFloat64()*3
			if rng.Float64() < 0.85 {
				t1.Add(y+1, before)
				plain1.Add(y+1, 0)
			} else {
				t0.Add(y, before)
				plain0.Add(y, 0)
			}
		}
		adjusted := experiment.Lift(t1, t0, experiment.Options{})
		plain := experiment.Lift(plain1, plain0, experiment.Options{})
		require.Less(t, adjusted.StandardError, 0.4*plain.StandardError, "seed %d", seed)
		bias += (adjusted.Value - 1) / runs
	}
	require.InDelta(t, 0, bias, 0.05, "seed %d", seed)
}

func TestTooLittleEvidenceSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	fill := func(n int, y func(int) float64) (s experiment.Sample) {
		for i := range n {
			s.Add(y(i), 0)
		}
		return s
	}
	varied := func(i int) float64 { return float64(i % 3) }
	same := func(int) float64 { return 0 }
	for _, c := range []struct {
		treated, holdout experiment.Sample
		missing          string
	}{
		{fill(500, varied), fill(12, varied), "12 of the 100 people needed in the holdout have a result so far"},
		{fill(3, varied), fill(160, varied), "3 of the 100 people needed among the treated have a result so far"},
		{fill(500, varied), fill(160, same), "everybody in the holdout has the same result, so its spread is not known yet"},
		{fill(500, same), fill(160, varied), "everybody among the treated has the same result, so its spread is not known yet"},
		{fill(500, varied), fill(160, func(i int) float64 { return float64(i % 40 / 39) }), "4 of the 30 people needed in the holdout have a result other than 0 so far"},
		{fill(100, func(i int) float64 { return float64(i % 5 / 4) }), fill(160, varied), "20 of the 30 people needed among the treated have a result other than 0 so far"},
		{fill(500, varied), fill(160, varied), ""},
	} {
		d := experiment.Lift(c.treated, c.holdout, experiment.Options{})
		require.Equal(t, c.missing, d.Missing)
		require.Equal(t, c.missing == "", d.Enough)
	}
}

func ExampleLift() {
	var treated, holdout experiment.Sample
	for i := range 900 {
		treated.Add(float64(i%10), 0)
	}
	for i := range 100 {
		holdout.Add(float64(i%8), 0)
	}
	d := experiment.Lift(treated, holdout, experiment.Options{})
	fmt.Printf("%+.2f a person (%+.2f to %+.2f)\n", d.Value, d.Low, d.High)
	// Output: +1.08 a person (+0.16 to +2.00)
}
