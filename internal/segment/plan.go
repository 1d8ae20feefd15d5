// Package segment keeps up which segments a person belongs to, incrementally: it
// asks only those rules whose answer an event, or the passing of time, may have
// changed. It is pure.
//
// The rules are those of package definition, what is known of a person is that
// of package profile. A full recomputation is an update of which anything may
// have changed; it gives the same memberships.
package segment

import (
	"fmt"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// Plan knows which segments depend on what. It is immutable and safe for
// concurrent use.
type Plan struct {
	ws    *definition.Workspace
	order []int // places of segments, in the order of evaluation

	// What depends on what, as places of segments.
	byFeature  [][]int // by place of the feature
	byTraits   []int
	byStage    []int
	byState    []int
	byTime     []int
	dependents [][]int // by place of the segment that is spoken of

	stageFeatures []bool // by place: the stage depends on the feature
	stageTraits   bool
}

// New makes the plan of a workspace.
func New(ws *definition.Workspace) *Plan {
	p := &Plan{
		ws: ws, order: ws.SegmentOrder(), byFeature: make([][]int, len(ws.Computed())),
		dependents: make([][]int, len(ws.Segments)), stageFeatures: make([]bool, len(ws.Computed())),
	}
	place := map[string]int{}
	for i, s := range ws.Segments {
		place[s.ID] = i
	}
	for i := range ws.Segments {
		in := ws.Segments[i].When.Inputs()
		for _, f := range in.Features {
			p.byFeature[f.Place()] = append(p.byFeature[f.Place()], i)
		}
		for _, id := range in.Segments {
			p.dependents[place[id]] = append(p.dependents[place[id]], i)
		}
		if in.Traits {
			p.byTraits = append(p.byTraits, i)
		}
		if in.Stage {
			p.byStage = append(p.byStage, i)
		}
		if in.State {
			p.byState = append(p.byState, i)
		}
		if in.Time {
			p.byTime = append(p.byTime, i)
		}
	}
	for _, s := range ws.Map.Stages {
		in := s.When.Inputs()
		p.stageTraits = p.stageTraits || in.Traits
		for _, f := range in.Features {
			p.stageFeatures[f.Place()] = true
		}
	}
	return p
}

// Of reports whether the plan is that of ws.
func (p *Plan) Of(ws *definition.Workspace) bool { return p != nil && p.ws == ws }

// Stage reports whether ch may have changed the person's stage.
func (p *Plan) Stage(ch profile.Changes) bool {
	if ch.All || ch.Traits && p.stageTraits {
		return true
	}
	for _, f := range ch.Features {
		if p.stageFeatures[f] {
			return true
		}
	}
	return false
}

// Move is a person's entering or leaving a segment.
type Move struct {
	Segment string
	Version string // of the rule; empty when the segment is no longer defined
	Entered bool
}

// Update brings the memberships of who up to what v knows of them, v.Now being
// the time. ch is what changed since the last update; moved tells that the stage
// did. It returns who entered and left what, in the order of evaluation. Where a
// rule took too many steps the person stays as they are in it, and err says so.
func (p *Plan) Update(who *profile.Person, v definition.Vars, ch profile.Changes, moved bool) (moves []Move, err error) {
	if ch.All {
		moves = p.forget(who)
	}
	due := p.due(ch, moved)
	if due == nil {
		return moves, nil
	}
	for _, i := range p.order {
		if !due[i] {
			continue
		}
		s := &p.ws.Segments[i]
		in, failed := s.When.Holds(v)
		if failed != nil {
			err = fmt.Errorf("segment %s: %w", s.ID, failed)
			continue
		}
		if in == who.In(s.ID) {
			continue
		}
		if in {
			who.Enter(profile.Membership{Segment: s.ID, Since: v.Now, Version: s.Version})
		} else {
			who.Leave(s.ID)
		}
		moves = append(moves, Move{Segment: s.ID, Version: s.Version, Entered: in})
		for _, d := range p.dependents[i] {
			due[d] = true // comes later in the order
		}
	}
	return moves, err
}

// forget ends memberships of segments that are no longer defined.
func (p *Plan) forget(who *profile.Person) (moves []Move) {
	for _, m := range who.Segments {
		if _, defined := p.ws.Segment(m.Segment); !defined {
			moves = append(moves, Move{Segment: m.Segment})
		}
	}
	for _, m := range moves {
		who.Leave(m.Segment)
	}
	return moves
}

// due says by place which segments to ask; nil is none.
func (p *Plan) due(ch profile.Changes, moved bool) []bool {
	if len(p.order) == 0 {
		return nil
	}
	var due []bool
	mark := func(places []int) {
		if due == nil && len(places) > 0 {
			due = make([]bool, len(p.order))
		}
		for _, i := range places {
			due[i] = true
		}
	}
	if ch.All {
		mark(p.order)
		return due
	}
	if ch.Traits {
		mark(p.byTraits)
	}
	if moved {
		mark(p.byStage)
	}
	if ch.State {
		mark(p.byState)
	}
	for _, f := range ch.Features {
		mark(p.byFeature[f])
	}
	return due
}

// Next returns the first instant after v.Now at which the passing of time alone
// may change a membership whose times ch may have changed; zero is never. Where
// anything may have changed that is of all memberships.
func (p *Plan) Next(v definition.Vars, ch profile.Changes) (first event.Instant) {
	ask := func(places []int) {
		for _, i := range places {
			if at := p.ws.Segments[i].When.Next(v); at != 0 && (first == 0 || at < first) {
				first = at
			}
		}
	}
	if ch.All {
		ask(p.byTime)
		return first
	}
	for _, f := range ch.Features {
		ask(p.byFeature[f])
	}
	return first
}
