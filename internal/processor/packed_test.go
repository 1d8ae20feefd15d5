package processor

// An internal test: what this cache may forget, and what it must not say, cannot
// be seen from outside.

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/person"
)

func numbered(n int) (id person.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(n)*0x9e3779b97f4a7c15)
	return id
}

func TestPackedPeopleAreTheLatestOrUnknown(t *testing.T) {
	t.Parallel()
	const seed = 1 // go test ./internal/processor -run TestPackedPeopleAreTheLatestOrUnknown
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, people := range []int{500, 3_000, 20_000} { // a part, nearly all, and twice as many as fit
		c := newPacked(6 * slabBytes)
		truth := map[person.ID][]byte{}
		for p := range c.whole {
			c.whole[p] = true
		}
		for range 60_000 {
			id := numbered(r.IntN(people))
			if r.IntN(3) > 0 {
				b := bytes.Repeat([]byte{byte(r.IntN(256))}, r.IntN(1200))
				truth[id] = b
				c.put(id, b)
				continue
			}
			got, known := c.get(id)
			if !known {
				require.Greater(t, people, 500, "those who fit are never asked of the store")
				continue
			}
			require.Equal(t, truth[id], bytes.Clone(got))
		}
		require.LessOrEqual(t, len(c.slabs), c.max)
		if people == 500 {
			require.Equal(t, people, c.at.n, "all who fit stay")
			require.True(t, c.whole[0])
		}
	}
}

func TestAPersonTooLargeToPackIsLeftToTheStore(t *testing.T) {
	t.Parallel()
	c := newPacked(0)
	id := numbered(1)
	c.whole[id.Home()] = true
	c.put(id, []byte("small"))
	c.put(id, make([]byte, slabBytes))
	_, known := c.get(id)
	require.False(t, known)
}
