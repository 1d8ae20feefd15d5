package processor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// A robot's events make nobody, change nobody and start nothing, whoever they say
// they are of; they are counted, once each.
func TestARobotsEventsAreOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Properties: []byte(`{"revenue":20}`)})
	id := person.IDOf(0, person.NewIdentity(person.UserID, "ada"))
	before, err := w.store.Person(id)
	require.NoError(t, err)
	for range 2 { // sent twice
		w.append(
			event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", MessageID: "b1", Properties: []byte(`{"revenue":900}`), Bot: true},
			event.Event{Kind: event.Identify, UserID: "ada", AnonymousID: "a-phone", MessageID: "b2", Traits: []byte(`{"plan":"robot"}`), Bot: true},
			event.Event{Kind: event.Page, Name: "Home", AnonymousID: "robot", MessageID: "b3", Bot: true},
		)
	}
	after, err := w.store.Person(id)
	require.NoError(t, err)
	require.Equal(t, before, after)
	for _, device := range []string{"robot", "a-phone"} {
		p, err := w.store.Person(person.IDOf(0, person.NewIdentity(person.AnonymousID, device)))
		require.NoError(t, err)
		require.Nil(t, p, device)
	}
	var told []string
	require.NoError(t, w.store.History(t.Context(), id, func(e event.Event) bool {
		told = append(told, e.MessageID)
		return true
	}))
	require.NotContains(t, told, "b1")
	var sum event.Tally
	require.NoError(t, w.store.Tallies("test", 0, func(_ event.Instant, tally event.Tally) { sum.Add(tally) }))
	require.Equal(t, []uint64{4, 3, 3}, []uint64{sum.Accepted, sum.Bots, sum.Duplicates})
	require.NoError(t, w.store.Check(t.Context()))

	hash := w.hash()
	w.restart(1)
	w.drain()
	require.Equal(t, hash, w.hash())
}
