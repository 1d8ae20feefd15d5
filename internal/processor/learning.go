package processor

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Each partition adds up what it learns from outcomes, and tells it to the
// coordinator, which is partition 0, once a day. The coordinator forgets a little of
// what it knew before it takes in what is new, and publishes the whole an hour later,
// when all have told.

// lessons are what is being added up.
type lessons struct {
	stored statestore.Lessons
	stats  *decide.Statistics // nil: nothing yet
	set    event.Instant      // what the timer index holds
	dirty  bool
}

func (g *group) loadLessons(ctx context.Context, p person.Partition, of statestore.Teller) (*lessons, error) {
	stored, err := g.o.store.Lessons(p, of)
	if err != nil {
		return nil, err
	}
	l := &lessons{stored: stored, set: stored.Due}
	if stored.Definition == "" {
		return l, nil
	}
	c, err := g.o.definitions.get(ctx, stored.Definition)
	if err != nil {
		return nil, err
	}
	l.stats, err = gather(c.ws, stored.Pieces)
	return l, err
}

// learn adds what came of a choice to what the partition learns. An outcome of what
// is not laid out any more teaches nothing.
func (g *group) learn(p *part, e *event.Event) error {
	if e.Kind != event.Outcomes || p.env.Learned == nil {
		return nil
	}
	body, err := event.Unpack[event.OutcomeBody](*e)
	if err != nil || !body.Learn {
		return err
	}
	x, layout := body.Expected, p.env.Learned.Layout
	at, err := layout.Place(x.Action, x.Message, x.Channel, x.Hour)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	l := g.lessonsOf(p)
	if body.Was == nil {
		err = layout.Observe(l.stats, x.Action, at, x.Context, body.Residual, 1)
	} else {
		err = layout.Correct(l.stats, x.Action, at, x.Context, *body.Was-x.Score, body.Residual, stillRemembered)
	}
	if err != nil { // a context of other stages
		return nil //nolint:nilerr // see above
	}
	l.dirty, p.dirty = true, true
	return nil
}

// stillRemembered is what an outcome of the first window weighs by the end of the
// second.
var stillRemembered = math.Pow(decide.Forgetting, 6) //nolint:gochecknoglobals // a constant

// lessonsOf returns the partition's, with its timer set.
func (g *group) lessonsOf(p *part) *lessons {
	l := p.lessons
	if l.stats == nil {
		l.stats, l.stored.Definition = p.env.Learned.Layout.NewStatistics(), p.state.Definition
	}
	if l.stored.Due == 0 {
		l.stored.Due = nextDay(p.env.Now)
		g.o.noteDue(p.id, l.stored.Due)
	}
	return l
}

func nextDay(now event.Instant) event.Instant {
	return event.InstantOf(now.Time().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour))
}

// use notes what touches used up.
func (g *group) use(p *part, used []engine.Use) {
	if len(used) == 0 || p.env.Learned == nil {
		return
	}
	l := g.lessonsOf(p)
	today := int(p.env.Now.Time().Unix() / (24 * 60 * 60))
	for _, u := range used {
		if u.Measure != "" {
			l.add(harmKey(u.Goal, u.Measure), today, 1)
			continue
		}
		l.add(u.Goal, today, u.Money)
		l.add(sentKey(u.Goal), today, float64(u.Units))
		l.add(engine.ActionKey(u.Goal, u.Action), today, float64(u.Units))
	}
	l.dirty, p.dirty = true, true
}

func (l *lessons) add(key string, day int, amount float64) {
	if amount == 0 {
		return
	}
	row := event.UseRow{Key: key, Day: day}
	at, found := slices.BinarySearchFunc(l.stored.Used, row, func(a, b event.UseRow) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Day, b.Day))
	})
	if !found {
		l.stored.Used = slices.Insert(l.stored.Used, at, row)
	}
	l.stored.Used[at].Amount += amount
}

// tell sends what the partition has learned to the coordinator, and begins anew.
func (g *group) tell(p *part) error {
	l := p.lessons
	if l.stats == nil {
		return nil
	}
	bodies := make([]event.LearnedBody, 0, 1)
	for _, piece := range l.stats.Pieces() {
		bodies = append(bodies, event.LearnedBody{Definition: l.stored.Definition, Piece: piece})
	}
	if len(l.stored.Matured) > 0 {
		bodies = append(bodies, event.LearnedBody{Definition: l.stored.Definition, Matured: l.stored.Matured})
	}
	if len(l.stored.Used) > 0 {
		bodies = append(bodies, event.LearnedBody{Definition: l.stored.Definition, Used: l.stored.Used})
	}
	events := make([]event.Event, len(bodies))
	for i := range bodies {
		events[i] = event.Event{Kind: event.Learned, To: statestore.PartitionRecord(0), Source: "processor", Time: p.env.Now, ReceivedAt: p.env.Now, Body: event.Pack(bodies[i])}
	}
	l.stats, l.stored = nil, statestore.Lessons{}
	l.dirty, p.dirty = true, true
	return g.emit(p, events)
}

// hear adds to what all have learned. p is the coordinator.
func (g *group) hear(ctx context.Context, p *part, e event.Event) error {
	body, err := event.Unpack[event.LearnedBody](e)
	if err != nil || p.state.Definition == "" {
		return err
	}
	l, err := g.settle(ctx, p)
	if err != nil {
		return err
	}
	l.age(p.env.Now)
	for _, u := range body.Used {
		l.add(u.Key, u.Day, u.Amount)
	}
	for _, m := range body.Matured {
		l.grow(m.Model, m.Key, decide.MatureOf(m.Sums))
	}
	if len(body.Piece) > 0 {
		theirs, err := g.o.definitions.get(ctx, body.Definition)
		if err != nil {
			return err
		}
		more, err := gather(theirs.ws, [][]byte{body.Piece})
		if err != nil {
			return err
		}
		if more, err = move(more, theirs.ws, p.env.Defs); err != nil {
			return err
		}
		if err := l.stats.Merge(more); err != nil {
			return err
		}
	}
	if l.stored.Due == 0 {
		l.stored.Due = nextDay(p.env.Now).Add(time.Hour)
		if early := p.env.Now.Time().UTC(); early.Hour() < 1 { // of the night in which the others tell
			l.stored.Due = event.InstantOf(early.Truncate(24 * time.Hour).Add(time.Hour))
		}
		g.o.noteDue(p.id, l.stored.Due)
	}
	l.dirty, p.dirty = true, true
	return nil
}

// age forgets as much of what all have learned as the time since it last did asks for.
func (l *lessons) age(now event.Instant) {
	was := l.stored.Aged
	if was == 0 {
		was = l.stored.At
	}
	l.stored.Aged = now
	if was == 0 || now <= was {
		return
	}
	keep := math.Pow(decide.Forgetting, float64(now.Sub(was))/float64(7*24*time.Hour))
	l.stats.Forget(keep)
	l.wane(keep)
}

// settle returns what all have learned, in the layout of the definitions in force.
func (g *group) settle(ctx context.Context, p *part) (*lessons, error) {
	l := p.all
	if l.stats == nil {
		layout, err := engine.LayoutOf(p.env.Defs)
		if err != nil {
			return nil, err
		}
		l.stats, l.stored.Definition = layout.NewStatistics(), p.state.Definition
	}
	if l.stored.Definition != p.state.Definition {
		was, err := g.o.definitions.get(ctx, l.stored.Definition)
		if err != nil {
			return nil, err
		}
		if l.stats, err = move(l.stats, was.ws, p.env.Defs); err != nil {
			return nil, err
		}
		l.stored.Definition = p.state.Definition
	}
	return l, nil
}

// publish makes what all have learned known to every partition.
func (g *group) publish(ctx context.Context, p *part) error {
	l, err := g.settle(ctx, p)
	if err != nil {
		return err
	}
	l.age(p.env.Now)
	prior, err := priorOf(p, l.stats)
	if err != nil {
		return err
	}
	l.stored.At = p.env.Now
	terms := l.terms(p.env.Defs, p.env.Now)
	b := published{Definition: l.stored.Definition, Pieces: l.stats.Pieces(), Prior: prior, Terms: terms}
	body, hash, err := b.encode()
	if err != nil {
		return err
	}
	l.stored.Due, l.stored.Published, l.dirty, p.dirty = 0, hash, true, true
	l.stored.Number++
	if terms.Scarce() { // looked at again whether or not anything is told
		l.stored.Due = nextDay(p.env.Now).Add(time.Hour)
		g.o.noteDue(p.id, l.stored.Due)
	}
	g.open().PutPosterior(body)
	g.spread(p, body)
	return nil
}

// spread puts what was published into every partition's journal.
func (g *group) spread(p *part, body []byte) {
	if !g.live {
		return
	}
	about := event.Pack(event.PosteriorBody{Hash: p.all.stored.Published, Number: p.all.stored.Number})
	for n := range person.Partitions {
		out := outgoing{partition: person.Partition(n), event: event.Event{
			Kind: event.Posterior, Source: "processor", MessageID: fmt.Sprintf("posterior:%d", p.all.stored.Number),
			Time: p.all.stored.At, ReceivedAt: p.all.stored.At, Body: about,
		}}
		if n == 0 {
			out.keep = body
		}
		g.out = append(g.out, out)
	}
}

// priorOf is the prior that agrees with what was learned: the noise is that of all
// rewards, and deviations are estimated anew from it.
func priorOf(p *part, s *decide.Statistics) (decide.Prior, error) {
	squares, n := 0.0, 0.0
	for i := range s.Blocks {
		squares, n = squares+s.Blocks[i].YY, n+s.Blocks[i].N
	}
	if !(n > 0) || !(squares > 0) {
		return p.env.Learned.Posterior.Prior, nil
	}
	layout, err := engine.LayoutOf(p.env.Defs)
	if err != nil {
		return decide.Prior{}, err
	}
	prior := decide.PriorOf(max(0.01, math.Sqrt(squares/n)))
	posterior, err := layout.Learn(s, prior)
	if err != nil {
		return decide.Prior{}, err
	}
	return posterior.Reestimate(), nil
}

// adopt decides by what was published under hash from now on.
func (g *group) adopt(ctx context.Context, p *part, hash string) error {
	learned, err := g.o.posteriors.get(ctx, hash, p.state.Definition)
	if err != nil {
		return err
	}
	p.state.Posterior, p.env.Learned, p.dirty = hash, learned, true
	return nil
}

// fireLearning is what happens when a timer of the partition is due.
func (g *group) fireLearning(ctx context.Context, p *part, ref string, due event.Instant) error {
	switch {
	case ref == "" && p.lessons.stored.Due == due:
		return g.tell(p)
	case ref == statestore.LearnRef && p.all != nil && p.all.stored.Due == due:
		return g.publish(ctx, p)
	default:
		return nil // an earlier timer of the same clock took it away
	}
}

// putLessons writes what the batch has changed of lessons.
func (g *group) putLessons(p *part) error {
	for of, l := range map[statestore.Teller]*lessons{statestore.OfPartition: p.lessons, statestore.OfAll: p.all} {
		if l == nil || !l.dirty {
			continue
		}
		if l.stored.Pieces = nil; l.stats != nil {
			l.stored.Pieces = l.stats.Pieces()
		}
		if err := g.open().PutLessons(p.id, of, l.set, l.stored); err != nil {
			return err
		}
		l.set, l.dirty = l.stored.Due, false
	}
	return nil
}
