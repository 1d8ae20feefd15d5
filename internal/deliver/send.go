package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/profile"
)

// outcome is what became of a send.
type outcome struct {
	key    key
	result event.Outcome
	detail string
	dead   bool // nobody is reached at the address any more
}

func failed(format string, args ...any) outcome {
	return outcome{result: event.Failed, detail: fmt.Sprintf(format, args...)}
}

// deliver sends what row was granted, trying again what was not sent.
func (d *desk) deliver(ctx context.Context, k key, row profile.Delivery, via string) outcome {
	channel, letter, problem := d.open(k, row)
	if problem != nil {
		return failed("%v", problem)
	}
	letter.Via = via
	wait := d.w.opts.Backoff
	for attempt := 1; ; attempt++ {
		by, err := d.attempt(ctx, channel, letter)
		log := d.w.opts.Logger.With("delivery", k.delivery, "channel", row.Channel, "attempt", attempt)
		switch {
		case err == nil:
			return outcome{result: event.Sent, detail: named(by)}
		case IsUnknown(err):
			log.WarnContext(ctx, "the outcome of a delivery is unknown", "error", logged(err))
			return outcome{result: event.Unknown, detail: detail(err)}
		case !fault.Is(err, fault.Transient):
			log.InfoContext(ctx, "a delivery was refused", "error", logged(err))
			o := failed("%s", detail(err))
			o.dead = IsDead(err)
			return o
		case attempt >= d.w.opts.Attempts:
			log.WarnContext(ctx, "a delivery was given up", "error", logged(err))
			return failed("gave up after %d attempts: %s", attempt, detail(err))
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-d.stopping:
			timer.Stop()
			return failed("not sent: stopped between attempts, after: %s", detail(err))
		}
		wait = min(2*wait, time.Minute)
	}
}

// open reads the grant and makes the letter.
func (d *desk) open(k key, row profile.Delivery) (Channel, Letter, error) {
	channel, ok := d.channels[row.Channel]
	if !ok {
		return nil, Letter{}, fmt.Errorf("there is no channel %q", row.Channel)
	}
	var g event.GrantBody
	if err := json.Unmarshal(row.Grant, &g); err != nil {
		return nil, Letter{}, fmt.Errorf("read the grant: %w", err)
	}
	if g.Delivery != k.delivery || g.Session != d.w.opts.Session || g.Channel != row.Channel {
		return nil, Letter{}, errors.New("the grant is for another delivery")
	}
	l := Letter{
		Delivery: k.delivery, Person: k.person, To: g.To, From: d.w.opts.From(g.Channel), Content: g.Content,
		Goal: g.Goal, Action: g.Action, Message: g.Message,
		Links: message.Links{Step: g.Content.NextStep.URL},
	}
	if d.w.opts.Links == nil {
		return channel, l, nil
	}
	var err error
	if l.Links.Step, err = d.link(k, &g, g.Content.NextStep); err != nil {
		return nil, Letter{}, fmt.Errorf("link the next step: %w", err)
	}
	for _, step := range g.Content.More {
		link, err := d.link(k, &g, step)
		if err != nil {
			return nil, Letter{}, fmt.Errorf("link a next step: %w", err)
		}
		l.Links.More = append(l.Links.More, link)
	}
	l.Ref = d.w.opts.Links.Ref(k.person, k.delivery)
	if row.Reply != nil { // who asks is answered, and is not asked whether they want to be
		return channel, l, nil
	}
	if l.Links.Unsubscribe, err = d.w.opts.Links.Unsubscribe(k.person, k.delivery, g.Channel); err != nil {
		return nil, Letter{}, fmt.Errorf("link to unsubscribe: %w", err)
	}
	return channel, l, nil
}

// link is the address of a next step. A step that is no link has none, but in
// e-mail, which has no buttons of its own.
func (d *desk) link(k key, g *event.GrantBody, s event.Step) (string, error) {
	switch {
	case s.URL != "":
		return d.w.opts.Links.Step(k.person, k.delivery, g.Channel, s.URL)
	case g.Channel == "email" && s.Payload() != "":
		return d.w.opts.Links.Answer(k.person, k.delivery, g.Channel, g.To, s)
	default:
		return "", nil
	}
}

// attempt calls the channel once. What ends by the context, or by a panic, may
// have been sent unless the channel knows better.
func (d *desk) attempt(ctx context.Context, c Channel, l Letter) (by string, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.w.opts.SendTimeout)
	defer cancel()
	defer func() {
		if r := recover(); r != nil {
			d.w.opts.Logger.ErrorContext(ctx, "channel panicked", "channel", c.ID(), "panic", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
			err = &UnknownOutcome{fmt.Errorf("channel %s panicked: %v", c.ID(), r)}
		}
	}()
	if n, ok := c.(Namer); ok {
		by, err = n.SendNamed(ctx, l)
	} else {
		err = c.Send(ctx, l)
	}
	if err != nil && ctx.Err() != nil && !IsUnknown(err) && !fault.Is(err, fault.Transient) && errors.Is(err, ctx.Err()) {
		return by, &UnknownOutcome{err}
	}
	return by, err
}

// named is what a receipt says of who took a letter.
func named(by string) string {
	return strings.ToValidUTF8(by[:min(len(by), 200)], "")
}

// detail is what a timeline shows of an error.
func detail(err error) string {
	s := err.Error()
	return strings.ToValidUTF8(s[:min(len(s), 300)], "")
}

// logged is what the log may hold of an error: what a channel says of it in its own
// words, and what the network says. The other side's text may repeat addresses and
// content; it is in the receipt, on the person's timeline.
func logged(err error) string {
	said := "it broke while it was sent"
	if f, ok := errors.AsType[*fault.Error](err); ok {
		said = f.Message
	} else if !IsUnknown(err) {
		said = fmt.Sprintf("an error of type %T", err)
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		said += ": " + op.Error()
	}
	return said
}
