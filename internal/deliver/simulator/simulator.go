// Package simulator carries letters of any channel to nobody: it takes their
// provider's place where there is no account, so that everything can be seen and
// judged without one. What it took is kept in a Box.
//
// It misbehaves on demand, as providers do: see Behaviour. What it does with a
// letter depends on the seed and the delivery's id and on nothing else, so a run
// can be repeated, whatever the order of its letters.
package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Options configure a Channel.
type Options struct {
	ID        string // of the channel. Required.
	Behaviour Behaviour
	Seed      uint64

	// Box keeps what was taken. Nil: nobody looks.
	Box *Box

	// Inbox hears of receipts. Nil: there are none.
	Inbox deliver.Inbox

	// Now dates what is kept. Required.
	Now func() event.Instant
}

// Channel takes letters. Open one with Open, and Close it.
type Channel struct {
	opts Options
	post *post

	mu struct {
		sync.Mutex
		taken map[string]bool // deliveries: what comes twice is taken once
	}
}

// Open returns a channel. The caller must Close it.
func Open(opts Options) (*Channel, error) {
	if opts.ID == "" || opts.Now == nil {
		return nil, errors.New("simulator: Options.ID and Now are required")
	}
	c := &Channel{opts: opts}
	c.mu.taken = map[string]bool{}
	if opts.Inbox != nil {
		c.post = newPost(opts.Inbox)
	}
	return c, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return c.opts.ID }

// Close gives up receipts that are not told of yet.
func (c *Channel) Close() error {
	if c.post != nil {
		c.post.close()
	}
	return nil
}

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// SendNamed implements deliver.Namer.
func (c *Channel) SendNamed(ctx context.Context, l deliver.Letter) (by string, err error) {
	b := c.opts.Behaviour
	if b.Down {
		return "", fault.New(fault.Transient, "the simulator is down on purpose")
	}
	if b.Delay > 0 {
		t := time.NewTimer(b.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return "", fault.Wrap(fault.Transient, ctx.Err(), "the simulator was stopped while it was slow on purpose")
		}
	}
	f := b.fate(c.opts.Seed, l.Delivery)
	switch f {
	case refused:
		return "", fault.New(fault.Invalid, "the simulator refused on purpose")
	case dead:
		return "", &deliver.DeadAddress{Err: fault.New(fault.Invalid, "the simulator knows nobody at this address, on purpose")}
	case broken:
		c.take(l, f)
		return "", &deliver.UnknownOutcome{Err: errors.New("the simulator broke on purpose after it had taken the letter")}
	default:
	}
	c.take(l, f)
	return fmt.Sprintf("simulated, to nobody (%x)", xxhash.Sum64String(l.Delivery)), nil
}

// take keeps a letter and tells of it, once: the delivery is the idempotency key.
func (c *Channel) take(l deliver.Letter, f fate) {
	c.mu.Lock()
	again := c.mu.taken[l.Delivery]
	if len(c.mu.taken) >= mostTaken {
		clear(c.mu.taken) // a simulator is not a ledger
	}
	c.mu.taken[l.Delivery] = true
	c.mu.Unlock()
	if again {
		return
	}
	at := c.opts.Now()
	if f != vanished {
		c.opts.Box.put(keep(c.opts.ID, l, at, f))
	}
	if c.post != nil {
		c.post.put(c.opts.Behaviour.reports(c.opts.Seed, c.opts.ID, l, f, at))
	}
}

// mostTaken bounds what a channel remembers of deliveries.
const mostTaken = 100_000

// keep is what is kept of a letter.
func keep(channel string, l deliver.Letter, at event.Instant, f fate) Taken {
	return Taken{
		At: at, Channel: channel, Person: l.Person.String(), Delivery: l.Delivery, Ref: l.Ref, To: l.To, From: cmp.Or(l.From.Address, l.From.Name),
		Subject: l.Content.Subject, Text: l.Content.Text, HTML: l.Content.HTML, StepLabel: l.Content.NextStep.Label, StepURL: l.Links.Step,
		Goal: l.Goal, Action: l.Action, Message: l.Message, Fate: f.String(),
	}
}
