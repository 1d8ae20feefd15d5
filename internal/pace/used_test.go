package pace_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/pace"
)

func TestWhatOnlyWaitsUsesNoProcessor(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		return // the clock is all that is told there
	}
	waits, err := pace.Used(func() error { time.Sleep(200 * time.Millisecond); return nil })
	require.NoError(t, err)
	works, err := pace.Used(func() error {
		sum := 0.0
		for i := range 100_000_000 {
			sum += float64(i) * sum
		}
		if sum < 0 {
			return nil
		}
		return errors.New("done")
	})
	require.EqualError(t, err, "done")
	require.Greater(t, works, 10*waits)
}
