package journal

// Waiting is how many Appends no frame has taken yet.
func (e *Embedded) Waiting() int {
	e.queue.mu.Lock()
	defer e.queue.mu.Unlock()
	return len(e.queue.mu.waiting)
}
