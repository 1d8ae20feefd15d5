package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/sim/own"
	"github.com/rapporthq/rapport/internal/statestore"
)

// RehearseOptions say what to rehearse.
type RehearseOptions struct {
	// Seed decides everything. Defaults to 0.
	Seed uint64

	// Kind is what the company does for a living: one of Kinds. Defaults to "shop".
	Kind string

	// People and Days are the size of it. Default to 2,000 and 180.
	People int
	Days   int

	// LiveDay is the day on which the workspace goes live to everyone; until then
	// it is disarmed, so that people have a past when goals begin. Defaults to a
	// fifth of Days.
	LiveDay int

	// Start is midnight of day 0, in UTC. Defaults to 6 January 2025, a Monday.
	Start event.Instant

	// Tick is the step of the virtual clock. Defaults to 30 minutes, and from 20,000
	// people on to an hour.
	Tick time.Duration

	// Definitions are YAML. Default to the template for such a company.
	Definitions []byte

	// Workspace is whose it is. Defaults to 0.
	Workspace person.Workspace

	// Groups is how many groups share the partitions, a core each. Defaults to 2.
	Groups int

	// Journal gets everything, day by day, if it is not nil. It must be empty.
	Journal journal.Journal

	// Store is what is folded into. It must be empty, and stays the caller's.
	// Defaults to one on the heap, which is gone afterwards.
	Store *statestore.Store

	// Check holds every day against the promises of the engine, and the whole at
	// the end. It costs about as much time again as the rehearsal.
	Check bool

	// NoReport leaves out what only the end needs: the truth, and the counting of
	// everybody. The report then holds the totals alone.
	NoReport bool

	// Own is a copy of one's own people, who live on in place of an invented company's:
	// Kind, People and Start are not looked at, and Definitions default to those in
	// force. LiveDay is 0: they have a past. The copy is used up.
	Own *own.Copy

	// Process is what the copy lives by, and Answers which end of what is unsure about
	// that. Process is required with Own.
	Process *own.Process
	Answers own.Answers

	// Beside are other definitions, in YAML, under which a Player lets the same people
	// live with the same chance, to compare. Nil: nothing is compared.
	Beside []byte

	// Beliefs has a Player learn a state model once people have a past, where they are
	// followed by none.
	Beliefs bool

	// Archive keeps what an archive has to know of the fold, for whoever begins one.
	Archive bool

	// Progress hears of each day that is done. Defaults to nobody.
	Progress func(Progress)

	also []measure // of what copied people bring
}

// Progress is how far a rehearsal is.
type Progress struct {
	Day    int // days done
	Days   int
	Now    event.Instant
	Events int // of people, so far
}

func (o RehearseOptions) withDefaults() (RehearseOptions, error) {
	if o.Own != nil {
		o.People, o.Start, o.LiveDay, o.Workspace = len(o.Own.People), o.Own.Now, -1, o.Own.Workspace
		o.Answers = cmp.Or(o.Answers, own.Middle)
	}
	if o.People == 0 {
		o.People = 2000
	}
	if o.Days == 0 {
		o.Days = 180
	}
	if o.LiveDay == 0 {
		o.LiveDay = o.Days / 5
	}
	if o.Start == 0 {
		o.Start = event.InstantOf(time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC))
	}
	if o.Tick == 0 && o.People >= crowd {
		o.Tick = time.Hour
	}
	if o.Tick == 0 {
		o.Tick = 30 * time.Minute
	}
	if o.Groups == 0 {
		o.Groups = 2
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if o.Kind == "" {
		o.Kind = "shop"
	}
	if tradeOf(o.Kind) == nil {
		return o, fmt.Errorf("rehearse: Kind %q: want one of %s", o.Kind, strings.Join(Kinds(), ", "))
	}
	if o.Own != nil && o.Definitions == nil {
		o.Definitions = o.Own.Definitions()
	}
	if o.Definitions == nil {
		o.Definitions, _ = definition.Template(TemplateFor(o.Kind))
	}
	if o.Tick <= 0 || day%o.Tick != 0 {
		return o, fmt.Errorf("rehearse: Tick %v: must divide a day", o.Tick)
	}
	return o, nil
}

// Rehearsal is a company and an engine that have lived together.
type Rehearsal struct {
	Report  Report
	Company *Company
	Now     event.Instant // the virtual time reached
}

// Rehearse lets the engine work on a company for some virtual days, on the
// caller's time. The same options give the same bytes in the journal and in
// the store. Its error may be Violations, when Check is set.
func Rehearse(ctx context.Context, o RehearseOptions) (*Rehearsal, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	r, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	err = r.run(ctx)
	var report Report
	if err == nil {
		report, err = r.report(ctx)
	}
	if err := errors.Join(err, r.close()); err != nil {
		return nil, err
	}
	return &Rehearsal{Report: report, Company: r.company, Now: r.now}, nil
}

// atHand is how many people each group keeps as values: reading another one costs
// less than having the collector walk over everybody.
const atHand = 10_000

// rehearsal is one under way.
type rehearsal struct {
	o       RehearseOptions
	ws      *definition.Workspace
	company *Company // nil: of one's own people
	world   world
	log     *journal.Memory
	follow  *follower
	store   *statestore.Store
	proc    *processor.Processor
	outbox  outbox
	now     event.Instant
	events  int
	sent    int // letters
}

func open(ctx context.Context, o RehearseOptions) (*rehearsal, error) {
	ws, err := definition.Compile(o.Definitions)
	if err != nil {
		return nil, fmt.Errorf("rehearse: definitions: %w", err)
	}
	r := &rehearsal{o: o, ws: ws, now: o.Start, log: journal.NewMemory(), store: o.Store}
	if o.Own != nil {
		r.world = newCopied(own.New(o.Process, own.Options{Seed: o.Seed, Workspace: o.Workspace, Start: o.Start, Answers: o.Answers}), append(measuresOf(ws), o.also...))
	} else {
		r.company = New(Options{Seed: o.Seed, Kind: o.Kind, People: o.People, Start: o.Start, Workspace: o.Workspace, Currency: ws.Currency})
		r.world = r.company
	}
	r.outbox.open = map[string]statestore.Change{}
	if r.store == nil {
		if r.store, err = statestore.OpenHeap(statestore.Options{Workspace: o.Workspace}); err != nil {
			return nil, err
		}
	}
	r.proc = processor.New(r.log, r.store, processor.Options{
		Workspace: o.Workspace, Groups: o.Groups, People: min(o.People, atHand), Changed: r.outbox.changed, Archive: o.Archive,
		Now: func() event.Instant { return r.now },
	})
	if err := r.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("rehearse: %w", err), r.close())
	}
	return r, nil
}

func (r *rehearsal) begin(ctx context.Context) (err error) {
	if r.o.Own != nil {
		if err := r.o.Own.Fill(ctx, r.log, r.store); err != nil {
			return err
		}
	}
	if r.follow, err = newFollower(ctx, r.log, r.o); err != nil {
		return err
	}
	if err := r.proc.CatchUp(ctx, nil); err != nil {
		return err
	}
	if err := r.proc.GoLive(ctx); err != nil {
		return err
	}
	if r.o.Own != nil {
		return r.adopt(ctx)
	}
	if _, err := processor.PutDefinitions(ctx, r.log, r.o.Definitions, r.now); err != nil {
		return err
	}
	return r.settings(ctx, event.Disarmed)
}

// adopt brings what is rehearsed into force for a copy, at once: letters may go out
// as they do, and to everybody.
func (r *rehearsal) adopt(ctx context.Context) error {
	if was := r.o.Own.Parts[0].State; was.Definition != r.ws.Hash {
		if _, err := processor.PutDefinitions(ctx, r.log, r.o.Definitions, r.now); err != nil {
			return err
		}
	}
	return r.settings(ctx, event.LiveToAll)
}

func (r *rehearsal) settings(ctx context.Context, live event.Live) error {
	if err := processor.PutSettings(ctx, r.log, r.levers(live), r.now); err != nil {
		return err
	}
	return r.proc.Drain(ctx)
}

// levers are the settings of the rehearsal; those of a copy pull what was pulled.
func (r *rehearsal) levers(live event.Live) event.SettingsBody {
	s := event.SettingsBody{Live: live, By: "rehearsal"}
	if r.o.Own != nil {
		s.Levers = r.o.Own.Parts[0].State.Settings.Levers
	}
	return s
}

func (r *rehearsal) close() error {
	err := errors.Join(r.proc.Close(), r.log.Close())
	if r.o.Store == nil {
		err = errors.Join(err, r.store.Close())
	}
	return err
}

func (r *rehearsal) run(ctx context.Context) error {
	for d := range r.o.Days {
		if err := r.day(ctx, d); err != nil {
			return err
		}
		r.o.Progress(Progress{Day: d + 1, Days: r.o.Days, Now: r.now, Events: r.events})
	}
	return nil
}

// day lives day d, counted from 0.
func (r *rehearsal) day(ctx context.Context, d int) error {
	if d == r.o.LiveDay {
		if err := r.settings(ctx, event.LiveToAll); err != nil {
			return fmt.Errorf("rehearse: go live: %w", err)
		}
	}
	for range int(day / r.o.Tick) {
		if err := r.tick(ctx); err != nil {
			return err
		}
	}
	if err := r.follow.day(ctx, r.store); err != nil {
		return fmt.Errorf("rehearse: day %d: %w", d+1, err)
	}
	return nil
}

// tick is one step of the virtual clock.
func (r *rehearsal) tick(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.now = r.now.Add(r.o.Tick)
	events := r.world.Step(r.now)
	r.events += len(events)
	if err := r.append(ctx, events); err != nil {
		return err
	}
	if err := r.proc.Tick(ctx, r.now); err != nil {
		return fmt.Errorf("rehearse: %w", err)
	}
	if err := r.proc.Drain(ctx); err != nil {
		return fmt.Errorf("rehearse: %w", err)
	}
	return r.deliver(ctx, r.now)
}
