// Package panel computes likelihoods of a hidden Markov process in continuous time
// that was looked at now and then: what the R package msm does (Jackson 2011, Journal
// of Statistical Software 38(8)). It is a reference: generators, exact times of an
// end, and covariates of emissions are held by it to another program's figures.
package panel

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/optimize"
)

// Seen says what an observation tells.
type Seen uint8

const (
	// Hidden is a value whose distribution depends on the state.
	Hidden Seen = iota
	// True is the state itself.
	True
	// Ended is that the process came into State at this very time.
	Ended
)

// Observation is one look at a subject.
type Observation struct {
	At    float64
	Seen  Seen
	Value float64 // if it is hidden
	State int     // if it is not
	X     float64 // a covariate of the value
}

// Emission is the law of hidden values: the density, or chance, of an observation.
type Emission interface {
	Density(state int, o Observation) float64
}

// Normal is values with a mean and a standard deviation by state, whose mean
// moves by Effect × X. States beyond those given have no values.
type Normal struct {
	Mean, SD []float64
	Effect   float64
}

// Density implements [Emission].
func (n Normal) Density(state int, o Observation) float64 {
	if state >= len(n.Mean) {
		return 0
	}
	z := (o.Value - n.Mean[state] - n.Effect*o.X) / n.SD[state]
	return math.Exp(-z*z/2) / (n.SD[state] * math.Sqrt(2*math.Pi))
}

// Misclassified is values that are states, seen as others with the chances of a
// row.
type Misclassified [][]float64

// Density implements [Emission].
func (m Misclassified) Density(state int, o Observation) float64 { return m[state][int(o.Value)] }

// Model is a process: Rates[i][j] from i to j for i ≠ j; the diagonal is not used.
type Model struct {
	Rates    [][]float64
	Start    []float64
	Emission Emission
}

// LogLik is the log-likelihood of subjects, each of which begins with its first
// observation.
func (m Model) LogLik(subjects [][]Observation) float64 {
	n := len(m.Start)
	q := make([]float64, n*n)
	for i := range n {
		for j := range n {
			if i != j {
				q[i*n+j] = m.Rates[i][j]
				q[i*n+i] -= m.Rates[i][j]
			}
		}
	}
	moves := map[float64][]float64{}
	at, next := make([]float64, n), make([]float64, n)
	sum := 0.0
	for _, obs := range subjects {
		copy(at, m.Start)
		for i, o := range obs {
			if i > 0 {
				gap := o.At - obs[i-1].At
				p := moves[gap]
				if p == nil {
					p = Exp(q, n, gap)
					moves[gap] = p
				}
				clear(next)
				for a, v := range at {
					for b := range next {
						next[b] += v * p[a*n+b]
					}
				}
				at, next = next, at
			}
			total := m.see(at, o)
			sum += math.Log(total)
			for k := range at {
				at[k] /= total
			}
		}
	}
	return sum
}

// see multiplies by what an observation tells of each state, and returns the sum.
func (m Model) see(at []float64, o Observation) float64 {
	switch o.Seen {
	case True:
		for k := range at {
			if k != o.State {
				at[k] = 0
			}
		}
	case Ended:
		came := 0.0
		for k, v := range at {
			if k != o.State {
				came += v * m.Rates[k][o.State]
			}
			at[k] = 0
		}
		at[o.State] = came
	case Hidden:
		for k := range at {
			at[k] *= m.Emission.Density(k, o)
		}
	}
	sum := 0.0
	for _, v := range at {
		sum += v
	}
	return sum
}

// Exp is the exponential of an n × n matrix times t, by Taylor's series on a part
// that is small, squared as often as it was halved (Moler & Van Loan 2003, method 3).
func Exp(q []float64, n int, t float64) []float64 {
	norm := 0.0
	for i := range n {
		row := 0.0
		for j := range n {
			row += math.Abs(q[i*n+j] * t)
		}
		norm = math.Max(norm, row)
	}
	halved := 0
	for norm > .25 {
		norm /= 2
		halved++
	}
	scale := t * math.Pow(2, -float64(halved))
	sum, term, next := identity(n), identity(n), make([]float64, n*n)
	for k := 1; k <= 12; k++ { // .25^13/13! is below 1e-17
		multiply(next, term, q, n, scale/float64(k))
		term, next = next, term
		for i, v := range term {
			sum[i] += v
		}
	}
	for range halved {
		multiply(next, sum, sum, n, 1)
		sum, next = next, sum
	}
	return sum
}

func identity(n int) []float64 {
	m := make([]float64, n*n)
	for i := range n {
		m[i*n+i] = 1
	}
	return m
}

func multiply(to, a, b []float64, n int, scale float64) {
	for i := range n {
		for j := range n {
			v := 0.0
			for k := range n {
				v += a[i*n+k] * b[k*n+j]
			}
			to[i*n+j] = v * scale
		}
	}
}

// Fit finds the parameters of a model under which subjects are likeliest, from
// start on. Build makes a model of parameters without bounds.
func Fit(subjects [][]Observation, start []float64, build func(x []float64) Model) (x []float64, logLik float64, err error) {
	value := func(x []float64) float64 {
		if v := -build(x).LogLik(subjects); !math.IsNaN(v) {
			return v
		}
		return math.Inf(1)
	}
	gradient := func(g, x []float64) {
		moved := append([]float64(nil), x...)
		for i := range x {
			h := 1e-5 * math.Max(1, math.Abs(x[i]))
			moved[i] = x[i] + h
			up := value(moved)
			moved[i] = x[i] - h
			g[i] = (up - value(moved)) / (2 * h)
			moved[i] = x[i]
		}
	}
	res, err := optimize.Minimize(optimize.Problem{Func: value, Grad: gradient}, start, &optimize.Settings{
		GradientThreshold: 1e-3,
		Converger:         &optimize.FunctionConverge{Absolute: 1e-7, Iterations: 5},
	}, &optimize.BFGS{})
	// Where rounding leaves the line search nothing to gain it gives up, at the top.
	if res == nil || err != nil && res.MajorIterations < 10 {
		return nil, 0, fmt.Errorf("the likelihood of the panel did not settle: %w", err)
	}
	return res.X, -res.F, nil
}
