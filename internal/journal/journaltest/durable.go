package journaltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
)

func testSurvives(t *testing.T, open func() journal.Journal) {
	j := open()
	fill(t, j)
	appendAll(t, j, journal.Entry{Partition: 77, Data: noise(2 << 20)}, journal.Entry{Partition: 77})
	hash, err := j.PutBody(t.Context(), []byte("a body"))
	require.NoError(t, err)
	end, all := j.End(), ReadAll(t, j, journal.All(), journal.Positions{})
	require.NoError(t, j.Close())

	j = open()
	require.Equal(t, end, j.End())
	requireRecords(t, all, ReadAll(t, j, journal.All(), journal.Positions{}))
	body, err := j.Body(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, "a body", string(body))
	require.Equal(t, end[5], appendAll(t, j, entry(5, "on"))[0])
	require.NoError(t, j.Close())
}

func testTrimSurvives(t *testing.T, open func() journal.Journal) {
	j := open()
	fill(t, j)
	before := j.End()
	for p := range 10 {
		before[p] -= before[p] / 3
	}
	require.NoError(t, j.Trim(t.Context(), before))
	require.NoError(t, j.Mark(t.Context(), time.Unix(1000, 0)))
	end, all := j.End(), ReadAll(t, j, journal.All(), before)
	require.NotEmpty(t, all)
	require.NoError(t, j.Close())

	j = open()
	require.Equal(t, end, j.End())
	require.Equal(t, before, j.Begin())
	marked, err := j.Marked(t.Context(), time.Unix(2000, 0))
	require.NoError(t, err)
	require.Equal(t, end, marked)
	_, err = j.NewReader([]person.Partition{4}, journal.Positions{4: before[4] - 1})
	require.ErrorIs(t, err, journal.ErrTrimmed)
	requireRecords(t, all, ReadAll(t, j, journal.All(), before))
	require.NoError(t, j.Trim(t.Context(), end))
	require.NoError(t, j.Close())

	j = open()
	require.Equal(t, end, j.End())
	requireRecords(t, nil, ReadAll(t, j, journal.All(), end))
	require.Equal(t, end[4], appendAll(t, j, entry(4, "on"))[0])
	require.NoError(t, j.Close())
}

func testManyLives(t *testing.T, open func() journal.Journal) {
	var want []journal.Record
	for life := range 30 {
		j := open()
		requireRecords(t, want, ReadAll(t, j, journal.All(), journal.Positions{}))
		for i := range life % 5 {
			e := entry(person.Partition(i), fmt.Sprint(life, i))
			o := appendAll(t, j, e)
			want = append(want, journal.Record{Partition: e.Partition, Offset: o[0], Data: e.Data})
		}
		require.NoError(t, j.Close())
	}
}
