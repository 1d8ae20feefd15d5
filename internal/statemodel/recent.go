package statemodel

import (
	"slices"

	"github.com/rapporthq/rapport/internal/fault"
)

// MaxRecent is how many events can be gone back over.
const MaxRecent = 32

// Recent follows a person whose events may come late and out of order: it keeps
// the belief before the last few of them, and goes over them again when one turns
// up that belongs between. What is older than those enters at the next training.
type Recent struct {
	before *Belief // before the first of events
	now    *Belief
	events []Event
}

// Recent begins to follow a person from a belief.
func (f *Filter) Recent(b *Belief) *Recent {
	return &Recent{before: f.Copy(b), now: f.Copy(b)}
}

// Belief is what is believed after all events so far. It is good until the next
// call.
func (r *Recent) Belief() *Belief { return r.now }

// Add takes in an event, late or not. It is refused with [fault.Conflict] if it is
// older than all that can be gone back over.
func (f *Filter) Add(r *Recent, e Event) error {
	if err := f.known(e); err != nil {
		return err
	}
	if e.At < r.before.At {
		return fault.New(fault.Conflict, "an event of day %v came too late: the belief can go back to day %v", e.At, r.before.At)
	}
	i := len(r.events)
	for i > 0 && r.events[i-1].At > e.At {
		i--
	}
	late := i < len(r.events) || e.At < r.now.At
	r.events = slices.Insert(r.events, i, e)
	if late {
		r.now = f.Copy(r.before)
		for _, past := range r.events {
			if _, err := f.Observe(r.now, past); err != nil {
				return err
			}
		}
	} else if _, err := f.Observe(r.now, e); err != nil {
		return err
	}
	if len(r.events) > MaxRecent {
		if _, err := f.Observe(r.before, r.events[0]); err != nil {
			return err
		}
		r.events = slices.Delete(r.events, 0, 1)
	}
	return nil
}

// Copy returns a belief of its own memory.
func (f *Filter) Copy(b *Belief) *Belief {
	c := *b
	c.on = append(make([]int32, 0, len(f.t.nodes)), b.on...)
	c.live = append([]float64(nil), b.live...)
	c.gone = append([]float64(nil), b.gone...)
	return &c
}
