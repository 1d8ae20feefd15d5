package sim

import (
	"bytes"
	"context"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
	"github.com/rapporthq/rapport/internal/statestore"
)

// again computes a person's features, stage and segments from their timeline and
// nothing else, and compares: what is kept up with each event and timer is what
// a full recomputation gives. People whom a sweep or a timer has yet to come to
// are left out.
func (k *Checker) again(ctx context.Context, s *statestore.Store, p *profile.Person) error {
	part := &k.parts[p.ID.Home()]
	late := func(t profile.Timer) bool { return t.Due <= part.now }
	if p.Definition != part.ws.Hash || part.settings.AsOf != 0 || slices.ContainsFunc(p.Timers, late) {
		return nil
	}
	var history []event.Event
	err := s.History(ctx, p.ID, func(e event.Event) bool {
		history = append(history, e)
		return true
	})
	if err != nil {
		return err
	}
	fresh := profile.Refold(part.ws, p, slices.Values(history))
	if got, want := featuresOf(p), featuresOf(fresh); !bytes.Equal(got, want) {
		k.wrong("%s has other features than the timeline gives", p.ID)
		return nil
	}
	stage, _, err := part.ws.Map.StageOf(fresh.Vars(part.ws, part.now))
	if err != nil {
		return err
	}
	if stage != p.Stage {
		k.wrong("%s is in stage %s; the timeline gives %s", p.ID, p.Stage, stage)
	}
	fresh.Segments = nil
	if _, err := segment.New(part.ws).Update(fresh, fresh.Vars(part.ws, part.now), profile.Changes{All: true}, false); err != nil {
		return err
	}
	if got, want := segmentsOf(p), segmentsOf(fresh); !slices.Equal(got, want) {
		k.wrong("%s is in the segments %v; the timeline gives %v", p.ID, got, want)
	}
	return nil
}

// featuresOf writes a person's features, alike where they are equal.
func featuresOf(p *profile.Person) []byte {
	b, err := profile.NewCodec().Encode(&profile.Person{ID: person.ID{1}, Features: p.Features})
	if err != nil {
		panic("sim: features: " + err.Error()) // people can always be written
	}
	return b
}

func segmentsOf(p *profile.Person) []string {
	ids := make([]string, len(p.Segments))
	for i, m := range p.Segments {
		ids[i] = m.Segment
	}
	return ids
}
