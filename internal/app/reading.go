package app

import (
	"context"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/preview"
	"github.com/rapporthq/rapport/internal/statestore"
)

// reading is the state store as reports read it.
type reading struct {
	*statestore.Store
	proc *processor.Processor
	now  func() event.Instant
}

var (
	_ report.Store  = reading{}
	_ preview.Store = reading{}
)

func (r reading) Version() uint64 { return r.proc.Version() }

func (r reading) State(ctx context.Context) (report.State, error) {
	var s report.State
	for p := range person.Partitions {
		part, err := r.Partition(person.Partition(p))
		if err != nil {
			return report.State{}, err
		}
		s.People += int(part.People)
		s.Events += int64(part.Events)
		s.Sweep.Done += part.Swept() * float64(part.People)
		if part.Sweeping {
			s.Sweep.Running = true
			s.Sweep.Rules = s.Sweep.Rules || part.SweepRules
			if s.Sweep.Since == 0 || part.SweepSince < s.Sweep.Since {
				s.Sweep.Since = part.SweepSince
			}
		}
		if p == 0 {
			s.Settings = part.Settings
			if s.Model, err = r.proc.Model(ctx, part.Model); err != nil {
				return report.State{}, err
			}
			s.ModelNumber = part.ModelNumber
			if s.Told, err = r.told(ctx, &part, s.Model); err != nil {
				return report.State{}, err
			}
			if s.Definitions, err = r.definitions(ctx, part.Definition); err != nil {
				return report.State{}, err
			}
		}
	}
	s.Now = r.now()
	s.Lag = int64(r.proc.Lag())
	return s, nil
}

// told is what outcomes say of the state model in force.
func (r reading) told(ctx context.Context, part *statestore.Partition, m *belief.Model) (decide.Told, error) {
	if m == nil || part.Definition == "" {
		return decide.Told{}, nil
	}
	known, err := r.proc.Learned(ctx, part.Posterior, part.Definition)
	if err != nil {
		return decide.Told{}, err
	}
	told := known.Terms.Told[m.Root]
	told.Trust = known.Terms.TrustIn(m.Root)
	return told, nil
}

func (r reading) definitions(ctx context.Context, hash string) (*definition.Workspace, error) {
	if hash == "" {
		return nil, nil
	}
	return r.proc.Definitions(ctx, hash)
}

func (r reading) EachPerson(ctx context.Context, fn func(profile.Person, report.History) error) error {
	return r.Store.EachPerson(ctx, func(p *profile.Person, history func(func(event.Event) bool) error) error {
		return fn(*p, history)
	})
}

func (r reading) EachOf(ctx context.Context, part person.Partition, fn func(profile.Person, report.History) error) error {
	return r.Store.EachOf(ctx, part, func(p *profile.Person, history func(func(event.Event) bool) error) error {
		return fn(*p, history)
	})
}

func (r reading) Person(_ context.Context, id person.ID) (profile.Person, bool, error) {
	p, err := r.Store.Person(id)
	if err != nil || p == nil {
		return profile.Person{}, false, err
	}
	return *p, true, nil
}

// History reads the person whom id leads to.
func (r reading) History(ctx context.Context, id person.ID, fn func(event.Event) bool) error {
	p, err := r.Store.Person(id)
	if err != nil || p == nil {
		return err
	}
	return r.Store.History(ctx, p.ID, fn)
}

func (r reading) HistoryPage(ctx context.Context, id person.ID, before string, limit int) ([]event.Event, string, error) {
	p, err := r.Store.Person(id)
	if err != nil || p == nil {
		return nil, "", err
	}
	return r.Store.HistoryPage(ctx, p.ID, before, limit)
}

func (r reading) SegmentMoves(ctx context.Context) (map[string]report.Moves, error) {
	moves, err := r.Store.SegmentMoves(ctx, statestore.DayOf(r.now())-statestore.MoveDays+1)
	if err != nil {
		return nil, err
	}
	out := make(map[string]report.Moves, len(moves))
	for id, m := range moves {
		out[id] = report.Moves(m)
	}
	return out, nil
}
