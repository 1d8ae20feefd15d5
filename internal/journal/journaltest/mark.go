package journaltest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/journal"
)

func testMarks(t *testing.T, j journal.Journal) {
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	hour := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Hour) }
	marked := func(at time.Time) journal.Positions {
		t.Helper()
		p, err := j.Marked(t.Context(), at)
		require.NoError(t, err)
		return p
	}
	require.Equal(t, j.Begin(), marked(hour(1000)), "nothing is marked")
	ends := []journal.Positions{j.End()}
	for n := range 5 {
		appendAll(t, j, entry(1, "a"), entry(2, "b"), entry(1, "c"))
		require.NoError(t, j.Mark(t.Context(), hour(n+1)))
		ends = append(ends, j.End())
	}
	appendAll(t, j, entry(1, "after"))
	for n, end := range ends {
		require.Equal(t, end, marked(hour(n)), "after %d hours", n)
		require.Equal(t, end, marked(hour(n).Add(time.Hour-time.Second)))
	}
	require.NoError(t, j.Trim(t.Context(), ends[3]))
	require.Equal(t, ends[3], j.Begin())
	require.Equal(t, ends[3], marked(hour(1)), "what is let go was appended by any time")
	for n := 3; n < len(ends); n++ {
		require.Equal(t, ends[n], marked(hour(n)))
	}
	require.NoError(t, j.Close())
	require.ErrorIs(t, j.Mark(t.Context(), hour(9)), journal.ErrClosed)
	_, err := j.Marked(t.Context(), hour(9))
	require.ErrorIs(t, err, journal.ErrClosed)
}
