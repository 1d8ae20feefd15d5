// Package journaltest holds the tests that every implementation of
// journal.Journal passes, and a reference to compare them with.
//
//	func TestMine(t *testing.T) {
//		journaltest.Run(t, func(t *testing.T) journal.Journal { return mine.New() })
//	}
package journaltest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

// Run checks that what open returns is a journal. Each call of open must return
// an empty one; Run closes it.
func Run(t *testing.T, open func(t *testing.T) journal.Journal) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, journal.Journal)
	}{
		{"Offsets begin at one and have no gaps", testOffsets},
		{"Readers see the records of one append in order", testOrder},
		{"An append of nothing returns no offsets", testEmptyAppend},
		{"The journal does not keep the caller's memory", testOwnMemory},
		{"Empty and big records come back as they were", testSizes},
		{"More than the limit is refused by name", testTooLarge},
		{"Concurrent appends are each in order", testConcurrentAppends},
		{"A reader takes only its partitions", testSubset},
		{"A reader of no partitions finds nothing", testNoPartitions},
		{"A reader starts at any position", testAnyPosition},
		{"A reader keeps to the batch that is asked for", testBatches},
		{"A position past the end is refused", testAhead},
		{"Poll returns nothing at the end", testPollAtEnd},
		{"Next waits for an append", testNextWaits},
		{"Next ends with its context", testNextContext},
		{"Next ends when the journal closes", testNextClose},
		{"Many readers follow many writers", testFollowers},
		{"Trimmed records are gone and the others are not", testTrim},
		{"Trim never goes back nor past the end", testTrimBounds},
		{"A reader that is overtaken by trim is told", testTrimOvertakes},
		{"Everything can be trimmed", testTrimAll},
		{"Bodies are found by their hash", testBodies},
		{"A context that has ended does nothing", testEndedContext},
		{"Close may be repeated and ends everything", testClose},
		{"Random use agrees with the reference", testRandom},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := open(t)
			c.test(t, j)
			require.NoError(t, j.Close())
		})
	}
}

// RunDurable checks that what open's functions return keeps its records when it
// is closed and opened again. Each call of open must return a function for a new
// place; each call of that function opens the journal that is there.
func RunDurable(t *testing.T, open func(t *testing.T) func() journal.Journal) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, func() journal.Journal)
	}{
		{"Records and bodies survive closing", testSurvives},
		{"Trim survives closing", testTrimSurvives},
		{"Many short lives keep every record", testManyLives},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, open(t))
		})
	}
}

// deadline is far above what any step takes: a test that hangs fails.
const deadline = 30 * time.Second

func entry(p person.Partition, data string) journal.Entry {
	return journal.Entry{Partition: p, Data: []byte(data)}
}

func record(p person.Partition, o journal.Offset, data string) journal.Record {
	return journal.Record{Partition: p, Offset: o, Data: []byte(data)}
}

func appendAll(t *testing.T, j journal.Journal, entries ...journal.Entry) []journal.Offset {
	t.Helper()
	offsets, err := j.Append(t.Context(), entries)
	require.NoError(t, err)
	return offsets
}

func newReader(t *testing.T, j journal.Journal, list []person.Partition, from journal.Positions) journal.Reader {
	t.Helper()
	r, err := j.NewReader(list, from)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// ReadAll returns what a new reader of the given partitions finds from the given
// positions to the end.
func ReadAll(t *testing.T, j journal.Journal, list []person.Partition, from journal.Positions) []journal.Record {
	t.Helper()
	return drain(t, newReader(t, j, list, from))
}

func drain(t *testing.T, r journal.Reader) []journal.Record {
	t.Helper()
	var all []journal.Record
	for {
		records, err := r.Poll(0)
		require.NoError(t, err)
		if len(records) == 0 {
			return all
		}
		all = append(all, records...)
	}
}

func requireRecords(t *testing.T, want, got []journal.Record) {
	t.Helper()
	same := cmp.Comparer(bytes.Equal) // no data and empty data are the same
	if d := cmp.Diff(want, got, same); d != "" {
		t.Fatalf("records differ (-want +got):\n%s", d)
	}
}

func testOffsets(t *testing.T, j journal.Journal) {
	require.Equal(t, []journal.Offset{1, 1, 2}, appendAll(t, j, entry(0, "a"), entry(255, "b"), entry(0, "c")))
	require.Equal(t, []journal.Offset{3, 2, 1}, appendAll(t, j, entry(0, "d"), entry(255, "e"), entry(7, "f")))
	var want journal.Positions
	for i := range want {
		want[i] = 1
	}
	want[0], want[7], want[255] = 4, 2, 3
	require.Equal(t, want, j.End())
}

func testOrder(t *testing.T, j journal.Journal) {
	var entries []journal.Entry
	for i := range 1000 {
		entries = append(entries, entry(person.Partition(i*31), fmt.Sprint(i)))
	}
	appendAll(t, j, entries[:600]...)
	appendAll(t, j, entries[600:]...)
	got := ReadAll(t, j, journal.All(), journal.Positions{})
	require.Len(t, got, len(entries))
	for i, e := range entries {
		require.Equal(t, string(e.Data), string(got[i].Data))
		require.Equal(t, e.Partition, got[i].Partition)
	}
}

func testEmptyAppend(t *testing.T, j journal.Journal) {
	require.Empty(t, appendAll(t, j))
	require.Empty(t, ReadAll(t, j, journal.All(), journal.Positions{}))
}

func testOwnMemory(t *testing.T, j journal.Journal) {
	data, body := []byte("as it was"), []byte("a body")
	_, err := j.Append(t.Context(), []journal.Entry{{Partition: 3, Data: data}})
	require.NoError(t, err)
	hash, err := j.PutBody(t.Context(), body)
	require.NoError(t, err)
	clear(data)
	clear(body)
	requireRecords(t, []journal.Record{record(3, 1, "as it was")}, ReadAll(t, j, journal.All(), journal.Positions{}))
	for range 2 {
		got, err := j.Body(t.Context(), hash)
		require.NoError(t, err)
		require.Equal(t, "a body", string(got))
		clear(got)
	}
}

func testSizes(t *testing.T, j journal.Journal) {
	var want []journal.Record
	for i, n := range []int{0, 1, 511, 512, 513, 0, 1 << 20, 5<<20 + 1, 0} {
		for _, fill := range []func(int) []byte{zeros, noise} {
			e := journal.Entry{Partition: person.Partition(i), Data: fill(n)}
			o := appendAll(t, j, e, journal.Entry{Partition: 200})
			want = append(want, journal.Record{Partition: e.Partition, Offset: o[0], Data: e.Data},
				journal.Record{Partition: 200, Offset: o[1]})
		}
	}
	requireRecords(t, want, ReadAll(t, j, journal.All(), journal.Positions{}))
}

func zeros(n int) []byte { return make([]byte, n) }

// noise returns n bytes that do not compress, always the same.
func noise(n int) []byte {
	b := make([]byte, 0, n+sha256.Size)
	sum := sha256.Sum256(nil)
	for len(b) < n {
		sum = sha256.Sum256(sum[:])
		b = append(b, sum[:]...)
	}
	return b[:n]
}

func testTooLarge(t *testing.T, j journal.Journal) {
	half := zeros(journal.MaxAppend / 2)
	_, err := j.Append(t.Context(), []journal.Entry{{Data: half}, {Data: half}})
	require.True(t, fault.Is(err, fault.TooLarge), "%v", err)
	require.ErrorContains(t, err, fmt.Sprint(journal.MaxAppend))
	_, err = j.PutBody(t.Context(), append(half, append(half, 0)...))
	require.True(t, fault.Is(err, fault.TooLarge), "%v", err)
	require.Equal(t, journal.Offset(1), j.End()[0])
	appendAll(t, j, entry(0, "the next one fits"))
	require.Len(t, ReadAll(t, j, journal.All(), journal.Positions{}), 1)
}

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

func testSubset(t *testing.T, j journal.Journal) {
	fill(t, j)
	all := ReadAll(t, j, journal.All(), journal.Positions{})
	for _, list := range [][]person.Partition{{0}, {9}, {2, 3}, {255, 0, 4}, {200}} {
		var want []journal.Record
		for _, r := range all {
			if slices.Contains(list, r.Partition) {
				want = append(want, r)
			}
		}
		requireRecords(t, want, ReadAll(t, j, list, journal.Positions{}))
	}
}

// fill appends 300 times from 1 to 7 records, in ten partitions.
func fill(t *testing.T, j journal.Journal) {
	t.Helper()
	n := 0
	for i := range 300 {
		var entries []journal.Entry
		for range 1 + i%7 {
			entries = append(entries, entry(person.Partition(n*n%10), fmt.Sprint("record ", n)))
			n++
		}
		appendAll(t, j, entries...)
	}
}

func testNoPartitions(t *testing.T, j journal.Journal) {
	r := newReader(t, j, nil, journal.Positions{})
	appendAll(t, j, entry(1, "x"))
	requireRecords(t, nil, drain(t, r))
	requireRecords(t, nil, ReadAll(t, j, nil, journal.Positions{}))
}

func testAnyPosition(t *testing.T, j journal.Journal) {
	fill(t, j)
	all := ReadAll(t, j, journal.All(), journal.Positions{})
	var from journal.Positions
	for i, r := range all {
		if i%17 == 0 {
			requireRecords(t, all[i:], ReadAll(t, j, journal.All(), from))
		}
		from[r.Partition] = r.Offset + 1
	}
	requireRecords(t, nil, ReadAll(t, j, journal.All(), j.End()))

	// Positions of different ages, as partitions that moved on at their own pace.
	from = journal.Positions{1: 40, 4: 7, 5: 90, 9: 1}
	var want []journal.Record
	for _, r := range all {
		if slices.Contains([]person.Partition{1, 4, 5, 6, 9}, r.Partition) && r.Offset >= from[r.Partition] {
			want = append(want, r)
		}
	}
	requireRecords(t, want, ReadAll(t, j, []person.Partition{9, 1, 4, 5, 6}, from))
}

func testBatches(t *testing.T, j journal.Journal) {
	fill(t, j)
	all := ReadAll(t, j, journal.All(), journal.Positions{})
	r := newReader(t, j, journal.All(), journal.Positions{})
	var got []journal.Record
	for n := 1; len(got) < len(all); n = n%13 + 1 {
		records, err := r.Next(t.Context(), n)
		require.NoError(t, err)
		require.NotEmpty(t, records)
		require.LessOrEqual(t, len(records), n)
		got = append(got, records...)
	}
	requireRecords(t, all, got)
}

func testAhead(t *testing.T, j journal.Journal) {
	appendAll(t, j, entry(4, "x"))
	_, err := j.NewReader([]person.Partition{4}, journal.Positions{4: 3})
	require.ErrorIs(t, err, journal.ErrAhead)
	requireRecords(t, nil, ReadAll(t, j, []person.Partition{4}, journal.Positions{4: 2, 5: 99}))
}

func testPollAtEnd(t *testing.T, j journal.Journal) {
	r := newReader(t, j, journal.All(), journal.Positions{})
	requireRecords(t, nil, drain(t, r))
	for i := range 3 {
		appendAll(t, j, entry(1, "x"))
		requireRecords(t, []journal.Record{record(1, journal.Offset(i+1), "x")}, drain(t, r))
		requireRecords(t, nil, drain(t, r))
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

func testTrim(t *testing.T, j journal.Journal) {
	fill(t, j)
	all := ReadAll(t, j, journal.All(), journal.Positions{})
	before := journal.Positions{0: 50, 1: 20, 4: 33, 9: 2}
	require.NoError(t, j.Trim(t.Context(), before))
	var want []journal.Record
	for _, r := range all {
		if r.Offset >= before[r.Partition] {
			want = append(want, r)
		}
	}
	requireRecords(t, want, ReadAll(t, j, journal.All(), before))
	for p, o := range map[person.Partition]journal.Offset{0: 49, 1: 1, 4: 0, 9: 1} {
		var from journal.Positions
		from[p] = o
		_, err := j.NewReader([]person.Partition{5, p}, from)
		require.ErrorIs(t, err, journal.ErrTrimmed, "partition %d from %d", p, o)
	}
	require.NotEmpty(t, ReadAll(t, j, []person.Partition{5, 6}, journal.Positions{}))
	require.Equal(t, all[len(all)-1].Offset+1, appendAll(t, j, entry(all[len(all)-1].Partition, "next"))[0])
}

func testTrimBounds(t *testing.T, j journal.Journal) {
	appendAll(t, j, entry(1, "a"), entry(1, "b"), entry(1, "c"))
	require.NoError(t, j.Trim(t.Context(), journal.Positions{1: 3, 2: 77}))
	require.NoError(t, j.Trim(t.Context(), journal.Positions{1: 2}))
	_, err := j.NewReader([]person.Partition{1}, journal.Positions{1: 2})
	require.ErrorIs(t, err, journal.ErrTrimmed)
	appendAll(t, j, entry(2, "d"))
	want := []journal.Record{record(1, 3, "c"), record(2, 1, "d")}
	requireRecords(t, want, ReadAll(t, j, journal.All(), journal.Positions{1: 3}))
}

func testTrimOvertakes(t *testing.T, j journal.Journal) {
	for range 100 {
		appendAll(t, j, entry(1, "a"), entry(2, "b"))
	}
	ahead := newReader(t, j, []person.Partition{1}, journal.Positions{1: 60})
	other := newReader(t, j, []person.Partition{2}, journal.Positions{})
	behind := newReader(t, j, []person.Partition{1, 2}, journal.Positions{})
	for _, r := range []journal.Reader{ahead, other, behind} {
		_, err := r.Poll(10)
		require.NoError(t, err)
	}
	require.NoError(t, j.Trim(t.Context(), journal.Positions{1: 70, 2: 5}))
	for range 2 {
		_, err := behind.Poll(0)
		require.ErrorIs(t, err, journal.ErrTrimmed)
	}
	require.Len(t, drain(t, ahead), 31)
	require.Len(t, drain(t, other), 90)
}

func testTrimAll(t *testing.T, j journal.Journal) {
	fill(t, j)
	end := j.End()
	require.NoError(t, j.Trim(t.Context(), end))
	require.Equal(t, end, j.End())
	requireRecords(t, nil, ReadAll(t, j, journal.All(), end))
	require.NoError(t, j.Trim(t.Context(), end))
	require.Equal(t, end[3], appendAll(t, j, entry(3, "on"))[0])
	requireRecords(t, []journal.Record{record(3, end[3], "on")}, ReadAll(t, j, journal.All(), end))
}

func testBodies(t *testing.T, j journal.Journal) {
	for _, body := range []string{"", "definitions", string(noise(3 << 20))} {
		sum := sha256.Sum256([]byte(body))
		want := hex.EncodeToString(sum[:])
		_, err := j.Body(t.Context(), want)
		require.ErrorIs(t, err, journal.ErrNoBody)
		for range 2 {
			hash, err := j.PutBody(t.Context(), []byte(body))
			require.NoError(t, err)
			require.Equal(t, want, hash)
		}
		got, err := j.Body(t.Context(), want)
		require.NoError(t, err)
		require.Equal(t, body, string(got))
	}
	for _, hash := range []string{"", "no hash", "../x"} {
		_, err := j.Body(t.Context(), hash)
		require.ErrorIs(t, err, journal.ErrNoBody)
	}
	require.Empty(t, ReadAll(t, j, journal.All(), journal.Positions{}), "bodies are not records")
}

func testEndedContext(t *testing.T, j journal.Journal) {
	appendAll(t, j, entry(1, "a"))
	r := newReader(t, j, journal.All(), journal.Positions{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := j.Append(ctx, []journal.Entry{entry(1, "b")})
	require.ErrorIs(t, err, context.Canceled)
	_, err = j.PutBody(ctx, []byte("b"))
	require.ErrorIs(t, err, context.Canceled)
	_, err = j.Body(ctx, "b")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, j.Trim(ctx, journal.Positions{1: 2}), context.Canceled)
	_, err = r.Next(ctx, 0)
	require.ErrorIs(t, err, context.Canceled)
	requireRecords(t, []journal.Record{record(1, 1, "a")}, drain(t, r))
}

func testClose(t *testing.T, j journal.Journal) {
	appendAll(t, j, entry(1, "a"))
	r := newReader(t, j, journal.All(), journal.Positions{})
	end := j.End()
	require.NoError(t, j.Close())
	require.NoError(t, j.Close())
	require.Equal(t, end, j.End())
	_, err := j.Append(t.Context(), []journal.Entry{entry(1, "b")})
	require.ErrorIs(t, err, journal.ErrClosed)
	_, err = j.NewReader(journal.All(), journal.Positions{})
	require.ErrorIs(t, err, journal.ErrClosed)
	_, err = j.PutBody(t.Context(), nil)
	require.ErrorIs(t, err, journal.ErrClosed)
	_, err = j.Body(t.Context(), "")
	require.ErrorIs(t, err, journal.ErrClosed)
	require.ErrorIs(t, j.Trim(t.Context(), end), journal.ErrClosed)
	_, err = r.Poll(0)
	require.ErrorIs(t, err, journal.ErrClosed)
	_, err = r.Next(t.Context(), 0)
	require.ErrorIs(t, err, journal.ErrClosed)
}
