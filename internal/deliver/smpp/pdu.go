package smpp

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// The commands of SMPP 3.4 (section 5.1.2.1) that are spoken. An answer has the
// top bit set.
const (
	bindTransceiver uint32 = 0x00000009
	submitSM        uint32 = 0x00000004
	deliverSM       uint32 = 0x00000005
	unbind          uint32 = 0x00000006
	enquireLink     uint32 = 0x00000015
	genericNack     uint32 = 0x80000000
	answer          uint32 = 0x80000000
)

// The optional parameters (section 5.3.2).
const (
	receiptedID    uint16 = 0x001E
	messagePayload uint16 = 0x0424
	messageState   uint16 = 0x0427
)

// pdu is one message of the protocol.
type pdu struct {
	command  uint32
	status   uint32
	sequence uint32
	body     []byte
}

const (
	header  = 16
	mostPDU = 1 << 20 // bytes; the longest text is far below
)

func (p pdu) write(w io.Writer) error {
	b := binary.BigEndian.AppendUint32(nil, uint32(header+len(p.body))) //nolint:gosec // bounded by what was read or composed
	b = binary.BigEndian.AppendUint32(b, p.command)
	b = binary.BigEndian.AppendUint32(b, p.status)
	b = binary.BigEndian.AppendUint32(b, p.sequence)
	_, err := w.Write(append(b, p.body...))
	return err
}

func readPDU(r io.Reader) (pdu, error) {
	var h [header]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return pdu{}, err
	}
	size := binary.BigEndian.Uint32(h[:])
	if size < header || size > mostPDU {
		return pdu{}, fmt.Errorf("a message of %d bytes is none", size)
	}
	p := pdu{command: binary.BigEndian.Uint32(h[4:]), status: binary.BigEndian.Uint32(h[8:]), sequence: binary.BigEndian.Uint32(h[12:]), body: make([]byte, size-header)}
	_, err := io.ReadFull(r, p.body)
	return p, err
}

// cString ends s with a zero byte, as fields do.
func cString(b []byte, s string) []byte {
	return append(append(b, strings.ReplaceAll(s, "\x00", "")...), 0)
}

// fields reads a body from its beginning. What is not there is empty.
type fields struct{ rest []byte }

func (f *fields) text() string {
	for n, c := range f.rest {
		if c == 0 {
			s := string(f.rest[:n])
			f.rest = f.rest[n+1:]
			return s
		}
	}
	f.rest = nil
	return ""
}

func (f *fields) byte() byte {
	if len(f.rest) == 0 {
		return 0
	}
	b := f.rest[0]
	f.rest = f.rest[1:]
	return b
}

func (f *fields) bytes(n int) []byte {
	n = min(n, len(f.rest))
	b := f.rest[:n]
	f.rest = f.rest[n:]
	return b
}

// options are the optional parameters at the end of a body.
func (f *fields) options() map[uint16][]byte {
	out := map[uint16][]byte{}
	for len(f.rest) >= 4 {
		tag, size := binary.BigEndian.Uint16(f.rest), int(binary.BigEndian.Uint16(f.rest[2:]))
		f.rest = f.rest[4:]
		out[tag] = f.bytes(size)
	}
	return out
}

// The alphabets of texts (section 5.2.19).
const (
	gsm  byte = 0x00 // the default alphabet of GSM 03.38, a byte a septet
	ucs2 byte = 0x08
)

const (
	basic    = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f\x0a^\x14{\x28}\x29\\\x2f[\x3c~\x3d]\x3e|\x40€\x65" // character, code after escape
)

// encode writes text in the default alphabet if that has all of it, else in UCS-2.
func encode(text string) (coding byte, out []byte) {
	codes, pairs := map[rune]byte{}, []rune(extended)
	for n, r := range []rune(basic) {
		codes[r] = byte(n) //nolint:gosec // 128 of them
	}
	delete(codes, '\x1b')
	for n := 0; n < len(pairs); n += 2 {
		codes[pairs[n]] = byte(pairs[n+1]) | 0x80 //nolint:gosec // below 0x80
	}
	for _, r := range text {
		c, ok := codes[r]
		switch {
		case !ok:
			out = nil
			for _, u := range utf16.Encode([]rune(text)) {
				out = binary.BigEndian.AppendUint16(out, u)
			}
			return ucs2, out
		case c >= 0x80:
			out = append(out, 0x1b, c&0x7f)
		default:
			out = append(out, c)
		}
	}
	return gsm, out
}

// decode reads what encode writes, and Latin-1 where a centre says so.
func decode(coding byte, b []byte) string {
	var out strings.Builder
	switch coding {
	case ucs2:
		units := make([]uint16, len(b)/2)
		for n := range units {
			units[n] = binary.BigEndian.Uint16(b[2*n:])
		}
		return string(utf16.Decode(units))
	case 0x03, 0x01: // Latin-1; IA5
		for _, c := range b {
			out.WriteRune(rune(c))
		}
		return out.String()
	}
	letters, pairs := []rune(basic), []rune(extended)
	for n := 0; n < len(b); n++ {
		if b[n] == 0x1b && n+1 < len(b) {
			n++
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i+1] == rune(b[n]) {
					out.WriteRune(pairs[i])
				}
			}
			continue
		}
		if int(b[n]) < len(letters) {
			out.WriteRune(letters[b[n]])
		}
	}
	return out.String()
}
