package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/person"
)

// Memory is a journal that forgets when the process ends, for tests and
// rehearsal. It starts no goroutines and the same calls give the same results.
type Memory struct {
	mu struct {
		sync.Mutex
		log     []Record // oldest first
		dropped int      // records let go from the front of log
		floor   Positions
		end     Positions
		trims   int
		bodies  map[string][]byte
		marks   []mark // oldest first
		closed  bool
		bell    bell
	}
}

var _ Journal = (*Memory)(nil)

// NewMemory returns an empty journal.
func NewMemory() *Memory {
	m := &Memory{}
	m.mu.floor = Positions{}.start()
	m.mu.end = Positions{}.start()
	m.mu.bodies = map[string][]byte{}
	return m
}

// Append implements Journal.
func (m *Memory) Append(ctx context.Context, entries []Entry) ([]Offset, error) {
	if _, err := sizeOf(entries); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.closed {
		return nil, ErrClosed
	}
	offsets := make([]Offset, len(entries))
	for i, e := range entries {
		offsets[i] = m.mu.end[e.Partition]
		m.mu.end[e.Partition]++
		m.mu.log = append(m.mu.log, Record{Partition: e.Partition, Offset: offsets[i], Data: bytes.Clone(e.Data)})
	}
	if len(entries) > 0 {
		m.mu.bell.ringLocked()
	}
	return offsets, nil
}

// NewReader implements Journal.
func (m *Memory) NewReader(list []person.Partition, from Positions) (Reader, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.closed {
		return nil, ErrClosed
	}
	r := &memoryReader{m: m, want: setOf(list), from: from.start(), at: m.mu.dropped, trims: m.mu.trims}
	if err := r.want.check(&r.from, &m.mu.floor, &m.mu.end); err != nil {
		return nil, err
	}
	return r, nil
}

// Begin implements Journal.
func (m *Memory) Begin() Positions {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mu.floor
}

// Mark implements Journal.
func (m *Memory) Mark(ctx context.Context, at time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.closed {
		return ErrClosed
	}
	m.mu.marks = append(m.mu.marks, mark{at, m.mu.end})
	return nil
}

// Marked implements Journal.
func (m *Memory) Marked(ctx context.Context, at time.Time) (Positions, error) {
	if err := ctx.Err(); err != nil {
		return Positions{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.closed {
		return Positions{}, ErrClosed
	}
	for _, one := range slices.Backward(m.mu.marks) {
		if !one.at.After(at) {
			return one.end.atLeast(&m.mu.floor), nil
		}
	}
	return m.mu.floor, nil
}

// End implements Journal.
func (m *Memory) End() Positions {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mu.end
}

// PutBody implements Journal.
func (m *Memory) PutBody(ctx context.Context, body []byte) (string, error) {
	if err := errors.Join(checkBody(body), ctx.Err()); err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.closed {
		return "", ErrClosed
	}
	m.mu.bodies[hash] = bytes.Clone(body)
	return hash, nil
}

// Body implements Journal.
func (m *Memory) Body(ctx context.Context, hash string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.closed {
		return nil, ErrClosed
	}
	body, ok := m.mu.bodies[hash]
	if !ok {
		return nil, ErrNoBody
	}
	return bytes.Clone(body), nil
}

// Trim implements Journal.
func (m *Memory) Trim(ctx context.Context, before Positions) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.closed {
		return ErrClosed
	}
	raiseFloor(&m.mu.floor, &before, &m.mu.end)
	m.mu.trims++
	n := 0
	for n < len(m.mu.log) && m.mu.log[n].Offset < m.mu.floor[m.mu.log[n].Partition] {
		n++
	}
	m.mu.log = slices.Clone(m.mu.log[n:])
	m.mu.dropped += n
	m.mu.bell.ringLocked()
	return nil
}

// Close implements Journal. It may be called again.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.closed = true
	m.mu.bell.ringLocked()
	return nil
}

// raiseFloor moves floor up to before, never past end and never down.
func raiseFloor(floor, before, end *Positions) {
	for p := range floor {
		floor[p] = max(floor[p], min(before[p], end[p]))
	}
}

type memoryReader struct {
	m      *Memory
	want   partitions
	from   Positions // next offset of each partition that is wanted
	at     int       // place in the log, counting what was dropped
	trims  int       // trims that from has been checked against
	closed bool
}

// defaultBatch is how many records a reader returns when the caller has no
// opinion.
const defaultBatch = 4096

// Next implements Reader.
func (r *memoryReader) Next(ctx context.Context, max int) ([]Record, error) {
	return await(ctx, max, r.read)
}

// Poll implements Reader.
func (r *memoryReader) Poll(max int) ([]Record, error) {
	records, _, err := r.read(max)
	return records, err
}

// Close implements Reader.
func (r *memoryReader) Close() error {
	r.closed = true
	return nil
}

// read returns what is there, and a channel that is closed when there is more.
func (r *memoryReader) read(limit int) ([]Record, <-chan struct{}, error) {
	if limit <= 0 {
		limit = defaultBatch
	}
	m := r.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.closed || r.closed {
		return nil, nil, ErrClosed
	}
	if r.trims != m.mu.trims {
		if err := r.want.check(&r.from, &m.mu.floor, &m.mu.end); err != nil {
			return nil, nil, err
		}
		r.trims = m.mu.trims
	}
	var records []Record
	for r.at = max(r.at, m.mu.dropped); r.at < m.mu.dropped+len(m.mu.log) && len(records) < limit; r.at++ {
		rec := m.mu.log[r.at-m.mu.dropped]
		if r.want[rec.Partition] && rec.Offset >= r.from[rec.Partition] {
			records = append(records, rec)
			r.from[rec.Partition] = rec.Offset + 1
		}
	}
	return records, m.mu.bell.waitLocked(), nil
}
