package statestore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/rapporthq/rapport/internal/person"
)

// OpenHeap opens an empty store that keeps its rows on the heap and forgets when
// it is closed, for rehearsals: the same rows as any other store's, at a fifth of
// the cost. A partition may be used by one goroutine at a time, readers included,
// and nothing may be committed while somebody iterates over it. Options but
// Workspace are not used. The caller must Close it.
func OpenHeap(opts Options) (*Store, error) {
	return newStore(opts.withDefaults(), &onHeap{}, new(atomic.Bool))
}

// onHeap is a tree for each table of each partition. What several partitions'
// goroutines write lies apart, so there are no locks.
type onHeap struct {
	tables [person.Partitions][tables]*tree
	free   sync.Pool // *heapWrites
}

// tables is above every table's byte.
const tables = 128

var _ backend = (*onHeap)(nil)

// at returns the tree that key is in.
func (h *onHeap) at(key []byte) **tree { return &h.tables[key[prefixLen-2]][key[prefixLen-1]] }

func (h *onHeap) Get(key []byte, use func(v []byte) error) (bool, error) {
	t := *h.at(key)
	if t == nil {
		return false, nil
	}
	v, found := t.get(key)
	if !found {
		return false, nil
	}
	return true, use(v)
}

func (h *onHeap) NewIter(lower, upper []byte) (iterator, error) {
	it := &heapIterator{lower: lower, upper: upper}
	first, last := 0, person.Partitions*tables-1
	if lower != nil {
		first = place(lower)
	}
	if upper != nil {
		last = place(upper)
	}
	for n := first; n <= last; n++ {
		if t := h.tables[n/tables][n%tables]; t != nil && len(t.leaves) > 0 {
			it.trees = append(it.trees, t)
		}
	}
	return it, nil
}

// place numbers the tables by the order of their keys.
func place(key []byte) int { return int(key[prefixLen-2])*tables + int(key[prefixLen-1]) }

// NewSnapshot returns the rows themselves: nothing is committed meanwhile.
func (h *onHeap) NewSnapshot() snapshot { return heapSnapshot{h} }

type heapSnapshot struct{ *onHeap }

func (heapSnapshot) Close() error { return nil }

func (h *onHeap) Flush() error { return nil }

func (h *onHeap) Checkpoint(string) error {
	return errors.New("a store on the heap is not written to disk")
}

func (h *onHeap) Compact(context.Context, []byte, []byte) error { return nil }

func (h *onHeap) Figures() Figures { return Figures{} }

func (h *onHeap) Close() error { return nil }

func (h *onHeap) NewBatch() writes {
	w, ok := h.free.Get().(*heapWrites)
	if !ok {
		w = &heapWrites{h: h}
	}
	return w
}

// heapWrites remembers what is to be changed.
type heapWrites struct {
	h    *onHeap
	list []write
	data []byte // keys and values
}

type write struct {
	act        act
	key, value int // lengths
}

type act uint8

const (
	sets act = iota
	deletes
	deletesRange
	merges
)

func (w *heapWrites) note(a act, key, value []byte) {
	w.list = append(w.list, write{a, len(key), len(value)})
	w.data = append(append(w.data, key...), value...)
}

func (w *heapWrites) Set(key, value []byte)           { w.note(sets, key, value) }
func (w *heapWrites) Delete(key []byte)               { w.note(deletes, key, nil) }
func (w *heapWrites) DeleteRange(lower, upper []byte) { w.note(deletesRange, lower, upper) }
func (w *heapWrites) Merge(key, value []byte)         { w.note(merges, key, value) }

func (w *heapWrites) Commit() error {
	rest := w.data
	for _, x := range w.list {
		key, value := rest[:x.key], rest[x.key:][:x.value]
		rest = rest[x.key+x.value:]
		at := w.h.at(key)
		if *at == nil {
			*at = &tree{kept: key[prefixLen-1] == tableTimeline}
		}
		switch x.act {
		case sets:
			(*at).set(key, value, false)
		case merges:
			(*at).set(key, value, true)
		case deletes:
			(*at).delete(key)
		case deletesRange:
			w.h.deleteRange(key, value)
		}
	}
	return nil
}

func (h *onHeap) deleteRange(lower, upper []byte) {
	it, _ := h.NewIter(lower, upper) // never fails
	var keys [][]byte
	for it.First(); it.Valid(); it.Next() {
		keys = append(keys, it.Key())
	}
	for _, k := range keys {
		(*h.at(k)).delete(k)
	}
}

func (w *heapWrites) Close() error {
	if cap(w.data) <= mostRoom {
		w.list, w.data = w.list[:0], w.data[:0]
		w.h.free.Put(w)
	}
	return nil
}
