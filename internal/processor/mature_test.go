package processor_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// TestTheTrustInStatesIsToldByWhatCameOfChoicesInHalfAYear holds what partitions tell
// of choices that have matured to a slow reading of everybody's history.
func TestTheTrustInStatesIsToldByWhatCameOfChoicesInHalfAYear(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	const people = 30
	w.promoteWorth(1, 10)
	for i := range people {
		name := fmt.Sprint("n", i)
		w.identify(name, "", map[string]any{"email": name + "@example.com", "first_name": "N", "consent": map[string]bool{"email": true}})
		w.order(name, 10)
	}
	for d := range 230 {
		w.pass(day)
		for i := range people {
			if (d+i)%(5+i) == 0 {
				w.order(fmt.Sprint("n", i), float64(10+i))
			}
		}
	}
	w.pass(3 * day)

	ws, err := definition.Compile(shop)
	require.NoError(t, err)
	goal := &ws.Goals[0]
	rate := -math.Log1p(-goal.Discount) / 365
	var want decide.Mature
	w.everybody(func(_ *profile.Person, history []event.Event) {
		var free event.Instant
		for _, e := range history {
			if e.Kind != event.Outcomes {
				continue
			}
			b, err := event.Unpack[event.OutcomeBody](e)
			require.NoError(t, err)
			if b.Window != 14 || b.Later == nil || e.Time < free {
				continue
			}
			free = b.Served.Add(182 * day)
			if free >= w.now.Add(-3*day) {
				continue
			}
			later := 0.0
			for _, o := range history {
				days := float64(o.Time.Sub(b.Served)) / float64(24*time.Hour)
				m, ok := profile.MoneyOf(&o, goal.KPI, ws.Currency)
				if ok && days > 14 && days < 182 {
					later += m.Amount.Float() * goal.Margin * math.Exp(-rate*days)
				}
			}
			before := *b.Expected.Value
			want.Add(math.Exp(-rate*14)**b.Later-before, before, later)
		}
	})
	var got decide.Mature
	for _, e := range w.records() {
		if e.Kind == event.Learned {
			b, err := event.Unpack[event.LearnedBody](e)
			require.NoError(t, err)
			for _, r := range b.Matured {
				got.Merge(decide.MatureOf(r.Sums))
			}
		}
	}
	require.Greater(t, want.N, people/2.)
	g, s := got.Sums(), want.Sums()
	for i := range s {
		require.InEpsilon(t, s[i], g[i], 1e-4, "sum %d", i)
	}
	state, err := w.store.Partition(0)
	require.NoError(t, err)
	known, err := w.proc.Learned(t.Context(), state.Posterior, state.Definition)
	require.NoError(t, err)
	require.Greater(t, known.Terms.Told.People, want.N/2, "published; a part of it is forgotten, as of all that was learned")
	require.LessOrEqual(t, known.Terms.Told.People, want.N)
	require.InDelta(t, known.Terms.Told.Trust, known.Terms.Trust, 0)

	live := w.hash()
	w.restart(3)
	w.drain()
	require.Equal(t, live, w.hash(), "and it is a part of the fold")
}
