package bench_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

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
	res, err := bench.Crash(t.Context(), bench.CrashOptions{Binary: binary(t), Runs: kills, Dir: t.TempDir(), Seed: 1, Out: t.Output()})
	require.NoError(t, err)
	require.True(t, res.Kept(), "%+v", res)
}

// binary builds the command.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rapport")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/rapport") //nolint:gosec // our own command
	build.Dir = testenv.Root(t)
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
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
	res, err := bench.Ingest(t.Context(), t.TempDir(), bench.IngestOptions{
		Load: bench.Load{Events: 5_000, People: 500, Known: true}, Binary: binary(t), Clients: 2,
		Duration: 2 * time.Second, Rate: 500, Replay: true, Postgres: true, Out: t.Output(),
	})
	require.NoError(t, err)
	require.Equal(t, 5_000, res.Burst.Load.Events)
	require.Positive(t, res.Burst.Server)
	require.Positive(t, res.Burst.Clients)
	require.Equal(t, 1_000, res.Sustained.Load.Events)
	require.Positive(t, res.Sustained.Visible)
	require.Positive(t, res.Memory)
	require.True(t, res.Replay.Same)
	require.Positive(t, res.Postgres.PerSecond)
	require.Greater(t, res.Postgres.CPUMicros, res.Postgres.ServerMicros)
}
