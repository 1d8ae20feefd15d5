// Package person names people: stable ids, the identities by which the world
// knows them, and the partition in which each of them lives.
package person

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
)

// Partitions is the number of logical partitions of a workspace, for life.
const Partitions = 256

// Partition is the home of a share of a workspace's people.
type Partition uint8

// Workspace numbers a workspace. It starts every key in every store.
type Workspace uint32

// ID names one person within a workspace. It is derived from the identity under
// which the person was first met, so an identity's home needs no look-up table:
// the record stored under the identity's ID is the person, or a forward to one.
type ID [16]byte

// idVersion goes into the hash; changing it gives everybody a new id.
const idVersion = "rapport/person/1"

const idPrefix = "prs_"

// idText has no letters that are easily confused when read aloud.
var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding) //nolint:gochecknoglobals // immutable encoding table

// IDOf returns the id of the person first met as identity i in workspace w.
func IDOf(w Workspace, i Identity) ID {
	b := make([]byte, 0, 128) // on the stack, as long as the value is no longer than values are
	b = append(b, idVersion...)
	b = binary.BigEndian.AppendUint32(b, uint32(w))
	b = append(append(b, i.Kind...), 0)
	sum := sha256.Sum256(append(b, i.Value...))
	return ID(sum[:len(ID{})])
}

// Home is the partition in which the person's record lives.
func (id ID) Home() Partition { return Partition(id[0]) }

// IsZero reports whether id names nobody.
func (id ID) IsZero() bool { return id == ID{} }

// String gives the form used in the API and in addresses: "prs_" and 26 letters.
func (id ID) String() string { return idPrefix + idText.EncodeToString(id[:]) }

// MarshalText implements encoding.TextMarshaler. Nobody is the empty text.
func (id ID) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	return []byte(id.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = ID{}
		return nil
	}
	parsed, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// ParseID reads the form that String writes.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != len(idPrefix)+26 || s[:len(idPrefix)] != idPrefix {
		return ID{}, fmt.Errorf("person id %q: want %q followed by 26 letters", s, idPrefix)
	}
	b, err := idText.DecodeString(s[len(idPrefix):])
	if err != nil || len(b) != len(id) {
		return ID{}, fmt.Errorf("person id %q: not a valid id", s)
	}
	copy(id[:], b)
	if id.String() != s {
		return ID{}, fmt.Errorf("person id %q: not a valid id", s)
	}
	return id, nil
}
