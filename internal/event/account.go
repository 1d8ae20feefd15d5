package event

import (
	"encoding/json"
	"maps"

	"github.com/rapporthq/rapport/internal/person"
)

// AccountMemberBody is the latest word on a person's place in an account.
type AccountMemberBody struct {
	Group  string    `json:"group"`
	Person person.ID `json:"person"`
	Role   string    `json:"role,omitempty"`
	Since  Instant   `json:"since,omitempty"`
	Left   bool      `json:"left,omitempty"`
}

// AccountTraitsBody is what a group call says of an account at Event.Time.
type AccountTraitsBody struct {
	Group  string          `json:"group"`
	Traits json.RawMessage `json:"traits"` // a JSON object
}

// AccountSharesBody replaces what one member's events add to the account's
// features, by feature key: its id and a hash of its definition, so that values
// of two versions of one feature are never added up.
type AccountSharesBody struct {
	Group  string           `json:"group"`
	Person person.ID        `json:"person"`
	Shares map[string]Share `json:"shares"`
}

// Share is what a member adds to a feature of the account.
type Share struct {
	Count int64             `json:"count,omitempty" cbor:"1,keyasint,omitempty"`
	Money map[string]Micros `json:"money,omitempty" cbor:"2,keyasint,omitempty"` // by currency
	First Instant           `json:"first,omitempty" cbor:"3,keyasint,omitempty"`
	Last  Instant           `json:"last,omitempty" cbor:"4,keyasint,omitempty"`
}

// Plus returns what two members, or one by two ways, add together.
func (s Share) Plus(o Share) Share {
	s.Count += o.Count
	if len(o.Money) > 0 {
		s.Money = maps.Clone(s.Money)
		if s.Money == nil {
			s.Money = map[string]Micros{}
		}
		for currency, amount := range o.Money {
			s.Money[currency] += amount
		}
	}
	if s.First == 0 || o.First != 0 && o.First < s.First {
		s.First = o.First
	}
	s.Last = max(s.Last, o.Last)
	return s
}

// AccountSharedBody is what the members of an account know of it.
type AccountSharedBody struct {
	Group   string           `json:"group"`
	Members int64            `json:"members"`
	Traits  json.RawMessage  `json:"traits,omitempty"` // a JSON object
	Shares  map[string]Share `json:"shares,omitempty"` // the account's features, by feature key
}
