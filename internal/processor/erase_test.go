package processor_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/testenv"
)

// marked is in everything that person n sends.
func marked(n int) string { return fmt.Sprintf("zq%dx", n) }

func marksOf(n int) (user, anon, tablet person.Identity) {
	return person.NewIdentity(person.UserID, marked(n)+"-user"), person.NewIdentity(person.AnonymousID, marked(n)+"-phone"),
		person.NewIdentity(person.AnonymousID, marked(n)+"-tablet")
}

// markedEvent is something that person n does, on one of their devices.
func markedEvent(r *rand.Rand, n int) event.Event {
	user, phone, tablet := marksOf(n)
	m := marked(n)
	e := event.Event{AnonymousID: phone.Value}
	if r.IntN(2) == 0 {
		e.AnonymousID = tablet.Value
	}
	if r.IntN(3) > 0 {
		e.UserID = user.Value
	}
	switch r.IntN(4) {
	case 0:
		e.Kind = event.Identify
		e.Traits = fmt.Appendf(nil, `{"email":"%s@mail.example","first_name":"%s","phone":"+4930%07d","consent":{"email":true}}`, m, m, n)
	case 1:
		e.Kind, e.Name = event.Group, fmt.Sprint("account", n%2)
	default:
		e.Kind, e.Name, e.Properties = event.Track, "Order Completed", fmt.Appendf(nil, `{"revenue":%d,"note":"%s"}`, r.IntN(9), m)
	}
	return e
}

// queue appends without folding, so that much is on its way at once.
func (w *world) queue(e event.Event) {
	w.t.Helper()
	w.n++
	w.now += 1000
	if e.MessageID == "" {
		e.MessageID, e.Source = fmt.Sprint("m", w.n), "test"
	}
	if e.To.IsZero() {
		e.To = person.IDOf(0, e.Primary())
	}
	if e.ReceivedAt == 0 {
		e.ReceivedAt = w.now
	}
	if e.Time == 0 {
		e.Time = e.ReceivedAt
	}
	_, err := w.journal.Append(w.t.Context(), processor.Entries([]event.Event{e}))
	require.NoError(w.t, err)
}

// found are those of n people of whom the state holds anything.
func (w *world) found(n int) map[int]string {
	w.t.Helper()
	found := map[int]string{}
	require.NoError(w.t, w.store.Rows(w.t.Context(), func(k, v []byte) error {
		for i := range n {
			if bytes.Contains(k, []byte(marked(i))) || bytes.Contains(v, []byte(marked(i))) {
				found[i] = fmt.Sprintf("%q: %q", k, v)
			}
		}
		return nil
	}))
	return found
}

func TestNothingOfWhoWasErasedIsLeftWhateverWasOnItsWay(t *testing.T) {
	t.Parallel()
	const people = 6
	for _, seed := range testenv.Seeds(t, 12) {
		hint := fmt.Sprintf("repeat with RAPPORT_SEED=%d go test ./internal/processor -run %s", seed, t.Name())
		r := rand.New(rand.NewPCG(seed, 58))
		w := newWorld(t, 1+int(seed%3))
		without := newWorld(t, 2) // where those who will be erased never were
		erased := map[int]bool{}
		for i := range people {
			erased[i] = i%2 == 0
		}
		gone := map[int]event.Instant{}
		for range 25 * people {
			n := r.IntN(people)
			e := markedEvent(r, n)
			if at, ok := gone[n]; ok {
				e.ReceivedAt = at - event.Instant(r.IntN(1000)) // it arrived before, and was held up
			} else if erased[n] && r.IntN(20) == 0 {
				gone[n] = w.erase(n)
				continue
			}
			w.queue(e)
			if !erased[n] {
				e.ReceivedAt, e.Time = w.now, w.now
				without.now = w.now - 1000
				without.queue(e)
			}
			if r.IntN(12) == 0 {
				w.drain()
				without.drain()
			}
		}
		for n := range people {
			if _, ok := gone[n]; erased[n] && !ok {
				w.erase(n)
			}
		}
		w.drain()
		without.now = w.now
		without.drain()
		w.pass(3 * day)
		without.pass(3 * day)
		w.live(event.LiveToAll) // a commit of every partition lets go of what was owed
		without.live(event.LiveToAll)

		found := w.found(people)
		for n := range people {
			require.Equal(t, !erased[n], found[n] != "", "person %d: %s\n%s", n, found[n], hint)
		}
		require.Equal(t, without.known(), w.known(), "others are as if they had never been; %s", hint)
		require.NoError(t, w.store.Check(t.Context()), hint)
		hash, err := w.store.Hash(t.Context())
		require.NoError(t, err)

		w.restart(1 + int(seed+1)%3)
		w.drain()
		again, err := w.store.Hash(t.Context())
		require.NoError(t, err)
		require.Equal(t, hash, again, "the journal gives the same again; %s", hint)

		user, _, _ := marksOf(0)
		w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: user.Value})
		back := w.leads(user)
		require.NotNil(t, back, hint)
		require.EqualValues(t, 1, back.Events, "who comes back is a stranger; %s", hint)
		require.Equal(t, w.now, back.FirstSeen, hint)
	}
}

// erase asks for all records of person n, and returns when.
func (w *world) erase(n int) event.Instant {
	w.t.Helper()
	user, phone, tablet := marksOf(n)
	at := w.now + 1000
	for _, i := range []person.Identity{user, phone, tablet} {
		w.queue(event.Event{Kind: event.Erase, To: person.IDOf(0, i), MessageID: "erase", Source: "console", ReceivedAt: at, Body: event.Pack(event.EraseBody{By: "admin"})})
	}
	return at
}
