package processor_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/statestore"
)

// busyJournal grows as soon as somebody has asked for its end: ingest does not
// wait for the fold to catch up.
type busyJournal struct {
	*journal.Memory
	t *testing.T
	n int
}

func (j *busyJournal) End() journal.Positions {
	end := j.Memory.End()
	j.n++
	e := event.Event{
		Kind: event.Page, UserID: "ada", Source: "busy", MessageID: fmt.Sprint("busy-", j.n), Time: noon, ReceivedAt: noon,
		To: person.IDOf(0, person.NewIdentity(person.UserID, "ada")),
	}
	_, err := j.Append(j.t.Context(), processor.Entries([]event.Event{e}))
	require.NoError(j.t, err)
	return end
}

func TestWhatArrivesWhileTheFoldCatchesUpIsNotLost(t *testing.T) {
	t.Parallel()
	j := &busyJournal{Memory: journal.NewMemory(), t: t}
	_, err := processor.PutDefinitions(t.Context(), j, shop, noon)
	require.NoError(t, err)
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	p := processor.New(j, s, processor.Options{Groups: 1})
	require.NoError(t, p.CatchUp(t.Context(), nil))
	require.NoError(t, p.GoLive(t.Context()))
	e := event.Event{
		Kind: event.Page, UserID: "ada", Source: "late", MessageID: "1", Time: noon, ReceivedAt: noon,
		To: person.IDOf(0, person.NewIdentity(person.UserID, "ada")),
	}
	_, err = j.Append(t.Context(), processor.Entries([]event.Event{e}))
	require.NoError(t, err)
	require.NoError(t, p.Drain(t.Context()))
	ada, err := s.Person(e.To)
	require.NoError(t, err)
	require.Equal(t, int64(j.n+1), ada.Events)
	require.NoError(t, p.Close())
	require.NoError(t, s.Close())
}

func TestMuchThatIsOwedIsAppendedBeforeItFillsTheMemory(t *testing.T) {
	t.Parallel()
	const people = 10_000
	j := journal.NewMemory()
	_, err := processor.PutDefinitions(t.Context(), j, shop, noon)
	require.NoError(t, err)
	var events []event.Event
	for n := range people {
		e := event.Event{
			Kind: event.Identify, UserID: fmt.Sprint("user-", n), Source: "shop", MessageID: fmt.Sprint(n), Time: noon, ReceivedAt: noon,
			Traits: fmt.Appendf(nil, `{"email":"user-%d@example.com"}`, n),
		}
		e.To = person.IDOf(0, e.Primary())
		events = append(events, e)
	}
	_, err = j.Append(t.Context(), processor.Entries(events))
	require.NoError(t, err)
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	p := processor.New(j, s, processor.Options{})
	require.NoError(t, p.CatchUp(t.Context(), nil))
	require.Zero(t, p.Lag())
	require.NoError(t, p.GoLive(t.Context()))
	require.Greater(t, p.Lag(), uint64(people/2), "each address hears whose it is")
	require.NoError(t, p.Drain(t.Context()))
	for _, n := range []int{0, 1, people - 1} {
		ids, err := s.ByIdentity(t.Context(), person.NewIdentity(person.Email, fmt.Sprintf("user-%d@example.com", n)))
		require.NoError(t, err)
		require.Equal(t, []person.ID{events[n].To}, ids)
	}
	require.NoError(t, s.Check(t.Context()))
	require.NoError(t, p.Close())
	require.NoError(t, s.Close())
}
