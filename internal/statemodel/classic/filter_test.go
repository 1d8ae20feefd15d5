package classic_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel/classic"
)

// wandering people act at a rate that jumps to another one now and then.
func wandering(r *rand.Rand, n int) []classic.History {
	out := make([]classic.History, n)
	for i := range out {
		h := classic.History{Age: 30 + 10*r.Float64()}
		rate, at, jump := gammaDraw(r, .7)/2, 0.0, r.ExpFloat64()*10
		for at < h.Age {
			next := at + r.ExpFloat64()/rate
			if next > jump {
				at, rate, jump = jump, gammaDraw(r, .7)/2, jump+r.ExpFloat64()*10
				continue
			}
			if at = next; at < h.Age {
				h.Times = append(h.Times, at)
			}
		}
		out[i] = h
	}
	return out
}

func TestTheFilterThatForgetsNothingIsTheNBD(t *testing.T) {
	t.Parallel()
	f := classic.Filter{R: .7, Beta: 3, Keep: 1, Pull: .5, Step: 1}
	nbd := classic.NBD{R: .7, Alpha: 3}
	for _, h := range wandering(rand.New(rand.NewPCG(1, 1)), 50) {
		require.InDelta(t, nbd.LogLik(h.Person()), f.LogLik(h), 1e-9)
		require.InEpsilon(t, nbd.Expected(h.Person(), 7.3), f.Expected(h, 7.3), 1e-9)
	}
}

func TestTheFilterIsFittedWhereItsLikelihoodIsHighest(t *testing.T) {
	t.Parallel()
	people := wandering(rand.New(rand.NewPCG(2, 2)), 1500)
	f, fit, err := classic.FitFilter(people, 1)
	require.NoError(t, err)
	of := func(f classic.Filter) (sum float64) {
		for _, h := range people {
			sum += f.LogLik(h)
		}
		return sum
	}
	t.Logf("%+v: %.3f ± %.3f", f, fit.Params, fit.StdErr)
	require.InDelta(t, of(f), fit.LogLik, 1e-6)
	for _, by := range []float64{.99, 1.01} {
		for _, near := range []classic.Filter{
			{f.R * by, f.Beta, f.Keep, f.Pull, 1},
			{f.R, f.Beta * by, f.Keep, f.Pull, 1},
			{f.R, f.Beta, 1 - (1-f.Keep)*by, f.Pull, 1},
			{f.R, f.Beta, f.Keep, f.Pull * by, 1},
		} {
			require.Less(t, of(near), fit.LogLik)
		}
	}
	_, nbd, err := classic.FitNBD(persons(people))
	require.NoError(t, err)
	require.Greater(t, fit.LogLik, nbd.LogLik+20, "rates do wander")
}

func persons(histories []classic.History) (out []classic.Person) {
	for _, h := range histories {
		out = append(out, h.Person())
	}
	return out
}

func TestAHistoryIsKnownUntilAnAge(t *testing.T) {
	t.Parallel()
	h := classic.History{Times: []float64{1, 2, 2, 5}, Age: 9}
	require.Equal(t, classic.Person{Repeats: 3, Last: 2, Age: 2}, h.Until(2).Person())
	require.Equal(t, classic.Person{Age: .5}, h.Until(.5).Person())
	require.Equal(t, h.Person(), h.Until(100).Person())
}

// What is expected in a moment is the rate at which an act now would come.
func TestTheFilterExpectsWhatItsLikelihoodSays(t *testing.T) {
	t.Parallel()
	f := classic.Filter{R: .7, Beta: 3, Keep: .9, Pull: .6, Step: 1.5}
	for _, h := range wandering(rand.New(rand.NewPCG(3, 3)), 30) {
		now := classic.History{Times: append(append([]float64(nil), h.Times...), h.Age), Age: h.Age}
		rate := math.Exp(f.LogLik(now) - f.LogLik(h))
		require.InDelta(t, 1, f.Expected(h, 1e-7)/1e-7/rate, 1e-4)
	}
}
