package person

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"unicode"
)

// Kind says what sort of name an identity is.
type Kind string

// The kinds of identity, strongest first. An external id is of the kind
// External followed by its type.
const (
	UserID      Kind = "user_id"      // the company's own name for a known customer
	AnonymousID Kind = "anonymous_id" // a browser or device before sign-in
	Email       Kind = "email"        // lower-cased address
	Phone       Kind = "phone"        // digits with a leading plus
	DeviceToken Kind = "device_token" // of an app, for push

	External Kind = "external:"
)

// mostKind and mostValue bound what may be an identity, in bytes.
const (
	mostKind  = 64
	mostValue = 512
)

// ExternalKind returns the kind of external ids of a type; empty when the type
// is none.
func ExternalKind(typ string) Kind {
	typ = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(typ)), ":", ".")
	switch {
	case typ == "" || len(typ) > mostKind || strings.ContainsFunc(typ, unicode.IsControl):
		return ""
	case Kind(typ) == Email || Kind(typ) == Phone:
		return Kind(typ)
	default:
		return External + Kind(typ)
	}
}

// Rank is how strongly a kind of identity holds a record together. Of two records
// that are one person the one of the stronger rank survives.
type Rank uint8

// The ranks, strongest first.
const (
	KnownRank     Rank = 1 // a user id
	AnonymousRank Rank = 2 // an anonymous id
	AddressRank   Rank = 3 // everything else, which several people may share
)

// Rank returns the rank of records that begin with an identity of kind k.
func (k Kind) Rank() Rank {
	switch k {
	case UserID:
		return KnownRank
	case AnonymousID:
		return AnonymousRank
	default:
		return AddressRank
	}
}

// Priority orders kinds for showing and for choosing, strongest first.
func (k Kind) Priority() int {
	switch k {
	case UserID:
		return 0
	case Email:
		return 1
	case Phone:
		return 2
	case AnonymousID:
		return 3
	case DeviceToken:
		return 4
	default:
		return 5
	}
}

// Before reports whether record a, of rank ra, survives record b, of rank rb. It
// is a total order that never changes: whoever asks, the answer is one, and
// following it leads to an end.
func Before(ra Rank, a ID, rb Rank, b ID) bool {
	if ra != rb {
		return ra < rb
	}
	return bytes.Compare(a[:], b[:]) < 0
}

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
	default:
	}
	return Identity{Kind: kind, Value: value}
}

// ParseIdentity reads "kind:value", for instance "user_id:42" or
// "external:crm:77".
func ParseIdentity(s string) (Identity, error) {
	kind, value, ok := strings.Cut(s, ":")
	if ok && Kind(kind)+":" == External {
		kind, value, ok = strings.Cut(value, ":")
		if ok {
			kind = string(ExternalKind(kind))
		}
	}
	i := NewIdentity(Kind(kind), value)
	if !ok || i.Value == "" {
		return Identity{}, fmt.Errorf("identity %q: want kind:value, for instance user_id:42", s)
	}
	switch i.Kind {
	case UserID, AnonymousID, Email, Phone, DeviceToken:
		return i, nil
	default:
		if strings.HasPrefix(kind, string(External)) {
			return i, nil
		}
		return Identity{}, fmt.Errorf("identity %q: unknown kind %q; use user_id, anonymous_id, email, phone, device_token or external:TYPE", s, kind)
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

// Blocked reports whether i is one of the placeholders that careless clients
// send in place of an id, or no address at all. It names no one and must not
// join people.
func (i Identity) Blocked() bool {
	switch strings.ToLower(i.Value) {
	case "", "-1", "null", "undefined", "none", "nil", "nan", "anonymous", "guest", "unknown", "void", "n/a",
		"true", "false", "[object object]", "id", "email", "userid", "user_id", "anonymousid", "anonymous_id",
		"distinctid", "distinct_id", "not_authenticated":
		return true
	}
	switch {
	case len(i.Value) > mostValue:
		return true
	case i.Kind == Email:
		name, host, ok := strings.Cut(i.Value, "@")
		return !ok || name == "" || host == ""
	case i.Kind == Phone && len(i.Value) < fewestDigits:
		return true
	}
	return strings.Trim(i.Value, "0-") == ""
}

// fewestDigits is what a telephone number has at least; shorter ones are short
// codes and placeholders.
const fewestDigits = 6

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
