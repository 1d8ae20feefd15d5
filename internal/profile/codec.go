package profile

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// formatVersion is the first byte of every stored person.
const formatVersion = 1

// ErrFormat means that stored bytes are not a person this build can read.
var ErrFormat = errors.New("stored person")

// Codec turns people into bytes and back. The bytes of equal people are equal:
// RFC 8949 core deterministic encoding. It is safe for concurrent use.
type Codec struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

// NewCodec returns the codec of the current format.
func NewCodec() *Codec {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic("profile: cbor options: " + err.Error())
	}
	dec, err := cbor.DecOptions{MaxArrayElements: 1 << 20, MaxMapPairs: 1 << 20}.DecMode()
	if err != nil {
		panic("profile: cbor options: " + err.Error())
	}
	return &Codec{enc: enc, dec: dec}
}

// Encode returns p's stored form.
func (c *Codec) Encode(p *Person) ([]byte, error) {
	b, err := c.enc.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode person %s: %w", p.ID, err)
	}
	return append([]byte{formatVersion}, b...), nil
}

// Decode reads what Encode wrote. The person owns its memory.
func (c *Codec) Decode(b []byte) (*Person, error) {
	if len(b) == 0 || b[0] != formatVersion {
		return nil, fmt.Errorf("%w: want format %d", ErrFormat, formatVersion)
	}
	p := new(Person)
	if err := c.dec.Unmarshal(b[1:], p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return p, nil
}
