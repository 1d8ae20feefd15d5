package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASmallHeapHasRoomAndALargeOneStaysClose(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{
		0: mostPercent, 1 << 20: mostPercent, 64 << 20: 300, 96 << 20: 200, 192 << 20: 100, 768 << 20: 25, 1280 << 20: leastPercent, 4 << 30: leastPercent,
	} {
		require.Equal(t, want, heapPercent(live), "%d bytes in use", live)
	}
}
