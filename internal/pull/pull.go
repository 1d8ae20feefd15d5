// Package pull fetches rows from a company's PostgreSQL database again and again,
// as the definitions declare, and appends them as events.
//
// What a caller may rely on: a row that a run has passed is durable in the
// journal, or in the file of rejected rows with its reason. A pull's position, the
// cursor of the last durable row, is a small file, written beside the old one and
// renamed over it, after the rows are acknowledged. It is a file and not an event
// because it says nothing about people, and because it may be lost: each row has
// an id of its own within the source "pull:ID" (its key and, unless the pull is
// once, its cursor), by which the fold knows it for ever. A run that is killed, or
// a file that is gone, only has rows sent again that are then not counted.
//
// Rows of one cursor value, and rows that were committed with an older one after a
// run, are not missed: a run begins at the cursor and not behind it, less an
// overlap. What it meets again it leaves out where it remembers, and the fold does
// where it does not.
//
// A pull never runs twice at a time. It holds one connection while it runs, reads
// in one statement and so one snapshot, and cannot write: its session is read-only.
package pull

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Appender makes events durable, as that of package ingest does.
type Appender interface {
	Append(ctx context.Context, events []event.Event) error
}

// Options are the parts of a puller.
type Options struct {
	Workspace person.Workspace
	Appender  Appender

	// Dir holds the positions and the rejected rows. It is made.
	Dir string

	// Definitions returns the definitions in force.
	Definitions func(ctx context.Context) (*definition.Workspace, error)

	// Getenv reads the environment. Defaults to os.Getenv.
	Getenv func(string) string

	// Now dates what arrives. Defaults to the wall clock.
	Now func() event.Instant

	// Busy reports that the fold is too far behind to take more. Defaults to never.
	Busy func() bool

	// Batch is the number of rows in one append. Defaults to 1,000.
	Batch int

	// Tick is how often what is due is looked for. Defaults to 1 s.
	Tick time.Duration

	// Log defaults to one that discards.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Now == nil {
		o.Now = func() event.Instant { return event.InstantOf(time.Now()) }
	}
	if o.Busy == nil {
		o.Busy = func() bool { return false }
	}
	if o.Batch <= 0 {
		o.Batch = 1000
	}
	if o.Tick <= 0 {
		o.Tick = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Puller runs the pulls of a workspace. It is safe for concurrent use.
type Puller struct {
	opts Options
	wake chan struct{}

	mu struct {
		sync.Mutex
		jobs map[string]*job
		list []string // ids, in the order of the definitions
		hash string   // of the definitions that the jobs are of
	}
}

// job is one pull. What is not said to be of its run belongs to Puller.mu.
type job struct {
	pull  definition.Pull
	state Standing
	due   time.Time
	stop  context.CancelFunc // of the run under way; nil: none
	seen  *recent            // of the run
}

// New returns a puller that does nothing until it runs.
func New(o Options) *Puller {
	p := &Puller{opts: o.withDefaults(), wake: make(chan struct{}, 1)}
	p.mu.jobs = map[string]*job{}
	return p
}

// Run starts what is due until ctx ends, and then waits for what is under way.
func (p *Puller) Run(ctx context.Context) error {
	if err := os.MkdirAll(p.opts.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of pulls: %w", err)
	}
	var runs sync.WaitGroup
	defer runs.Wait()
	t := time.NewTicker(p.opts.Tick)
	defer t.Stop()
	for {
		if err := p.reconcile(ctx); err != nil && ctx.Err() == nil {
			p.opts.Log.ErrorContext(ctx, "read the definitions of pulls", slog.Any("error", err))
		}
		p.start(ctx, &runs)
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		case <-p.wake:
		}
	}
}

// reconcile makes the jobs be those of the definitions in force.
func (p *Puller) reconcile(ctx context.Context) error {
	ws, err := p.opts.Definitions(ctx)
	if err != nil || ws == nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.hash == ws.Hash {
		return nil
	}
	p.mu.hash, p.mu.list = ws.Hash, nil
	for _, def := range ws.Pulls {
		p.mu.list = append(p.mu.list, def.ID)
		j := p.mu.jobs[def.ID]
		if j == nil {
			j = &job{seen: newRecent(remembered)}
			p.mu.jobs[def.ID] = j
			at, err := p.readPosition(def)
			if err != nil {
				return err
			}
			j.state = stateOf(at)
			j.due = at.Started.Time().Add(def.Every)
		}
		j.pull = def
		j.state.describe(def)
		j.state.NextRun = event.InstantOf(j.due)
	}
	for id, j := range p.mu.jobs {
		if !slices.Contains(p.mu.list, id) {
			if j.stop != nil {
				j.stop()
			}
			delete(p.mu.jobs, id)
		}
	}
	return nil
}

// start starts every job that is due and not running.
func (p *Puller) start(ctx context.Context, runs *sync.WaitGroup) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for _, id := range p.mu.list {
		j := p.mu.jobs[id]
		if j.stop != nil || now.Before(j.due) {
			continue
		}
		running, stop := context.WithCancel(ctx)
		j.stop = stop
		j.state.Running, j.state.Started, j.state.Run = true, event.InstantOf(now), RowCounts{}
		def := j.pull
		runs.Go(func() {
			defer stop()
			err := p.run(running, def, j)
			p.ended(running, j, now, err)
		})
	}
}

// ended notes how a run ended and when the next is due.
func (p *Puller) ended(ctx context.Context, j *job, started time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &j.state
	j.stop, s.Running = nil, false
	now := time.Now()
	j.due = started.Add(j.pull.Every)
	switch {
	case err == nil:
		s.Failures, s.Error, s.LastRun = 0, "", event.InstantOf(now)
		s.Seconds = now.Sub(started).Seconds()
	case ctx.Err() != nil: // told to stop: no failure of the pull
	default:
		s.Failures++
		s.Error = message(err)
		j.due = now.Add(backoff(s.Failures))
		p.opts.Log.WarnContext(ctx, "pull failed", slog.String("pull", j.pull.ID), slog.Int("failures", s.Failures), slog.String("error", logged(err)))
	}
	s.NextRun = event.InstantOf(j.due)
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// backoff is how long to wait after so many failures in a row: 10 s and then
// twice as long each time, up to 10 minutes.
func backoff(failures int) time.Duration {
	const shortest, longest = 10 * time.Second, 10 * time.Minute
	return min(shortest<<min(failures-1, 10), longest)
}

// message is what a person may read of an error.
func message(err error) string {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Message
	}
	return err.Error()
}

// logged is what the log may hold of an error. Of the database's own messages only
// those have their text in it that are about the connection and the names in the
// query (classes of SQLSTATE, PostgreSQL's manual, appendix A): others repeat
// values of rows.
func logged(err error) string {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return message(err)
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "08", "28", "3D", "42", "53", "57":
		return fmt.Sprintf("SQLSTATE %s: %s", pg.Code, pg.Message)
	}
	return fmt.Sprintf("SQLSTATE %s; what the database said may hold data of its rows, and is on the page of pulls", pg.Code)
}

// States returns how each pull stands, in the order of the definitions.
func (p *Puller) States() []Standing {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Standing, 0, len(p.mu.list))
	for _, id := range p.mu.list {
		out = append(out, p.mu.jobs[id].state.clone())
	}
	return out
}

// State returns how one pull stands.
func (p *Puller) State(id string) (Standing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	j := p.mu.jobs[id]
	if j == nil {
		return Standing{}, fault.New(fault.NotFound, "the definitions declare no pull %q", id).At("id")
	}
	return j.state.clone(), nil
}

// RunNow has a pull run without waiting for its time. It returns at once.
func (p *Puller) RunNow(id string) (Standing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	j := p.mu.jobs[id]
	switch {
	case j == nil:
		return Standing{}, fault.New(fault.NotFound, "the definitions declare no pull %q", id).At("id")
	case j.stop != nil:
		return Standing{}, fault.New(fault.Conflict, "the pull %q is running already", id)
	}
	j.due = time.Now()
	j.state.NextRun = event.InstantOf(j.due)
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return j.state.clone(), nil
}

// update changes the state of a job that is running.
func (p *Puller) update(j *job, change func(*Standing)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&j.state)
}

func (p *Puller) file(id, suffix string) string { return filepath.Join(p.opts.Dir, id+suffix) }
