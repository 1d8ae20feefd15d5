package belief

import (
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Moment is when somebody was met at a place for the first time.
type Moment struct {
	At     event.Instant
	Within time.Duration // how long is waited for their next act
	Ours   bool          // we went to them; else they came
}

// Anyway is what was expected of somebody after a moment, whatever the place, and
// what they did. An act counts from a visit's gap after the moment until the time
// is over, both in what is expected and in what came: what belongs to the same
// visit says nothing of whether the next one comes.
type Anyway struct {
	Known    bool    // something was believed of them then, and the time has passed
	Expected float64 // probability of an own act
	Came     bool
}

// sending is how long after its grant something may be sent that is still that touch.
const sending = time.Hour

// Watch follows one person after another to say what would have come anyway. It
// serves one goroutine.
type Watch struct {
	m     *Model
	steps []step
}

// Watch begins with nobody.
func (m *Model) Watch() *Watch { return &Watch{m: m} }

// Begin begins with another person.
func (w *Watch) Begin() { w.steps = w.steps[:0] }

// See takes the next event of the person at hand.
func (w *Watch) See(e *event.Event) {
	if s, ok := w.m.read(e); ok {
		w.steps = append(w.steps, s)
	}
}

// Seen is what was seen of one person, as it is kept.
type Seen []step

// Seen returns what was seen of the person at hand.
func (w *Watch) Seen() Seen { return slices.Clone(w.steps) }

// Again takes up a person that had been seen before.
func (w *Watch) Again(s Seen) { w.steps = append(w.steps[:0], s...) }

// Anyway answers for moments of the person at hand, in the order of time, as of
// now.
//
// Who came of their own accord is known to be here, so what is expected follows
// from all that had been seen by then, that visit too, and from their not having
// left. Whom we went to is taken as they were before the touch: what is expected is
// what they would have done without it.
func (w *Watch) Anyway(moments []Moment, now event.Instant) []Anyway {
	out := make([]Anyway, len(moments))
	c := w.m.begin()
	var before course // the touch taken last
	touched := event.Instant(0)
	next := 0
	ask := func() {
		at := moments[next]
		from := c
		if at.Ours && before.law != nil && at.At.Sub(touched) <= sending {
			from = before
		}
		out[next] = w.m.anyway(from, at, now)
		next++
	}
	for _, s := range w.steps {
		for next < len(moments) && moments[next].At < s.time {
			ask()
		}
		if s.time > now {
			break
		}
		if s.Type == statemodel.Touch && c.law != nil && next < len(moments) {
			before, touched = c, s.time
			before.law, before.waiting = w.m.filter.Copy(c.law), slices.Clone(c.waiting)
		}
		if _, moved := c.take(s); !moved || s.Type != statemodel.Own {
			continue
		}
		for i := range moments[:next] {
			after := s.time - moments[i].At
			out[i].Came = out[i].Came || out[i].Known && after > w.m.gap && s.time.Sub(moments[i].At) <= moments[i].Within
		}
	}
	for next < len(moments) {
		ask()
	}
	return out
}

// anyway is what is expected after a moment of somebody who has come so far.
func (m *Model) anyway(c course, at Moment, now event.Instant) Anyway {
	wait := at.At.Add(at.Within).Sub(at.At + m.gap)
	if c.law == nil || wait <= 0 || now.Sub(at.At) < at.Within || m.unseen(at.At, at.At.Add(at.Within)) {
		return Anyway{}
	}
	c.law = m.filter.Copy(c.law)
	c.advance(at.At)
	here := 1.0
	if !at.Ours {
		_, gone := m.filter.States(c.law)
		here = 1 - gone
	}
	// In the gap acts may come that do not count: it passes unseen.
	if m.filter.Expose(c.law, max(day(at.At), c.law.At), 0) != nil || m.filter.Advance(c.law, max(day(at.At+m.gap), c.law.At)) != nil || here <= 0 {
		return Anyway{}
	}
	return Anyway{Known: true, Expected: min(1, m.filter.Soon(c.law, wait.Hours()/24)/here)}
}
