package statemodel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// truth is a company of two states and one touch that lifts, and one that does
// nothing.
func truth() *Model {
	return &Model{
		Kinds: []Kind{{Rate: []float64{.03, .3}}},
		Up:    []float64{.01}, Down: []float64{.03},
		Exit:  []float64{.006, .001},
		Start: [][]float64{{.3, .7}},
		Grid:  Grid{Activity: 2},
		Touches: []TouchClass{
			{Name: "lifts", Move: [][][]float64{{{.6, .4}, {.02, .98}}}, Randomised: true},
			{Name: "nothing", Move: [][][]float64{identity(2)}, Randomised: true},
		},
	}
}

func company(m *Model, seed uint64, people int) []History {
	r := rand.New(rand.NewPCG(seed, 0))
	out := make([]History, people)
	for i := range out {
		out[i] = simulate(m, r, 60, .06)
	}
	return out
}

var truthForm = Form{States: 2, Touches: []TouchForm{{Name: "lifts", Randomised: true}, {Name: "nothing", Randomised: true}}}

func TestWhatACompanyIsMadeOfIsFoundAgain(t *testing.T) {
	t.Parallel()
	m := truth()
	people := company(m, 1, 800)
	got, _, err := Fit(people, Options{Form: truthForm, Starts: 1})
	require.NoError(t, err)
	got.Sort(0)
	u, err := got.Uncertainty(truthForm, people, nil)
	require.NoError(t, err)
	// Each within four standard errors, in coordinates.
	scalars, rows := free(m, u.scale)
	want := pack(scalars, rows)
	free, fixed := free(got, u.scale)
	for i, x := range pack(free, fixed) {
		if i >= len(scalars)+1 { // touches are tested by what they move
			break
		}
		require.InDelta(t, want[i], x, 4*math.Sqrt(u.variance.At(i, i)), "coordinate %d", i)
	}
	up := func(class int) (effect, deviation float64) {
		of := func(m *Model) float64 { return m.Touches[class].Move[0][0][1] }
		return of(got), u.Deviation(of)
	}
	lift, deviation := up(0)
	require.InDelta(t, .4, lift, 4*deviation)
	require.Greater(t, lift-4*deviation, 0.0, "a touch that lifts is seen to")
	nothing, deviation := up(1)
	require.Less(t, nothing-4*deviation, .02, "nothing is claimed of one that does nothing")
	require.Less(t, nothing, .15)
}
