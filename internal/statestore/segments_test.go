package statestore_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

func TestMembershipsAreIndexedAndCounted(t *testing.T) {
	t.Parallel()
	s := open(t)
	var everybody []person.ID
	traces := map[person.ID]statestore.Trace{}
	move := func(id person.ID, segments ...string) {
		p := &profile.Person{ID: id}
		for _, in := range segments {
			p.Enter(profile.Membership{Segment: in, Since: 1, Version: "v"})
		}
		put(t, s, func(b *statestore.Batch) {
			_, _, err := b.PutPerson(traces[id], p)
			require.NoError(t, err)
		})
		traces[id] = statestore.TraceOf(p)
	}
	for i := range 600 {
		id := idOf(fmt.Sprint(i))
		everybody = append(everybody, id)
		move(id, "all", "all-but-ten")
	}
	for _, id := range everybody[:10] {
		move(id, "all", "ten")
	}
	counts, err := s.SegmentCounts(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"all": 600, "all-but-ten": 590, "ten": 10}, counts)

	slices.SortFunc(everybody, func(a, b person.ID) int { return slices.Compare(a[:], b[:]) })
	var got []person.ID
	for after := (person.ID{}); ; after = got[len(got)-1] { // in pages
		n := len(got)
		require.NoError(t, s.SegmentMembers(t.Context(), "all", after, func(id person.ID) bool {
			got = append(got, id)
			return len(got) < n+37
		}))
		if len(got) == n {
			break
		}
	}
	require.Equal(t, everybody, got)
	require.NoError(t, s.Check(t.Context()))

	for _, id := range everybody {
		move(id)
	}
	counts, err = s.SegmentCounts(t.Context())
	require.NoError(t, err)
	require.Empty(t, counts)
	require.NoError(t, s.Check(t.Context()))
}

func TestMovesAreCountedByDayAndForgottenAfterEight(t *testing.T) {
	t.Parallel()
	s := open(t)
	const today = 1000
	for day := statestore.Day(today - 12); day <= today; day++ {
		put(t, s, func(b *statestore.Batch) {
			b.CountMove(3, day, "a", true)
			b.CountMove(200, day, "a", false)
			b.CountMove(3, day, "b", true)
			require.NoError(t, b.ForgetMoves(3, day))
			require.NoError(t, b.ForgetMoves(200, day))
		})
	}
	put(t, s, func(b *statestore.Batch) { b.CountMove(3, today, "a", true) })
	moves, err := s.SegmentMoves(t.Context(), today-statestore.MoveDays+1)
	require.NoError(t, err)
	require.Equal(t, map[string]statestore.Moves{"a": {Entered: 9, Left: 8}, "b": {Entered: 8}}, moves)
	moves, err = s.SegmentMoves(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, int64(9), moves["a"].Entered, "older days are gone")
	require.NoError(t, s.Check(t.Context()))
}
