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
	"testing"

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
		{"Marks say what was appended by when", testMarks},
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
