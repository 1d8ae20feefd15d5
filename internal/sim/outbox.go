package sim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// session names the rehearsal as a deliverer.
const session = "rehearsal"

// outbox is the deliverer's view of what is to be sent. The processor's groups
// change it while they fold; it is read when they rest.
type outbox struct {
	mu   sync.Mutex
	open map[string]statestore.Change
}

func (o *outbox) changed(changes []statestore.Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range changes {
		if c.Gone {
			delete(o.open, c.Delivery.ID)
			continue
		}
		o.open[c.Delivery.ID] = c
	}
}

// in returns the deliveries in a phase that are due, in an order that depends on
// nothing but them.
func (o *outbox) in(phase profile.Phase, now event.Instant) []statestore.Change {
	var out []statestore.Change
	for _, c := range o.open {
		if c.Delivery.Phase == phase && c.Delivery.After <= now {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b statestore.Change) int {
		return cmp.Or(cmp.Compare(a.Delivery.After, b.Delivery.After), slices.Compare(a.Person[:], b.Person[:]), cmp.Compare(a.Delivery.ID, b.Delivery.ID))
	})
	return out
}

// rounds bounds how often deliveries that follow from deliveries are taken up at
// one moment; what is left waits for the next tick.
const rounds = 8

// deliver does what a deliverer does with everything that is due: asks, and
// hands over what was granted.
func (r *rehearsal) deliver(ctx context.Context, now event.Instant) error {
	for range rounds {
		due := r.outbox.in(profile.Queued, now)
		if len(due) == 0 {
			return nil
		}
		asks := make([]event.Event, len(due))
		for i, c := range due {
			asks[i] = event.Event{
				Kind: event.Ask, To: c.Person, Source: "simulator", MessageID: fmt.Sprintf("ask:%s:%d", c.Delivery.ID, now),
				Time: now, ReceivedAt: now, Body: event.Pack(event.AskBody{Delivery: c.Delivery.ID, Session: session}),
			}
		}
		if err := r.append(ctx, asks); err != nil {
			return err
		}
		var receipts []event.Event
		for _, c := range r.outbox.in(profile.Granted, now) {
			e, err := r.hand(c, now)
			if err != nil {
				return err
			}
			receipts = append(receipts, e)
		}
		if err := r.append(ctx, receipts); err != nil {
			return err
		}
	}
	return nil
}

// hand gives what was granted to the company, and returns the receipt.
func (r *rehearsal) hand(c statestore.Change, now event.Instant) (event.Event, error) {
	var g event.GrantBody
	if err := json.Unmarshal(c.Delivery.Grant, &g); err != nil {
		return event.Event{}, fmt.Errorf("grant of %s: %w", c.Delivery.ID, err)
	}
	outcome := event.Sent
	r.sent++
	l := letterOf(r.ws, g)
	l.person = c.Person
	if !r.world.Receive(l, now) {
		outcome = event.Failed
	}
	return event.Event{
		Kind: event.Receipt, To: c.Person, Source: "simulator", MessageID: "receipt:" + g.Delivery, Time: now, ReceivedAt: now,
		Body: event.Pack(event.ReceiptBody{Delivery: g.Delivery, Channel: g.Channel, Outcome: outcome}),
	}, nil
}

// letterOf is what people get when g is sent.
func letterOf(ws *definition.Workspace, g event.GrantBody) Letter {
	l := Letter{Delivery: g.Delivery, Channel: g.Channel, To: g.To, Subject: g.Content.Subject, URL: g.Content.NextStep.URL, action: g.Action}
	l.Kind, l.Appeal = meaning(ws, g.Goal, g.Action, g.Message)
	return l
}

// meaning is what kind of thing a message is, and to what it appeals; empty when
// it is not defined.
func meaning(ws *definition.Workspace, goal, action, message string) (kind, appeal string) {
	a := ws.Program(goal).Action(action)
	if a == nil {
		return "", ""
	}
	for _, m := range a.Messages {
		if m.ID == message {
			appeal = m.Appeal
		}
	}
	return a.Kind, appeal
}

// append appends events, if there are any, and lets everything follow from them.
func (r *rehearsal) append(ctx context.Context, events []event.Event) error {
	const stretch = 4096
	for len(events) > 0 {
		n := min(len(events), stretch)
		if _, err := r.log.Append(ctx, processor.Entries(events[:n])); err != nil {
			return fmt.Errorf("rehearse: append: %w", err)
		}
		events = events[n:]
		if err := r.proc.Drain(ctx); err != nil {
			return fmt.Errorf("rehearse: %w", err)
		}
	}
	return nil
}
