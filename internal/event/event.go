// Package event holds the envelope of everything that happens: the calls of the
// Segment tracking spec (https://segment.com/docs/connections/spec/) and
// Rapport's own kinds, with the binary form in which the journal keeps them.
//
// An Event is a value. Its byte slices are shared, never changed.
package event

import (
	"encoding/json"
	"strings"

	"github.com/rapporthq/rapport/internal/person"
)

// Kind says what sort of fact an event is. Numbers are on disk: never reuse one.
type Kind uint8

// What customers' systems and browsers send: the Segment spec's calls.
const (
	Identify Kind = 1
	Track    Kind = 2
	Page     Kind = 3
	Screen   Kind = 4
	Group    Kind = 5
	Alias    Kind = 6
)

// Rapport's own kinds. Those below 40 concern a whole partition; the
// others one person.
const (
	Clock      Kind = 32  // partition time moves to ReceivedAt and due timers fire
	Definition Kind = 33  // Body: DefinitionBody; a version of the definitions comes into force
	Settings   Kind = 34  // Body: SettingsBody; live mode, allow-list, as-of clock
	Model      Kind = 80  // Body: ModelBody; a state model comes into force, or none
	Posterior  Kind = 100 // Body: PosteriorBody; what was learned from all outcomes comes into force
	Sweep      Kind = 35  // one step of bringing the partition's people up to date
	Catalogue  Kind = 39  // Body: CatalogueBody; a version of the catalogue comes into force

	// Of the workspace as a whole; all of them are in partition 0.
	Sources        Kind = 36  // Body: SourcesBody; where events come from, and by which keys
	DeadLetters    Kind = 37  // Body: DeadLetterBody; what a caller sent and was refused
	DeadLetterDone Kind = 38  // Body: DeadLetterDoneBody; it was mended, or dismissed
	Learned        Kind = 101 // Body: LearnedBody; what a partition learned from outcomes, told to the coordinator
	Trained        Kind = 82  // Body: TrainedBody; a state model was trained, or tried to be

	Link     Kind = 40 // Body: LinkBody; an identity's home learns whom it belongs to
	Handover Kind = 41 // Body: HandoverBody; a linked record's history arrives at its person
	Merged   Kind = 42 // Body: MergedBody; on the survivor's timeline: a hand-over is complete
	Join     Kind = 43 // Body: JoinBody; two people who share an identity are asked to be one
	Linked   Kind = 44 // Body: LinkedBody; a link is made, and there was nothing to hand over
	Merge    Kind = 45 // Body: MergeBody; somebody in charge says that two people are one
	Unmerge  Kind = 46 // Body: UnmergeBody; somebody in charge says that they are not
	Taint    Kind = 47 // Body: TaintBody; an address bounced or complained: tells its home, and all who have it

	Choice     Kind = 48 // Body: ChoiceBody
	Ask        Kind = 49 // Body: AskBody; the deliverer asks to send
	Grant      Kind = 50 // Body: GrantBody; the durable permission to send one delivery
	Receipt    Kind = 51 // Body: ReceiptBody; what became of a delivery
	Suppressed Kind = 52 // Body: SuppressedBody; timeline only: policy stopped a delivery
	StageMoved Kind = 53 // Body: StageBody; timeline only: the person is in another stage
	Consented  Kind = 54 // Body: ConsentBody; consent given or withdrawn
	GoalJoined Kind = 55 // Body: GoalBody; timeline only: the person came under a goal, in an arm
	Refused    Kind = 56 // Body: RefusedBody; timeline only: something was asked for and not done

	Unmerged Kind = 57 // Body: UnmergeBody; timeline only: a merge was undone
	Erase    Kind = 58 // Body: EraseBody; all that is known of the person, and of the records that they are made of, goes

	Confirmed Kind = 59 // Body: ConfirmBody; timeline only: a yes waits to be confirmed, was, or was not in time

	Resend Kind = 62 // Body: ResendBody; somebody wants a delivery that failed to go out once more, under its key

	SegmentEntered Kind = 60  // Body: SegmentBody; timeline only: the person belongs to a segment from now on
	SegmentLeft    Kind = 61  // Body: SegmentBody; timeline only: and no longer
	Slots          Kind = 103 // Body: SlotsBody; places ask what to show the person
	Served         Kind = 104 // Body: ServedBody; what a place showed in the end
	Scored         Kind = 105 // Body: ScoredBody; what a model of the company's own says before a choice
	Outcomes       Kind = 102 // Body: OutcomeBody; timeline only: what came of a choice is known
	StateMoved     Kind = 81  // Body: StateBody; timeline only: the relationship is believed to be in another state
)

// Of what people and company say to each other.
const (
	Replied   Kind = 90 // Body: RepliedBody; somebody said something to the company
	Spoke     Kind = 91 // Body: SpokeBody; timeline only: what a conversation said, or somebody who answers
	Conversed Kind = 92 // Body: ConversedBody; timeline only: a conversation began, paused, ended
	Called    Kind = 93 // Body: CalledBody; what a system of the company answered
	Journeyed Kind = 95 // Body: JourneyedBody; timeline only: the person came to a step of a journey
	Request   Kind = 94 // Body: RequestBody; what is done about a request
)

// Kinds addressed to an account's record, but for AccountShared, which an account
// addresses to each of its members.
const (
	AccountMember Kind = 70 // Body: AccountMemberBody; a person joins, leaves or has another role
	AccountTraits Kind = 71 // Body: AccountTraitsBody; what a group call says of the account
	AccountShares Kind = 72 // Body: AccountSharesBody; what a member's events add to the account's features
	AccountShared Kind = 73 // Body: AccountSharedBody; what members' rules may know of the account
)

// Event is one immutable fact.
type Event struct {
	Kind Kind

	// To is the record the event is addressed to: the id of its primary
	// identity, whose home decides the partition. Zero for partition events.
	To person.ID

	// Source is the name of the write key, import or machine that sent the
	// event; MessageID is unique within it for the de-duplication window.
	Source    string
	MessageID string

	// Name is the event name of a track call, or the page or screen name; of a
	// group call it is the groupId (and Traits are the group's), of an alias call the
	// previousId.
	Name        string
	UserID      string
	AnonymousID string

	// Time is when it happened; ReceivedAt is when it arrived here.
	Time       Instant
	ReceivedAt Instant

	// Imported events are history: they build profiles and start nothing.
	Imported bool

	// Bot events were sent by what says of itself that it is a robot: they are kept,
	// counted by source, and of nobody.
	Bot bool

	// Origin is set on events that one partition sends to another.
	Origin Origin

	// Via is the record that the event was addressed to at first, when that has
	// become a forward and passed it on. It is how a merge can be undone.
	Via person.ID

	// Led are the other forwards that led the event on after Via did, in order. By
	// them it is found again that one of them was taken out while it was on its way.
	Led []person.ID

	Traits     json.RawMessage // a JSON object, or nil
	Properties json.RawMessage // a JSON object, or nil
	Context    json.RawMessage // a JSON object, or nil

	// Body is the JSON payload of Rapport's own kinds.
	Body json.RawMessage
}

// Origin identifies an event that the fold of one partition sent to another (or
// to itself). Sequences start at 1 and increase by 1 per sender, so a
// receiver applies each once by remembering the last it saw of each sender.
type Origin struct {
	Partition person.Partition
	Seq       uint64 // 0: not sent by a partition
}

// Own reports whether the kind is one of Rapport's own rather than a call of the
// tracking API.
func (k Kind) Own() bool { return k >= Clock }

// OfPartition reports whether the kind concerns a whole partition.
func (k Kind) OfPartition() bool {
	return k >= Clock && k <= Catalogue || k == Model || k == Trained || k == Posterior
}

// OfAccount reports whether the kind is addressed to an account.
func (k Kind) OfAccount() bool { return k >= AccountMember && k <= AccountShares }

// Once reports whether an event of Rapport's own kinds comes from outside the fold
// and counts once under its message id. Applying one of the others twice has no
// effect.
func (k Kind) Once() bool {
	return k == Consented || k == Replied || k == Called || k == Request || k == Slots || k == Served
}

// ProviderSource is the source of what providers report of letters that they took.
// They report things twice.
const ProviderSource = "provider"

// Once reports whether the event counts once under its message id: see Kind.Once.
func (e *Event) Once() bool {
	return !e.Kind.Own() || e.Kind.Once() || e.Lasting() || e.Kind == Receipt && e.Source == ProviderSource
}

// String gives the kind's name as the API and the timeline show it.
func (k Kind) String() string {
	switch k {
	case Identify:
		return "identify"
	case Track:
		return "track"
	case Page:
		return "page"
	case Screen:
		return "screen"
	case Group:
		return "group"
	case Alias:
		return "alias"
	case Clock:
		return "clock"
	case Definition:
		return "definition"
	case Settings:
		return "settings"
	case Sweep:
		return "sweep"
	case Sources:
		return "sources"
	case DeadLetters:
		return "dead_letter"
	case DeadLetterDone:
		return "dead_letter_done"
	case Catalogue:
		return "catalogue"
	case Posterior:
		return "posterior"
	case Learned:
		return "learned"
	case Outcomes:
		return "outcome"
	case Slots:
		return "slots"
	case Served:
		return "served"
	case Scored:
		return "scored"
	case Model:
		return "model"
	case Trained:
		return "model_trained"
	case StateMoved:
		return "state_moved"
	case Link:
		return "link"
	case Handover:
		return "handover"
	case Merged:
		return "merged"
	case Join:
		return "join"
	case Linked:
		return "linked"
	case Merge:
		return "merge"
	case Unmerge:
		return "unmerge"
	case Taint:
		return "taint"
	case Unmerged:
		return "unmerged"
	case Erase:
		return "erase"
	case Choice:
		return "choice"
	case Ask:
		return "ask"
	case Grant:
		return "grant"
	case Receipt:
		return "receipt"
	case Suppressed:
		return "suppressed"
	case StageMoved:
		return "stage_moved"
	case Consented:
		return "consented"
	case Confirmed:
		return "confirmed"
	case GoalJoined:
		return "goal_joined"
	case Refused:
		return "refused"
	case Resend:
		return "resend"
	case SegmentEntered:
		return "segment_entered"
	case SegmentLeft:
		return "segment_left"
	case AccountMember:
		return "account_member"
	case AccountTraits:
		return "account_traits"
	case AccountShares:
		return "account_shares"
	case AccountShared:
		return "account_shared"
	case Replied:
		return "replied"
	case Spoke:
		return "spoke"
	case Conversed:
		return "conversed"
	case Called:
		return "called"
	case Journeyed:
		return "journeyed"
	case Request:
		return "request"
	default:
		return "unknown"
	}
}

// PullPrefix begins the source of every event that was pulled from a database.
const PullPrefix = "pull:"

// Lasting reports whether the event is the same for ever when it comes again:
// rows of a file, and of a database, are sent again whenever somebody likes.
func (e Event) Lasting() bool { return e.Imported || strings.HasPrefix(e.Source, PullPrefix) }

// Label is how a timeline names the event: the event name of a track call, else
// the kind.
func (e Event) Label() string {
	if e.Kind == Track && e.Name != "" {
		return e.Name
	}
	return e.Kind.String()
}

// Home returns the record that e was addressed to at first.
func (e *Event) Home() person.ID {
	if !e.Via.IsZero() {
		return e.Via
	}
	return e.To
}

// Primary returns the identity that decides the event's home: the user id, else
// the anonymous id. It is zero when the event has neither.
func (e Event) Primary() person.Identity {
	if i := person.NewIdentity(person.UserID, e.UserID); !i.IsZero() && !i.Blocked() {
		return i
	}
	if i := person.NewIdentity(person.AnonymousID, e.AnonymousID); !i.IsZero() && !i.Blocked() {
		return i
	}
	return person.Identity{}
}
