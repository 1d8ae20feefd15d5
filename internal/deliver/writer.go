package deliver

import (
	"context"
	"log/slog"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/pace"
)

// maxBatch bounds how many events go into one append.
const maxBatch = 500

// writer appends events in batches, each until it is durable. It is owned by
// Run, which starts loop and waits for it.
type writer struct {
	box    mailbox[event.Event]
	wake   chan struct{}
	closed chan struct{}
	ledger Ledger
	log    *slog.Logger
	kept   *mailbox[string] // hears of the message ids of what is durable; nil: nobody does
}

func newWriter(l Ledger, log *slog.Logger) *writer {
	w := &writer{wake: make(chan struct{}, 1), closed: make(chan struct{}), ledger: l, log: log}
	w.box.wake = w.wake
	return w
}

// loop returns when ctx ends, or when the writer is closed and has nothing left.
func (w *writer) loop(ctx context.Context) {
	for {
		batch := w.box.take()
		for len(batch) > 0 {
			n := min(len(batch), maxBatch)
			if !w.append(ctx, batch[:n]) {
				return
			}
			batch = batch[n:]
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
			return
		case <-w.closed:
			if batch = w.box.take(); len(batch) == 0 {
				return
			}
			w.box.put(batch...)
		}
	}
}

// append tries until it succeeds; it reports false when ctx ended first.
func (w *writer) append(ctx context.Context, batch []event.Event) bool {
	wait := 50 * time.Millisecond
	for {
		err := w.ledger.Append(ctx, batch)
		if err == nil {
			w.tell(batch)
			return true
		}
		if ctx.Err() == nil {
			w.log.WarnContext(ctx, "append deliveries' events; will try again", "events", len(batch), "wait", wait, "error", err)
		}
		if !pace.Rest(ctx, wait) {
			return false
		}
		wait = min(2*wait, 5*time.Second)
	}
}

func (w *writer) tell(batch []event.Event) {
	if w.kept == nil {
		return
	}
	ids := make([]string, len(batch))
	for i := range batch {
		ids[i] = batch[i].MessageID
	}
	w.kept.put(ids...)
}
