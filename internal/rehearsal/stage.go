package rehearsal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/sim"
	"github.com/rapporthq/rapport/internal/sim/own"
)

// Options tell NewStage how to play.
type Options struct {
	// Command starts the process that plays: one that calls Main. None: nothing is
	// played.
	Command []string

	// Definitions returns the definitions in force, for those who rehearse them.
	Definitions func(ctx context.Context) ([]byte, error)

	// Copy copies the workspace's own people. Nil: they are not rehearsed.
	Copy Copier

	// Now is the clock by which rehearsals are said to have begun.
	Now func() event.Instant

	// Logger hears of processes that ended badly. Defaults to silence.
	Logger *slog.Logger
}

// Copier writes a copy of at most so many people, drawn by a seed: see package own.
type Copier func(ctx context.Context, seed uint64, most int, w io.Writer) error

// kept is how many rehearsals can be looked at.
const kept = 5

// Stage plays rehearsals, one at a time, and keeps the last few to be looked at.
// It is safe for concurrent use. The caller must Close it.
type Stage struct {
	o  Options
	mu struct {
		sync.Mutex
		list   []*show // newest first
		closed bool
	}
}

// NewStage returns an empty stage.
func NewStage(o Options) *Stage {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Stage{o: o}
}

// Start begins a rehearsal. One that is still playing is in the way; one that is
// paused or over is stopped.
func (s *Stage) Start(ctx context.Context, ask Ask) (Rehearsal, error) {
	if len(s.o.Command) == 0 {
		return Rehearsal{}, fault.New(fault.Unsupported, "this program was started without the part that plays rehearsals")
	}
	j, err := s.job(ctx, ask)
	if err != nil {
		return Rehearsal{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.closed {
		return Rehearsal{}, fault.New(fault.Busy, "the server is stopping")
	}
	for _, other := range s.mu.list {
		if v := other.view(); v.Condition == Playing || v.Condition == Starting {
			return Rehearsal{}, fault.New(fault.Conflict, "a rehearsal is playing; wait for it, pause it or stop it first")
		}
		other.stop()
	}
	id := make([]byte, 6)
	_, _ = rand.Read(id) // never fails
	sh := newShow(hex.EncodeToString(id), j.Ask, s.o.Now(), s.o.Logger)
	if err := sh.start(s.o.Command, j, s.o.Copy); err != nil { //nolint:contextcheck // it outlives the request
		return Rehearsal{}, err
	}
	s.mu.list = slices.Insert(s.mu.list, 0, sh)
	s.mu.list = s.mu.list[:min(len(s.mu.list), kept)]
	return sh.view(), nil
}

func (s *Stage) job(ctx context.Context, ask Ask) (job, error) {
	switch {
	case ask.People < 0 || ask.People > MaxPeople:
		return job{}, fault.New(fault.Invalid, "people %d: want 1 to %d", ask.People, MaxPeople).At("people")
	case ask.Days < 0 || ask.Days > MaxDays:
		return job{}, fault.New(fault.Invalid, "days %d: want 1 to %d", ask.Days, MaxDays).At("days")
	case ask.Copy && ask.People > MaxOwn:
		return job{}, fault.New(fault.Invalid, "people %d: want 1 to %d of your own; each comes with their history", ask.People, MaxOwn).At("people")
	case ask.Copy && s.o.Copy == nil:
		return job{}, fault.New(fault.Unsupported, "this program was started without the part that copies its people").At("own_people")
	case !slices.Contains([]string{"", string(own.Low), string(own.Middle), string(own.High)}, ask.Answers):
		return job{}, fault.New(fault.Invalid, "answers %q: want low, middle or high", ask.Answers).At("answers")
	case ask.Speed < 0:
		return job{}, fault.New(fault.Invalid, "speed %v: want days a second, or 0 for as fast as can be", ask.Speed).At("speed")
	}
	if ask.Company == "" {
		ask.Company = "shop"
	}
	if !slices.Contains(sim.Kinds(), ask.Company) {
		return job{}, fault.New(fault.Invalid, "company %q: want one of %s", ask.Company, strings.Join(sim.Kinds(), ", ")).At("company")
	}
	if ask.People == 0 {
		ask.People = 2000
	}
	if ask.Days == 0 {
		ask.Days = 180
	}
	if ask.LiveDay == 0 && !ask.Copy {
		ask.LiveDay = ask.Days / 5
	}
	if ask.LiveDay < 0 || ask.LiveDay >= ask.Days {
		return job{}, fault.New(fault.Invalid, "live_day %d: must come before day %d, the last", ask.LiveDay, ask.Days).At("live_day")
	}
	if ask.Seed == 0 {
		ask.Seed = 1
	}
	j := job{Ask: ask}
	if ask.Draft != "" {
		if _, err := definition.Compile([]byte(ask.Draft)); err != nil {
			return job{}, fault.New(fault.Invalid, "the draft does not compile: %v", err).At("draft")
		}
		j.Draft, j.Ask.Draft = []byte(ask.Draft), ""
	}
	if !ask.Own && !ask.Copy {
		j.Definitions, _ = definition.Template(sim.TemplateFor(ask.Company))
		return j, nil
	}
	inForce, err := s.o.Definitions(ctx)
	if err != nil {
		return job{}, err
	}
	if len(inForce) == 0 {
		return job{}, fault.New(fault.Invalid, "there are no definitions in force to rehearse: apply some first, or rehearse a template").At("own_definitions")
	}
	if !ask.Copy { // else they come with the people
		j.Definitions = inForce
	}
	return j, nil
}

// List returns the rehearsals that are kept, newest first.
func (s *Stage) List() []Rehearsal {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Rehearsal, len(s.mu.list))
	for i, sh := range s.mu.list {
		out[i] = sh.view()
	}
	return out
}

func (s *Stage) show(id string) (*show, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sh := range s.mu.list {
		if sh.id == id {
			return sh, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no rehearsal %q; the last %d are kept until the server stops", id, kept)
}

// Get returns a rehearsal.
func (s *Stage) Get(id string) (Rehearsal, error) {
	sh, err := s.show(id)
	if err != nil {
		return Rehearsal{}, err
	}
	return sh.view(), nil
}

// Frames returns what has been lived after the first n days. Where nothing has,
// it waits for the next day, for the condition to change, or for ctx; the view is
// as of what is returned.
func (s *Stage) Frames(ctx context.Context, id string, n int) (FramePage, error) {
	sh, err := s.show(id)
	if err != nil {
		return FramePage{}, err
	}
	return sh.after(ctx, n), nil
}

// Pause lets a rehearsal rest.
func (s *Stage) Pause(id string) (Rehearsal, error) { return s.order(id, order{Do: "pause"}) }

// Resume plays on.
func (s *Stage) Resume(id string) (Rehearsal, error) { return s.order(id, order{Do: "resume"}) }

// Step lives one day of a rehearsal that rests.
func (s *Stage) Step(id string) (Rehearsal, error) { return s.order(id, order{Do: "step"}) }

// SetSpeed says how many days pass in a second; 0 is as many as can.
func (s *Stage) SetSpeed(id string, speed float64) (Rehearsal, error) {
	if speed < 0 {
		return Rehearsal{}, fault.New(fault.Invalid, "speed %v: want days a second, or 0 for as fast as can be", speed).At("speed")
	}
	return s.order(id, order{Do: "speed", Speed: speed})
}

func (s *Stage) order(id string, o order) (Rehearsal, error) {
	sh, err := s.show(id)
	if err != nil {
		return Rehearsal{}, err
	}
	return sh.order(o)
}

// Stop ends a rehearsal. What it has shown stays.
func (s *Stage) Stop(id string) (Rehearsal, error) {
	sh, err := s.show(id)
	if err != nil {
		return Rehearsal{}, err
	}
	sh.stop()
	return sh.view(), nil
}

// Story tells one life of a rehearsal, as of the last day lived. A rehearsal that
// was stopped tells no more.
func (s *Stage) Story(ctx context.Context, id string, person int) (Story, error) {
	sh, err := s.show(id)
	if err != nil {
		return Story{}, err
	}
	a, err := sh.question(ctx, order{Do: "story", Person: person})
	return a.Story, err
}

// People lists people of a rehearsal, as of the last day lived.
func (s *Stage) People(ctx context.Context, id string, which Which) (Faces, error) {
	sh, err := s.show(id)
	if err != nil {
		return Faces{}, err
	}
	a, err := sh.question(ctx, order{Do: "people", Which: which})
	return a.Faces, err
}

// Close stops everything and waits for it.
func (s *Stage) Close() error {
	s.mu.Lock()
	s.mu.closed = true
	list := s.mu.list
	s.mu.Unlock()
	for _, sh := range list {
		sh.stop()
	}
	return nil
}
