package person

import (
	"cmp"
	"fmt"
	"strings"
)

// Kind says what sort of name an identity is.
type Kind string

// The kinds of identity, strongest first.
const (
	UserID      Kind = "user_id"      // the company's own name for a known customer
	AnonymousID Kind = "anonymous_id" // a browser or device before sign-in
	Email       Kind = "email"        // lower-cased address
	Phone       Kind = "phone"        // digits with a leading plus
)

// Identity is one name of a person.
type Identity struct {
	Kind  Kind   `json:"kind" cbor:"1,keyasint"`
	Value string `json:"value" cbor:"2,keyasint"`
}

// NewIdentity normalises value as its kind requires, so that two spellings of
// one address are one identity.
func NewIdentity(kind Kind, value string) Identity {
	value = strings.TrimSpace(value)
	switch kind {
	case Email:
		value = strings.ToLower(value)
	case Phone:
		value = digits(value)
	case UserID, AnonymousID, Account:
	}
	return Identity{Kind: kind, Value: value}
}

// ParseIdentity reads "kind:value", for instance "user_id:42".
func ParseIdentity(s string) (Identity, error) {
	kind, value, ok := strings.Cut(s, ":")
	i := NewIdentity(Kind(kind), value)
	if !ok || i.Value == "" {
		return Identity{}, fmt.Errorf("identity %q: want kind:value, for instance user_id:42", s)
	}
	switch i.Kind {
	case UserID, AnonymousID, Email, Phone:
		return i, nil
	default:
		return Identity{}, fmt.Errorf("identity %q: unknown kind %q; use user_id, anonymous_id, email or phone", s, kind)
	}
}

// String gives the form that ParseIdentity reads.
func (i Identity) String() string { return string(i.Kind) + ":" + i.Value }

// IsZero reports whether i names nobody.
func (i Identity) IsZero() bool { return i.Value == "" }

// Compare orders identities by kind and value, for a stable listing.
func (i Identity) Compare(o Identity) int {
	return cmp.Or(cmp.Compare(i.Kind, o.Kind), cmp.Compare(i.Value, o.Value))
}

// Blocked reports whether value is one of the placeholders that careless
// clients send in place of an id. It names no one and must not join people.
func (i Identity) Blocked() bool {
	switch strings.ToLower(i.Value) {
	case "", "-1", "null", "undefined", "none", "nil", "nan", "anonymous", "guest", "unknown",
		"true", "false", "[object object]":
		return true
	}
	return strings.Trim(i.Value, "0-") == ""
}

func digits(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r >= '0' && r <= '9' || r == '+' && i == 0 {
			b.WriteRune(r)
		}
	}
	if b.String() == "+" {
		return ""
	}
	return b.String()
}
