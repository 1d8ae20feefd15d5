package statemodel

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
)

// Day returns an instant as days since the Unix epoch. A float holds it to less
// than a microsecond.
func Day(t time.Time) float64 {
	return float64(t.Unix())/86400 + float64(t.Nanosecond())/86400e9
}

// Type says what an event of a history is.
type Type uint8

const (
	// Own is an act of the person's own accord.
	Own Type = iota
	// Touch is something that the company did, or that befell the person, and
	// that may move the state. It is not evidence of the state.
	Touch
	// Response is what became of a touch: an outcome of [TouchClass.Outcomes], or
	// 0 when the time to respond has passed. It is evidence of the state.
	Response
)

// Event is one thing that happened, seen as the model sees it.
type Event struct {
	At   float64 // days
	Type Type
	// Kind is the kind of an own act, or the class of a touch or of the touch
	// responded to.
	Kind uint8
	// Outcome is the outcome of a response.
	Outcome uint8
	// Amount is the money or other positive size of an own act; 0 is none known.
	// Where there is a Span it is not evidence.
	Amount float64
	// Span says that the time is known only roughly: at least one act of the kind
	// fell within so many days before At. 0 is one act at exactly At. Nothing else
	// may fall within the span, and what can be seen at its start counts for all of
	// it.
	Span float64
}

// Dark is a time in which acts of a kind could not be seen, for instance because
// the source that reports them was not connected. Silence in it is no evidence.
type Dark struct {
	From, To float64
	Kind     uint8
}

// History is what was seen of one person from Start to End. Start is the own act
// that began the relationship; it is given, and not among the events.
type History struct {
	Start, End float64
	// Class says how the relationship began (an acquisition channel, a declared
	// trait), as an index into [Model.Start].
	Class uint8
	// Events are in the order of time. Of several at the same time the order is
	// that of the slice.
	Events []Event
	Dark   []Dark
}

// Until returns the history as it was known at a time: what happened at that very
// time is in it. It shares memory with h.
func (h History) Until(at float64) History {
	if at >= h.End {
		return h
	}
	n := 0
	for n < len(h.Events) && h.Events[n].At <= at {
		n++
	}
	h.Events, h.End = h.Events[:n], max(at, h.Start)
	return h
}

// Shape is what histories may hold: the numbers of things that they count.
type Shape struct {
	Kinds   int // kinds of own acts
	Classes int // starting classes
	Touches int // classes of touches
}

// Check says what is wrong with a history, or returns nil.
func (h History) Check(s Shape) error {
	bad := func(format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...)
	}
	if math.IsNaN(h.Start) || math.IsInf(h.Start, 0) || math.IsInf(h.End, 0) || !(h.End >= h.Start) {
		return bad("a history runs from %v to %v: its end must not be before its start", h.Start, h.End)
	}
	if int(h.Class) >= s.Classes {
		return bad("starting class %d: there are %d", h.Class, s.Classes)
	}
	at := h.Start
	for i, e := range h.Events {
		where := fmt.Sprintf("event %d of %d, at day %v", i+1, len(h.Events), e.At)
		switch {
		case !(e.At >= at) || e.At > h.End:
			return bad("%s: events must be in the order of time between %v and %v", where, h.Start, h.End)
		case e.Type == Own && int(e.Kind) >= s.Kinds:
			return bad("%s: kind %d of own acts: there are %d", where, e.Kind, s.Kinds)
		case e.Type != Own && int(e.Kind) >= s.Touches:
			return bad("%s: class %d of touches: there are %d", where, e.Kind, s.Touches)
		case e.Type > Response:
			return bad("%s: type %d is not known", where, e.Type)
		case !(e.Amount >= 0) || math.IsInf(e.Amount, 0):
			return bad("%s: amount %v: it must be above 0, or 0 if it is not known", where, e.Amount)
		case e.Span != 0 && (e.Type != Own || !(e.Span > 0) || e.At-e.Span < at-1e-9):
			return bad("%s: a span of %v days must be that of an own act, and hold nothing else", where, e.Span)
		}
		at = e.At
	}
	if i := slices.IndexFunc(h.Dark, func(d Dark) bool { return !(d.To >= d.From) || int(d.Kind) >= s.Kinds }); i >= 0 {
		return bad("dark time %+v: it must end after its start, and be of one of %d kinds", h.Dark[i], s.Kinds)
	}
	return nil
}
