package profile

import (
	"cmp"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
)

// Complaint is where a person stands with complaints and requests.
type Complaint struct {
	Since  event.Instant `cbor:"1,keyasint,omitempty"` // the latest that opened one
	Closed event.Instant `cbor:"2,keyasint,omitempty"` // the latest that closed one
	What   string        `cbor:"3,keyasint,omitempty"` // the label of what opened it
}

// Open reports whether one is waiting for an answer.
func (c *Complaint) Open() bool { return c != nil && c.Since > c.Closed }

// Stake is a choice whose outcome is not known yet.
type Stake struct {
	ID       event.Opportunity `cbor:"1,keyasint" json:"id"`
	Goal     string            `cbor:"2,keyasint" json:"goal"`
	Action   string            `cbor:"3,keyasint" json:"action"`
	At       event.Instant     `cbor:"4,keyasint" json:"at"` // when it was served; of silence, when it was chosen
	Served   bool              `cbor:"5,keyasint,omitempty" json:"served,omitempty"`
	Expected event.Expectation `cbor:"6,keyasint" json:"expected"`

	// Margin is what was earned since, discounted, by the end of the first and of the
	// second window.
	Margin [2]event.Micros `cbor:"7,keyasint" json:"margin"`

	// First is the reward by the end of the first window, once that is known.
	First *float64 `cbor:"8,keyasint,omitempty" json:"first,omitempty"`
}

// Stake returns the choice with that id whose outcome is awaited; nil if there is
// none.
func (p *Person) Stake(id event.Opportunity) *Stake {
	for i := range p.Stakes {
		if p.Stakes[i].ID == id {
			return &p.Stakes[i]
		}
	}
	return nil
}

// PutStakes adds choices whose outcome is awaited, but for those that are known.
func (p *Person) PutStakes(more ...Stake) {
	for _, a := range more {
		if p.Stake(a.ID) == nil {
			p.Stakes = append(p.Stakes, a)
		}
	}
	slices.SortStableFunc(p.Stakes, func(a, b Stake) int { return cmp.Compare(a.At, b.At) })
}

// Unstake removes the choice with that id from those awaited.
func (p *Person) Unstake(id event.Opportunity) {
	p.Stakes = slices.DeleteFunc(p.Stakes, func(a Stake) bool { return a.ID == id })
	if len(p.Stakes) == 0 {
		p.Stakes = nil
	}
}
