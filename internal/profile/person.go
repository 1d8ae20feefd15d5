// Package profile is what we know of one person: identities, traits, features,
// consent, stage, and where they stand with each goal and delivery. It is pure.
//
// Person is the only truth about a person: every index (timers, outbox,
// identities, stages) is derived from it by the state store.
package profile

import (
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Person is the state of one person, or a forward to one. It is stored as CBOR
// with integer keys: never reuse a number.
type Person struct {
	ID      person.ID `cbor:"1,keyasint"`
	Forward person.ID `cbor:"2,keyasint,omitempty"` // the record is only a forward to this person

	FirstSeen event.Instant `cbor:"3,keyasint,omitempty"` // event time of the first event
	LastSeen  event.Instant `cbor:"4,keyasint,omitempty"` // event time of the latest event
	Events    int64         `cbor:"5,keyasint,omitempty"` // own events, whatever their kind

	Identities []person.Identity     `cbor:"6,keyasint,omitempty"` // sorted
	Traits     Sorted[Trait]         `cbor:"7,keyasint,omitzero"`
	Features   Sorted[Feature]       `cbor:"8,keyasint,omitzero"`
	Consent    Sorted[Consent]       `cbor:"9,keyasint,omitzero"`   // by ConsentKey
	Suppressed map[string]Suppressed `cbor:"10,keyasint,omitempty"` // by SuppressionKey: bounced or complained

	Stage      string        `cbor:"11,keyasint,omitempty"`
	StageSince event.Instant `cbor:"12,keyasint,omitempty"`
	Definition string        `cbor:"13,keyasint,omitempty"` // hash of the definitions it was last brought up to

	Goals      map[string]Goal     `cbor:"14,keyasint,omitempty"`
	Choosing   *Choosing           `cbor:"15,keyasint,omitempty"`
	Deliveries map[string]Delivery `cbor:"16,keyasint,omitempty"` // open ones, by delivery id
	Touches    []Touch             `cbor:"17,keyasint,omitempty"` // granted, newest last, pruned by TouchMemory
	Timers     []Timer             `cbor:"18,keyasint,omitempty"` // sorted by Due, Kind, Ref

	Settling []person.Identity `cbor:"19,keyasint,omitempty"` // links whose hand-over is not complete: silence only

	// Declared is what a company's systems said of consent, by ConsentKey, in traits
	// that they send again and again. It never undoes what the person said.
	Declared Sorted[Consent] `cbor:"24,keyasint,omitzero"`

	Linked  []person.Identity `cbor:"22,keyasint,omitempty"` // no longer written
	Foreign []person.Identity `cbor:"23,keyasint,omitempty"` // no longer written: see Refusals

	Rank     person.Rank  `cbor:"25,keyasint,omitempty"` // of the identity whose home this is; it never changes
	Met      []Met        `cbor:"26,keyasint,omitempty"` // of Identities, in their order
	Home     *Home        `cbor:"27,keyasint,omitempty"`
	Epoch    uint32       `cbor:"28,keyasint,omitempty"` // how often the record has become a forward
	Vacant   bool         `cbor:"29,keyasint,omitempty"` // the record of an identity that is nobody's
	Merges   []Merge      `cbor:"30,keyasint,omitempty"` // oldest first
	Refusals []Refusal    `cbor:"31,keyasint,omitempty"` // oldest first
	Apart    []event.Pair `cbor:"32,keyasint,omitempty"` // sorted; records that were taken apart and stay so

	Accounts []AccountMembership `cbor:"45,keyasint,omitempty"` // sorted by group; those they have left too
	Views    []AccountView       `cbor:"46,keyasint,omitempty"` // sorted by group

	// Shares are what events that name no account add to the features of the
	// person's account, by feature key.
	Shares map[string]event.Share `cbor:"47,keyasint,omitempty"`

	// Erased is when the record was erased last: what arrived until then is not taken,
	// wherever it comes from.
	Erased event.Instant `cbor:"48,keyasint,omitempty"`

	Model  uint64  `cbor:"51,keyasint,omitempty"` // number of the state model by which their history was filtered
	Belief *Belief `cbor:"50,keyasint,omitempty"` // nil: nothing is believed of them

	Walk   Walk                    `cbor:"20,keyasint"`
	Earned map[string]event.Micros `cbor:"21,keyasint,omitempty"` // lifetime KPI by goal, workspace currency

	// Conversations are those that have not ended; the last is the one being held.
	Conversations []Conversation `cbor:"60,keyasint,omitempty"`

	// Requests are those that are open, and the latest that were closed, oldest
	// first.
	Requests []Request `cbor:"61,keyasint,omitempty"`

	// Contacts are when they came to the company lately with something to say, oldest
	// first.
	Contacts []event.Instant `cbor:"62,keyasint,omitempty"`

	// Journeys are those that they are inside, in the order of beginning; Been is what is
	// known of every journey that they ever began, or that waits for a change.
	Journeys []Journey       `cbor:"70,keyasint,omitempty"`
	Been     map[string]Been `cbor:"71,keyasint,omitempty"`

	// Complaint is where the person stands with complaints, by the rule of the
	// definitions; nil: none was ever made.
	Complaint *Complaint `cbor:"53,keyasint,omitempty"`

	// Stakes are choices whose outcome is not known yet, oldest first.
	Stakes []Stake `cbor:"54,keyasint,omitempty"`

	Maturing *Maturing `cbor:"72,keyasint,omitempty"` // nil: none

	Showing []Showing `cbor:"55,keyasint,omitempty"` // questions of slots that wait for their choices, oldest first
	Shown   []Shown   `cbor:"56,keyasint,omitempty"` // what was chosen for each slot, oldest first

	// Confirming is where they stand with channels whose consent counts once they
	// confirm it, by channel.
	Confirming Sorted[Confirmation] `cbor:"57,keyasint,omitzero"`

	Segments []Membership `cbor:"35,keyasint,omitempty"` // sorted by Segment
	Basis    string       `cbor:"36,keyasint,omitempty"` // definition.Workspace.Basis under which history was folded
}

// Membership is that a person belongs to a segment.
type Membership struct {
	Segment string        `cbor:"1,keyasint"`
	Since   event.Instant `cbor:"2,keyasint"` // the workspace's clock when they entered
	Version string        `cbor:"3,keyasint"` // of the segment's rule, when they entered
}

// Walk is where a person is in their walk over the lifecycle map. Package
// lifecycle moves it.
type Walk struct {
	Visits     int64         `cbor:"1,keyasint,omitempty"` // visits so far
	VisitStart event.Instant `cbor:"2,keyasint,omitempty"`
	LastOwn    event.Instant `cbor:"3,keyasint,omitempty"` // latest act of their own, response or unprompted
	Response   bool          `cbor:"4,keyasint,omitempty"` // the current visit began as a response
	Effort     Effort        `cbor:"5,keyasint"`
	Touchpoint string        `cbor:"6,keyasint,omitempty"` // of the latest interaction
}

// Effort counts interactions by who made the effort.
type Effort struct {
	Outreach   int64 `cbor:"1,keyasint,omitempty"`
	Response   int64 `cbor:"2,keyasint,omitempty"`
	Unprompted int64 `cbor:"3,keyasint,omitempty"`
}

// Trait is a declared attribute; the newest by event time wins.
type Trait struct {
	Value []byte        `cbor:"1,keyasint"` // JSON
	Time  event.Instant `cbor:"2,keyasint"`
}

// Feature is the running value of a definition.Feature: what its value at any
// time is computed from. See [Person.Value].
type Feature struct {
	Count int64           `cbor:"1,keyasint,omitempty"`
	Money Sums            `cbor:"2,keyasint,omitzero"`  // by currency; "" holds plain numbers
	At    event.Instant   `cbor:"3,keyasint,omitempty"` // of First, Last and a lifetime's Rate
	Value []byte          `cbor:"4,keyasint,omitempty"` // JSON: of a First or Last of a property
	Grain []Grain         `cbor:"5,keyasint,omitempty"` // of a window, oldest first
	Seen  []Seen          `cbor:"6,keyasint,omitempty"` // of Distinct, latest first
	Times []event.Instant `cbor:"7,keyasint,omitempty"` // of Recent, latest first
}

// Sums are amounts by currency; plain numbers are under "".
type Sums = Sorted[event.Micros]

// Grain is what happened in one hour or day of a window.
type Grain struct {
	_     struct{} `cbor:",toarray"`
	At    int64    // whole grains since 1970
	Count int64
	Money Sums
}

// Seen is a value that a Distinct feature has met.
type Seen struct {
	_    struct{} `cbor:",toarray"`
	At   int64    // the latest grain in which it was met; 0 without a window
	Hash uint64
}

// Consent is what a person said last about a channel and topic.
type Consent struct {
	Given bool          `cbor:"1,keyasint"`
	Time  event.Instant `cbor:"2,keyasint"`
	Proof string        `cbor:"3,keyasint,omitempty"`
}

// ConsentKey names a channel and, optionally, a topic of it.
func ConsentKey(channel, topic string) string {
	if topic == "" {
		return channel
	}
	return channel + "/" + topic
}

// SplitConsentKey is the reverse of ConsentKey.
func SplitConsentKey(key string) (channel, topic string) {
	channel, topic, _ = strings.Cut(key, "/")
	return channel, topic
}

// Suppressed is an address that must not be used again.
type Suppressed struct {
	Why  event.Outcome `cbor:"1,keyasint"`
	Time event.Instant `cbor:"2,keyasint"`
}

// Exposed is the arm that a result counts in: the one the person was in first.
func (g Goal) Exposed() Arm {
	if g.First != "" {
		return g.First
	}
	return g.Arm
}

// Arm is a side of a goal's comparison.
type Arm string

// The arms.
const (
	Treated       Arm = "treated"
	GoalHoldout   Arm = "goal_holdout"
	GlobalHoldout Arm = "global_holdout"
)

// Goal is where a person stands with one goal, from the moment they joined it.
type Goal struct {
	Joined  event.Instant `cbor:"1,keyasint"` // partition time
	Arm     Arm           `cbor:"2,keyasint"`
	Before  event.Micros  `cbor:"3,keyasint,omitempty"` // KPI up to joining, workspace currency
	KPI     event.Micros  `cbor:"4,keyasint,omitempty"` // KPI since joining, within the horizon
	Reached event.Instant `cbor:"5,keyasint,omitempty"` // when first in a desired stage after joining
	Chosen  int           `cbor:"6,keyasint,omitempty"` // choices made
	Silent  int           `cbor:"7,keyasint,omitempty"` // of which silence
	Sent    int           `cbor:"8,keyasint,omitempty"`
	Held    int           `cbor:"9,keyasint,omitempty"` // suppressions

	Reachable bool          `cbor:"10,keyasint,omitempty"` // when joining: address and consent for a message of the goal
	Next      event.Instant `cbor:"11,keyasint,omitempty"` // partition time before which no choice is due

	// First is the arm that the person was in first, where another person of
	// another arm turned out to be this one: results count there. Arm is what they
	// are met by.
	First Arm `cbor:"12,keyasint,omitempty"`

	Yielded int `cbor:"13,keyasint,omitempty"` // choices of which another goal's candidate was
}

// Choosing marks a person for whom a choice is due.
type Choosing struct {
	ID      event.Opportunity `cbor:"1,keyasint"`
	Goal    string            `cbor:"2,keyasint"`
	Trigger string            `cbor:"3,keyasint"`
	At      event.Instant     `cbor:"4,keyasint"` // partition time when it became due

	// Scored tells that the company's own model was asked: Scores are its answer, or
	// Unscored says why there is none.
	Scored   bool               `cbor:"5,keyasint,omitempty"`
	Scores   map[string]float64 `cbor:"6,keyasint,omitempty"`
	Unscored string             `cbor:"7,keyasint,omitempty"`
}

// Phase is how far an open delivery has come.
type Phase uint8

// The phases, in order.
const (
	Queued  Phase = 1 // waits for the deliverer, not before After
	Asked   Phase = 2 // the gate let it pass; its grant is on its way to the journal
	Granted Phase = 3 // the grant is durable
)

// Delivery is one attempt on one channel that has no outcome yet.
type Delivery struct {
	ID      string        `cbor:"1,keyasint"`
	Goal    string        `cbor:"2,keyasint,omitempty"`
	Action  string        `cbor:"3,keyasint,omitempty"`
	Message string        `cbor:"4,keyasint,omitempty"`
	Channel string        `cbor:"5,keyasint"`
	Phase   Phase         `cbor:"6,keyasint"`
	After   event.Instant `cbor:"7,keyasint,omitempty"` // partition time
	Session string        `cbor:"8,keyasint,omitempty"` // of the deliverer that asked
	Grant   []byte        `cbor:"9,keyasint,omitempty"` // JSON of event.GrantBody once Granted
	Created event.Instant `cbor:"10,keyasint"`

	// Reply is set on what is said in a conversation, or asked of a company's system
	// for one, in place of Goal, Action and Message.
	Reply *Reply `cbor:"20,keyasint,omitempty"`

	Parameters map[string]string `cbor:"11,keyasint,omitempty"` // as the action is set

	Tries  int    `cbor:"12,keyasint,omitempty"` // how often its outcome was unknown, and it was sent again
	Resent string `cbor:"13,keyasint,omitempty"` // who wants it once more, whatever became of what it was chosen for
}

// Touch is a delivery that was granted: what caps, cool-downs and attribution
// look back on.
type Touch struct {
	Delivery string        `cbor:"1,keyasint"`
	Action   string        `cbor:"2,keyasint,omitempty"`
	Channel  string        `cbor:"3,keyasint"`
	Time     event.Instant `cbor:"4,keyasint"` // partition time of the grant
	Goal     string        `cbor:"5,keyasint,omitempty"`
	Address  string        `cbor:"6,keyasint,omitempty"`
	Of       person.ID     `cbor:"7,keyasint,omitzero"` // the record that it came with

	Owed  bool `cbor:"9,keyasint,omitempty"` // transactional: caps do not count it
	Shown bool `cbor:"8,keyasint,omitempty"` // in a slot, which Channel names: only cool-downs count it
}

// TimerKind says what a timer is for.
type TimerKind uint8

// The kinds of timer.
const (
	StageTimer  TimerKind = 1 // the stage may change by the passing of time
	DecideTimer TimerKind = 2 // Ref is a goal id: reconsider the person

	SegmentTimer TimerKind = 3 // a membership may change by the passing of time

	// AccountTimer is an account's: tell the members what is new.
	AccountTimer TimerKind = 4

	BeliefTimer TimerKind = 10 // what is believed may have changed by silence

	OutcomeTimer TimerKind = 20 // Ref is a choice: what came of it is known
	LearnTimer   TimerKind = 21 // a partition's: hand over what was learned, or publish it

	JourneyTimer TimerKind = 40 // the passing of time takes the person on in a journey, or begins one

	ConversationTimer TimerKind = 30 // Ref is a conversation of the person: no answer came
	RequestTimer      TimerKind = 31 // Ref is a request: it is unanswered

	ConfirmTimer TimerKind = 50 // Ref is a channel: its consent is not confirmed yet
)

// Timer is something to do when partition time reaches Due.
type Timer struct {
	Due  event.Instant `cbor:"1,keyasint"`
	Kind TimerKind     `cbor:"2,keyasint"`
	Ref  string        `cbor:"3,keyasint,omitempty"`
}
