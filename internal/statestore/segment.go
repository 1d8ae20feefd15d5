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

	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// segments brings the index of memberships from what was to what is.
func (b *Batch) segments(was Trace, p *profile.Person) {
	i, j := 0, 0
	for i < len(was.segments) || j < len(p.Segments) { // both are sorted
		order := 0
		switch {
		case i == len(was.segments):
			order = 1
		case j == len(p.Segments):
			order = -1
		default:
			order = cmp.Compare(was.segments[i].Segment, p.Segments[j].Segment)
		}
		switch {
		case order < 0:
			b.delete(b.s.segmentKey(p.ID, was.segments[i].Segment))
			b.count(p.ID.Home(), was.segments[i].Segment, -1)
			i++
		case order > 0:
			b.set(b.s.segmentKey(p.ID, p.Segments[j].Segment), nil)
			b.count(p.ID.Home(), p.Segments[j].Segment, 1)
			j++
		default:
			i, j = i+1, j+1
		}
	}
}

func (b *Batch) count(p person.Partition, segment string, more int64) {
	if b.members == nil {
		b.members = map[segmentOf]int64{}
	}
	b.members[segmentOf{p, segment}] += more
}

// countMembers brings the counts up to what the batch changes.
func (b *Batch) countMembers() error {
	for of, more := range b.members {
		if more == 0 {
			continue
		}
		k := b.s.segmentCountKey(of.partition, of.segment)
		n, err := b.s.count(k)
		if err != nil {
			return err
		}
		if n += more; n == 0 {
			b.delete(k)
		} else {
			b.set(k, binary.AppendVarint(nil, n))
		}
	}
	b.members = nil
	return nil
}

func (s *Store) count(k []byte) (n int64, err error) {
	_, err = s.get(s.db, k, func(v []byte) error {
		n, err = readCount(v)
		return err
	})
	return n, err
}

func readCount(v []byte) (int64, error) {
	n, size := binary.Varint(v)
	if size <= 0 {
		return 0, errors.New("segment table is damaged")
	}
	return n, nil
}

// SegmentCounts returns how many people belong to each segment that anybody
// belongs to.
func (s *Store) SegmentCounts(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for p := range person.Partitions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := s.segmentCounts(person.Partition(p), func(segment string, n int64) { out[segment] += n })
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) segmentCounts(p person.Partition, use func(segment string, n int64)) error {
	return s.scan(s.db, s.segmentCountKey(p, ""), func(rest, v []byte) (bool, error) {
		n, err := readCount(v)
		use(string(rest), n)
		return true, err
	})
}

// SegmentMembers calls use with each person of a segment, in the order of their
// ids, beginning after the given one, until use returns false. The zero id is
// before everybody.
func (s *Store) SegmentMembers(ctx context.Context, segment string, from person.ID, use func(person.ID) bool) error {
	more := true
	for p := int(from.Home()); p < person.Partitions && more; p++ {
		prefix := append(append(s.key(person.Partition(p), tableSegment), segment...), 0)
		lower := prefix
		if p == int(from.Home()) && !from.IsZero() {
			lower = append(append(bytes.Clone(prefix), from[:]...), 0)
		}
		err := s.scanRange(s.db, prefix, lower, after(prefix), func(rest, _ []byte) (bool, error) {
			var id person.ID
			if len(rest) != len(id) {
				return false, errors.New("segment table is damaged")
			}
			copy(id[:], rest)
			more = use(id)
			return more, ctx.Err()
		})
		if err != nil {
			return fmt.Errorf("members of segment %s: %w", segment, err)
		}
	}
	return nil
}

// checkCounts compares the counts of members with the people's memberships.
func (s *Store) checkCounts(p person.Partition, want map[string]int64) error {
	got := map[string]int64{}
	if err := s.segmentCounts(p, func(segment string, n int64) { got[segment] = n }); err != nil {
		return err
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("%w: segments %v are counted %v, the people give %v", ErrInconsistent, slices.Sorted(maps.Keys(want)), got, want)
	}
	return nil
}
