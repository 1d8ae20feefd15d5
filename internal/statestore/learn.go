package statestore

import (
	"bytes"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Lessons are what a partition has learned from outcomes and not told yet, or, of
// the coordinator, what all partitions have told. Pieces are those of statistics
// (see package decide), in the layout of the definitions with that hash.
type Lessons struct {
	Definition string            `cbor:"1,keyasint,omitempty"`
	Pieces     [][]byte          `cbor:"2,keyasint,omitempty"`
	Used       []event.UseRow    `cbor:"3,keyasint,omitempty"` // sorted by key and day
	Matured    []event.MatureRow `cbor:"9,keyasint,omitempty"` // sorted by key
	Due        event.Instant     `cbor:"4,keyasint,omitempty"` // when it is told, or published; zero: there is nothing to tell

	// Of the coordinator.
	Number    uint64        `cbor:"5,keyasint,omitempty"`  // of the latest that was published
	Published string        `cbor:"6,keyasint,omitempty"`  // hash of its body
	At        event.Instant `cbor:"7,keyasint,omitempty"`  // when
	Prices    []PriceRow    `cbor:"8,keyasint,omitempty"`  // sorted by key
	Aged      event.Instant `cbor:"10,keyasint,omitempty"` // what was learned counts as at this time; zero: as at At
}

// PriceRow is a shadow price: see decide.Shadow.
type PriceRow struct {
	Key   string  `cbor:"1,keyasint"`
	Price float64 `cbor:"2,keyasint"`
}

// Teller says whose lessons are meant.
type Teller byte

// The tellers.
const (
	OfPartition Teller = 1
	OfAll       Teller = 2 // in partition 0
	bodyOfAll   Teller = 3 // what was published last
)

// LearnRef is the reference of the coordinator's timer.
const LearnRef = "publish"

func (s *Store) learnKey(p person.Partition, of Teller) []byte {
	return append(s.key(p, tableLearn), byte(of))
}

func (t Teller) timer(due event.Instant) profile.Timer {
	ref := ""
	if t == OfAll {
		ref = LearnRef
	}
	return profile.Timer{Due: due, Kind: profile.LearnTimer, Ref: ref}
}

// PartitionRecord is the record that timers of a whole partition are of. It is
// nobody's.
func PartitionRecord(p person.Partition) person.ID { return person.ID{byte(p)} }

// Lessons returns them as they are stored.
func (s *Store) Lessons(p person.Partition, of Teller) (out Lessons, err error) {
	_, err = s.get(s.db, s.learnKey(p, of), func(v []byte) error { return cbor.Unmarshal(v, &out) })
	if err != nil {
		return Lessons{}, fmt.Errorf("what partition %d learned: %w", p, err)
	}
	return out, nil
}

// PutLessons stores them, and sets their timer. was is when that was due before.
func (b *Batch) PutLessons(p person.Partition, of Teller, was event.Instant, l Lessons) error {
	if was != l.Due {
		if was != 0 {
			b.delete(b.s.timerKey(PartitionRecord(p), of.timer(was)))
		}
		if l.Due != 0 {
			b.set(b.s.timerKey(PartitionRecord(p), of.timer(l.Due)), nil)
		}
	}
	return b.put(b.s.learnKey(p, of), l)
}

// PutPosterior keeps the body of what is published, until it is in the journal's.
func (b *Batch) PutPosterior(body []byte) { b.set(b.s.learnKey(0, bodyOfAll), body) }

// Posterior returns the body that was published last; nil: none was.
func (s *Store) Posterior() (body []byte, err error) {
	_, err = s.get(s.db, s.learnKey(0, bodyOfAll), func(v []byte) error { body = bytes.Clone(v); return nil })
	return body, err
}
