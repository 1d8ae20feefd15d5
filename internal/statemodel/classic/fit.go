package classic

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Fit says how a model's parameters were found, and how sure they are.
type Fit struct {
	Names  []string
	Params []float64

	// StdErr are the standard errors of Params, by the Hessian of the
	// log-likelihood. A parameter about which the data say nothing has none: +Inf.
	StdErr []float64

	LogLik      float64
	People      int
	Evaluations int // of the log-likelihood of everybody, with its gradient

	// Degenerate names the parameters that could be anything, or ended at the limit
	// of what is searched: the model is no better than a simpler one.
	Degenerate []string

	covariance *mat.SymDense // of the logarithms of Params; nil where it cannot be told
}

// Interval is where f of the parameters lies with a probability of 95 %, as far as
// the parameters are unsure: by the delta method on the logarithm of f, which must
// be positive. It is (0, +Inf) where the data do not tell.
func (f Fit) Interval(of func(params []float64) float64) (low, high float64) {
	if f.covariance == nil {
		return 0, math.Inf(1)
	}
	n := len(f.Params)
	slope := mat.NewVecDense(n, nil)
	const step = 1e-4
	for i := range n {
		at := func(by float64) float64 {
			moved := append([]float64(nil), f.Params...)
			moved[i] *= math.Exp(by)
			return math.Log(of(moved))
		}
		slope.SetVec(i, (at(step)-at(-step))/(2*step))
	}
	centre, half := math.Log(of(f.Params)), 1.959964*math.Sqrt(math.Max(0, mat.Inner(slope, f.covariance, slope)))
	if math.IsNaN(half) {
		return 0, math.Inf(1)
	}
	return math.Exp(centre - half), math.Exp(centre + half)
}

// errTooFew is told where nothing can be learned.
var errTooFew = errors.New("nobody acted again: a model of repeat acts needs some")

// likelihood is the log-likelihood of all people, and its gradient, by the
// parameters themselves.
type likelihood func(params, gradient []float64) float64

// problem is a model to fit.
type problem struct {
	names  []string
	starts [][]float64
	all    likelihood
	some   likelihood // of a part of the people, from which to start; nil: there are few
	share  float64    // of the people, in that part
	people int
}

// solve fits from the best of the starts. Where there are many people, a part of
// them is fitted first: what is left to do with all is a step or two.
func (p problem) solve() (Fit, error) {
	first := p.some
	if first == nil {
		first = p.all
	}
	var best optimum
	for i, start := range p.starts {
		x := make([]float64, len(start))
		for k, v := range start {
			x[k] = math.Max(-limit+1, math.Min(limit-1, math.Log(v)))
		}
		if o := minimize(inLogs(first), optimum{x: x}); i == 0 || o.value < best.value {
			best = o
		}
	}
	if p.some != nil {
		for _, row := range best.inverse {
			for j := range row {
				row[j] *= p.share
			}
		}
		best = minimize(inLogs(p.all), best)
	}
	if !best.converged {
		return Fit{}, fmt.Errorf("the likelihood did not settle after %d evaluations, at %v", best.evaluations, exp(best.x))
	}
	fit := Fit{Names: p.names, Params: exp(best.x), LogLik: -best.value, People: p.people, Evaluations: best.evaluations}
	fit.errors(inLogs(p.all), best)
	return fit, nil
}

// unknown is the standard error of the logarithm of a parameter from which on
// nothing is known of it.
const unknown = 10

// errors finds the curvature by central differences of the gradient.
func (f *Fit) errors(of objective, at optimum) {
	n := len(at.x)
	hessian := curvature(of, at.x)
	f.Evaluations += 2 * n
	f.StdErr = make([]float64, n)
	var free []int
	for i := range n {
		f.StdErr[i] = math.Inf(1)
		if math.Abs(at.x[i]) < limit-1e-3 && hessian[i][i] > 1/(unknown*unknown) {
			free = append(free, i)
		}
	}
	if inverse := inverseOf(hessian, free); inverse != nil {
		f.covariance = mat.NewSymDense(n, nil) // what cannot be known is taken as known
		for k, i := range free {
			if sd := math.Sqrt(inverse.At(k, k)); sd < unknown {
				f.StdErr[i] = f.Params[i] * sd
			}
			for l, j := range free {
				f.covariance.SetSym(i, j, inverse.At(k, l))
			}
		}
	}
	for i, e := range f.StdErr {
		if math.IsInf(e, 1) {
			f.Degenerate = append(f.Degenerate, f.Names[i])
		}
	}
}

func curvature(of objective, x []float64) [][]float64 {
	const step = 1e-4
	rows := make([][]float64, len(x))
	down, moved := make([]float64, len(x)), append([]float64(nil), x...)
	for i := range rows {
		up := make([]float64, len(x))
		moved[i] = x[i] + step
		of(moved, up)
		moved[i] = x[i] - step
		of(moved, down)
		moved[i] = x[i]
		for j := range up {
			up[j] = (up[j] - down[j]) / (2 * step)
		}
		rows[i] = up
	}
	return rows
}

// inverseOf inverts the part of a Hessian that is of the free parameters; nil if
// it is not positive definite.
func inverseOf(hessian [][]float64, free []int) *mat.SymDense {
	if len(free) == 0 {
		return nil
	}
	part := mat.NewSymDense(len(free), nil)
	for k, i := range free {
		for l, j := range free[:k+1] {
			part.SetSym(k, l, (hessian[i][j]+hessian[j][i])/2)
		}
	}
	var chol mat.Cholesky
	inverse := mat.NewSymDense(len(free), nil)
	if !chol.Factorize(part) || chol.InverseTo(inverse) != nil {
		return nil
	}
	return inverse
}

// inLogs turns a likelihood into what minimize minimises.
func inLogs(of likelihood) objective {
	return func(x, g []float64) float64 {
		params := exp(x)
		value := of(params, g)
		for i, v := range params {
			g[i] *= -v
		}
		return -value
	}
}

func exp(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Exp(v)
	}
	return out
}

// many is from how many kinds of people on a part is fitted first, and oneIn that part.
const (
	many  = 4000
	oneIn = 8
)

// partOf is every eighth kind of person, if they are many.
func partOf(groups []group) (part []group, share float64) {
	if len(groups) < many {
		return nil, 1
	}
	all, some := 0.0, 0.0
	for i, g := range groups {
		all += g.n
		if i%oneIn == 0 {
			part = append(part, g)
			some += g.n
		}
	}
	return part, some / all
}

// fitRepeats fits a model of repeat acts, whose likelihood of groups is given.
func fitRepeats(people []Person, names []string, starts func(rate, age float64) [][]float64, of func([]group) likelihood) (Fit, error) {
	if err := check(people); err != nil {
		return Fit{}, err
	}
	acts, time := 0.0, 0.0
	for _, p := range people {
		acts += float64(p.Repeats)
		time += p.Age
	}
	if acts == 0 || time == 0 {
		return Fit{}, errTooFew
	}
	groups := grouped(people)
	p := problem{names: names, starts: starts(acts/time, time/float64(len(people))), all: of(groups), people: len(people)}
	if part, share := partOf(groups); part != nil && mostRepeats(part) > 0 {
		p.some, p.share = of(part), share
	}
	return p.solve()
}
