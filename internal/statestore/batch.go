package statestore

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Batch collects what one stretch of the fold changes. It takes effect whole at
// Commit, or not at all.
type Batch struct {
	s *Store
	b writes

	*room

	members map[segmentOf]int64 // how many more there are
	moves   map[movesOf]Moves   // more than there were
}

// entryAt is where a key and the event under it lie in a batch's entries.
type entryAt struct {
	first  uint64 // the first bytes of the person's id
	offset int
	key    int // length
	event  int // length
}

// room is the memory of a batch that the next one uses again.
type room struct {
	entries []byte         // keys and events of timelines that are not in the batch yet
	order   []entryAt      // where each of them is
	encoded []byte         // of the last person
	fresh   []freshMessage // to be remembered
}

// mostRoom is how much of it is kept for the next, in bytes.
const mostRoom = 16 << 20

type segmentOf struct {
	partition person.Partition
	segment   string
}

// NewBatch returns an empty batch. The caller commits or closes it.
func (s *Store) NewBatch() *Batch {
	r, ok := s.rooms.Get().(*room)
	if !ok {
		r = new(room)
	}
	return &Batch{s: s, b: s.db.NewBatch(), room: r}
}

// Commit applies the batch.
func (b *Batch) Commit() error {
	if err := errors.Join(b.countMembers(), b.countMoves()); err != nil {
		return err
	}
	b.remember()
	b.putEntries()
	if err := b.b.Commit(); err != nil {
		return fmt.Errorf("commit state: %w", err)
	}
	return b.Close()
}

// Close gives the batch up.
func (b *Batch) Close() error {
	if r := b.room; r != nil && cap(r.entries) <= mostRoom {
		r.entries, r.order, r.fresh = r.entries[:0], r.order[:0], r.fresh[:0]
		b.s.rooms.Put(r)
	}
	b.room = nil
	return b.b.Close()
}

// Trace is what the indexes hold of a person: taken when the person is loaded,
// compared when they are put back.
type Trace struct {
	timers     []profile.Timer
	identities []person.Identity
	deliveries map[string]profile.Delivery
	segments   []profile.Membership
	choosing   bool
	requests   byte // as in tableRequest; 0: none
}

// TraceOf takes the trace of p; nil is nobody.
func TraceOf(p *profile.Person) Trace {
	if p == nil {
		return Trace{}
	}
	t := Trace{timers: slices.Clone(p.Timers), identities: slices.Clone(p.Identities), segments: slices.Clone(p.Segments), choosing: p.Deciding(), requests: requestsOf(p)}
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
// what changed in the outbox, and what Store.Decode makes p of again, which is
// valid until the next call.
func (b *Batch) PutPerson(was Trace, p *profile.Person) (changes []Change, encoded []byte, err error) {
	v, err := b.s.codec.AppendTo(b.encoded[:0], p)
	if err != nil {
		return nil, nil, err
	}
	b.encoded = v
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
	b.requests(was, p)
	if choosing := p.Deciding(); choosing != was.choosing {
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
func (b *Batch) PutTimeline(id person.ID, offset uint64, n int, e event.Event) {
	at := entryAt{first: binary.BigEndian.Uint64(id[:]), offset: len(b.entries)}
	b.entries = b.s.appendTimelineKey(b.entries, id, e.Time, offset, n)
	at.key = len(b.entries) - at.offset
	b.entries = e.AppendTo(b.entries)
	at.event = len(b.entries) - at.offset - at.key
	b.order = append(b.order, at)
}

// putEntries writes the entries of timelines by person. The skip list of a
// memtable finds the place of a key in half the time where the one before it is
// near.
func (b *Batch) putEntries() {
	slices.SortFunc(b.order, func(x, y entryAt) int { return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.offset, y.offset)) })
	for _, at := range b.order {
		key := b.entries[at.offset:][:at.key]
		b.set(key, b.entries[at.offset+at.key:][:at.event])
	}
	b.entries, b.order = b.entries[:0], b.order[:0]
}

// DeleteTimeline removes the whole committed timeline of id.
func (b *Batch) DeleteTimeline(id person.ID) error {
	b.putEntries() // so that what is put before goes too, if it does
	k := b.s.personKey(tableTimeline, id)
	return b.clear(k, after(k))
}

// TakeTimeline shows take each committed entry of the timeline of id, oldest
// first, and removes those for which it returns true. Events own their memory.
func (b *Batch) TakeTimeline(ctx context.Context, id person.ID, take func(event.Event) bool) error {
	b.putEntries()
	prefix := b.s.personKey(tableTimeline, id)
	return b.s.scan(b.s.db, prefix, func(rest, v []byte) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		e, err := event.Decode(bytes.Clone(v))
		if err != nil {
			return false, fmt.Errorf("timeline of %s: %w", id, err)
		}
		if take(e) {
			b.delete(append(bytes.Clone(prefix), rest...))
		}
		return true, nil
	})
}

// clear removes the committed keys from lower up to upper. Where they are few it
// removes them one by one: in memory, each range tombstone costs the next read
// the time to sort all of them again.
func (b *Batch) clear(lower, upper []byte) error {
	const few = 1024
	it, err := b.s.db.NewIter(lower, upper)
	if err != nil {
		return fmt.Errorf("clear state: %w", err)
	}
	n := 0
	for it.First(); it.Valid() && n <= few; it.Next() {
		b.delete(it.Key())
		n++
	}
	if n > few {
		b.b.DeleteRange(lower, upper)
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

func (b *Batch) set(k, v []byte) { b.b.Set(k, v) }
func (b *Batch) delete(k []byte) { b.b.Delete(k) }
