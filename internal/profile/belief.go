package profile

import (
	"slices"

	"github.com/rapporthq/rapport/internal/event"
)

// Belief is what the state model believes of a person, as of the last event that
// moved it. Package belief makes and reads it. Law is of the model whose number
// is [Person.Model].
type Belief struct {
	At      event.Instant `cbor:"1,keyasint"`           // of the last event in Law
	Law     []byte        `cbor:"2,keyasint"`           // see statemodel.Filter.Encode
	Waiting []Waiting     `cbor:"3,keyasint,omitempty"` // touches that can still be answered, oldest first
	Late    bool          `cbor:"4,keyasint,omitempty"` // something older than At came: the history is to be filtered again

	// What it says, when it was looked at last. Rules, lists and reports go by it.
	State  string        `cbor:"5,keyasint,omitempty"`
	Since  event.Instant `cbor:"6,keyasint,omitempty"` // the workspace's clock when the person came to be in State
	Looked event.Instant `cbor:"7,keyasint,omitempty"` // the workspace's clock
	Active uint16        `cbor:"8,keyasint,omitempty"` // thousandths: probability that the person is not gone
	Soon   uint16        `cbor:"9,keyasint,omitempty"` // thousandths: probability of an own act within 30 days
	Value  event.Micros  `cbor:"10,keyasint,omitempty"`
}

// Waiting is a touch that can still be answered.
type Waiting struct {
	Delivery string        `cbor:"1,keyasint"`
	Class    uint8         `cbor:"2,keyasint"` // of the model
	Until    event.Instant `cbor:"3,keyasint"`
}

// Clone returns a belief of its own memory.
func (b *Belief) Clone() *Belief {
	if b == nil {
		return nil
	}
	c := *b
	c.Law, c.Waiting = slices.Clone(b.Law), slices.Clone(b.Waiting)
	return &c
}
