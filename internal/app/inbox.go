package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/inbound"
	"github.com/rapporthq/rapport/internal/message/render"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

var _ deliver.Inbox = (*App)(nil)

// Report implements deliver.Inbox.
func (a *App) Report(ctx context.Context, r deliver.Report) error {
	who, delivery, err := a.links.OpenRef(r.Ref)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the report names no letter of ours")
	}
	now := a.opts.Now()
	e := event.Event{
		Kind: event.Receipt, To: who, Source: event.ProviderSource, MessageID: fmt.Sprintf("%s/%s/%d", r.Outcome, delivery, int64(r.At)),
		Time: r.At, ReceivedAt: now, Properties: event.Pack(map[string]string{"rapport_delivery": delivery}),
		Body: event.Pack(event.ReceiptBody{Delivery: delivery, Channel: r.Channel, Outcome: r.Outcome, Detail: r.Detail, Machine: r.Machine}),
	}
	if e.Time == 0 || e.Time > now {
		e.Time = now
	}
	return a.Append(ctx, []event.Event{e})
}

// Hear implements deliver.Inbox. What was said is addressed to the record of who
// said it; a keyword that withdraws or gives consent does so besides.
func (a *App) Hear(ctx context.Context, h deliver.Heard) error {
	kind := cmp.Or(h.As, profile.AddressKind(h.Channel), person.UserID)
	from := person.NewIdentity(kind, h.From)
	if from.Blocked() {
		return fault.New(fault.Invalid, "nobody is called %.40q on %s", h.From, h.Channel)
	}
	now := a.opts.Now()
	at := h.At
	if at == 0 || at > now {
		at = now
	}
	body := event.RepliedBody{Channel: h.Channel, From: from, Address: h.Address, Text: h.Text, Subject: h.Subject, Keys: h.Keys, Begins: h.Begins}
	if body.Address == "" {
		body.Address = from.Value
	}
	to := person.IDOf(0, from)
	if _, delivery, err := a.links.OpenRef(h.Ref); h.Ref != "" && err == nil {
		body.Delivery = delivery
	}
	payload := h.Payload
	if (payload == "" || body.Delivery == "") && h.Begins == "" {
		var err error
		if payload, body.Delivery, err = a.meant(ctx, to, h, body.Delivery); err != nil {
			return err
		}
	}
	begins, choice := event.ReadPayload(payload)
	body.Choice = choice
	if begins != "" {
		body.Begins = begins
	}
	id := h.ID
	if id == "" {
		id = randomText(12)
	}
	e := event.Event{Kind: event.Replied, To: to, Source: h.Channel, MessageID: id, Time: at, ReceivedAt: now, Body: event.Pack(body)}
	events := []event.Event{e}
	word := inbound.ReadKeyword(h.Text)
	if payload == render.StopPayload {
		word = inbound.Stop // pressed rather than written
	} else if kind != person.Phone || h.Channel == "voice" {
		word = inbound.NoKeyword
	}
	if word.Speaks() {
		c := e
		c.Kind, c.MessageID = event.Consented, id+"/"+string(word)
		c.Body = event.Pack(event.ConsentBody{Channel: h.Channel, Given: word == inbound.Start, On: h.Channel, Proof: fmt.Sprintf("answered %q", h.Text+h.Keys)})
		events = append(events, c)
	}
	return a.Append(ctx, events)
}

// lately is how many events back a letter may be that an answer in words is for.
const lately = 20

// meant finds what an answer means: the next step that the person was offered on the
// channel, and the letter that offered it. A button is looked for among all of lately;
// words answer what was said last.
func (a *App) meant(ctx context.Context, to person.ID, h deliver.Heard, known string) (payload, delivery string, err error) {
	store := reading{a.data.State, a.proc, a.opts.Now}
	events, _, err := store.HistoryPage(ctx, to, "", lately)
	if err != nil {
		return "", known, err
	}
	for _, e := range events {
		if e.Kind != event.Grant {
			continue
		}
		g, err := event.Unpack[event.GrantBody](e)
		if err != nil || g.Channel != h.Channel {
			continue
		}
		next, ok := answered(render.Input{Content: g.Content}.Next(), h)
		switch {
		case ok:
			return next.Payload, g.Delivery, nil
		case h.Payload == "":
			return "", known, nil
		}
	}
	return h.Payload, known, nil
}

// answered is the one of ns that somebody answered with.
func answered(ns []render.Next, h deliver.Heard) (render.Next, bool) {
	if h.Payload != "" {
		i := slices.IndexFunc(ns, func(n render.Next) bool { return n.Payload == h.Payload })
		if i < 0 {
			return render.Next{}, false
		}
		return ns[i], true
	}
	return render.Match(ns, cmp.Or(h.Keys, h.Text))
}
