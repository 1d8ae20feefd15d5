package inbound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// purpose says what a token may be used for; one is no good for another.
type purpose byte

const (
	clickToken       purpose = 'c'
	unsubscribeToken purpose = 'u'
	answerToken      purpose = 'a'
)

// tokenVersion is the first byte of every token.
const tokenVersion = 1

const (
	macSize  = 16      // bytes: HMAC-SHA256 cut to 128 bits, RFC 2104 section 5
	maxToken = 8 << 10 // letters
	minKey   = 32      // bytes
)

// Token is what an address says.
type Token struct {
	Person   person.ID
	Delivery string
	Channel  string
	Made     event.Instant
	Target   string // of a click where it leads, of an answer its payload

	// Of an answer: whose address the letter went to, and what is on the button.
	To    string
	Label string
}

// texts are those of t that a token of a purpose holds.
func (t *Token) texts(p purpose) []*string {
	if p == answerToken {
		return []*string{&t.Delivery, &t.Channel, &t.Target, &t.To, &t.Label}
	}
	return []*string{&t.Delivery, &t.Channel, &t.Target}
}

var errToken = errors.New("not a valid token")

func checkKey(key []byte) error {
	if len(key) < minKey {
		return fmt.Errorf("inbound: the key has %d bytes; at least %d are needed", len(key), minKey)
	}
	return nil
}

// seal writes t as base64url of: version, purpose, person, Made as a varint,
// the texts each with its length before it, and the MAC of all that.
func seal(key []byte, p purpose, t Token) string {
	b := append([]byte{tokenVersion, byte(p)}, t.Person[:]...)
	b = binary.AppendVarint(b, int64(t.Made))
	for _, s := range t.texts(p) {
		b = binary.AppendUvarint(b, uint64(len(*s)))
		b = append(b, *s...)
	}
	return base64.RawURLEncoding.EncodeToString(append(b, sign(key, b)...))
}

func sign(key, b []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("rapport/inbound/token\x00"))
	m.Write(b)
	return m.Sum(nil)[:macSize]
}

// open reads what seal wrote with the same key and purpose.
func open(key []byte, p purpose, s string) (Token, error) {
	if len(s) > maxToken {
		return Token{}, errToken
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	var t Token
	head := 2 + len(t.Person)
	if err != nil || len(b) < head+macSize {
		return Token{}, errToken
	}
	b, mac := b[:len(b)-macSize], b[len(b)-macSize:]
	if !hmac.Equal(mac, sign(key, b)) || b[0] != tokenVersion || purpose(b[1]) != p {
		return Token{}, errToken
	}
	copy(t.Person[:], b[2:])
	made, n := binary.Varint(b[head:])
	if n <= 0 {
		return Token{}, errToken
	}
	t.Made, b = event.Instant(made), b[head+n:]
	for _, to := range t.texts(p) {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return Token{}, errToken
		}
		*to, b = string(b[n:n+int(size)]), b[n+int(size):]
	}
	if len(b) > 0 {
		return Token{}, errToken
	}
	return t, nil
}

// Links makes the addresses that go into letters.
type Links struct {
	base string
	key  []byte
	now  func() event.Instant
}

// NewLinks makes links below base, the address by which people reach the
// Handler that has the same key.
func NewLinks(base string, key []byte, now func() event.Instant) (*Links, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if !webAddress(base) {
		return nil, fault.New(fault.Invalid, "the public address %q must begin with http:// or https://", base)
	}
	return &Links{base: strings.TrimRight(base, "/"), key: key, now: now}, nil
}

// Step returns an address that leads p to target and tells us.
func (l *Links) Step(p person.ID, delivery, channel, target string) (string, error) {
	return l.StepMade(p, delivery, channel, target, l.now())
}

// StepMade is Step of a letter that was made at a time: where letters are kept, and
// their addresses made anew whenever they are read, one is the same each time, and
// whoever follows it at once is not taken for a machine.
func (l *Links) StepMade(p person.ID, delivery, channel, target string, made event.Instant) (string, error) {
	if !webAddress(target) {
		return "", fault.New(fault.Invalid, "the next step %.80q is not a web address", target)
	}
	s := seal(l.key, clickToken, Token{Person: p, Delivery: delivery, Channel: channel, Made: made, Target: target})
	if len(s) > maxToken {
		return "", fault.New(fault.TooLarge, "the next step's address has %d bytes, which is too long", len(target))
	}
	return l.base + "/m/c/" + s, nil
}

// Answer returns an address at which p takes a step that is no link, having got it
// at the address to.
func (l *Links) Answer(p person.ID, delivery, channel, to string, step event.Step) (string, error) {
	s := seal(l.key, answerToken, Token{Person: p, Delivery: delivery, Channel: channel, Made: l.now(), Target: step.Payload(), To: to, Label: step.Label})
	if len(s) > maxToken {
		return "", fault.New(fault.TooLarge, "the next step's label has %d bytes, which is too long", len(step.Label))
	}
	return l.base + "/m/a/" + s, nil
}

// Unsubscribe returns an address at which p withdraws consent for channel.
func (l *Links) Unsubscribe(p person.ID, delivery, channel string) (string, error) {
	return l.base + "/m/u/" + seal(l.key, unsubscribeToken, Token{Person: p, Delivery: delivery, Channel: channel, Made: l.now()}), nil
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
