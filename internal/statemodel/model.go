package statemodel

import (
	"math"

	"github.com/rapporthq/rapport/internal/fault"
)

// Limits of what a model may hold.
const (
	MaxStates  = 6
	MaxKinds   = 8 // kinds of own acts: exposure is a bit each
	MaxTouches = 64
)

// Model is the parameters of the process. It is plain data: it is stored and
// travels as JSON. Live states are counted from 0, the least active or valuable
// first. Rates are per day.
type Model struct {
	// Kinds are the kinds of own acts.
	Kinds []Kind `json:"kinds"`
	// Up is the drift from state s to s+1 and Down that from s+1 to s; each has one
	// entry fewer than there are states.
	Up   []float64 `json:"up,omitempty"`
	Down []float64 `json:"down,omitempty"`
	// Exit is the rate at which a state is left for good.
	Exit []float64 `json:"exit"`
	// Start gives for each starting class the probabilities of the live states.
	Start [][]float64 `json:"start"`
	// Grid says how much people differ.
	Grid Grid `json:"grid"`
	// Touches are the classes of touches.
	Touches []TouchClass `json:"touches,omitempty"`
	// Fatigue says how touches wear off.
	Fatigue Fatigue `json:"fatigue,omitzero"`
	// Recovery says how the rate of own acts depends on the time since the last.
	Recovery Recovery `json:"recovery,omitzero"`
	// Clock is how time passes for everyone.
	Clock Clock `json:"clock,omitzero"`
}

// Kind is one kind of own acts.
type Kind struct {
	Name string    `json:"name,omitempty"`
	Rate []float64 `json:"rate"` // by state
	// Common says that people do not differ lastingly in this kind: the rate is
	// not multiplied by θ.
	Common bool `json:"common,omitempty"`
	// Spend is the law of amounts; nil if they are no evidence.
	Spend *Spend `json:"spend,omitempty"`
}

// States is the number of live states.
func (m *Model) States() int { return len(m.Exit) }

// Shape is what histories of the model may hold.
func (m *Model) Shape() Shape {
	return Shape{Kinds: len(m.Kinds), Classes: len(m.Start), Touches: len(m.Touches)}
}

// Clone returns a deep copy.
func (m *Model) Clone() *Model {
	c := *m
	c.Kinds = append([]Kind(nil), m.Kinds...)
	for i := range c.Kinds {
		c.Kinds[i].Rate = append([]float64(nil), m.Kinds[i].Rate...)
		if s := m.Kinds[i].Spend; s != nil {
			copied := *s
			copied.Level = append([]float64(nil), s.Level...)
			c.Kinds[i].Spend = &copied
		}
	}
	c.Up = append([]float64(nil), m.Up...)
	c.Down = append([]float64(nil), m.Down...)
	c.Exit = append([]float64(nil), m.Exit...)
	c.Start = cloneRows(m.Start)
	c.Touches = append([]TouchClass(nil), m.Touches...)
	for i := range c.Touches {
		c.Touches[i] = m.Touches[i].clone()
	}
	c.Clock = m.Clock.clone()
	return &c
}

func cloneRows(rows [][]float64) [][]float64 {
	out := make([][]float64, len(rows))
	for i := range rows {
		out[i] = append([]float64(nil), rows[i]...)
	}
	return out
}

// Check says what is wrong with a model, or returns nil.
func (m *Model) Check() error {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, "state model: "+format, args...)
	}
	s := m.States()
	switch {
	case s < 1 || s > MaxStates:
		return bad("%d live states: 1 to %d are possible", s, MaxStates)
	case len(m.Kinds) < 1 || len(m.Kinds) > MaxKinds:
		return bad("%d kinds of own acts: 1 to %d are possible", len(m.Kinds), MaxKinds)
	case len(m.Up) != s-1 || len(m.Down) != s-1:
		return bad("%d states need %d rates up and down, not %d and %d", s, s-1, len(m.Up), len(m.Down))
	case len(m.Start) < 1 || len(m.Start) > 255:
		return bad("%d starting classes: 1 to 255 are possible", len(m.Start))
	case len(m.Touches) > MaxTouches:
		return bad("%d classes of touches: at most %d are possible", len(m.Touches), MaxTouches)
	}
	for i := range s - 1 {
		if !positive(m.Up[i]) || !positive(m.Down[i]) {
			return bad("drift between states %d and %d: both rates must be above 0, not %v and %v", i, i+1, m.Up[i], m.Down[i])
		}
	}
	for i, v := range m.Exit {
		if !(v >= 0) || math.IsInf(v, 0) {
			return bad("exit rate of state %d: %v", i, v)
		}
	}
	for k, kind := range m.Kinds {
		if len(kind.Rate) != s {
			return bad("kind %d has %d rates for %d states", k, len(kind.Rate), s)
		}
		for i, v := range kind.Rate {
			if !positive(v) {
				return bad("rate of kind %d in state %d: %v must be above 0", k, i, v)
			}
		}
		if kind.Spend != nil {
			if err := kind.Spend.check(s); err != nil {
				return bad("kind %d: %v", k, err)
			}
		}
	}
	for c, row := range m.Start {
		if !distribution(row, s) {
			return bad("starting class %d: %v is no distribution over %d states", c, row, s)
		}
	}
	for a := range m.Touches {
		if err := m.Touches[a].check(s, m.Fatigue.buckets()); err != nil {
			return bad("touch class %d: %v", a, err)
		}
	}
	if err := m.Grid.check(); err != nil {
		return bad("%v", err)
	}
	if err := m.Fatigue.check(); err != nil {
		return bad("%v", err)
	}
	if err := m.Recovery.check(); err != nil {
		return bad("%v", err)
	}
	if err := m.Clock.check(); err != nil {
		return bad("%v", err)
	}
	return nil
}

func positive(v float64) bool { return v > 0 && !math.IsInf(v, 0) }

func distribution(row []float64, n int) bool {
	sum := 0.0
	for _, v := range row {
		if !(v >= 0) {
			return false
		}
		sum += v
	}
	return len(row) == n && math.Abs(sum-1) < 1e-6
}
