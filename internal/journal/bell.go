package journal

// bell wakes everybody who waits for something to change. The owner's lock
// guards it.
type bell struct{ c chan struct{} }

// waitLocked returns a channel that is closed at the next ringLocked.
func (b *bell) waitLocked() <-chan struct{} {
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *bell) ringLocked() {
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}
