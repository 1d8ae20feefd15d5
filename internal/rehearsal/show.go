package rehearsal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/child"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/sim"
)

// show is one rehearsal: the process, and what it has said.
type show struct {
	id    string
	ask   Ask
	began event.Instant
	log   *slog.Logger

	cancel context.CancelFunc // ends the process
	ended  chan struct{}      // closed when it has
	in     io.WriteCloser     // its orders; written under mu

	mu struct {
		sync.Mutex
		condition Condition
		err       string
		speed     float64
		cast      *sim.Cast
		frames    []sim.Frame
		learns    bool
		changed   chan struct{} // closed at the next change
		asked     int
		waiting   map[int]chan answer // for stories
	}
}

func newShow(id string, ask Ask, began event.Instant, log *slog.Logger) *show {
	s := &show{id: id, ask: ask, began: began, log: log, ended: make(chan struct{})}
	s.mu.condition, s.mu.speed = Starting, ask.Speed
	s.mu.changed = make(chan struct{})
	s.mu.waiting = map[int]chan answer{}
	return s
}

// start starts the process and a goroutine that listens to it.
func (s *show) start(command []string, j job, people Copier) error {
	ctx, cancel := context.WithCancel(context.Background()) // it outlives the request that asked for it
	cmd, said := child.Command(ctx, command)
	cmd.WaitDelay = 5 * time.Second
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		cancel()
		return fmt.Errorf("rehearsal: %w", err)
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return fmt.Errorf("rehearsal: start %s: %w", command[0], err)
	}
	s.cancel, s.in = cancel, in
	go func() {
		defer close(s.ended)
		err := json.NewEncoder(in).Encode(j)
		if err == nil && j.Ask.Copy {
			err = s.give(ctx, in, people)
		}
		if err == nil {
			err = s.listen(out)
		}
		cancel()
		s.end(errors.Join(err, cmd.Wait()), said.String())
	}()
	return nil
}

// give hands a copy of people over.
func (s *show) give(ctx context.Context, in io.Writer, people Copier) error {
	w := bufio.NewWriterSize(in, 1<<18)
	err := errors.Join(people(ctx, s.ask.Seed, s.ask.People, w), w.Flush())
	if err != nil && ctx.Err() == nil {
		s.hear(word{Failed: "the people could not be copied: " + err.Error()})
	}
	return err
}

// listen takes in what the process says until it says no more.
func (s *show) listen(out io.Reader) error {
	d := json.NewDecoder(bufio.NewReaderSize(out, 1<<20))
	for {
		var w word
		if err := d.Decode(&w); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		s.hear(w)
	}
}

func (s *show) hear(w word) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case w.Cast != nil:
		s.mu.cast = w.Cast
		s.mu.condition = Playing
		if s.ask.Paused {
			s.mu.condition = Paused
		}
	case w.Frame != nil:
		s.mu.frames, s.mu.learns = append(s.mu.frames, *w.Frame), false
	case w.Learns:
		s.mu.learns = true
	case w.Story != nil:
		if c, ok := s.mu.waiting[w.Story.Number]; ok {
			c <- *w.Story
			delete(s.mu.waiting, w.Story.Number)
		}
		return
	case w.Over:
		s.mu.condition = Over
	case w.Failed != "":
		s.mu.condition, s.mu.err = Failed, w.Failed
	}
	s.changedLocked()
}

func (s *show) changedLocked() {
	close(s.mu.changed)
	s.mu.changed = make(chan struct{})
}

// end notes that the process is gone.
func (s *show) end(err error, said string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.mu.condition {
	case Stopped, Failed, Over:
	case Starting, Playing, Paused:
		s.mu.condition = Failed
		s.mu.err = "the process that played was ended before it was done, most likely because it took too much memory; rehearse fewer people"
		s.log.Warn("a rehearsal's process ended", slog.Any("error", err), slog.String("said", said))
	}
	for n, c := range s.mu.waiting {
		close(c)
		delete(s.mu.waiting, n)
	}
	s.changedLocked()
}

// stop ends the process and waits for it.
func (s *show) stop() {
	s.mu.Lock()
	if c := s.mu.condition; c == Starting || c == Playing || c == Paused {
		s.mu.condition = Stopped
		s.changedLocked()
	}
	s.mu.Unlock()
	s.cancel()
	<-s.ended
}

func (s *show) view() Rehearsal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.viewLocked()
}

func (s *show) viewLocked() Rehearsal {
	return Rehearsal{
		ID: s.id, Ask: s.ask, Began: s.began, Condition: s.mu.condition, Error: s.mu.err, Speed: s.mu.speed, Cast: s.mu.cast, Frames: len(s.mu.frames), Learns: s.mu.learns && !final(s.mu.condition),
	}
}

// maxPage is how many frames are handed out at once.
const maxPage = 120

// after returns the frames after the first n, waiting for something to change
// where there are none and the show goes on.
func (s *show) after(ctx context.Context, n int) FramePage {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.mu.condition
	for len(s.mu.frames) <= n && s.mu.condition == was && !final(was) && ctx.Err() == nil {
		changed := s.mu.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
	from := min(max(n, 0), len(s.mu.frames))
	return FramePage{s.viewLocked(), slices.Clone(s.mu.frames[from:min(from+maxPage, len(s.mu.frames))])}
}

func final(c Condition) bool { return c == Over || c == Stopped || c == Failed }

// order tells the process what to do.
func (s *show) order(o order) (Rehearsal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if final(s.mu.condition) {
		return Rehearsal{}, fault.New(fault.Conflict, "the rehearsal is %s; begin another", s.mu.condition)
	}
	if s.mu.condition == Starting {
		return Rehearsal{}, errStarting()
	}
	if o.Do == "step" && s.mu.condition != Paused {
		return Rehearsal{}, fault.New(fault.Conflict, "the rehearsal is %s; pause it to live it day by day", s.mu.condition)
	}
	if err := s.sendLocked(o); err != nil {
		return Rehearsal{}, err
	}
	switch {
	case o.Do == "pause":
		s.mu.condition = Paused
	case o.Do == "resume" && s.mu.condition == Paused:
		s.mu.condition = Playing
	case o.Do == "speed":
		s.mu.speed = o.Speed
	}
	s.changedLocked()
	return s.viewLocked(), nil
}

func errStarting() error {
	return fault.New(fault.Busy, "the rehearsal is only beginning; try again in a moment")
}

// sendLocked writes an order; there is none before the process has answered.
func (s *show) sendLocked(o order) error {
	if err := json.NewEncoder(s.in).Encode(o); err != nil {
		return fault.Wrap(fault.Conflict, err, "the rehearsal has ended; begin another")
	}
	return nil
}

const patience = 10 * time.Second

// question asks the process something about its people.
func (s *show) question(ctx context.Context, o order) (answer, error) {
	c := make(chan answer, 1)
	s.mu.Lock()
	if s.mu.condition == Stopped || s.mu.condition == Failed {
		s.mu.Unlock()
		return answer{}, fault.New(fault.Conflict, "the rehearsal was ended, and its people with it; begin another with the same seed to meet them again")
	}
	if s.mu.condition == Starting {
		s.mu.Unlock()
		return answer{}, errStarting()
	}
	s.mu.asked++
	number := s.mu.asked
	s.mu.waiting[number] = c
	o.Number = number
	err := s.sendLocked(o)
	s.mu.Unlock()
	if err != nil {
		return answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case a, ok := <-c:
		switch {
		case !ok:
			return answer{}, fault.New(fault.Conflict, "the rehearsal has ended; begin another")
		case a.Error != "":
			return answer{}, fault.New(fault.NotFound, "%s", a.Error)
		}
		return a, nil
	case <-ctx.Done():
		return answer{}, fault.New(fault.Busy, "the rehearsal is busy with a day; ask again in a moment")
	}
}
