package bench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/bench"
	"github.com/rapporthq/rapport/internal/testenv"
)

// TestAKilledServerLosesNothingAcknowledgedAndSendsNothingTwice kills the real
// binary. RAPPORT_KILLS says how often; make crash kills it a hundred times.
func TestAKilledServerLosesNothingAcknowledgedAndSendsNothingTwice(t *testing.T) {
	t.Parallel()
	kills := 8
	if s := os.Getenv("RAPPORT_KILLS"); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "rapport")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/rapport") //nolint:gosec // our own command
	build.Dir = testenv.Root(t)
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	res, err := bench.Crash(t.Context(), bench.CrashOptions{Binary: binary, Runs: kills, Dir: dir, Seed: 1, Out: t.Output()})
	require.NoError(t, err)
	require.True(t, res.Kept(), "%+v", res)
}

func TestFoldIsMeasuredOnARealJournal(t *testing.T) {
	t.Parallel()
	res, err := bench.Fold(t.Context(), t.TempDir(), bench.Load{Events: 5_000, People: 500})
	require.NoError(t, err)
	require.Positive(t, res.PerSecond)
	require.Positive(t, res.StateBytes)
}

func TestIngestIsMeasuredBesidePostgres(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "initdb")
	res, err := bench.Ingest(t.Context(), t.TempDir(), bench.IngestOptions{Load: bench.Load{Events: 5_000, People: 500}, Clients: 2, Postgres: true})
	require.NoError(t, err)
	require.Positive(t, res.PerSecond)
	require.Positive(t, res.Postgres.PerSecond)
	require.Greater(t, res.Postgres.CPUMicros, 0.0)
}
