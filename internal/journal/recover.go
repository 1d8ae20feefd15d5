package journal

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// recover finds where the journal begins and ends.
func (e *Embedded) recover() error {
	b := bounds{first: 1, floor: Positions{}.start()}
	switch value, err := get(e.db, e.keys.trim()); {
	case err == nil:
		if b.first, b.floor, err = decodePositions(value); err != nil {
			return err
		}
	case !errors.Is(err, pebble.ErrNotFound):
		return fmt.Errorf("read what was trimmed: %w", err)
	}
	last, err := e.lastFrame(b.first)
	if err != nil {
		return err
	}
	from, at, err := e.indexBefore(b.first, last+1)
	if err != nil {
		return err
	}
	b.next, b.end = last+1, at
	err = e.scan(from, b.next, func(h header) error {
		for _, s := range h.spans {
			if s.first != b.end[s.partition] {
				return damaged(h.seq, "partition %d continues at offset %d, not %d", s.partition, s.first, b.end[s.partition])
			}
			b.end[s.partition] = s.end()
		}
		return nil
	})
	e.tail.mu.bounds = b
	return err
}

// lastFrame returns the number of the last frame; first-1 if there is none.
func (e *Embedded) lastFrame(first uint64) (uint64, error) {
	it, err := e.db.NewIter(e.keys.frames(first, ^uint64(0)))
	if err != nil {
		return 0, err
	}
	last := first - 1
	for ok := it.Last(); ok; ok = it.Prev() {
		if seq, isFrame := parseFrameKey(it.Key()); isFrame {
			last = seq
			break
		}
	}
	return last, errors.Join(it.Error(), it.Close())
}

// indexBefore returns the positions before the latest frame, at most seq, that
// has an index. Frames held begin at first.
func (e *Embedded) indexBefore(first, seq uint64) (uint64, Positions, error) {
	for _, s := range []uint64{seq, seq / indexEvery * indexEvery, (seq - 1) / indexEvery * indexEvery} {
		if s <= first {
			break
		}
		p, err := e.index(s)
		if !errors.Is(err, pebble.ErrNotFound) {
			return s, p, err
		}
	}
	if first == 1 {
		return 1, Positions{}.start(), nil
	}
	p, err := e.needIndex(first)
	return first, p, err
}

// index returns the positions before frame seq, or pebble.ErrNotFound.
func (e *Embedded) index(seq uint64) (Positions, error) {
	value, err := get(e.db, e.keys.index(seq))
	if err != nil {
		return Positions{}, fmt.Errorf("read the index at frame %d: %w", seq, err)
	}
	_, p, err := decodePositions(value)
	return p, err
}

// needIndex is index where there must be one.
func (e *Embedded) needIndex(seq uint64) (Positions, error) {
	p, err := e.index(seq)
	if errors.Is(err, pebble.ErrNotFound) {
		err = damaged(seq, "its index is missing")
	}
	return p, err
}

// writeIndex lets the next Open start without looking through frames. Losing it
// costs only time.
func (e *Embedded) writeIndex() error {
	b := e.tail.bounds()
	return e.db.Set(e.keys.index(b.next), encodePositions(b.next, &b.end), pebble.NoSync)
}

// errStop ends a scan early.
var errStop = errors.New("stop")

// scan calls visit with the header of each frame from first to before end. The
// body is valid during the call. It fails if one is missing.
func (e *Embedded) scan(first, end uint64, visit func(header) error) error {
	it, err := e.db.NewIter(e.keys.frames(first, end))
	if err != nil {
		return err
	}
	expected := first
	err = func() error {
		for ok := it.First(); ok; ok = it.Next() {
			seq, isFrame := parseFrameKey(it.Key())
			if !isFrame {
				continue
			}
			if seq != expected {
				return damaged(expected, "it is missing")
			}
			expected++
			value, err := it.ValueAndErr()
			if err != nil {
				return fmt.Errorf("read journal frame %d: %w", seq, err)
			}
			h, err := parseHeader(seq, value)
			if err != nil {
				return err
			}
			if err := visit(h); err != nil {
				return err
			}
		}
		if it.Error() == nil && expected < end {
			return damaged(expected, "it is missing")
		}
		return nil
	}()
	if errors.Is(err, errStop) {
		err = nil
	}
	return errors.Join(err, it.Error(), it.Close())
}
