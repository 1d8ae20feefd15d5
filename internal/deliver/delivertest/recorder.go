// Package delivertest holds channels to the contract of deliver.Channel, with
// Run, and offers Recorder, a channel that remembers and can misbehave.
package delivertest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
)

// Recorder is a channel that keeps what it is sent. Its zero value is called ""
// and accepts everything.
type Recorder struct {
	Name string

	// Delay is how long a send takes.
	Delay time.Duration

	// Answer decides over each send; n counts those of the same delivery from 1.
	// Nil accepts. A letter is kept when the answer is nil or unknown.
	Answer func(l deliver.Letter, n int) error

	mu struct {
		sync.Mutex
		tries map[string]int
		kept  []deliver.Letter
	}
}

// ID implements deliver.Channel.
func (r *Recorder) ID() string { return r.Name }

// Send implements deliver.Channel.
func (r *Recorder) Send(ctx context.Context, l deliver.Letter) error {
	if r.Delay > 0 {
		t := time.NewTimer(r.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return fault.Wrap(fault.Transient, ctx.Err(), "stopped before anything was sent")
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.tries == nil {
		r.mu.tries = map[string]int{}
	}
	r.mu.tries[l.Delivery]++
	var err error
	if r.Answer != nil {
		err = r.Answer(l, r.mu.tries[l.Delivery])
	}
	if err == nil || deliver.IsUnknown(err) {
		r.mu.kept = append(r.mu.kept, l)
	}
	return err
}

// Letters returns what was sent, in order.
func (r *Recorder) Letters() []deliver.Letter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.mu.kept)
}

// Tries returns how often the delivery was tried.
func (r *Recorder) Tries(delivery string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mu.tries[delivery]
}
