package processor_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
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
	m := w.promoteWorth(1, 10)
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
	told := known.Terms.Told[m.Root]
	require.Greater(t, told.People, want.N/2, "published; a part of it is forgotten, as of all that was learned")
	require.LessOrEqual(t, told.People, want.N)
	require.InDelta(t, told.Trust, known.Terms.TrustIn(m.Root), 0)

	live := w.hash()
	w.restart(3)
	w.drain()
	require.Equal(t, live, w.hash(), "and it is a part of the fold")
}

// Each state model has its own evidence: another begins anew, and going back to the
// older one brings its evidence back.
func TestTheTrustInStatesIsThatOfTheModelInForce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	const people = 12
	older := w.promoteWorth(1, 10)
	join := func(of string) { // each is chosen for once
		for i := range people {
			name := fmt.Sprint(of, i)
			w.identify(name, "", map[string]any{"email": name + "@example.com", "first_name": "N", "consent": map[string]bool{"email": true}})
			w.order(name, 10)
		}
	}
	join("n")
	told := func(root string) decide.Told {
		state, err := w.store.Partition(0)
		require.NoError(t, err)
		known, err := w.proc.Learned(t.Context(), state.Posterior, state.Definition)
		require.NoError(t, err)
		return known.Terms.Told[root]
	}
	live := func(days int) {
		for d := range days {
			w.pass(day)
			for i := range people {
				if (d+i)%(5+i) == 0 {
					w.order(fmt.Sprint("n", i), float64(10+i))
				}
			}
		}
	}
	live(205)
	was := told(older.Root)
	require.Greater(t, was.People, 1.)

	newer := w.promoteWorth(2, 10)
	require.NotEqual(t, older.Root, newer.Root)
	live(3)
	require.Zero(t, told(newer.Root).People, "what is known of one model says nothing of another")
	require.InDelta(t, was.People, told(older.Root).People, was.People/2, "and is kept")
	join("m")
	live(205)
	require.NotZero(t, told(newer.Root).People, "it gathers its own")

	again := w.darken(older, belief.Dark{From: noon, To: noon.Add(time.Hour), Acts: []string{"act"}})
	require.NotEqual(t, older.Hash, again.Hash)
	require.Equal(t, older.Root, again.Root, "an outage makes no other model of it")
	require.Greater(t, told(again.Root).People, 0., "going back brings its evidence back")

	hash := w.hash()
	w.restart(3)
	w.drain()
	require.Equal(t, hash, w.hash())
}
