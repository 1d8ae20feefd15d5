package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Appender takes events into the journal. It returns nil when they are durable.
type Appender interface {
	Append(ctx context.Context, events []event.Event) error
}

// LiveOptions say how a company lives beside a server.
type LiveOptions struct {
	// Company goes on from where it is. Required; it belongs to the Live from
	// then on.
	Company *Company

	// Appender gets what happens. Required.
	Appender Appender

	// Speed is how many virtual seconds pass in a second. Defaults to 86,400: a
	// day a second.
	Speed float64

	// Every is how often the company moves. Defaults to 50 ms.
	Every time.Duration

	// MaxStep is the most virtual time that passes at once: when the machine is
	// busy or asleep the world waits. Defaults to 6 hours.
	MaxStep time.Duration

	// Lag is how many events the server has yet to fold, and MaxLag from how many
	// on the world waits for it: about a day's of a company of some thousands, so
	// that what is told of people is as of about now. Default to none, and 2,000.
	Lag    func() uint64
	MaxLag uint64

	// Definitions in force tell what kind of thing a letter is. Required for
	// letters to have their effect.
	Definitions func(ctx context.Context) (*definition.Workspace, error)

	// Clock is the wall clock. Defaults to time.Now.
	Clock func() time.Time

	// Logger defaults to silence.
	Logger *slog.Logger
}

func (o LiveOptions) withDefaults() LiveOptions {
	if o.Speed == 0 {
		o.Speed = (24 * time.Hour).Seconds()
	}
	if o.Every == 0 {
		o.Every = 50 * time.Millisecond
	}
	if o.MaxStep == 0 {
		o.MaxStep = 6 * time.Hour
	}
	if o.Lag == nil {
		o.Lag = func() uint64 { return 0 }
	}
	if o.MaxLag == 0 {
		o.MaxLag = 2_000
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Live is a company that lives beside a server. Its time is the server's: give
// Now to everything that asks for the time. Make one with NewLive, and Run it
// once.
type Live struct {
	opts LiveOptions
	now  atomic.Int64

	mu struct {
		sync.Mutex
		company *Company
	}
}

// NewLive returns a company at the time that it has reached, which stands still
// until Run.
func NewLive(o LiveOptions) *Live {
	l := &Live{opts: o.withDefaults()}
	l.mu.company = o.Company
	l.now.Store(int64(o.Company.Now()))
	return l
}

// Now is the virtual time. It never goes back, and everything that the company
// did up to then is in the journal.
func (l *Live) Now() event.Instant { return event.Instant(l.now.Load()) }

// Speed is how many virtual seconds pass in a second when nothing holds it up.
func (l *Live) Speed() float64 { return l.opts.Speed }

// Census counts the people who have turned up by hidden state.
func (l *Live) Census() map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.company.Census()
}

// Run lets time pass until ctx ends. It returns nil then.
func (l *Live) Run(ctx context.Context) error {
	tick := time.NewTicker(l.opts.Every)
	defer tick.Stop()
	last := l.opts.Clock()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		wall := l.opts.Clock()
		passed := wall.Sub(last)
		last = wall
		if l.opts.Lag() >= l.opts.MaxLag {
			continue
		}
		step := min(time.Duration(float64(passed)*l.opts.Speed), l.opts.MaxStep)
		if err := l.step(ctx, l.Now().Add(step)); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("simulated company: %w", err)
		}
	}
}

// step lives up to the given time. What happened is appended before the time is
// reached; a journal that cannot take it holds the world up.
func (l *Live) step(ctx context.Context, until event.Instant) error {
	l.mu.Lock()
	events := l.mu.company.Step(until)
	l.mu.Unlock()
	wait := l.opts.Every
	for len(events) > 0 {
		err := l.opts.Appender.Append(ctx, events)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return err
		}
		l.opts.Logger.WarnContext(ctx, "append what the simulated company did; will try again", slog.Int("events", len(events)), slog.Any("error", err))
		retry := time.NewTimer(wait)
		select {
		case <-retry.C:
		case <-ctx.Done():
		}
		retry.Stop()
		wait = min(2*wait, 5*time.Second)
	}
	l.now.Store(int64(until))
	return nil
}

// Channel is the letter box of the company's people, under the id of a channel
// that it stands in for.
func (l *Live) Channel(id string) deliver.Channel { return letterBox{l, id} }

type letterBox struct {
	live *Live
	id   string
}

var _ deliver.Channel = letterBox{}

func (b letterBox) ID() string { return b.id }

var errStranger = errors.New("nobody in the simulated company has that address")

// Send hands a letter over. Nothing leaves the process.
func (b letterBox) Send(ctx context.Context, l deliver.Letter) error {
	x := Letter{Delivery: l.Delivery, Channel: b.id, To: l.To, Subject: l.Content.Subject, URL: l.Content.NextStep.URL}
	if b.live.opts.Definitions != nil {
		ws, err := b.live.opts.Definitions(ctx)
		if err != nil {
			return fault.Wrap(fault.Transient, err, "the definitions cannot be read")
		}
		x.Kind, x.Appeal = meaning(ws, l.Goal, l.Action, l.Message)
	}
	b.live.mu.Lock()
	defer b.live.mu.Unlock()
	if !b.live.mu.company.Receive(x, b.live.Now()) {
		return fault.Wrap(fault.Invalid, errStranger, "%s is not an address of the simulated company, and nothing leaves a demo", l.To)
	}
	return nil
}
