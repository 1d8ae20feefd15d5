package app

import (
	"context"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// identities answers who is who, and joins and parts people.
type identities struct{ control *control }

var _ api.Identities = identities{}

func (i identities) List(_ context.Context, id person.ID) (api.PersonIdentities, error) {
	p, err := i.control.person(id)
	if err != nil {
		return api.PersonIdentities{}, err
	}
	return identitiesOf(p), nil
}

func identitiesOf(p *profile.Person) api.PersonIdentities {
	out := api.PersonIdentities{
		Person: p.ID, Identities: []api.PersonIdentity{}, Merges: []api.PersonMerge{}, Refused: []api.RefusedIdentity{}, Apart: []api.ApartPair{},
		Settling: append([]person.Identity{}, p.Settling...),
	}
	for n, id := range p.Identities {
		row := api.PersonIdentity{Kind: id.Kind, Value: id.Value, Record: p.ID}
		if n < len(p.Met) {
			m := p.Met[n]
			row.FirstSeen, row.LastSeen, row.Source = m.First, max(m.First, m.Last), m.Source
			if !m.Of.IsZero() {
				row.Record = m.Of
			}
		}
		out.Identities = append(out.Identities, row)
	}
	slices.SortStableFunc(out.Identities, func(a, b api.PersonIdentity) int { return a.Kind.Priority() - b.Kind.Priority() })
	for _, m := range p.Merges {
		out.Merges = append(out.Merges, api.PersonMerge{
			Record: m.Record, Into: m.Into, Identity: m.Identity, At: m.Time, Events: m.Events, Force: m.Force, By: m.By,
		})
	}
	for _, r := range p.Refusals {
		out.Refused = append(out.Refused, api.RefusedIdentity{Identity: r.Identity, Code: r.Code, Sentence: r.Sentence, At: r.Time, Person: r.Person})
	}
	for _, x := range p.Apart {
		out.Apart = append(out.Apart, api.ApartPair{A: x.A, B: x.B})
	}
	return out
}

func (i identities) Merge(ctx context.Context, id, other person.ID, reason string) error {
	p, err := i.control.person(id)
	if err != nil {
		return err
	}
	q, err := i.control.person(other)
	if err != nil {
		return err
	}
	if p.ID == q.ID {
		return fault.New(fault.Invalid, "%s and %s are one person already", id, other).At("person")
	}
	return i.decide(ctx, p.ID, event.Merge, event.MergeBody{Person: q.ID, By: "admin", Reason: reason})
}

func (i identities) Undo(ctx context.Context, id, record person.ID, reason string) error {
	p, err := i.control.person(id)
	if err != nil {
		return err
	}
	at, err := i.control.data.State.Person(record)
	if err != nil {
		return err
	}
	if record == p.ID || at == nil || at.ID != p.ID {
		return fault.New(fault.NotFound, "%s is no record that was merged into %s; GET /api/v1/people/%s/identities lists them", record, p.ID, p.ID).At("record")
	}
	return i.decide(ctx, p.ID, event.Unmerge, event.UnmergeBody{Record: record, By: "admin", Reason: reason})
}

// Suppress tells the home of each address, which tells whoever has it, and whoever
// comes to have it.
func (i identities) Suppress(ctx context.Context, why event.Outcome, addresses []person.Identity) error {
	c := i.control
	now := c.now()
	events := make([]event.Event, len(addresses))
	for n, a := range addresses {
		events[n] = c.event(event.Taint, person.IDOf(0, a), event.TaintBody{Identity: a, Why: why, At: now})
	}
	if err := c.append(ctx, events...); err != nil {
		return err
	}
	return c.proc.WaitFolded(ctx)
}

// decide appends a decision about people and waits for what follows from it, as
// far as that takes no longer than a few turns of the fold.
func (i identities) decide(ctx context.Context, id person.ID, kind event.Kind, body any) error {
	c := i.control
	if err := c.append(ctx, c.event(kind, id, body)); err != nil {
		return err
	}
	for range 6 { // the decision, a request each way, the hand-over, its answer
		if err := c.proc.WaitFolded(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond): // what the fold sent is on its way to the journal
		}
	}
	return c.refresh(ctx)
}
