package event

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"github.com/rapporthq/rapport/internal/person"
)

// formatVersion is the first byte of every encoded event.
const formatVersion = 1

const (
	flagImported = 1 << iota
	flagOrigin
	flagVia
	flagBot
	flagLed
)

// ErrCorrupt means that bytes are not an encoded event.
var ErrCorrupt = errors.New("corrupt event")

// AppendTo appends e's binary form to b. The layout of version 1 is: version,
// kind, flags, To (16 bytes), Time and ReceivedAt (zig-zag varints), then if
// flagged Origin (partition byte, sequence varint), if flagged Via (16 bytes), if
// flagged Led (how many, 16 bytes each), then nine length-prefixed fields in the order Source, MessageID, Name, UserID,
// AnonymousID, Traits, Properties, Context, Body.
func (e Event) AppendTo(b []byte) []byte {
	var flags byte
	if e.Imported {
		flags |= flagImported
	}
	if e.Origin.Seq != 0 {
		flags |= flagOrigin
	}
	if !e.Via.IsZero() {
		flags |= flagVia
	}
	if e.Bot {
		flags |= flagBot
	}
	if len(e.Led) > 0 {
		flags |= flagLed
	}
	b = append(b, formatVersion, byte(e.Kind), flags)
	b = append(b, e.To[:]...)
	b = binary.AppendVarint(b, int64(e.Time))
	b = binary.AppendVarint(b, int64(e.ReceivedAt))
	if e.Origin.Seq != 0 {
		b = append(b, byte(e.Origin.Partition))
		b = binary.AppendUvarint(b, e.Origin.Seq)
	}
	if flags&flagVia != 0 {
		b = append(b, e.Via[:]...)
	}
	if flags&flagLed != 0 {
		b = binary.AppendUvarint(b, uint64(len(e.Led)))
		for i := range e.Led {
			b = append(b, e.Led[i][:]...)
		}
	}
	for _, s := range [...]string{e.Source, e.MessageID, e.Name, e.UserID, e.AnonymousID} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, s := range [...][]byte{e.Traits, e.Properties, e.Context, e.Body} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// EncodedLen is how many bytes AppendTo appends.
func (e Event) EncodedLen() int {
	n := 3 + len(e.To) + varintLen(int64(e.Time)) + varintLen(int64(e.ReceivedAt))
	if e.Origin.Seq != 0 {
		n += 1 + uvarintLen(e.Origin.Seq)
	}
	if !e.Via.IsZero() {
		n += len(e.Via)
	}
	if led := len(e.Led); led > 0 {
		n += uvarintLen(uint64(led)) + led*len(e.Led[0])
	}
	for _, size := range [...]int{
		len(e.Source), len(e.MessageID), len(e.Name), len(e.UserID), len(e.AnonymousID),
		len(e.Traits), len(e.Properties), len(e.Context), len(e.Body),
	} {
		n += uvarintLen(uint64(size)) + size
	}
	return n
}

func uvarintLen(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func varintLen(v int64) int { return uvarintLen(uint64(v<<1) ^ uint64(v>>63)) }

// Decode reads one event that fills b exactly. The event's slices point into b,
// which the caller must not change afterwards.
func Decode(b []byte) (Event, error) {
	e, rest, err := DecodeNext(b)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: %d bytes left over", ErrCorrupt, len(rest))
	}
	return e, err
}

// DecodeNext reads the event at the start of b and returns what follows it.
func DecodeNext(b []byte) (Event, []byte, error) {
	const head = 3 + len(person.ID{})
	if len(b) < head {
		return Event{}, nil, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(b))
	}
	if b[0] != formatVersion {
		return Event{}, nil, fmt.Errorf("%w: format version %d, this build reads %d", ErrCorrupt, b[0], formatVersion)
	}
	e := Event{Kind: Kind(b[1])}
	flags := b[2]
	copy(e.To[:], b[3:])
	r := reader{b: b[head:]}
	e.Imported, e.Bot = flags&flagImported != 0, flags&flagBot != 0
	e.Time = Instant(r.varint())
	e.ReceivedAt = Instant(r.varint())
	if flags&flagOrigin != 0 {
		e.Origin.Partition = person.Partition(r.byte())
		if e.Origin.Seq = r.uvarint(); e.Origin.Seq == 0 {
			r.fail()
		}
	}
	if flags&flagVia != 0 {
		copy(e.Via[:], r.next(len(e.Via)))
	}
	if flags&flagLed != 0 {
		e.Led = r.ids()
	}
	for _, s := range [...]*string{&e.Source, &e.MessageID, &e.Name, &e.UserID, &e.AnonymousID} {
		*s = string(r.bytes())
	}
	e.Traits, e.Properties, e.Context, e.Body = r.bytes(), r.bytes(), r.bytes(), r.bytes()
	if r.bad {
		return Event{}, nil, fmt.Errorf("%w: cut short", ErrCorrupt)
	}
	return e, r.b, nil
}

// reader consumes b; bad is set once b runs out, and everything after is zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() { r.b, r.bad = nil, true }

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// next returns the next n bytes, nil when there are fewer.
func (r *reader) next(n int) []byte {
	if n > len(r.b) {
		r.fail()
		return nil
	}
	f := r.b[:n:n]
	r.b = r.b[n:]
	return f
}

// ids returns the ids that follow their number, which is never 0.
func (r *reader) ids() []person.ID {
	n := r.uvarint()
	if n == 0 || n > uint64(len(r.b)/len(person.ID{})) {
		r.fail()
		return nil
	}
	out := make([]person.ID, n)
	for i := range out {
		copy(out[i][:], r.next(len(out[i])))
	}
	return out
}

// bytes returns the next length-prefixed field, nil when it is empty.
func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	f := r.b[:n:n]
	r.b = r.b[n:]
	return f
}
