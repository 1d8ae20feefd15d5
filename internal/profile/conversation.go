package profile

import (
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// Conversation is where a person stands in a dialogue. It is theirs and not a
// channel's: what was begun in one goes on in another. Package conversation moves
// it.
type Conversation struct {
	ID      string `cbor:"1,keyasint"` // "cnv-" and the opportunity at which it began
	Of      string `cbor:"2,keyasint"` // id of the definition
	Version string `cbor:"3,keyasint"` // hash of the definitions that it keeps to
	Step    string `cbor:"4,keyasint"` // id of the step at which it stands

	// Answers are what people and systems answered, as JSON by the name of the step.
	Answers Sorted[[]byte] `cbor:"5,keyasint,omitzero"`

	Awaits   Awaited       `cbor:"6,keyasint"`
	Call     string        `cbor:"7,keyasint,omitempty"`  // delivery of the call that is awaited
	Tries    int           `cbor:"8,keyasint,omitempty"`  // answers to this question that were none
	Turns    int           `cbor:"9,keyasint,omitempty"`  // of the person
	Said     int           `cbor:"10,keyasint,omitempty"` // times that the company said something
	Channel  string        `cbor:"11,keyasint"`           // where it is held
	Address  string        `cbor:"12,keyasint"`
	Channels []string      `cbor:"13,keyasint,omitempty"` // where it has been held, in that order
	Began    event.Instant `cbor:"14,keyasint"`
	Last     event.Instant `cbor:"15,keyasint"` // when the person said something last
	Paused   bool          `cbor:"16,keyasint,omitempty"`
	Asking   bool          `cbor:"17,keyasint,omitempty"` // whether to go on
	Instead  string        `cbor:"18,keyasint,omitempty"` // what they would begin if not
	Moves    int           `cbor:"19,keyasint,omitempty"` // steps since the person said something last

	Unsaid *Unsaid `cbor:"20,keyasint,omitempty"` // while a choice is awaited; nil: nothing
}

// Unsaid is what a turn has come to before it knows all that it says: people get it
// as one text.
type Unsaid struct {
	Texts   []string            `cbor:"1,keyasint,omitempty"`
	Next    []event.Step        `cbor:"2,keyasint,omitempty"` // next steps of messages in it
	Picture event.Picture       `cbor:"3,keyasint"`
	Choices []event.Opportunity `cbor:"4,keyasint,omitempty"` // that are served when it is said
}

// Awaited is what a conversation waits for.
type Awaited uint8

// What a conversation can wait for.
const (
	AwaitsAnswer Awaited = 1 // of the person
	AwaitsCall   Awaited = 2 // of a system
	AwaitsChoice Awaited = 3 // of the arbiter
)

// Reply is something that is sent because the person wants to be answered.
type Reply struct {
	To      string `cbor:"1,keyasint"` // address on the channel; of a call its URL
	Content []byte `cbor:"2,keyasint"` // JSON of event.Content; of a call its body
	Call    string `cbor:"3,keyasint,omitempty"`
	Tries   int    `cbor:"4,keyasint,omitempty"` // of a call: how often its outcome was unknown

	Choices []event.Opportunity `cbor:"5,keyasint,omitempty"` // that are served when it is sent
	Confirm bool                `cbor:"6,keyasint,omitempty"` // it asks to confirm the consent to its channel
}

// Request is something that a person wants people to see to.
type Request struct {
	ID      string `cbor:"1,keyasint"` // "req-" and the opportunity at which it was opened
	Kind    string `cbor:"2,keyasint"` // id of the rule; one of those below where there is none
	Subject string `cbor:"3,keyasint"`
	Owner   string `cbor:"4,keyasint,omitempty"`

	Opened    event.Instant `cbor:"5,keyasint"`
	Due       event.Instant `cbor:"6,keyasint,omitempty"` // when an answer is due; zero: the customer has one
	Answered  event.Instant `cbor:"7,keyasint,omitempty"` // when they were answered first
	Closed    event.Instant `cbor:"8,keyasint,omitempty"`
	Escalated int           `cbor:"9,keyasint,omitempty"` // how often
	Outcome   string        `cbor:"10,keyasint,omitempty"`

	Channel      string `cbor:"11,keyasint,omitempty"` // where they are answered; empty: where they are reached
	Address      string `cbor:"12,keyasint,omitempty"`
	Conversation string `cbor:"13,keyasint,omitempty"` // that was handed over
	Holds        bool   `cbor:"14,keyasint,omitempty"` // nothing is sold to them while it is open
	Answers      int    `cbor:"15,keyasint,omitempty"`
	Messages     int    `cbor:"16,keyasint,omitempty"` // of the customer since it was opened
}

// The kinds of request that need no rule.
const (
	RequestMessage  = "message"   // they said something that no conversation knows
	RequestHandOver = "hand-over" // a conversation was handed over
)

// RequestOfJourney begins the kind of a request that a journey opened; its id follows.
// Nobody asked for it, so nothing is held back while it is open.
const RequestOfJourney = "journey-"

// Open reports whether somebody has yet to see to r.
func (r *Request) Open() bool { return r.Closed == 0 }

// mostContacts and contactGap bound what counts as coming to the company: what is
// said within an hour of the last word is the same contact.
const (
	mostContacts = 32
	contactGap   = time.Hour
)

// Contact notes that p came to the company at a time.
func (p *Person) Contact(at event.Instant) {
	if n := len(p.Contacts); n > 0 && at < p.Contacts[n-1].Add(contactGap) {
		p.Contacts[n-1] = max(p.Contacts[n-1], at)
		return
	}
	p.Contacts = append(slices.Clone(p.Contacts), at)
	if over := len(p.Contacts) - mostContacts; over > 0 {
		p.Contacts = p.Contacts[over:]
	}
}

// OpenRequest reports whether p waits for people to see to something: then nothing
// is sold to them.
func (p *Person) OpenRequest() bool {
	return slices.ContainsFunc(p.Requests, func(r Request) bool { return r.Open() && r.Holds })
}

// Request points to one of p's requests; nil when there is none of that id.
func (p *Person) Request(id string) *Request {
	for i := range p.Requests {
		if p.Requests[i].ID == id {
			return &p.Requests[i]
		}
	}
	return nil
}

// Conversation points to one of p's conversations; nil when it has ended.
func (p *Person) Conversation(id string) *Conversation {
	for i := range p.Conversations {
		if p.Conversations[i].ID == id {
			return &p.Conversations[i]
		}
	}
	return nil
}

// Attended points to the open request about which people and p are talking: one that
// was handed over or answered. Nil when there is none.
func (p *Person) Attended() *Request {
	for i := range p.Requests {
		if r := &p.Requests[i]; r.Open() && (r.Conversation != "" || r.Answers > 0) {
			return r
		}
	}
	return nil
}

// Held points to the conversation that is being held, or was held last; nil when
// all have ended.
func (p *Person) Held() *Conversation {
	if len(p.Conversations) == 0 {
		return nil
	}
	return &p.Conversations[len(p.Conversations)-1]
}
