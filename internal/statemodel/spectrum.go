package statemodel

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// spectrum is the eigensystem of one generator D0 = V·diag(mu)·W, W = V⁻¹, with
// what the likelihood needs of it. Matrices are flat, by rows. All mu are below 0
// or (nothing can happen) 0.
type spectrum struct {
	n    int
	mu   []float64 // descending
	v, w []float64
	one  []float64 // W·1
	kill []float64 // W·(Exit·η): the flow to gone
}

// generator gives what makes up D0 at one node.
type generator struct {
	up, down []float64
	exit     []float64 // Exit·η
	loss     []float64 // the total rate of own acts that can be seen
}

func (g generator) spectrum() (spectrum, error) {
	n := len(g.exit)
	s := spectrum{
		n: n, mu: make([]float64, n), v: make([]float64, n*n), w: make([]float64, n*n),
		one: make([]float64, n), kill: make([]float64, n),
	}
	// With d[i+1]/d[i] = √(up/down), diag(d)·D0·diag(d)⁻¹ is symmetric.
	d := make([]float64, n)
	d[0] = 1
	sym := mat.NewSymDense(n, nil)
	for i := range n {
		out := g.exit[i] + g.loss[i]
		if i < n-1 {
			out += g.up[i]
			d[i+1] = d[i] * math.Sqrt(g.up[i]/g.down[i])
			sym.SetSym(i, i+1, math.Sqrt(g.up[i]*g.down[i]))
		}
		if i > 0 {
			out += g.down[i-1]
		}
		sym.SetSym(i, i, -out)
	}
	if n == 1 {
		s.mu[0], s.v[0], s.w[0] = sym.At(0, 0), 1, 1
	} else {
		var e mat.EigenSym
		if !e.Factorize(sym, true) {
			return s, fmt.Errorf("no eigenvalues of the generator %+v", g)
		}
		var u mat.Dense
		e.VectorsTo(&u)
		values := e.Values(nil) // ascending
		for p := range n {
			s.mu[p] = min(values[n-1-p], 0)
			for i := range n {
				// D0 = diag(d)⁻¹·A·diag(d).
				s.v[i*n+p] = u.At(i, n-1-p) / d[i]
				s.w[p*n+i] = u.At(i, n-1-p) * d[i]
			}
		}
	}
	for p := range n {
		for i := range n {
			s.one[p] += s.w[p*n+i]
			s.kill[p] += s.w[p*n+i] * g.exit[i]
		}
	}
	return s, nil
}

// meanExp is ∫₀^Δ e^{μu} du.
func meanExp(mu, dt float64) float64 {
	if x := mu * dt; math.Abs(x) > 1e-8 {
		return math.Expm1(x) / mu
	}
	return dt * (1 + mu*dt/2)
}
