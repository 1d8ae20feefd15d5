package statemodel

import (
	"math"
)

// ascend maximises f from x by BFGS with a weak Wolfe line search (Nocedal &
// Wright 2006, algorithm 6.1; the bisection is Lewis & Overton's 2013). f returns
// a value and its gradient. It ends when the quadratic model promises less than
// tolerance, or after so many evaluations, or when note says so. Parameters are
// few, so the matrix is dense.
func ascend(x []float64, limit int, tolerance float64, f func([]float64) (float64, []float64, error), note func(value float64) error) ([]float64, float64, error) {
	n := len(x)
	value, g, err := f(x)
	if err != nil {
		return x, value, err
	}
	h := make([]float64, n*n) // the inverse of minus the Hessian, estimated
	reset := func(by float64) {
		clear(h)
		for i := range n {
			h[i*n+i] = by
		}
	}
	reset(1 / (1 + norm(g)))
	fresh := true
	for used := 1; used < limit; {
		dir := make([]float64, n)
		for i := range n {
			for j := range n {
				dir[i] += h[i*n+j] * g[j]
			}
		}
		slope := dot(dir, g)
		if !(slope > 0) {
			reset(1 / (1 + norm(g)))
			if fresh {
				break
			}
			fresh = true
			continue
		}
		if slope/2 < tolerance && !fresh {
			break
		}
		next, v, grad, spent, err := climb(x, dir, value, slope, f)
		used += spent
		if err != nil {
			return x, value, err
		}
		if next == nil { // no step helps
			if fresh {
				break
			}
			reset(1 / (1 + norm(g)))
			fresh = true
			continue
		}
		step, change := make([]float64, n), make([]float64, n)
		for i := range n {
			step[i], change[i] = next[i]-x[i], g[i]-grad[i]
		}
		if fresh {
			reset(dot(step, change) / dot(change, change))
		}
		update(h, step, change)
		fresh = false
		gain := v - value
		x, value, g = next, v, grad
		if err := note(value); err != nil {
			return x, value, err
		}
		if gain < tolerance/100 {
			break
		}
	}
	return x, value, nil
}

// climb looks along dir for a step that gains enough and flattens the slope.
func climb(x, dir []float64, value, slope float64, f func([]float64) (float64, []float64, error)) (next []float64, v float64, g []float64, spent int, err error) {
	longest := 0.0
	for _, d := range dir {
		longest = max(longest, math.Abs(d))
	}
	lo, hi := 0.0, math.Inf(1)
	a := min(1, 2/longest) // no coordinate moves by more than e² at once
	for spent = 1; spent <= 25; spent++ {
		at := make([]float64, len(x))
		for i := range x {
			at[i] = x[i] + a*dir[i]
		}
		v, g, err = f(at)
		if err != nil {
			return nil, 0, nil, spent, err
		}
		switch {
		case !(v >= value+1e-4*a*slope): // NaN too
			hi = a
		case dot(g, dir) > .9*slope && a*longest < 4:
			lo, next = a, at
			if math.IsInf(hi, 1) {
				a *= 2
				continue
			}
		default:
			return at, v, g, spent, nil
		}
		a = (lo + hi) / 2
		if hi-lo < 1e-10*hi {
			break
		}
	}
	if lo > 0 { // it gained, if less than hoped for
		for i := range x {
			next[i] = x[i] + lo*dir[i]
		}
		v, g, err = f(next)
		return next, v, g, spent + 1, err
	}
	return nil, value, nil, spent, nil
}

// update is BFGS's of the inverse.
func update(h, step, change []float64) {
	n := len(step)
	sy := dot(step, change)
	if !(sy > 1e-12*norm(step)*norm(change)) {
		return
	}
	hy := make([]float64, n)
	for i := range n {
		for j := range n {
			hy[i] += h[i*n+j] * change[j]
		}
	}
	c := (1 + dot(change, hy)/sy) / sy
	for i := range n {
		for j := range n {
			h[i*n+j] += c*step[i]*step[j] - (hy[i]*step[j]+step[i]*hy[j])/sy
		}
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func norm(a []float64) float64 { return math.Sqrt(dot(a, a)) }
