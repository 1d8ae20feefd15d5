package statemodel_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/statemodel/classic"
)

// paretoNBD is one live state in which both rates are Gamma; times in days.
func paretoNBD(p classic.ParetoNBD, nodes int) *statemodel.Model {
	return &statemodel.Model{
		Kinds: []statemodel.Kind{{Rate: []float64{p.R / p.Alpha}}},
		Exit:  []float64{p.S / p.Beta},
		Start: [][]float64{{1}},
		Grid:  statemodel.Grid{Activity: p.R, Departure: p.S, Nodes: nodes, DepartureNodes: nodes},
	}
}

func TestOneStateWithGammaExitIsParetoNBD(t *testing.T) {
	t.Parallel()
	// The published estimates, per week, turned to days.
	p := classic.ParetoNBD{R: .5533, Alpha: 10.5776 * 7, S: .6062, Beta: 11.6679 * 7}
	known := until(cdnowSample(t), day(1997, 9, 30))
	got, err := paretoNBD(p, 24).LogLikelihood(known, nil)
	require.NoError(t, err)
	want := 0.0
	for _, h := range known {
		want += p.LogLik(person(h))
	}
	require.InDelta(t, -9594.97, want+acts(known)*math.Log(7), .01)
	require.InDelta(t, want, sum(got), 2, "what the grid loses on 2,357 people")
}

func person(h statemodel.History) classic.Person {
	p := classic.Person{Repeats: len(h.Events), Age: h.End - h.Start}
	if p.Repeats > 0 {
		p.Last = h.Events[p.Repeats-1].At - h.Start
	}
	return p
}

// Without a grid: the likelihood at given rates, averaged over their Gamma laws by
// quadrature, is the closed form.
func TestTheProcessAveragedOverPeopleIsParetoNBDToTheSixthPlace(t *testing.T) {
	t.Parallel()
	p := classic.ParetoNBD{R: 1.5, Alpha: 30, S: 2.5, Beta: 200}
	activity, departure := distuv.Gamma{Alpha: p.R, Beta: p.Alpha}, distuv.Gamma{Alpha: p.S, Beta: p.Beta}
	fast, soon := activity.Quantile(1-1e-13), departure.Quantile(1-1e-13)
	const points = 80
	u, w := make([]float64, points), make([]float64, points)
	quad.Legendre{}.FixedLocations(u, w, 0, 1)
	for _, h := range []statemodel.History{
		{End: 100},
		{End: 100, Events: []statemodel.Event{{At: 20}, {At: 21}, {At: 60}}},
		{End: 62, Events: []statemodel.Event{{At: 5}, {At: 12}, {At: 33}, {At: 40}, {At: 62}}},
	} {
		mean := 0.0
		for i := range u {
			// Densities have a root at 0, which the square smooths.
			rate := fast * u[i] * u[i]
			for j := range u {
				exit := soon * u[j] * u[j]
				m := &statemodel.Model{Kinds: []statemodel.Kind{{Rate: []float64{rate}}}, Exit: []float64{exit}, Start: [][]float64{{1}}}
				l, err := m.LogLikelihood([]statemodel.History{h}, nil)
				require.NoError(t, err)
				weight := w[i] * w[j] * 4 * fast * soon * u[i] * u[j] * activity.Prob(rate) * departure.Prob(exit)
				mean += weight * math.Exp(l[0])
			}
		}
		require.InDelta(t, p.LogLik(person(h)), math.Log(mean), 1e-6, "%+v", h)
	}
}
