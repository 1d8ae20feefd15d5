package voice

import (
	"context"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/render"
)

// Exchange is where letters meet the calls that they are for: a call waits for
// what is to be said next, in the request by which its platform asks. Its zero
// value is ready for use.
type Exchange struct {
	mu    sync.Mutex
	calls map[string]*call
}

type call struct {
	box    chan deliver.Letter // without room: who puts knows that it was taken
	last   deliver.Letter      // what was said last
	said   []render.Next       // what may be answered to it
	silent int                 // turns without an answer, one after the other
	waited int                 // turns in which there was nothing to say yet, one after the other
	seen   time.Time
}

// What bounds a call in which nothing happens.
const (
	mostSilent = 3  // turns without an answer
	mostWaited = 20 // turns in which we have nothing to say: some three minutes
)

// forgotten is how long after its last request a call is taken to have ended.
const forgotten = 2 * time.Minute

// Turn is why the platform of a call asks what to say.
type Turn uint8

// The turns.
const (
	Answered Turn = iota // the caller said something, or has just called
	Silent               // the caller said nothing
	Waiting              // there was nothing to say when it asked before
)

// Turn notes that the call's platform asks. It reports false when the call is to be
// ended, for nothing has happened in it for too long, and forgets it.
func (x *Exchange) Turn(id string, t Turn, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.calls == nil {
		x.calls = map[string]*call{}
	}
	for other, c := range x.calls {
		if now.Sub(c.seen) > forgotten {
			delete(x.calls, other)
		}
	}
	c := x.calls[id]
	if c == nil {
		c = &call{box: make(chan deliver.Letter)}
		x.calls[id] = c
	}
	c.seen = now
	switch t {
	case Answered:
		c.silent, c.waited = 0, 0
	case Silent:
		c.silent++
	case Waiting:
		c.waited++
	}
	if c.silent < mostSilent && c.waited < mostWaited {
		return true
	}
	delete(x.calls, id)
	return false
}

// Again returns what was said to the call last, for a caller who said nothing to it.
// It reports false when nothing was said yet.
func (x *Exchange) Again(id string) (deliver.Letter, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.calls[id]
	if c == nil || c.last.Delivery == "" {
		return deliver.Letter{}, false
	}
	return c.last, true
}

// Next waits for what is to be said to the call. It reports false when nothing
// came within patience.
func (x *Exchange) Next(ctx context.Context, id string, patience time.Duration) (deliver.Letter, bool) {
	c := x.call(id)
	if c == nil {
		return deliver.Letter{}, false
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case l := <-c.box:
		x.mu.Lock()
		c.last, c.said, c.waited = l, l.Form().Voice().Choices, 0
		x.mu.Unlock()
		return l, true
	case <-t.C:
	case <-ctx.Done():
	}
	return deliver.Letter{}, false
}

// Say gives a letter to the call that is its address. It returns when the call has
// taken it. Errors are as deliver.Channel has them.
func (x *Exchange) Say(ctx context.Context, l deliver.Letter) error {
	c := x.call(l.To)
	if c == nil {
		return fault.New(fault.Invalid, "the call is over")
	}
	select {
	case c.box <- l:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Transient, ctx.Err(), "the call did not ask for more")
	}
}

// Meant is the payload of the choice that keys or words mean; empty: of none.
func (x *Exchange) Meant(id, keys, words string) string {
	x.mu.Lock()
	defer x.mu.Unlock()
	c := x.calls[id]
	if c == nil {
		return ""
	}
	answer := keys
	if answer == "" {
		answer = words
	}
	next, _ := render.Match(c.said, answer)
	return next.Payload
}

// End forgets a call.
func (x *Exchange) End(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.calls, id)
}

// Has reports whether the call goes on.
func (x *Exchange) Has(id string) bool { return x.call(id) != nil }

func (x *Exchange) call(id string) *call {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.calls[id]
}
