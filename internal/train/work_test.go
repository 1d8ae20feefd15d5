package train_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/train"
)

// truth is a company of two states with a letter that helps and one that does
// nothing.
func truth() *statemodel.Model {
	return &statemodel.Model{
		Kinds: []statemodel.Kind{{Name: "order", Rate: []float64{.02, .25}}},
		Up:    []float64{.003}, Down: []float64{.02}, Exit: []float64{.004, .0005}, Start: [][]float64{{.3, .7}}, Grid: statemodel.Grid{Activity: 3},
	}
}

// live plays people out of the truth, day by day.
func live(n int, seed uint64) []statemodel.History {
	return begun(n, seed, func(int) float64 { return truth().Start[0][1] })
}

// begun is live, of people who begin in the upper state so often.
func begun(n int, seed uint64, upper func(i int) float64) []statemodel.History {
	const end, part = 240., .25
	m := truth()
	out := make([]statemodel.History, n)
	for i := range out {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		theta := 0.0
		for range 3 {
			theta += r.ExpFloat64() / 3
		}
		h := statemodel.History{Start: r.Float64() * 60, End: end}
		state, gone := 0, false
		if r.Float64() < upper(i) {
			state = 1
		}
		for at := h.Start + part; at < end && !gone; at += part {
			switch x := r.Float64() / part; {
			case x < m.Exit[state]:
				gone = true
			case state == 0 && x < m.Exit[0]+m.Up[0]:
				state = 1
			case state == 1 && x < m.Exit[1]+m.Down[0]:
				state = 0
			}
			if !gone && r.Float64() < m.Kinds[0].Rate[state]*theta*part {
				h.Events = append(h.Events, statemodel.Event{At: at})
			}
			if class := r.IntN(2); r.Float64() < .02*part {
				h.Events = append(h.Events, statemodel.Event{At: at, Type: statemodel.Touch, Kind: uint8(class)})
				if class == 0 && state == 0 && !gone && r.Float64() < .6 {
					state = 1
				}
			}
		}
		out[i] = h
	}
	return out
}

func job(n int) *train.Job {
	return &train.Job{
		Body: belief.Body{
			Version: 1, Currency: "EUR", Discount: .1, Answer: 7,
			Acts:    []belief.OwnAct{{ID: "order", Name: "Order Completed", Events: []string{"Order Completed"}, Worth: 10}},
			Touches: []belief.Touch{{Action: "helps", Name: "The letter", Randomised: true}, {Action: "idle", Name: "The other", Randomised: true}},
		},
		Histories: live(n, 5), End: event.Instant(240 * 24 * 60 * 60 * 1e6), Seed: 1, Active: n,
	}
}

// trained is a company whom people come to by channels that differ.
var trained = sync.OnceValue(func() (r training) {
	r.job = channels(630, map[string]float64{"advert": .1, "friend": .95, "": .7})
	r.out, r.err = train.Work(context.Background(), r.job, func(s train.Stage, _ float64, _ string) { r.stages = append(r.stages, s) })
	return r
})

// training is what a training was about, and came to.
type training struct {
	job    *train.Job
	out    train.Outcome
	stages []train.Stage
	err    error
}

func TestATrainingFindsTheStatesAndWhatMovesPeople(t *testing.T) {
	t.Parallel()
	r := trained()
	require.NoError(t, r.err)
	require.Equal(t, []train.Stage{train.Choose, train.Examine, train.Finish}, r.stages)
	b := r.out.Body
	require.GreaterOrEqual(t, b.Model.States(), 2, "%+v", b.Trained.Candidates)
	require.Less(t, b.States[0].Value, b.States[len(b.States)-1].Value)

	raw, err := b.Encode()
	require.NoError(t, err)
	_, err = belief.New(raw)
	require.NoError(t, err)

	require.Len(t, b.Effects, 2)
	require.Equal(t, "helps", b.Effects[0].Action)
	require.Equal(t, belief.Helps, b.Effects[0].Verdict, b.Effects[0].Sentence)
	require.NotEqual(t, belief.Helps, b.Effects[1].Verdict, b.Effects[1].Sentence)

	x := b.Examined
	require.Greater(t, x.Scores[0].HeldOut, x.Scores[len(x.Scores)-1].HeldOut, "better than Pareto/NBD on what it had not seen")
	require.Less(t, x.Error, .13, "of about 13 people a tenth: %+v", x.Bins)
	require.True(t, r.out.Better)
}

func TestWithTooFewPeopleNothingIsTrained(t *testing.T) {
	t.Parallel()
	_, err := train.Work(t.Context(), job(20), func(train.Stage, float64, string) {})
	require.ErrorContains(t, err, "a model needs 50 at least")
	none := job(100)
	none.Body.Acts = nil
	_, err = train.Work(t.Context(), none, func(train.Stage, float64, string) {})
	require.ErrorContains(t, err, "declare relationship.acts")
}
