package experiment_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/lifecycle"
)

// The remission times of Freireich et al. 1963 under 6-MP, in weeks, with the
// estimates and errors printed in Klein & Moeschberger 2003, "Survival
// Analysis", tables 4.1A and 4.1B.
func TestIncidenceOfOneCauseIsKaplanMeiers(t *testing.T) {
	t.Parallel()
	people := []experiment.Spell{
		{6, 1},
		{6, 1},
		{6, 1},
		{6, 0},
		{7, 1},
		{9, 0},
		{10, 1},
		{10, 0},
		{11, 0},
		{13, 1},
		{16, 1},
		{17, 0},
		{19, 0},
		{20, 0},
		{22, 1},
		{23, 1},
		{25, 0},
		{32, 0},
		{32, 0},
		{34, 0},
		{35, 0},
	}
	c := experiment.Incidences(people, 1)
	for _, p := range []struct{ t, survival, se float64 }{
		{6, 0.857, 0.076}, {7, 0.807, 0.087}, {10, 0.753, 0.096}, {13, 0.690, 0.107}, {16, 0.627, 0.114}, {22, 0.538, 0.128}, {23, 0.448, 0.135},
	} {
		got, one := c.At(0, p.t), c.At(1, p.t)
		require.InDelta(t, p.survival, got.Value, 5e-4)
		require.InDelta(t, p.se, got.StandardError, 5e-4)
		require.InDelta(t, 1-got.Value, one.Value, 1e-12)
		require.InDelta(t, got.StandardError, one.StandardError, 1e-9, "with one cause the variance is Greenwood's")
	}
	require.Equal(t, 21, c.At(0, 0).AtRisk)
	require.Equal(t, 7, c.At(0, 22).AtRisk)
}

func TestIncidenceAgreesWithTheMapsCurves(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 0))
	var spells []experiment.Spell
	var seen []lifecycle.Observation
	for range 300 {
		after, back := 1+r.IntN(90), r.IntN(3) > 0
		o := experiment.Spell{After: float64(after)}
		if back {
			o.Cause = 1
		}
		spells = append(spells, o)
		seen = append(seen, lifecycle.Observation{After: time.Duration(after), Returned: back})
	}
	ours, theirs := experiment.Incidences(spells, 1), lifecycle.Survive(seen)
	for day := range 95 {
		a, b := ours.At(0, float64(day)), theirs.At(time.Duration(day))
		require.InDelta(t, b.Survival, a.Value, 1e-12)
		require.InDelta(t, b.Low, a.Low, 1e-9, "day %d", day)
		require.InDelta(t, b.High, a.High, 1e-9, "day %d", day)
		require.Equal(t, b.AtRisk, a.AtRisk)
	}
}

func TestCompetingCausesAndWhoIsLeftAreEverybody(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 0))
	var all, whole []experiment.Spell
	for range 400 {
		s := experiment.Spell{After: float64(1 + r.IntN(50)), Cause: r.IntN(4)}
		all = append(all, s)
		s.Cause = 1 + r.IntN(3)
		whole = append(whole, s)
	}
	c := experiment.Incidences(all, 3)
	for day := range 50 {
		at := float64(day)
		sum := c.At(0, at).Value
		for k := 1; k <= 3; k++ {
			sum += c.At(k, at).Value
		}
		require.InDelta(t, 1, sum, 1e-9)
	}

	// Without censoring, the share is that of a count, and so is its error.
	full := experiment.Incidences(whole, 3)
	for _, day := range []float64{5, 20, 49} {
		for k := 1; k <= 3; k++ {
			n := 0.0
			for _, s := range whole {
				if s.Cause == k && s.After <= day {
					n++
				}
			}
			p := n / 400
			got := full.At(k, day)
			require.InDelta(t, p, got.Value, 1e-9)
			require.InDelta(t, p*(1-p)/400, got.StandardError*got.StandardError, 3e-6)
		}
	}
}

func TestCensoringWhatExcludesOverstates(t *testing.T) {
	t.Parallel()
	people := []experiment.Spell{{1, 2}, {2, 1}, {3, 2}, {4, 1}, {5, 0}}
	naive := []experiment.Spell{{1, 0}, {2, 1}, {3, 0}, {4, 1}, {5, 0}}
	require.InDelta(t, 0.4, experiment.Incidences(people, 2).At(1, 4).Value, 1e-12)
	require.InDelta(t, 1-0.75*0.5, experiment.Incidences(naive, 1).At(1, 4).Value, 1e-12)
}

func TestTheBandHoldsAtAllTimesAtOnceAndPointsDoNot(t *testing.T) {
	t.Parallel()
	const seeds, people = 400, 300
	times := make([]float64, 60)
	for i := range times {
		times[i] = float64(i+3) / 30
	}
	band, points := 0, 0
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 1))
		spells := make([]experiment.Spell, people)
		for i := range spells {
			event, end := r.ExpFloat64(), 0.5+3*r.Float64()
			spells[i] = experiment.Spell{After: min(event, end)}
			if event <= end {
				spells[i].Cause = 1
			}
		}
		c := experiment.Incidences(spells, 1)
		inBand, inPoints := true, true
		for i, b := range c.Band(0.1, 2.1, times) {
			truth := survivor(times[i])
			inBand = inBand && b.Low <= truth && truth <= b.High
			p := c.At(0, times[i])
			inPoints = inPoints && p.Low <= truth && truth <= p.High
		}
		if inBand {
			band++
		}
		if inPoints {
			points++
		}
	}
	t.Logf("all times covered: by the band in %d of %d, by the points in %d", band, seeds, points)
	require.GreaterOrEqual(t, band, seeds*93/100)
	require.Less(t, points, seeds*85/100)
}
