package journaltest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

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
