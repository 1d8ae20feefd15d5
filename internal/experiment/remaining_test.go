package experiment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/experiment"
)

// Somebody who has waited is one of those who were still waiting then: the curve of
// these alone, counted from there, says the same of them.
func TestWhatRemainsIsTheCurveOfThoseWhoStillWaited(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	var all, later []experiment.Spell
	const from, to = 10.0, 40.0
	for range 500 {
		s := experiment.Spell{After: rng.ExpFloat64() * 30, Cause: 1}
		if watched := 5 + rng.Float64()*60; watched < s.After {
			s = experiment.Spell{After: watched}
		}
		all = append(all, s)
		if s.After > from {
			later = append(later, experiment.Spell{After: s.After - from, Cause: s.Cause})
		}
	}
	p, se := experiment.Incidences(all, 1).Remaining(from, to)
	want := experiment.Incidences(later, 1).At(0, to-from)
	require.InDelta(t, want.Value, p, 1e-12)
	require.InDelta(t, want.StandardError, se, 1e-12)
	require.InDelta(t, math.Exp(-(to-from)/30), p, 4*se, "as it was made up")
	p, se = experiment.Incidences(all, 1).Remaining(from, from)
	require.InDelta(t, 1, p, 0)
	require.Zero(t, se)
}
