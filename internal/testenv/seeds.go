package testenv

import (
	"os"
	"strconv"
	"testing"
)

// Seeds returns 0 to n-1, by which a random test runs, or the one seed that the
// variable RAPPORT_SEED names, by which a failure is repeated.
func Seeds(t testing.TB, n uint64) (seeds []uint64) {
	t.Helper()
	if s := os.Getenv("RAPPORT_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		must(t, err)
		return []uint64{seed}
	}
	for seed := range n {
		seeds = append(seeds, seed)
	}
	return seeds
}
