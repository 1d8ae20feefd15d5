package processor_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

//go:embed testdata/shop.yaml
var shop []byte

// world is a processor on a journal and a store in memory, driven by hand.
type world struct {
	t        *testing.T
	now      event.Instant
	journal  journal.Journal
	store    *statestore.Store
	proc     *processor.Processor
	changing sync.Mutex
	outbox   map[string]statestore.Change
	sent     []event.GrantBody
	score    func(p person.ID, choice event.Opportunity) // asks the company's own model; nil: nobody does
	n        int
}

// noon is a Tuesday.
var noon = event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))

func newWorld(t *testing.T, groups int) *world {
	t.Helper()
	w := &world{t: t, now: noon, journal: journal.NewMemory(), outbox: map[string]statestore.Change{}}
	w.restart(groups)
	_, err := processor.PutDefinitions(w.t.Context(), w.journal, shop, w.now)
	require.NoError(t, err)
	w.live(event.LiveToAll)
	return w
}

// restart begins with an empty store: everything is folded again.
func (w *world) restart(groups int) {
	w.t.Helper()
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(w.t, err)
	w.t.Cleanup(func() { require.NoError(w.t, s.Close()) })
	w.store = s
	clear(w.outbox)
	w.proc = processor.New(w.journal, s, processor.Options{Groups: groups, Score: w.score, Changed: func(cs []statestore.Change) {
		w.changing.Lock() // several groups tell at once
		defer w.changing.Unlock()
		for _, c := range cs {
			w.outbox[c.Delivery.ID] = c
			if c.Gone {
				delete(w.outbox, c.Delivery.ID)
			}
		}
	}})
	require.NoError(w.t, w.proc.CatchUp(w.t.Context(), nil))
	require.NoError(w.t, w.proc.GoLive(w.t.Context()))
	p := w.proc
	w.t.Cleanup(func() { require.NoError(w.t, p.Close()) })
}

func (w *world) live(l event.Live) {
	w.t.Helper()
	require.NoError(w.t, processor.PutSettings(w.t.Context(), w.journal, event.SettingsBody{Live: l}, w.now))
	w.drain()
}

func (w *world) drain() {
	w.t.Helper()
	require.NoError(w.t, w.proc.Drain(w.t.Context()))
}

func (w *world) append(events ...event.Event) {
	w.t.Helper()
	for i := range events {
		e := &events[i]
		if e.To.IsZero() {
			e.To = person.IDOf(0, e.Primary())
		}
		if e.MessageID == "" {
			w.n++
			e.MessageID = fmt.Sprint("m", w.n)
		}
		if e.Source == "" {
			e.Source = "test"
		}
		if e.ReceivedAt == 0 {
			e.ReceivedAt = w.now
		}
		if e.Time == 0 {
			e.Time = e.ReceivedAt
		}
	}
	_, err := w.journal.Append(w.t.Context(), processor.Entries(events))
	require.NoError(w.t, err)
	w.drain()
}

func (w *world) identify(user, anon string, traits map[string]any) {
	w.t.Helper()
	b, err := json.Marshal(traits)
	require.NoError(w.t, err)
	w.append(event.Event{Kind: event.Identify, UserID: user, AnonymousID: anon, Traits: b})
}

func (w *world) order(user string, revenue float64) {
	w.t.Helper()
	w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: user, Properties: json.RawMessage(fmt.Sprintf(`{"revenue":%g}`, revenue))})
}

// pass lets d go by, in steps, with timers firing and the deliverer delivering.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	const step = time.Hour
	for end := w.now.Add(d); w.now < end; {
		w.now = min(w.now.Add(step), end)
		require.NoError(w.t, w.proc.Tick(w.t.Context(), w.now))
		w.drain()
		w.deliver()
	}
}

// deliver acts as the deliverer for everything that is due.
func (w *world) deliver() {
	w.t.Helper()
	for _, id := range slices.Sorted(maps.Keys(w.outbox)) {
		c, ok := w.outbox[id]
		if ok && c.Delivery.Phase == profile.Queued && c.Delivery.After <= w.now {
			w.append(event.Event{Kind: event.Ask, To: c.Person, Body: event.Pack(event.AskBody{Delivery: c.Delivery.ID, Session: "s"})})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.outbox)) {
		c := w.outbox[id]
		if c.Delivery.Phase != profile.Granted {
			continue
		}
		var g event.GrantBody
		require.NoError(w.t, json.Unmarshal(c.Delivery.Grant, &g))
		w.sent = append(w.sent, g)
		w.append(event.Event{Kind: event.Receipt, To: c.Person, Body: event.Pack(event.ReceiptBody{Delivery: g.Delivery, Channel: g.Channel, Outcome: event.Sent})})
	}
}

func (w *world) person(identity string) *profile.Person {
	w.t.Helper()
	i, err := person.ParseIdentity(identity)
	require.NoError(w.t, err)
	p, err := w.store.Person(person.IDOf(0, i))
	require.NoError(w.t, err)
	require.NotNil(w.t, p, "nobody is known as %s", identity)
	return p
}

func (w *world) history(p *profile.Person) (labels []string) {
	w.t.Helper()
	require.NoError(w.t, w.store.History(w.t.Context(), p.ID, func(e event.Event) bool {
		labels = append(labels, e.Label())
		return true
	}))
	return labels
}

func (w *world) hash() string {
	w.t.Helper()
	h, err := w.store.Hash(w.t.Context())
	require.NoError(w.t, err)
	return h
}
