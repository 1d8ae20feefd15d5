package lifecycle

import (
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// Continued says how it stands with somebody coming back within a window.
type Continued uint8

// The ways it can stand.
const (
	Open Continued = iota // not yet, and the window has not passed: censored
	Yes                   // they came back of their own accord within it
	No                    // it passed without that
)

// String gives the word used in filters.
func (c Continued) String() string { return [...]string{"open", "yes", "no"}[c] }

// continued judges a return at back (0: none yet) after first.
func continued(first, back, now event.Instant, window time.Duration) Continued {
	switch {
	case back != 0 && back.Sub(first) <= window:
		return Yes
	case now.Sub(first) >= window:
		return No
	default:
		return Open
	}
}

// observation is the same for the estimator, which needs no window. Somebody
// first seen after now, by a clock that runs ahead, was watched for no time.
func observation(first, back, now event.Instant) Observation {
	if back != 0 {
		return Observation{After: back.Sub(first), Returned: true}
	}
	return Observation{After: max(0, now.Sub(first))}
}

// Nowhere is the end of a flow of people who did nothing more in the window.
const Nowhere = ""

// following returns where the person went next. It is not known while they
// have done nothing more and the window has not passed.
func (a *Atlas) following(c *cell, now event.Instant) (to string, known bool) {
	window := a.c.m.Touchpoints[c.touchpoint].Window
	if c.next >= 0 && c.nextAt.Sub(c.first) <= window {
		return a.c.m.Touchpoints[c.next].ID, true
	}
	return Nowhere, now.Sub(c.first) >= window
}

// Window is that within which coming back counts for the map as a whole: the
// most frequent among inbound touchpoints, the longest of several such.
func (c *Classifier) Window() time.Duration {
	votes := map[time.Duration]int{}
	var best time.Duration
	for _, t := range c.m.Touchpoints {
		if t.Direction == definition.Outbound {
			continue
		}
		votes[t.Window]++
		if n := votes[t.Window]; n > votes[best] || n == votes[best] && t.Window > best {
			best = t.Window
		}
	}
	return best
}

// Stay is how it went with one person and one touchpoint.
type Stay struct {
	First     event.Instant // the first interaction there
	Continued Continued
	Back      event.Instant // start of the next unprompted visit; 0: none yet
	Next      string        // touchpoint where they went next; Nowhere unless Followed
	Followed  bool          // it is known where they went
	Effort    profile.Effort
}

// Stay returns how it went with the i-th person added at a touchpoint as of now;
// ok is false if they were never there.
func (a *Atlas) Stay(i int, touchpoint string, now event.Instant) (s Stay, ok bool) {
	at := a.c.index(touchpoint)
	for _, c := range a.cellsOf(i) {
		if int(c.touchpoint) != at {
			continue
		}
		s = Stay{
			First: c.first, Back: c.back, Effort: c.efforts(),
			Continued: continued(c.first, c.back, now, a.c.m.Touchpoints[at].Window),
		}
		s.Next, s.Followed = a.following(&c, now)
		return s, true
	}
	return Stay{}, false
}

// FirstVisit returns when the i-th person's first visit began and how it stands
// with their coming back; ok is false if they never came.
func (a *Atlas) FirstVisit(i int, now event.Instant) (s Stay, ok bool) {
	p := &a.people[i]
	s = Stay{First: p.first, Back: p.back, Continued: continued(p.first, p.back, now, a.c.Window())}
	return s, p.first != 0
}
