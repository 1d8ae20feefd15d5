package app

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestASmallHeapHasRoomAndALargeOneStaysClose(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{
		0: mostPercent, 1 << 20: mostPercent, 160 << 20: 300, 256 << 20: 150, 320 << 20: 100, 600 << 20: leastPercent, 640 << 20: leastPercent, 4 << 30: leastPercent,
	} {
		require.Equal(t, want, heapPercent(live), "%d bytes in use", live)
	}
}
