package foreign

import (
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// event is a sighting as the state model is told of it: a visit that ends with an
// order is an order.
func (s Sighting) event() statemodel.Event {
	e := statemodel.Event{At: s.At, Amount: s.Amount}
	if s.Amount > 0 {
		e.Kind = 1
	}
	return e
}

// It is looked at what came of a decision after so many weeks, and once more after so
// many, as the engine does it.
const first, second = 2, 8

// Ours is what the product does; see the package comment.
type Ours struct {
	// Explore says how much is left to chance. Defaults as in package decide.
	Explore decide.Exploration

	// Settled takes what is best by the mean and explores nothing, to see what
	// exploring costs.
	Settled bool

	// Follow, if set, chooses instead: a log is made, and what comes of it is learned.
	Follow Policy

	Trust float64 // in the value of states. Defaults to decide.UntilCalibrated.
	Seed  uint64

	model     *statemodel.Model
	filter    *statemodel.Filter
	values    *statemodel.Values
	layout    *decide.Layout
	stats     *decide.Statistics
	posterior *decide.Posterior
	chooser   decide.Chooser
	offers    []decide.Offer
	context   []float64
	people    []followed
	weight    [Actions]float64 // of a touch, in fatigue
	cost      [Actions]float64
}

// followed is what is known of one person.
type followed struct {
	belief *statemodel.Belief
	visits int
	orders int
	last   float64 // visit
	tired  float64 // as the engine counts it, at the last opportunity
	stakes [second]stake
}

// stake is a decision of which it is not known yet what comes.
type stake struct {
	made    bool
	at      float64
	action  int
	context []float64
	score   float64
	value   float64 // of the person when deciding
	earned  float64 // margin since, discounted
	told    float64 // the residual that was learned from after the first window
}

// NewOurs returns what decides by a state model for a number of people, untaught.
func NewOurs(m *statemodel.Model, c *Company, people int, seed uint64) (*Ours, error) {
	o := &Ours{Seed: seed, Trust: decide.UntilCalibrated, model: m, cost: c.Cost, weight: c.Tires}
	var err error
	if o.filter, err = statemodel.NewFilter(m); err != nil {
		return nil, err
	}
	e := statemodel.Economics{Discount: discount(), Margin: []float64{0, margin}}
	for a, share := range Logging() {
		if a > 0 {
			e.Usual = append(e.Usual, statemodel.Usual{Class: uint8(a - 1), Rate: share / 7, Cost: c.Cost[a]}) //nolint:gosec // below Actions
		}
	}
	if o.values, err = o.filter.Values(e); err != nil {
		return nil, err
	}
	if o.layout, err = decide.NewLayout(1+stages+4, stages, shapes()); err != nil {
		return nil, err
	}
	o.stats, o.offers = o.layout.NewStatistics(), make([]decide.Offer, Actions)
	for a, n := range names() {
		o.offers[a].Action = n
	}
	return o, o.begin(people)
}

// begin forgets everybody, and keeps what was learned.
func (o *Ours) begin(people int) error {
	o.people = make([]followed, people)
	for i := range o.people {
		var err error
		if o.people[i].belief, err = o.filter.Begin(0, 0); err != nil {
			return err
		}
	}
	return nil
}

// Learn makes a log and learns from what came of it; then it is ready for a number of
// other people.
func (o *Ours) Learn(log Run, people int) error {
	o.Follow = Logging()
	if _, err := log.Play(o); err != nil {
		return err
	}
	o.Follow = nil
	return o.begin(people)
}

func shapes() (out []decide.ActionShape) {
	for a, n := range names() {
		if a > 0 {
			out = append(out, decide.ActionShape{ID: n})
		}
	}
	return out
}

// Week implements Policy: what was learned is published, as the product does it
// daily.
func (o *Ours) Week(int) error {
	o.stats.Forget(decide.Forgetting)
	squares, n := 0.0, 0.0
	for i := range o.stats.Blocks {
		squares, n = squares+o.stats.Blocks[i].YY, n+o.stats.Blocks[i].N
	}
	prior := decide.PriorOf(10)
	var err error
	if n > 0 && squares > 0 {
		prior = decide.PriorOf(math.Sqrt(squares / n))
		if o.posterior, err = o.layout.Learn(o.stats, prior); err != nil {
			return err
		}
		prior = o.posterior.Reestimate()
	}
	o.posterior, err = o.layout.Learn(o.stats, prior)
	return err
}

// stages are by rule: never ordered, ordered once, ordered more often.
const stages = 3

// Choose implements Policy.
func (o *Ours) Choose(m *Moment) (int, error) {
	p := &o.people[m.Person]
	if err := o.see(p, m); err != nil {
		return 0, err
	}
	worth := o.values.Mean(p.belief)
	if err := o.mature(p, m, worth); err != nil {
		return 0, err
	}
	k := &known{o: o, p: p}
	o.situation(p, m.At, worth)
	for a := 1; a < Actions; a++ {
		part := decide.Parts{Cost: o.cost[a]}
		before := k.fatigue()
		var err error
		if part.Movement, err = decide.Movement(k, names()[a], before, o.Trust); err != nil {
			return 0, err
		}
		if part.Price, err = decide.AttentionPrice(k, before, decide.Attention{Next: names()[a], After: before + o.weight[a]}, o.Trust); err != nil {
			return 0, err
		}
		o.offers[a].Parts = part
	}
	action, err := o.pick(m)
	if err != nil {
		return 0, err
	}
	s := &p.stakes[m.Week%second]
	*s = stake{made: true, at: m.At, action: action, context: append(s.context[:0], o.context...), score: o.offers[action].Parts.Total(), value: worth}
	return action, o.touch(p, action, m.At)
}

func (o *Ours) pick(m *Moment) (int, error) {
	if o.Follow != nil {
		return o.Follow.Choose(m)
	}
	if o.Settled {
		best, top := 0, math.Inf(-1)
		for a := range o.offers {
			effect, _, _, err := o.posterior.Effect(o.offers[a].Action, decide.Place{}, o.context)
			if err != nil {
				return 0, err
			}
			if v := o.offers[a].Parts.Total() + effect; v > top {
				best, top = a, v
			}
		}
		return best, nil
	}
	seed := mix(mix(o.Seed+uint64(m.Person)) + uint64(m.Week)) //nolint:gosec // a hash
	d, err := o.chooser.Choose(o.posterior, o.offers, o.context, seed, o.Explore)
	return d.Offer, err
}

// see moves the belief by what came since the last opportunity, and adds it to what
// is at stake.
func (o *Ours) see(p *followed, m *Moment) error {
	for _, s := range m.Since {
		if _, err := o.filter.Observe(p.belief, s.event()); err != nil {
			return err
		}
		p.visits++
		p.last = s.At
		if s.Amount > 0 {
			p.orders++
		}
	}
	return o.filter.Advance(p.belief, m.At)
}

// mature learns from the decisions whose windows are over.
func (o *Ours) mature(p *followed, m *Moment, worth float64) error {
	earned := m.Earned + o.cost[m.Last] // the margin alone: its cost is in the score
	if m.Week == 0 {
		earned = 0
	}
	for i := range p.stakes {
		if s := &p.stakes[i]; s.made {
			s.earned += earned * math.Exp(-discount()*max(0, m.At-7-s.at))
		}
	}
	learn := func(weeks int, say func(s *stake, residual float64) error) error {
		s := &p.stakes[(m.Week+second-weeks)%second]
		if !s.made || m.Week < weeks {
			return nil
		}
		reward := s.earned - o.cost[s.action] + o.Trust*(math.Exp(-discount()*(m.At-s.at))*worth-s.value)
		return say(s, reward-s.score)
	}
	if err := learn(first, func(s *stake, residual float64) error {
		s.told = residual
		return o.layout.Observe(o.stats, names()[s.action], decide.Place{}, s.context, residual, 1)
	}); err != nil {
		return err
	}
	return learn(second, func(s *stake, residual float64) error {
		return o.layout.Correct(o.stats, names()[s.action], decide.Place{}, s.context, s.told, residual, math.Pow(decide.Forgetting, second-first))
	})
}

// situation sets the context, as the engine has it.
func (o *Ours) situation(p *followed, at, worth float64) {
	o.context = append(o.context[:0], 1, 0, 0, 0)
	o.context[1+min(p.orders, stages-1)] = 1
	for _, x := range [4]float64{
		math.Log2(1+at-p.last) / 4, math.Log2(1+float64(p.visits)) / 4, p.tired / 4, math.Log2(1+max(0, worth)) / 8,
	} {
		o.context = append(o.context, math.Round(min(x, 4)*64)/64)
	}
}

func (o *Ours) touch(p *followed, action int, at float64) error {
	if action > 0 {
		p.tired++
		if _, err := o.filter.Observe(p.belief, statemodel.Event{At: at, Type: statemodel.Touch, Kind: uint8(action - 1)}); err != nil { //nolint:gosec // below Actions
			return err
		}
	}
	p.tired *= math.Exp2(-7.0 / 9)
	return nil
}

// known is what deciding asks of the state model about one person.
type known struct {
	o     *Ours
	p     *followed
	nodes []decide.Node
}

// Nodes implements decide.States.
func (k *known) Nodes() []decide.Node {
	if k.nodes == nil {
		for _, n := range k.o.values.Nodes(k.p.belief) {
			k.nodes = append(k.nodes, decide.Node{Weight: n.Weight, Belief: n.States, Value: n.Values})
		}
	}
	return k.nodes
}

// Jump implements decide.States.
func (k *known) Jump(class string, fatigue float64) [][]float64 {
	all := names()
	return k.o.model.Jump(slices.Index(all[:], class)-1, fatigue)
}

func (k *known) fatigue() float64 { return k.o.filter.Fatigue(k.p.belief) }

// Fit fits a state model to what can be seen of people in a log.
func Fit(log Run, form statemodel.Form, each statemodel.Each) (*statemodel.Model, error) {
	h := &historian{histories: make([]statemodel.History, log.People), Mix: Logging()}
	for i := range h.histories {
		h.histories[i].End = float64(7 * log.Weeks)
	}
	if _, err := log.Play(h); err != nil {
		return nil, err
	}
	m, _, err := statemodel.Fit(h.histories, statemodel.Options{Form: form, Seed: log.Seed, Each: each, Starts: 1})
	if err != nil {
		return nil, err
	}
	m.Sort(0)
	return m, nil
}

// FormOf is what the state model is made of: visits and orders, four classes of
// touches that were given by chance, and how they wear off.
func FormOf(c *Company) statemodel.Form {
	f := statemodel.Form{
		States: 2, Nodes: 12, Kinds: []statemodel.KindForm{{Name: "visit"}, {Name: "order", Spend: true}},
		Fatigue: statemodel.Fatigue{HalfLife: 14, Edges: []float64{1}},
	}
	for a, n := range names() {
		if a > 0 {
			f.Touches = append(f.Touches, statemodel.TouchForm{Name: n, Randomised: true, Weight: c.Tires[a]})
		}
	}
	return f
}

// historian chooses by a mix and writes down what is seen.
type historian struct {
	Mix

	histories []statemodel.History
}

// Choose implements Policy.
func (h *historian) Choose(m *Moment) (int, error) {
	at := &h.histories[m.Person]
	for _, s := range m.Since {
		at.Events = append(at.Events, s.event())
	}
	at.End = m.At
	action, err := h.Mix.Choose(m)
	if action > 0 {
		at.Events = append(at.Events, statemodel.Event{At: m.At, Type: statemodel.Touch, Kind: uint8(action - 1)}) //nolint:gosec // below Actions
	}
	return action, err
}
