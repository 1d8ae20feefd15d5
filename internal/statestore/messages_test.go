package statestore

// An internal test: rows as an older version wrote them cannot be written from
// outside any more.

import (
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/stretchr/testify/require"
)

func TestMessagesOfBeforeThereWereBucketsAreStillKnown(t *testing.T) {
	t.Parallel()
	s, err := OpenMemory(Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	old, fresh := KeyOf("web", "old"), KeyOf("web", "new")
	require.NoError(t, s.db.(onDisk).db.Set(s.dedupeKey(3, 100, old), nil, pebble.NoSync))
	b := s.NewBatch()
	b.PutMessage(3, 100, fresh)
	require.NoError(t, b.Commit())
	var all []MessageKey
	require.NoError(t, s.Messages(3, func(d Day, k MessageKey) {
		require.Equal(t, Day(100), d)
		all = append(all, k)
	}))
	require.ElementsMatch(t, []MessageKey{old, fresh}, all)
	for _, k := range all {
		dup, err := s.Duplicate(3, 101, k)
		require.NoError(t, err)
		require.True(t, dup)
	}
	b = s.NewBatch()
	require.NoError(t, b.ForgetMessages(3, 0, 101))
	require.NoError(t, b.Commit())
	require.NoError(t, s.Messages(3, func(Day, MessageKey) { require.Fail(t, "all are forgotten") }))
}

func TestMessagesOfManyBatchesAreOneBucketInTheOrderTheyCame(t *testing.T) {
	t.Parallel()
	hash := func(cut int) string {
		s, err := OpenMemory(Options{})
		require.NoError(t, err)
		defer func() { require.NoError(t, s.Close()) }()
		b := s.NewBatch()
		for i := range 1000 {
			if i%cut == cut-1 {
				require.NoError(t, b.Commit())
				b = s.NewBatch()
			}
			b.PutMessage(7, Forever-Day(i%2), KeyOf("web", string(rune(i))))
		}
		require.NoError(t, b.Commit())
		if cut%2 == 0 {
			require.NoError(t, s.Flush())
		}
		h, err := s.Hash(t.Context())
		require.NoError(t, err)
		return h
	}
	require.Equal(t, hash(1), hash(1000))
	require.Equal(t, hash(7), hash(10))
	require.Equal(t, hash(1), hash(7))
}
