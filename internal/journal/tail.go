package journal

import "sync"

// tail is what readers may see: where the journal begins and ends, and its
// latest frames.
type tail struct {
	mu struct {
		sync.Mutex
		bounds
		recent       []*frame // consecutive; the last is next-1
		recentWeight int
		closed       bool
		bell         bell
	}
}

// bounds are the ends of what the journal holds.
type bounds struct {
	first uint64    // the oldest frame that is held
	next  uint64    // the number after the last durable frame
	floor Positions // the oldest offsets that are held
	end   Positions // the offsets after the last durable records
	trims int       // how often floor was raised
}

func (t *tail) bounds() bounds {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.bounds
}

func (t *tail) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.closed
}

// publish lets readers see f, which is durable.
func (t *tail) publish(f *frame, maxWeight int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.next = f.seq + 1
	for _, s := range f.spans {
		t.mu.end[s.partition] = s.end()
	}
	t.mu.recent = append(t.mu.recent, f)
	t.mu.recentWeight += f.cost()
	drop := 0
	for t.mu.recentWeight > maxWeight && drop < len(t.mu.recent) {
		t.mu.recentWeight -= t.mu.recent[drop].cost()
		t.mu.recent[drop] = nil
		drop++
	}
	t.mu.recent = t.mu.recent[drop:]
	t.mu.bell.ringLocked()
}

// cost is about what f weighs in memory, in bytes.
func (f *frame) cost() int {
	const perRecord, perFrame = 40, 256
	return f.weight + perRecord*len(f.records) + perFrame
}

// frame returns frame seq if it is among the latest, and changed if it is yet
// to come.
func (t *tail) frame(seq uint64) (f *frame, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if seq >= t.mu.next {
		return nil, t.mu.bell.waitLocked()
	}
	oldest := t.mu.next - uint64(len(t.mu.recent))
	if seq >= oldest {
		return t.mu.recent[seq-oldest], nil
	}
	return nil, nil
}

// trim raises the beginning of what is held.
func (t *tail) trim(first uint64, floor Positions) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.first, t.mu.floor = first, floor
	t.mu.trims++
	t.mu.bell.ringLocked()
}

func (t *tail) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.closed = true
	t.mu.recent = nil
	t.mu.bell.ringLocked()
}
