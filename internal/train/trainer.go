package train

import (
	"bufio"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/child"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// TrainerOptions tell NewTrainer what to train from and what to do with it.
type TrainerOptions struct {
	// Command starts the process that trains: one that calls Main. None: nothing is
	// trained.
	Command []string

	Source      Source
	Definitions func(ctx context.Context) (*definition.Workspace, error)

	// Incumbent returns the model in force; nil for none.
	Incumbent func(ctx context.Context) (*belief.Body, error)

	// Dark returns when acts could not be seen; nil: always all of them could.
	Dark func() []belief.Dark

	// Keep makes a candidate durable, and returns its hash.
	Keep func(ctx context.Context, body []byte, about event.TrainedBody) (hash string, err error)

	// Promote has everybody followed by a candidate. It is asked after a training by
	// schedule whose model is no worse than the one in force, and there is none where
	// somebody is to look at it first.
	Promote func(ctx context.Context, hash string) error

	// Every is how often is trained by schedule, on the wall clock; 0: never. Where
	// no model is in force yet it is tried after First, and then as often.
	Every, First time.Duration

	// Look is how often the model in force is held to what came since it was trained,
	// on the wall clock, by a process of its own, and so a minute after the start: what
	// was found before a restart follows from the state again. 0: only by trainings.
	Look time.Duration

	// Now is the workspace's clock.
	Now func() event.Instant

	// Logger hears of trainings that failed. Defaults to silence.
	Logger *slog.Logger
}

// Trainer trains models, one at a time, in a process of its own that lets the
// server go first. It is safe for concurrent use.
type Trainer struct {
	o    TrainerOptions
	asks chan string // who asked
	mu   struct {
		sync.Mutex
		status Status
	}
}

// NewTrainer returns a trainer that does nothing until it is run.
func NewTrainer(o TrainerOptions) *Trainer {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Trainer{o: o, asks: make(chan string, 1)}
}

// Status says how far a training is.
func (t *Trainer) Status() Status {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.status
}

func (t *Trainer) note(change func(*Status)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.mu.status)
}

// Begin asks for a training. It returns at once.
func (t *Trainer) Begin(_ context.Context, by string) error {
	if len(t.o.Command) == 0 {
		return fault.New(fault.Unsupported, "this program was started without the part that trains models")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mu.status.Running {
		return fault.New(fault.Conflict, "a model is being trained already; GET /api/v1/models says how far it is")
	}
	select {
	case t.asks <- by:
		t.mu.status = Status{Running: true, Stage: Gather, Message: "Reading people's histories.", Since: t.o.Now(), Drift: t.mu.status.Drift}
		return nil
	default:
		return fault.New(fault.Conflict, "a training was asked for already and begins soon")
	}
}

// bySchedule is who asks when nobody does.
const bySchedule = "schedule"

// firstWait is how long to wait for the first training of this run: a company
// without a model need not wait a whole round for its first.
func (t *Trainer) firstWait(ctx context.Context) time.Duration {
	if in, err := t.o.Incumbent(ctx); err == nil && in == nil && t.o.First > 0 {
		return t.o.First
	}
	return t.o.Every
}

// Run trains when asked, and by schedule, until ctx ends.
func (t *Trainer) Run(ctx context.Context) error {
	wait := t.firstWait(ctx)
	began, next := time.Now(), firstLook
	for {
		var due <-chan time.Time
		if t.o.Every > 0 && len(t.o.Command) > 0 {
			due = time.After(wait - time.Since(began))
		}
		var look <-chan time.Time
		if t.o.Look > 0 && len(t.o.Command) > 0 {
			look = time.After(min(next, t.o.Look))
		}
		by := bySchedule
		select {
		case <-ctx.Done():
			return nil
		case by = <-t.asks:
		case <-due:
		case <-look:
			if err := t.look(ctx); err != nil && ctx.Err() == nil {
				t.o.Logger.WarnContext(ctx, "look whether the model in force has drifted", slog.Any("error", err))
			}
			next = t.o.Look
			continue
		}
		began, wait = time.Now(), t.o.Every
		if enough, err := t.train(ctx, by); err != nil && ctx.Err() == nil {
			t.note(func(s *Status) { s.Failed = told(err) })
			t.o.Logger.WarnContext(ctx, "train a model", slog.String("by", by), slog.Any("error", err))
		} else if !enough && t.o.First > 0 {
			wait = t.o.First
		}
		t.note(func(s *Status) { s.Running, s.Stage, s.Done = false, "", 0 })
	}
}

// firstLook is how soon after the start the model in force is looked at.
const firstLook = time.Minute

// look holds the model in force to what came since it was trained.
func (t *Trainer) look(ctx context.Context) error {
	if in, err := t.o.Incumbent(ctx); err != nil || in == nil {
		return err
	}
	j, err := t.job(ctx)
	if err != nil {
		return err
	}
	j.Look = true
	out, err := t.work(ctx, j)
	if err == nil && out.Drift != nil {
		t.note(func(s *Status) { s.Drift = out.Drift })
	}
	return err
}

// train trains once. By schedule it does so only where there are enough people.
func (t *Trainer) train(ctx context.Context, by string) (enough bool, err error) {
	began := time.Now()
	t.note(func(s *Status) {
		*s = Status{Running: true, Stage: Gather, Message: "Reading people's histories.", Since: t.o.Now(), Drift: s.Drift}
	})
	j, err := t.job(ctx)
	if err != nil {
		return false, err
	}
	t.note(func(s *Status) { s.People = len(j.Histories) })
	if by == bySchedule && j.Active < belief.EnoughPeople {
		t.note(func(s *Status) {
			s.Message = fmt.Sprintf("A model needs about %d people with %d events each; there are %d.", belief.EnoughPeople, belief.EnoughActs, j.Active)
		})
		return false, nil
	}
	out, err := t.work(ctx, j)
	if err != nil {
		return true, err
	}
	raw, err := out.Body.Encode()
	if err != nil {
		return true, err
	}
	hash, err := t.o.Keep(ctx, raw, event.TrainedBody{By: by, Why: out.Why, People: len(j.Histories), Took: time.Since(began).Milliseconds()})
	if err != nil {
		return true, fmt.Errorf("keep the model: %w", err)
	}
	t.note(func(s *Status) { s.Drift, s.Message = out.Drift, "Trained: "+out.Why })
	if t.o.Promote != nil && by == bySchedule && out.Better {
		if err := t.o.Promote(ctx, hash); err != nil {
			return true, fmt.Errorf("promote the model: %w", err)
		}
	}
	return true, nil
}

func (t *Trainer) job(ctx context.Context) (*Job, error) {
	ws, err := t.o.Definitions(ctx)
	if err != nil {
		return nil, fmt.Errorf("definitions: %w", err)
	}
	var dark []belief.Dark
	if t.o.Dark != nil {
		dark = t.o.Dark()
	}
	j, err := Histories(ctx, t.o.Source, ws, dark, t.o.Now())
	if err != nil {
		return nil, fmt.Errorf("read histories: %w", err)
	}
	j.Seed = 1
	j.Incumbent, err = t.o.Incumbent(ctx)
	return j, err
}

// work has the process work on a job.
func (t *Trainer) work(ctx context.Context, j *Job) (*Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd, said := child.Command(ctx, t.o.Command)
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("train: start %s: %w", t.o.Command[0], err)
	}
	err := gob.NewEncoder(in).Encode(j)
	err = errors.Join(err, in.Close())
	last, heard := t.listen(out)
	err = errors.Join(err, heard, cmd.Wait())
	switch {
	case last.Outcome != nil:
		return last.Outcome, nil
	case last.Failed != "":
		return nil, fault.New(fault.Conflict, "%s", last.Failed)
	default:
		t.o.Logger.WarnContext(ctx, "the process that trained ended", slog.Any("error", err), slog.String("said", said.String()))
		return nil, fault.New(fault.Internal, "the process that trained was ended before it was done, most likely because memory was short")
	}
}

// listen takes in what the process says, and returns its last word.
func (t *Trainer) listen(out io.Reader) (last word, err error) {
	d := json.NewDecoder(bufio.NewReader(out))
	for {
		var w word
		if err := d.Decode(&w); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return last, err
		}
		if last = w; w.Stage != "" {
			t.note(func(s *Status) { s.Stage, s.Done, s.Message = w.Stage, w.Done, w.Message })
		}
	}
}
