package archive_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/archive"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
	"github.com/rapporthq/rapport/internal/statestore/statestoretest"
)

// noon is a Tuesday.
var noon = event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))

var errDisk = errors.New("the disk failed")

// world is a workspace with an archive, either of which may crash.
type world struct {
	t        *testing.T
	r        *rand.Rand
	now      event.Instant
	journal  *journal.Memory
	disk     *statestoretest.Disk
	store    *statestore.Store
	proc     *processor.Processor
	files    *frailFolder
	archive  *archive.Archive
	changing sync.Mutex
	outbox   map[string]statestore.Change
	crashes  int
	n        int
	sent     []event.Event // that customers did
	robots   int           // events of them, as archived
}

// frailFolder fails before or after a write, now and then.
type frailFolder struct {
	archive.Folder
	r    *rand.Rand
	rate int // fails once in so many; 0: never
}

func (f *frailFolder) Write(name string, fill func(io.Writer) error) error {
	if f.rate > 0 && f.r.IntN(f.rate) == 0 {
		return errDisk
	}
	if err := f.Folder.Write(name, fill); err != nil {
		return err
	}
	if f.rate > 0 && f.r.IntN(f.rate) == 0 {
		return errDisk
	}
	return nil
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{
		t: t, r: rand.New(rand.NewPCG(seed, 7)), now: noon, journal: journal.NewMemory(), disk: statestoretest.NewDisk(), //nolint:gosec // a test
		outbox: map[string]statestore.Change{},
	}
	w.files = &frailFolder{Folder: archive.Folder{Path: t.TempDir()}, r: w.r}
	w.start()
	t.Cleanup(w.stop)
	shop, err := os.ReadFile("../processor/testdata/shop.yaml")
	require.NoError(t, err)
	_, err = processor.PutDefinitions(t.Context(), w.journal, shop, w.now)
	require.NoError(t, err)
	require.NoError(t, processor.PutSettings(t.Context(), w.journal, event.SettingsBody{Live: event.LiveToAll}, w.now))
	w.drain()
	return w
}

func (w *world) start() {
	w.t.Helper()
	var err error
	w.store, err = w.disk.Open(statestore.Options{MemTableBytes: 1 << 20})
	require.NoError(w.t, err)
	clear(w.outbox)
	w.proc = processor.New(w.journal, w.store, processor.Options{Archive: true, Groups: 1 + w.crashes%3, Changed: func(cs []statestore.Change) {
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
	w.openArchive()
}

func (w *world) openArchive() {
	w.t.Helper()
	var err error
	w.archive, err = archive.Open(archive.Options{
		Files: w.files, Journal: w.journal, State: w.store, Fold: w.proc, Now: func() event.Instant { return w.now }, StepRecords: 50,
	})
	require.NoError(w.t, err)
}

func (w *world) stop() {
	require.NoError(w.t, errors.Join(w.archive.Close(), w.proc.Close(), w.store.Close()))
}

// crash cuts the power: the state loses what had not reached the disk.
func (w *world) crash() {
	w.t.Helper()
	w.crashes++
	found := w.disk.Crash(w.r)
	w.stop()
	w.disk = found
	w.start()
}

func (w *world) drain() {
	w.t.Helper()
	require.NoError(w.t, w.proc.Drain(w.t.Context()))
}

// step lets the archiver work, and fail, a little.
func (w *world) step() {
	w.t.Helper()
	w.files.rate = 9
	defer func() { w.files.rate = 0 }()
	var err error
	switch w.r.IntN(6) {
	case 0:
		_, err = w.archive.Join(w.t.Context())
	case 1:
		err = w.archive.SnapshotPeople(w.t.Context())
	default:
		_, err = w.archive.Step(w.t.Context())
	}
	if err != nil {
		require.ErrorIs(w.t, err, errDisk)
		if w.r.IntN(2) == 0 {
			w.files.rate = 0
			require.NoError(w.t, w.archive.Close())
			w.openArchive()
		}
	}
}

func (w *world) append(e event.Event) {
	w.t.Helper()
	w.n++
	e.Source, e.ReceivedAt = "test", w.now
	if e.MessageID == "" {
		e.MessageID = fmt.Sprint("m", w.n)
	}
	if e.Time == 0 {
		e.Time = w.now
	}
	if e.To.IsZero() {
		e.To = person.IDOf(0, e.Primary())
	}
	w.sent = append(w.sent, e)
	w.put(e)
}

func (w *world) put(events ...event.Event) {
	w.t.Helper()
	_, err := w.journal.Append(w.t.Context(), processor.Entries(events))
	require.NoError(w.t, err)
}

// pass lets time go by with the deliverer delivering.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	require.NoError(w.t, w.proc.Tick(w.t.Context(), w.now))
	w.drain()
	for range 2 {
		for _, id := range slices.Sorted(maps.Keys(w.outbox)) {
			c := w.outbox[id]
			e := event.Event{To: c.Person, Source: "deliver", Time: w.now, ReceivedAt: w.now}
			switch {
			case c.Delivery.Phase == profile.Queued && c.Delivery.After <= w.now:
				e.Kind, e.Body = event.Ask, event.Pack(event.AskBody{Delivery: c.Delivery.ID, Session: "s"})
			case c.Delivery.Phase == profile.Granted:
				e.Kind, e.Body = event.Receipt, event.Pack(event.ReceiptBody{Delivery: c.Delivery.ID, Channel: c.Delivery.Channel, Outcome: event.Sent})
			default:
				continue
			}
			w.put(e)
		}
		w.drain()
	}
}

// rows reads a table of the archive, with the columns that T has.
func rows[T any](w *world, table string) (out []T) {
	w.t.Helper()
	m, release := w.archive.Lease()
	defer release()
	for _, f := range m.Files {
		if f.Table != table {
			continue
		}
		got, err := parquet.ReadFile[T](w.files.Location(f.Name))
		require.NoError(w.t, err)
		require.Len(w.t, got, int(f.Rows), f.Name)
		out = append(out, got...)
	}
	return out
}
