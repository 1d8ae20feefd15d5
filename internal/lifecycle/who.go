package lifecycle

import (
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Any is the effort or continuation that matches everybody to whom the figure
// applies.
const Any = "any"

// None is where people went next who went nowhere.
const None = "none"

// Filter says which people of an Atlas. Empty fields do not restrict; the rest
// hold together.
type Filter struct {
	Stage      string // in this stage now
	At         string // stage: had an interaction at one of its touchpoints
	Touchpoint string // had an interaction here
	Effort     string // outreach, response, unprompted or any: of that interaction
	Next       string // with Touchpoint: the touchpoint they went to, or "none"
	Continued  string // yes, no, open or any: after Touchpoint, else after their first visit
	Event      string // label: did it where no touchpoint claims it
	Here       bool   // met, or did anything, in the period of a lens
}

// matcher is a filter with its names looked up.
type matcher struct {
	a          *Atlas
	now        event.Instant
	f          Filter
	stage      int16
	touchpoint int
	places     []bool // touchpoints that the effort may be at; nil: all
	effort     []Effort
	label      int32
	window     time.Duration // of the map as a whole
}

// Who returns a test of whether the i-th person added matches f as of now. It
// fails when f names what the map does not have.
func (a *Atlas) Who(f Filter, now event.Instant) (func(i int) bool, error) {
	m := &matcher{a: a, now: now, f: f, window: a.c.Window(), stage: -1, touchpoint: -1, label: -1}
	for _, step := range []func() error{m.stages, m.touchpoints, m.words} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return m.match, nil
}

func (m *matcher) stages() error {
	if m.f.Stage != "" {
		s, ok := m.a.stages[m.f.Stage]
		if !ok {
			return fault.New(fault.Invalid, "stage %q: the map has no such stage", m.f.Stage).At("stage")
		}
		m.stage = s
	}
	if m.f.At == "" {
		return nil
	}
	if _, ok := m.a.stages[m.f.At]; !ok {
		return fault.New(fault.Invalid, "at %q: the map has no such stage", m.f.At).At("at")
	}
	m.places = make([]bool, len(m.a.c.m.Touchpoints))
	for i, t := range m.a.c.m.Touchpoints {
		m.places[i] = t.Stage == m.f.At
	}
	return nil
}

func (m *matcher) touchpoints() error {
	if m.f.Touchpoint != "" {
		m.touchpoint = m.a.c.index(m.f.Touchpoint)
		if m.touchpoint < 0 {
			return fault.New(fault.Invalid, "touchpoint %q: the map has no such touchpoint", m.f.Touchpoint).At("touchpoint")
		}
		if m.places == nil {
			m.places = make([]bool, len(m.a.c.m.Touchpoints))
			m.places[m.touchpoint] = true
		} else {
			for i := range m.places {
				m.places[i] = m.places[i] && i == m.touchpoint
			}
		}
	}
	if m.f.Next == "" {
		return nil
	}
	if m.touchpoint < 0 {
		return fault.New(fault.Invalid, "next: say after which touchpoint").At("next")
	}
	if m.f.Next != None && m.a.c.index(m.f.Next) < 0 {
		return fault.New(fault.Invalid, "next %q: the map has no such touchpoint; use its id, or none", m.f.Next).At("next")
	}
	return nil
}

func (m *matcher) words() error {
	switch m.f.Effort {
	case "":
	case Any:
		m.effort = []Effort{Outreach, Response, Unprompted}
	case Outreach.String():
		m.effort = []Effort{Outreach}
	case Response.String():
		m.effort = []Effort{Response}
	case Unprompted.String():
		m.effort = []Effort{Unprompted}
	default:
		return fault.New(fault.Invalid, "effort %q: use outreach, response, unprompted or any", m.f.Effort).At("effort")
	}
	if m.effort == nil && m.places != nil {
		m.effort = []Effort{Outreach, Response, Unprompted}
	}
	if c := m.f.Continued; c != "" && !slices.Contains([]string{Yes.String(), No.String(), Open.String(), Any}, c) {
		return fault.New(fault.Invalid, "continued %q: use yes, no, open or any", c).At("continued")
	}
	if m.f.Event != "" {
		i, ok := m.a.labels[m.f.Event]
		if !ok {
			i = int32(len(m.a.unmapped)) //nolint:gosec // a label that nobody has
		}
		m.label = i
	}
	return nil
}

func (m *matcher) match(i int) bool {
	p := &m.a.people[i]
	if p.out || m.f.Here && !p.here {
		return false
	}
	if m.stage >= 0 && p.stage != m.stage {
		return false
	}
	if m.label >= 0 {
		if _, ok := slices.BinarySearch(m.a.seenBy(i), m.label); !ok {
			return false
		}
	}
	cells := m.a.cellsOf(i)
	if m.effort != nil && !slices.ContainsFunc(cells, m.interacted) {
		return false
	}
	if m.touchpoint < 0 {
		return m.f.Continued == "" || p.first != 0 && m.stands(p.first, p.back, m.window)
	}
	for k := range cells {
		c := &cells[k]
		if int(c.touchpoint) != m.touchpoint {
			continue
		}
		return m.went(c) && (m.f.Continued == "" || m.stands(c.first, c.back, m.a.c.m.Touchpoints[c.touchpoint].Window))
	}
	return false
}

// interacted reports whether c has an interaction of the effort at the place.
func (m *matcher) interacted(c cell) bool {
	if m.places != nil && !m.places[c.touchpoint] {
		return false
	}
	return slices.ContainsFunc(m.effort, func(e Effort) bool { return c.effort[e-1] > 0 })
}

func (m *matcher) went(c *cell) bool {
	if m.f.Next == "" {
		return true
	}
	to, known := m.a.following(c, m.now)
	if m.f.Next == None {
		return known && to == Nowhere
	}
	return to == m.f.Next
}

func (m *matcher) stands(first, back event.Instant, window time.Duration) bool {
	return m.f.Continued == Any || continued(first, back, m.now, window).String() == m.f.Continued
}

func (c *Classifier) index(touchpoint string) int {
	return slices.IndexFunc(c.m.Touchpoints, func(t definition.Touchpoint) bool { return t.ID == touchpoint })
}
