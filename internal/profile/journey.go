package profile

import (
	"slices"

	"github.com/rapporthq/rapport/internal/event"
)

// Journey is where a person stands in a journey that they are inside.
type Journey struct {
	ID      string        `cbor:"1,keyasint" json:"id"`      // "jny-" and the opportunity at which it began
	Of      string        `cbor:"2,keyasint" json:"of"`      // id of its definition
	Version string        `cbor:"3,keyasint" json:"version"` // hash of the definitions that it keeps to
	Step    string        `cbor:"4,keyasint" json:"step"`
	Began   event.Instant `cbor:"5,keyasint" json:"began"`
	Since   event.Instant `cbor:"6,keyasint" json:"since"` // at the step

	// Until is when a wait is over, or a message is tried no more. Sending steps are
	// tried from Next on, and Delivery is on its way; empty: nothing was chosen yet.
	Until    event.Instant `cbor:"7,keyasint,omitempty" json:"until,omitempty"`
	Sends    bool          `cbor:"8,keyasint,omitempty" json:"sends,omitempty"`
	Next     event.Instant `cbor:"9,keyasint,omitempty" json:"next,omitempty"`
	Delivery string        `cbor:"10,keyasint,omitempty" json:"delivery,omitempty"`
}

// Been is what is known of a person and a journey.
type Been struct {
	Times int           `cbor:"1,keyasint,omitempty" json:"times,omitempty"` // that they began it
	Last  event.Instant `cbor:"2,keyasint,omitempty" json:"last,omitempty"`  // when they did last
	Holds bool          `cbor:"3,keyasint,omitempty" json:"holds,omitempty"` // the rule of who begins, when it was asked last
}

// PutJourney keeps j in place of what was known of the same run.
func (p *Person) PutJourney(j Journey) {
	p.Journeys = slices.Clone(p.Journeys)
	for i := range p.Journeys {
		if p.Journeys[i].ID == j.ID {
			p.Journeys[i] = j
			return
		}
	}
	p.Journeys = append(p.Journeys, j)
}

// EndJourney takes p out of a journey.
func (p *Person) EndJourney(id string) {
	p.Journeys = slices.DeleteFunc(slices.Clone(p.Journeys), func(j Journey) bool { return j.ID == id })
}

// PutBeen keeps what is known of p and a journey.
func (p *Person) PutBeen(id string, b Been) {
	if p.Been == nil {
		p.Been = map[string]Been{}
	}
	p.Been[id] = b
}

// Journey points to a journey that p is inside; nil when they are not.
func (p *Person) Journey(id string) *Journey {
	for i := range p.Journeys {
		if p.Journeys[i].ID == id {
			return &p.Journeys[i]
		}
	}
	return nil
}
