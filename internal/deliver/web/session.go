package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// A session says who a browser is, so that the hash of a user id crosses the wire
// once, in a body, and never in an address: EventSource sends no headers. It is
// base64url of: version, expiry as a varint, the source's length and name, the kind
// of the identity, its value, and a MAC of all that.
const (
	sessionVersion = 1
	sessionLasts   = time.Hour
	sessionMAC     = 16 // bytes: HMAC-SHA256 cut to 128 bits, RFC 2104 section 5
	longestSession = 2 << 10
)

type session struct {
	Source   string
	Identity person.Identity
	Expires  event.Instant
}

func sealSession(key []byte, s session) string {
	b := binary.AppendVarint([]byte{sessionVersion}, int64(s.Expires))
	b = binary.AppendUvarint(b, uint64(len(s.Source)))
	b = append(b, s.Source...)
	kind := byte('a')
	if s.Identity.Kind == person.UserID {
		kind = 'u'
	}
	b = append(append(b, kind), s.Identity.Value...)
	return base64.RawURLEncoding.EncodeToString(append(b, signSession(key, b)...))
}

func signSession(key, b []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("rapport/web/session\x00"))
	m.Write(b)
	return m.Sum(nil)[:sessionMAC]
}

// openSession reads what sealSession wrote with the same key, until it expires.
func openSession(key []byte, text string, now event.Instant) (s session, err error) {
	bad := fault.New(fault.Unauthorized, "the session is not one that this server gave; open another with POST /v1/web/session").At("session")
	if len(text) > longestSession {
		return s, bad
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) <= 1+sessionMAC || b[0] != sessionVersion {
		return s, bad
	}
	b, mac := b[:len(b)-sessionMAC], b[len(b)-sessionMAC:]
	if !hmac.Equal(mac, signSession(key, b)) {
		return s, bad
	}
	expires, n := binary.Varint(b[1:])
	if n <= 0 {
		return s, bad
	}
	b = b[1+n:]
	size, n := binary.Uvarint(b)
	if n <= 0 || size+1 > uint64(len(b)-n) {
		return s, bad
	}
	s.Expires, s.Source, b = event.Instant(expires), string(b[n:n+int(size)]), b[n+int(size):]
	kind := person.AnonymousID
	if b[0] == 'u' {
		kind = person.UserID
	}
	s.Identity = person.NewIdentity(kind, string(b[1:]))
	if now >= s.Expires {
		return s, fault.New(fault.Unauthorized, "the session has expired; open another with POST /v1/web/session").At("session")
	}
	return s, nil
}
