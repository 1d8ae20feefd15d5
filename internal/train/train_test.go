package train_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/train"
)

// shop is people who act at rates of their own, and leave.
func shop(n int) []statemodel.History {
	r := rand.New(rand.NewPCG(4, 2))
	out := make([]statemodel.History, n)
	for i := range out {
		h := statemodel.History{Start: r.Float64() * 30, End: 200}
		rate, left := .02+.1*r.ExpFloat64(), h.Start+r.ExpFloat64()*150
		for at := h.Start + r.ExpFloat64()/rate; at < min(left, h.End); at += r.ExpFloat64() / rate {
			h.Events = append(h.Events, statemodel.Event{At: at})
		}
		out[i] = h
	}
	return out
}

func TestAFitDoesNotDependOnTheNumberOfWorkers(t *testing.T) {
	t.Parallel()
	people := shop(600)
	form := statemodel.Form{States: 2, Nodes: 6}
	one, err := train.Fit(t.Context(), people, train.Options{Form: form, Workers: 1, Starts: 1, Draws: 3})
	require.NoError(t, err)
	three, err := train.Fit(t.Context(), people, train.Options{Form: form, Workers: 3, Starts: 1, Draws: 3})
	require.NoError(t, err)
	require.Equal(t, one.Model, three.Model)
	require.Equal(t, one.Trace, three.Trace)
	require.Equal(t, one.Drawn, three.Drawn)
	require.Len(t, one.Drawn, 3)
}

func TestAFitIsHeardOfAndCanBeStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	_, err := train.Fit(ctx, shop(300), train.Options{
		Form: statemodel.Form{States: 2, Nodes: 8}, Workers: 2,
		Progress: func(statemodel.Step) {
			if steps++; steps == 5 {
				cancel()
			}
		},
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 5, steps)
}
