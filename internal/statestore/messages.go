package statestore

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// De-duplication. A message is remembered under the day on which it arrived and
// looked for in that day and the one before: at least 24 hours, at most 48.
// Imported rows are remembered for ever, under a day of their own.
//
// The hashes of a day are in buckets by their first bits. A batch merges the
// hashes that it has for a bucket onto its end, so that there is a write a bucket
// and not a write a message, and reading all of them at a start reads little else.
// Their order is that of the journal, however the fold was cut into batches.

// MessageKey is the hash of a source and a message id within it.
type MessageKey [16]byte

// KeyOf returns the key of a message.
func KeyOf(source, messageID string) MessageKey {
	var room [256]byte
	b := append(append(append(room[:0], source...), 0), messageID...)
	sum := sha256.Sum256(b)
	return MessageKey(sum[:16])
}

// Day numbers the days since 1970.
type Day uint16

// Forever is the day of what is never forgotten.
const Forever Day = math.MaxUint16

// DayOf returns the day of t in UTC.
func DayOf(t event.Instant) Day {
	const day = 24 * 60 * 60 * 1_000_000
	return Day(min(max(int64(t)/day, 0), int64(Forever)-1))
}

// bucket is which bucket of a day k is in: one of 16, or of 256 for what is never
// forgotten, which grows larger.
func (k MessageKey) bucket(d Day) byte {
	if d == Forever {
		return k[0]
	}
	return k[0] >> 4
}

type freshMessage struct {
	order uint64 // partition, day, bucket, and its number in the batch: numbers are sorted fast
	key   MessageKey
}

func (m freshMessage) bucket() uint64              { return m.order >> 32 }
func (m freshMessage) partition() person.Partition { return person.Partition(m.order >> 56) } //nolint:gosec // a byte
func (m freshMessage) day() Day                    { return Day(m.order >> 40) }              //nolint:gosec // two bytes

// PutMessage remembers a message under day.
func (b *Batch) PutMessage(p person.Partition, day Day, k MessageKey) {
	order := uint64(p)<<56 | uint64(day)<<40 | uint64(k.bucket(day))<<32 | uint64(len(b.fresh))
	b.fresh = append(b.fresh, freshMessage{order, k})
}

// remember writes what PutMessage took.
func (b *Batch) remember() {
	slices.SortFunc(b.fresh, func(m, o freshMessage) int { return cmp.Compare(m.order, o.order) })
	var keys []byte
	for i, m := range b.fresh {
		keys = append(keys, m.key[:]...)
		if i == len(b.fresh)-1 || m.bucket() != b.fresh[i+1].bucket() {
			b.b.Merge(b.s.messageKey(m.partition(), m.day(), m.key), keys)
			keys = keys[:0]
		}
	}
	b.fresh = b.fresh[:0]
}

func (s *Store) messageKey(p person.Partition, d Day, k MessageKey) []byte {
	return append(binary.BigEndian.AppendUint16(s.key(p, tableMessages), uint16(d)), k.bucket(d))
}

// dedupeKey is of a message as it was written before there were buckets.
func (s *Store) dedupeKey(p person.Partition, d Day, k MessageKey) []byte {
	return append(binary.BigEndian.AppendUint16(s.key(p, tableDedupe), uint16(d)), k[:]...)
}

// Duplicate reports whether the message is remembered as of day.
func (s *Store) Duplicate(p person.Partition, day Day, k MessageKey) (found bool, err error) {
	days := []Day{day, day - 1}
	if day == Forever {
		days = days[:1]
	}
	for _, d := range days {
		_, err := s.get(s.db, s.messageKey(p, d, k), func(keys []byte) error {
			return eachKey(p, keys, func(o MessageKey) { found = found || o == k })
		})
		if err == nil && !found {
			found, err = s.get(s.db, s.dedupeKey(p, d, k), func([]byte) error { return nil })
		}
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

func eachKey(p person.Partition, keys []byte, use func(MessageKey)) error {
	const size = len(MessageKey{})
	if len(keys)%size != 0 {
		return fmt.Errorf("partition %d: message table is damaged", p)
	}
	for ; len(keys) > 0; keys = keys[size:] {
		use(MessageKey(keys[:size]))
	}
	return nil
}

// ForgetMessages forgets what arrived from one day up to, and not on, another, as
// far as it is committed.
func (b *Batch) ForgetMessages(p person.Partition, from, before Day) error {
	for _, table := range [...]byte{tableMessages, tableDedupe} {
		lower := binary.BigEndian.AppendUint16(b.s.key(p, table), uint16(from))
		upper := binary.BigEndian.AppendUint16(b.s.key(p, table), uint16(before))
		if err := b.clear(lower, upper); err != nil {
			return err
		}
	}
	return nil
}

// Messages calls use with every message that partition p remembers.
func (s *Store) Messages(p person.Partition, use func(Day, MessageKey)) error {
	err := s.scan(s.db, s.key(p, tableMessages), func(rest, v []byte) (bool, error) {
		if len(rest) != 3 {
			return false, fmt.Errorf("partition %d: message table is damaged", p)
		}
		day := Day(binary.BigEndian.Uint16(rest))
		return true, eachKey(p, v, func(k MessageKey) { use(day, k) })
	})
	if err != nil {
		return err
	}
	return s.scan(s.db, s.key(p, tableDedupe), func(rest, _ []byte) (bool, error) {
		if len(rest) != 2+len(MessageKey{}) {
			return false, fmt.Errorf("partition %d: message table is damaged", p)
		}
		use(Day(binary.BigEndian.Uint16(rest)), MessageKey(rest[2:]))
		return true, nil
	})
}
