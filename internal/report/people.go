package report

import (
	"context"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// mostFound bounds how many people a text search looks at.
const mostFound = 1000

// People returns a page of the people who match every condition of f, the
// latest to be heard of first. A look-up by identity or text alone is answered
// from the store, so it finds a person as soon as they are folded; everything
// else from the digest.
func (r *Reports) People(ctx context.Context, f Filter) (People, error) {
	f.Query = strings.TrimSpace(f.Query)
	d, err := r.digestFor(ctx, f)
	if err != nil {
		return People{}, err
	}
	match, err := d.match(f)
	if err != nil {
		return People{}, err
	}
	var found listed
	if f.Identity == "" && f.Query == "" {
		found = d.filtered(f, match)
	} else {
		ids, err := r.find(ctx, d, f)
		if err != nil {
			return People{}, err
		}
		if !onlyFind(f) {
			ids = slices.DeleteFunc(ids, func(id person.ID) bool {
				i, ok := d.place(id)
				return !ok || !match(i)
			})
		}
		found = byID(ids)
	}
	out := People{People: []PersonRow{}, Total: found.len(), Sentence: d.filterSentence(f, found.len())}
	page, next, err := pageOf(found, pageSize(f.Limit), f.Cursor)
	if err != nil {
		return People{}, err
	}
	out.NextCursor = next
	s, err := r.state(ctx)
	if err != nil {
		return People{}, err
	}
	for _, id := range page {
		row, ok, err := r.row(ctx, s, d, id)
		if err != nil {
			return People{}, err
		}
		// Two who became one since are listed once.
		if ok && !slices.ContainsFunc(out.People, func(o PersonRow) bool { return o.ID == row.ID }) {
			row.Why = d.why(f, id)
			out.People = append(out.People, row)
		}
	}
	return out, nil
}

// digestFor is the latest digest. A mere look-up does not wait for the first.
func (r *Reports) digestFor(ctx context.Context, f Filter) (*digest, error) {
	if r.current.Load() != nil || !looksUp(f) {
		return r.digest(ctx)
	}
	s, err := r.state(ctx)
	if err != nil {
		return nil, err
	}
	return newDigest(s), nil
}

// looksUp reports whether f asks for an identity and nothing else.
func looksUp(f Filter) bool { return f.Identity != "" && f.Query == "" && onlyFind(f) }

// onlyFind reports whether f asks for nothing but an identity or a text.
func onlyFind(f Filter) bool {
	f.Identity, f.Query, f.Limit, f.Cursor = "", "", 0, ""
	return f == Filter{}
}

// find looks people up in the store, and searches names and traits in the
// digest. Several identities may lead to one person.
func (r *Reports) find(ctx context.Context, d *digest, f Filter) ([]person.ID, error) {
	var ids []person.ID
	if f.Identity != "" {
		i, err := person.ParseIdentity(f.Identity)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "identity %q: want kind:value, for instance user_id:42; kinds are user_id, anonymous_id, email and phone", f.Identity).At("identity")
		}
		if ids, err = r.store.ByIdentity(ctx, i); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "People cannot be looked up at the moment.")
		}
	}
	if f.Query != "" {
		hits, err := r.store.Search(ctx, f.Query, mostFound)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, err, "People cannot be searched at the moment.")
		}
		hits = append(slices.Clone(hits), d.containing(f.Query, mostFound)...)
		if f.Identity == "" {
			ids = hits
		} else {
			ids = slices.DeleteFunc(slices.Clone(ids), func(id person.ID) bool { return !slices.Contains(hits, id) })
		}
	}
	var out []person.ID
	seen := map[person.ID]bool{}
	for _, id := range ids {
		if _, known := d.place(id); !known {
			p, ok, err := r.store.Person(ctx, id)
			if err != nil {
				return nil, fault.Wrap(fault.Internal, err, "This person cannot be read at the moment.")
			}
			if !ok {
				continue
			}
			id = p.ID
		}
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out, nil
}

// row reads one person's line. Effort and the latest own act come from the
// digest, where they were counted in event-time order, else from the person.
func (r *Reports) row(ctx context.Context, s State, d *digest, id person.ID) (PersonRow, bool, error) {
	if s.Settings.AsOf != 0 {
		l, err := r.live(ctx, s, id)
		if fault.Is(err, fault.NotFound) {
			return PersonRow{}, false, nil
		}
		if err != nil {
			return PersonRow{}, false, err
		}
		return rowOf(s.defs(), &l.p, l.walk), true, nil
	}
	p, ok, err := r.store.Person(ctx, id)
	if err != nil {
		return PersonRow{}, false, fault.Wrap(fault.Internal, err, "This person cannot be read at the moment.")
	}
	if !ok {
		return PersonRow{}, false, nil
	}
	walk := p.Walk
	if i, ok := d.place(p.ID); ok {
		_, _, walk.Effort = d.atlas.Person(i)
	}
	return rowOf(s.defs(), &p, walk), true, nil
}

// onMap turns the part of f that concerns the map into the atlas's terms.
func onMap(f Filter) lifecycle.Filter {
	m := lifecycle.Filter{
		Stage: f.Stage, Touchpoint: f.Touchpoint, Effort: f.Effort, Next: f.Next, Continued: f.Continued, Event: f.Event,
	}
	if stage, ok := stageOf(f.Touchpoint); ok {
		m.At, m.Touchpoint = stage, ""
	}
	if f.Touchpoint == lifecycle.Any {
		m.Touchpoint = ""
		if m.Effort == "" {
			m.Effort = lifecycle.Any
		}
	}
	return m
}

// stageOf reads "stage:ID" in place of a touchpoint.
func stageOf(touchpoint string) (string, bool) {
	const prefix = "stage:"
	if len(touchpoint) > len(prefix) && touchpoint[:len(prefix)] == prefix {
		return touchpoint[len(prefix):], true
	}
	return "", false
}

// match returns the test that f is of people in the digest. Identity and Query
// are not looked at.
func (d *digest) match(f Filter) (func(int) bool, error) {
	s, given, err := d.scopeOf(f)
	if err != nil {
		return nil, err
	}
	places := onMap(f)
	places.Here = given && !f.spans()
	who, err := s.atlas.Who(places, d.now)
	if err != nil {
		return nil, err //nolint:wrapcheck // already in the caller's words
	}
	if f.Segment != "" {
		met := who
		in, err := d.members.of(f.Segment)
		if err != nil {
			return nil, err
		}
		who = func(i int) bool { return in(i) && met(i) }
	}
	if f.StageThen != "" {
		met := who
		then, err := s.stageThen(d, f.StageThen)
		if err != nil {
			return nil, err
		}
		who = func(i int) bool { return then(i) && met(i) }
	}
	if f.State != "" || f.StateBefore != "" || f.StateThen != "" {
		met := who
		stands, err := d.standings.matchIn(f, s.period, given, d.now)
		if err != nil {
			return nil, err
		}
		who = func(i int) bool { return stands(i) && met(i) }
	}
	if f.Expected != "" {
		met := who
		told, err := s.expected.match(f)
		if err != nil {
			return nil, err
		}
		who = func(i int) bool { return told(i) && met(i) }
	}
	if f.Lately != "" {
		met := who
		r, err := d.recentOf(f)
		if err != nil {
			return nil, err
		}
		late, err := r.late(f.Lately)
		if err != nil {
			return nil, err
		}
		who = func(i int) bool { return late(i) && met(i) }
	}
	if f.Journey == "" && f.Stride+f.Step != "" {
		return nil, fault.New(fault.Invalid, "stride %q: say of which journey", f.Stride).At("stride")
	}
	if f.Journey != "" {
		met := who
		j, ok := d.journeys[f.Journey]
		if !ok {
			return nil, fault.New(fault.Invalid, "journey %q: the definitions in force have no such journey", f.Journey).At("journey")
		}
		walked, err := j.match(f)
		if err != nil {
			return nil, err
		}
		who = func(i int) bool { return walked(i) && met(i) }
	}
	if f.Experiment != "" {
		met := who
		in, err := d.inTrial(f)
		if err != nil {
			return nil, err
		}
		return func(i int) bool { return in(i) && met(i) }, nil
	}
	if f.Goal == "" {
		for _, x := range [][2]string{{"arm", f.Arm}, {"outcome", f.Outcome}, {"action", f.Action}, {"withheld", f.Withheld}} {
			if x[1] != "" {
				return nil, fault.New(fault.Invalid, "%s %q: say of which goal", x[0], x[1]).At(x[0])
			}
		}
		return who, nil
	}
	g, ok := d.goals[f.Goal]
	if !ok {
		return nil, fault.New(fault.Invalid, "goal %q: the definitions in force have no such goal", f.Goal).At("goal")
	}
	under, err := g.match(f, d.now)
	if err != nil {
		return nil, err
	}
	return func(i int) bool {
		at, ok := g.byPlace[int32(i)] //nolint:gosec // fewer than 2^31 people
		return ok && under(&g.members[at]) && who(i)
	}, nil
}

// match returns the test that the goal's part of f is of members.
func (g *goalDigest) match(f Filter, now event.Instant) (func(*member) bool, error) {
	action := -1
	if f.Action != "" {
		if action = g.action(f.Action); action < 0 {
			return nil, fault.New(fault.Invalid, "action %q: goal %q has no such action", f.Action, f.Goal).At("action")
		}
	}
	arm, err := armTest(f.Arm)
	if err != nil {
		return nil, err
	}
	outcome, ok := g.wayTests(now)[f.Outcome]
	if !ok {
		if outcome, err = outcomeTest(f.Outcome, action); err != nil {
			return nil, err
		}
	}
	return func(m *member) bool {
		return arm(m) && outcome(m) && (f.Withheld == "" || slices.Contains(m.codes, f.Withheld))
	}, nil
}

func armTest(arm string) (func(*member) bool, error) {
	switch arm {
	case "":
		return func(*member) bool { return true }, nil
	case "holdout":
		return (*member).holdout, nil
	case string(profile.Treated), string(profile.GoalHoldout), string(profile.GlobalHoldout):
		return func(m *member) bool { return string(m.arm) == arm }, nil
	default:
		return nil, fault.New(fault.Invalid, "arm %q: use treated, goal_holdout, global_holdout or holdout", arm).At("arm")
	}
}

// wayTests are of the way that people are on, now and one horizon ago.
func (g *goalDigest) wayTests(now event.Instant) map[string]func(*member) bool {
	horizon := g.def.Horizon
	then := now.Add(-horizon)
	return map[string]func(*member) bool{
		"under_way":     func(m *member) bool { return m.underWay(horizon, now) },
		"was_under_way": func(m *member) bool { return m.underWay(horizon, then) },
		"arrived_since": func(m *member) bool { return m.underWay(horizon, then) && m.arrived(horizon) },
	}
}

// outcomeTest is of one action where action is not negative and the outcome can
// be one action's.
func outcomeTest(outcome string, action int) (func(*member) bool, error) {
	tests := map[string]func(*member) bool{
		"":         func(m *member) bool { return action < 0 || m.actions[action].sent > 0 },
		"reached":  func(m *member) bool { return m.reached != 0 },
		"mature":   func(m *member) bool { return m.mature },
		"measured": (*member).measured,
		"chosen":   func(m *member) bool { return m.chosen > 0 },
		"silent":   func(m *member) bool { return m.silent > 0 },
		"sent":     func(m *member) bool { return m.sent > 0 },
		"held":     func(m *member) bool { return m.held > 0 },
		"failed":   func(m *member) bool { return m.failed > 0 },
		"unknown":  func(m *member) bool { return m.unknown > 0 },
		"responded": func(m *member) bool {
			return slices.ContainsFunc(m.actions, func(t actionTally) bool { return t.responded })
		},
	}
	test, ok := tests[outcome]
	if !ok {
		return nil, fault.New(fault.Invalid, "outcome %q: use reached, mature, measured, under_way, was_under_way, arrived_since, chosen, silent, sent, held, failed, unknown or responded", outcome).At("outcome")
	}
	if action < 0 {
		return test, nil
	}
	switch outcome {
	case "chosen":
		return func(m *member) bool { return m.actions[action].chosen > 0 }, nil
	case "responded":
		return func(m *member) bool { return m.actions[action].responded }, nil
	}
	return func(m *member) bool { return test(m) && m.actions[action].sent > 0 }, nil
}

// member returns where the person at a place stands with a goal.
func (g *goalDigest) member(place int) *member {
	return &g.members[g.byPlace[int32(place)]] //nolint:gosec // fewer than 2^31 people
}
