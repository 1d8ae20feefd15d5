package deliver

import (
	"errors"
	"log/slog"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Options configure a Worker.
type Options struct {
	// Session names this run of the process and no other: only grants made to it
	// are sent. Required.
	Session string

	// Ledger is required.
	Ledger Ledger

	// Channels by which letters go out. A grant for another channel fails.
	Channels []Channel

	// Now is the clock against which profile.Delivery.After is held. Required.
	Now func() event.Instant

	// Links makes the addresses in letters. Nil: the next step is linked directly
	// and there is no unsubscribe link.
	Links Links

	// From gives the sender of a channel's letters. Defaults to nobody.
	From func(channel string) Sender

	// Reported hears, on Run's goroutine, of each delivery that ended as its receipt
	// is written: sent, failed or unknown. It must not block. Defaults to nobody.
	Reported func(channel string, outcome event.Outcome)

	// Turn takes a delivery's turn, where what carries the channel has limits. It is
	// called on Run's goroutine, once for a delivery each time it is due to be asked
	// for. What is to wait for longer is put off in the fold, with the reason, for
	// everybody to see. Nil: nothing waits.
	Turn func(p person.ID, d profile.Delivery) Turn

	// Concurrency is how many deliveries of one channel may be asked for or be
	// under way at once, so that a slow channel cannot hold up the others.
	// Defaults to 16.
	Concurrency int

	// Rate is how many deliveries a second are asked for, all channels together.
	// Defaults to 0: no limit.
	Rate float64

	// Attempts is how often one grant is tried when a channel says that it did
	// not send. Defaults to 60, which is the better part of an hour: a mail server
	// that is down for a while costs nobody their mail.
	Attempts int

	// Backoff is the wait before the second attempt; it doubles from there, to
	// at most a minute. Defaults to 1 s.
	Backoff time.Duration

	// SendTimeout bounds one attempt. Defaults to 1 min.
	SendTimeout time.Duration

	// AskTimeout is how long an unanswered ask counts against Concurrency.
	// Defaults to 1 min.
	AskTimeout time.Duration

	// Poll is how often Now is looked at when nothing else happens. Now may run
	// faster than the wall clock. Defaults to 1 s.
	Poll time.Duration

	// Drain is how long Run waits for sends under way and their receipts after
	// its context ended. Defaults to 10 s.
	Drain time.Duration

	// Logger defaults to discarding.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.From == nil {
		o.From = func(string) Sender { return Sender{} }
	}
	if o.Reported == nil {
		o.Reported = func(string, event.Outcome) {}
	}
	if o.Concurrency == 0 {
		o.Concurrency = 16
	}
	if o.Attempts == 0 {
		o.Attempts = 60
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.Backoff, time.Second},
		{&o.SendTimeout, time.Minute},
		{&o.AskTimeout, time.Minute},
		{&o.Poll, time.Second},
		{&o.Drain, 10 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Validate reports everything that is wrong with o.
func (o Options) Validate() error {
	var errs []error
	check := func(ok bool, problem string) {
		if !ok {
			errs = append(errs, errors.New(problem))
		}
	}
	check(o.Session != "", "Session: must name this run")
	check(o.Ledger != nil, "Ledger: is missing")
	check(o.Now != nil, "Now: is missing")
	check(o.Concurrency >= 0, "Concurrency: must not be negative")
	check(o.Rate >= 0, "Rate: must not be negative")
	check(o.Attempts >= 0, "Attempts: must not be negative")
	seen := map[string]bool{}
	for _, c := range o.Channels {
		check(!seen[c.ID()], "Channels: "+c.ID()+" is there twice")
		seen[c.ID()] = true
	}
	return errors.Join(errs...)
}
