package statemodel

// Form is what a model is to be made of, before any of its numbers are known.
type Form struct {
	States int // live states; defaults to 1
	Kinds  []KindForm
	// Classes is the number of starting classes; defaults to 1.
	Classes int
	Touches []TouchForm
	Fatigue Fatigue
	Clock   Clock
	// Departure lets people differ in how easily they leave. With one state it
	// makes the model Pareto/NBD.
	Departure bool
	// Alike says that people do not differ in how active they are.
	Alike bool
	// Lasting says that nobody leaves.
	Lasting bool
	// Recovery lets the rate of acts depend on the time since the last.
	Recovery bool
	// Trend lets the whole trade grow or slow down with the calendar.
	Trend bool
	// Nodes and DepartureNodes are those of [Grid].
	Nodes, DepartureNodes int
}

// KindForm is a kind of own acts.
type KindForm struct {
	Name   string
	Common bool
	Spend  bool // amounts are evidence
}

// TouchForm is a class of touches.
type TouchForm struct {
	Name       string
	Outcomes   []string
	Evidence   bool // responses are evidence
	Moving     bool // responses move people, besides the touch itself
	Weight     float64
	Randomised bool
}

func (f Form) withDefaults() Form {
	f.States = max(f.States, 1)
	f.Classes = max(f.Classes, 1)
	if len(f.Kinds) == 0 {
		f.Kinds = []KindForm{{}}
	}
	return f
}

// model returns a model of the form, with every state alike.
func (f Form) model(sc scale) *Model {
	n := f.States
	m := &Model{
		Exit: make([]float64, n), Fatigue: f.Fatigue, Clock: f.Clock,
		Grid: Grid{Activity: 1, Nodes: f.Nodes, DepartureNodes: f.DepartureNodes},
	}
	for k, kind := range f.Kinds {
		made := Kind{Name: kind.Name, Common: kind.Common, Rate: fill(n, sc.rate[k])}
		if kind.Spend {
			made.Spend = &Spend{Within: 2, Between: 3, Scale: sc.money[k], Level: fill(n, 1)}
		}
		m.Kinds = append(m.Kinds, made)
	}
	if n > 1 {
		m.Up, m.Down = fill(n-1, sc.drift), fill(n-1, sc.drift)
	}
	if !f.Lasting {
		m.Exit = fill(n, sc.exit)
	}
	for range f.Classes {
		m.Start = append(m.Start, even(n, 1))
	}
	if f.Alike {
		m.Grid.Activity = 0
	}
	if f.Departure && !f.Lasting {
		m.Grid.Departure = 1
	}
	if f.Recovery {
		m.Recovery = Recovery{Depth: -.1, Time: .2 / sc.rate[0]}
	}
	for _, t := range f.Touches {
		c := TouchClass{Name: t.Name, Weight: t.Weight, Randomised: t.Randomised}
		for range f.Fatigue.buckets() {
			c.Move = append(c.Move, mostly(n))
		}
		for _, o := range t.Outcomes {
			made := Outcome{Name: o}
			if t.Moving {
				made.Move = mostly(n)
			}
			c.Outcomes = append(c.Outcomes, made)
		}
		if t.Evidence {
			for range n {
				row := even(1+len(t.Outcomes), .5)
				row[0] += .5
				c.Respond = append(c.Respond, row)
			}
		}
		m.Touches = append(m.Touches, c)
	}
	return m
}

// mostly moves few.
func mostly(n int) [][]float64 {
	k := identity(n)
	for i := range k {
		for j := range k {
			switch {
			case n == 1:
			case i == j:
				k[i][j] = priorStay
			default:
				k[i][j] = (1 - priorStay) / float64(n-1)
			}
		}
	}
	return k
}

func fill(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}
