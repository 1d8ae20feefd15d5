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

	Call string `cbor:"9,keyasint,omitempty" json:"call,omitempty"` // of the slots that asked; empty: of a delivery

	// Model is the state model by which Expected has the value of their state: see
	// belief.Model.Root.
	Model string `cbor:"10,keyasint,omitempty" json:"model,omitempty"`

	// First is the reward by the end of the first window, once that is known.
	First *float64 `cbor:"8,keyasint,omitempty" json:"first,omitempty"`
}

// Maturing is a choice of which half a year is awaited, to see whether what the state
// said by the end of its first window was true. Of a person there is one at a time.
type Maturing struct {
	ID     event.Opportunity `cbor:"1,keyasint"`
	Goal   string            `cbor:"2,keyasint"`
	Action string            `cbor:"3,keyasint"`
	At     event.Instant     `cbor:"4,keyasint"`
	Before event.Micros      `cbor:"5,keyasint"`           // the value that was expected of their state
	Gain   event.Micros      `cbor:"6,keyasint"`           // its value by the end of the first window, discounted, less that
	Later  event.Micros      `cbor:"7,keyasint,omitempty"` // earned since, discounted
	Model  string            `cbor:"8,keyasint,omitempty"` // the state model that says so: see [Stake]
}

// Showing is a question of slots that waits for its choices.
type Showing struct {
	ID     event.Opportunity  `cbor:"1,keyasint"` // of the first slot's choice; N grows by one for each
	Call   string             `cbor:"2,keyasint"`
	Slots  []string           `cbor:"3,keyasint"`
	Until  event.Instant      `cbor:"4,keyasint"` // partition time after which nobody waits
	Scores map[string]float64 `cbor:"5,keyasint,omitempty"`

	Answered uint64 `cbor:"6,keyasint,omitempty"` // bit i: the slot at index i has its choice

	// Conversation is the one that asks, on Channel; empty: a page or an app does.
	Conversation string `cbor:"7,keyasint,omitempty"`
	Channel      string `cbor:"8,keyasint,omitempty"`
	Trigger      string `cbor:"9,keyasint,omitempty"` // what made the choice due, in words
}

// Deciding reports whether p waits for a choice that is made whoever looks: pages do
// not wait for long, and ask again.
func (p *Person) Deciding() bool {
	return p.Choosing != nil || slices.ContainsFunc(p.Showing, func(s Showing) bool { return s.Conversation != "" })
}

// MostSlots is how many slots one question may be about.
const MostSlots = 32

// Answer notes that the slot at index i has its choice. It reports whether it had
// none, and whether all have one now.
func (s *Showing) Answer(i int) (first, all bool) {
	first = s.Answered&(1<<i) == 0
	s.Answered |= 1 << i
	return first, s.Answered == 1<<len(s.Slots)-1
}

// Of returns the id of the choice for the slot at index i.
func (s *Showing) Of(i int) event.Opportunity {
	id := s.ID
	id.N += i
	return id
}

// Shown is what was chosen for a slot last.
type Shown struct {
	ID      event.Opportunity `cbor:"1,keyasint"`
	Slot    string            `cbor:"2,keyasint"`
	At      event.Instant     `cbor:"3,keyasint"` // partition time of the choice
	Goal    string            `cbor:"4,keyasint"`
	Action  string            `cbor:"5,keyasint"` // Silence: what is there anyway
	Message string            `cbor:"6,keyasint,omitempty"`

	Parameters map[string]string `cbor:"7,keyasint,omitempty"` // as the action is set
}

// ShownIn returns what was chosen for a slot last.
func (p *Person) ShownIn(slot string) (Shown, bool) {
	for _, s := range p.Shown {
		if s.Slot == slot {
			return s, true
		}
	}
	return Shown{}, false
}

// Show puts s in the place of what was chosen for its slot before.
func (p *Person) Show(s Shown) {
	p.Shown = slices.DeleteFunc(p.Shown, func(o Shown) bool { return o.Slot == s.Slot })
	p.Shown = append(p.Shown, s)
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
