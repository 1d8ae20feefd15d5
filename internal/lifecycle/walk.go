package lifecycle

import (
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// Effort says who started an interaction.
type Effort uint8

// The efforts.
const (
	Outreach   Effort = 1 // we did
	Response   Effort = 2 // they did, on our outreach
	Unprompted Effort = 3 // they did, by themselves
)

// String gives the word used in the API.
func (e Effort) String() string {
	switch e {
	case Outreach:
		return "outreach"
	case Response:
		return "response"
	case Unprompted:
		return "unprompted"
	default:
		return ""
	}
}

// Interaction is one occurrence of a touchpoint.
type Interaction struct {
	Index      int    // of the touchpoint in the map
	Touchpoint string // its id
	Effort     Effort
	Time       event.Instant

	// Visit numbers the person's visits from 1. It is 0 for outreach, which is no
	// visit, and for a late act that falls before the current visit.
	Visit    int64
	NewVisit bool
}

// Step advances w by e and returns the interaction that e is, if any.
//
// Called on a person's events in event-time order from a zero Walk it gives the
// truth. Called as events arrive, a late event does the least harm: one that
// touches the current visit joins it, moving its start where it comes first; an
// earlier one only counts as effort. Neither moves LastOwn back.
func (c *Classifier) Step(w *profile.Walk, e event.Event) (Interaction, bool) {
	i := c.Touchpoint(e)
	if i < 0 {
		return Interaction{}, false
	}
	t := &c.m.Touchpoints[i]
	in := Interaction{Index: i, Touchpoint: t.ID, Time: e.Time}
	if t.Direction == definition.Outbound {
		in.Effort = Outreach
		w.Effort.Outreach++
		if e.Time >= w.LastOwn {
			w.Touchpoint = t.ID
		}
		return in, true
	}

	answers := Answers(e)
	late := w.Visits > 0 && e.Time < w.LastOwn
	switch {
	case w.Visits == 0 || e.Time-w.LastOwn >= c.gap:
		w.Visits++
		w.VisitStart, w.Response = e.Time, answers
		in.NewVisit = true
		in.Visit = w.Visits
	case w.VisitStart-e.Time < c.gap:
		if e.Time < w.VisitStart {
			w.VisitStart, w.Response = e.Time, answers
		}
		in.Visit = w.Visits
	}
	in.Effort = Unprompted
	if answers || in.Visit != 0 && w.Response {
		in.Effort = Response
		w.Effort.Response++
	} else {
		w.Effort.Unprompted++
	}
	if !late {
		w.LastOwn, w.Touchpoint = e.Time, t.ID
	}
	return in, true
}
