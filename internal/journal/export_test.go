package journal

// Waiting is how many Appends no frame has taken yet.
func (e *Embedded) Waiting() int {
	e.queue.mu.Lock()
	defer e.queue.mu.Unlock()
	return len(e.queue.mu.waiting)
}

// Floor is the oldest offset of each partition that is held.
func (e *Embedded) Floor() Positions { return e.tail.bounds().floor }
