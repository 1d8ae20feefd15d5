package journal

import "context"

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

// await reads until there is something. read returns a channel that is closed
// when another try may find what this one did not.
func await(ctx context.Context, max int, read func(max int) ([]Record, <-chan struct{}, error)) ([]Record, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		records, changed, err := read(max)
		if err != nil || len(records) > 0 {
			return records, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}
