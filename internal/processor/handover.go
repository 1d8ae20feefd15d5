package processor

import (
	"context"

	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// readsTimeline reports whether e may make the timeline of the record p be read
// from the store, to hand it over or back, or for it to go.
func readsTimeline(p *profile.Person, e *event.Event) bool {
	switch e.Kind {
	case event.Link, event.Join, event.Unmerge, event.Erase:
		return isPerson(p)
	default:
		return false
	}
}

// handOver sends the timeline of a record that has become a forward to the
// person it points to, in pieces, and removes it here. Nothing of that timeline
// is pending: apply has seen to it.
func (g *group) handOver(ctx context.Context, p *part, h *engine.HandOver) error {
	var pieces pieces
	if err := g.o.store.History(ctx, h.From, func(e event.Event) bool { pieces.add(&e); return true }); err != nil {
		return err
	}
	if err := g.open().DeleteTimeline(h.From); err != nil {
		return err
	}
	return g.sendPieces(p, &pieces, event.Event{To: h.To, Imported: h.Imported}, event.HandoverBody{
		Identity: h.Identity, From: h.From, Into: h.To, Rest: h.Rest, Epoch: h.Epoch, Force: h.Force, By: h.By, Erased: h.Erased,
	})
}

// handBack divides the timeline of a person of whom a record is taken out: what
// came with the record goes back to it, and the person is computed again from the
// rest.
func (g *group) handBack(ctx context.Context, p *part, en *entry, h *engine.HandBack) error {
	var pieces pieces
	var stays []event.Event
	err := g.open().TakeTimeline(ctx, h.From, func(e event.Event) bool {
		goes := h.Takes(&e)
		if goes {
			pieces.add(&e)
		} else {
			stays = append(stays, e)
		}
		return goes
	})
	if err != nil {
		return err
	}
	var fx engine.Effects
	en.p, fx = engine.Divide(&p.env, en.p, h, stays)
	if err := g.sendPieces(p, &pieces, event.Event{To: h.To}, event.HandoverBody{
		Identity: h.Identity, From: h.From, Into: h.To, Rest: h.Rest, Epoch: h.Epoch, By: h.By, Back: true,
	}); err != nil {
		return err
	}
	return g.carryOut(ctx, p, en, fx)
}

// pieces is a history in pieces that fit into events.
type pieces [][]byte

func (s *pieces) add(e *event.Event) {
	encoded := e.AppendTo(nil)
	if n := len(*s); n > 0 && len((*s)[n-1])+len(encoded) <= handoverBytes {
		(*s)[n-1] = append((*s)[n-1], encoded...)
		return
	}
	*s = append(*s, encoded)
}

// sendPieces emits a history like e and body; what is in body.Rest goes with the
// last piece.
func (g *group) sendPieces(p *part, s *pieces, e event.Event, body event.HandoverBody) error {
	if len(*s) == 0 {
		*s = pieces{nil}
	}
	rest := body.Rest
	events := make([]event.Event, len(*s))
	for n, piece := range *s {
		body.Events, body.Last, body.Rest = piece, n == len(*s)-1, nil
		if body.Last {
			body.Rest = rest
		}
		e.Kind, e.Source, e.Time, e.ReceivedAt, e.Body = event.Handover, "engine", p.env.Now, p.env.Now, event.Pack(body)
		events[n] = e
	}
	return g.emit(p, events)
}
