package discrete

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Options say what to fit.
type Options struct {
	States int
	// Scales are the types of people by how much they count; their shares are
	// learned. Defaults to one type, with the scale 1.
	Scales []float64
	// Tolerance is by how much an iteration must raise the log-likelihood to go on.
	// Defaults to 1e-4.
	Tolerance float64
	// Starts is how many beginnings are gone on from to their end. Defaults to 1.
	Starts int
	Seed   uint64
	// MostIterations, of each, defaults to 2000.
	MostIterations int
}

// Trace says how a fit went.
type Trace struct {
	LogLik     float64
	Iterations int // E-steps of all beginnings
}

// Fit finds a model by expectation and maximisation, accelerated by SQUAREM
// (Varadhan & Roland 2008): the likelihood never falls. It begins with states at
// even quantiles of what people counted, which take turns seldom, and covariates that
// do this and that: a move that has become impossible on the way never comes back, so
// several beginnings are worth their time.
func Fit(d Data, o Options) (*Model, Trace, error) {
	if err := d.check(); err != nil {
		return nil, Trace{}, err
	}
	if o.States < 1 {
		return nil, Trace{}, fmt.Errorf("%d states: at least one", o.States)
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1e-4
	}
	if o.MostIterations == 0 {
		o.MostIterations = 2000
	}
	var best *Model
	var trace Trace
	for start := range max(1, o.Starts) {
		m, t, err := newFitter(d, begin(d, o, rand.New(rand.NewPCG(o.Seed, uint64(start))))).run(o)
		if err != nil {
			return nil, t, err
		}
		if best == nil || t.LogLik > trace.LogLik {
			best, trace.LogLik = m, t.LogLik
		}
		trace.Iterations += t.Iterations
	}
	return best, trace, nil
}

func begin(d Data, o Options, r *rand.Rand) *Model {
	n := o.States
	var all []float64
	for _, s := range d.Series {
		for _, y := range s.Counts {
			all = append(all, float64(y))
		}
	}
	slices.Sort(all)
	m := &Model{Start: make([]float64, n), Rate: make([]float64, n), Weights: make([][][]float64, n)}
	for k := range n {
		m.Start[k] = 1 / float64(n)
		part := all[k*len(all)/n : max(k*len(all)/n+1, (k+1)*len(all)/n)]
		sum := .1 * float64(k+1)
		for _, y := range part {
			sum += y
		}
		m.Rate[k] = sum/float64(len(part)) + .05*float64(k+1)
		m.Weights[k] = make([][]float64, n)
		for j := range n {
			m.Weights[k][j] = make([]float64, len(d.Covariates[0]))
			if j != k {
				for c := range m.Weights[k][j] {
					m.Weights[k][j][c] = .5 * r.NormFloat64()
				}
				m.Weights[k][j][0] = -2 - math.Abs(float64(j-k))/2
			}
		}
	}
	scales := o.Scales
	if len(scales) == 0 {
		scales = []float64{1}
	}
	for _, s := range scales {
		m.Types = append(m.Types, Type{1 / float64(len(scales)), s})
	}
	return m
}

type fitter struct {
	d      Data
	m      *Model
	most   int
	passes []*pass
	e      *expected
	trace  Trace
}

func newFitter(d Data, m *Model) *fitter {
	f := &fitter{d: d, m: m, most: d.most()}
	longest := 0
	for _, s := range d.Series {
		longest = max(longest, len(s.Counts))
	}
	for range m.Types {
		f.passes = append(f.passes, newPass(m.States(), longest))
	}
	f.e = newExpected(m, len(d.Covariates), f.most)
	return f
}

// logLik is an E-step at m.
func (f *fitter) logLik(m *Model) float64 {
	f.trace.Iterations++
	expect(m, f.d, newTables(m, f.d.Covariates, f.most), f.passes, f.e)
	return f.e.logLik
}

// step is an E-step and an M-step: the parameters after those of x, and the
// likelihood of x.
func (f *fitter) step(x []float64) (next []float64, logLik float64) {
	f.m.unpack(x)
	logLik = f.logLik(f.m)
	f.m.maximise(f.e, f.d.Covariates)
	return f.m.pack(), logLik
}

func (f *fitter) run(o Options) (*Model, Trace, error) {
	x := f.m.pack()
	last := math.Inf(-1)
	for f.trace.Iterations < o.MostIterations {
		one, at := f.step(x)
		if math.IsNaN(at) {
			return nil, f.trace, fmt.Errorf("the likelihood is not a number after %d iterations", f.trace.Iterations)
		}
		two, middle := f.step(one)
		jump := leap(x, one, two)
		next, best := f.step(jump)
		if best > middle && !math.IsNaN(best) {
			x = next
		} else {
			x, best = two, middle
		}
		if best-last < o.Tolerance && !math.IsInf(last, -1) {
			break
		}
		last = best
	}
	f.m.unpack(x)
	f.trace.LogLik = f.logLik(f.m)
	return f.m, f.trace, nil
}

// farthest is how far a parameter may leap, in logarithms: a chance that became 0
// never comes back.
const farthest = 1.0

// leap is SQUAREM's S3: how far two steps that go the same way should have gone.
func leap(x, one, two []float64) []float64 {
	rr, vv := 0.0, 0.0
	for i := range x {
		r, v := one[i]-x[i], two[i]-2*one[i]+x[i]
		rr += r * r
		vv += v * v
	}
	if vv == 0 {
		return two
	}
	a := -math.Max(1, math.Min(math.Sqrt(rr/vv), 64))
	out := make([]float64, len(x))
	for i := range x {
		r, v := one[i]-x[i], two[i]-2*one[i]+x[i]
		out[i] = two[i] + math.Max(-farthest, math.Min(farthest, x[i]-2*a*r+a*a*v-two[i]))
	}
	return out
}

// pack gives the parameters without bounds.
func (m *Model) pack() (x []float64) {
	shares := func(p []float64) {
		for _, v := range p {
			x = append(x, math.Log(math.Max(v, 1e-12)))
		}
	}
	shares(m.Start)
	for _, r := range m.Rate {
		x = append(x, math.Log(r))
	}
	for _, t := range m.Types {
		x = append(x, math.Log(math.Max(t.Share, 1e-12)))
	}
	for i, row := range m.Weights {
		for j, w := range row {
			if i != j {
				x = append(x, w...)
			}
		}
	}
	return x
}

func (m *Model) unpack(x []float64) {
	take := func(n int) (head []float64) { head, x = x[:n], x[n:]; return head }
	normal := func(logs []float64, set func(i int, p float64)) {
		top, sum := slices.Max(logs), 0.0
		for _, v := range logs {
			sum += math.Exp(v - top)
		}
		for i, v := range logs {
			set(i, math.Exp(v-top)/sum)
		}
	}
	normal(take(len(m.Start)), func(i int, p float64) { m.Start[i] = p })
	for k, v := range take(len(m.Rate)) {
		m.Rate[k] = math.Exp(math.Max(-30, math.Min(30, v)))
	}
	normal(take(len(m.Types)), func(i int, p float64) { m.Types[i].Share = p })
	for i, row := range m.Weights {
		for j, w := range row {
			if i != j {
				for c, v := range take(len(w)) {
					w[c] = math.Max(-40, math.Min(40, v))
				}
			}
		}
	}
}

// maximise is the M-step.
func (m *Model) maximise(e *expected, covariates [][]float64) {
	n := m.States()
	people := 0.0
	for _, k := range e.kinds {
		people += k
	}
	for kind := range m.Types {
		m.Types[kind].Share = e.kinds[kind] / people
	}
	acts, exposure := make([]float64, n), make([]float64, n)
	for kind, of := range m.Types {
		for i, w := range e.count[kind] {
			acts[i%n] += w * float64(i/n)
			exposure[i%n] += w * of.Scale
		}
	}
	for k := range n {
		m.Start[k] = e.start[k] / people
		m.Rate[k] = math.Max(acts[k], 1e-8) / math.Max(exposure[k], 1e-8)
	}
	if n == 1 {
		return
	}
	for from := range n {
		m.maximiseRow(e, covariates, from)
	}
}

// maximiseRow is one multinomial logit, by Newton's steps on the expected counts of
// each bucket, halved until they help.
func (m *Model) maximiseRow(e *expected, covariates [][]float64, from int) {
	n, c := m.States(), len(covariates[0])
	free := (n - 1) * c
	move := make([]float64, n*n)
	value := func() float64 {
		sum := 0.0
		for b, x := range covariates {
			m.transition(x, move)
			for to := range n {
				if w := e.move[b*n*n+from*n+to]; w > 0 {
					sum += w * math.Log(math.Max(move[from*n+to], 1e-300))
				}
			}
		}
		return sum
	}
	at := func(v []float64) {
		i := 0
		for to := range n {
			if to != from {
				copy(m.Weights[from][to], v[i:i+c])
				i += c
			}
		}
	}
	x := make([]float64, 0, free)
	for to := range n {
		if to != from {
			x = append(x, m.Weights[from][to]...)
		}
	}
	now := value()
	for range 4 {
		gradient, hessian := m.slopes(e, covariates, from)
		var chol mat.Cholesky
		for i := range free {
			hessian.SetSym(i, i, hessian.At(i, i)+1e-9)
		}
		var d mat.VecDense
		if !chol.Factorize(hessian) || chol.SolveVecTo(&d, gradient) != nil {
			return
		}
		better := false
		for step := 1.0; step > 1e-3; step /= 2 {
			next := make([]float64, free)
			for i := range next {
				next[i] = math.Max(-40, math.Min(40, x[i]+step*math.Max(-farthest, math.Min(farthest, d.AtVec(i)))))
			}
			at(next)
			if v := value(); v >= now {
				better = v > now+1e-9*math.Abs(now)
				x, now = next, v
				break
			}
			at(x)
		}
		if !better {
			return
		}
	}
}

// slopes are the gradient and minus the Hessian of a row's expected log-likelihood:
// Σ_b (n_b - n p) ⊗ x and Σ_b n (diag p - ppᵀ) ⊗ xxᵀ.
func (m *Model) slopes(e *expected, covariates [][]float64, from int) (*mat.VecDense, *mat.SymDense) {
	n, c := m.States(), len(covariates[0])
	free := (n - 1) * c
	gradient, hessian := mat.NewVecDense(free, nil), mat.NewSymDense(free, nil)
	move := make([]float64, n*n)
	var to []int
	for j := range n {
		if j != from {
			to = append(to, j)
		}
	}
	for b, x := range covariates {
		m.transition(x, move)
		all := 0.0
		for j := range n {
			all += e.move[b*n*n+from*n+j]
		}
		if all == 0 {
			continue
		}
		for i, j := range to {
			p := move[from*n+j]
			miss := e.move[b*n*n+from*n+j] - all*p
			for u := range c {
				gradient.SetVec(i*c+u, gradient.AtVec(i*c+u)+miss*x[u])
			}
			for k, l := range to[:i+1] {
				w := -all * p * move[from*n+l]
				if k == i {
					w += all * p
				}
				for u := range c {
					for v := range c {
						if r, s := i*c+u, k*c+v; s <= r {
							hessian.SetSym(r, s, hessian.At(r, s)+w*x[u]*x[v])
						}
					}
				}
			}
		}
	}
	return gradient, hessian
}

// LogLik is the log-likelihood of data under a model.
func (m *Model) LogLik(d Data) (float64, error) {
	if err := d.check(); err != nil {
		return 0, err
	}
	return newFitter(d, m).logLik(m), nil
}
