package event

import (
	"encoding/json"

	"github.com/rapporthq/rapport/internal/person"
)

// Force says who insists that two records are one person.
type Force string

// The forces, each with the right of the one before.
const (
	Evidence Force = ""         // an event names both
	Aliased  Force = "alias"    // an alias call says so: two user ids may be one person
	Operator Force = "operator" // somebody in charge says so: what was kept apart may be joined, beyond limits too
)

// LinkBody tells the home of Identity that it belongs to Person.
type LinkBody struct {
	Identity person.Identity `json:"identity"`
	Person   person.ID       `json:"person"`         // the record whose event names it
	Rank     person.Rank     `json:"rank,omitempty"` // of Person
	Face     Face            `json:"face,omitzero"`  // the person who asks; journals of before have none
	Force    Force           `json:"force,omitempty"`
}

// Face is what others must know of a person to say whether they may be one with
// them.
type Face struct {
	ID      person.ID           `json:"id"`
	Rank    person.Rank         `json:"rank"`
	Users   int                 `json:"users,omitempty"`  // user ids
	Counts  map[person.Kind]int `json:"counts,omitempty"` // of identities, where there is more than one
	Members []person.ID         `json:"members,omitempty"`
	Apart   []Pair              `json:"apart,omitempty"`

	// Erased is when the record was erased last: what is handed over because they
	// asked before is not taken.
	Erased Instant `json:"erased,omitempty"`
}

// IsZero reports whether there is no face.
func (f Face) IsZero() bool { return f.ID.IsZero() }

// Pair is two records that are not to be joined.
type Pair struct {
	_ struct{}  `cbor:",toarray"`
	A person.ID `json:"a"`
	B person.ID `json:"b"`
}

// JoinBody asks the record it is addressed to, to be one person with With.
type JoinBody struct {
	Identity person.Identity `json:"identity,omitzero"` // that both have; zero when somebody in charge asks
	Asker    person.ID       `json:"asker"`             // who hears of a refusal
	With     Face            `json:"with"`
	Force    Force           `json:"force,omitempty"`
	By       string          `json:"by,omitempty"`
}

// LinkedBody answers that the home of Identity leads to the one who asked, and
// that it had nothing to hand over.
type LinkedBody struct {
	Identity person.Identity `json:"identity,omitzero"`

	// Again tells instead that a record was taken out and is a person again: who
	// had it should ask again for what both had.
	Again bool `json:"again,omitempty"`
}

// HandoverBody carries part of a record's history, in the binary form of
// AppendTo, at most 256 KiB a piece. The last piece has Last set.
type HandoverBody struct {
	Identity person.Identity `json:"identity"`
	From     person.ID       `json:"from"`
	Events   []byte          `json:"events"`
	Last     bool            `json:"last"`

	// Rest comes with the last piece: what the record held besides its history,
	// in the form of package engine.
	Rest json.RawMessage `json:"rest,omitempty"`

	Into  person.ID `json:"into,omitzero"`   // the record that From became a forward to
	Epoch uint32    `json:"epoch,omitempty"` // of the link
	Force Force     `json:"force,omitempty"`
	By    string    `json:"by,omitempty"`

	// Erased is that of the face which asked for it.
	Erased Instant `json:"erased,omitempty"`

	// Back tells that a merge is undone: the history returns to the record that it
	// came from, which is the addressee. From is the person who gives it back.
	Back bool `json:"back,omitempty"`
}

// MergedBody is on the survivor's timeline once a hand-over is complete.
type MergedBody struct {
	Identity person.Identity `json:"identity"`
	Person   person.ID       `json:"person"` // the record that came
	Epoch    uint32          `json:"epoch,omitempty"`
	Force    Force           `json:"force,omitempty"`
	By       string          `json:"by,omitempty"`
	Events   int             `json:"events,omitempty"` // of its timeline

	// Rest is what came besides history, and Ours what the survivor had of the
	// same: what an undo goes by. Both are in the form of package engine.
	Rest json.RawMessage `json:"rest,omitempty"`
	Ours json.RawMessage `json:"ours,omitempty"`
}

// MergeBody is the decision that the person addressed is also Person.
type MergeBody struct {
	Person person.ID `json:"person"`
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// UnmergeBody is the decision that Record is not the person addressed. On a
// timeline, as Unmerged, it tells that this was done.
type UnmergeBody struct {
	Record person.ID `json:"record"` // on the record's own timeline: the person it was taken out of
	By     string    `json:"by,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

// EraseBody says that the person addressed is erased. There is nothing about them
// in it: a record's id is a hash.
type EraseBody struct {
	// At is when it was asked for: what arrived until then goes, what arrives later is of
	// somebody whom nobody knows. Zero: the event's own ReceivedAt.
	At Instant `json:"at,omitempty"`

	// Of is set where the person's record tells the others of it: the homes of their
	// identities and what was merged. Records are all of them.
	Of      person.ID   `json:"of,omitzero"`
	Records []person.ID `json:"records,omitempty"`

	By string `json:"by,omitempty"` // who in charge decided it
}

// TaintBody tells that an address must not be used again, whoever has it.
type TaintBody struct {
	Identity person.Identity `json:"identity"`
	Why      Outcome         `json:"why"`
	At       Instant         `json:"at"`
}
