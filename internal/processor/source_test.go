package processor_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/statestore"
)

// about appends events about sources, which are addressed to nobody.
func (w *world) about(kind event.Kind, source string, body any) {
	w.t.Helper()
	e := event.Event{Kind: kind, Source: source, Time: w.now, ReceivedAt: w.now, Body: event.Pack(body)}
	_, err := w.journal.Append(w.t.Context(), []journal.Entry{{Data: e.AppendTo(nil)}})
	require.NoError(w.t, err)
	w.drain()
}

// refuse appends n dead letters of a source in one event.
func (w *world) refuse(source string, n, size int) {
	w.t.Helper()
	body := event.DeadLetterBody{}
	for range n {
		w.n++
		body.Letters = append(body.Letters, event.DeadLetter{Path: "/v1/track", Whole: true, Message: fmt.Sprint("bad ", w.n), Raw: bytes.Repeat([]byte("x"), size)})
	}
	w.about(event.DeadLetters, source, body)
}

func (w *world) letters(source string) (all []event.Letter) {
	w.t.Helper()
	require.NoError(w.t, w.store.NewestLetters(source, 0, func(l event.Letter) bool { all = append(all, l); return true }))
	return all
}

func (w *world) sum(source string) event.LetterSum {
	w.t.Helper()
	sum, err := w.store.LetterSum(source)
	require.NoError(w.t, err)
	return sum
}

func TestTheLastListOfSourcesCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	for _, name := range []string{"Shop", "Shop of today"} {
		w.about(event.Sources, "control", event.SourcesBody{Sources: []event.Source{{
			ID: "shop", Name: name, Kind: event.ServerSource, Created: noon, Keys: []event.SourceKey{{ID: "key-1", Hash: "ab", Revoked: noon}},
		}}, By: "ada"})
	}
	list, err := w.store.Sources()
	require.NoError(t, err)
	require.Len(t, list.Sources, 1)
	require.Equal(t, "Shop of today", list.Sources[0].Name)
	require.Equal(t, noon, list.Sources[0].Keys[0].Revoked)
}

func TestDeadLettersAreKeptNewestFirstAndMovedBetweenStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.refuse("shop", 2, 10)
	w.refuse("app", 1, 10)
	w.about(event.DeadLetters, "shop", event.DeadLetterBody{Unkept: 7})
	all := w.letters("")
	require.Len(t, all, 3)
	require.Equal(t, "bad 3", all[0].Message)
	require.Equal(t, "app", all[0].Source)
	require.Len(t, w.letters("shop"), 2)
	require.Equal(t, uint64(9), w.sum("shop").Received)
	require.Equal(t, uint64(7), w.sum("shop").Unkept)
	require.Equal(t, uint64(10), w.sum("").Received)

	first := all[2].Number
	w.about(event.DeadLetterDone, "control", event.DeadLetterDoneBody{Letters: []uint64{first, first, 1 << 40}, State: event.LetterDismissed, By: "ada", Reason: "a test"})
	l, found, err := w.store.Letter(first)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, event.LetterDismissed, l.State)
	require.Equal(t, "ada", l.By)
	require.Equal(t, noon, l.DoneAt)
	require.Equal(t, uint64(1), w.sum("shop").Open)
	require.Equal(t, uint64(1), w.sum("shop").Dismissed)

	w.about(event.DeadLetterDone, "control", event.DeadLetterDoneBody{Letters: []uint64{first}, State: event.LetterOpen})
	require.Equal(t, uint64(2), w.sum("shop").Open)
	w.about(event.DeadLetterDone, "control", event.DeadLetterDoneBody{Letters: []uint64{first}, State: event.LetterMended, By: "ada"})
	w.about(event.DeadLetterDone, "control", event.DeadLetterDoneBody{Letters: []uint64{first}, State: event.LetterOpen})
	l, _, err = w.store.Letter(first)
	require.NoError(t, err)
	require.Equal(t, event.LetterMended, l.State, "it has become an event, which cannot be taken back")
}

func TestDeadLettersAreBoundedBySourceAndInAllAndWhatGoesIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.refuse("app", 1, 10)
	for range 11 {
		w.refuse("shop", 1000, 10)
	}
	require.Len(t, w.letters("shop"), 10_000)
	require.Len(t, w.letters("app"), 1, "one source does not push another out")
	require.Equal(t, uint64(1000), w.sum("shop").LetGo)
	require.Equal(t, uint64(10_000), w.sum("shop").Kept())
	require.Equal(t, "bad 11001", w.letters("shop")[0].Message)

	for range 33 {
		w.refuse("bulk", 40, 50<<10)
	}
	require.LessOrEqual(t, w.sum("").Bytes, uint64(64<<20))
	require.Empty(t, w.letters("app"), "the oldest of all go first")
	bytes, kept := uint64(0), w.letters("")
	for i := range kept {
		bytes += statestore.LetterSize(&kept[i])
	}
	require.Equal(t, w.sum("").Bytes, bytes)
	require.Equal(t, w.sum("").Kept(), uint64(len(kept)))
	require.Equal(t, w.sum("").Received, w.sum("").Kept()+w.sum("").LetGo)
}

func TestWhatArrivesIsCountedBySourceAndHourOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: "a1", Source: "shop"})
	w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: "a1", Source: "shop", MessageID: "m1"}) // the same again
	w.now = w.now.Add(time.Hour)
	w.append(event.Event{Kind: event.Identify, UserID: "u1", AnonymousID: "a1", Source: "shop", Traits: json.RawMessage(`{}`)})
	w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: "a1", Source: "shop"}) // passed on to u1
	w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "u2", Source: "import:abc/orders", Imported: true})
	w.refuse("shop", 3, 10)
	got := map[string]event.Tally{}
	add := func(from event.Instant) {
		clear(got)
		for _, source := range []string{"shop", "import", "engine", "control", "processor", "test"} {
			require.NoError(t, w.store.Tallies(source, from, func(_ event.Instant, tally event.Tally) {
				sum := got[source]
				sum.Add(tally)
				got[source] = sum
			}))
		}
	}
	add(0)
	require.Equal(t, uint64(3), got["shop"].Accepted)
	require.Equal(t, uint64(1), got["shop"].Duplicates)
	require.Equal(t, uint64(3), got["shop"].Rejected)
	require.Equal(t, w.now, got["shop"].Last)
	require.Equal(t, uint64(1), got["import"].Accepted)
	require.Len(t, got, 2, "Rapport's own events are nobody's: %v", got)
	add(w.now)
	require.Equal(t, uint64(2), got["shop"].Accepted)
	require.Zero(t, got["shop"].Duplicates)

	w.now = w.now.Add(33 * 24 * time.Hour)
	w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: "a1", Source: "shop"})
	add(0)
	require.Less(t, got["shop"].Accepted, uint64(4), "what is over a month old is forgotten")
}

func TestWhatIsKnownOfSourcesIsTheSameAfterAReplay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	for n := range 40 {
		w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: fmt.Sprint("a", n), Source: "shop"})
		w.refuse("shop", n%4, 100)
		w.now = w.now.Add(17 * time.Minute)
	}
	w.about(event.Sources, "control", event.SourcesBody{Sources: []event.Source{{ID: "shop", Name: "Shop"}}})
	w.about(event.DeadLetterDone, "control", event.DeadLetterDoneBody{Letters: []uint64{w.letters("")[5].Number}, State: event.LetterDismissed})
	was := w.hash()
	for _, groups := range []int{1, 3} {
		w.restart(groups)
		require.Equal(t, was, w.hash())
	}
	half := w.journal.End()
	for p := range half {
		half[p] = max(half[p]/2, 1)
	}
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	for _, end := range []journal.Positions{half, w.journal.End()} {
		require.NoError(t, processor.Replay(t.Context(), w.journal, s, end, processor.Options{}, nil))
	}
	again, err := s.Hash(t.Context())
	require.NoError(t, err)
	require.Equal(t, was, again)
	require.NoError(t, s.Close())
}

func TestAfterAnyCrashWhatIsKnownOfSourcesIsThatOfAnUninterruptedRun(t *testing.T) {
	t.Parallel()
	f := newFrail(t, 11)
	require.NoError(t, f.start())
	f.do(func() error {
		_, err := processor.PutDefinitions(t.Context(), f.journal, shop, f.now)
		return err
	})
	f.mayFail = true
	for n := range 120 {
		f.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: fmt.Sprint("a", f.r.IntN(9))})
		body := event.DeadLetterBody{Unkept: uint64(n % 2), Letters: []event.DeadLetter{{Path: "/v1/batch", Index: n, Message: "bad", Raw: []byte(`{}`)}}}
		about := event.Event{Kind: event.DeadLetters, Source: fmt.Sprint("s", n%3), Time: f.now, ReceivedAt: f.now, Body: event.Pack(body)}
		if n%5 == 0 {
			done := event.DeadLetterDoneBody{Letters: []uint64{uint64(f.journal.End()[0]-1) << 12}, State: event.LetterDismissed}
			about = event.Event{Kind: event.DeadLetterDone, Time: f.now, ReceivedAt: f.now, Body: event.Pack(done)}
		}
		f.do(func() error {
			_, err := f.journal.Append(t.Context(), []journal.Entry{{Data: about.AppendTo(nil)}})
			return err
		})
		f.pass(3 * time.Hour)
	}
	t.Logf("%d crashes; go test ./internal/processor -run %s", f.crashes, t.Name())
	require.Greater(t, f.crashes, 5)
	live, err := f.store.Hash(t.Context())
	require.NoError(t, err)
	require.Equal(t, live, f.replayed())
	sum, err := f.store.LetterSum("")
	require.NoError(t, err)
	require.Positive(t, sum.Dismissed)
	f.stop()
}
