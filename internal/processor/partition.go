package processor

import (
	"context"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// applyPartition applies an event that concerns the whole partition. Nothing is
// pending when it is called, so that it sees everything before it, and nothing is
// committed until all of it has been applied: half of it, applied again after a
// crash, would have other effects.
func (g *group) applyPartition(ctx context.Context, p *part, e event.Event) error {
	switch e.Kind {
	case event.Clock:
		return g.fire(ctx, p)
	case event.Definition:
		body, err := event.Unpack[event.DefinitionBody](e)
		if err != nil {
			return err
		}
		if err := g.tell(p); err != nil { // in the layout in which it was learned
			return err
		}
		if err := g.enforce(ctx, p, body.Hash); err != nil {
			return err
		}
		if err := g.keepVersion(p, e, body); err != nil {
			return err
		}
		g.beginSweep(p, true)
	case event.Settings:
		body, err := event.Unpack[event.SettingsBody](e)
		if err != nil {
			return err
		}
		otherClock := p.state.Settings.AsOf != body.AsOf
		p.state.Settings, p.env.Settings = body, body
		g.beginSweep(p, otherClock || p.state.SweepRules)
	case event.Catalogue:
		body, err := event.Unpack[event.CatalogueBody](e)
		if err != nil {
			return err
		}
		return g.stock(ctx, p, body.Hash)
	case event.Sweep:
		if p.state.Sweeping && e.MessageID == sweepID(p.state.SweepAfter) {
			return g.sweep(ctx, p)
		}
	case event.Posterior:
		body, err := event.Unpack[event.PosteriorBody](e)
		if err != nil || p.state.Definition == "" {
			return err
		}
		return g.adopt(ctx, p, body.Hash)
	case event.Model, event.Trained:
		return g.applyModel(ctx, p, e)
	case event.Sources, event.DeadLetters, event.DeadLetterDone:
		return g.applySource(p, e)
	default: // of people
	}
	return nil
}

func (g *group) enforce(ctx context.Context, p *part, hash string) error {
	c, err := g.o.definitions.get(ctx, hash)
	if err != nil {
		return err
	}
	p.state.Definition = hash
	p.env.Defs, p.env.Map, p.env.Segments = c.ws, c.atl, c.seg
	return g.adopt(ctx, p, p.state.Posterior)
}

// keepVersion notes a version of the definitions where they are listed.
func (g *group) keepVersion(p *part, e event.Event, body event.DefinitionBody) error {
	if p.id != 0 {
		return nil
	}
	v := event.DefinitionVersion{Hash: body.Hash, At: e.ReceivedAt, By: body.By, Message: body.Message}
	err := g.o.store.NewestVersions(func(last event.DefinitionVersion) bool {
		v.Number = last.Number
		return false
	})
	if err != nil {
		return err
	}
	v.Number++
	return g.open().PutVersion(v)
}

// stock brings a version of the catalogue into force. Nothing that is known of
// people rests on it, so there is no sweep.
func (g *group) stock(ctx context.Context, p *part, hash string) error {
	c, err := g.o.catalogues.get(ctx, hash)
	if err != nil {
		return err
	}
	p.state.Catalogue, p.dirty = hash, true
	p.env.Catalogue = c
	return nil
}

// fire fires the timers that are due at partition time.
func (g *group) fire(ctx context.Context, p *part) error {
	due, err := g.o.store.DueTimers(p.id, p.state.Time, timersPerClock)
	if err != nil {
		return err
	}
	for _, d := range due {
		if d.Timer.Kind == profile.AccountTimer {
			if err := g.tellMembers(p, person.AccountID(d.Person), d.Timer.Due); err != nil {
				return err
			}
			continue
		}
		if d.Timer.Kind == profile.LearnTimer {
			if err := g.fireLearning(ctx, p, d.Timer.Ref, d.Timer.Due); err != nil {
				return err
			}
			continue
		}
		en, err := g.record(d.Person)
		if err != nil {
			return err
		}
		if err := g.freshen(ctx, p, en); err != nil {
			return err
		}
		if en.p == nil || !slices.Contains(en.p.Timers, d.Timer) {
			continue // an earlier timer of the same clock took it away
		}
		if engine.Unfiltered(&p.env, en.p, d.Timer) {
			past, err := g.past(ctx, en.p.ID)
			if err != nil {
				return err
			}
			engine.Refilter(&p.env, en.p, slices.Values(past))
		}
		var fx engine.Effects
		en.p, fx = engine.Fire(&p.env, en.p, d.Timer)
		if err := g.carryOut(ctx, p, en, fx); err != nil {
			return err
		}
	}
	if err := g.commit(); err != nil {
		return err
	}
	g.o.fired.Add(uint64(len(due)))
	p.dirty = true
	return g.o.clockDone(p.id)
}

// beginSweep begins to bring everybody up to what is in force. rules tells that
// stages and segments may change by it.
func (g *group) beginSweep(p *part, rules bool) {
	p.state.SweepRules = rules
	p.state.Sweeping, p.state.SweepAfter, p.state.SweepSince = true, person.ID{}, p.state.Time
	g.sendSweep(p)
}

func (g *group) sendSweep(p *part) {
	g.send(p.id, event.Event{
		Kind: event.Sweep, Source: "processor", MessageID: sweepID(p.state.SweepAfter),
		Time: p.state.Time, ReceivedAt: p.state.Time,
	})
}

func sweepID(after person.ID) string { return fmt.Sprintf("sweep:%s", after) }

// sweep brings the next people of the partition up to what is in force.
func (g *group) sweep(ctx context.Context, p *part) error {
	ids, err := g.o.store.PeopleAfter(p.id, p.state.SweepAfter, sweepStep)
	if err != nil {
		return err
	}
	for _, id := range ids {
		en, err := g.record(id)
		if err != nil {
			return err
		}
		if en.p == nil || en.p.IsForward() {
			continue
		}
		if err := g.refresh(ctx, p, en); err != nil {
			return err
		}
	}
	p.state.Sweeping = len(ids) == sweepStep
	p.dirty = true
	if p.state.Sweeping {
		p.state.SweepAfter = ids[len(ids)-1]
		g.sendSweep(p)
	} else {
		p.state.SweepSince, p.state.SweepRules = 0, false
	}
	return nil
}
