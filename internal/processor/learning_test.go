package processor_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// records reads the journal from its beginning.
func (w *world) records() (out []event.Event) {
	w.t.Helper()
	r, err := w.journal.NewReader(journal.All(), journal.Positions{})
	require.NoError(w.t, err)
	defer func() { require.NoError(w.t, r.Close()) }()
	for {
		records, err := r.Poll(0)
		require.NoError(w.t, err)
		if len(records) == 0 {
			return out
		}
		for _, rec := range records {
			e, err := event.Decode(rec.Data)
			require.NoError(w.t, err)
			out = append(out, e)
		}
	}
}

// rewarded lets people of whom n bought something answer letters by an order.
func (w *world) rewarded(n int, d time.Duration) {
	w.t.Helper()
	for i := range n {
		name := fmt.Sprint("n", i)
		w.identify(name, "", map[string]any{"email": name + "@example.com", "first_name": "N", "consent": map[string]bool{"email": true}})
		w.order(name, 10)
	}
	for end := w.now.Add(d); w.now < end; {
		before := len(w.sent)
		w.pass(min(day, end.Sub(w.now)))
		for _, g := range w.sent[before:] {
			id := idOfAddress(g.To)
			w.append(event.Event{Kind: event.Track, Name: "Order Refunded", UserID: id, Properties: json.RawMessage(`{"revenue":-25}`)})
		}
	}
}

func idOfAddress(address string) string { return address[:len(address)-len("@example.com")] }

func TestWhatPartitionsLearnIsPublishedToAllOfThemAndDecidesThen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.rewarded(120, 24*day)
	outcomes, learned := 0, map[string]float64{}
	w.everybody(func(p *profile.Person, history []event.Event) {
		chosen := 0
		for _, e := range history {
			if e.Kind == event.Outcomes {
				b, err := event.Unpack[event.OutcomeBody](e)
				require.NoError(t, err)
				require.InDelta(t, b.Margin-b.Cost, b.Reward, 1e-9)
				learned[b.Expected.Action]++
				outcomes++
			}
			if e.Kind == event.Choice {
				chosen++
			}
		}
		require.LessOrEqual(t, len(p.Stakes), chosen)
	})
	require.Greater(t, outcomes, 100)
	first, err := w.store.Partition(0)
	require.NoError(t, err)
	require.NotEmpty(t, first.Posterior, "it was published")
	for p := range person.Partitions {
		state, err := w.store.Partition(person.Partition(p))
		require.NoError(t, err)
		require.Equal(t, first.Posterior, state.Posterior)
	}
	known, err := w.proc.Learned(t.Context(), first.Posterior, first.Definition)
	require.NoError(t, err)
	_, _, trials, err := known.Posterior.Effect(event.Silence, decide.Place{}, []float64{1, 0, 1, 0, 0, 0, 0, 0, 0})
	require.NoError(t, err)
	require.Greater(t, trials, 30.0)
	require.LessOrEqual(t, trials, learned[event.Silence], "nothing is learned twice")

	w.pass(8 * day)
	policies := map[string]int{}
	for _, e := range w.records() {
		if e.Kind != event.Choice {
			continue
		}
		b, err := event.Unpack[event.ChoiceBody](e)
		require.NoError(t, err)
		policies[b.Policy]++
		var record decide.Record
		require.NoError(t, json.Unmarshal(b.Record, &record))
		known, err := w.proc.Learned(t.Context(), record.Posterior, b.Definition)
		require.NoError(t, err)
		again, err := record.Again(known.Posterior)
		require.NoError(t, err, "made again from what is in the journal, it is the same to the bit")
		require.Equal(t, record.Drawn.Probability, again.Probability) //nolint:testifylint // exact on purpose
	}
	require.NotZero(t, policies[decide.Fair])
	require.NotZero(t, policies[decide.Thompson])
	live := w.hash()
	w.restart(5)
	w.drain()
	require.Equal(t, live, w.hash(), "learning is a part of the fold")
}

// TestWhatIsToldCountsByTheTimeSinceAndNotByWhatWentBefore holds what is published to a slow sum:
// each lesson by the time since it was told, and by nothing that went before it.
func TestWhatIsToldCountsByTheTimeSinceAndNotByWhatWentBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.rewarded(40, 20*day)
	w.define(replace(shop, "    horizon: 30d\n", "    horizon: 30d\n    budget: {money: 0, per: 30d}\n", "kind: information\n", "kind: information\n        cost: 1\n"))
	w.pass(60 * day)
	w.define(shop)
	w.rewarded(40, 20*day)

	all, err := w.store.Lessons(0, statestore.OfAll)
	require.NoError(t, err)
	ws, err := definition.Compile(shop)
	require.NoError(t, err)
	layout, err := engine.LayoutOf(ws)
	require.NoError(t, err)
	weight := func(pieces ...[]byte) (n float64) {
		s := layout.NewStatistics()
		for _, piece := range pieces {
			require.NoError(t, s.Add(piece))
		}
		for i := range s.Blocks {
			n += s.Blocks[i].N
		}
		return n
	}
	told, want, longest := event.Instant(0), 0., time.Duration(0)
	for _, e := range w.records() {
		if e.Kind != event.Learned {
			continue
		}
		b, err := event.Unpack[event.LearnedBody](e)
		require.NoError(t, err)
		if told != 0 {
			longest = max(longest, e.Time.Sub(told))
		}
		told = e.Time
		if len(b.Piece) > 0 {
			want += weight(b.Piece) * math.Pow(decide.Forgetting, all.Aged.Sub(e.Time).Hours()/(7*24))
		}
	}
	require.Greater(t, longest, 6*day, "some weeks nobody had anything to tell")
	require.InEpsilon(t, want, weight(all.Pieces...), 1e-5)
}

func TestWhatWasLearnedSurvivesAChangeOfDefinitions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.rewarded(60, 20*day)
	before, err := w.store.Lessons(0, statestore.OfAll)
	require.NoError(t, err)
	require.NotEmpty(t, before.Pieces)
	w.define(replace(shop, "actions:\n", "actions:\n      - {id: more, name: More, kind: offer, messages: [{id: m, channel: email, appeal: logos, subject: S, body: B, next_step: {label: L, url: \"https://shop.example/\"}}]}\n"))
	w.pass(2 * day)
	state, err := w.store.Partition(0)
	require.NoError(t, err)
	known, err := w.proc.Learned(t.Context(), state.Posterior, state.Definition)
	require.NoError(t, err)
	context := []float64{1, 0, 1, 0, 0, 0, 0, 0, 0}
	_, _, trials, err := known.Posterior.Effect("second-order/thanks", decide.Place{}, context)
	require.NoError(t, err)
	require.Greater(t, trials, 5.0)
	_, _, trials, err = known.Posterior.Effect("second-order/more", decide.Place{}, context)
	require.NoError(t, err)
	require.Zero(t, trials)
}

func TestABudgetThatIsSpentClosesTheGoal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.define(replace(shop, "    horizon: 30d\n", "    horizon: 30d\n    budget: {money: 10, per: 30d}\n", "kind: information\n", "kind: information\n        cost: 1\n"))
	w.rewarded(60, 3*day)
	spent := len(w.sent)
	require.Greater(t, spent, 10, "the first day nobody knows what the others spend")
	w.pass(12 * day)
	require.Equal(t, spent, len(w.sent)) //nolint:testifylint // a list of letters says nothing
	withheld := 0
	w.everybody(func(_ *profile.Person, history []event.Event) {
		for _, e := range history {
			if b, err := event.Unpack[event.ChoiceBody](e); e.Kind == event.Choice && err == nil && len(b.Candidates) > 1 && b.Candidates[1].Withheld.Code == "budget" {
				withheld++
			}
		}
	})
	require.NotZero(t, withheld)
}

func TestOnlyWhatWasServedIsLearnedFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	for i := range 20 {
		name := fmt.Sprint("n", i)
		w.identify(name, "", map[string]any{"email": name + "@example.com", "first_name": "N", "consent": map[string]bool{"email": true}})
		w.order(name, 10)
	}
	for id, c := range w.outbox { // withdrawn before the deliverer asks
		w.append(event.Event{Kind: event.Consented, To: c.Person, Body: event.Pack(event.ConsentBody{Channel: "*"})})
		require.NotEmpty(t, id)
	}
	w.pass(16 * day)
	w.everybody(func(_ *profile.Person, history []event.Event) {
		for _, e := range history {
			if e.Kind == event.Outcomes {
				b, err := event.Unpack[event.OutcomeBody](e)
				require.NoError(t, err)
				require.Equal(t, event.Silence, b.Action)
			}
		}
	})
}
