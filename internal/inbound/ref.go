package inbound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// A ref names a delivery to us when it comes back from elsewhere: in a provider's
// receipt, in the address of a reply. It has to fit into the local part of an
// e-mail address beside a word (64 letters, RFC 5321 section 4.5.3.1.1) whatever
// is done to its case, so it is short: the form, the person, the delivery, and 64
// bits of MAC, in base32.
const (
	refNumbers byte = 1 // of a choice, see event.Opportunity.Delivery, as three varints
	refText    byte = 2 // any other id, as it is
	refMAC          = 8 // bytes
)

var refLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding) //nolint:gochecknoglobals // immutable encoding table

// Ref returns how others are to name a delivery to p to us.
func (l *Links) Ref(p person.ID, delivery string) string {
	b := append([]byte{refNumbers}, p[:]...)
	if o, is := event.OpportunityOf(delivery); is && o.N >= 0 {
		b = binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(b, uint64(o.Partition)), o.Offset), uint64(o.N)) //nolint:gosec // not negative
	} else {
		b[0] = refText
		b = append(b, delivery...)
	}
	return refLetters.EncodeToString(append(b, signRef(l.key, b)...))
}

func signRef(key, b []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("rapport/inbound/ref\x00"))
	m.Write(b)
	return m.Sum(nil)[:refMAC]
}

// OpenRef reads what Ref wrote, in any case of letters.
func (l *Links) OpenRef(ref string) (p person.ID, delivery string, err error) {
	ref = strings.ToLower(ref)
	b, err := refLetters.DecodeString(ref)
	if err != nil || len(b) < 1+len(p)+1+refMAC || refLetters.EncodeToString(b) != ref {
		return p, "", errToken
	}
	b, mac := b[:len(b)-refMAC], b[len(b)-refMAC:]
	if !hmac.Equal(mac, signRef(l.key, b)) {
		return p, "", errToken
	}
	copy(p[:], b[1:])
	rest := b[1+len(p):]
	switch b[0] {
	case refText:
		return p, string(rest), nil
	case refNumbers:
		var numbers [3]uint64
		for i := range numbers {
			v, n := binary.Uvarint(rest)
			if n <= 0 {
				return p, "", errToken
			}
			numbers[i], rest = v, rest[n:]
		}
		return p, event.Opportunity{Partition: person.Partition(numbers[0]), Offset: numbers[1], N: int(numbers[2])}.Delivery(), nil //nolint:gosec // as Ref wrote them
	default:
		return p, "", errToken
	}
}
