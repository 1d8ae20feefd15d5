package profile

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// The first byte of a stored person is its format. Format 1 is the CBOR of a
// Person; what format 2 is, see form.go. People are written in the latest.
const (
	formatCBOR    = 1
	formatVersion = 2
)

// ErrFormat means that stored bytes are not a person this build can read.
var ErrFormat = errors.New("stored person")

// Codec turns people into bytes and back. The bytes of equal people are equal;
// CBOR is of RFC 8949's core deterministic encoding. It is safe for concurrent
// use.
type Codec struct {
	enc   cbor.EncMode
	dec   cbor.DecMode
	rare  rare
	words words
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
	return &Codec{enc: enc, dec: dec, rare: newRare()}
}

// Encode returns p's stored form.
func (c *Codec) Encode(p *Person) ([]byte, error) { return c.AppendTo(nil, p) }

// AppendTo appends p's stored form to b.
func (c *Codec) AppendTo(b []byte, p *Person) ([]byte, error) {
	more := hasRest(p)
	b = encode(b, p, more)
	if !more {
		return b, nil
	}
	tail, err := c.enc.Marshal(c.rare.of(p))
	if err != nil {
		return nil, fmt.Errorf("encode person %s: %w", p.ID, err)
	}
	return append(b, tail...), nil
}

// Decode reads what Encode wrote, in this format or an older one. The person owns
// its memory.
func (c *Codec) Decode(b []byte) (*Person, error) {
	p := new(Person)
	switch {
	case len(b) > 0 && b[0] == formatCBOR:
		if err := c.dec.Unmarshal(b[1:], p); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		return p, nil
	case len(b) == 0 || b[0] != formatVersion:
		return nil, fmt.Errorf("%w: want format %d or older", ErrFormat, formatVersion)
	}
	r := form{b: b[1:], whole: b[1:], words: &c.words}
	more := r.person(p)
	if r.bad || !more && len(r.b) > 0 {
		return nil, fmt.Errorf("%w: damaged", ErrFormat)
	}
	if more {
		if err := c.rest(r.b, p); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	return p, nil
}

// rest reads the last part into p, which it must not lay anything over.
func (c *Codec) rest(b []byte, p *Person) error {
	id, walk := p.ID, p.Walk // the two that CBOR always has
	if err := c.dec.Unmarshal(b, p); err != nil {
		return err
	}
	p.ID, p.Walk = id, walk
	return nil
}
