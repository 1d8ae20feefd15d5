package offpolicy

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Decision is one logged decision.
type Decision struct {
	Person     string    // of whom; decisions about one person stay together in cross-fitting
	Context    []float64 // what was known
	Action     int       // index into Log.Actions
	Propensity float64   // with which it was chosen, above 0
	Reward     float64
	Given      []float64 // the policy's own probability of each action, if it is told by decision: see Given
}

// Log is what was decided, with whatever came of it.
type Log struct {
	Actions   []string
	Features  []string // names of the numbers of a context
	Decisions []Decision
}

// Check says what is wrong with a log.
func (l Log) Check() error {
	if len(l.Decisions) == 0 {
		return errors.New("the log holds no decisions")
	}
	for i, d := range l.Decisions {
		switch {
		case d.Action < 0 || d.Action >= len(l.Actions):
			return fmt.Errorf("decision %d: action %d is none of the %d", i+1, d.Action, len(l.Actions))
		case !(d.Propensity > 0 && d.Propensity <= 1):
			return fmt.Errorf("decision %d: its probability is %v; it must be above 0 and at most 1", i+1, d.Propensity)
		case len(d.Context) != len(l.Features):
			return fmt.Errorf("decision %d: it has %d features instead of %d", i+1, len(d.Context), len(l.Features))
		case math.IsNaN(d.Reward) || math.IsInf(d.Reward, 0):
			return fmt.Errorf("decision %d: its reward is %v", i+1, d.Reward)
		}
	}
	return nil
}

// Policy gives the probability of each action for a decision, of which a model,
// learned from other people, foretells the reward of each.
type Policy func(d Decision, foretold []float64) []float64

// Given is the policy whose probabilities stand beside the decisions.
func Given(d Decision, _ []float64) []float64 { return d.Given }

// Uniform gives each action the same probability.
func Uniform(_ Decision, foretold []float64) []float64 {
	p := make([]float64, len(foretold))
	for i := range p {
		p[i] = 1 / float64(len(p))
	}
	return p
}

// Always takes one action.
func Always(action int) Policy {
	return func(_ Decision, foretold []float64) []float64 {
		p := make([]float64, len(foretold))
		p[action] = 1
		return p
	}
}

// Best takes the action of which most is foretold.
func Best(_ Decision, foretold []float64) []float64 {
	p, best := make([]float64, len(foretold)), 0
	for i, v := range foretold {
		if v > foretold[best] {
			best = i
		}
	}
	p[best] = 1
	return p
}

// folds is into how many parts people are divided for cross-fitting.
const folds = 5

// Rows tells what the log says of a policy. The model that foretells rewards, and
// that a policy such as [Best] goes by, is learned for each fifth of the people
// from the other four.
func (l Log) Rows(p Policy) ([]Row, error) {
	if err := l.Check(); err != nil {
		return nil, err
	}
	fold := make([]int, len(l.Decisions))
	for i, d := range l.Decisions {
		key := d.Person
		if key == "" {
			key = fmt.Sprint("#", i)
		}
		h := fnv.New32a()
		h.Write([]byte(key))
		fold[i] = int(h.Sum32() % folds)
	}
	out := make([]Row, len(l.Decisions))
	for k := range folds {
		m, err := l.Learn(func(i int) bool { return fold[i] != k })
		if err != nil {
			return nil, err
		}
		for i, d := range l.Decisions {
			if fold[i] == k {
				if out[i], err = row(d, p, m.Foretell(d.Context)); err != nil {
					return nil, fmt.Errorf("decision %d: %w", i+1, err)
				}
			}
		}
	}
	return out, nil
}

func row(d Decision, p Policy, foretold []float64) (Row, error) {
	pi := p(d, foretold)
	if len(pi) != len(foretold) {
		return Row{}, fmt.Errorf("the policy gives %d probabilities for %d actions", len(pi), len(foretold))
	}
	sum := 0.0
	r := Row{Reward: d.Reward, Weight: pi[d.Action] / d.Propensity, Predicted: foretold[d.Action]}
	for a, v := range pi {
		if v < 0 {
			return Row{}, fmt.Errorf("the policy gives action %d the probability %v", a, v)
		}
		sum += v
		r.Expected += v * foretold[a]
	}
	if math.Abs(sum-1) > 1e-6 {
		return Row{}, fmt.Errorf("the policy's probabilities sum to %v", sum)
	}
	return r, nil
}

// Model foretells the reward of each action by ridge regression on the context,
// shrunk to what all actions have in common.
type Model struct {
	scale  [][2]float64 // mean and deviation of each feature
	shared []float64
	own    [][]float64
}

// Learn fits a model to the decisions for which with says so; nil: all.
//
// The features are made comparable, a regression over all actions is fitted, and
// then one of each action on its residuals, shrunk by as much as the evidence says.
func (l Log) Learn(with func(i int) bool) (*Model, error) {
	m := &Model{scale: make([][2]float64, len(l.Features)), own: make([][]float64, len(l.Actions))}
	var used []int
	for i := range l.Decisions {
		if with == nil || with(i) {
			used = append(used, i)
		}
	}
	if len(used) == 0 {
		return nil, errors.New("there is nobody to learn from in a part of the log: it is too short")
	}
	n := float64(len(used))
	for f := range m.scale {
		for _, i := range used {
			m.scale[f][0] += l.Decisions[i].Context[f] / n
		}
		for _, i := range used {
			v := l.Decisions[i].Context[f] - m.scale[f][0]
			m.scale[f][1] += v * v / n
		}
		m.scale[f][1] = math.Sqrt(m.scale[f][1])
	}
	xs, residuals := make([][]float64, len(used)), make([]float64, len(used))
	for k, i := range used {
		xs[k], residuals[k] = m.features(l.Decisions[i].Context), l.Decisions[i].Reward
	}
	var err error
	all := newMoments(len(m.scale) + 1)
	for k, x := range xs {
		all.add(x, residuals[k])
	}
	if m.shared, _, err = all.solve(1e-6, 10); err != nil {
		return nil, err
	}
	for k := range residuals {
		residuals[k] -= dot(m.shared, xs[k])
	}
	by := make([]*moments, len(l.Actions))
	for a := range by {
		by[a] = newMoments(len(m.scale) + 1)
	}
	for k, i := range used {
		by[l.Decisions[i].Action].add(xs[k], residuals[k])
	}
	return m, m.shrink(by)
}

// shrink fits what is each action's own, with the weights of the priors (of the
// first coefficients, and of the rest) by evidence maximisation: where actions do
// not differ by context, no context is made to matter, and the best of many
// foretold is not the luckiest.
func (m *Model) shrink(by []*moments) error {
	first, rest := 10.0, 100.0
	for range 12 {
		var squares, counts [2]float64
		noise, n := 0.0, 0.0
		for a, v := range by {
			b, variance, err := v.solve(first, rest)
			if err != nil {
				return err
			}
			m.own[a] = b
			noise += v.residual(b)
			n += v.n
			for i := range b {
				level := min(i, 1)
				squares[level] += b[i] * b[i]
				counts[level]++
				v.spread[level] += variance[i]
			}
		}
		if n == 0 {
			return nil
		}
		noise /= n
		for _, v := range by {
			for level := range squares {
				squares[level] += noise * v.spread[level]
				v.spread[level] = 0
			}
		}
		first = max(1e-3, noise*counts[0]/max(1e-12*noise, squares[0]))
		rest = max(1e-3, noise*max(1, counts[1])/max(1e-12*noise, squares[1]))
	}
	return nil
}

func (m *Model) features(context []float64) []float64 {
	out := make([]float64, 1+len(context))
	out[0] = 1
	for f, v := range context {
		if s := m.scale[f]; s[1] > 0 {
			out[1+f] = (v - s[0]) / s[1]
		}
	}
	return out
}

// Foretell returns the reward expected of each action.
func (m *Model) Foretell(context []float64) []float64 {
	x := m.features(context)
	common := dot(m.shared, x)
	out := make([]float64, len(m.own))
	for a, b := range m.own {
		out[a] = common + dot(b, x)
	}
	return out
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// moments are the sums of a regression.
type moments struct {
	xx, xy []float64 // xx in full, row by row
	yy, n  float64
	spread [2]float64
}

func newMoments(size int) *moments {
	return &moments{xx: make([]float64, size*size), xy: make([]float64, size)}
}

func (m *moments) add(x []float64, y float64) {
	size := len(x)
	for i, p := range x {
		if p == 0 {
			continue
		}
		m.xy[i] += p * y
		line := m.xx[i*size : (i+1)*size]
		for j, q := range x {
			line[j] += p * q
		}
	}
	m.yy += y * y
	m.n++
}

// residual is the sum of squares that b leaves.
func (m *moments) residual(b []float64) float64 {
	size, sum := len(b), m.yy
	for i := range b {
		sum -= 2 * b[i] * m.xy[i]
		for j := range b {
			sum += b[i] * b[j] * m.xx[i*size+j]
		}
	}
	return max(0, sum)
}

// solve is ridge regression with a penalty on the first coefficient and another
// on the rest. It also gives the coefficients' variances, for a noise of 1.
func (m *moments) solve(first, rest float64) (b, variance []float64, err error) {
	size := len(m.xy)
	a := mat.NewSymDense(size, slices.Clone(m.xx))
	for i := range size {
		penalty := rest
		if i == 0 {
			penalty = first
		}
		a.SetSym(i, i, a.At(i, i)+penalty)
	}
	var c mat.Cholesky
	if !c.Factorize(a) {
		return nil, nil, errors.New("the regression of rewards on the context has no solution")
	}
	var v mat.VecDense
	if err := c.SolveVecTo(&v, mat.NewVecDense(size, slices.Clone(m.xy))); err != nil {
		return nil, nil, fmt.Errorf("the regression of rewards on the context: %w", err)
	}
	var inverse mat.SymDense
	if err := c.InverseTo(&inverse); err != nil {
		return nil, nil, fmt.Errorf("the regression of rewards on the context: %w", err)
	}
	variance = make([]float64, size)
	for i := range variance {
		variance[i] = inverse.At(i, i)
	}
	return slices.Clone(v.RawVector().Data), variance, nil
}
