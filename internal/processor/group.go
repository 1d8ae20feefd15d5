package processor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

const (
	timersPerClock = 4096      // fired by one clock event; the rest wait for the next
	sweepStep      = 256       // people brought up to date by one sweep event
	handoverBytes  = 256 << 10 // of history in one hand-over event
)

// part is what a group holds of one partition.
type part struct {
	id    person.Partition
	state statestore.Partition
	seen  map[person.Partition]uint64
	env   engine.Env
	dirty bool

	tallies map[string]*tally // by source

	lessons *lessons // of the partition's own people
	all     *lessons // of everybody, in partition 0; else nil

	remembers bool      // group.messages holds what the store does
	fresh     []message // of the batch being filled
}

// entry is a person in memory, with what the indexes hold of them.
type entry struct {
	p     *profile.Person // nil: nobody
	trace statestore.Trace
	dirty bool
}

// outgoing is something on its way to the journal.
type outgoing struct {
	partition person.Partition
	event     event.Event
	keep      []byte            // goes into the journal's body store before it
	shown     *event.ChoiceBody // of a choice that answers a question of slots
}

// group folds some partitions. It is used by one goroutine at a time.
type group struct {
	o        *Processor
	parts    [person.Partitions]*part // nil: not ours
	reader   journal.Reader
	people   cache  // those in hand
	packed   packed // those as stored, many more
	messages messages
	live     bool

	// The batch being filled.
	batch   *statestore.Batch
	touched []*entry

	accounts map[person.AccountID]*accountEntry // of the batch
	changes  []statestore.Change
	changed  []person.ID // records, where somebody wants to hear of them
	folded   []Folded    // a sample of the batch
	n        int         // timeline entries of the current record
	raw      []byte      // the record whose effects are being carried out; nil: they are of the time

	out      []outgoing                      // to be appended after the commit
	choosing map[person.ID]event.Opportunity // choices on their way
	unscored []unscored                      // to be told after the commit
	showing  map[person.ID][]string          // questions of slots, by their calls, whose choices are on their way
	acked    []event.Origin                  // emissions that the journal has
}

type message struct {
	day statestore.Day
	key statestore.MessageKey
}

// fold applies records and commits. On error the group must not be used again.
func (g *group) fold(ctx context.Context, records []journal.Record) error {
	for _, r := range records {
		p := g.parts[r.Partition]
		if p == nil || uint64(r.Offset) < p.state.Next {
			continue // not ours, or applied before
		}
		if uint64(r.Offset) > p.state.Next {
			return fmt.Errorf("fold partition %d: journal skips from offset %d to %d", r.Partition, p.state.Next, r.Offset)
		}
		e, err := event.Decode(r.Data)
		if err != nil {
			return fmt.Errorf("fold partition %d offset %d: %w", r.Partition, r.Offset, err)
		}
		if err := g.apply(ctx, p, uint64(r.Offset), e, r.Data); err != nil {
			return fmt.Errorf("fold partition %d offset %d: %w", r.Partition, r.Offset, err)
		}
	}
	return g.commit()
}

// apply applies one event. The position moves past it only with its effects: a
// commit on the way there leaves it to be applied again after a crash.
func (g *group) apply(ctx context.Context, p *part, offset uint64, e event.Event, raw []byte) error {
	g.n = 0
	p.env.At(offset, e.ReceivedAt)
	if old, today := statestore.DayOf(p.state.Time), statestore.DayOf(p.env.Now); today > 1 && today != old {
		if err := g.commit(); err != nil {
			return err
		}
		if err := g.open().ForgetMessages(p.id, max(old, 1)-1, today-1); err != nil {
			return err
		}
		if err := g.open().ForgetTallies(p.id, statestore.HourOf(p.env.Now.Add(-talliesKept))); err != nil {
			return err
		}
		if err := g.open().ForgetMoves(p.id, today); err != nil {
			return err
		}
		g.messages.forget(g.earliest(p.id, today) - 1)
	}
	p.state.Time, p.dirty = p.env.Now, true
	if e.Kind.OfPartition() {
		if err := g.commit(); err != nil {
			return err
		}
		p.state.Next, p.dirty = offset+1, true
		return g.applyPartition(ctx, p, e)
	}
	if e.Kind == event.Learned {
		p.state.Next, p.dirty = offset+1, true
		if dup, err := g.duplicate(p, e); dup || err != nil {
			return err
		}
		return g.hear(ctx, p, e)
	}
	if p.env.Defs == nil {
		return fmt.Errorf("%s event before any definitions", e.Kind)
	}
	if e.Kind.OfAccount() {
		p.state.Next, p.dirty = offset+1, true
		if dup, err := g.duplicate(p, e); dup || err != nil {
			return err
		}
		return g.applyAccount(p, e)
	}
	if e.Bot {
		return g.leaveOut(p, offset, &e, len(raw))
	}
	en, err := g.record(e.To)
	if err != nil {
		return err
	}
	reads := readsTimeline(en.p, &e)
	if outdated := engine.Outdated(&p.env, en.p); outdated || reads {
		// The record's timeline is about to be read from the store: to refold it, or
		// to hand it over.
		if err := g.commit(); err != nil {
			return err
		}
	}
	if err := g.freshen(ctx, p, en); err != nil {
		return err
	}
	if reads { // so that what freshening noted is handed over too
		if err := g.commit(); err != nil {
			return err
		}
	}
	p.state.Next, p.dirty = offset+1, true
	dup, err := g.duplicate(p, e)
	if err == nil {
		err = g.countEvent(p, &e, len(raw), dup)
	}
	if err != nil {
		return err
	}
	late := en.p != nil && engine.Late(en.p, &e)
	if dup || late && !e.Kind.Own() {
		g.noteLeft(p, &e)
		return nil
	}
	if !e.Kind.Own() && !engine.Passes(g.o.opts.Workspace, en.p, &e) { // what is passed on counts where it arrives
		p.state.Events++
	}
	was := isPerson(en.p)
	var fx engine.Effects
	en.p, fx = engine.Apply(&p.env, en.p, e)
	if is := isPerson(en.p); is && !was {
		p.state.People++
	} else if was && !is {
		p.state.People--
	}
	g.raw = raw
	err = g.carryOut(ctx, p, en, fx)
	g.raw = nil
	return err
}

// leaveOut counts a robot's event, which is of nobody.
func (g *group) leaveOut(p *part, offset uint64, e *event.Event, size int) error {
	p.state.Next, p.dirty = offset+1, true
	dup, err := g.duplicate(p, *e)
	if err == nil {
		err = g.countEvent(p, e, size, dup)
	}
	if dup {
		g.noteLeft(p, e)
	}
	return err
}

// earliest is the earliest day that any partition of the group is at, with p at
// today.
func (g *group) earliest(p person.Partition, today statestore.Day) statestore.Day {
	day := today
	for _, o := range g.parts {
		if o != nil && o.id != p {
			day = min(day, statestore.DayOf(o.state.Time))
		}
	}
	return max(day, 1)
}

func isPerson(p *profile.Person) bool { return p != nil && !p.IsForward() }

// duplicate reports whether e was applied before, and remembers it if not.
func (g *group) duplicate(p *part, e event.Event) (bool, error) {
	if e.Origin.Seq != 0 {
		if e.Origin.Seq <= p.seen[e.Origin.Partition] {
			return true, nil
		}
		p.seen[e.Origin.Partition] = e.Origin.Seq
		g.open().PutSeen(p.id, e.Origin.Partition, e.Origin.Seq)
		return false, nil
	}
	if !e.Once() {
		return false, nil // applying a choice, ask, grant or receipt of ours twice has no effect
	}
	day := statestore.DayOf(p.state.Time)
	if e.Lasting() {
		day = statestore.Forever
	}
	if !p.remembers { // what was applied before the start
		p.remembers = true
		if err := g.o.store.Messages(p.id, g.messages.add); err != nil {
			return false, err
		}
	}
	m := message{day, statestore.KeyOf(e.Source, e.MessageID)}
	if g.messages.mayHold(day, m.key) {
		dup := slices.Contains(p.fresh, m)
		if !dup {
			var err error
			if dup, err = g.o.store.Duplicate(p.id, day, m.key); err != nil {
				return false, err
			}
		}
		if dup {
			p.state.Duplicates++
			return true, nil
		}
	}
	p.fresh = append(p.fresh, m)
	g.messages.add(day, m.key)
	g.open().PutMessage(p.id, day, m.key)
	return false, nil
}

// record returns the record under id as it stands.
func (g *group) record(id person.ID) (*entry, error) {
	en := g.people.get(id)
	if en == nil {
		who, err := g.stored(id)
		if err != nil {
			return nil, err
		}
		en = &entry{p: who, trace: statestore.TraceOf(who)}
		g.people.put(id, en)
	}
	return en, nil
}

// stored returns the record under id as it was last committed. Where the whole
// partition fits into memory the first question fetches all of it: reading in
// order costs a tenth of asking for one after another.
func (g *group) stored(id person.ID) (*profile.Person, error) {
	b, known := g.packed.get(id)
	if p := g.parts[id.Home()]; !known && p != nil && g.packed.fits(p.state.People) {
		g.packed.whole[p.id] = true
		if err := g.o.store.Records(p.id, g.packed.put); err != nil {
			return nil, err
		}
		b, known = g.packed.get(id)
	}
	if !known {
		return g.o.store.Record(id)
	}
	if b == nil {
		return nil, nil //nolint:nilnil // nobody, as the store would say
	}
	return g.o.store.Decode(b)
}

// freshen brings a stale person up to the definitions in force.
func (g *group) freshen(ctx context.Context, p *part, en *entry) error {
	if !engine.Stale(&p.env, en.p) {
		return nil
	}
	return g.refresh(ctx, p, en)
}

// refresh brings a person up to what is in force. It reads an outdated person's
// timeline from the store, so nothing of it may be pending. It does not commit:
// an event of the whole partition takes effect whole, with its position.
func (g *group) refresh(ctx context.Context, p *part, en *entry) error {
	var fx engine.Effects
	var past []event.Event
	if engine.Outdated(&p.env, en.p) {
		var err error
		if past, err = g.past(ctx, en.p.ID); err != nil {
			return err
		}
	}
	en.p, fx = engine.Refresh(&p.env, en.p, slices.Values(past))
	return g.carryOut(ctx, p, en, fx)
}

// past is a record's timeline as it was last committed, oldest first.
func (g *group) past(ctx context.Context, id person.ID) (past []event.Event, err error) {
	err = g.o.store.History(ctx, id, func(e event.Event) bool { past = append(past, e); return true })
	return past, err
}

// carryOut puts a person and the effects of one event into the batch.
func (g *group) carryOut(ctx context.Context, p *part, en *entry, fx engine.Effects) error {
	if en.p == nil {
		return g.emit(p, fx.Emit)
	}
	g.touch(en)
	for i, t := range fx.Timeline {
		if i >= fx.Handed {
			g.noteEntry(p, t)
		}
		g.open().PutTimeline(en.p.ID, p.env.Offset, g.n, t)
		g.n++
		if err := g.countMove(p, t); err != nil {
			return err
		}
		if i >= fx.Handed {
			if err := g.learn(p, &t); err != nil {
				return err
			}
		}
	}
	g.use(p, fx.Used)
	g.mature(p, fx.Matured)
	if err := g.emit(p, fx.Emit); err != nil {
		return err
	}
	switch {
	case fx.HandOver != nil:
		return g.handOver(ctx, p, fx.HandOver)
	case fx.HandBack != nil:
		return g.handBack(ctx, p, en, fx.HandBack)
	case fx.Erased:
		return g.open().DeleteTimeline(en.p.ID)
	default:
		return nil
	}
}

// countMove counts who entered and left segments because something happened.
func (g *group) countMove(p *part, e event.Event) error {
	if e.Kind != event.SegmentEntered && e.Kind != event.SegmentLeft {
		return nil
	}
	body, err := event.Unpack[event.SegmentBody](e)
	if err == nil && !body.Sweep {
		g.open().CountMove(p.id, statestore.DayOf(p.env.Now), body.Segment, e.Kind == event.SegmentEntered)
	}
	return err
}

func (g *group) touch(en *entry) {
	if !en.dirty {
		en.dirty = true
		g.touched = append(g.touched, en)
	}
}

// emit numbers events and keeps them until the journal has them.
func (g *group) emit(p *part, events []event.Event) error {
	for _, e := range events {
		p.state.Seq++
		p.dirty = true
		e.Origin = event.Origin{Partition: p.id, Seq: p.state.Seq}
		if e.MessageID == "" {
			e.MessageID = fmt.Sprintf("emitted:%d/%d", p.id, p.state.Seq)
		}
		g.open().PutOutgoing(p.id, p.state.Seq, e.AppendTo(nil))
		g.send(e.To.Home(), e)
	}
	return nil
}

func (g *group) send(to person.Partition, e event.Event) {
	if g.live {
		g.out = append(g.out, outgoing{partition: to, event: e})
	}
}

func (g *group) open() *statestore.Batch {
	if g.batch == nil {
		g.batch = g.o.store.NewBatch()
	}
	return g.batch
}

// commit writes everything pending and hands what it caused to others.
func (g *group) commit() error {
	// Writes in the order of their keys are the cheapest.
	slices.SortFunc(g.touched, func(a, b *entry) int {
		if x, y := binary.BigEndian.Uint64(a.p.ID[:]), binary.BigEndian.Uint64(b.p.ID[:]); x != y {
			return cmp.Compare(x, y)
		}
		return bytes.Compare(a.p.ID[:], b.p.ID[:])
	})
	for _, en := range g.touched {
		en.dirty = false
		changes, encoded, err := g.open().PutPerson(en.trace, en.p)
		if err != nil {
			return err
		}
		g.packed.put(en.p.ID, encoded)
		g.changes = append(g.changes, changes...)
		if g.o.opts.Touched != nil {
			g.changed = append(g.changed, en.p.ID)
		}
		en.trace = statestore.TraceOf(en.p)
		if len(en.p.Timers) > 0 {
			g.o.noteDue(en.p.ID.Home(), en.p.Timers[0].Due)
		}
		g.choose(en.p)
		g.show(en.p)
	}
	g.touched = g.touched[:0]
	if err := g.putAccounts(); err != nil {
		return err
	}
	for _, p := range g.parts {
		if p != nil && p.dirty {
			p.dirty, p.fresh = false, p.fresh[:0]
			if err := errors.Join(g.putTallies(p), g.putLessons(p)); err != nil {
				return err
			}
			if err := g.open().PutPartition(p.id, &p.state); err != nil {
				return err
			}
		}
	}
	for _, o := range g.acked {
		g.open().DeleteOutgoing(o.Partition, o.Seq)
	}
	g.acked = g.acked[:0]
	if g.batch == nil {
		return nil
	}
	b := g.batch
	g.batch = nil
	if err := b.Commit(); err != nil {
		return err
	}
	g.o.committed(g)
	if g.o.testOnlyCommitted != nil {
		return g.o.testOnlyCommitted()
	}
	return nil
}

// show makes the choices that slots of p wait for, unless they are on their way.
func (g *group) show(p *profile.Person) {
	if len(p.Showing) == 0 {
		delete(g.showing, p.ID)
		return
	}
	env := &g.parts[p.ID.Home()].env
	if !g.live || engine.Stale(env, p) {
		return
	}
	was, now := g.showing[p.ID], make([]string, 0, len(p.Showing))
	for i := range p.Showing {
		s := &p.Showing[i]
		now = append(now, s.Call)
		if slices.Contains(was, s.Call) || s.Until < env.Now {
			continue
		}
		events, bodies := engine.Show(env, p, s)
		for i := range events {
			g.out = append(g.out, outgoing{partition: p.ID.Home(), event: events[i], shown: &bodies[i]})
		}
	}
	g.showing[p.ID] = now
}

// unscored is a choice that waits for the company's own model.
type unscored struct {
	person person.ID
	choice event.Opportunity
}

// score has the model asked. Who asks it reads the person in the store, so that is not
// before they are there.
func (g *group) score() {
	for _, u := range g.unscored {
		g.o.opts.Score(u.person, u.choice)
	}
	g.unscored = g.unscored[:0]
}

// choose makes the choice that is due for p, unless it is on its way.
func (g *group) choose(p *profile.Person) {
	if p.Choosing == nil {
		delete(g.choosing, p.ID)
		return
	}
	env := &g.parts[p.ID.Home()].env
	if !g.live || g.choosing[p.ID] == p.Choosing.ID || engine.Stale(env, p) { // the sweep brings a stale person back here
		return
	}
	if engine.Unscored(env, p) && g.o.opts.Score != nil {
		g.unscored = append(g.unscored, unscored{p.ID, p.Choosing.ID})
		return
	}
	if e, ok := engine.Choose(env, p); ok {
		g.choosing[p.ID] = p.Choosing.ID
		g.send(p.ID.Home(), e)
	}
}
