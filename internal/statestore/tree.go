package statestore

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
)

// tree is a sorted map in two levels, for the tens of thousands of rows that one
// table of a partition has in memory: a row is found by two binary searches. Most
// steps of these compare numbers that lie side by side.
type tree struct {
	leaves []leaf

	// kept trees put rows side by side into slabs, because nearly none is deleted or
	// written again: millions of rows are thousands of slabs to the collector.
	kept bool
	slab []byte
}

const heapSlab = 32 << 10

// leaf is some neighbouring rows, at least one and at most fullLeaf.
type leaf struct {
	head uint64 // of the first row
	rows []row
}

const fullLeaf = 128

// row's key is never written again; its value is, in its place.
type row struct {
	head       uint64
	key, value []byte
}

// headOf is the first bytes of a key after what all keys of a tree begin with.
func headOf(key []byte) (head uint64) {
	rest := key[prefixLen:]
	if len(rest) >= 8 {
		return binary.BigEndian.Uint64(rest)
	}
	for i, b := range rest {
		head |= uint64(b) << (56 - 8*i)
	}
	return head
}

// seek returns where the first row from key on is: its leaf, and its place there,
// which is past the leaf's end when it is the next leaf's first.
func (t *tree) seek(key []byte) (n, i int, found bool) {
	head := headOf(key)
	n = sort.Search(len(t.leaves), func(n int) bool {
		l := &t.leaves[n]
		return l.head > head || l.head == head && bytes.Compare(l.rows[0].key, key) > 0
	}) - 1
	if n < 0 {
		return 0, 0, false
	}
	rows := t.leaves[n].rows
	i = sort.Search(len(rows), func(i int) bool {
		r := &rows[i]
		return r.head > head || r.head == head && bytes.Compare(r.key, key) >= 0
	})
	return n, i, i < len(rows) && bytes.Equal(rows[i].key, key)
}

func (t *tree) get(key []byte) ([]byte, bool) {
	n, i, found := t.seek(key)
	if !found {
		return nil, false
	}
	return t.leaves[n].rows[i].value, true
}

// set puts a copy of value under key, or at the end of what is there.
func (t *tree) set(key, value []byte, atEnd bool) {
	n, i, found := t.seek(key)
	if found {
		r := &t.leaves[n].rows[i]
		if !atEnd {
			r.value = r.value[:0]
		}
		r.value = append(r.value, value...)
		return
	}
	b := append(append(t.room(len(key)+len(value)), key...), value...)
	if len(t.leaves) == 0 {
		t.leaves = []leaf{{}}
	}
	l := &t.leaves[n]
	l.rows = slices.Insert(l.rows, i, row{headOf(key), b[:len(key):len(key)], b[len(key):len(b):len(b)]})
	l.head = l.rows[0].head
	if len(l.rows) == fullLeaf {
		half := slices.Clone(l.rows[fullLeaf/2:])
		clear(l.rows[fullLeaf/2:])
		l.rows = l.rows[:fullLeaf/2]
		t.leaves = slices.Insert(t.leaves, n+1, leaf{half[0].head, half})
	}
}

// room returns an empty slice for size bytes.
func (t *tree) room(size int) []byte {
	if !t.kept || size > heapSlab/8 {
		return make([]byte, 0, size)
	}
	if cap(t.slab)-len(t.slab) < size {
		t.slab = make([]byte, 0, heapSlab)
	}
	at := len(t.slab)
	t.slab = t.slab[:at+size]
	return t.slab[at : at : at+size]
}

func (t *tree) delete(key []byte) {
	n, i, found := t.seek(key)
	if !found {
		return
	}
	l := &t.leaves[n]
	if l.rows = slices.Delete(l.rows, i, i+1); len(l.rows) == 0 {
		t.leaves = slices.Delete(t.leaves, n, n+1)
		return
	}
	l.head = l.rows[0].head
}

// heapIterator walks over trees one after another.
type heapIterator struct {
	trees        []*tree
	lower, upper []byte
	at, n, i     int // tree, leaf, row
	off          bool
}

var _ iterator = (*heapIterator)(nil)

func (it *heapIterator) First() bool {
	if it.lower == nil {
		it.at, it.n, it.i = 0, 0, 0
		return it.settle()
	}
	return it.SeekGE(it.lower)
}

func (it *heapIterator) SeekGE(key []byte) bool {
	if it.lower != nil && bytes.Compare(key, it.lower) < 0 {
		key = it.lower
	}
	for it.at = range it.trees {
		it.n, it.i, _ = it.trees[it.at].seek(key)
		if it.settle() && bytes.Compare(it.Key(), key) >= 0 {
			return true
		}
	}
	it.off = true
	return false
}

func (it *heapIterator) Last() bool {
	for it.at = len(it.trees) - 1; it.at >= 0; it.at-- {
		t := it.trees[it.at]
		it.n, it.i = len(t.leaves)-1, len(t.leaves[len(t.leaves)-1].rows)
		if it.upper != nil {
			it.n, it.i, _ = t.seek(it.upper)
		}
		if it.off = false; it.back() {
			return true
		}
	}
	it.off = true
	return false
}

func (it *heapIterator) Next() bool {
	it.i++
	return it.settle()
}

func (it *heapIterator) Prev() bool { return it.back() }

// settle moves from past a leaf's end to the row that follows.
func (it *heapIterator) settle() bool {
	it.off = true
	for ; it.at < len(it.trees); it.at, it.n, it.i = it.at+1, 0, 0 {
		for t := it.trees[it.at]; it.n < len(t.leaves); it.n, it.i = it.n+1, 0 {
			if it.i < len(t.leaves[it.n].rows) {
				it.off = it.upper != nil && bytes.Compare(it.Key(), it.upper) >= 0
				return !it.off
			}
		}
	}
	return false
}

// back moves to the row before.
func (it *heapIterator) back() bool {
	it.off = true
	for it.at >= 0 && it.at < len(it.trees) {
		for it.i--; it.i < 0; it.i = len(it.trees[it.at].leaves[it.n].rows) - 1 {
			if it.n--; it.n < 0 {
				break
			}
		}
		if it.n >= 0 {
			it.off = it.lower != nil && bytes.Compare(it.Key(), it.lower) < 0
			return !it.off
		}
		if it.at--; it.at >= 0 {
			t := it.trees[it.at]
			it.n = len(t.leaves) - 1
			it.i = len(t.leaves[it.n].rows)
		}
	}
	return false
}

func (it *heapIterator) Valid() bool { return !it.off }

func (it *heapIterator) Key() []byte { return it.trees[it.at].leaves[it.n].rows[it.i].key }

func (it *heapIterator) ValueAndErr() ([]byte, error) {
	return it.trees[it.at].leaves[it.n].rows[it.i].value, nil
}

func (it *heapIterator) Error() error { return nil }
func (it *heapIterator) Close() error { return nil }
