package statestore

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/rapporthq/rapport/internal/person"
)

// MoveDays is for how many days it is known who entered and left segments, the
// present one included.
const MoveDays = 8

// Moves counts people who entered and left a segment because something happened
// to them.
type Moves struct {
	Entered int64
	Left    int64
}

type movesOf struct {
	partition person.Partition
	day       Day
	segment   string
}

// CountMove counts one move on a day.
func (b *Batch) CountMove(p person.Partition, day Day, segment string, entered bool) {
	if b.moves == nil {
		b.moves = map[movesOf]Moves{}
	}
	of := movesOf{p, day, segment}
	m := b.moves[of]
	if entered {
		m.Entered++
	} else {
		m.Left++
	}
	b.moves[of] = m
}

// countMoves brings the counts up to what the batch adds.
func (b *Batch) countMoves() error {
	for of, more := range b.moves {
		k := b.s.movesKey(of.partition, of.day, of.segment)
		_, err := b.s.get(b.s.db, k, func(v []byte) error {
			known, err := readMoves(v)
			more.Entered += known.Entered
			more.Left += known.Left
			return err
		})
		if err != nil {
			return err
		}
		b.set(k, binary.AppendVarint(binary.AppendVarint(nil, more.Entered), more.Left))
	}
	b.moves = nil
	return nil
}

func readMoves(v []byte) (Moves, error) {
	entered, n := binary.Varint(v)
	if n <= 0 {
		return Moves{}, errors.New("segment table is damaged")
	}
	left, n := binary.Varint(v[n:])
	if n <= 0 {
		return Moves{}, errors.New("segment table is damaged")
	}
	return Moves{Entered: entered, Left: left}, nil
}

// ForgetMoves forgets, as far as it is committed, what was counted too long
// before today.
func (b *Batch) ForgetMoves(p person.Partition, today Day) error {
	if today < MoveDays {
		return nil
	}
	return b.clear(b.s.movesKey(p, 0, ""), b.s.movesKey(p, today-MoveDays+1, ""))
}

// SegmentMoves returns who entered and left each segment from a day on.
func (s *Store) SegmentMoves(ctx context.Context, from Day) (map[string]Moves, error) {
	out := map[string]Moves{}
	for n := range person.Partitions {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := person.Partition(n)
		prefix := s.movesKey(p, 0, "")
		prefix = prefix[:len(prefix)-2]
		err := s.scanRange(s.db, prefix, s.movesKey(p, from, ""), after(prefix), func(rest, v []byte) (bool, error) {
			if len(rest) < 2 {
				return false, errors.New("segment table is damaged")
			}
			m, err := readMoves(v)
			known := out[string(rest[2:])]
			out[string(rest[2:])] = Moves{Entered: known.Entered + m.Entered, Left: known.Left + m.Left}
			return true, err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
