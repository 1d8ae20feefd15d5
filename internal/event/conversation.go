package event

import (
	"encoding/json"

	"github.com/rapporthq/rapport/internal/person"
)

// RepliedBody is what somebody said to the company: a text, a call's words and
// keys, a button. The adapter of its channel addresses it to the record of From, by
// person.IDOf, under the message id that the provider gave it: a message that is
// told twice counts once.
type RepliedBody struct {
	Channel string          `json:"channel"`
	From    person.Identity `json:"from"`    // who speaks, as the channel knows them
	Address string          `json:"address"` // where they are answered on the channel; of a call or a chat it may be its session

	// Text is what they wrote or said; of an e-mail the whole text, quotes and all.
	// Keys are what they pressed on a phone. Choice is the id of a button, which was
	// an answer's in Content.Choices.
	Text    string `json:"text,omitempty"`
	Subject string `json:"subject,omitempty"`
	Keys    string `json:"keys,omitempty"`
	Choice  string `json:"choice,omitempty"`

	// Begins is the id of a conversation that a next step begins. Answering with a
	// call it is what the line is for.
	Begins string `json:"begins,omitempty"`

	// Delivery is ours that they answer, where the channel tells.
	Delivery string `json:"delivery,omitempty"`
}

// Option is one of the answers that a question offers, as channels with buttons
// show it. Its ID comes back in RepliedBody.Choice.
type Option struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

// SpokeBody is what a conversation, or somebody answering a request, said.
type SpokeBody struct {
	Conversation string   `json:"conversation,omitempty"` // which one of this person's
	Of           string   `json:"of,omitempty"`           // id of its definition
	Step         string   `json:"step,omitempty"`
	Request      string   `json:"request,omitempty"`
	By           string   `json:"by,omitempty"` // of a person who answers
	Channel      string   `json:"channel"`
	Delivery     string   `json:"delivery"`
	Text         string   `json:"text"`
	Options      []Option `json:"options,omitempty"`
	Again        int      `json:"again,omitempty"` // how often it was asked before without success
}

// Move is what happened to a conversation.
type Move string

// The moves. Began and Resumed make it the one that is held; the others end that.
const (
	Began      Move = "began"
	Resumed    Move = "resumed"
	Paused     Move = "paused"      // no answer came, or another one began
	HandedOver Move = "handed_over" // to people, as a request
	Ended      Move = "ended"       // with an outcome
)

// ConversedBody records a move of a conversation.
type ConversedBody struct {
	Conversation string   `json:"conversation"`
	Of           string   `json:"of"`
	Version      string   `json:"version"` // hash of the definitions that it keeps to
	Move         Move     `json:"move"`
	Step         string   `json:"step,omitempty"` // where it stands
	Channel      string   `json:"channel"`
	Channels     []string `json:"channels,omitempty"` // on which it was held
	Outcome      string   `json:"outcome,omitempty"`
	Turns        int      `json:"turns,omitempty"` // of the person, so far
}

// CalledBody is what a system of the company answered to a call that a
// conversation makes. Delivery names the call in the outbox. A failure that is no
// answer at all is the delivery's receipt.
type CalledBody struct {
	Delivery string          `json:"delivery"`
	Status   int             `json:"status"`           // of HTTP
	Result   json.RawMessage `json:"result,omitempty"` // JSON; nothing when the answer was none
}

// Act is what is done about a request.
type Act string

// The acts.
const (
	RequestOpened    Act = "opened"    // by a rule, a conversation, or a person for a customer
	RequestAssigned  Act = "assigned"  // to Owner
	RequestNoted     Act = "noted"     // Text is for colleagues
	RequestAnswered  Act = "answered"  // Text goes to the customer
	RequestEscalated Act = "escalated" // unanswered in time
	RequestClosed    Act = "closed"    // with Outcome
	RequestReopened  Act = "reopened"  // the customer came back to it
)

// RequestBody is one act on a request of a person: what somebody who answers does,
// and on timelines what rules did.
type RequestBody struct {
	Request string  `json:"request"`
	Act     Act     `json:"act"`
	By      string  `json:"by,omitempty"`
	Text    string  `json:"text,omitempty"`
	Owner   string  `json:"owner,omitempty"`
	Outcome string  `json:"outcome,omitempty"`
	Kind    string  `json:"kind,omitempty"`    // of one that opens
	Subject string  `json:"subject,omitempty"` // of one that opens
	Due     Instant `json:"due,omitempty"`     // when an answer is due
}
