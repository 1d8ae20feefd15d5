package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
)

func TestTrustIsToldWithItsIntervalOrWithWhatIsMissing(t *testing.T) {
	t.Parallel()
	young := trustOf(decide.Told{Trust: decide.UntilCalibrated, People: 12.4})
	require.False(t, young.Slope.Enough)
	require.Equal(t, "Half a year has passed since about 12 choices made under it; it takes more.", young.Slope.Note)

	right := trustOf(decide.Told{Trust: .8, Slope: .8, Error: .1, People: 800})
	require.True(t, right.Slope.Enough)
	require.InDelta(t, .8-.16449, right.Slope.Low, 1e-9)
	require.Equal(t, "Decisions count 80 % of what the model says a state is worth.", right.Sentence)

	wrong := trustOf(decide.Told{Trust: .1, Slope: .1, Error: .05, People: 800, Alarm: true})
	require.Contains(t, wrong.Sentence, "train another")
}
