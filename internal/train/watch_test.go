package train_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/train"
)

// TestAModelThatNoLongerHoldsIsSaidToHaveDrifted trains again on a company whose
// model in force was trained at day 150: all is as it was, or people act thrice as
// often since, or a fourth as often.
func TestAModelThatNoLongerHoldsIsSaidToHaveDrifted(t *testing.T) {
	t.Parallel()
	look := func(pace float64) *train.Drift {
		j := job(400)
		in := j.Body
		in.Touches = nil
		in.Model = truth()
		in.Plain = &statemodel.Model{
			Kinds: []statemodel.Kind{{Name: "order", Rate: []float64{.1}}}, Exit: []float64{.003}, Start: [][]float64{{1}}, Grid: statemodel.Grid{Activity: 1.5},
		}
		require.NoError(t, in.Name(nil))
		in.Trained.To = event.Instant(150 * 24 * 60 * 60 * 1e6)
		j.Incumbent = &in
		j.Histories = exactly(400, pace)
		out, err := train.Work(t.Context(), j, func(train.Stage, float64, string) {})
		require.NoError(t, err)
		return out.Drift
	}
	right := look(1)
	require.False(t, right.Raised, right.Sentence)
	require.Empty(t, right.Sentence)
	require.Greater(t, right.Timing.Gaps, 200)
	require.Less(t, right.Timing.Apart, .05, "%v", right.Timing.Bins)
	require.Less(t, right.Calibration.Error, .08, "%v", right.Calibration.Bins)
	require.InDelta(t, belief.SoonDays, right.Calibration.Days, 1e-9)

	faster := look(3)
	require.True(t, faster.Raised)
	require.True(t, faster.Timing.Raised, "%v", faster.Timing.Apart)
	require.Contains(t, faster.Sentence, "people come at other times than it says")

	slower := look(.25)
	require.True(t, slower.Raised)
	require.True(t, slower.Calibration.Raised, "%v", slower.Calibration)
	require.Contains(t, slower.Sentence, "what it holds for probable within 30 days was off by")
}

// exactly plays people out of the truth without letters, to the second. From day 150
// on all act so many times as often.
func exactly(n int, pace float64) []statemodel.History {
	const end = 240.
	m := truth()
	out := make([]statemodel.History, n)
	for i := range out {
		r := rand.New(rand.NewPCG(6, uint64(i)))
		theta := 0.0
		for range 3 {
			theta += r.ExpFloat64() / 3
		}
		h := statemodel.History{Start: r.Float64() * 60, End: end}
		state := 0
		if r.Float64() < m.Start[0][1] {
			state = 1
		}
		for at, gone := h.Start, false; !gone; {
			act, move := m.Kinds[0].Rate[state]*theta, m.Up[0]
			if at >= 150 {
				act *= pace
			}
			if state == 1 {
				move = m.Down[0]
			}
			all, before := act+move+m.Exit[state], at
			at += r.ExpFloat64() / all
			if before < 150 && at >= 150 {
				at = 150 // what was not over then begins anew
				continue
			}
			if at >= end {
				break
			}
			switch x := r.Float64() * all; {
			case x < act:
				h.Events = append(h.Events, statemodel.Event{At: at})
			case x < act+move:
				state = 1 - state
			default:
				gone = true
			}
		}
		out[i] = h
	}
	return out
}
