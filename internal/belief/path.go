package belief

import (
	"math"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Path is how a belief came about.
type Path struct {
	States []NamedState `json:"states" doc:"in the order of the probabilities of points; the last is gone"`
	Points []Point      `json:"points"`
	Dark   []Stretch    `json:"dark" doc:"when own acts could not be seen, or not all of them"`
	Score  float64      `json:"score" doc:"log of the density that the beliefs gave to what came: the sum over points"`
}

// Stretch is a time in which own acts could not be seen.
type Stretch struct {
	From event.Instant `json:"from"`
	To   event.Instant `json:"to"`
}

// NamedState is a state by its id and name.
type NamedState struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Point is what was believed at a time. Of two at the same time the first is
// before something moved the belief, and the second after.
type Point struct {
	At    event.Instant `json:"at"`
	P     []float64     `json:"p" doc:"by state"`
	Moved *Mover        `json:"moved,omitempty" doc:"what moved it; nothing: silence"`
}

// Mover is something that moved a belief.
type Mover struct {
	Kind     string  `json:"kind" enum:"act,touch,answer"`
	ID       string  `json:"id" doc:"of the act, or of the action"`
	Name     string  `json:"name"`
	Amount   float64 `json:"amount,omitempty" doc:"of an act, in money"`
	Delivery string  `json:"delivery,omitempty"`
	Score    float64 `json:"score" doc:"log of the density that the belief gave to it and to the silence before: the lower, the more surprising"`
}

// silences is how many points there are, at most about, in which nothing came.
const silences = 240

// Path follows a person through their history, oldest first, up to a time.
func (m *Model) Path(history func(yield func(event.Event) bool), until event.Instant) Path {
	p := Path{Points: []Point{}, Dark: []Stretch{}}
	for _, s := range m.Body.States {
		p.States = append(p.States, NamedState{s.ID, s.Name})
	}
	p.States = append(p.States, NamedState{Gone, "Gone"})
	var steps []step
	for e := range history {
		if s, ok := m.read(&e); ok && s.time <= until {
			steps = append(steps, s)
		}
	}
	if len(steps) == 0 {
		return p
	}
	for _, s := range m.dark {
		if s.from < until && s.to > steps[0].time {
			p.Dark = append(p.Dark, Stretch{max(s.from, steps[0].time), min(s.to, until)})
		}
	}
	every := max(24*60*60*1e6, (until-steps[0].time)/silences) // a day, in microseconds
	c := m.begin()
	for _, s := range steps {
		if s.Type == telling {
			c.take(s)
			continue
		}
		m.silence(&p, c, s.time, every)
		waiting := c.waiting
		score, moved := c.take(s)
		if !moved {
			continue
		}
		for _, w := range waiting {
			if w.Delivery == s.delivery {
				s.Kind = w.Class
			}
		}
		c.round()
		p.Score += score
		p.Points = append(p.Points, Point{At: s.time, P: c.all(), Moved: m.mover(s, score)})
	}
	m.silence(&p, c, until, every)
	return p
}

// silence adds points for the time in which nothing came.
func (m *Model) silence(p *Path, c course, until, every event.Instant) {
	if c.law == nil || until <= c.at {
		return
	}
	c.law = m.filter.Copy(c.law)
	for at := c.at + every; at < until; at += every {
		c.advance(at)
		p.Points = append(p.Points, Point{At: at, P: c.all()})
	}
	c.advance(until)
	p.Points = append(p.Points, Point{At: until, P: c.all()})
}

// all are the probabilities of the live states and of being gone, to a ten
// thousandth.
func (c *course) all() []float64 {
	live, gone := c.m.filter.States(c.law)
	out := append(live, gone)
	for i := range out {
		out[i] = math.Round(out[i]*1e4) / 1e4
	}
	return out
}

func (m *Model) mover(s step, score float64) *Mover {
	out := &Mover{Delivery: s.delivery, Score: max(score, -1e9)}
	switch s.Type {
	case statemodel.Own:
		a := m.Body.Acts[s.Kind]
		out.Kind, out.ID, out.Name, out.Amount = "act", a.ID, a.Name, s.Amount
		return out
	case statemodel.Touch:
		out.Kind = "touch"
	case statemodel.Response:
		out.Kind = "answer"
	}
	t := m.Body.Touches[s.Kind]
	out.ID, out.Name = t.Action, t.Name
	return out
}
