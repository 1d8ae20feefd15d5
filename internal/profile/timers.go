package profile

import (
	"cmp"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

func (t Timer) compare(o Timer) int {
	return cmp.Or(cmp.Compare(t.Due, o.Due), cmp.Compare(t.Kind, o.Kind), cmp.Compare(t.Ref, o.Ref))
}

// SetTimer sets t in place of any timer of its kind and reference.
func (p *Person) SetTimer(t Timer) {
	p.ClearTimer(t.Kind, t.Ref)
	at, _ := slices.BinarySearchFunc(p.Timers, t, Timer.compare)
	p.Timers = slices.Insert(p.Timers, at, t)
}

// ClearTimer removes the timer of that kind and reference, if there is one.
func (p *Person) ClearTimer(kind TimerKind, ref string) {
	p.Timers = slices.DeleteFunc(p.Timers, func(t Timer) bool { return t.Kind == kind && t.Ref == ref })
}

// Timer returns when the timer of that kind and reference is due.
func (p *Person) Timer(kind TimerKind, ref string) (due event.Instant, set bool) {
	for _, t := range p.Timers {
		if t.Kind == kind && t.Ref == ref {
			return t.Due, true
		}
	}
	return 0, false
}

// touchMemory is how many touches a person's record holds without a need for
// more: a bound on the record.
const touchMemory = 64

// Touched records a granted delivery and forgets touches older than memory,
// which must be at least the longest cap and cool-down, and all but the newest
// where there are more than most caps need; atLeast is what the largest needs.
func (p *Person) Touched(t Touch, memory time.Duration, atLeast int) {
	p.Touches = slices.DeleteFunc(p.Touches, func(o Touch) bool { return o.Time < t.Time.Add(-memory) })
	p.Touches = append(p.Touches, t)
	if over := len(p.Touches) - max(touchMemory, atLeast); over > 0 {
		p.Touches = slices.Delete(p.Touches, 0, over)
	}
}

// Untouch forgets the touch of a delivery that did not go out after all.
func (p *Person) Untouch(delivery string) {
	p.Touches = slices.DeleteFunc(p.Touches, func(t Touch) bool { return t.Delivery == delivery })
}

// Repeats reports whether the touch at n is one that stands before it as well: it
// counted for two people who are one again.
func (p *Person) Repeats(n int) bool {
	return slices.ContainsFunc(p.Touches[:n], func(t Touch) bool { return t.Delivery == p.Touches[n].Delivery })
}

// Touch returns the touch of a delivery.
func (p *Person) Touch(delivery string) (Touch, bool) {
	for _, t := range slices.Backward(p.Touches) {
		if t.Delivery == delivery {
			return t, true
		}
	}
	return Touch{}, false
}

// DueTimers returns the timers due at now, earliest first.
func (p *Person) DueTimers(now event.Instant) []Timer {
	n := 0
	for n < len(p.Timers) && p.Timers[n].Due <= now {
		n++
	}
	return slices.Clone(p.Timers[:n])
}

// PutDelivery adds or replaces an open delivery.
func (p *Person) PutDelivery(d Delivery) {
	if p.Deliveries == nil {
		p.Deliveries = map[string]Delivery{}
	}
	p.Deliveries[d.ID] = d
}
