package person

import (
	"fmt"
	"strings"
)

// Account is the kind of identity by which a company or household of people is
// known: the groupId of the Segment spec's group call. It names no person.
const Account Kind = "account"

// AccountID names one account within a workspace. Its home is that of the
// record under the same bytes, as with an [ID].
type AccountID ID

const accountPrefix = "acc_"

// AccountIDOf returns the id of the account that a company's systems call group.
func AccountIDOf(w Workspace, group string) AccountID {
	return AccountID(IDOf(w, Identity{Kind: Account, Value: strings.TrimSpace(group)}))
}

// Record is the address of the account's events.
func (id AccountID) Record() ID { return ID(id) }

// IsZero reports whether id names no account.
func (id AccountID) IsZero() bool { return id == AccountID{} }

// String gives the form used in the API and in addresses: "acc_" and 26 letters.
func (id AccountID) String() string { return accountPrefix + idText.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler. No account is the empty text.
func (id AccountID) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *AccountID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = AccountID{}
		return nil
	}
	parsed, err := ParseAccountID(string(text))
	if err == nil {
		*id = parsed
	}
	return err
}

// ParseAccountID reads the form that String writes.
func ParseAccountID(s string) (AccountID, error) {
	rest, ok := strings.CutPrefix(s, accountPrefix)
	if !ok {
		return AccountID{}, fmt.Errorf("account id %q: want %q followed by 26 letters", s, accountPrefix)
	}
	id, err := ParseID(idPrefix + rest)
	if err != nil {
		return AccountID{}, fmt.Errorf("account id %q: not a valid id", s)
	}
	return AccountID(id), nil
}
