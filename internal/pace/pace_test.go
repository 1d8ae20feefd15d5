package pace_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/pace"
)

func TestWorkTakesItsShareOnlyWhileSomebodyIsInAHurry(t *testing.T) {
	t.Parallel()
	for behind, want := range map[bool]time.Duration{false: 4096 * time.Millisecond, true: 4 * 4096 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			p := pace.Pace{Behind: func() bool { return behind }, Share: 0.25}
			began := time.Now()
			for range 4096 {
				require.NoError(t, p.Step(t.Context()))
				time.Sleep(time.Millisecond)
			}
			require.NoError(t, p.Step(t.Context()))
			require.Equal(t, want, time.Since(began), "behind: %v", behind)
		})
	}
}

func TestRestEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		p := pace.Pace{Behind: func() bool { return true }, Share: 0.001}
		began := time.Now()
		for ctx.Err() == nil {
			_ = p.Step(ctx)
			time.Sleep(time.Second)
		}
		require.ErrorIs(t, p.Step(ctx), context.DeadlineExceeded)
		require.Less(t, time.Since(began), time.Hour)
	})
}
