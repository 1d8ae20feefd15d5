package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cockroachdb/pebble/v2"
)

// Trim implements Journal. What it takes off the disk are the frames of which no
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
	if err := e.forgetMarks(batch, &b.floor); err != nil {
		return err
	}
	if err := batch.Commit(pebble.Sync); err != nil {
		return err
	}
	e.tail.trim(first, b.floor)
	if first == b.first {
		return nil
	}
	return e.excise(ctx, first)
}

// excise takes the frames before first off the disk: those in tables of their own
// with the tables, where DeleteRange would have compaction rewrite what shares a
// table with the tombstone, and the few that do share one by writing that anew. A
// crash leaves frames that nobody reads; as it starts from the first frame ever,
// the next takes them too.
func (e *Embedded) excise(ctx context.Context, first uint64) error {
	if err := e.db.Flush(); err != nil { // and so the log of them goes
		return err
	}
	if err := e.db.Excise(ctx, pebble.KeyRange{Start: e.keys.index(0), End: e.keys.index(first)}); err != nil {
		return err
	}
	levels, err := e.db.SSTables()
	if err != nil {
		return err
	}
	for _, level := range levels {
		for _, table := range level {
			if !table.Virtual { // the whole of it is there
				continue
			}
			if err := e.rewrite(ctx, table.Smallest.UserKey); err != nil {
				return err
			}
		}
	}
	return nil
}

// rewrite has the table that holds key written anew: a key that is written again
// meets the old one in a compaction, which no table merely moves through.
func (e *Embedded) rewrite(ctx context.Context, key []byte) error {
	value, err := get(e.db, key)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		err = e.db.Delete(key, pebble.NoSync)
	case err == nil:
		err = e.db.Set(key, value, pebble.NoSync)
	}
	if err != nil {
		return err
	}
	return e.db.Compact(ctx, key, append(slices.Clone(key), 0), false)
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
