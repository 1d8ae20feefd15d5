package statestore

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// reference is a backend's obvious self: a map, sorted at every question.
type reference map[string]string

func (m reference) between(lower, upper string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if k >= lower && k < upper {
			out = append(out, k+"="+m[k])
		}
	}
	return out
}

func TestTheHeapHoldsWhatASortedMapWould(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, seed))
	h, want := &onHeap{}, reference{}
	key := func() []byte {
		return fmt.Appendf(nil, "\x00\x00\x00\x00%c%c%03d", r.IntN(2), 'a'+r.IntN(2), r.IntN(900))
	}
	for range 300 {
		b := h.NewBatch()
		for range r.IntN(60) {
			k, v := key(), fmt.Appendf(nil, "%d", r.IntN(1000))
			switch n := r.IntN(20); {
			case n < 11:
				b.Set(k, v)
				want[string(k)] = string(v)
			case n < 14:
				b.Merge(k, v)
				want[string(k)] += string(v)
			case n < 19:
				b.Delete(k)
				delete(want, string(k))
			default:
				upper := append(bytes.Clone(k), 0)
				upper[len(k)-2]++
				b.DeleteRange(k, upper)
				for x := range want {
					if x >= string(k) && x < string(upper) {
						delete(want, x)
					}
				}
			}
		}
		require.NoError(t, b.Commit())
		require.NoError(t, b.Close())
		lower, upper := key(), key()
		if bytes.Compare(lower, upper) > 0 {
			lower, upper = upper, lower
		}
		expect := want.between(string(lower), string(upper))
		require.Equal(t, expect, walk(t, h, lower, upper, false), "seed %d", seed)
		slices.Reverse(expect)
		require.Equal(t, expect, walk(t, h, lower, upper, true), "seed %d, backwards", seed)
		k := key()
		found, err := h.Get(k, func(v []byte) error { require.Equal(t, want[string(k)], string(v)); return nil })
		require.NoError(t, err)
		_, is := want[string(k)]
		require.Equal(t, is, found)
	}
	require.Greater(t, len(want), 500, "too few rows to have split a leaf")
	require.Equal(t, want.between("", "\xff"), walk(t, h, nil, nil, false))
}

func walk(t *testing.T, h *onHeap, lower, upper []byte, back bool) []string {
	t.Helper()
	it, err := h.NewIter(lower, upper)
	require.NoError(t, err)
	first, next := it.First, it.Next
	if back {
		first, next = it.Last, it.Prev
	}
	var out []string
	for ok := first(); ok; ok = next() {
		v, err := it.ValueAndErr()
		require.NoError(t, err)
		out = append(out, string(it.Key())+"="+string(v))
	}
	require.False(t, it.Valid())
	require.NoError(t, it.Close())
	return out
}
