package foreign

import (
	"math"

	"github.com/rapporthq/rapport/internal/decide"
)

// Linear is a bandit that sees recency and frequency and the money of the fourteen
// days after a decision, and knows no states: ridge regression for each action,
// greedy, or by Thompson sampling (Agrawal & Goyal 2013).
type Linear struct {
	Thompson bool
	Follow   Policy // see Ours

	layout    *decide.Layout
	stats     *decide.Statistics
	posterior *decide.Posterior
	cost      [Actions]float64
	people    []habit
}

// habit is what recency and frequency are counted from.
type habit struct {
	last           float64
	visits, bought float64 // fading sums, a quarter a week
	stakes         [first]stake
}

// NewLinear returns a bandit for a number of people.
func NewLinear(c *Company, people int, thompson bool) (*Linear, error) {
	layout, err := decide.NewLayout(4, 0, shapes())
	if err != nil {
		return nil, err
	}
	return &Linear{Thompson: thompson, layout: layout, stats: layout.NewStatistics(), cost: c.Cost, people: make([]habit, people)}, nil
}

// Learn is as that of Ours.
func (l *Linear) Learn(log Run, people int) error {
	l.Follow = Logging()
	if _, err := log.Play(l); err != nil {
		return err
	}
	l.Follow, l.posterior, l.people = nil, nil, make([]habit, people)
	return nil
}

// Week implements Policy. Who is greedy goes by the log alone.
func (l *Linear) Week(int) error {
	if l.posterior != nil && !l.Thompson && l.Follow == nil {
		return nil
	}
	var err error
	l.posterior, err = l.layout.Learn(l.stats, decide.Prior{Deviation: [4]float64{10, 10, 10, 10}, Noise: 10})
	return err
}

// Choose implements Policy.
func (l *Linear) Choose(m *Moment) (int, error) {
	h := &l.people[m.Person]
	if err := l.see(h, m); err != nil {
		return 0, err
	}
	s := &h.stakes[m.Week%first]
	*s = stake{made: true, context: append(s.context[:0], 1, min(m.At-h.last, 180)/180, h.visits, h.bought)}
	var err error
	s.action, err = l.pick(m, s.context)
	return s.action, err
}

func (l *Linear) pick(m *Moment, context []float64) (int, error) {
	if l.Follow != nil {
		return l.Follow.Choose(m)
	}
	best, top := 0, math.Inf(-1)
	for a, n := range names() {
		v, deviation, _, err := l.posterior.Effect(n, decide.Place{}, context)
		if err != nil {
			return 0, err
		}
		if l.Thompson {
			v += deviation * normal(m.Chance(2*a), m.Chance(2*a+1))
		}
		if v > top {
			best, top = a, v
		}
	}
	return best, nil
}

// see counts what came, and learns from the decision whose fourteen days are over.
func (l *Linear) see(h *habit, m *Moment) error {
	visits, bought := 0.0, 0.0
	for _, s := range m.Since {
		h.last = s.At
		visits++
		if s.Amount > 0 {
			bought++
		}
	}
	h.visits, h.bought = 0.75*h.visits+0.25*visits, 0.75*h.bought+0.25*bought
	if m.Week == 0 {
		return nil
	}
	for i := range h.stakes {
		h.stakes[i].earned += m.Earned + l.cost[m.Last]
	}
	s := &h.stakes[m.Week%first]
	if !s.made {
		return nil
	}
	return l.layout.Observe(l.stats, names()[s.action], decide.Place{}, s.context, s.earned-l.cost[s.action], 1)
}
