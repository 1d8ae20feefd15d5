package journey_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journey"
)

// split walks somebody to whom a number falls through a journey with two ways.
func split(at float64, won string) event.JourneyedBody {
	def := &definition.Journey{ID: "welcome", Steps: []definition.JourneyStep{
		{ID: "way", Kind: definition.SplitStep, Shares: []definition.Share{{Arm: "long", Share: 0.25, Go: "a"}, {Arm: "short", Share: 0.75, Go: "b"}}, Won: won},
		{ID: "a", Kind: definition.EndStep, Outcome: "long"},
		{ID: "b", Kind: definition.EndStep, Outcome: "short"},
	}}
	w := journey.World{Share: func(string) float64 { return at }}
	turn := journey.Advance(w, def, journey.Start("1", def, "", 0), journey.Input{Begin: true})
	return turn.Moves[1]
}

func TestASplitSaysHowProbableEachWayWas(t *testing.T) {
	t.Parallel()
	for at, want := range map[float64]string{0: "long", 0.24: "long", 0.26: "short", 0.99: "short"} {
		m := split(at, "")
		require.Equal(t, "way", m.Step)
		require.Equal(t, want, m.Arm)
		require.Equal(t, map[string]float64{"long": 0.25, "short": 0.75}, m.Shares)
	}
}

func TestEverybodyTakesTheWayThatHasWon(t *testing.T) {
	t.Parallel()
	for _, at := range []float64{0, 0.5, 0.99} {
		m := split(at, "long")
		require.Equal(t, "long", m.Arm)
		require.Nil(t, m.Shares, "chance had no part in it")
	}
}
