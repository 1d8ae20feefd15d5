package journaltest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

// seedVariable repeats a random test.
const seedVariable = "JOURNAL_SEED"

// Seed returns a random seed, or that of the variable JOURNAL_SEED, and prints
// the command that repeats the test if it fails.
func Seed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv(seedVariable); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		require.NoError(t, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("to repeat: %s=%d go test ./internal/journal/... -run '%s'", seedVariable, seed, t.Name())
		}
	})
	return seed
}

// reference is the obvious journal: one slice.
type reference struct {
	log   []journal.Record
	end   journal.Positions
	floor journal.Positions
}

func newReference() *reference {
	r := &reference{}
	for p := range r.end {
		r.end[p], r.floor[p] = 1, 1
	}
	return r
}

func (r *reference) append(entries []journal.Entry) (offsets []journal.Offset) {
	for _, e := range entries {
		offsets = append(offsets, r.end[e.Partition])
		r.log = append(r.log, journal.Record{Partition: e.Partition, Offset: r.end[e.Partition], Data: e.Data})
		r.end[e.Partition]++
	}
	return offsets
}

func (r *reference) trim(before journal.Positions) {
	for p := range before {
		r.floor[p] = max(r.floor[p], min(before[p], r.end[p]))
	}
}

// referenceReader is a reader under test and what it should still return.
type referenceReader struct {
	reader journal.Reader
	want   [person.Partitions]bool
	from   journal.Positions
	at     int
}

func (rr *referenceReader) trimmed(ref *reference) bool {
	for p, wanted := range rr.want {
		if wanted && rr.from[p] < ref.floor[p] {
			return true
		}
	}
	return false
}

// next returns the next record that the reader should return.
func (rr *referenceReader) next(ref *reference) (journal.Record, bool) {
	for ; rr.at < len(ref.log); rr.at++ {
		if r := ref.log[rr.at]; rr.want[r.Partition] && r.Offset >= rr.from[r.Partition] {
			rr.at++
			rr.from[r.Partition] = r.Offset + 1
			return r, true
		}
	}
	return journal.Record{}, false
}

func testRandom(t *testing.T, j journal.Journal) {
	seed := Seed(t)
	u := &use{rng: rand.New(rand.NewPCG(seed, 0)), ref: newReference()}
	for range 3000 {
		u.step(t, j)
	}
}

// Random uses a journal at random and compares it with the obvious one,
// reopening it from time to time.
func Random(t *testing.T, seed uint64, open func() journal.Journal) {
	t.Helper()
	u := &use{rng: rand.New(rand.NewPCG(seed, 0)), ref: newReference()}
	for range 20 {
		j := open()
		u.readers = nil
		for range u.rng.IntN(300) {
			u.step(t, j)
		}
		u.newReader(t, j, u.ref.floor)
		u.readers[len(u.readers)-1].drain(t, u.ref)
		require.NoError(t, j.Close())
	}
}

// use is a random course of calls.
type use struct {
	rng     *rand.Rand
	ref     *reference
	readers []*referenceReader
}

func (u *use) step(t *testing.T, j journal.Journal) {
	t.Helper()
	switch n := u.rng.IntN(100); {
	case n < 50:
		u.append(t, j)
	case n < 60:
		u.newReader(t, j, u.positions())
	case n < 62:
		before := u.positions()
		require.NoError(t, j.Trim(t.Context(), before))
		u.ref.trim(before)
	case len(u.readers) > 0:
		u.poll(t)
	}
	require.Equal(t, u.ref.end, j.End())
}

func (u *use) append(t *testing.T, j journal.Journal) {
	t.Helper()
	var entries []journal.Entry
	for range u.rng.IntN(20) {
		data := make([]byte, u.rng.IntN(1+u.rng.IntN(400)))
		for i := range data {
			data[i] = byte('a' + u.rng.IntN(3))
		}
		entries = append(entries, journal.Entry{Partition: person.Partition(u.rng.IntN(8) * 36), Data: data})
	}
	offsets, err := j.Append(t.Context(), entries)
	require.NoError(t, err)
	require.Empty(t, diffOffsets(u.ref.append(entries), offsets))
}

func diffOffsets(want, got []journal.Offset) string {
	if w, g := fmt.Sprint(want), fmt.Sprint(got); w != g {
		return "offsets: want " + w + ", got " + g
	}
	return ""
}

// positions returns positions between the floor and the end, at times none.
func (u *use) positions() journal.Positions {
	var p journal.Positions
	if u.rng.IntN(4) == 0 {
		return p
	}
	for i := range p {
		p[i] = u.ref.floor[i] + journal.Offset(u.rng.Int64N(int64(u.ref.end[i]-u.ref.floor[i])+1))
	}
	return p
}

func (u *use) newReader(t *testing.T, j journal.Journal, from journal.Positions) {
	t.Helper()
	rr := &referenceReader{from: from}
	var list []person.Partition
	all := u.rng.IntN(2) == 0
	for p := range rr.want {
		rr.from[p] = max(rr.from[p], 1)
		if rr.want[p] = all || u.rng.IntN(2) == 0; rr.want[p] {
			list = append(list, person.Partition(p))
		}
	}
	var err error
	rr.reader, err = j.NewReader(list, from)
	if rr.trimmed(u.ref) {
		require.ErrorIs(t, err, journal.ErrTrimmed)
		return
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rr.reader.Close()) })
	u.readers = append(u.readers, rr)
}

// poll reads from one reader. One that was overtaken by a trim is dropped.
func (u *use) poll(t *testing.T) {
	t.Helper()
	i := u.rng.IntN(len(u.readers))
	rr := u.readers[i]
	limit := u.rng.IntN(60)
	got, err := rr.reader.Poll(limit)
	if rr.trimmed(u.ref) {
		require.ErrorIs(t, err, journal.ErrTrimmed)
		u.readers[i] = u.readers[len(u.readers)-1]
		u.readers = u.readers[:len(u.readers)-1]
		return
	}
	require.NoError(t, err)
	if limit > 0 {
		require.LessOrEqual(t, len(got), limit)
	}
	rr.expect(t, u.ref, got)
}

// expect checks that got is what comes next, and that nothing more was there if
// got is empty.
func (rr *referenceReader) expect(t *testing.T, ref *reference, got []journal.Record) {
	t.Helper()
	for _, g := range got {
		want, ok := rr.next(ref)
		require.True(t, ok, "read a record that was not written: %v", g)
		requireRecords(t, []journal.Record{want}, []journal.Record{g})
	}
	if len(got) == 0 {
		_, ok := rr.next(ref)
		require.False(t, ok, "a record was not read")
	}
}

func (rr *referenceReader) drain(t *testing.T, ref *reference) {
	t.Helper()
	for {
		got, err := rr.reader.Poll(0)
		require.NoError(t, err)
		rr.expect(t, ref, got)
		if len(got) == 0 {
			return
		}
	}
}
