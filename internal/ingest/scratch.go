package ingest

import (
	"sync"

	"github.com/rapporthq/rapport/internal/event"
)

// scratch is memory for one request after another: its body, as it came and
// inflated, and what is made of it. The events of a request point into the body,
// and those who see them copy what they keep.
type scratch struct {
	wire, body []byte
	calls      []call
	events     []event.Event
}

// Above these a scratch does not keep its memory for the next request.
const (
	keptBytes = 1 << 20
	keptCalls = 1000
)

// scratches hands out memory. The zero value is ready.
type scratches struct{ pool sync.Pool }

func (s *scratches) take() *scratch {
	if m, ok := s.pool.Get().(*scratch); ok {
		return m
	}
	return &scratch{}
}

// give takes m back, with nothing in it that would keep other memory alive.
func (s *scratches) give(m *scratch) {
	if cap(m.wire)+cap(m.body) > keptBytes {
		m.wire, m.body = nil, nil
	}
	if cap(m.calls)+cap(m.events) > keptCalls {
		m.calls, m.events = nil, nil
	}
	clear(m.calls)
	clear(m.events)
	s.pool.Put(m)
}
