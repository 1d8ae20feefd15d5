package zone_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition/zone"
)

func TestZonesComeFromTheBinaryWhateverTheMachineSays(t *testing.T) {
	t.Setenv("ZONEINFO", "/nowhere") // package time would look there first
	var zones zone.Table
	berlin, err := zones.Load("Europe/Berlin")
	require.NoError(t, err)
	require.Equal(t, "2026-07-01 14:00", time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC).In(berlin).Format("2006-01-02 15:04"))
	again, err := zones.Load("Europe/Berlin")
	require.NoError(t, err)
	require.Same(t, berlin, again)
}

func TestWhatIsNoZoneIsRefused(t *testing.T) {
	t.Parallel()
	var zones zone.Table
	for _, name := range []string{"", "Local", "Mars/Olympus", "../etc/passwd", "europe/berlin", "Europe/"} {
		_, err := zones.Load(name)
		require.Error(t, err, "%q", name)
	}
}
