//go:build models

package statemodel_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/statemodel/classic"
	"github.com/rapporthq/rapport/internal/train"
)

// grocer is a shop whose customers come at regular intervals, each at a pace of
// their own (the gaps are Erlang of order 3), and whose trade slows down as a
// whole by half in two years: no process of the fitted family.
func grocer(seed uint64, people int) []statemodel.History {
	r := rand.New(rand.NewPCG(seed, 3))
	const days = 728
	slow := math.Ln2 / days
	out := make([]statemodel.History, people)
	for i := range out {
		start := r.Float64() * 90
		rate := (r.ExpFloat64() + r.ExpFloat64()) * .02
		leaves := start + r.ExpFloat64()*1500
		h := statemodel.History{Start: start, End: days}
		clock := func(t float64) float64 { return (1 - math.Exp(-slow*t)) / slow }
		day := func(c float64) float64 { return -math.Log(1-slow*c) / slow }
		for at := clock(start); ; {
			at += (r.ExpFloat64() + r.ExpFloat64() + r.ExpFloat64()) / (3 * rate)
			if slow*at >= 1 || day(at) > min(h.End, leaves) {
				break
			}
			h.Events = append(h.Events, statemodel.Event{At: day(at)})
		}
		out[i] = h
	}
	return out
}

// The plain forms lose here; what is chosen without a look at the second year must
// not.
func TestRegularTimingAndASlowdownAreMet(t *testing.T) {
	people := grocer(1, 500)
	const split = 364
	known := until(people, split)
	var before, after []classic.Person
	for _, h := range people {
		before, after = append(before, person(h.Until(split))), append(after, person(h))
	}
	pareto, _, err := classic.FitParetoNBD(before)
	require.NoError(t, err)
	bg, _, err := classic.FitBGNBD(before, false)
	require.NoError(t, err)
	best := math.Inf(-1)
	for _, m := range []classic.Model{pareto, bg} {
		held := 0.0
		for i := range before {
			held += classic.HeldOut(m, before[i], after[i])
		}
		best = max(best, held)
	}
	held := func(f statemodel.Form) float64 {
		m, trace, err := statemodel.Fit(known, statemodel.Options{Form: f, Starts: 3, Each: train.Each(0)})
		require.NoError(t, err)
		v, err := m.Heldout(people, split, train.Each(0))
		require.NoError(t, err)
		t.Logf("%+v: fitted %.1f, held out %.1f over the classics: %+v %+v", f, trace.LogLikelihood, sum(v)-best, m.Recovery, m.Kinds)
		return sum(v) - best
	}
	plain := held(statemodel.Form{States: 2})
	ladder := statemodel.Ladder(statemodel.Form{})[:5]
	choice, err := statemodel.Choose(known, statemodel.ChooseOptions{Forms: ladder, Folds: 2, Starts: 2, Each: train.Each(0)})
	require.NoError(t, err)
	for _, c := range choice.Candidates {
		t.Logf("%s: %.3f ± %.3f a person, %d parameters %s", c.Name, c.HeldOut, c.Error, c.Parameters, c.Refused)
	}
	t.Logf("chosen: %s, as %s", choice.Candidates[choice.Chosen].Name, choice.Reason)
	chosen := held(choice.Candidates[choice.Chosen].Form)
	require.Greater(t, chosen, -5.0)
	require.Greater(t, chosen, plain-5)
	require.Greater(t, held(statemodel.Form{Departure: true, Recovery: true}), 40.0, "the remedy for regular timing")
}
