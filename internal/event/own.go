package event

import (
	"encoding/json"
	"fmt"

	"github.com/rapporthq/rapport/internal/person"
)

// DefinitionBody points to the version of the definitions that comes into force.
type DefinitionBody struct {
	Hash    string `json:"hash"`              // hex SHA-256 of the body in the journal's body store
	By      string `json:"by,omitempty"`      // who brought it into force
	Message string `json:"message,omitempty"` // why, in their words
}

// DefinitionVersion is a version of the definitions that came into force. The
// same definitions, brought back, are another version of the same hash.
type DefinitionVersion struct {
	Number  uint64  `json:"number" cbor:"1,keyasint" doc:"from 1, in the order of coming into force"`
	Hash    string  `json:"hash" cbor:"2,keyasint" doc:"hex SHA-256 of the source"`
	At      Instant `json:"at" cbor:"3,keyasint" doc:"when it came into force"`
	By      string  `json:"by,omitempty" cbor:"4,keyasint,omitempty" doc:"who brought it into force"`
	Message string  `json:"message,omitempty" cbor:"5,keyasint,omitempty" doc:"why, in their words"`
}

// CatalogueBody points to the version of the catalogue that comes into force.
type CatalogueBody struct {
	Hash  string `json:"hash"` // hex SHA-256 of the body in the journal's body store
	Items int    `json:"items"`
	By    string `json:"by,omitempty"` // who changed it
}

// Live says who may be sent to.
type Live string

// A new workspace is Disarmed. Going live is a decision of a person.
const (
	Disarmed  Live = "disarmed" // only addresses on the allow-list
	LiveToAll Live = "everyone" // all who consent
	Stopped   Live = "stopped"  // nobody at all, not even the allow-list
)

// SettingsBody is the workspace's mutable state, whole: the last one counts.
type SettingsBody struct {
	Live  Live     `json:"live"`
	Allow []string `json:"allow,omitempty"` // addresses that may be sent to while disarmed
	AsOf  Instant  `json:"as_of,omitempty"` // zero: now
	By    string   `json:"by,omitempty"`    // who changed it

	Levers []Lever `json:"levers,omitempty"`
}

// Opportunity identifies the moment at which a choice became due: the journal
// position of its trigger and a number within it.
type Opportunity struct {
	Partition person.Partition `json:"partition" cbor:"1,keyasint"`
	Offset    uint64           `json:"offset" cbor:"2,keyasint"`
	N         int              `json:"n" cbor:"3,keyasint"`
}

// String gives "partition/offset/n".
func (o Opportunity) String() string { return fmt.Sprintf("%d/%d/%d", o.Partition, o.Offset, o.N) }

// Delivery names the delivery that a choice leads to, and what a slot shows by it.
func (o Opportunity) Delivery() string { return deliveryPrefix + o.String() }

const deliveryPrefix = "dlv-"

// OpportunityOf reads what Delivery wrote; ok is false for other names.
func OpportunityOf(delivery string) (o Opportunity, ok bool) {
	n, err := fmt.Sscanf(delivery, deliveryPrefix+"%d/%d/%d", &o.Partition, &o.Offset, &o.N)
	return o, err == nil && n == 3 && o.Delivery() == delivery
}

// Silence is the action id of doing nothing.
const Silence = "silence"

// Candidate is one thing that could have been done, and whether it could.
type Candidate struct {
	Goal    string `json:"goal"`
	Action  string `json:"action"` // an action id, or Silence
	Message string `json:"message,omitempty"`
	Channel string `json:"channel,omitempty"`

	// Probability is that of drawing this candidate; zero when not eligible.
	Probability float64 `json:"probability"`

	// Withheld says why it is not eligible; empty when it is.
	Withheld Reason `json:"withheld,omitzero"`

	Parameters map[string]string `json:"parameters,omitempty"` // as the action would be set
	Worth      *Worth            `json:"worth,omitempty"`      // nil: not eligible, or chosen before worth was known
}

// Reason is why something was not done: a code to count by, and a sentence.
type Reason struct {
	Code     string  `json:"code" cbor:"1,keyasint"`
	Sentence string  `json:"sentence" cbor:"2,keyasint"`
	Until    Instant `json:"until,omitempty" cbor:"3,keyasint,omitempty"` // when it stops holding, if known
}

// IsZero reports whether there is no reason.
func (r Reason) IsZero() bool { return r.Code == "" }

// ChoiceBody is a recorded choice. It takes effect when it is read.
type ChoiceBody struct {
	ID          Opportunity `json:"id"`
	Trigger     string      `json:"trigger"`    // what made the choice due, in words
	Goal        string      `json:"goal"`       // of what was chosen; of silence, the first that competed
	Definition  string      `json:"definition"` // hash in force when choosing
	Seed        uint64      `json:"seed"`
	Policy      string      `json:"policy"` // the rule that chose, e.g. "uniform/1"
	Candidates  []Candidate `json:"candidates"`
	Chosen      int         `json:"chosen"` // index into Candidates
	Probability float64     `json:"probability"`
	Reason      string      `json:"reason"` // one sentence

	Goals    []string        `json:"goals,omitempty"`    // that competed; empty: Goal alone
	At       Instant         `json:"at,omitempty"`       // when what was chosen may go out; zero: at once
	Expected *Expectation    `json:"expected,omitempty"` // nil: nothing is learned from it
	Levers   []string        `json:"levers,omitempty"`   // ids of those that made a difference
	Forgone  float64         `json:"forgone,omitempty"`  // expected score that the levers cost, workspace currency
	Record   json.RawMessage `json:"record,omitempty"`   // decide.Record: all that it takes to make it again

	Arms []ChoiceArm `json:"arms,omitempty"` // of experiments that bear on it

	Unscored string `json:"unscored,omitempty"` // why the company's own model had no say; empty: it had, or there is none

	Slot    string   `json:"slot,omitempty"`    // that asked; empty: it is about a delivery
	Call    string   `json:"call,omitempty"`    // of the question, with Slot
	Content *Content `json:"content,omitempty"` // of what was chosen for Slot; nil: silence
	Kept    bool     `json:"kept,omitempty"`    // what Slot showed already, and no other choice
}

// ResendBody is somebody's wish that a delivery goes out once more, as it was chosen.
type ResendBody struct {
	Delivery   string            `json:"delivery"`
	Goal       string            `json:"goal"`
	Action     string            `json:"action"`
	Message    string            `json:"message"`
	Channel    string            `json:"channel"`
	Parameters map[string]string `json:"parameters,omitempty"`
	By         string            `json:"by"`
}

// AskBody is the deliverer's request for a grant. Session names the run of the
// deliverer: only that run may send on the grant.
type AskBody struct {
	Delivery string `json:"delivery"`
	Session  string `json:"session"`

	// Hold asks for the delivery to be put off instead. Nil: it asks for a grant.
	Hold *Hold `json:"hold,omitempty"`
}

// Hold is that what carries a channel has no turn for a delivery yet.
type Hold struct {
	Until Instant `json:"until"`
	Why   string  `json:"why"` // a sentence
}

// GrantBody is the durable permission to send one delivery, with exactly what
// is to be sent.
type GrantBody struct {
	Delivery string  `json:"delivery"`
	Session  string  `json:"session"`
	Channel  string  `json:"channel"`
	To       string  `json:"to"` // address on the channel
	Goal     string  `json:"goal,omitempty"`
	Action   string  `json:"action,omitempty"`
	Message  string  `json:"message,omitempty"`
	Content  Content `json:"content"`
}

// GrantHead is a GrantBody without its content: what most who read a grant ask for.
// See UnpackGrant.
type GrantHead struct {
	Delivery string `json:"delivery"`
	Session  string `json:"session"`
	Channel  string `json:"channel"`
	To       string `json:"to"`
	Goal     string `json:"goal,omitempty"`
	Action   string `json:"action,omitempty"`
	Message  string `json:"message,omitempty"`

	Subject string `json:"-"` // of the content
}

// Outcome is what became of a delivery.
type Outcome string

// The outcomes. Sent, Failed and Unknown are final for the grant.
const (
	Sent       Outcome = "sent"       // the channel accepted it
	Failed     Outcome = "failed"     // the channel refused it for good, or retries ran out
	Unknown    Outcome = "unknown"    // granted, and then the process stopped: never retried
	Bounced    Outcome = "bounced"    // accepted, and then refused because of the address: suppresses it
	Delivered  Outcome = "delivered"  // it reached the mailbox or the device
	Lost       Outcome = "lost"       // accepted, and then given up for a reason that is not the address's
	Opened     Outcome = "opened"     // a person, as far as can be told, looked at it
	Clicked    Outcome = "clicked"    // a person followed the next step
	Complained Outcome = "complained" // marked as spam: suppresses the address
)

// ReceiptBody reports an outcome. Machine marks a robot's opens and clicks,
// which never count as a person's.
type ReceiptBody struct {
	Delivery string  `json:"delivery"`
	Channel  string  `json:"channel"`
	Outcome  Outcome `json:"outcome"`
	Detail   string  `json:"detail,omitempty"`
	Machine  bool    `json:"machine,omitempty"`
}

// SuppressedBody records a delivery that policy stopped.
type SuppressedBody struct {
	Delivery string `json:"delivery"`
	Goal     string `json:"goal,omitempty"`
	Action   string `json:"action,omitempty"`
	Channel  string `json:"channel"`
	Reason   Reason `json:"reason"`
	Held     bool   `json:"held,omitempty"` // not dropped: it asks again at Reason.Until
}

// StageBody records a move between stages.
type StageBody struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// SegmentBody records that a person entered or left a segment.
type SegmentBody struct {
	Segment string `json:"segment"`

	// Version is that of the rule that decided; empty when the segment is no
	// longer defined.
	Version string `json:"version,omitempty"`

	// Sweep tells that nothing happened to the person: the definitions or settings
	// changed.
	Sweep bool `json:"sweep,omitempty"`
}

// ConsentBody gives or withdraws consent for a channel and, optionally, a topic.
type ConsentBody struct {
	Channel string `json:"channel"` // a channel, or "*" for all
	Topic   string `json:"topic,omitempty"`
	Given   bool   `json:"given"`
	Proof   string `json:"proof,omitempty"` // how we know: the form, the link, the call

	// On is the channel by which they said it, where it was this one's address that
	// said it: then there is nothing to confirm.
	On string `json:"on,omitempty"`
}

// ConfirmMove is what became of a yes that counts once it is confirmed.
type ConfirmMove string

// The moves.
const (
	ConfirmAsked    ConfirmMove = "asked"     // they were written to, and nothing else is sent
	ConfirmReminded ConfirmMove = "reminded"  // they were asked again
	ConfirmGiven    ConfirmMove = "confirmed" // by the address itself
	ConfirmExpired  ConfirmMove = "expired"   // no answer came in time
	ConfirmDropped  ConfirmMove = "dropped"   // the consent was withdrawn, or is asked for at another address
)

// ConfirmBody records a move, with all that is known of the confirmation after it.
type ConfirmBody struct {
	Channel  string      `json:"channel"`
	Address  string      `json:"address"`
	Move     ConfirmMove `json:"move"`
	Asked    Instant     `json:"asked"`              // when they were asked first
	Until    Instant     `json:"until"`              // when asking is over
	Reminded int         `json:"reminded,omitempty"` // how often
	Source   string      `json:"source,omitempty"`   // which sent the yes
	Page     string      `json:"page,omitempty"`     // on which it was given, where the source says
	Delivery string      `json:"delivery,omitempty"` // of the letter that asked, or that was answered
	Text     string      `json:"text,omitempty"`     // what the letter said
}

// ConfirmReply is the reply of the next step by which people confirm.
const ConfirmReply = "confirm-consent"

// GoalBody records that a person came under a goal.
type GoalBody struct {
	Goal string `json:"goal"`
	Arm  string `json:"arm"`
}

// RefusedBody records something asked for and not done.
type RefusedBody struct {
	What   string `json:"what"`
	Reason Reason `json:"reason"`

	// Identity tells of a merge that was refused; Person and With are the two, one
	// of whom asked.
	Identity person.Identity `json:"identity,omitzero"`
	Person   person.ID       `json:"person,omitzero"`
	With     person.ID       `json:"with,omitzero"`
}

// Pack encodes a body. It panics only if a body type cannot be JSON, which is a
// broken invariant of this package.
func Pack(body any) json.RawMessage {
	b, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("event: body %T: %v", body, err))
	}
	return b
}

// Unpack decodes e's body into a T.
func Unpack[T any](e Event) (T, error) {
	var body T
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return body, fmt.Errorf("%s event %s: body: %w", e.Kind, e.MessageID, err)
	}
	return body, nil
}
