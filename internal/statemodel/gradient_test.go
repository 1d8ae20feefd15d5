package statemodel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// rich is a model in which every part is in use.
func rich(s int) *Model {
	m := &Model{
		Kinds: []Kind{
			{Rate: cut(s, .02, .1, .4), Spend: &Spend{Within: 3, Between: 4, Scale: 20, Level: cut(s, 1, 1.3, 2)}},
			{Rate: cut(s, .05, .06, .3), Common: true},
		},
		Up: cut(s-1, .01, .02), Down: cut(s-1, .03, .015),
		Exit:     cut(s, .02, .005, .001),
		Start:    [][]float64{cut(s, .2, .5, .3), cut(s, .6, .1, .3)},
		Grid:     Grid{Activity: .8, Departure: 1.5, Nodes: 5, DepartureNodes: 3},
		Fatigue:  Fatigue{HalfLife: 5, Edges: []float64{.5}},
		Recovery: Recovery{Depth: -.6, Time: 3},
		Clock:    Clock{Level: []float64{1, .8, 1.2}, Weeks: 1, Origin: 2},
	}
	for c := range m.Start {
		sum := 0.0
		for _, v := range m.Start[c] {
			sum += v
		}
		for i := range m.Start[c] {
			m.Start[c][i] /= sum
		}
	}
	mix := func(stay float64) [][]float64 {
		k := identity(s)
		for i := range k {
			for j := range k {
				if s > 1 && i != j {
					k[i][j] = (1 - stay) / float64(s-1)
				} else if s > 1 {
					k[i][i] = stay
				}
			}
		}
		return k
	}
	answer := func() [][]float64 {
		out := make([][]float64, s)
		for i := range out {
			out[i] = []float64{.9 - .1*float64(i), .1 + .05*float64(i), .05 * float64(i)}
		}
		return out
	}
	m.Touches = []TouchClass{
		{Move: [][][]float64{mix(.8), mix(.9)}},
		{Move: [][][]float64{mix(.7), mix(.95)}, Outcomes: []Outcome{{}, {Move: mix(.6)}}, Respond: answer(), Weight: .5},
	}
	return m
}

// someone is a random history that the model of rich can hold.
func someone(r *rand.Rand) History {
	h := History{Start: r.Float64() * 5, Class: uint8(r.IntN(2))}
	at := h.Start
	for range r.IntN(9) {
		gap := r.ExpFloat64() * 6
		at += gap
		switch r.IntN(6) {
		case 0:
			h.Events = append(h.Events, Event{At: at, Type: Touch, Kind: uint8(r.IntN(2))})
		case 1:
			h.Events = append(h.Events, Event{At: at, Type: Response, Kind: 1, Outcome: uint8(r.IntN(3))})
		case 2:
			h.Events = append(h.Events, Event{At: at, Kind: uint8(r.IntN(2)), Span: gap * r.Float64()})
		default:
			h.Events = append(h.Events, Event{At: at, Kind: uint8(r.IntN(2)), Amount: 5 + 20*r.Float64()})
		}
	}
	h.End = at + r.ExpFloat64()*20
	if r.IntN(2) == 0 {
		from := h.Start + r.Float64()*(h.End-h.Start)
		h.Dark = []Dark{{From: from, To: from + 5, Kind: uint8(r.IntN(2))}}
	}
	return h
}

func TestTheGradientIsThatOfTheLogLikelihood(t *testing.T) {
	t.Parallel()
	for s := 1; s <= 3; s++ {
		m := rich(s)
		require.NoError(t, m.Check())
		r := rand.New(rand.NewPCG(1, uint64(s)))
		var paths []path
		c := m.compiler()
		for range 40 {
			h := someone(r)
			require.NoError(t, h.Check(m.Shape()))
			paths = append(paths, c.path(h))
		}
		sc := scale{rate: []float64{.1, .1}, drift: .01, exit: .01}
		scalars, rows := free(m, sc)
		x := pack(scalars, rows)
		value := func() (float64, []float64) {
			unpack(x, scalars, rows)
			tb, err := newTables(m, masksOf(paths))
			require.NoError(t, err)
			l := tb.layout()
			sums := make([]float64, l.size)
			w := newScratch(s, len(tb.nodes))
			for i := range paths {
				tb.gather(&paths[i], &l, w, sums)
			}
			tb.settle(&l, sums)
			g := tb.gradient(&l, sums)
			priorGradient(scalars, rows, g)
			return sums[l.ll] + logPrior(scalars, rows), g
		}
		_, g := value()
		require.Len(t, g, len(x))
		for i := range x {
			const h = 1e-5
			at := x[i]
			x[i] = at + h
			up, _ := value()
			x[i] = at - h
			down, _ := value()
			x[i] = at
			want := (up - down) / (2 * h)
			require.InDelta(t, want, g[i], 2e-5*(1+math.Abs(want)), "states %d, coordinate %d of %d", s, i, len(x))
		}
	}
}

func cut(n int, v ...float64) []float64 { return append([]float64(nil), v[:n]...) }
