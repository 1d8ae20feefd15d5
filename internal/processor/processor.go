package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Options tell New how to fold.
type Options struct {
	// Workspace is the workspace being folded. Defaults to 0.
	Workspace person.Workspace

	// Groups is how many goroutines share the partitions. Defaults to 2.
	Groups int

	// People is how many people each group keeps in memory at hand. Defaults to
	// 5,000.
	People int

	// PeopleBytes bounds what the groups together keep of people in their stored
	// form. While everybody fits, folding reads nothing from the store. Defaults to
	// 640 MiB.
	PeopleBytes int

	// Now is the clock by which timers fall due. Required but for a replay.
	Now func() event.Instant

	// Tick is how often due timers are looked for. Defaults to 200 ms.
	Tick time.Duration

	// Archive keeps in the state store what an archive has to know of the fold, until
	// it has it: see [statestore.Note].
	Archive bool

	// Changed hears of each change to the outbox after it was committed, from the
	// groups' goroutines. It must not block. Defaults to nobody.
	Changed func([]statestore.Change)

	// Folded hears, after each commit of a live fold, of some of the events that it
	// held, from the groups' goroutines. It must not block, nor keep the slice.
	// Defaults to nobody.
	Folded func([]Folded)

	// Touched hears after each commit which records it changed, from the groups'
	// goroutines. It must not block, nor keep the slice. Defaults to nobody.
	Touched func([]person.ID)

	// Score is told whose choice waits for the company's own model, again and again
	// until a Scored event is there. It must not block. Nil: choices are made without.
	Score func(p person.ID, choice event.Opportunity)

	// Shown hears of each choice for a slot of somebody's as soon as it is durable. It
	// must not block. Defaults to nobody.
	Shown func(p person.ID, choice *event.ChoiceBody)

	// Logger hears of trouble. Defaults to silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Groups == 0 {
		o.Groups = 2
	}
	if o.People == 0 {
		o.People = 5_000
	}
	if o.PeopleBytes == 0 {
		o.PeopleBytes = 640 << 20
	}
	if o.Tick == 0 {
		o.Tick = 200 * time.Millisecond
	}
	if o.Changed == nil {
		o.Changed = func([]statestore.Change) {}
	}
	if o.Shown == nil {
		o.Shown = func(person.ID, *event.ChoiceBody) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Processor folds one workspace's journal into its state store. Call CatchUp
// first, then either Run, or Drain and Tick by hand.
type Processor struct {
	opts        Options
	journal     journal.Journal
	store       *statestore.Store
	definitions *definitions
	catalogues  *catalogues
	models      *models
	posteriors  *posteriors
	groups      []*group

	next     [person.Partitions]atomic.Uint64     // positions, for lag
	due      [person.Partitions]atomic.Int64      // earliest timer at the latest; 0: none
	clocking [person.Partitions]atomic.Bool       // a clock event is on its way
	inForce  atomic.Pointer[definition.Workspace] // in partition 0; nil: none yet
	version  atomic.Uint64                        // grows with each commit
	fired    atomic.Uint64                        // timers, since the start

	testOnlyCommitted func() error // after each commit; an error ends the fold there
}

// New returns a processor of j into s.
func New(j journal.Journal, s *statestore.Store, opts Options) *Processor {
	o := &Processor{
		opts: opts.withDefaults(), journal: j, store: s, definitions: newDefinitions(j.Body), catalogues: &catalogues{body: j.Body}, models: &models{body: j.Body},
	}
	o.posteriors = &posteriors{body: j.Body, definitions: o.definitions}
	return o
}

// CatchUp loads the groups and folds up to the journal's present end, sending
// nothing. Progress is told the records that are left, now and then.
func (o *Processor) CatchUp(ctx context.Context, progress func(left uint64)) error {
	return o.foldTo(ctx, o.journal.End(), false, progress)
}

// foldTo folds at least up to end. What was appended since comes with the same
// read: it is folded too, for a reader gives it once, unless exact is set.
func (o *Processor) foldTo(ctx context.Context, end journal.Positions, exact bool, progress func(left uint64)) error {
	for n := range o.opts.Groups {
		g, err := o.newGroup(ctx, n)
		if err != nil {
			return err
		}
		o.groups = append(o.groups, g)
	}
	eg, ctx := errgroup.WithContext(ctx)
	for n, g := range o.groups {
		eg.Go(func() error {
			for left := g.left(end); left > 0; left = g.left(end) {
				if n == 0 && progress != nil {
					progress(o.leftTo(end))
				}
				records, err := g.reader.Next(ctx, foldRecords)
				if err != nil {
					return fmt.Errorf("catch up: %w", err)
				}
				if exact {
					records = upTo(records, end)
				}
				if err := g.fold(ctx, records); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return eg.Wait()
}

// foldRecords is the size of a stretch of the fold.
const foldRecords = 8192

// upTo leaves out records at or after end.
func upTo(records []journal.Record, end journal.Positions) []journal.Record {
	kept := records[:0:0]
	for _, r := range records {
		if r.Offset < end[r.Partition] {
			kept = append(kept, r)
		}
	}
	return kept
}

func (g *group) left(end journal.Positions) (n uint64) {
	for _, p := range g.parts {
		if p != nil && uint64(end[p.id]) > p.state.Next {
			n += uint64(end[p.id]) - p.state.Next
		}
	}
	return n
}

func (o *Processor) leftTo(end journal.Positions) (n uint64) {
	for p := range o.next {
		if next := o.next[p].Load(); uint64(end[p]) > next {
			n += uint64(end[p]) - next
		}
	}
	return n
}

// Lag returns how many durable records are not yet folded.
func (o *Processor) Lag() uint64 { return o.leftTo(o.journal.End()) }

// Version grows whenever the state changes.
func (o *Processor) Version() uint64 { return o.version.Load() }

// WaitFolded waits until everything durable now is folded.
func (o *Processor) WaitFolded(ctx context.Context) error {
	end := o.journal.End()
	t := time.NewTicker(2 * time.Millisecond)
	defer t.Stop()
	for o.leftTo(end) > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
	return nil
}

func (o *Processor) newGroup(ctx context.Context, n int) (*group, error) {
	g := &group{
		o: o, people: newCache(o.opts.People), packed: newPacked(o.opts.PeopleBytes / o.opts.Groups), messages: messages{days: map[statestore.Day]*sieve{}},
		accounts: map[person.AccountID]*accountEntry{}, choosing: map[person.ID]event.Opportunity{}, showing: map[person.ID][]string{},
	}
	var mine []person.Partition
	var from journal.Positions
	for i := n; i < person.Partitions; i += o.opts.Groups {
		p, err := o.loadPart(ctx, g, person.Partition(i))
		if err != nil {
			return nil, err
		}
		g.parts[i] = p
		mine = append(mine, p.id)
		from[i] = journal.Offset(p.state.Next)
		o.next[i].Store(p.state.Next)
	}
	r, err := o.journal.NewReader(mine, from)
	if err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	g.reader = r
	o.force(g)
	return g, nil
}

func (o *Processor) loadPart(ctx context.Context, g *group, id person.Partition) (*part, error) {
	state, err := o.store.Partition(id)
	if err != nil {
		return nil, err
	}
	if err := o.notes(id, state.Next); err != nil {
		return nil, err
	}
	seen, err := o.store.Seen(id)
	if err != nil {
		return nil, err
	}
	p := &part{id: id, state: state, seen: seen, tallies: map[string]*tally{}, env: engine.Env{
		Workspace: o.opts.Workspace, Partition: id, Now: state.Time, Settings: state.Settings,
		Past: func(hash string) (*definition.Workspace, error) {
			return o.Definitions(context.WithoutCancel(ctx), hash)
		},
	}}
	if p.lessons, err = g.loadLessons(ctx, id, statestore.OfPartition); err == nil && id == 0 {
		p.all, err = g.loadLessons(ctx, id, statestore.OfAll)
	}
	if err != nil {
		return nil, err
	}
	if state.Definition != "" {
		if err := g.enforce(ctx, p, state.Definition); err != nil {
			return nil, err
		}
	}
	if state.Catalogue != "" {
		if err := g.stock(ctx, p, state.Catalogue); err != nil {
			return nil, err
		}
	}
	if err := g.follow(ctx, p, state.Model, state.ModelNumber); err != nil {
		return nil, err
	}
	due, err := o.store.NextDue(id)
	o.due[id].Store(int64(due))
	return p, err
}

// force notes which definitions are in force, where g holds the partition that says so.
func (o *Processor) force(g *group) {
	if p := g.parts[0]; p != nil && p.env.Defs != nil {
		o.inForce.Store(p.env.Defs)
	}
}

// InForce returns the definitions in force; nil before there are any.
func (o *Processor) InForce() *definition.Workspace { return o.inForce.Load() }

// committed is called by a group after each commit.
func (o *Processor) committed(g *group) {
	for _, p := range g.parts {
		if p != nil {
			o.next[p.id].Store(p.state.Next)
		}
	}
	o.force(g)
	o.version.Add(1)
	if len(g.changed) > 0 {
		o.opts.Touched(g.changed)
		g.changed = g.changed[:0]
	}
	if len(g.changes) > 0 && g.live {
		o.opts.Changed(g.changes)
	}
	g.changes = nil
	g.score()
	if len(g.folded) > 0 {
		o.opts.Folded(g.folded)
		g.folded = g.folded[:0]
	}
}

func (o *Processor) noteDue(p person.Partition, due event.Instant) {
	if old := o.due[p].Load(); old == 0 || int64(due) < old {
		o.due[p].Store(int64(due))
	}
}

func (o *Processor) clockDone(p person.Partition) error {
	due, err := o.store.NextDue(p)
	o.due[p].Store(int64(due))
	o.clocking[p].Store(false)
	return err
}

// Tick appends a clock event to each partition that has a timer due by now.
func (o *Processor) Tick(ctx context.Context, now event.Instant) error {
	var entries []journal.Entry
	var clocks []int
	for p := range o.due {
		if due := o.due[p].Load(); due == 0 || event.Instant(due) > now || o.clocking[p].Swap(true) {
			continue
		}
		e := event.Event{Kind: event.Clock, Source: "processor", Time: now, ReceivedAt: now}
		entries = append(entries, journal.Entry{Partition: person.Partition(p), Data: e.AppendTo(nil)})
		clocks = append(clocks, p)
	}
	if len(entries) == 0 {
		return nil
	}
	if _, err := o.journal.Append(ctx, entries); err != nil {
		for _, p := range clocks {
			o.clocking[p].Store(false)
		}
		return fmt.Errorf("append clock: %w", err)
	}
	return nil
}

// Close closes the readers. The journal and the store stay the caller's.
func (o *Processor) Close() error {
	var errs []error
	for _, g := range o.groups {
		errs = append(errs, g.reader.Close())
	}
	return errors.Join(errs...)
}

// WaitSwept waits until everything durable now is folded and every partition has
// brought its people up to what is in force.
func (o *Processor) WaitSwept(ctx context.Context) error {
	for p := 0; p < person.Partitions; {
		if err := o.WaitFolded(ctx); err != nil {
			return err
		}
		state, err := o.store.Partition(person.Partition(p))
		if err != nil {
			return err
		}
		if !state.Sweeping {
			p++
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}
