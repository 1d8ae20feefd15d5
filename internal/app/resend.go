package app

import (
	"context"
	"slices"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report/decided"
)

// resends lets deliveries go out once more.
type resends struct {
	*control

	archive decided.Archive
}

var _ api.Resends = resends{}

// Resend implements api.Resends.
func (r resends) Resend(ctx context.Context, of person.ID, delivery string) error {
	e, err := r.wish(ctx, of, delivery)
	if err != nil {
		return err
	}
	return r.tell(ctx, []event.Event{e})
}

// ResendAll implements api.Resends.
func (r resends) ResendAll(ctx context.Context, from, to event.Instant, most int) (api.Resent, error) {
	out := api.Resent{Not: []api.ResendFault{}}
	wrong, err := decided.WentWrong(ctx, r.archive, "webhook", from, to)
	if err != nil {
		return out, err
	}
	if out.Left = len(wrong) - most; out.Left > 0 {
		wrong = wrong[:most]
	}
	out.Left = max(0, out.Left)
	var events []event.Event
	for _, w := range wrong {
		e, err := r.wish(ctx, w.Person, w.Delivery)
		switch {
		case fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound):
			out.Not = append(out.Not, api.ResendFault{Person: w.Person, Delivery: w.Delivery, Why: err.Error()})
		case err != nil:
			return out, err
		default:
			events = append(events, e)
		}
	}
	out.Resent = len(events)
	return out, r.tell(ctx, events)
}

func (r resends) tell(ctx context.Context, events []event.Event) error {
	if len(events) == 0 {
		return nil
	}
	if err := r.append(ctx, events...); err != nil {
		return err
	}
	if err := r.proc.WaitFolded(ctx); err != nil {
		return err
	}
	return r.refresh(ctx)
}

// wish reads on a person's timeline what a delivery was and what became of it, and
// returns the event that lets it go out once more.
func (r resends) wish(ctx context.Context, of person.ID, delivery string) (event.Event, error) {
	p, err := r.person(of)
	if err != nil {
		return event.Event{}, err
	}
	if _, open := p.Deliveries[delivery]; open {
		return event.Event{}, fault.New(fault.Conflict, "it is on its way").At("delivery")
	}
	var outcome event.Outcome
	cursor := ""
	for {
		page, next, err := r.data.State.HistoryPage(ctx, p.ID, cursor, threadPage)
		if err != nil {
			return event.Event{}, err
		}
		for i := range page {
			e := &page[i]
			switch e.Kind {
			case event.Receipt:
				b, err := event.Unpack[event.ReceiptBody](*e)
				if err == nil && b.Delivery == delivery && outcome == "" && slices.Contains([]event.Outcome{event.Sent, event.Failed, event.Unknown}, b.Outcome) {
					outcome = b.Outcome
				}
			case event.Choice:
				if b, err := event.UnpackChosen(e); err == nil && b.ID.Delivery() == delivery {
					return r.asChosen(p.ID, delivery, outcome, b.Candidate)
				}
			default: // says nothing of deliveries
			}
		}
		if next == "" || len(page) == 0 {
			return event.Event{}, fault.New(fault.NotFound, "%s has no delivery %q that was chosen", p.ID, delivery).At("delivery")
		}
		cursor = next
	}
}

func (r resends) asChosen(of person.ID, delivery string, outcome event.Outcome, c event.Candidate) (event.Event, error) {
	switch {
	case !engine.KnowsKeys(c.Channel):
		return event.Event{}, fault.New(fault.Conflict, "it went out by %s, and whoever takes it there could not tell it from another letter; only webhooks have keys", c.Channel).At("delivery")
	case outcome == event.Sent:
		return event.Event{}, fault.New(fault.Conflict, "it was taken: nothing went wrong with it").At("delivery")
	case outcome == "":
		return event.Event{}, fault.New(fault.Conflict, "it has no outcome yet").At("delivery")
	}
	return r.event(event.Resend, of, event.ResendBody{
		Delivery: delivery, Goal: c.Goal, Action: c.Action, Message: c.Message, Channel: c.Channel, Parameters: c.Parameters, By: "admin",
	}), nil
}
