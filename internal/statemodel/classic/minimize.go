package classic

import "math"

// objective gives the value at x and writes its gradient to g.
type objective func(x, g []float64) float64

// optimum is where a minimisation ended.
type optimum struct {
	x, g        []float64
	value       float64
	inverse     [][]float64 // approximate inverse Hessian
	evaluations int
	converged   bool
}

const (
	// Parameters are searched in logarithms, from e^-limit to e^limit. Who ends at a
	// limit has a degenerate model, which is told and not hidden.
	limit = 14.0

	tolerance     = 1e-9 // in what the objective may still fall, by its own curvature
	longestStep   = 2.0  // of one parameter, in logarithms
	maxIterations = 500
)

// minimize is BFGS within a box, with a bisecting line search for the weak Wolfe
// conditions (Nocedal & Wright 2006, chapter 6; Lewis & Overton 2013). It goes on
// from from, whose inverse Hessian may be nil. A coordinate whose gradient points
// out of the box rests at its limit.
func minimize(f objective, from optimum) optimum {
	n := len(from.x)
	at := optimum{x: append([]float64(nil), from.x...), g: make([]float64, n), inverse: from.inverse, evaluations: 1}
	at.value = f(at.x, at.g)
	if at.inverse == nil {
		at.inverse = scaled(n, 1/math.Max(1, norm(at.g)))
	}
	fresh := from.inverse == nil
	d, x, g := make([]float64, n), make([]float64, n), make([]float64, n)
	for range maxIterations {
		slope := at.direction(d)
		if -slope/2 < tolerance*math.Max(1, math.Abs(at.value)*1e-4) {
			at.converged = true
			return at
		}
		value, evaluations := at.search(f, d, slope, x, g)
		at.evaluations += evaluations
		if !(value < at.value) {
			if fresh { // not even downhill: rounding is all there is left
				at.converged = -slope < 1e-6*math.Max(1, math.Abs(at.value))
				return at
			}
			at.inverse, fresh = scaled(n, 1/math.Max(1, norm(at.g))), true
			continue
		}
		at.update(x, g, fresh)
		fresh = false
		at.value = value
		copy(at.x, x)
		copy(at.g, g)
	}
	return at
}

func (o *optimum) resting(i int) bool {
	return o.x[i] <= -limit && o.g[i] > 0 || o.x[i] >= limit && o.g[i] < 0
}

// direction writes where to go to d, and returns the slope of the objective there,
// which is not above 0.
func (o *optimum) direction(d []float64) float64 {
	slope := 0.0
	for i := range d {
		d[i] = 0
		if o.resting(i) {
			continue
		}
		for j := range d {
			if !o.resting(j) {
				d[i] -= o.inverse[i][j] * o.g[j]
			}
		}
		slope += d[i] * o.g[i]
	}
	return slope
}

// search finds a step along d, and leaves where it leads in x and g.
func (o *optimum) search(f objective, d []float64, slope float64, x, g []float64) (value float64, evaluations int) {
	most := math.Inf(1)
	for i, di := range d {
		if di == 0 {
			continue
		}
		room := limit - o.x[i]
		if di < 0 {
			room = limit + o.x[i]
		}
		most = math.Min(most, math.Min(room, longestStep)/math.Abs(di))
	}
	low, high, step := 0.0, math.Inf(1), math.Min(1, most)
	for range 40 {
		for i := range x {
			x[i] = math.Max(-limit, math.Min(limit, o.x[i]+step*d[i]))
		}
		value = f(x, g)
		evaluations++
		switch {
		case !(value <= o.value+1e-4*step*slope): // also where it is not a number
			high = step
		case dot(g, d) < 0.9*slope && step < most:
			low = step
		default:
			return value, evaluations
		}
		if math.IsInf(high, 1) {
			step = math.Min(2*low, most)
		} else {
			step = (low + high) / 2
		}
	}
	return value, evaluations
}

// update learns the curvature from a step to x, where the gradient is g.
func (o *optimum) update(x, g []float64, fresh bool) {
	n := len(x)
	s, y := make([]float64, n), make([]float64, n)
	for i := range s {
		s[i], y[i] = x[i]-o.x[i], g[i]-o.g[i]
	}
	sy := dot(s, y)
	if !(sy > 1e-12*norm(s)*norm(y)) {
		return
	}
	if fresh {
		o.inverse = scaled(n, sy/dot(y, y))
	}
	hy := make([]float64, n)
	for i := range hy {
		hy[i] = dot(o.inverse[i], y)
	}
	k := (1 + dot(y, hy)/sy) / sy
	next := scaled(n, 0) // the old one may be shared
	for i := range next {
		for j := range next {
			next[i][j] = o.inverse[i][j] + k*s[i]*s[j] - (hy[i]*s[j]+s[i]*hy[j])/sy
		}
	}
	o.inverse = next
}

func scaled(n int, diagonal float64) [][]float64 {
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n)
		m[i][i] = diagonal
	}
	return m
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func norm(a []float64) float64 { return math.Sqrt(dot(a, a)) }
