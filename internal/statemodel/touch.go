package statemodel

import (
	"errors"
	"fmt"
	"math"
)

// TouchClass is what touches of one class do, and what is made of responses.
type TouchClass struct {
	Name string `json:"name,omitempty"`
	// Move is K: for each bucket of fatigue, the probabilities of the state after
	// the touch (column) by the state before it (row). Who is gone stays so.
	Move [][][]float64 `json:"move"`
	// Outcomes are what can come of the touch besides nothing, which is outcome 0.
	// Outcome i of a [Response] is Outcomes[i-1].
	Outcomes []Outcome `json:"outcomes,omitempty"`
	// Respond gives for each state the probability of nothing and of each outcome,
	// by the state at the time when it came or when the time for it had passed. It
	// is nil if responses are no evidence. Who is gone does not respond.
	Respond [][]float64 `json:"respond,omitempty"`
	// Weight is what a touch of the class adds to fatigue. It defaults to 1.
	Weight float64 `json:"weight,omitempty"`
	// Randomised says that the touches learned from were given by chance, so that
	// Move is what they cause and not only what goes with them.
	Randomised bool `json:"randomised,omitempty"`
}

// Outcome is one way in which people respond to a touch.
type Outcome struct {
	Name string `json:"name,omitempty"`
	// Move is what goes with the response itself; nil is none.
	Move [][]float64 `json:"move,omitempty"`
}

func (c TouchClass) clone() TouchClass {
	move := make([][][]float64, len(c.Move))
	for i := range move {
		move[i] = cloneRows(c.Move[i])
	}
	c.Move = move
	c.Outcomes = append([]Outcome(nil), c.Outcomes...)
	for i := range c.Outcomes {
		if c.Outcomes[i].Move != nil {
			c.Outcomes[i].Move = cloneRows(c.Outcomes[i].Move)
		}
	}
	if c.Respond != nil {
		c.Respond = cloneRows(c.Respond)
	}
	return c
}

func (c TouchClass) weight() float64 {
	if c.Weight == 0 {
		return 1
	}
	return c.Weight
}

func (c TouchClass) check(states, buckets int) error {
	if len(c.Move) != buckets {
		return fmt.Errorf("%d matrices for %d buckets of fatigue", len(c.Move), buckets)
	}
	for _, m := range c.Move {
		if err := stochastic(m, states); err != nil {
			return err
		}
	}
	if len(c.Outcomes) > 15 {
		return fmt.Errorf("%d outcomes: at most 15 are possible", len(c.Outcomes))
	}
	for _, o := range c.Outcomes {
		if o.Move == nil {
			continue
		}
		if err := stochastic(o.Move, states); err != nil {
			return fmt.Errorf("outcome %q: %w", o.Name, err)
		}
	}
	if c.Respond != nil && len(c.Respond) != states {
		return fmt.Errorf("probabilities of responses for %d states of %d", len(c.Respond), states)
	}
	for _, row := range c.Respond {
		if !distribution(row, len(c.Outcomes)+1) {
			return fmt.Errorf("%v is no distribution over nothing and %d outcomes", row, len(c.Outcomes))
		}
	}
	if !(c.weight() >= 0) || math.IsInf(c.Weight, 0) {
		return fmt.Errorf("weight %v", c.Weight)
	}
	return nil
}

func stochastic(m [][]float64, n int) error {
	if len(m) != n {
		return fmt.Errorf("a matrix with %d rows for %d states", len(m), n)
	}
	for _, row := range m {
		if !distribution(row, n) {
			return fmt.Errorf("%v is no distribution over %d states", row, n)
		}
	}
	return nil
}

// identity moves nobody.
func identity(n int) [][]float64 {
	out := make([][]float64, n)
	for i := range out {
		out[i] = make([]float64, n)
		out[i][i] = 1
	}
	return out
}

// Fatigue is the wear of touches: each adds its weight to a level that halves
// every HalfLife. The level just before a touch chooses the matrix it acts by.
type Fatigue struct {
	HalfLife float64 `json:"half_life,omitempty"` // days; 0 is no fatigue
	// Edges part the levels into buckets: the first holds those below Edges[0].
	Edges []float64 `json:"edges,omitempty"`
}

func (f Fatigue) buckets() int {
	if f.HalfLife == 0 {
		return 1
	}
	return len(f.Edges) + 1
}

func (f Fatigue) check() error {
	if !(f.HalfLife >= 0) || math.IsInf(f.HalfLife, 0) {
		return fmt.Errorf("half-life of fatigue %v", f.HalfLife)
	}
	if f.HalfLife == 0 && len(f.Edges) > 0 {
		return errors.New("levels of fatigue need a half-life")
	}
	for i, e := range f.Edges {
		if !positive(e) || i > 0 && e <= f.Edges[i-1] {
			return fmt.Errorf("levels of fatigue %v must rise from above 0", f.Edges)
		}
	}
	return nil
}

// decay is the level after so many days.
func (f Fatigue) decay(level, days float64) float64 {
	if level == 0 || f.HalfLife == 0 {
		return 0
	}
	return level * math.Exp2(-days/f.HalfLife)
}

func (f Fatigue) bucket(level float64) int {
	b := 0
	for b < len(f.Edges) && level >= f.Edges[b] {
		b++
	}
	return b
}
