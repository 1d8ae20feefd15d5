package statemodel

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/rapporthq/rapport/internal/fault"
)

// Economics is what acts and touches are worth, and what is done as usual.
type Economics struct {
	// Discount is the rate per day at which later money counts less. It must be
	// above 0.
	Discount float64
	// Margin is, by kind, the margin of an act: a share of its amount where the
	// model knows amounts, and money where it does not.
	Margin []float64
	// Usual is what is done as usual to everybody who is not in a holdout.
	Usual []Usual
}

// Usual is a class of touches as it is given as usual.
type Usual struct {
	Class uint8
	Rate  float64 // touches per day
	Cost  float64 // money each
}

// Values are what people in each state and at each node are worth from now on:
// V = (δI − A)⁻¹·r, with A the generator of business as usual, r the margin by
// state less the cost of touches, and δ the discount (Howard 1960).
type Values struct {
	f      *Filter
	byKind [][]float64 // by kind: node, then state; per unit of mean amount
	cost   []float64
}

// Values solves for the worth of every state and node.
func (f *Filter) Values(e Economics) (*Values, error) {
	t, s := f.t, f.t.s
	if !positive(e.Discount) {
		return nil, fault.New(fault.Invalid, "a discount of %v a day: it must be above 0", e.Discount)
	}
	if len(e.Margin) != len(t.m.Kinds) {
		return nil, fault.New(fault.Invalid, "%d margins for %d kinds of acts", len(e.Margin), len(t.m.Kinds))
	}
	for _, u := range e.Usual {
		if int(u.Class) >= len(t.m.Touches) || !(u.Rate >= 0) || math.IsInf(u.Rate, 0) || math.IsNaN(u.Cost) {
			return nil, fault.New(fault.Invalid, "what is done as usual, %+v: the class must be one of %d and the rate not below 0", u, len(t.m.Touches))
		}
	}
	v := &Values{f: f, byKind: make([][]float64, len(t.m.Kinds)), cost: make([]float64, len(t.nodes)*s)}
	for k := range v.byKind {
		v.byKind[k] = make([]float64, len(t.nodes)*s)
	}
	for n := range t.nodes {
		if err := v.solve(e, n); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *Values) solve(e Economics, n int) error {
	t, s := v.f.t, v.f.t.s
	g := t.generator(n, 0)
	a := mat.NewDense(s, s, nil) // δI − A
	cost := 0.0
	for i := range s {
		out := e.Discount + g.exit[i]
		if i < s-1 {
			out += g.up[i]
			a.Set(i, i+1, -g.up[i])
		}
		if i > 0 {
			out += g.down[i-1]
			a.Set(i, i-1, -g.down[i-1])
		}
		a.Set(i, i, out)
	}
	for _, u := range e.Usual {
		cost += u.Rate * u.Cost
		k := t.m.Touches[u.Class].Move[0]
		for i := range s {
			for j := range s {
				moved := k[i][j]
				if i == j {
					moved--
				}
				a.Set(i, j, a.At(i, j)-u.Rate*moved)
			}
		}
	}
	pace := v.f.pace(n)
	b := mat.NewDense(s, len(t.m.Kinds)+1, nil)
	for i := range s {
		for k, kind := range t.m.Kinds {
			r := kind.Rate[i] * t.factor[k][n] * pace[i] * e.Margin[k]
			if kind.Spend != nil {
				r *= kind.Spend.Level[i]
			}
			b.Set(i, k, r)
		}
		b.Set(i, len(t.m.Kinds), cost)
	}
	var x mat.Dense
	if err := x.Solve(a, b); err != nil {
		return fault.Wrap(fault.Internal, err, "the value of the states")
	}
	for i := range s {
		for k := range t.m.Kinds {
			v.byKind[k][n*s+i] = x.At(i, k)
		}
		v.cost[n*s+i] = x.At(i, len(t.m.Kinds))
	}
	return nil
}

// at is the worth of a state at a node to a person with such amounts.
func (v *Values) at(b *Belief, n, i int) float64 {
	at := n*v.f.t.s + i
	sum := -v.cost[at]
	for k, kind := range v.f.t.m.Kinds {
		mean := 1.0
		if kind.Spend != nil {
			mean = kind.Spend.mean(b.purses[k])
		}
		sum += mean * v.byKind[k][at]
	}
	return sum
}

// Of is what a person is worth from now on. Who is gone is worth nothing.
func (v *Values) Of(b *Belief) Estimate {
	var w weighted
	v.collect(b, &w)
	return w.estimate()
}

func (v *Values) collect(b *Belief, w *weighted) {
	s := v.f.t.s
	for i, n := range b.on {
		for j := range s {
			w.add(v.at(b, int(n), j), b.live[i*s+j])
		}
		w.add(0, b.gone[i])
	}
}

// ByState is what a state is worth on average over people who differ as the model
// says, to someone of whose amounts nothing is known.
func (v *Values) ByState() []float64 {
	t, s := v.f.t, v.f.t.s
	out := make([]float64, s)
	none := &Belief{}
	for n, at := range t.nodes {
		for i := range s {
			out[i] += at.weight * v.at(none, n, i)
		}
	}
	return out
}

// Touched is the change in a person's worth that a touch of a class brings at
// once: Σ over nodes of (b·K − b)·V.
func (v *Values) Touched(b *Belief, class uint8) (Estimate, error) {
	t, s := v.f.t, v.f.t.s
	if int(class) >= len(t.m.Touches) {
		return Estimate{}, fault.New(fault.Invalid, "touch class %d: there are %d", class, len(t.m.Touches))
	}
	level := t.m.Fatigue.decay(b.level, b.At-b.levelAt)
	k := t.move[class][t.m.Fatigue.bucket(level)]
	var w weighted
	for i, n := range b.on {
		for j := range s {
			change := -v.at(b, int(n), j)
			for to := range s {
				change += k[j*s+to] * v.at(b, int(n), to)
			}
			w.add(change, b.live[i*s+j])
		}
		w.add(0, b.gone[i])
	}
	return w.estimate(), nil
}
