package processor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
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
	"github.com/rapporthq/rapport/internal/statestore/statestoretest"
)

var errCrash = errors.New("the power went")

// frail is a workspace whose power may go after any commit and on either side of
// any append. The journal survives; of the state, what had reached the disk.
type frail struct {
	t        *testing.T
	r        *rand.Rand
	mayFail  bool
	journal  *frailJournal
	disk     *statestoretest.Disk
	store    *statestore.Store
	proc     *processor.Processor
	changing sync.Mutex
	outbox   map[string]statestore.Change
	session  string
	now      event.Instant
	crashes  int
	found    *statestoretest.Disk // after the crash; nil while there was none
	sent     map[string]int
	n        int
}

// frailJournal loses the power before or after an append.
type frailJournal struct {
	*journal.Memory
	f *frail
}

func (j *frailJournal) Append(ctx context.Context, entries []journal.Entry) ([]journal.Offset, error) {
	if j.f.mayFail && j.f.r.IntN(60) == 0 {
		j.f.crash()
		return nil, errCrash
	}
	offsets, err := j.Memory.Append(ctx, entries)
	if j.f.mayFail && j.f.r.IntN(60) == 0 {
		j.f.crash()
		return nil, errCrash
	}
	return offsets, err
}

func newFrail(t *testing.T, seed uint64) *frail {
	t.Helper()
	f := &frail{
		t: t, r: rand.New(rand.NewPCG(seed, 1)), disk: statestoretest.NewDisk(), outbox: map[string]statestore.Change{}, //nolint:gosec // a test
		now: noon, sent: map[string]int{},
	}
	f.journal = &frailJournal{journal.NewMemory(), f}
	return f
}

// crash keeps what is on the disk at this moment. The first of a run counts.
func (f *frail) crash() {
	if f.found == nil {
		f.found = f.disk.Crash(f.r)
	}
}

func (f *frail) committed() error {
	switch {
	case !f.mayFail:
		return nil
	case f.r.IntN(3) == 0:
		require.NoError(f.t, f.store.Flush())
	}
	if f.r.IntN(40) == 0 {
		f.crash()
		return errCrash
	}
	return nil
}

// start opens what is on the disk and folds up to the journal's end; it may
// crash again while it does.
func (f *frail) start() error {
	var err error
	f.store, err = f.disk.Open(statestore.Options{})
	require.NoError(f.t, err)
	clear(f.outbox)
	f.session = fmt.Sprint("run-", f.crashes)
	f.proc = processor.New(f.journal, f.store, processor.Options{Groups: 1 + f.crashes%3, Changed: func(cs []statestore.Change) {
		f.changing.Lock() // several groups tell at once
		defer f.changing.Unlock()
		for _, c := range cs {
			f.outbox[c.Delivery.ID] = c
			if c.Gone {
				delete(f.outbox, c.Delivery.ID)
			}
		}
	}})
	// The groups of a catch-up run side by side: the power only goes in a run of
	// one, for the sake of the seed.
	mayFail := f.mayFail
	f.mayFail = mayFail && f.crashes%3 == 0
	f.proc.AfterCommit(f.committed)
	err = f.proc.CatchUp(f.t.Context(), nil)
	f.mayFail = mayFail
	if err != nil {
		return err
	}
	return f.proc.GoLive(f.t.Context())
}

func (f *frail) stop() {
	f.mayFail = false
	require.NoError(f.t, errors.Join(f.proc.Close(), f.store.Close()))
}

// do carries do out, through as many crashes as it takes. What do appends is
// appended again after a crash, as any client would.
func (f *frail) do(do func() error) {
	f.t.Helper()
	for {
		f.found = nil
		err := do()
		if err == nil {
			return
		}
		require.ErrorIs(f.t, err, errCrash)
		for err != nil {
			f.stop()
			f.disk, f.found = f.found, nil
			f.crashes++
			require.Less(f.t, f.crashes, 2000, "no way forward")
			f.mayFail = true
			if err = f.start(); err != nil {
				require.ErrorIs(f.t, err, errCrash)
			}
		}
	}
}

func (f *frail) append(e event.Event) {
	f.t.Helper()
	f.n++
	e.Source, e.MessageID, e.Time, e.ReceivedAt = "test", fmt.Sprint("m", f.n), f.now, f.now
	if e.To.IsZero() {
		e.To = person.IDOf(0, e.Primary())
	}
	f.do(func() error {
		_, err := f.journal.Append(f.t.Context(), processor.Entries([]event.Event{e}))
		return err
	})
	if f.r.IntN(4) == 0 {
		f.do(func() error { return f.proc.Drain(f.t.Context()) })
	}
}

// pass lets time go by with the deliverer delivering: it sends what is granted
// to its own run, and says that what was granted to another is unknown.
func (f *frail) pass(d time.Duration) {
	f.t.Helper()
	f.now = f.now.Add(d)
	f.do(func() error {
		if err := f.proc.Tick(f.t.Context(), f.now); err != nil {
			return err
		}
		return f.proc.Drain(f.t.Context())
	})
	for range 2 { // asks, then grants
		f.do(func() error {
			var events []event.Event
			for _, id := range slices.Sorted(maps.Keys(f.outbox)) {
				if e, ok := f.carry(f.outbox[id]); ok {
					events = append(events, e)
				}
			}
			if _, err := f.journal.Append(f.t.Context(), processor.Entries(events)); err != nil {
				return err
			}
			return f.proc.Drain(f.t.Context())
		})
	}
}

func (f *frail) carry(c statestore.Change) (event.Event, bool) {
	e := event.Event{To: c.Person, Source: "deliver", Time: f.now, ReceivedAt: f.now}
	switch {
	case c.Delivery.Phase == profile.Queued && c.Delivery.After <= f.now:
		e.Kind, e.Body = event.Ask, event.Pack(event.AskBody{Delivery: c.Delivery.ID, Session: f.session})
	case c.Delivery.Phase == profile.Granted:
		outcome := event.Unknown
		if c.Delivery.Session == f.session {
			outcome = event.Sent
			f.sent[c.Delivery.ID]++
			delete(f.outbox, c.Delivery.ID) // this run does not send it again
		}
		e.Kind, e.Body = event.Receipt, event.Pack(event.ReceiptBody{Delivery: c.Delivery.ID, Channel: c.Delivery.Channel, Outcome: outcome})
	default:
		return event.Event{}, false
	}
	return e, true
}

// usersOf returns n user ids whose home is the partition home.
func usersOf(home person.Partition, n int) []string {
	var out []string
	for i := 0; len(out) < n; i++ {
		id := fmt.Sprint("user-", i)
		if person.IDOf(0, person.NewIdentity(person.UserID, id)).Home() == home {
			out = append(out, id)
		}
	}
	return out
}

func (f *frail) replayed() string {
	f.t.Helper()
	s, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(f.t, err)
	require.NoError(f.t, processor.Replay(f.t.Context(), f.journal, s, f.journal.End(), processor.Options{}, nil))
	h, err := s.Hash(f.t.Context())
	require.NoError(f.t, err)
	require.NoError(f.t, s.Close())
	return h
}

// live is a busy little month: people who browse, sign in and order, letters, a
// change of definitions, and nearly 300 people in one partition.
func (f *frail) live(crowd []string) {
	f.do(func() error {
		_, err := processor.PutDefinitions(f.t.Context(), f.journal, shop, f.now)
		return err
	})
	f.do(func() error {
		return processor.PutSettings(f.t.Context(), f.journal, event.SettingsBody{Live: event.LiveToAll}, f.now)
	})
	for i, who := range crowd {
		f.append(event.Event{Kind: event.Identify, UserID: who, Traits: mailTraits(fmt.Sprint("c", i))})
		f.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: who, Properties: []byte(`{"revenue":3}`)})
	}
	for day := range 16 {
		for range 6 {
			who := fmt.Sprint("p", f.r.IntN(14))
			switch f.r.IntN(5) {
			case 4:
				f.append(event.Event{Kind: event.Group, UserID: who, Name: fmt.Sprint("g", f.r.IntN(3)), Traits: fmt.Appendf(nil, `{"seats":%d}`, f.r.IntN(5))})
			case 0:
				f.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: "anon-" + who})
			case 1:
				f.append(event.Event{Kind: event.Identify, UserID: who, AnonymousID: "anon-" + who, Traits: mailTraits(who)})
			default:
				f.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: who, Properties: []byte(`{"revenue":7}`)})
			}
		}
		if day == 5 || day == 11 {
			f.do(func() error {
				next := bytes.Replace(shop, []byte("id: second-order"), fmt.Appendf(nil, "id: order-from-day-%d", day), 1)
				_, err := processor.PutDefinitions(f.t.Context(), f.journal, next, f.now)
				return err
			})
		}
		f.pass(13 * time.Hour)
	}
	f.pass(70 * 24 * time.Hour) // everybody's stage lapses at one stroke of the clock
	f.do(func() error { return f.proc.Drain(f.t.Context()) })
}

func mailTraits(who string) json.RawMessage {
	return json.RawMessage(`{"email":"` + who + `@example.com","consent":{"email":true}}`)
}

func TestAfterAnyCrashTheFoldGoesOnWithNothingLostAndNothingTwice(t *testing.T) {
	t.Parallel()
	crowd := usersOf(7, 280)
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			f := newFrail(t, seed)
			require.NoError(t, f.start())
			f.mayFail = true
			f.live(crowd)
			live, err := f.store.Hash(t.Context())
			require.NoError(t, err)
			t.Logf("%d crashes, %d letters, %d records", f.crashes, len(f.sent), len(f.records()))
			require.Greater(t, f.crashes, 20)
			require.NotEmpty(t, f.sent)
			require.NoError(t, f.store.Check(t.Context()))
			require.Equal(t, live, f.replayed(), "the state that crashed %d times is that of an uninterrupted run", f.crashes)
			f.checkPeople()
			f.checkGrants()
			f.stop()
		})
	}
}

// checkPeople compares what is known of each person with what the journal says
// happened to them, counted without the engine.
func (f *frail) checkPeople() {
	t := f.t
	messages := map[string]bool{} // one that was appended again after a crash counts once
	for _, e := range f.records() {
		if !e.Kind.Own() && e.Origin.Seq == 0 {
			messages[e.MessageID] = true
		}
	}
	total := int64(0)
	require.NoError(t, f.store.EachPerson(t.Context(), func(p *profile.Person, history func(func(event.Event) bool) error) error {
		total += p.Events
		choices, grants, receipts := map[string]int{}, map[string]int{}, map[string]int{}
		require.NoError(t, history(func(e event.Event) bool {
			switch e.Kind {
			case event.Choice:
				body, err := event.Unpack[event.ChoiceBody](e)
				require.NoError(t, err)
				choices[body.ID.String()]++
			case event.Grant:
				body, err := event.Unpack[event.GrantBody](e)
				require.NoError(t, err)
				grants[body.Delivery]++
			case event.Receipt:
				body, err := event.Unpack[event.ReceiptBody](e)
				require.NoError(t, err)
				receipts[body.Delivery]++
			default: // says nothing of letters
			}
			return true
		}))
		for _, counts := range []map[string]int{choices, grants, receipts} {
			for id, n := range counts {
				require.Equal(t, 1, n, "%s of person %s", id, p.ID)
			}
		}
		chosen := 0
		for _, g := range p.Goals {
			chosen += g.Chosen
		}
		require.Len(t, choices, chosen, "each choice has its effect once")
		for id := range grants {
			_, open := p.Deliveries[id]
			require.True(t, open || receipts[id] == 1, "%s was granted and has no outcome", id)
		}
		return nil
	}))
	require.Equal(t, int64(len(messages)), total, "each event counts once, by whatever way it came to the person")
}

// checkGrants looks at the journal: what was sent had a grant before, and the
// permission to send was given once.
func (f *frail) checkGrants() {
	granted := map[string]map[event.Origin]bool{}
	for _, e := range f.records() {
		if e.Kind == event.Grant {
			body, err := event.Unpack[event.GrantBody](e)
			require.NoError(f.t, err)
			if granted[body.Delivery] == nil {
				granted[body.Delivery] = map[event.Origin]bool{}
			}
			granted[body.Delivery][e.Origin] = true
		}
	}
	for id, origins := range granted {
		require.Len(f.t, origins, 1, "%s was granted twice", id)
	}
	for id, n := range f.sent {
		require.Equal(f.t, 1, n, "%s was sent twice", id)
		require.Contains(f.t, granted, id)
	}
}

func (f *frail) records() (out []event.Event) {
	r, err := f.journal.NewReader(journal.All(), journal.Positions{})
	require.NoError(f.t, err)
	defer func() { require.NoError(f.t, r.Close()) }()
	for {
		records, err := r.Poll(0)
		require.NoError(f.t, err)
		if len(records) == 0 {
			return out
		}
		for _, rec := range records {
			e, err := event.Decode(rec.Data)
			require.NoError(f.t, err)
			out = append(out, e)
		}
	}
}
