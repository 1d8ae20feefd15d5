package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/bench"
)

func TestEveryPageIsAskedForAsTheConsoleAsks(t *testing.T) {
	t.Parallel()
	r, err := bench.Pages(t.Context(), t.TempDir(), bench.PagesOptions{
		Load: bench.Load{People: 200, Events: 1000}, Binary: binary(t), Rounds: 3, Rate: 500, Out: t.Output(),
	})
	require.NoError(t, err)
	require.Greater(t, len(r.Pages), 15)
	for _, p := range r.Pages {
		require.Positive(t, p.P50, p.Page)
		require.Greater(t, p.Bytes, 2, p.Page)
	}
	require.Positive(t, r.Rate)
}
