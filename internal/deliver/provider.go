package deliver

import (
	"context"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/pace"
)

// Provider is an account by which a Route may carry letters.
type Provider struct {
	ID      string
	Channel Channel

	// PerSecond is how many letters a second it takes at most. Zero: no limit.
	PerSecond float64

	// Pace holds it to limits by domain and by day. Nil: none. See [Route.Turn].
	Pace *Pace

	// Takes reports whether it carries letters to an address at all. Nil: all.
	Takes func(to string) bool
}

// What bounds how a provider is used.
const (
	// patience is how long a letter waits for its turn with a provider. It is less
	// than a Worker gives an attempt.
	patience = 40 * time.Second

	// breakAfter failures one after the other open the breaker: letters go to the
	// next provider for restAtFirst, which doubles with each trial that fails.
	breakAfter  = 5
	restAtFirst = 30 * time.Second
	restAtMost  = 5 * time.Minute
)

// outlet is a provider as a route uses it: when it may be used next.
type outlet struct {
	Provider
	now func() time.Time

	mu struct {
		sync.Mutex
		turn     time.Time // of the next letter, by PerSecond
		failures int       // one after the other
		rest     time.Duration
		until    time.Time // the breaker is open; after it, one letter tries
		trying   bool
	}
}

// admit lets a letter in, or says when that may be tried again.
func (o *outlet) admit() (opens time.Time, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.mu.failures < breakAfter:
		return time.Time{}, true
	case o.mu.trying || o.now().Before(o.mu.until):
		return o.mu.until, false
	}
	o.mu.trying = true
	return time.Time{}, true
}

// wait waits for the letter's turn.
func (o *outlet) wait(ctx context.Context) error {
	if o.PerSecond == 0 {
		return nil
	}
	o.mu.Lock()
	now := o.now()
	turn := o.mu.turn
	if turn.Before(now) {
		turn = now
	}
	if turn.Sub(now) > patience {
		o.mu.Unlock()
		return fault.New(fault.Transient, "%s is busy to its limit of %g letters a second", o.ID, o.PerSecond)
	}
	o.mu.turn = turn.Add(time.Duration(float64(time.Second) / o.PerSecond))
	o.mu.Unlock()
	if pause := turn.Sub(now); pause > 0 && !pace.Rest(ctx, pause) {
		return fault.Wrap(fault.Transient, ctx.Err(), "stopped while waiting for a turn with %s", o.ID)
	}
	return nil
}

// learn takes in what became of a letter that was admitted.
func (o *outlet) learn(failed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	trial := o.mu.trying
	o.mu.trying = false
	if !failed {
		o.mu.failures, o.mu.rest = 0, 0
		return
	}
	o.mu.failures++
	if o.mu.failures == breakAfter || trial {
		o.mu.rest = min(max(2*o.mu.rest, restAtFirst), restAtMost)
		o.mu.until = o.now().Add(o.mu.rest)
	}
}
