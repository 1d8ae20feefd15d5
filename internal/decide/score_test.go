package decide_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
)

// states is a person of two nodes and two states, whom touches of class "lift"
// move up, by less the more they are tired.
type states struct{}

func (states) Nodes() []decide.Node {
	return []decide.Node{
		{Weight: 0.25, Belief: []float64{0.5, 0.5}, Value: []float64{0, 100}},
		{Weight: 0.75, Belief: []float64{0.8, 0.1}, Value: []float64{10, 50}},
	}
}

func (states) Jump(class string, fatigue float64) [][]float64 {
	up := 0.5 * math.Exp(-fatigue)
	switch class {
	case "lift":
		return [][]float64{{1 - up, up}, {0, 1}}
	case "odd":
		return [][]float64{{1}}
	default:
		return nil
	}
}

func TestAMovementIsWorthWhatTheStatesItLeadsToAreWorth(t *testing.T) {
	t.Parallel()
	v, err := decide.Movement(states{}, "lift", 0, 1)
	require.NoError(t, err)
	require.InDelta(t, 0.25*0.5*0.5*100+0.75*0.8*0.5*40, v, 1e-12)
	half, err := decide.Movement(states{}, "lift", 0, 0.5)
	require.NoError(t, err)
	require.InDelta(t, v/2, half, 1e-12)
	none, err := decide.Movement(states{}, "unknown", 0, 1)
	require.NoError(t, err)
	require.Zero(t, none)
	_, err = decide.Movement(states{}, "odd", 0, 1)
	require.Error(t, err)
}

func TestAttentionCostsWhatTheNextTouchLosesAndNeverPays(t *testing.T) {
	t.Parallel()
	fresh, err := decide.Movement(states{}, "lift", 0, 1)
	require.NoError(t, err)
	tired, err := decide.Movement(states{}, "lift", 1, 1)
	require.NoError(t, err)
	price, err := decide.AttentionPrice(states{}, 0, decide.Attention{Next: "lift", After: 1, Unsubscribe: 0.01, Channel: 30}, 1)
	require.NoError(t, err)
	require.InDelta(t, fresh-tired+0.3, price, 1e-12)
	price, err = decide.AttentionPrice(states{}, 1, decide.Attention{Next: "lift", After: 0}, 1)
	require.NoError(t, err)
	require.Zero(t, price)
}

func TestAShadowPriceKeepsTheBudget(t *testing.T) {
	t.Parallel()
	// A thousand people a day would each gain u from a unit, u even in 0 to 10;
	// there are 250 units a day: the price that clears is 7.5.
	s := decide.Shadow{Step: 1}
	used := 0.0
	for range 200 {
		used = 1000 * math.Max(0, 1-s.Price/10)
		s = s.Day(used, 250)
	}
	require.InDelta(t, 7.5, s.Price, 0.1)
	require.InDelta(t, 250, used, 10)
	require.Zero(t, decide.Shadow{Price: 0.1, Step: 1}.Day(0, 250).Price, "what is not scarce is free")
	require.InDelta(t, 2, decide.Shadow{Price: 2, Step: 1}.Day(10, 0).Price, 0)
}

func TestARewardTelescopesIntoWhatWasRealised(t *testing.T) {
	t.Parallel()
	margins := []float64{3, 0, 5, 0, 0, 2}
	const d = 0.01
	whole := decide.Reward{Margins: margins, Cost: 1, Discount: d, Later: 40, Expected: 38, Trust: 1}.Total()
	first := decide.Reward{Margins: margins[:3], Cost: 1, Discount: d, Later: 20, Expected: 38, Trust: 1}.Total()
	second := decide.Reward{Margins: margins[3:], Discount: d, Later: 40, Expected: 20, Trust: 1}.Total()
	require.InDelta(t, whole, first+math.Exp(-3*d)*second, 1e-12)
	require.InDelta(t, 3+5*math.Exp(-2*d)+2*math.Exp(-5*d)-1, decide.Reward{Margins: margins, Cost: 1, Discount: d, Later: 40, Expected: 38}.Total(), 1e-12)
}

func TestTrustIsTheSlopeAndAFarSlopeIsAnAlarm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		slope, trust float64
		alarm        bool
	}{{0.8, 0.8, false}, {1.2, 1, false}, {-0.3, 0, true}, {1.7, 1, true}, {0.4, 0.4, true}, {math.NaN(), decide.UntilCalibrated, true}} {
		trust, alarm := decide.Calibrate(c.slope)
		require.InDelta(t, c.trust, trust, 0)
		require.Equal(t, c.alarm, alarm)
	}
}
