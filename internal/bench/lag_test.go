package bench

// An internal test: a lag that grows by a known amount cannot be had of a server.

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALagIsFlatOnlyWhereItDoesNotGrow(t *testing.T) {
	t.Parallel()
	const rate = 50_000
	r := rand.New(rand.NewPCG(1, 0)) // go test ./internal/bench -run TestALagIsFlatOnlyWhereItDoesNotGrow
	sample := func(slope float64, noise int) Lag {
		var at []float64
		var lag []int64
		for i := range 240 {
			second := float64(i) / 4
			at, lag = append(at, second), append(lag, int64(2_000+slope*second)+int64(r.IntN(noise)))
		}
		return trend(at, lag, rate)
	}
	even := sample(0, 3_000)
	require.True(t, even.Flat, "%+v", even)
	growing := sample(2_000, 3_000)
	require.False(t, growing.Flat, "%+v", growing)
	require.InDelta(t, 2_000, growing.Slope, growing.Within+50)
	require.False(t, sample(0, 2_000_000).Flat, "nothing can be said of it")
	require.False(t, trend([]float64{1}, []int64{0}, rate).Flat, "of one sample neither")
}
