package deliver

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// Worker asks for, sends and reports deliveries. Make one with New, feed it with
// Update, and Run it once.
type Worker struct {
	opts    Options
	ran     atomic.Bool
	wake    chan struct{}
	changes mailbox[Change]
	figures atomic.Pointer[map[string]Figures]
}

// New returns a worker that does nothing until it is Run.
func New(opts Options) (*Worker, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("deliver: options: %w", err)
	}
	w := &Worker{opts: opts.withDefaults(), wake: make(chan struct{}, 1)}
	w.changes.wake = w.wake
	return w, nil
}

// Update tells the worker of rows of the outbox, in the order in which they
// changed; at the start, of every row there is. It never waits. Telling it of a
// row again that has not changed does nothing.
func (w *Worker) Update(changes []Change) { w.changes.put(changes...) }

var errRanTwice = errors.New("deliver: a worker runs once; its session is over")

// Run works until ctx ends, then waits up to Options.Drain for sends under way
// and their receipts. It returns nil unless it was called before.
func (w *Worker) Run(ctx context.Context) error {
	if w.ran.Swap(true) {
		return errRanTwice
	}
	// Sends and receipts outlive ctx by as much as Drain.
	hard, kill := context.WithCancel(context.WithoutCancel(ctx))
	defer kill()
	d := newDesk(w)
	var writers sync.WaitGroup
	writers.Go(func() { d.asks.loop(hard) })
	writers.Go(func() { d.receipts.loop(hard) })

	d.work(ctx, hard)

	deadline := time.AfterFunc(w.opts.Drain, kill)
	defer deadline.Stop()
	close(d.stopping)
	d.drain(hard)
	close(d.asks.closed)
	d.senders.Wait()
	d.settle()
	close(d.receipts.closed)
	writers.Wait()
	return nil
}

// work is the worker's loop until ctx ends.
func (d *desk) work(ctx, hard context.Context) {
	for ctx.Err() == nil {
		next := d.turn(hard, true)
		timer := time.NewTimer(next)
		select {
		case <-d.w.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// drain asks for nothing new. It goes on while sends are under way, and for a
// moment while grants may still arrive for what was asked.
func (d *desk) drain(hard context.Context) {
	grace := time.Now().Add(min(time.Second, d.w.opts.Drain/2))
	for {
		d.turn(hard, false)
		if d.sending == 0 && (d.asked == 0 || time.Now().After(grace)) {
			return
		}
		timer := time.NewTimer(50 * time.Millisecond)
		select {
		case <-d.w.wake:
		case <-timer.C:
		case <-hard.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// turn takes in what happened, starts what may be started, and returns how long
// nothing will change by itself.
func (d *desk) turn(hard context.Context, ask bool) time.Duration {
	d.settle()
	for _, c := range d.w.changes.take() {
		d.apply(hard, c)
	}
	d.expire()
	d.count()
	if !ask {
		return 0
	}
	return d.ask()
}

// event returns an event of the worker's about a delivery.
func (w *Worker) event(k key, kind event.Kind, id string, body any) event.Event {
	now := w.opts.Now()
	return event.Event{
		Kind: kind, To: k.person, Source: "deliver", MessageID: id,
		Time: now, ReceivedAt: now, Body: event.Pack(body),
	}
}
