package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/bench"
	"github.com/rapporthq/rapport/internal/testenv"
)

// What is measured is right: PostgreSQL counts the same people.
func TestSegmentsAreCountedAsPostgresCountsThem(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "initdb")
	r, err := bench.Segments(t.Context(), t.TempDir(), bench.SegmentsOptions{
		Load: bench.Load{People: 300, Events: 900}, Previews: 120, Postgres: true,
	})
	require.NoError(t, err)
	require.Zero(t, r.Postgres.Differ)
	require.Greater(t, r.Postgres.Agree, 20)
	require.Positive(t, r.Sweep.PerSecond)
}
