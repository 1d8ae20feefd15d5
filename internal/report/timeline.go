package report

import (
	"context"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

const (
	defaultPage = 50
	largestPage = 500
)

// factKey tells a person's events apart.
type factKey struct {
	kind            event.Kind
	source, message string
	time            event.Instant
	name            string
}

func keyOf(e *event.Event) factKey { return factKey{e.Kind, e.Source, e.MessageID, e.Time, e.Name} }

// Timeline returns a page of a person's events, newest first, read now; NotFound
// if there is no such person. The cursor is that of the page before.
func (r *Reports) Timeline(ctx context.Context, id person.ID, limit int, cursor string) (Timeline, error) {
	s, err := r.state(ctx)
	if err != nil {
		return Timeline{}, err
	}
	p, ok, err := r.store.Person(ctx, id)
	if err != nil {
		return Timeline{}, fault.Wrap(fault.Internal, err, "This person cannot be read at the moment.")
	}
	if !ok {
		return Timeline{}, nobody(id)
	}
	events, next, err := r.page(ctx, s, p.ID, pageSize(limit), cursor)
	if err != nil {
		return Timeline{}, err
	}
	out := Timeline{Events: []TimelineEvent{}, NextCursor: next}
	if len(events) == 0 {
		return out, nil
	}
	met, err := r.interactions(ctx, s, p.ID, events)
	if err != nil {
		return Timeline{}, err
	}
	for _, e := range events {
		in, ok := met[keyOf(&e)]
		out.Events = append(out.Events, timelineEvent(s, e, in, ok))
	}
	return out, nil
}

func pageSize(limit int) int {
	if limit <= 0 {
		return defaultPage
	}
	return min(limit, largestPage)
}

// page leaves out what is later than the workspace's clock, if that is set.
func (r *Reports) page(ctx context.Context, s State, id person.ID, limit int, cursor string) ([]event.Event, string, error) {
	var out []event.Event
	for {
		events, next, err := r.store.HistoryPage(ctx, id, cursor, limit-len(out))
		if err != nil {
			if fault.Is(err, fault.Invalid) {
				return nil, "", err //nolint:wrapcheck // already in the caller's words
			}
			return nil, "", fault.Wrap(fault.Internal, err, "This person's history cannot be read at the moment.")
		}
		for _, e := range events {
			if s.Settings.AsOf == 0 || e.Time <= s.Settings.AsOf {
				out = append(out, e)
			}
		}
		if next == "" || len(out) >= limit {
			return out, next, nil
		}
		cursor = next
	}
}

// interactions replays the whole history to find what the given events were:
// visits are numbered from a person's first.
func (r *Reports) interactions(ctx context.Context, s State, id person.ID, of []event.Event) (map[factKey]lifecycle.Interaction, error) {
	wanted := make(map[factKey]bool, len(of))
	for i := range of {
		wanted[keyOf(&of[i])] = true
	}
	c := lifecycle.New(&s.defs().Map)
	var walk profile.Walk
	met := map[factKey]lifecycle.Interaction{}
	err := r.store.History(ctx, id, func(e event.Event) bool {
		if in, ok := c.Step(&walk, e); ok {
			if k := keyOf(&e); wanted[k] {
				met[k] = in
			}
		}
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "This person's history cannot be read at the moment.")
	}
	return met, nil
}

func timelineEvent(s State, e event.Event, in lifecycle.Interaction, met bool) TimelineEvent {
	ws := s.defs()
	out := TimelineEvent{
		Event: e.Label(), Kind: e.Kind.String(), MessageID: e.MessageID, Name: e.Name, Time: e.Time, ReceivedAt: e.ReceivedAt,
		Source: e.Source, Imported: e.Imported, Properties: e.Properties, Body: e.Body,
	}
	if !e.Kind.Own() {
		if i := e.Primary(); !i.IsZero() {
			out.Identity = i.String()
		}
	}
	if e.Kind == event.Identify {
		out.Properties = e.Traits
	}
	place := ""
	if met {
		out.Touchpoint, out.Effort, out.Visit = in.Touchpoint, in.Effort.String(), int(in.Visit)
		place = ws.Map.Touchpoints[in.Index].Name
	}
	if place == e.Name {
		place = ""
	}
	out.Sentence = eventSentence(ws, e, place)
	return out
}
