package report

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/pace"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
)

// digest is everybody as of one moment. It is immutable once made.
type digest struct {
	version   uint64
	state     State
	ws        *definition.Workspace
	now       event.Instant
	atlas     *lifecycle.Atlas
	figures   lifecycle.Result
	goals     map[string]*goalDigest    // of journeys too
	journeys  map[string]*journeyDigest // and broadcasts
	trials    []*trialDigest            // in the order of the definitions
	order     []int32                   // places in the atlas, latest event first
	texts     texts                     // by place in the atlas
	members   members
	standings standings
	expected  *expected // nil: no model is in force
	facts     facts
	scopes    struct {
		sync.Mutex

		made map[scopeKey]*scope
	}
	lists lists
	plan  *segment.Plan // of ws
	took  time.Duration
}

const (
	// Of up to so many events all are kept at hand for periods that are chosen, in
	// eight bytes each; of more, those of the last days.
	mostAtHand = 16_000_000
	shortReach = 200 * aDay

	quarterDays = int(quarter / aDay)
)

// gather reads everybody once, at a pace.
func gather(ctx context.Context, store Store, pace *pace.Pace) (*digest, error) {
	started := time.Now()
	state, err := store.State(ctx)
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says what was being done
	}
	d := newDigest(state)
	d.grow(state.People)
	g := &gatherer{digest: d}
	err = store.EachPerson(ctx, func(p profile.Person, history History) error {
		if err := pace.Step(ctx); err != nil {
			return err //nolint:wrapcheck // the context's
		}
		return g.add(p, history)
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // as above
	}
	d.figures = d.atlas.Result(d.now)
	d.sort()
	if _, err := d.scope(Scope{}, quarterDays); err != nil { // the first page's
		return nil, err
	}
	for _, goal := range d.goals {
		goal.finish()
		goal.view = d.goalView(goal)
	}
	for _, t := range d.trials {
		t.finish()
	}
	d.took = time.Since(started)
	return d, nil
}

// newDigest is of nobody yet.
func newDigest(state State) *digest {
	d := &digest{state: state, ws: state.defs(), now: state.clock(), goals: map[string]*goalDigest{}, journeys: map[string]*journeyDigest{}}
	d.standings, d.expected = newStandings(state), newExpected(state)
	d.members, d.plan = newMembers(d.ws), segment.New(d.ws)
	d.atlas = lifecycle.NewAtlas(lifecycle.New(&d.ws.Map))
	reach := event.Instant(0)
	if state.Events > mostAtHand {
		reach = d.now.Add(-shortReach)
	}
	d.atlas.Since(reach)
	d.facts = newFacts(d.ws, reach)
	for _, g := range d.ws.Programs() {
		d.goals[g.ID] = newGoalDigest(g)
	}
	for i := range d.ws.Journeys {
		d.journeys[d.ws.Journeys[i].ID] = newJourneyDigest(&d.ws.Journeys[i])
	}
	for i := range d.ws.Experiments {
		d.trials = append(d.trials, newTrialDigest(d.ws, &d.ws.Experiments[i], d.now))
	}
	return d
}

// grow makes room for so many people, so that none is left over.
func (d *digest) grow(people int) {
	d.atlas.Grow(people)
	d.texts.grow(people)
	d.members.grow(people)
	d.standings.people = slices.Grow(d.standings.people, people)
}

// sort orders people for lists: the latest first, then by id.
func (d *digest) sort() {
	d.order = make([]int32, d.atlas.Len())
	last := make([]event.Instant, d.atlas.Len())
	for i := range d.order {
		d.order[i] = int32(i) //nolint:gosec // an atlas holds fewer than 2^31 people
		_, last[i], _ = d.atlas.Person(i)
	}
	slices.SortFunc(d.order, func(a, b int32) int { return latestFirst(last[a], last[b], int(a), int(b)) })
}

func latestFirst(a, b event.Instant, i, j int) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	default:
		return i - j // places are in the order of ids
	}
}

// place finds a person in the digest; ok is false for those who came later.
func (d *digest) place(id person.ID) (int, bool) {
	lo, hi := 0, d.atlas.Len()
	for lo < hi {
		mid := (lo + hi) / 2
		at, _, _ := d.atlas.Person(mid)
		switch c := slices.Compare(at[:], id[:]); {
		case c == 0:
			return mid, true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return 0, false
}

// gatherer adds people to a digest. Its buffers serve one person after another.
type gatherer struct {
	*digest

	past past
	scan scan
	till till
}

func (g *gatherer) add(p profile.Person, history History) error {
	if g.state.Settings.AsOf != 0 {
		if err := g.past.read(history, g.now); err != nil {
			return err
		}
		if !g.past.here() {
			return nil // they were not here yet
		}
		p = asOf(g.state, g.plan, p, &g.past)
		history = g.past.each
	}
	place := g.atlas.Len()
	g.scan.begin()
	g.standings.begin()
	g.expected.begin(p.ID)
	g.till.begin(g.digest)
	var err error
	g.atlas.Add(p.ID, p.Stage, func(yield func(event.Event) bool) {
		err = history(func(e event.Event) bool {
			g.scan.see(e)
			g.till.see(&e)
			g.facts.see(&e, g.scan.choice)
			g.standings.see(place, &e)
			g.expected.see(&e)
			return yield(e)
		})
	})
	if err != nil {
		return err
	}
	walk, _ := g.atlas.Walk()
	g.facts.end(&p)
	g.expected.end(place, walk, g.now)
	g.texts.add(&p)
	g.members.add(&p)
	g.standings.end(&p)
	if len(g.scan.journeyed)+len(p.Journeys) > 0 {
		for _, j := range g.journeys {
			j.add(place, &p, g.scan.journeyed)
		}
	}
	for i, t := range g.trials {
		t.add(place, &g.scan, g.till.of(i))
	}
	for id, standing := range p.Goals {
		if goal, ok := g.goals[id]; ok {
			goal.add(place, &p, standing, &g.scan, g.now)
		}
	}
	return nil
}
