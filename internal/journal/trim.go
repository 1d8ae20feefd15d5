package journal

import (
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Trim implements Journal. It gives back the space of the frames of which no
// record is held any more.
func (e *Embedded) Trim(ctx context.Context, before Positions) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	done, err := e.use()
	if err != nil {
		return err
	}
	defer done()
	e.trimming.Lock()
	defer e.trimming.Unlock()
	if err := e.trim(ctx, before); err != nil {
		return fmt.Errorf("trim journal: %w", err)
	}
	return nil
}

func (e *Embedded) trim(ctx context.Context, before Positions) error {
	b := e.tail.bounds()
	held := b.floor
	if raiseFloor(&b.floor, &before, &b.end); b.floor == held {
		return nil
	}
	first, at, err := e.firstHeld(b)
	if err != nil {
		return err
	}
	batch := e.db.NewBatch()
	defer func() { _ = batch.Close() }() // releases memory only
	if err := batch.Set(e.keys.index(first), encodePositions(first, &at), nil); err != nil {
		return err
	}
	if err := batch.Set(e.keys.trim(), encodePositions(first, &b.floor), nil); err != nil {
		return err
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return err
	}
	e.tail.trim(first, b.floor)
	if first == b.first {
		return nil
	}
	// Excise drops whole tables, where DeleteRange would have compaction rewrite
	// what shares a table with the tombstone. A crash before it leaves frames
	// that nobody reads; as it starts from the first frame ever, the next takes
	// them too.
	return e.db.Excise(ctx, pebble.KeyRange{Start: e.keys.index(0), End: e.keys.index(first)})
}

// firstHeld returns the first frame that may hold a record at or after the
// floor, and the positions before it.
func (e *Embedded) firstHeld(b bounds) (uint64, Positions, error) {
	all := setOf(All())
	first, at, err := e.seek(b, &all, &b.floor)
	if err != nil {
		return 0, at, err
	}
	err = e.scan(first, b.next, func(h header) error {
		if has(h.spans, &all, &b.floor) {
			return errStop
		}
		for _, s := range h.spans {
			at[s.partition] = s.end()
		}
		first++
		return nil
	})
	return first, at, err
}

// seek returns the latest frame with an index, and the positions before it, such
// that no record that is wanted comes earlier.
func (e *Embedded) seek(b bounds, want *partitions, from *Positions) (uint64, Positions, error) {
	lo, at, err := e.indexBefore(b.first, b.first)
	if err != nil {
		return 0, at, err
	}
	// Nothing that is wanted comes before frame low*indexEvery (or b.first), and
	// high is past the end or has something before it.
	low, high := b.first/indexEvery, (b.next+indexEvery-1)/indexEvery
	for low+1 < high {
		mid := (low + high) / 2
		p, err := e.needIndex(mid * indexEvery)
		if err != nil {
			return 0, at, err
		}
		if reached(&p, want, from) {
			low, lo, at = mid, mid*indexEvery, p
		} else {
			high = mid
		}
	}
	return lo, at, nil
}

// reached reports whether the wanted positions of p are all at most from.
func reached(p *Positions, want *partitions, from *Positions) bool {
	for i, wanted := range want {
		if wanted && p[i] > from[i] {
			return false
		}
	}
	return true
}
