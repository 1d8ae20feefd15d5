package statemodel

import (
	"math"
	"math/rand/v2"
	"sort"

	"github.com/rapporthq/rapport/internal/fault"
)

// Options say how a model is fitted.
type Options struct {
	Form Form
	// Warm is a model of the same form to begin from, such as the incumbent. Nil
	// begins from scratch.
	Warm *Model
	// Starts is how many beginnings are tried on a sample. Defaults to 8; with one
	// state one is enough.
	Starts int
	// Seed makes the beginnings differ.
	Seed uint64
	// Each runs the parts of the work. Defaults to [InTurn].
	Each Each
	// Progress hears of every step, and stops the fit by returning an error. It may
	// be nil.
	Progress func(Step) error
}

// Step is one step of a fit.
type Step struct {
	Stage string `json:"stage"` // "sample", "em" or "climb"
	Start int    `json:"start"` // which beginning
	// LogPosterior is the log likelihood of all people in the stage, plus the log
	// prior.
	LogPosterior float64 `json:"log_posterior"`
}

// Trace is how a fit went.
type Trace struct {
	Steps         []Step  `json:"steps"`
	LogLikelihood float64 `json:"log_likelihood"` // of the histories fitted to
	People        int     `json:"people"`
	Parameters    int     `json:"parameters"`
}

const (
	sampleSize  = 1500
	sampleNodes = 12
)

// Fit finds the model of a form under which the histories are most likely. It is
// deterministic for the options: Each does not change it.
func Fit(histories []History, o Options) (*Model, Trace, error) {
	o.Form = o.Form.withDefaults()
	if o.Each == nil {
		o.Each = InTurn
	}
	if o.Starts == 0 {
		o.Starts = 8
	}
	c, err := newCorpus(o.Form, histories)
	if err != nil {
		return nil, Trace{}, err
	}
	f := fitter{o: o, c: c, trace: Trace{People: len(histories)}}
	m, err := f.best()
	if err != nil {
		return nil, f.trace, err
	}
	m, value, err := f.climb(m, c, "climb", 400, 1e-4)
	if err != nil {
		return nil, f.trace, err
	}
	if err := m.Check(); err != nil {
		return nil, f.trace, fault.Wrap(fault.Internal, err, "the fit of the state model ended nowhere")
	}
	scalars, rows := free(m, c.scale)
	f.trace.Parameters = len(pack(scalars, rows))
	f.trace.LogLikelihood = value - logPrior(scalars, rows)
	return m, f.trace, nil
}

type fitter struct {
	o     Options
	c     *corpus
	trace Trace
	stage string
	start int
}

func (f *fitter) note(value float64) error {
	s := Step{Stage: f.stage, Start: f.start, LogPosterior: value}
	f.trace.Steps = append(f.trace.Steps, s)
	if f.o.Progress != nil {
		return f.o.Progress(s)
	}
	return nil
}

// best returns a model worth finishing: that of the best beginning, tried on a
// sample of the people and on a coarser grid.
func (f *fitter) best() (*Model, error) {
	if f.o.Warm != nil {
		return f.o.Warm.Clone(), nil
	}
	sample := f.c.sample(sampleSize)
	single := f.o.Form
	single.States = 1
	f.start = 0
	one, _, err := f.climb(coarse(single.model(f.c.scale)), sample, "sample", 60, 1e-2)
	if err != nil {
		return nil, err
	}
	if f.o.Form.States == 1 {
		return fine(one, f.o.Form), nil
	}
	type tried struct {
		m     *Model
		value float64
	}
	var all []tried
	r := rand.New(rand.NewPCG(f.o.Seed, 0))
	for i := range f.o.Starts {
		f.start = i + 1
		m := coarse(f.o.Form.model(f.c.scale))
		spread(m, one, r, i)
		m, value, err := f.climb(m, sample, "sample", 30, 1e-2)
		if err != nil {
			return nil, err
		}
		all = append(all, tried{m, value})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].value > all[j].value })
	all = all[:min(2, len(all))]
	for i := range all {
		if all[i].m, all[i].value, err = f.climb(all[i].m, sample, "sample", 80, 1e-2); err != nil {
			return nil, err
		}
	}
	if len(all) > 1 && all[1].value > all[0].value {
		all[0] = all[1]
	}
	return fine(all[0].m, f.o.Form), nil
}

func coarse(m *Model) *Model {
	m.Grid.Nodes, m.Grid.DepartureNodes = sampleNodes, 4
	return m
}

func fine(m *Model, form Form) *Model {
	m.Grid.Nodes, m.Grid.DepartureNodes = form.Nodes, form.DepartureNodes
	return m
}

// spread makes the states of m differ, about the one of a model with one state.
func spread(m, one *Model, r *rand.Rand, i int) {
	n := m.States()
	jitter := func(by float64) float64 { return math.Exp(by * r.NormFloat64()) }
	reach := 1.5
	if i > 0 {
		reach *= jitter(.5)
	}
	centre := float64(n-1) * .6 // most of the acts are the upper states'
	for k := range m.Kinds {
		for s := range n {
			m.Kinds[k].Rate[s] = one.Kinds[k].Rate[0] * math.Exp(reach*(float64(s)-centre)) * jitter(.1)
		}
		if m.Kinds[k].Spend != nil {
			*m.Kinds[k].Spend = *one.Kinds[k].Spend
			m.Kinds[k].Spend.Level = fill(n, 1)
			for s := 1; s < n; s++ {
				m.Kinds[k].Spend.Level[s] = jitter(.1)
			}
		}
	}
	pace := math.Exp([]float64{0, -1.1, 1.1}[i%3]) // slower, as fast, faster
	for s := range n - 1 {
		m.Up[s] *= pace * jitter(.4)
		m.Down[s] *= pace * jitter(.4)
	}
	for s := range n {
		if one.Exit[0] > 0 {
			m.Exit[s] = max(one.Exit[0], 1e-7) * math.Exp(-.7*float64(s)) * jitter(.3)
		}
	}
	m.Grid.Activity = one.Grid.Activity
	if m.Grid.Activity > 0 {
		m.Grid.Activity *= 1.3 * jitter(.2)
	}
	m.Grid.Departure = one.Grid.Departure
	m.Recovery = one.Recovery
	for a := range m.Touches {
		if one.Touches[a].Respond == nil {
			continue
		}
		for s := range n {
			copy(m.Touches[a].Respond[s], one.Touches[a].Respond[0])
		}
	}
}

// climb raises the observed log posterior.
func (f *fitter) climb(m *Model, c *corpus, stage string, limit int, tolerance float64) (*Model, float64, error) {
	f.stage = stage
	m = m.Clone()
	scalars, rows := free(m, c.scale)
	x, value, err := ascend(pack(scalars, rows), limit, tolerance, func(x []float64) (float64, []float64, error) {
		unpack(x, scalars, rows)
		t, l, sums, err := c.expect(m, f.o.Each)
		if err != nil {
			return 0, nil, err
		}
		g := t.gradient(l, sums)
		priorGradient(scalars, rows, g)
		return sums[l.ll] + logPrior(scalars, rows), g, nil
	}, f.note)
	if err != nil {
		return nil, 0, err
	}
	unpack(x, scalars, rows)
	return m, value, nil
}

// LogLikelihood is the log density of each history under the model, events at
// their times per day. A history that cannot be has −Inf.
func (m *Model) LogLikelihood(histories []History, each Each) ([]float64, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	shape := m.Shape()
	compile := m.compiler()
	paths := make([]path, len(histories))
	for i, h := range histories {
		if err := h.Check(shape); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "history %d", i)
		}
		paths[i] = compile.path(h)
	}
	t, err := newTables(m, masksOf(paths))
	if err != nil {
		return nil, err
	}
	if each == nil {
		each = InTurn
	}
	out := make([]float64, len(paths))
	each((len(paths)+shardSize-1)/shardSize, func(i int) {
		w := newScratch(t.s, len(t.nodes))
		for j := i * shardSize; j < min((i+1)*shardSize, len(paths)); j++ {
			out[j] = t.logLikelihood(&paths[j], w)
		}
	})
	return out, nil
}

// Heldout is the log likelihood of what happened after a time, given what had
// happened until then, by history. Histories that begin later count whole.
func (m *Model) Heldout(histories []History, after float64, each Each) ([]float64, error) {
	whole, err := m.LogLikelihood(histories, each)
	if err != nil {
		return nil, err
	}
	var known []History
	var of []int
	for i, h := range histories {
		if h.Start < after {
			known, of = append(known, h.Until(after)), append(of, i)
		}
	}
	first, err := m.LogLikelihood(known, each)
	if err != nil {
		return nil, err
	}
	for i, j := range of {
		whole[j] -= first[i]
	}
	return whole, nil
}
