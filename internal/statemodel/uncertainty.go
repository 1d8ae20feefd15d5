package statemodel

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/rapporthq/rapport/internal/fault"
)

// Uncertainty is how well the parameters of a model are known from the histories
// it was fitted to: the inverse of the sum of the outer products of people's scores
// (Berndt, Hall, Hall & Hausman 1974), plus the curvature of the prior.
type Uncertainty struct {
	m        *Model
	scale    scale
	centre   []float64 // coordinates
	variance *mat.SymDense
	root     *mat.TriDense
}

// Uncertainty measures how well the parameters are known.
func (m *Model) Uncertainty(form Form, histories []History, each Each) (*Uncertainty, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if each == nil {
		each = InTurn
	}
	c, err := newCorpus(form.withDefaults(), histories)
	if err != nil {
		return nil, err
	}
	t, err := newTables(m, c.masks)
	if err != nil {
		return nil, err
	}
	t.tabulate(c.spans, true)
	l := t.layout()
	scalars, rows := free(m, c.scale)
	x := pack(scalars, rows)
	n := len(x)
	parts := make([][]float64, len(c.shards))
	each(len(c.shards), func(i int) {
		w, sums, out := newScratch(t.s, len(t.nodes)), make([]float64, l.size), make([]float64, n*n)
		for j := range c.shards[i] {
			p := c.shards[i][j]
			clear(sums)
			weight := p.weight
			p.weight = 1
			t.gather(&p, &l, w, sums)
			t.settle(&l, sums)
			g := t.gradient(&l, sums)
			for a := range n {
				for b := range n {
					out[a*n+b] += weight * g[a] * g[b]
				}
			}
		}
		parts[i] = out
	})
	information := mat.NewSymDense(n, nil)
	for _, p := range parts {
		for a := range n {
			for b := a; b < n; b++ {
				information.SetSym(a, b, information.At(a, b)+p[a*n+b])
			}
		}
	}
	addPriorCurvature(information, scalars, rows)
	u := &Uncertainty{m: m.Clone(), scale: c.scale, centre: x}
	var chol mat.Cholesky
	if !chol.Factorize(information) {
		return nil, fault.New(fault.Invalid, "the histories do not tell the parameters of the model apart: fit one with fewer states")
	}
	u.variance = mat.NewSymDense(n, nil)
	if err := chol.InverseTo(u.variance); err != nil && u.variance.At(0, 0) == 0 {
		return nil, fault.Wrap(fault.Invalid, err, "the parameters of the model are hardly told apart")
	}
	var root mat.Cholesky
	if !root.Factorize(u.variance) {
		return nil, fault.New(fault.Invalid, "the parameters of the model are hardly told apart: fit one with fewer states")
	}
	u.root = mat.NewTriDense(n, mat.Lower, nil)
	root.LTo(u.root)
	return u, nil
}

func addPriorCurvature(information *mat.SymDense, scalars []scalar, rows []row) {
	add := func(a, b int, v float64) { information.SetSym(a, b, information.At(a, b)+v) }
	for i, s := range scalars {
		add(i, i, 1e-9)
		if s.pseudo > 0 {
			add(i, i, s.pseudo*(*s.p+s.offset)/s.centre)
		}
	}
	at := len(scalars)
	for _, r := range rows {
		total := 1e-9
		for _, c := range r.prior {
			total += c
		}
		var p []float64
		for j, v := range r.p {
			if j != r.pin {
				p = append(p, v)
			}
		}
		for a := range p {
			add(at+a, at+a, total*p[a])
			for b := a; b < len(p); b++ {
				add(at+a, at+b, -total*p[a]*p[b])
			}
		}
		at += len(p)
	}
}

// Deviation is the standard error of a smooth function of the model, by the delta
// method.
func (u *Uncertainty) Deviation(of func(*Model) float64) float64 {
	m := u.m.Clone()
	scalars, rows := free(m, u.scale)
	x := append([]float64(nil), u.centre...)
	slope := make([]float64, len(x))
	for i := range x {
		const h = 1e-4
		x[i] = u.centre[i] + h
		unpack(x, scalars, rows)
		up := of(m)
		x[i] = u.centre[i] - h
		unpack(x, scalars, rows)
		slope[i] = (up - of(m)) / (2 * h)
		x[i] = u.centre[i]
	}
	sum := 0.0
	for i := range x {
		for j := range x {
			sum += slope[i] * u.variance.At(i, j) * slope[j]
		}
	}
	return math.Sqrt(max(sum, 0))
}

// Draw returns models as the histories might as well have given, by the normal law
// of the coordinates about the fit.
func (u *Uncertainty) Draw(n int, r *rand.Rand) []*Model {
	out := make([]*Model, n)
	for i := range out {
		z := make([]float64, len(u.centre))
		for j := range z {
			z[j] = r.NormFloat64()
		}
		x := append([]float64(nil), u.centre...)
		for a := range x {
			for b := 0; b <= a; b++ {
				x[a] += u.root.At(a, b) * z[b]
			}
		}
		out[i] = u.m.Clone()
		scalars, rows := free(out[i], u.scale)
		unpack(x, scalars, rows)
	}
	return out
}
