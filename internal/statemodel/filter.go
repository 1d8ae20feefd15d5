package statemodel

import (
	"math"

	"github.com/rapporthq/rapport/internal/fault"
)

// Filter is a model made ready to follow people. It is read only, and may be used
// by many goroutines at a time, each with beliefs of its own.
type Filter struct {
	t     *tables
	dial  dial
	all   uint8 // the exposure in which every kind is seen
	shape Shape
	inv   []float64 // 1/mu, by spectrum, then eigenvalue
	print uint16    // tells models apart
}

// prune is the weight, relative to the heaviest node, below which a node is
// dropped after an own act. Ten of the acts that would be needed to bring it back
// are not seen in a life.
const prune = 1e-5

// NewFilter prepares a model. Every combination of unseen kinds is prepared if
// there are up to four kinds; of more, those in which at most one is unseen, and
// those given.
func NewFilter(m *Model, exposures ...uint8) (*Filter, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	kinds := len(m.Kinds)
	f := &Filter{all: uint8(1<<kinds - 1), dial: m.Clock.dial(), shape: m.Shape()} //nolint:gosec // at most MaxKinds
	masks := append([]uint8{f.all, 0}, exposures...)
	for k := range kinds {
		masks = append(masks, f.all&^(1<<k))
	}
	if kinds <= 4 {
		for i := range 1 << kinds {
			masks = append(masks, uint8(i)) //nolint:gosec // below 16
		}
	}
	var err error
	if f.t, err = newTables(m.Clone(), masks); err != nil {
		return nil, err
	}
	for i := range f.t.spectra {
		for _, mu := range f.t.spectra[i].mu {
			f.inv = append(f.inv, 1/mu)
		}
	}
	f.print, err = fingerprint(m)
	return f, err
}

// Belief is what is believed of one person: the joint law of the state and of the
// person's lasting traits, given all that was seen until At. It is made by
// [Filter.Begin] or [Filter.Decode] and moved by the filter that made it.
type Belief struct {
	At      float64 // days: the time up to which silence has been counted
	clock   float64 // At on the model's clock
	act     float64 // the last own act on the model's clock
	level   float64 // of fatigue, at levelAt
	levelAt float64
	mask    uint8   // the kinds that can be seen
	passed  float64 // the log of what the masses were divided by since the last scale
	silence float64 // the log density of the time since the last event
	purses  [MaxKinds]purse
	on      []int32   // the nodes in play
	live    []float64 // by node in play, then state; sums to 1
	gone    []float64 // by node in play, in the same measure
}

// Begin is the belief about a person whose relationship begins, by an own act, at
// a time.
func (f *Filter) Begin(at float64, class uint8) (*Belief, error) {
	if int(class) >= f.shape.Classes {
		return nil, fault.New(fault.Invalid, "starting class %d: there are %d", class, f.shape.Classes)
	}
	n, s := len(f.t.nodes), f.t.s
	b := &Belief{on: make([]int32, 0, n), live: make([]float64, n*s), gone: make([]float64, n)}
	f.begin(b, at, class)
	return b, nil
}

func (f *Filter) begin(b *Belief, at float64, class uint8) {
	clock, _ := f.dial.read(at)
	*b = Belief{At: at, clock: clock, act: clock, levelAt: at, mask: f.all, on: b.on[:0], live: b.live, gone: b.gone}
	for i, n := range f.t.nodes {
		if n.weight <= 0 {
			continue
		}
		at := len(b.on)
		b.on = append(b.on, int32(i)) //nolint:gosec // of a grid
		for j, p := range f.t.m.Start[class] {
			b.live[at*f.t.s+j] = n.weight * p
		}
		b.gone[at] = 0
	}
}

// Exposure is which kinds of acts can be seen, bit k for kind k.
func (b *Belief) Exposure() uint8 { return b.mask }

// Expose says which kinds of acts can be seen from a time on, bit k for kind k.
func (f *Filter) Expose(b *Belief, at float64, kinds uint8) error {
	if f.t.slot[kinds&f.all] < 0 {
		return fault.New(fault.Invalid, "the filter was not prepared for an exposure of kinds %b", kinds)
	}
	if err := f.Advance(b, at); err != nil {
		return err
	}
	b.mask = kinds & f.all
	return nil
}

// Advance lets a time pass in which nothing was seen. A time before At is refused:
// see [Recent] for what comes late.
func (f *Filter) Advance(b *Belief, to float64) error {
	if !(to >= b.At) {
		return fault.New(fault.Invalid, "the belief is of day %v already: it cannot go back to %v", b.At, to)
	}
	before := f.logMass(b)
	f.pass(b, to, b.mask, true)
	shift, _ := f.scale(b)
	b.silence += f.logMass(b) + shift - before
	return nil
}

// Observe moves the belief by an event, and by the silence before it. It returns
// the log of the density that the belief gave to both: how surprising they were.
// An event that the model holds to be impossible has −Inf, and belief begins anew.
func (f *Filter) Observe(b *Belief, e Event) (float64, error) {
	if !(e.At >= b.At) {
		return 0, fault.New(fault.Invalid, "an event at day %v, but the belief is of day %v already", e.At, b.At)
	}
	if err := f.known(e); err != nil {
		return 0, err
	}
	before := f.logMass(b) - b.silence
	b.silence = 0
	var err error
	added := 0.0
	switch e.Type {
	case Own:
		added, err = f.own(b, e)
	case Touch:
		f.pass(b, e.At, b.mask, true)
		f.touch(b, e)
	case Response:
		f.pass(b, e.At, b.mask, true)
		f.respond(b, e)
	}
	if err != nil {
		return 0, err
	}
	shift, ok := f.scale(b)
	if !ok {
		f.begin(b, e.At, 0)
		return math.Inf(-1), nil
	}
	return f.logMass(b) + shift + added - before, nil
}

func (f *Filter) known(e Event) error {
	limit := f.shape.Touches
	if e.Type == Own {
		limit = f.shape.Kinds
	}
	if int(e.Kind) >= limit || e.Type > Response {
		return fault.New(fault.Invalid, "an event of type %d and kind %d: the model knows %d", e.Type, e.Kind, limit)
	}
	if e.Type == Response && int(e.Outcome) > len(f.t.m.Touches[e.Kind].Outcomes) {
		return fault.New(fault.Invalid, "outcome %d of a touch of class %d: there are %d", e.Outcome, e.Kind, len(f.t.m.Touches[e.Kind].Outcomes))
	}
	return nil
}

// logMass is the log of all mass in play; live mass sums to 1.
func (f *Filter) logMass(b *Belief) float64 {
	sum := 1.0
	for i := range b.on {
		sum += b.gone[i]
	}
	return math.Log(sum)
}

// pass lets time pass while the kinds of the mask are seen not to happen. The
// measure of the masses changes: scale must follow. With leaving false the flow to
// gone is not counted, as the next thing is an act.
func (f *Filter) pass(b *Belief, to float64, mask uint8, leaving bool) {
	clock, _ := f.dial.read(to)
	from, until := b.clock-b.act, clock-b.act
	b.At, b.clock = to, clock
	if until <= from {
		return
	}
	t, s := f.t, f.t.s
	rec := t.m.Recovery
	slot := int(t.slot[mask]) * len(t.nodes)
	shift := math.Inf(-1) // the slowest fading keeps its measure
	for _, n := range b.on {
		shift = max(shift, t.spectra[slot+int(n)].mu[0]*f.length(rec, from, until, n))
	}
	escape := math.Exp(min(-shift, 600))
	var hat, e, next [MaxStates]float64
	for i, n := range b.on {
		at := slot + int(n)
		sp := &t.spectra[at]
		dt := f.length(rec, from, until, n)
		live := b.live[i*s : (i+1)*s]
		for p := range s {
			hat[p] = 0
		}
		for j, x := range live {
			row := sp.v[j*s : (j+1)*s]
			for p, v := range row {
				hat[p] += x * v
			}
		}
		for p, mu := range sp.mu {
			e[p] = math.Exp(mu*dt - shift)
			next[p] = 0
		}
		if leaving {
			fled := 0.0
			for p, mu := range sp.mu {
				x := mu * dt
				if x < -1e-3 && shift > -600 {
					fled += hat[p] * sp.kill[p] * (e[p] - escape) * f.inv[at*s+p]
				} else {
					fled += hat[p] * sp.kill[p] * meanExp(mu, dt) * escape
				}
			}
			b.gone[i] = min(b.gone[i]*escape+max(fled, 0), 1e280)
		}
		for p := range s {
			x := hat[p] * e[p]
			for j, v := range sp.w[p*s : (p+1)*s] {
				next[j] += x * v
			}
		}
		for j := range live {
			live[j] = max(next[j], 0)
		}
	}
	b.passed += shift
}

// length is a time on the node's own clock.
func (f *Filter) length(rec Recovery, from, until float64, n int32) float64 {
	if rec.Depth == 0 {
		return until - from
	}
	theta := f.t.nodes[n].theta
	return rec.elapsed(until, theta) - rec.elapsed(from, theta)
}

// own is an act of the person's own accord. It returns the log of what is the same
// in all nodes and states.
func (f *Filter) own(b *Belief, e Event) (float64, error) {
	t, s := f.t, f.t.s
	if e.Span > 0 {
		return 0, f.within(b, e)
	}
	_, speed := f.dial.read(e.At)
	f.pass(b, e.At, b.mask, false)
	added := 0.0
	if speed != 1 {
		added = math.Log(speed)
	}
	var emit [MaxStates]float64
	kind := &t.m.Kinds[e.Kind]
	copy(emit[:], kind.Rate)
	if kind.Spend != nil && e.Amount > 0 {
		var density [MaxStates]float64
		p := &b.purses[e.Kind]
		kind.Spend.log(e.Amount, *p, density[:s])
		top := math.Inf(-1)
		for _, d := range density[:s] {
			top = max(top, d)
		}
		for j := range s {
			emit[j] *= math.Exp(density[j] - top)
		}
		added += top
		p.n++
		p.sum += e.Amount
	}
	rec, since := t.m.Recovery, b.clock-b.act
	heaviest := 0.0
	var kept [256]float64
	for i, n := range b.on {
		factor := t.factor[e.Kind][n]
		if rec.Depth != 0 {
			factor *= rec.factor(since, t.nodes[n].theta)
		}
		sum := 0.0
		live := b.live[i*s : (i+1)*s]
		for j := range live {
			live[j] *= emit[j] * factor
			sum += live[j]
		}
		b.gone[i] = 0
		if i < len(kept) {
			kept[i] = sum
		}
		heaviest = max(heaviest, sum)
	}
	if len(b.on) <= len(kept) {
		f.prune(b, kept[:len(b.on)], heaviest*prune)
	}
	b.act = b.clock
	return added, nil
}

// prune drops the nodes that weigh less than least.
func (f *Filter) prune(b *Belief, weight []float64, least float64) {
	s, n := f.t.s, 0
	for i, w := range weight {
		if w < least {
			continue
		}
		if n != i {
			b.on[n] = b.on[i]
			copy(b.live[n*s:(n+1)*s], b.live[i*s:(i+1)*s])
			b.gone[n] = b.gone[i]
		}
		n++
	}
	b.on = b.on[:n]
}

// within is at least one act of the kind in the span before e.At.
func (f *Filter) within(b *Belief, e Event) error {
	mask := b.mask | 1<<e.Kind
	without := b.mask &^ (1 << e.Kind)
	if f.t.slot[mask] < 0 || f.t.slot[without] < 0 {
		return fault.New(fault.Invalid, "the filter was not prepared for acts of kind %d whose time is known roughly", e.Kind)
	}
	f.pass(b, max(e.At-e.Span, b.At), b.mask, true)
	for i := range b.on {
		b.gone[i] = 0 // who had gone did not act
	}
	s := f.t.s
	seen := *b
	seen.on = append([]int32(nil), b.on...)
	seen.live = append([]float64(nil), b.live...)
	seen.gone = append([]float64(nil), b.gone...)
	f.pass(b, e.At, without, true)
	f.pass(&seen, e.At, mask, true)
	r := math.Exp(seen.passed - b.passed)
	for i := range b.on {
		for j := range s {
			b.live[i*s+j] = max(b.live[i*s+j]-r*seen.live[i*s+j], 0)
		}
		b.gone[i] = max(b.gone[i]-r*seen.gone[i], 0)
	}
	b.act = b.clock
	return nil
}

func (f *Filter) touch(b *Belief, e Event) {
	t, s := f.t, f.t.s
	b.level = t.m.Fatigue.decay(b.level, e.At-b.levelAt)
	b.levelAt = e.At
	k := t.move[e.Kind][t.m.Fatigue.bucket(b.level)]
	b.level += t.m.Touches[e.Kind].weight()
	f.move(b, k, s)
}

func (f *Filter) move(b *Belief, k []float64, s int) {
	var next [MaxStates]float64
	for i := range b.on {
		live := b.live[i*s : (i+1)*s]
		times(live, k, next[:s])
		copy(live, next[:s])
	}
}

func (f *Filter) respond(b *Belief, e Event) {
	t, s := f.t, f.t.s
	if respond := t.m.Touches[e.Kind].Respond; respond != nil {
		for i := range b.on {
			for j := range s {
				b.live[i*s+j] *= respond[j][e.Outcome]
			}
			if e.Outcome > 0 {
				b.gone[i] = 0
			}
		}
	}
	if e.Outcome > 0 {
		if k := t.after[e.Kind][e.Outcome-1]; k != nil {
			f.move(b, k, s)
		}
	}
}

// scale makes live mass 1 again. It returns the log of the change, and whether
// there was any mass left: an event that the model thinks impossible leaves none.
func (f *Filter) scale(b *Belief) (float64, bool) {
	sum := 0.0
	for _, v := range b.live[:len(b.on)*f.t.s] {
		sum += v
	}
	passed := b.passed
	b.passed = 0
	if !(sum > 0) || math.IsInf(sum, 1) {
		return 0, false
	}
	inv := 1 / sum
	for i := range b.live[:len(b.on)*f.t.s] {
		b.live[i] *= inv
	}
	for i := range b.on {
		b.gone[i] = min(b.gone[i]*inv, 1e280)
	}
	return passed + math.Log(sum), true
}
