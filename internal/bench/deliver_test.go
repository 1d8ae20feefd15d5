package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/bench"
)

// TestAKillHalfWayThroughAMailingLosesAndRepeatsNobody kills the real binary.
func TestAKillHalfWayThroughAMailingLosesAndRepeatsNobody(t *testing.T) {
	t.Parallel()
	res, err := bench.Deliver(t.Context(), t.TempDir(), bench.DeliverOptions{Binary: binary(t), People: 600, DKIM: true, Kill: true, Out: t.Output()})
	require.NoError(t, err)
	require.True(t, res.Kept(), "%+v %+v", res, res.Killed)
	require.Positive(t, res.Server)
	require.Positive(t, res.Memory)
	require.Greater(t, res.BytesEach, 6_000.0)
	require.LessOrEqual(t, res.Killed.Unknown, res.Concurrency, "only what was under way is unknown")
	require.Less(t, res.Killed.AtKill, res.Killed.Chosen)
}
