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
	// Starts is how many beginnings are tried on a sample. Defaults to 9; with one
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
	Stage string `json:"stage"` // "em", "sample", "coarse", "trend" or "climb"
	Start int    `json:"start"` // which beginning, from 1; 0 is one state
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
	// Who has acted often tells more about θ than the distance of 24 nodes: a coarse
	// grid would make rates look better known than they are.
	manyActs  = 12
	manyNodes = 40
)

// Fit finds the model of a form under which the histories are most likely. It is
// deterministic for the options: Each does not change it. States come in the order
// of the rate of the first kind of acts, or in that of the model begun from.
func Fit(histories []History, o Options) (*Model, Trace, error) {
	o.Form = o.Form.withDefaults()
	if o.Each == nil {
		o.Each = InTurn
	}
	if o.Starts == 0 {
		o.Starts = 9
	}
	c, err := newCorpus(o.Form, histories)
	if err != nil {
		return nil, Trace{}, err
	}
	if acts := c.acts() / c.people; o.Form.Nodes == 0 && acts > manyActs {
		o.Form.Nodes = manyNodes
	}
	f := fitter{o: o, c: c, trace: Trace{People: len(histories)}}
	m, err := f.best()
	if err != nil {
		return nil, f.trace, err
	}
	if o.Form.Trend {
		if m, f.o.Form.Clock, err = f.trend(m, histories); err != nil {
			return nil, f.trace, err
		}
		centre := c.scale
		if c, err = newCorpus(f.o.Form, histories); err != nil {
			return nil, f.trace, err
		}
		c.scale = centre
	}
	m, value, err := f.climb(m, c, "climb", 400, 1e-4)
	if err != nil {
		return nil, f.trace, err
	}
	if o.Warm == nil { // names of states that are in use stay
		m.Sort(0)
	}
	if err := m.Check(); err != nil {
		return nil, f.trace, fault.Wrap(fault.Internal, err, "the fit of the state model ended nowhere")
	}
	scalars, rows := free(m, c.scale)
	f.trace.Parameters = len(pack(scalars, rows))
	if o.Form.Trend {
		f.trace.Parameters++
	}
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
		m := f.o.Warm.Clone()
		m.Clock = f.o.Form.Clock
		return m, nil
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
	var all []tried
	r := rand.New(rand.NewPCG(f.o.Seed, 0))
	for i := range f.o.Starts {
		f.start = i + 1
		m := coarse(f.o.Form.model(f.c.scale))
		spread(m, one, r, i)
		m, err := f.em(m, sample, 6)
		if err != nil {
			return nil, err
		}
		m, value, err := f.climb(m, sample, "sample", 60, 5e-2)
		if err != nil {
			return nil, err
		}
		all = append(all, tried{f.start, m, value})
	}
	all = different(all)
	// Of several summits alike on the sample all people must choose.
	for i := range all {
		if len(all) == 1 {
			break
		}
		f.start = all[i].start
		if all[i].m, all[i].value, err = f.climb(all[i].m, f.c, "coarse", 40, .1); err != nil {
			return nil, err
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].value > all[j].value })
	f.start = all[0].start
	return fine(all[0].m, f.o.Form), nil
}

// tried is a beginning and what came of it.
type tried struct {
	start int
	m     *Model
	value float64
}

// different keeps the best three summits that are not the same one.
func different(all []tried) []tried {
	const (
		same  = .3 // in the logarithm of a rate
		worse = 15 // nats
	)
	sort.SliceStable(all, func(i, j int) bool { return all[i].value > all[j].value })
	var out []tried
	for _, t := range all {
		known := t.value < all[0].value-worse
		for _, o := range out {
			apart := 0.0
			for k := range t.m.Kinds {
				for s, v := range t.m.Kinds[k].Rate {
					apart = max(apart, math.Abs(math.Log(v/o.m.Kinds[k].Rate[s])))
				}
			}
			known = known || apart < same
		}
		if !known && len(out) < 3 {
			out = append(out, t)
		}
	}
	return out
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
// Beginnings take turns: people who move both ways; who begin low and rise; who
// begin high and fall.
func spread(m, one *Model, r *rand.Rand, i int) {
	n := m.States()
	jitter := func(by float64) float64 { return math.Exp(by * r.NormFloat64()) }
	up, down, reach := 1.0, 1.0, 1.5
	centre := float64(n-1) * .6 // most of the acts are the upper states'
	switch i % 3 {
	case 1:
		up, down, reach, centre = 3, .05, 3, float64(n-1)
	case 2:
		up, down = .1, 1
	}
	if i > 0 {
		reach *= jitter(.3)
	}
	for c := range m.Start {
		for s := range n {
			m.Start[c][s] = math.Pow([]float64{1, .2, 4}[i%3], float64(s))
		}
		normaliseRow(m.Start[c])
	}
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
	pace := []float64{1, 8, .3, 3, 20}[i/3%5] // by the length of histories, and faster
	for s := range n - 1 {
		m.Up[s] *= up * pace * jitter(.4)
		m.Down[s] *= down * pace * jitter(.4)
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

func normaliseRow(p []float64) {
	sum := 0.0
	for _, v := range p {
		sum += v
	}
	for i := range p {
		p[i] /= sum
	}
}

// em takes so many steps of expectation and maximisation: robust where a climb
// could leap away, and slow where it is fast.
func (f *fitter) em(m *Model, c *corpus, steps int) (*Model, error) {
	f.stage = "em"
	for range steps {
		t, l, sums, err := c.expect(m, f.o.Each)
		if err != nil {
			return nil, err
		}
		scalars, rows := free(m, c.scale)
		if err := f.note(sums[l.ll] + logPrior(scalars, rows)); err != nil {
			return nil, err
		}
		m = t.maximise(l, sums, c.scale)
	}
	return m, nil
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
	t.tabulate(spansOf(paths, m.Recovery.Depth != 0), false)
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
		if h.Start <= after {
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
