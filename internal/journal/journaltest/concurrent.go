package journaltest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

// deadline is far above what any step takes: a test that hangs fails.
const deadline = 30 * time.Second

func testConcurrentAppends(t *testing.T, j journal.Journal) {
	const writers, each = 8, 40
	var wg sync.WaitGroup
	errs := make(chan error, writers)
	for w := range writers {
		wg.Go(func() { errs <- writeNumbered(t.Context(), j, w, each) })
	}
	wg.Wait()
	for range writers {
		require.NoError(t, <-errs)
	}
	all := ReadAll(t, j, journal.All(), journal.Positions{})
	require.Len(t, all, writers*each*3)
	requireNumbered(t, all)
}

// writeNumbered appends n times three records that say which they are, and
// checks that the offsets returned for one partition increase.
func writeNumbered(ctx context.Context, j journal.Journal, writer, n int) error {
	var last journal.Offset
	for i := range n {
		var entries []journal.Entry
		for k := range 3 {
			p := person.Partition(writer % 2)
			if k == 1 {
				p = person.Partition(i)
			}
			entries = append(entries, entry(p, fmt.Sprintf("%d %d", writer, i*3+k)))
		}
		offsets, err := j.Append(ctx, entries)
		if err != nil {
			return err
		}
		if offsets[0] <= last || offsets[2] <= offsets[0] {
			return fmt.Errorf("writer %d: offsets %v after %d", writer, offsets, last)
		}
		last = offsets[2]
	}
	return nil
}

// requireNumbered checks that offsets have no gaps and that each writer's
// records come in the order in which it wrote them.
func requireNumbered(t *testing.T, all []journal.Record) {
	t.Helper()
	var next [person.Partitions]journal.Offset
	written := map[int]int{}
	for _, r := range all {
		require.Equal(t, next[r.Partition]+1, r.Offset, "partition %d", r.Partition)
		next[r.Partition] = r.Offset
		var writer, n int
		_, err := fmt.Sscanf(string(r.Data), "%d %d", &writer, &n)
		require.NoError(t, err)
		require.Equal(t, written[writer], n, "writer %d", writer)
		written[writer]++
	}
}

func testNextWaits(t *testing.T, j journal.Journal) {
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	r := newReader(t, j, []person.Partition{1}, journal.Positions{})
	for i := range 100 {
		var records []journal.Record
		var err error
		read := make(chan struct{})
		go func() {
			defer close(read)
			records, err = r.Next(ctx, 0)
		}()
		appendAll(t, j, entry(2, "for somebody else"))
		appendAll(t, j, entry(1, fmt.Sprint(i)))
		<-read
		require.NoError(t, err)
		requireRecords(t, []journal.Record{record(1, journal.Offset(i+1), fmt.Sprint(i))}, records)
	}
}

func testNextContext(t *testing.T, j journal.Journal) {
	r := newReader(t, j, journal.All(), journal.Positions{})
	ctx, cancel := context.WithCancel(t.Context())
	read := make(chan error)
	go func() {
		_, err := r.Next(ctx, 0)
		read <- err
	}()
	cancel()
	require.ErrorIs(t, <-read, context.Canceled)
	appendAll(t, j, entry(1, "the reader goes on"))
	requireRecords(t, []journal.Record{record(1, 1, "the reader goes on")}, drain(t, r))
}

func testNextClose(t *testing.T, j journal.Journal) {
	r := newReader(t, j, journal.All(), journal.Positions{})
	read := make(chan error)
	go func() {
		_, err := r.Next(context.Background(), 0)
		read <- err
	}()
	require.NoError(t, j.Close())
	require.ErrorIs(t, <-read, journal.ErrClosed)
}

func testFollowers(t *testing.T, j journal.Journal) {
	const writers, each, readers = 4, 50, 3
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	var wg sync.WaitGroup
	errs := make(chan error, writers+readers)
	seen := make([][]journal.Record, readers)
	for i := range readers {
		r := newReader(t, j, journal.All(), journal.Positions{})
		wg.Go(func() {
			var err error
			for len(seen[i]) < writers*each*3 && err == nil {
				var records []journal.Record
				records, err = r.Next(ctx, 1+i*10)
				seen[i] = append(seen[i], records...)
			}
			errs <- err
		})
	}
	for w := range writers {
		wg.Go(func() { errs <- writeNumbered(ctx, j, w, each) })
	}
	wg.Wait()
	for range writers + readers {
		require.NoError(t, <-errs)
	}
	requireNumbered(t, seen[0])
	for _, s := range seen[1:] {
		requireRecords(t, seen[0], s)
	}
}
