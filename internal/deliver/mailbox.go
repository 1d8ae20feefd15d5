package deliver

import "sync"

// mailbox hands items from many goroutines to one. Putting never waits.
type mailbox[T any] struct {
	wake chan<- struct{} // of capacity one

	mu struct {
		sync.Mutex
		items []T
	}
}

func (m *mailbox[T]) put(items ...T) {
	m.mu.Lock()
	m.mu.items = append(m.mu.items, items...)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default: // the reader has yet to wake
	}
}

// take returns what is there, in the order in which it was put.
func (m *mailbox[T]) take() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.mu.items
	m.mu.items = nil
	return items
}
