package event

import (
	"encoding/json"
	"strings"
)

// SourceKind says what sort of system a source is.
type SourceKind string

// The kinds of source.
const (
	ServerSource  SourceKind = "server"  // a system of the company's that calls the tracking API
	BrowserSource SourceKind = "browser" // pages and apps, whose key anybody can read
	WebhookSource SourceKind = "webhook" // a system that posts bodies of its own, read by a map
	ImportSource  SourceKind = "import"  // files
	PullSource    SourceKind = "pull"    // what Rapport fetches by itself
)

// DefaultSource is the id of the source whose write key is in the configuration.
const DefaultSource = "default"

// SourcesBody is the list of sources, whole: the last one counts.
type SourcesBody struct {
	Sources []Source `json:"sources"`
	By      string   `json:"by,omitempty"` // who changed it

	// Outages are when sources were not connected.
	Outages []Outage `json:"outages,omitempty"`
}

// Outage is a time in which a source was not connected: that nothing came from it
// says nothing about people.
type Outage struct {
	Source string   `json:"source" doc:"its id"`
	From   Instant  `json:"from" doc:"null: since ever, as before a source was first connected"`
	To     Instant  `json:"to" doc:"null: until further notice"`
	Acts   []string `json:"acts,omitempty" doc:"ids of the kinds of own acts that no other source brings; none: all of them"`
	By     string   `json:"by,omitempty" doc:"who said so"`

	// Connected says the contrary.
	Connected bool `json:"connected,omitempty" doc:"true: it was connected, nothing came all the same, and nobody needs to ask again: silence stays evidence"`
}

// Source is where events come from. Its id is the Source of its events.
type Source struct {
	ID      string      `json:"id"` // kebab-case
	Name    string      `json:"name"`
	Kind    SourceKind  `json:"kind"`
	Created Instant     `json:"created"`
	Keys    []SourceKey `json:"keys,omitempty"`

	// Webhook says how a body of a webhook source is read. In the form of package
	// definition and package ingest, which check it.
	Webhook json.RawMessage `json:"webhook,omitempty"`
}

// SourceKey is a write key as it is kept: what can tell it, and not itself.
type SourceKey struct {
	ID      string  `json:"id"`   // unique within the source
	Hash    string  `json:"hash"` // hex SHA-256 of the key
	Hint    string  `json:"hint"` // its last letters, for a person to tell it by
	Created Instant `json:"created"`

	Revoked Instant `json:"revoked,omitempty"` // zero: it opens
	Reason  string  `json:"reason,omitempty"`
}

// DeadLetterBody keeps what an authenticated caller sent and Rapport would not
// take. The source is that of the event, whose ReceivedAt is when it came.
type DeadLetterBody struct {
	Letters []DeadLetter `json:"letters"`

	// Unkept counts what was rejected before, since the last of these events of
	// the same source, and not kept because there was too much of it.
	Unkept uint64 `json:"unkept,omitempty"`
}

// DeadLetter is one rejected call, or one rejected event of a batch.
type DeadLetter struct {
	Path    string `json:"path"` // of the call, such as /v1/batch
	Index   int    `json:"index,omitempty"`
	Whole   bool   `json:"whole,omitempty"` // Raw is the whole body, not one event of a batch
	Raw     []byte `json:"raw"`
	Cut     int    `json:"cut,omitempty"` // bytes of it that were left out at its end
	SentAt  string `json:"sent_at,omitempty"`
	Shared  []byte `json:"shared,omitempty"` // the context that a batch gives its events
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
}

// LetterState says what became of a dead letter.
type LetterState string

// The states of a dead letter.
const (
	LetterOpen      LetterState = "open"
	LetterMended    LetterState = "mended"    // replayed, and taken
	LetterDismissed LetterState = "dismissed" // somebody decided that it is not needed
	LetterErased    LetterState = "erased"    // whom it names was erased, and it is gone
)

// DeadLetterDoneBody moves dead letters to a state; open undoes a dismissal.
type DeadLetterDoneBody struct {
	Letters []uint64    `json:"letters"` // their numbers
	State   LetterState `json:"state"`
	By      string      `json:"by,omitempty"`
	Reason  string      `json:"reason,omitempty"`
}

// Letter is a dead letter as the fold keeps it.
type Letter struct {
	DeadLetter

	Number     uint64      `json:"number"` // grows in the order of arrival
	Source     string      `json:"source"`
	ReceivedAt Instant     `json:"received_at"`
	State      LetterState `json:"state"`
	DoneAt     Instant     `json:"done_at,omitempty"`
	By         string      `json:"by,omitempty"`
	Reason     string      `json:"reason,omitempty"`
}

// SourceID returns the source that a name in [Event.Source] belongs to: what
// comes before a colon, after which an importer says which file.
func SourceID(name string) string {
	id, _, _ := strings.Cut(name, ":")
	return id
}

// LetterSum counts the dead letters of a source. Open, Mended and Dismissed are
// kept; the others are counts for ever.
type LetterSum struct {
	Open      uint64 `json:"open" cbor:"1,keyasint,omitempty"`
	Mended    uint64 `json:"mended" cbor:"2,keyasint,omitempty"`
	Dismissed uint64 `json:"dismissed" cbor:"3,keyasint,omitempty"`
	Bytes     uint64 `json:"bytes" cbor:"4,keyasint,omitempty" doc:"of those kept"`

	Received uint64  `json:"received" cbor:"5,keyasint,omitempty" doc:"ever"`
	Unkept   uint64  `json:"unkept" cbor:"6,keyasint,omitempty" doc:"came too fast to be kept"`
	LetGo    uint64  `json:"let_go" cbor:"7,keyasint,omitempty" doc:"were kept, until there were too many"`
	Last     Instant `json:"last" cbor:"8,keyasint,omitempty"`
}

// Kept is how many dead letters there are.
func (s LetterSum) Kept() uint64 { return s.Open + s.Mended + s.Dismissed }

// Tally is what arrived of a source within an hour, by partition time. Events
// that one partition passed to another count once.
type Tally struct {
	Accepted   uint64  `json:"accepted" cbor:"1,keyasint,omitempty"`
	Duplicates uint64  `json:"duplicates" cbor:"2,keyasint,omitempty"`
	Bytes      uint64  `json:"bytes" cbor:"3,keyasint,omitempty" doc:"of events, as the journal keeps them"`
	Rejected   uint64  `json:"rejected" cbor:"4,keyasint,omitempty"`
	Bots       uint64  `json:"bots" cbor:"6,keyasint,omitempty" doc:"of those accepted, by robots: they are kept, and of nobody"`
	Last       Instant `json:"last" cbor:"5,keyasint,omitempty" doc:"when the latest arrived"`
}

// Add adds o to t.
func (t *Tally) Add(o Tally) {
	t.Accepted += o.Accepted
	t.Duplicates += o.Duplicates
	t.Bytes += o.Bytes
	t.Rejected += o.Rejected
	t.Bots += o.Bots
	t.Last = max(t.Last, o.Last)
}
