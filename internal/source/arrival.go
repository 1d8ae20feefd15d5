package source

import (
	"github.com/rapporthq/rapport/internal/event"
)

// Arrival is one request as it was met at the door. What it points to is only
// good during the call: events and rejections point into the body.
type Arrival struct {
	Path   string
	Source string // empty: a stranger
	At     event.Instant
	SentAt event.Instant // by the caller's clock; zero when they did not say
	Bytes  int

	Events   []event.Event // taken, and durable
	Rejected []Rejection

	// Failed is why nothing of the request was taken; empty when something was, or
	// when it was looked at and rejected.
	Failed string
	Busy   bool // it was turned away only for now
}

// Rejection is one event, or body, that was refused.
type Rejection struct {
	Index   int
	Field   string
	Message string
	Raw     []byte
}
