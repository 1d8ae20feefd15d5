package own

import (
	"container/heap"

	"github.com/rapporthq/rapport/internal/event"
)

// what happens in a queue item.
type what uint8

const (
	says    what = iota // an event is uttered
	comes               // somebody comes by themselves
	answers             // somebody follows a letter
)

// item is something that will happen.
type item struct {
	at     event.Instant
	who    int
	seq    uint64 // in the order of planning, within a person
	what   what
	say    *event.Event
	letter Letter
	k      uint64 // of the letter
}

// plan queues something of somebody's. Nothing happens in the past.
func (w *People) plan(n int, it item) {
	it.who, it.at = n, max(it.at, w.now)
	w.ones[n].planned++
	it.seq = w.ones[n].planned
	heap.Push(&w.queue, it)
}

// queue is a heap of items, earliest first.
type queue []item

// Len implements heap.Interface.
func (q *queue) Len() int { return len(*q) }

// Less implements heap.Interface.
func (q *queue) Less(i, j int) bool {
	a, b := &(*q)[i], &(*q)[j]
	switch {
	case a.at != b.at:
		return a.at < b.at
	case a.who != b.who:
		return a.who < b.who
	default:
		return a.seq < b.seq
	}
}

// Swap implements heap.Interface.
func (q *queue) Swap(i, j int) { (*q)[i], (*q)[j] = (*q)[j], (*q)[i] }

// Push implements heap.Interface.
func (q *queue) Push(x any) { *q = append(*q, x.(item)) }

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	h := *q
	last := h[len(h)-1]
	h[len(h)-1] = item{}
	*q = h[:len(h)-1]
	return last
}
