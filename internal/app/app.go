// Package app is the only wiring: it opens what a process needs, joins it, and
// runs it until told to stop. Serve is what the command calls and what tests
// start.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/archive"
	"github.com/rapporthq/rapport/internal/bot"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/call"
	"github.com/rapporthq/rapport/internal/deliver/simulator"
	onsite "github.com/rapporthq/rapport/internal/deliver/web"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/inbound"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/pull"
	"github.com/rapporthq/rapport/internal/rehearsal"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/preview"
	"github.com/rapporthq/rapport/internal/slots"
	"github.com/rapporthq/rapport/internal/source"
	"github.com/rapporthq/rapport/internal/statestore"
	"github.com/rapporthq/rapport/internal/train"
	"github.com/rapporthq/rapport/web"
)

// Options are what a caller may put in place of the world.
type Options struct {
	Config config.Config

	// Data is an open data folder. Nil: Config.Data is opened, and closed at the
	// end.
	Data *Data

	// Now is the clock. Defaults to the wall clock.
	Now func() event.Instant

	// Speed is how fast Now runs. Defaults to 1.
	Speed float64

	// Channels replace those of the configuration: the demo's people answer on
	// them.
	Channels []deliver.Channel

	// Simulated keeps what simulated providers take. Defaults to a box of its own.
	Simulated *simulator.Box

	// Answerer starts the process that answers one question of the archive; see
	// package question. None: questions are not answered.
	Answerer []string

	// Player starts the process that plays a rehearsal; see package rehearsal.
	// None: nothing is rehearsed from the console.
	Player []string

	// Trainer starts the process that trains a state model; see package train. None:
	// nothing is trained.
	Trainer []string

	// HoldFold takes events and folds none of them, so that what ingest costs can
	// be measured by itself. They are folded by the next start without it.
	HoldFold bool

	// Demo marks a simulated company.
	Demo bool

	// Ready is called once, with the address, when requests are answered and the
	// fold has caught up.
	Ready func(address string, a *App)

	// Out is where a person reads what they need to know at start.
	Out    io.Writer
	Logger *slog.Logger
}

// App is a running workspace.
type App struct {
	opts      Options
	data      *Data
	secrets   secrets
	proc      *processor.Processor
	worker    *deliver.Worker
	reports   *report.Reports
	previews  *preview.Previews
	control   *control
	questions questions
	stage     *rehearsal.Stage
	trainer   *train.Trainer
	archive   atomic.Pointer[archive.Archive] // nil: the fold has not caught up
	marked    time.Time                       // when the journal's end was marked last; see trim

	directory *source.Directory
	postbox   *source.Postbox
	figures   *source.Figures
	letters   *source.Letters
	live      *source.Live
	tracking  *ingest.API

	bots *bot.List

	puller   *pull.Puller
	encoders sync.Pool // of *processor.Encoder

	erasures *erasures

	channelIDs []string // that letters go out by

	links     *inbound.Links
	slots     *slots.Desk
	scorer    *call.Scorer
	calls     *call.Channel // asks the company's systems
	identity  string        // see identityKey
	onsite    *onsite.Desk
	board     *board
	simulated *simulator.Box // what simulated providers took

	public  http.Handler           // what letters link to
	closers []func() error         // of channels
	ready   atomic.Pointer[string] // nil: ready; else what is being waited for
}

// Serve runs until ctx ends. It returns nil after an orderly stop.
func Serve(ctx context.Context, opts Options) (err error) {
	opts.Config = opts.Config.WithDefaults()
	if err := opts.Config.Validate(); err != nil {
		return fault.Wrap(fault.Invalid, err, "configuration")
	}
	if opts.Now == nil {
		opts.Now = func() event.Instant { return event.InstantOf(time.Now()) }
	}
	if opts.Speed == 0 {
		opts.Speed = 1
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Out == nil {
		opts.Out = io.Discard
	}
	// Before anything is made: a start that fails here leaves nothing behind.
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", opts.Config.Listen)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "cannot listen on %s; is another process there? choose another address with --listen", opts.Config.Listen)
	}
	defer func() { _ = ln.Close() }() // the server has closed it, but on an early return
	if opts.Data == nil {
		opts.Data, err = OpenData(opts.Config.Data, opts.Logger)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, opts.Data.Close()) }()
	}
	a, err := newApp(opts)
	if err != nil {
		return err
	}
	return a.run(ctx, ln)
}

func newApp(opts Options) (*App, error) {
	a := &App{opts: opts, data: opts.Data, bots: bot.New()}
	a.waiting("starting")
	var err error
	if a.secrets, err = loadSecrets(a.data.Dir, opts.Config); err != nil {
		return nil, err
	}
	if a.erasures, err = openErasures(a, opts.Config.Erasures); err != nil {
		return nil, err
	}
	if err = a.newSources(); err != nil {
		return nil, notHeld(err)
	}
	a.proc = processor.New(a.data.Journal, a.data.State, processor.Options{
		Groups: opts.Config.Groups, Now: opts.Now, Tick: a.wall(5 * time.Second), Changed: a.outboxChanged,
		Folded: a.folded, Touched: a.touched, Shown: a.shown, Score: a.score, Archive: true, Logger: opts.Logger,
	})
	a.control = &control{data: a.data, proc: a.proc, now: opts.Now, ready: a.readiness}
	a.reports = report.New(reading{a.data.State, a.proc, opts.Now}, report.Options{
		Demo: opts.Demo, Hurry: a.sending, Speed: func() float64 { return opts.Speed }, Log: opts.Logger,
	})
	a.previews = preview.New(reading{a.data.State, a.proc, opts.Now}, preview.Options{Log: opts.Logger})
	a.public, err = inbound.New(inbound.Options{Key: a.secrets.Signing, Appender: a, Now: opts.Now, Preferring: a.preferences, Confirming: a.confirming, Bots: a.bots, Logger: opts.Logger})
	if err != nil {
		return nil, err
	}
	a.control.refresh = a.reports.Refresh
	a.trainer = a.newTrainer()
	a.puller = pull.New(pull.Options{
		Appender: a, Dir: filepath.Join(a.data.Dir, "pulls"), Definitions: a.Definitions,
		Now: opts.Now, Busy: a.busy, Log: opts.Logger,
	})
	if a.questions, err = a.newQuestions(); err != nil {
		return nil, err
	}
	a.stage = rehearsal.NewStage(rehearsal.Options{
		Command: opts.Player, Definitions: a.control.Definition, Copy: a.copyPeople, Now: opts.Now, Logger: opts.Logger,
	})
	if a.links, err = inbound.NewLinks(opts.Config.PublicURL, a.secrets.Signing, opts.Now); err != nil {
		return nil, err
	}
	a.calls, a.identity = a.caller(), a.secrets.identityKey()
	a.slots, a.scorer = a.newSlots(), a.newScorer()
	if a.onsite, err = a.newOnsite(); err != nil {
		return nil, err
	}
	a.board, a.simulated = newBoard(a), cmp.Or(opts.Simulated, new(simulator.Box))
	a.closers = append(a.closers, a.stage.Close, a.board.Close, a.slots.Close)
	a.worker, err = a.newWorker()
	return a, err
}

// wall is how long d of the workspace's clock lasts on the wall, within what a
// machine can wait for.
func (a *App) wall(d time.Duration) time.Duration {
	const shortest, longest = 50 * time.Millisecond, 200 * time.Millisecond
	return min(max(time.Duration(float64(d)/a.opts.Speed), shortest), longest)
}

// outboxChanged is called by the fold's goroutines.
func (a *App) outboxChanged(rows []statestore.Change) {
	changes := make([]deliver.Change, len(rows))
	for i, r := range rows {
		changes[i] = deliver.Change{Person: r.Person, Delivery: r.Delivery, Gone: r.Gone}
	}
	a.worker.Update(changes)
}

// touched is called by the fold's goroutines.
func (a *App) touched(ids []person.ID) {
	a.previews.Changed(ids)
	a.onsite.Touched(ids)
}

func (a *App) waiting(what string) { a.ready.Store(&what) }

func (a *App) readiness() error {
	if what := a.ready.Load(); what != nil {
		return fault.New(fault.Busy, "not ready: %s", *what)
	}
	return nil
}

// Append makes events durable: the tracking API, the deliverer and the public
// pages all write by it.
func (a *App) Append(ctx context.Context, events []event.Event) error {
	c, ok := a.encoders.Get().(*processor.Encoder)
	if !ok {
		c = new(processor.Encoder)
	}
	_, err := a.data.Journal.Append(ctx, c.Entries(events))
	if c.Size() <= 1<<20 {
		a.encoders.Put(c) // the journal keeps nothing of it
	}
	if errors.Is(err, journal.ErrClosed) {
		return fault.Wrap(fault.Busy, err, "the server is stopping")
	}
	return err
}

func (a *App) run(ctx context.Context, ln net.Listener) (err error) {
	// Definitions are the first thing in a journal, before any request can be.
	if err := a.data.begin(ctx, a.opts.Config, a.opts.Now()); err != nil {
		return err
	}
	server := &http.Server{
		Handler: a.handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(a.opts.Logger.Handler(), slog.LevelDebug),
	}
	server.RegisterOnShutdown(a.live.Close) // who watches would keep it open
	server.RegisterOnShutdown(a.onsite.Close)
	eg, ctx := errgroup.WithContext(ctx)
	eg.Go(func() error {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	eg.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return server.Shutdown(stop)
	})
	eg.Go(func() error { return a.fold(ctx, ln.Addr().String()) })
	err = eg.Wait()
	errs := []error{err, a.proc.Close(), a.checkpoint()}
	for _, done := range a.closers {
		errs = append(errs, done())
	}
	return errors.Join(errs...)
}

// fold catches up, and then runs everything that depends on being up to date.
func (a *App) fold(ctx context.Context, address string) error {
	if a.opts.HoldFold {
		a.ready.Store(nil)
		a.greet(ctx, address)
		<-ctx.Done()
		return nil
	}
	err := a.proc.CatchUp(ctx, func(left uint64) { a.waiting(fmt.Sprintf("%d events are still to be folded", left)) })
	if errors.Is(err, context.Canceled) {
		return nil // told to stop while catching up
	}
	if err != nil {
		return notHeld(err)
	}
	if err := a.proc.GoLive(ctx); err != nil {
		return err
	}
	if err := a.openArchive(); err != nil {
		return err
	}
	eg, ctx := errgroup.WithContext(ctx)
	// Deliveries under way get their receipts while the fold still runs: the
	// worker stops first. The archive has everything when the fold has stopped.
	folding, stopFolding := context.WithCancel(context.WithoutCancel(ctx))
	archiving, stopArchiving := context.WithCancel(context.WithoutCancel(ctx))
	eg.Go(func() error {
		defer stopFolding()
		return a.worker.Run(ctx)
	})
	eg.Go(func() error {
		defer stopArchiving()
		return a.proc.Run(folding)
	})
	eg.Go(func() error { return a.runArchive(archiving) })
	eg.Go(func() error { return a.reports.Run(ctx) })
	eg.Go(func() error { return a.previews.Run(ctx) })
	eg.Go(func() error { return a.checkpoints(ctx) })
	eg.Go(func() error { return a.countUnkept(ctx) })
	eg.Go(func() error { return a.puller.Run(ctx) })
	eg.Go(func() error { return a.trainer.Run(ctx) })
	eg.Go(func() error { return a.scorer.Run(ctx) })
	eg.Go(func() error { return a.board.run(ctx) })
	if err := a.proc.WaitFolded(ctx); err == nil {
		if err := a.erasures.again(ctx); err != nil && ctx.Err() == nil {
			return errors.Join(fmt.Errorf("erase again: %w", err), eg.Wait())
		}
		a.ready.Store(nil)
		a.greet(ctx, address)
	}
	return eg.Wait()
}

func (a *App) checkpoints(ctx context.Context) error {
	t := time.NewTicker(a.opts.Config.CheckpointEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := errors.Join(a.erasures.purge(ctx), a.checkpoint(), a.trim(ctx)); err != nil && ctx.Err() == nil {
				a.opts.Logger.ErrorContext(ctx, "checkpoint", slog.Any("error", err))
			}
		}
	}
}

func (a *App) checkpoint() error {
	return a.data.Checkpoint(event.InstantOf(time.Now()))
}

// handler joins the tracking API, the public pages and the admin API.
func (a *App) handler() http.Handler {
	console, _ := web.Files()
	admin := api.New(api.Options{
		Reports: reports{a.reports, a.control}, Control: a.control,
		Pulls:   a.puller,
		Sources: sourceList{a.directory, a}, Figures: a.figures, Letters: a.letters, Live: a.live, Segments: a.reports, Previews: a.previews, States: a.reports, Models: models{a}, Questions: a.questions, Rehearsals: a.stage,
		Webhooks: webhooks{a}, Definitions: versions{a.control}, Catalogue: a.control, Identities: identities{a.control}, Resends: resends{a.control, a.questions}, Erasures: a.erasures, Settings: newSettings(a), Decisions: decisions{a.control, a.questions}, Simulator: simulated{a}, Requests: requests{a.control}, Conversations: conversations{versions{a.control}},
		Messages: messages{versions{a.control}, a.opts.Config.PublicURL},
		Accounts: report.NewAccounts(a.data.State, reading{a.data.State, a.proc, a.opts.Now}.State),
		Events:   ingest.EventsHandler(ingest.EventsOptions{Appender: a, Now: a.opts.Now}),
		Console:  console, Token: a.secrets.AdminToken, Open: a.opts.Config.Open, Log: a.opts.Logger,
	})
	mux := http.NewServeMux()
	mux.Handle("/v1/", a.tracking)
	a.serveSlots(mux)
	a.onsite.Mount(mux)
	for _, path := range ingest.LibraryPaths() {
		mux.Handle(path, a.tracking)
	}
	mux.Handle("/m/", a.public)
	mux.Handle(doorPath, a.board)
	mux.Handle("/metrics", a.metrics())
	mux.Handle("/", a.erasures.before(admin))
	return a.data.meters.timed(mux)
}

// muchToSend is how many letters that could go out now are a hurry: a second's work
// and less are none.
const muchToSend = 1_000

// sending reports whether many letters wait for their turn.
func (a *App) sending() bool { return a.worker != nil && a.worker.Overdue() > muchToSend }

func (a *App) busy() bool { return !a.opts.HoldFold && a.proc.Lag() > a.opts.Config.MaxLag }

// Lag is how many acknowledged events are not folded yet.
func (a *App) Lag() uint64 { return a.proc.Lag() }

// Definitions returns those in force.
func (a *App) Definitions(ctx context.Context) (*definition.Workspace, error) {
	if ws := a.proc.InForce(); ws != nil {
		return ws, nil
	}
	state, err := a.data.State.Partition(0) // nothing was folded yet
	if err != nil {
		return nil, err
	}
	return a.proc.Definitions(ctx, state.Definition)
}

// WaitFolded waits until everything acknowledged so far is folded.
func (a *App) WaitFolded(ctx context.Context) error { return a.proc.WaitFolded(ctx) }
