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
	said   []render.Next       // what may be answered to what was said last
	silent int                 // turns without an answer, one after the other
	seen   time.Time
}

// MostSilent is after how many turns without an answer a call is ended.
const MostSilent = 3

// forgotten is how long after its last request a call is taken to have ended.
const forgotten = 2 * time.Minute

// Turn notes that the call's platform asks, and whether the caller answered; it
// returns for how many turns they have not.
func (x *Exchange) Turn(id string, answered bool, now time.Time) int {
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
	if c.silent++; answered {
		c.silent = 0
	}
	return c.silent
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
		c.said = l.Form().Voice().Choices
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
