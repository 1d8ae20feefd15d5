package statemodel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is expected of someone new is what comes of thousands simulated.
func TestExpectationsAreWhatSimulatedPeopleDo(t *testing.T) {
	t.Parallel()
	m := truth()
	m.Touches = nil
	m.Grid.Nodes = 60
	m.Grid.Departure = 2
	m.Kinds[0].Spend = &Spend{Within: 3, Between: 6, Scale: 50, Level: []float64{1, 1.5}}
	f, err := NewFilter(m)
	require.NoError(t, err)
	b, err := f.Begin(0, 0)
	require.NoError(t, err)
	const days, people, discount = 60, 6000, .02
	out, err := f.Expect(b, days)
	require.NoError(t, err)
	values, err := f.Values(Economics{Discount: discount, Margin: []float64{.4}})
	require.NoError(t, err)
	value := values.Of(b)

	r := rand.New(rand.NewPCG(2, 2))
	var acts, spend, active, worth sample
	for range people {
		h := simulate(m, r, 600, 0) // e^−12 of the value is left out
		n, money, v := 0.0, 0.0, 0.0
		for _, e := range h.Events {
			if e.At <= days {
				n++
				money += e.Amount
			}
			v += .4 * e.Amount * math.Exp(-discount*e.At)
		}
		acts.add(n)
		spend.add(money)
		active.add(min(n, 1))
		worth.add(v)
	}
	for what, c := range map[string]struct {
		of   sample
		want float64
	}{
		"acts": {acts, out.Acts[0].Mean}, "spend": {spend, out.Spend[0].Mean},
		"active": {active, out.Active}, "value": {worth, value.Mean},
	} {
		require.InDelta(t, c.want, c.of.mean(), 4*c.of.deviation(), what)
	}
	for _, e := range []Estimate{out.Acts[0], out.Spend[0], value} {
		require.Less(t, e.Low, e.Mean)
		require.Greater(t, e.High, e.Mean)
	}
	require.Greater(t, out.Gone, 0.0)
	require.Less(t, out.Gone, 1.0)
}

type sample struct{ n, sum, square float64 }

func (s *sample) add(v float64) { s.n++; s.sum += v; s.square += v * v }

func (s *sample) mean() float64 { return s.sum / s.n }

func (s *sample) deviation() float64 {
	return math.Sqrt((s.square/s.n - s.mean()*s.mean()) / s.n)
}

// As time goes by without an act, belief moves to gone just as was foretold on the
// whole: the forecast is the mean over what may happen.
func TestForecastsAreMartingales(t *testing.T) {
	t.Parallel()
	m := truth()
	m.Touches = nil
	f, err := NewFilter(m)
	require.NoError(t, err)
	b, err := f.Begin(0, 0)
	require.NoError(t, err)
	const days, people = 40, 3000
	out, err := f.Expect(b, days)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(6, 2))
	var gone sample
	for range people {
		_, _, p := endOf(t, f, simulate(m, r, days, 0))
		gone.add(p)
	}
	require.InDelta(t, out.Gone, gone.mean(), 4*gone.deviation())
}

func endOf(t *testing.T, f *Filter, h History) (*Belief, []float64, float64) {
	t.Helper()
	b, err := f.Begin(h.Start, h.Class)
	require.NoError(t, err)
	for _, e := range h.Events {
		_, err := f.Observe(b, e)
		require.NoError(t, err)
	}
	require.NoError(t, f.Advance(b, h.End))
	live, gone := f.States(b)
	return b, live, gone
}

func TestATouchThatLiftsIsWorthSomethingAndOneThatDoesNothingIsNot(t *testing.T) {
	t.Parallel()
	f, err := NewFilter(truth())
	require.NoError(t, err)
	b, err := f.Begin(0, 0)
	require.NoError(t, err)
	values, err := f.Values(Economics{Discount: .001, Margin: []float64{5}, Usual: []Usual{{Class: 1, Rate: .1, Cost: .01}}})
	require.NoError(t, err)
	lift, err := values.Touched(b, 0)
	require.NoError(t, err)
	require.Greater(t, lift.Mean, 0.0)
	nothing, err := values.Touched(b, 1)
	require.NoError(t, err)
	require.InDelta(t, 0, nothing.Mean, 1e-9)
	byState := values.ByState()
	require.Greater(t, byState[1], byState[0])
	// What is done as usual and moves nobody costs what it costs, for ever.
	free, err := f.Values(Economics{Discount: .001, Margin: []float64{5}})
	require.NoError(t, err)
	require.Greater(t, free.Of(b).Mean, values.Of(b).Mean)
}

func TestStatesKeepTheirNamesWhenAModelIsTurned(t *testing.T) {
	t.Parallel()
	m := rich(3)
	turned := m.Clone()
	turned.turn()
	r := rand.New(rand.NewPCG(1, 9))
	for range 20 {
		h := someone(r)
		want, err := m.LogLikelihood([]History{h}, nil)
		require.NoError(t, err)
		got, err := turned.LogLikelihood([]History{h}, nil)
		require.NoError(t, err)
		require.InDelta(t, want[0], got[0], 1e-9*(1+math.Abs(want[0])))
	}
	require.Equal(t, []int{2, 1, 0}, turned.Match(m))
	require.True(t, turned.Sort(0))
	require.Equal(t, []int{0, 1, 2}, turned.Match(m))
	turned.Kinds[0].Rate[2] *= 1000
	require.Equal(t, []int{0, 1, -1}, turned.Match(m), "a state unlike any is new")
}
