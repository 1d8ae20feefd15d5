package weekly

import (
	"math"

	"github.com/rapporthq/rapport/internal/decide"
)

// Mix chooses by fixed probabilities, the same for everybody: silence, sending to
// all, an even split, and the log to learn from are all mixes.
type Mix [Actions]float64

// Only is the mix of one action.
func Only(action int) (m Mix) {
	m[action] = 1
	return m
}

// Choose implements Policy.
func (p Mix) Choose(m Moment) int { return draw(p[:], m.Chance(0)) }

// Seen implements Policy.
func (Mix) Seen(Moment, Week) {}

// Oracle knows states and the truth.
type Oracle struct{ Values *Values }

// Choose implements Policy.
func (o Oracle) Choose(m Moment) int {
	best := 0
	for a := 1; a < Actions; a++ {
		if o.Values.Of(a, m.state, m.fatigue) > o.Values.Of(best, m.state, m.fatigue) {
			best = a
		}
	}
	return best
}

// Seen implements Policy.
func (Oracle) Seen(Moment, Week) {}

// Believer keeps a belief about each person and takes the action that is best
// on average over it, by values of who would see states from next week on
// (Littman, Cassandra & Kaelbling 1995, "QMDP"). It explores nothing.
type Believer struct {
	values  *Values
	beliefs []Belief
}

// NewBeliever returns one that takes a world, true or learned, for the truth.
func NewBeliever(values *Values, people int) *Believer {
	b := &Believer{values: values, beliefs: make([]Belief, people)}
	for i := range b.beliefs {
		b.beliefs[i] = values.World.Begin()
	}
	return b
}

// Choose implements Policy.
func (b *Believer) Choose(m Moment) int {
	best, top := 0, math.Inf(-1)
	for a := range Actions {
		if v := b.parts(m.Person, a).Total(); v > top {
			best, top = a, v
		}
	}
	return best
}

// Seen implements Policy.
func (b *Believer) Seen(m Moment, k Week) {
	b.beliefs[m.Person] = b.values.Next(b.beliefs[m.Person], k)
}

// parts is the score of an action over silence, on average over the belief.
func (b *Believer) parts(person, action int) (p decide.Parts) {
	belief := &b.beliefs[person]
	by := &b.values.at(action, belief.Fatigue).parts
	for s, q := range belief.State {
		p.Margin += q * by[s].Margin
		p.Cost += q * by[s].Cost
		p.Movement += q * by[s].Movement
		p.Price += q * by[s].Price
	}
	return p
}

// Learner is what Rapport does: the score of the state model, and on top of it the
// learned effect of the context, chosen by Thompson sampling with an even part
// that explores. It goes on learning while it acts: the reward is the week's margin
// and the surprise in the state, and what it learns from is the residual.
type Learner struct {
	*Believer

	Explore decide.Exploration
	Seed    uint64
	Trust   float64 // in the value of states, see decide.Calibrate. Defaults to none: set it.

	layout    *decide.Layout
	stats     *decide.Statistics
	posterior *decide.Posterior
	prior     decide.Prior
	chooser   decide.Chooser
	offers    []decide.Offer
	context   []float64
	pending   []pending
	week      int
	err       error
}

// pending is what was foretold at a choice.
type pending struct {
	context []float64
	parts   decide.Parts
	alone   float64 // what the week and the state after it were expected to be worth, untouched
}

// names of the actions, in order.
func names() [Actions]string {
	return [Actions]string{"silence", "content", "discount", "push", "call"}
}

func shapes() (out []decide.ActionShape) {
	for a, n := range names() {
		if a > 0 {
			out = append(out, decide.ActionShape{ID: n})
		}
	}
	return out
}

// NewLearner returns a learner for a number of people. The noise is the standard
// deviation of one week's reward.
func NewLearner(values *Values, people int, noise float64, seed uint64) (*Learner, error) {
	layout, err := decide.NewLayout(1+States+1, States, shapes())
	if err != nil {
		return nil, err
	}
	l := &Learner{
		Believer: NewBeliever(values, people), Seed: seed, Trust: 1,
		layout: layout, stats: layout.NewStatistics(), prior: decide.PriorOf(noise),
		offers: make([]decide.Offer, Actions), pending: make([]pending, people), week: -1,
	}
	// The model is trusted to begin with: what is learned on top of it is expected
	// to be small, a quarter of a percent of the noise.
	for i := range l.prior.Deviation {
		l.prior.Deviation[i] = noise / 400
	}
	for a, n := range names() {
		l.offers[a].Action = n
	}
	return l, nil
}

// Err is what went wrong, if anything.
func (l *Learner) Err() error { return l.err }

// Choose implements Policy.
func (l *Learner) Choose(m Moment) int {
	if m.Week != l.week { // a new week: the posterior is published
		l.week = m.Week
		l.stats.Forget(decide.Forgetting)
		if l.posterior, l.err = l.layout.Learn(l.stats, l.prior); l.err != nil {
			return 0
		}
	}
	b := l.beliefs[m.Person]
	l.context = append(l.context[:0], 1)
	l.context = append(l.context, b.State[:]...)
	l.context = append(l.context, b.Fatigue)
	for a := range Actions {
		l.offers[a].Parts = l.parts(m.Person, a)
	}
	seed := mix(mix(l.Seed+uint64(m.Person)) + uint64(m.Week)) //nolint:gosec // a hash
	d, err := l.chooser.Choose(l.posterior, l.offers, l.context, seed, l.Explore)
	if err != nil {
		l.err = err
		return 0
	}
	p := &l.pending[m.Person]
	p.context = append(p.context[:0], l.context...)
	p.parts, p.alone = l.offers[d.Offer].Parts, 0
	rested := l.values.World.Tire(b.Fatigue, 0)
	moves := &l.values.at(0, b.Fatigue).moves
	for s, q := range b.State {
		p.alone += q * l.values.World.Earns(s, 0)
		for to, v := range moves[s] {
			p.alone += Discount * q * v * l.values.At(to, rested)
		}
	}
	return d.Offer
}

// Seen implements Policy.
func (l *Learner) Seen(m Moment, k Week) {
	l.Believer.Seen(m, k)
	p := &l.pending[m.Person]
	after := l.values.World.Earned(k) + Discount*l.values.Worth(l.beliefs[m.Person])
	residual := after - p.alone - p.parts.Total()
	if err := l.layout.Observe(l.stats, names()[k.Action], decide.Place{}, p.context, l.Trust*residual, 1); err != nil {
		l.err = err
	}
}

// Linear is a bandit that sees recency and frequency and this week's margin, and
// knows no states: ridge regression for each action, greedy, or by Thompson
// sampling (Agrawal & Goyal 2013).
type Linear struct {
	Thompson bool
	Seed     uint64

	layout    *decide.Layout
	stats     *decide.Statistics
	posterior *decide.Posterior
	people    []habit
	pending   [][]float64
	week      int
	err       error
}

// habit is what recency and frequency are counted from.
type habit struct {
	since          float64 // weeks since the last visit
	visits, bought float64 // fading sums, a quarter a week
}

// NewLinear returns a bandit for a number of people.
func NewLinear(people int, thompson bool, seed uint64) (*Linear, error) {
	layout, err := decide.NewLayout(4, 0, shapes())
	if err != nil {
		return nil, err
	}
	l := &Linear{Thompson: thompson, Seed: seed, layout: layout, stats: layout.NewStatistics(), people: make([]habit, people), pending: make([][]float64, people), week: -1}
	return l, l.publish()
}

func (l *Linear) publish() error {
	var err error
	l.posterior, err = l.layout.Learn(l.stats, decide.Prior{Deviation: [4]float64{10, 10, 10, 10}, Noise: 5})
	return err
}

// Learn takes what a log teaches, and forgets whose it was.
func (l *Linear) Learn(log Log, margin *World) error {
	for _, weeks := range log {
		var h habit
		for _, k := range weeks {
			if err := l.layout.Observe(l.stats, names()[k.Action], decide.Place{}, h.context(nil), margin.Earned(k), 1); err != nil {
				return err
			}
			h.see(k)
		}
	}
	return l.publish()
}

func (h *habit) context(into []float64) []float64 {
	return append(into, 1, min(h.since, 26)/26, h.visits, h.bought)
}

func (h *habit) see(k Week) {
	h.since++
	if k.Visits > 0 {
		h.since = 0
	}
	bought := 0.0
	if k.Spent > 0 {
		bought = 1
	}
	h.visits = 0.75*h.visits + 0.25*float64(k.Visits)
	h.bought = 0.75*h.bought + 0.25*bought
}

// Err is what went wrong, if anything.
func (l *Linear) Err() error { return l.err }

// Choose implements Policy.
func (l *Linear) Choose(m Moment) int {
	if m.Week != l.week {
		l.week = m.Week
		if l.Thompson {
			if l.err = l.publish(); l.err != nil {
				return 0
			}
		}
	}
	l.pending[m.Person] = l.people[m.Person].context(l.pending[m.Person][:0])
	best, top := 0, math.Inf(-1)
	for a, n := range names() {
		v, deviation, _, err := l.posterior.Effect(n, decide.Place{}, l.pending[m.Person])
		if err != nil {
			l.err = err
			return 0
		}
		if l.Thompson {
			v += deviation * normal(m.Chance(2*a), m.Chance(2*a+1))
		}
		if v > top {
			best, top = a, v
		}
	}
	return best
}

// normal is Box & Muller's (1958).
func normal(u, v float64) float64 { return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v) }

// Seen implements Policy.
func (l *Linear) Seen(m Moment, k Week) {
	if l.Thompson {
		w := Ordinary() // margins and costs are the company's own and known
		if err := l.layout.Observe(l.stats, names()[k.Action], decide.Place{}, l.pending[m.Person], w.Earned(k), 1); err != nil {
			l.err = err
		}
	}
	l.people[m.Person].see(k)
}
