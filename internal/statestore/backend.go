package statestore

import (
	"context"
	"errors"
	"io"

	"github.com/cockroachdb/pebble/v2"
)

// backend holds the rows of a store: an ordered map of keys to values. There are
// two: Pebble, which keeps them, and the heap, which forgets. What is in a row and
// in which order rows lie is the store's affair and the same in both.
type backend interface {
	reader
	NewSnapshot() snapshot
	NewBatch() writes

	// Flush makes everything committed so far survive a crash.
	Flush() error

	// Checkpoint writes a copy to dir.
	Checkpoint(dir string) error

	// Compact takes what was deleted between two keys off the disk.
	Compact(ctx context.Context, lower, upper []byte) error

	Figures() Figures
	Close() error
}

// reader reads rows.
type reader interface {
	// Get calls use with the value under key, which is only valid during the call,
	// and reports whether there is one.
	Get(key []byte, use func(v []byte) error) (bool, error)

	// NewIter returns an iterator over the keys from lower up to, and not on, upper;
	// nil is no bound.
	NewIter(lower, upper []byte) (iterator, error)
}

// snapshot reads rows as they were when it was made.
type snapshot interface {
	reader
	Close() error
}

// writes are what one batch changes. They take effect at Commit.
type writes interface {
	Set(key, value []byte)
	Delete(key []byte)
	DeleteRange(lower, upper []byte)
	Merge(key, value []byte) // appends to what is there
	Commit() error
	Close() error
}

// iterator walks over rows in the order of their keys. It is Pebble's.
type iterator interface {
	First() bool
	Last() bool
	Next() bool
	Prev() bool
	SeekGE(key []byte) bool
	Valid() bool
	Key() []byte
	ValueAndErr() ([]byte, error)
	Error() error
	Close() error
}

// onDisk is Pebble as a backend.
type onDisk struct{ db *pebble.DB }

var _ backend = onDisk{}

func (d onDisk) Get(key []byte, use func(v []byte) error) (bool, error) {
	return getFrom(d.db, key, use)
}

// getter is a database or a snapshot of one.
type getter interface {
	Get(key []byte) ([]byte, io.Closer, error)
}

func getFrom(from getter, key []byte, use func(v []byte) error) (bool, error) {
	v, closer, err := from.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, errors.Join(use(v), closer.Close())
}

func (d onDisk) NewIter(lower, upper []byte) (iterator, error) {
	return d.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
}

func (d onDisk) NewSnapshot() snapshot { return diskSnapshot{d.db.NewSnapshot()} }

func (d onDisk) NewBatch() writes {
	return diskWrites{d.db.NewBatch(pebble.WithMaxRetainedSizeBytes(mostRoom))}
}

func (d onDisk) Flush() error                { return d.db.Flush() }
func (d onDisk) Checkpoint(dir string) error { return d.db.Checkpoint(dir) }
func (d onDisk) Close() error                { return d.db.Close() }

func (d onDisk) Compact(ctx context.Context, lower, upper []byte) error {
	return d.db.Compact(ctx, lower, upper, true)
}

type diskSnapshot struct{ s *pebble.Snapshot }

func (d diskSnapshot) Get(key []byte, use func(v []byte) error) (bool, error) {
	return getFrom(d.s, key, use)
}

func (d diskSnapshot) NewIter(lower, upper []byte) (iterator, error) {
	return d.s.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
}

func (d diskSnapshot) Close() error { return d.s.Close() }

// diskWrites is a batch of Pebble's, whose writes only fail once it is closed.
type diskWrites struct{ b *pebble.Batch }

func (w diskWrites) Set(key, value []byte)           { _ = w.b.Set(key, value, nil) }
func (w diskWrites) Delete(key []byte)               { _ = w.b.Delete(key, nil) }
func (w diskWrites) DeleteRange(lower, upper []byte) { _ = w.b.DeleteRange(lower, upper, nil) }
func (w diskWrites) Merge(key, value []byte)         { _ = w.b.Merge(key, value, nil) }
func (w diskWrites) Commit() error                   { return w.b.Commit(pebble.NoSync) }
func (w diskWrites) Close() error                    { return w.b.Close() }
