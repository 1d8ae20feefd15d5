package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// mark says where the journal ended at a time.
type mark struct {
	at  time.Time
	end Positions
}

// atLeast returns p where it is past floor, and floor elsewhere.
func (p Positions) atLeast(floor *Positions) Positions {
	for i := range p {
		p[i] = max(p[i], floor[i])
	}
	return p
}

// Mark implements Journal.
func (e *Embedded) Mark(ctx context.Context, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done, err := e.use()
	if err != nil {
		return err
	}
	defer done()
	b := e.tail.bounds()
	if err := e.db.Set(e.keys.mark(at), encodePositions(b.next, &b.end), pebble.Sync); err != nil {
		return fmt.Errorf("mark the journal's end: %w", err)
	}
	return nil
}

// Marked implements Journal.
func (e *Embedded) Marked(ctx context.Context, at time.Time) (Positions, error) {
	if err := ctx.Err(); err != nil {
		return Positions{}, err
	}
	done, err := e.use()
	if err != nil {
		return Positions{}, err
	}
	defer done()
	end := e.tail.bounds().floor
	err = e.eachMark(func(it *pebble.Iterator) error {
		if !it.SeekLT(e.keys.mark(at.Add(time.Second))) {
			return nil
		}
		value, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		_, found, err := decodePositions(value)
		end = found.atLeast(&end)
		return err
	})
	if err != nil {
		return Positions{}, fmt.Errorf("find where the journal ended at %s: %w", at.Format(time.RFC3339), err)
	}
	return end, nil
}

// forgetMarks deletes from batch the marks that lead before the floor, but for
// the latest of them.
func (e *Embedded) forgetMarks(batch *pebble.Batch, floor *Positions) error {
	all := setOf(All())
	return e.eachMark(func(it *pebble.Iterator) error {
		var last []byte
		for ok := it.First(); ok; ok = it.Next() {
			value, err := it.ValueAndErr()
			if err != nil {
				return err
			}
			_, end, err := decodePositions(value)
			if err != nil || !reached(&end, &all, floor) {
				return err
			}
			if last != nil {
				if err := batch.Delete(last, nil); err != nil {
					return err
				}
			}
			last = append(last[:0], it.Key()...)
		}
		return nil
	})
}

// eachMark gives use an iterator over the marks.
func (e *Embedded) eachMark(use func(it *pebble.Iterator) error) error {
	it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: e.keys.key(kindMark), UpperBound: e.keys.key(kindMark + 1)})
	if err != nil {
		return err
	}
	return errors.Join(use(it), it.Error(), it.Close())
}

// mark keeps the order of times since 1970, to the second.
func (k keyspace) mark(at time.Time) []byte {
	return binary.BigEndian.AppendUint64(k.key(kindMark), uint64(max(at.Unix(), 0)))
}
