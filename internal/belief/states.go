package belief

import (
	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Person is what deciding asks of the state model about one person at one moment:
// a [decide.States].
type Person struct {
	m   *Model
	law *statemodel.Belief
}

var _ decide.States = (*Person)(nil)

// Person is what is believed of somebody at now. Its error says that b is of
// another model: their history is to be filtered first.
func (m *Model) Person(b *profile.Belief, now event.Instant) (*Person, error) {
	c, err := m.at(b, now)
	if err != nil {
		return nil, err
	}
	return &Person{m: m, law: c.law}, nil
}

// Nodes implements decide.States.
func (p *Person) Nodes() []decide.Node {
	nodes := p.m.values.Nodes(p.law)
	out := make([]decide.Node, len(nodes))
	for i, n := range nodes {
		out[i] = decide.Node{Weight: n.Weight, Belief: n.States, Value: n.Values}
	}
	return out
}

// Jump implements decide.States. A class is the id of an action.
func (p *Person) Jump(class string, fatigue float64) [][]float64 {
	i, known := p.m.touches[class]
	if !known {
		return nil
	}
	return p.m.Body.Model.Jump(int(i), fatigue)
}

// Fatigue is how much the person has been touched lately.
func (p *Person) Fatigue() float64 { return p.m.filter.Fatigue(p.law) }

// States are the probabilities of the live states, by rate, and of being gone.
func (p *Person) States() (live []float64, gone float64) { return p.m.filter.States(p.law) }

// Value is what the person is worth from now on.
func (p *Person) Value() float64 { return p.m.values.Mean(p.law) }
