package statestore

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Batch collects what one stretch of the fold changes. It takes effect whole at
// Commit, or not at all.
type Batch struct {
	s *Store
	b *pebble.Batch

	members map[segmentOf]int64 // how many more there are
	moves   map[movesOf]Moves   // more than there were
}

type segmentOf struct {
	partition person.Partition
	segment   string
}

// NewBatch returns an empty batch. The caller commits or closes it.
func (s *Store) NewBatch() *Batch { return &Batch{s: s, b: s.db.NewBatch()} }

// Commit applies the batch.
func (b *Batch) Commit() error {
	if err := errors.Join(b.countMembers(), b.countMoves()); err != nil {
		return err
	}
	if err := b.b.Commit(pebble.NoSync); err != nil {
		return fmt.Errorf("commit state: %w", err)
	}
	return b.b.Close()
}

// Close gives the batch up.
func (b *Batch) Close() error { return b.b.Close() }

// Trace is what the indexes hold of a person: taken when the person is loaded,
// compared when they are put back.
type Trace struct {
	timers     []profile.Timer
	identities []person.Identity
	deliveries map[string]profile.Delivery
	segments   []profile.Membership
	choosing   bool
}

// TraceOf takes the trace of p; nil is nobody.
func TraceOf(p *profile.Person) Trace {
	if p == nil {
		return Trace{}
	}
	t := Trace{timers: slices.Clone(p.Timers), identities: slices.Clone(p.Identities), segments: slices.Clone(p.Segments), choosing: p.Choosing != nil}
	if len(p.Deliveries) > 0 {
		t.deliveries = maps.Clone(p.Deliveries)
	}
	return t
}

// Change is what happened to one row of the outbox.
type Change struct {
	Person   person.ID
	Delivery profile.Delivery
	Gone     bool
}

// PutPerson stores p and brings the indexes from what was to what is. It returns
// what changed in the outbox, and what Store.Decode makes p of again.
func (b *Batch) PutPerson(was Trace, p *profile.Person) (changes []Change, encoded []byte, err error) {
	v, err := b.s.codec.Encode(p)
	if err != nil {
		return nil, nil, err
	}
	b.set(b.s.personKey(tablePerson, p.ID), v)
	for _, t := range was.timers {
		if !slices.Contains(p.Timers, t) {
			b.delete(b.s.timerKey(p.ID, t))
		}
	}
	for _, t := range p.Timers {
		if !slices.Contains(was.timers, t) {
			b.set(b.s.timerKey(p.ID, t), nil)
		}
	}
	for _, i := range was.identities {
		if !slices.Contains(p.Identities, i) {
			b.delete(b.s.identityKey(p.ID, i))
		}
	}
	for _, i := range p.Identities {
		if !slices.Contains(was.identities, i) {
			b.set(b.s.identityKey(p.ID, i), nil)
		}
	}
	b.segments(was, p)
	if choosing := p.Choosing != nil; choosing != was.choosing {
		if k := b.s.personKey(tableChoosing, p.ID); choosing {
			b.set(k, nil)
		} else {
			b.delete(k)
		}
	}
	return b.outbox(was, p), v, nil
}

func (b *Batch) outbox(was Trace, p *profile.Person) []Change {
	var changes []Change
	for id, d := range was.deliveries {
		if _, open := p.Deliveries[id]; !open {
			b.delete(b.s.outboxKey(p.ID, id))
			changes = append(changes, Change{Person: p.ID, Delivery: d, Gone: true})
		}
	}
	for id, d := range p.Deliveries {
		old, had := was.deliveries[id]
		if !had {
			b.set(b.s.outboxKey(p.ID, id), nil)
		}
		if !had || old.Phase != d.Phase || old.After != d.After || old.Session != d.Session {
			changes = append(changes, Change{Person: p.ID, Delivery: d})
		}
	}
	slices.SortFunc(changes, func(x, y Change) int { return cmp.Compare(x.Delivery.ID, y.Delivery.ID) })
	return changes
}

// PutTimeline adds an entry to the timeline of id. offset is the journal offset
// that caused it and n its number among the entries of that offset.
func (b *Batch) PutTimeline(id person.ID, at event.Instant, offset uint64, n int, encoded []byte) {
	b.set(b.s.timelineKey(id, at, offset, n), encoded)
}

// DeleteTimeline removes the whole committed timeline of id.
func (b *Batch) DeleteTimeline(id person.ID) error {
	k := b.s.personKey(tableTimeline, id)
	return b.clear(k, after(k))
}

// clear removes the committed keys from lower up to upper. Where they are few it
// removes them one by one: in memory, each range tombstone costs the next read
// the time to sort all of them again.
func (b *Batch) clear(lower, upper []byte) error {
	const few = 1024
	it, err := b.s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return fmt.Errorf("clear state: %w", err)
	}
	n := 0
	for it.First(); it.Valid() && n <= few; it.Next() {
		b.delete(it.Key())
		n++
	}
	if n > few {
		_ = b.b.DeleteRange(lower, upper, nil) // a batch's writes only fail once it is closed
	}
	return errors.Join(it.Error(), it.Close())
}

// PutPartition stores the state of partition p.
func (b *Batch) PutPartition(p person.Partition, state *Partition) error {
	v, err := b.s.enc.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode partition %d: %w", p, err)
	}
	b.set(b.s.key(p, tablePartition), v)
	return nil
}

// PutSeen records that partition p has applied what from sent up to seq.
func (b *Batch) PutSeen(p, from person.Partition, seq uint64) {
	b.set(append(b.s.key(p, tableSeen), byte(from)), binary.AppendUvarint(nil, seq))
}

// PutOutgoing keeps an emission until the journal has it.
func (b *Batch) PutOutgoing(from person.Partition, seq uint64, encoded []byte) {
	b.set(binary.BigEndian.AppendUint64(b.s.key(from, tableLocal), seq), encoded)
}

// DeleteOutgoing lets go of an emission that the journal has.
func (b *Batch) DeleteOutgoing(from person.Partition, seq uint64) {
	b.delete(binary.BigEndian.AppendUint64(b.s.key(from, tableLocal), seq))
}

func (b *Batch) set(k, v []byte) { _ = b.b.Set(k, v, nil) } // a batch's writes only fail once it is closed
func (b *Batch) delete(k []byte) { _ = b.b.Delete(k, nil) }

// De-duplication. A message is remembered under the day on which it arrived and
// looked for in that day and the one before: at least 24 hours, at most 48.
// Imported rows are remembered for ever, under a day of their own.

// MessageKey is the hash of a source and a message id within it.
type MessageKey [16]byte

// KeyOf returns the key of a message.
func KeyOf(source, messageID string) MessageKey {
	h := sha256.New()
	h.Write([]byte(source))
	h.Write([]byte{0})
	h.Write([]byte(messageID))
	var k MessageKey
	copy(k[:], h.Sum(nil))
	return k
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

// Duplicate reports whether the message is remembered as of day.
func (s *Store) Duplicate(p person.Partition, day Day, k MessageKey) (bool, error) {
	days := []Day{day, day - 1}
	if day == Forever {
		days = days[:1]
	}
	for _, d := range days {
		found, err := s.get(s.db, s.dedupeKey(p, d, k), func([]byte) error { return nil })
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// PutMessage remembers a message under day.
func (b *Batch) PutMessage(p person.Partition, day Day, k MessageKey) {
	b.set(b.s.dedupeKey(p, day, k), nil)
}

// ForgetMessages forgets what arrived from one day up to, and not on, another, as
// far as it is committed.
func (b *Batch) ForgetMessages(p person.Partition, from, before Day) error {
	lower := binary.BigEndian.AppendUint16(b.s.key(p, tableDedupe), uint16(from))
	upper := binary.BigEndian.AppendUint16(b.s.key(p, tableDedupe), uint16(before))
	return b.clear(lower, upper)
}

func (s *Store) dedupeKey(p person.Partition, d Day, k MessageKey) []byte {
	return append(binary.BigEndian.AppendUint16(s.key(p, tableDedupe), uint16(d)), k[:]...)
}

// Messages calls use with every message that partition p remembers.
func (s *Store) Messages(p person.Partition, use func(Day, MessageKey)) error {
	return s.scan(s.db, s.key(p, tableDedupe), func(rest, _ []byte) (bool, error) {
		var k MessageKey
		if len(rest) != 2+len(k) {
			return false, fmt.Errorf("partition %d: message table is damaged", p)
		}
		copy(k[:], rest[2:])
		use(Day(binary.BigEndian.Uint16(rest)), k)
		return true, nil
	})
}
