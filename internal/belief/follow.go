package belief

import (
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// course is a person who is followed: what is believed, and what may still come of
// touches.
type course struct {
	m       *Model
	law     *statemodel.Belief // nil: nothing has begun
	at      event.Instant
	passed  event.Instant // until when what is dark was let go by, if later
	waiting []profile.Waiting
	class   uint8 // starting class, as far as it is known
}

// begin follows somebody of whom nothing is known.
func (m *Model) begin() course {
	c := course{m: m}
	if m.begins != nil {
		c.class = m.begins.class("")
	}
	return c
}

// Observe takes in an event and returns what is believed then, which is b where
// the event says nothing. b is consumed; nil is nothing, and stays so until an own
// act. What is older than b is not taken in, and b says that it is Late. who is the
// person's record, with e in it; it may be nil.
func (m *Model) Observe(b *profile.Belief, e *event.Event, who *profile.Person) *profile.Belief {
	s, ok := m.read(e)
	if !ok {
		return b
	}
	if b == nil {
		if s.Type != statemodel.Own {
			return nil
		}
		c := m.begin()
		class, certain := m.start(who, s)
		c.class, s.tells = class, false
		if _, moved := c.take(s); !moved {
			return nil
		}
		b = &profile.Belief{Late: !certain} // what was known by then stands in the history
		c.rest(b)
		return b
	}
	if b.Late {
		return b // all of it is taken in when the history is filtered again
	}
	if s.time < b.At {
		b.Late = true
		return b
	}
	if s.Type == telling {
		return b // it has begun
	}
	c, err := m.resume(b)
	if err != nil {
		b.Late = true
		return b
	}
	if _, moved := c.take(s); moved {
		c.rest(b)
	}
	return b
}

// Refilter filters a history, oldest first, and returns what is believed then, with
// what old says that it did, which may be nil.
func (m *Model) Refilter(old *profile.Belief, history func(yield func(event.Event) bool)) *profile.Belief {
	c := m.begin()
	for e := range history {
		s, ok := m.read(&e)
		if !ok {
			continue
		}
		if _, moved := c.take(s); moved {
			c.round()
		}
	}
	if c.law == nil {
		return nil
	}
	b := new(profile.Belief)
	if old != nil {
		*b = *old
	}
	b.Late = false
	c.rest(b)
	return b
}

func (m *Model) resume(b *profile.Belief) (course, error) {
	law, err := m.filter.Decode(b.Law)
	return course{m: m, law: law, at: b.At, waiting: b.Waiting}, err
}

// rest puts what is believed to rest in b.
func (c *course) rest(b *profile.Belief) {
	b.At, b.Waiting = c.at, c.waiting
	b.Law = c.m.filter.Encode(b.Law[:0:0], c.law)
}

// round makes the belief what it would be after a rest.
func (c *course) round() {
	law, err := c.m.filter.Decode(c.m.filter.Encode(nil, c.law))
	if err == nil {
		c.law = law
	}
}

// take moves the belief by a step. It returns the log of the density that the
// belief gave to it, and whether it moved at all.
func (c *course) take(s step) (score float64, moved bool) {
	if c.law == nil {
		if s.tells {
			c.class = s.class
		}
		if s.Type != statemodel.Own {
			return 0, false
		}
		law, err := c.m.filter.Begin(s.At, c.class)
		c.law, c.at = law, s.time
		if err == nil {
			c.pass(s.time + 1) // it may be dark already
		}
		return 0, err == nil
	}
	if s.Type == telling || c.m.same(s, c.at) {
		return 0, false
	}
	if s.Type == statemodel.Response {
		i := slices.IndexFunc(c.waiting, func(w profile.Waiting) bool { return w.Delivery == s.delivery && w.Until > s.time })
		if i < 0 {
			return 0, false // it is not waited for, or it came too late
		}
		s.Kind = c.waiting[i].Class
	}
	score = c.expire(s.time)
	if s.Type == statemodel.Response {
		i := slices.IndexFunc(c.waiting, func(w profile.Waiting) bool { return w.Delivery == s.delivery })
		c.waiting = drop(c.waiting, i)
	}
	c.pass(s.time)
	more, err := c.m.filter.Observe(c.law, s.Event)
	if err != nil {
		return score, false // what cannot be read is not evidence
	}
	if s.Type == statemodel.Touch {
		c.waiting = c.m.await(c.waiting, s)
	}
	c.at = s.time
	return score + more, true
}

// expire takes in that the time to answer has passed, for touches that could be
// answered until at.
func (c *course) expire(at event.Instant) (score float64) {
	for len(c.waiting) > 0 && c.waiting[0].Until <= at {
		w := c.waiting[0]
		c.waiting = drop(c.waiting, 0)
		c.pass(w.Until)
		more, err := c.m.filter.Observe(c.law, statemodel.Event{At: day(w.Until), Type: statemodel.Response, Kind: w.Class})
		if err == nil {
			score += more
		}
	}
	return score
}

func drop(waiting []profile.Waiting, i int) []profile.Waiting {
	left := slices.Delete(slices.Clone(waiting), i, i+1)
	if len(left) == 0 {
		return nil
	}
	return left
}

// advance lets silence pass until at, as far as it is not in the belief already.
func (c *course) advance(at event.Instant) {
	if at <= c.at {
		return
	}
	c.expire(at)
	c.pass(at)
	c.at = at
	_ = c.m.filter.Advance(c.law, day(at)) // it only refuses to go back
}
