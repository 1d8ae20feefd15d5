package statestore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// ErrInconsistent means that an index is not what the people give. The store is
// then to be rebuilt from the journal.
var ErrInconsistent = errors.New("state store is inconsistent")

// Check computes every index again from the people and accounts (timers, outbox,
// identities, segments, choices that are due) and compares it with what is stored.
// The fold must be
// still.
func (s *Store) Check(ctx context.Context) error {
	for n := range person.Partitions {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.checkPartition(person.Partition(n)); err != nil {
			return fmt.Errorf("partition %d: %w", n, err)
		}
	}
	return nil
}

func (s *Store) checkPartition(part person.Partition) error {
	want := map[byte][][]byte{tableChoosing: nil, tableIdentity: nil, tableTimer: nil, tableOutbox: nil, tableSegment: nil}
	members := map[string]int64{}
	err := s.scan(s.db, s.key(part, tablePerson), func(id, v []byte) (bool, error) {
		p, err := s.codec.Decode(v)
		if err != nil {
			return false, err
		}
		if !bytes.Equal(id, p.ID[:]) || p.ID.Home() != part {
			return false, fmt.Errorf("%w: the record of %s is under another key", ErrInconsistent, p.ID)
		}
		s.indexKeys(p, func(table byte, k []byte) { want[table] = append(want[table], k) })
		for _, m := range p.Segments {
			members[m.Segment]++
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for segment := range members {
		want[tableSegment] = append(want[tableSegment], s.segmentCountKey(part, segment))
	}
	err = s.EachAccount(part, func(a *profile.Account) bool {
		if a.Due != 0 {
			want[tableTimer] = append(want[tableTimer], s.timerKey(a.ID.Record(), accountTimer(a.Due)))
		}
		return true
	})
	if err != nil {
		return err
	}
	for _, of := range []Teller{OfPartition, OfAll} {
		l, err := s.Lessons(part, of)
		if err != nil {
			return err
		}
		if l.Due != 0 {
			want[tableTimer] = append(want[tableTimer], s.timerKey(PartitionRecord(part), of.timer(l.Due)))
		}
	}
	if err := s.checkCounts(part, members); err != nil {
		return err
	}
	for table, keys := range want {
		slices.SortFunc(keys, bytes.Compare)
		var got [][]byte
		prefix := s.key(part, table)
		if err := s.scan(s.db, prefix, func(rest, _ []byte) (bool, error) {
			if table != tableSegment || rest[0] != 1 { // who came and went is not told by who is there
				got = append(got, append(bytes.Clone(prefix), rest...))
			}
			return true, nil
		}); err != nil {
			return err
		}
		if !slices.EqualFunc(got, keys, bytes.Equal) {
			return fmt.Errorf("%w: table %c holds %d rows, the people give %d", ErrInconsistent, table, len(got), len(keys))
		}
	}
	return nil
}

// indexKeys gives every row that the indexes hold of p.
func (s *Store) indexKeys(p *profile.Person, row func(table byte, key []byte)) {
	for _, t := range p.Timers {
		row(tableTimer, s.timerKey(p.ID, t))
	}
	for _, i := range p.Identities {
		row(tableIdentity, s.identityKey(p.ID, i))
	}
	for id := range p.Deliveries {
		row(tableOutbox, s.outboxKey(p.ID, id))
	}
	for _, m := range p.Segments {
		row(tableSegment, s.segmentKey(p.ID, m.Segment))
	}
	if p.Deciding() {
		row(tableChoosing, s.personKey(tableChoosing, p.ID))
	}
}
