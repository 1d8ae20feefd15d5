package journal

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// appending is an Append that waits for its frame to be durable.
type appending struct {
	entries []Entry
	size    int

	// Set by the committer before it closes done.
	offsets []Offset
	err     error
	done    chan struct{}
}

// queue holds the Appends that no frame has yet taken.
type queue struct {
	mu struct {
		sync.Mutex
		waiting []*appending
		closed  bool
	}
	ready chan struct{} // holds one token when there may be something to do
}

// Append implements Journal. A ctx that ends while the write is under way does
// not interrupt it.
func (e *Embedded) Append(ctx context.Context, entries []Entry) ([]Offset, error) {
	size, err := sizeOf(entries)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a := &appending{entries: entries, size: size, done: make(chan struct{})}
	if err := e.queue.push(a); err != nil || len(entries) == 0 {
		return nil, err
	}
	select {
	case <-a.done:
	case <-ctx.Done():
		if e.queue.withdraw(a) {
			return nil, ctx.Err()
		}
		<-a.done
	}
	return a.offsets, a.err
}

// push adds a unless it is empty.
func (q *queue) push(a *appending) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.mu.closed {
		return ErrClosed
	}
	if len(a.entries) > 0 {
		q.mu.waiting = append(q.mu.waiting, a)
		q.wake()
	}
	return nil
}

// withdraw takes a back, unless the committer has it.
func (q *queue) withdraw(a *appending) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.mu.waiting, a)
	if i < 0 {
		return false
	}
	q.mu.waiting = slices.Delete(q.mu.waiting, i, i+1)
	return true
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.mu.closed = true
	q.wake()
}

func (q *queue) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take waits for Appends and returns those that make the next frame: at least
// one, and as many as keep within both limits. It returns none when the queue
// is closed and empty.
func (q *queue) take(maxBytes, maxRecords int) []*appending {
	for {
		group, closed := q.cut(maxBytes, maxRecords)
		if len(group) > 0 || closed {
			return group
		}
		<-q.ready
	}
}

func (q *queue) cut(maxBytes, maxRecords int) (group []*appending, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, bytes, records := 0, 0, 0
	for _, a := range q.mu.waiting {
		bytes += a.size
		records += len(a.entries)
		if n > 0 && (bytes > maxBytes || records > maxRecords) {
			break
		}
		n++
	}
	group = slices.Clone(q.mu.waiting[:n])
	q.mu.waiting = slices.Delete(q.mu.waiting, 0, n)
	return group, q.mu.closed
}

// committer writes frames. It is owned by one goroutine.
type committer struct {
	e    *Embedded
	seq  uint64    // of the next frame
	next Positions // of its first records
	buf  []byte
}

// keptBuffer is the largest buffer that the committer keeps for the next frame.
const keptBuffer = 4 << 20

func (c *committer) run() {
	for {
		group := c.e.queue.take(c.e.opts.FrameBytes, c.e.opts.FrameRecords)
		if len(group) == 0 {
			return
		}
		f, err := c.commit(group)
		if err == nil {
			c.answer(group, f)
		}
		for _, a := range group {
			a.err = err
			close(a.done)
		}
	}
}

// commit makes the entries of group durable as one frame.
func (c *committer) commit(group []*appending) (*frame, error) {
	entries := make([][]Entry, len(group))
	for i, a := range group {
		entries[i] = a.entries
	}
	f, body := newFrame(c.seq, entries, &c.next)
	c.buf = f.appendTo(c.buf[:0], body)
	batch := c.e.db.NewBatchWithSize(len(c.buf) + 1024)
	defer func() { _ = batch.Close() }() // releases memory only
	err := batch.Set(c.e.keys.frame(c.seq), c.buf, nil)
	if err == nil && c.seq%indexEvery == 0 {
		err = batch.Set(c.e.keys.index(c.seq), encodePositions(c.seq, &c.next), nil)
	}
	began := time.Now()
	if err == nil {
		err = batch.Commit(pebble.Sync)
	}
	if cap(c.buf) > keptBuffer {
		c.buf = nil
	}
	if err != nil {
		return nil, fmt.Errorf("append to journal: %w", err)
	}
	c.e.opts.Committed(time.Since(began), len(f.records))
	return f, nil
}

// answer gives the Appends of group their offsets and lets readers see f.
func (c *committer) answer(group []*appending, f *frame) {
	rest := f.records
	for _, a := range group {
		a.offsets = make([]Offset, len(a.entries))
		for i := range a.offsets {
			a.offsets[i] = rest[i].Offset
		}
		rest = rest[len(a.entries):]
	}
	c.seq++
	for _, s := range f.spans {
		c.next[s.partition] = s.end()
	}
	c.e.tail.publish(f, c.e.opts.RecentBytes)
}
