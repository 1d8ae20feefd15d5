package rehearsal

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/sim"
	"github.com/rapporthq/rapport/internal/sim/own"
)

// Main plays the rehearsal that is described on the first line of in, as the
// lines after it order, and returns the process's exit code. It ends when the
// input does, so it does not outlive the server.
func Main(in io.Reader, out io.Writer) int {
	read := bufio.NewReaderSize(in, 1<<20)
	line, err := read.ReadBytes('\n')
	var j job
	if err == nil {
		err = json.Unmarshal(line, &j)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "read rehearsal:", err)
		return 2
	}
	limit()
	e := &encoder{json.NewEncoder(out)}
	o, err := j.options(read)
	if err != nil {
		e.say(word{Failed: err.Error()})
		return 1
	}
	lines := json.NewDecoder(read)
	orders := make(chan order)
	go func() {
		defer close(orders)
		for {
			var o order
			if lines.Decode(&o) != nil {
				return
			}
			orders <- o
		}
	}()
	if err := play(context.Background(), j, o, orders, e); err != nil {
		e.say(word{Failed: err.Error()})
		return 1
	}
	return 0
}

// encoder says words to a server that may be gone, in which case the orders end.
type encoder struct{ *json.Encoder }

func (e *encoder) say(w word) { _ = e.Encode(w) }

// player is a rehearsal and how it is played.
type player struct {
	*sim.Player
	out    *encoder
	speed  float64 // days a second; 0: no limit
	paused bool
}

// options are what is played. A copy of people is read from in, and what it lives by
// is fitted.
func (j *job) options(in io.Reader) (sim.RehearseOptions, error) {
	o := sim.RehearseOptions{
		Seed: max(1, j.Ask.Seed), Kind: j.Ask.Company, People: j.Ask.People, Days: j.Ask.Days, LiveDay: j.Ask.LiveDay, Definitions: j.Definitions, Beside: j.Draft, Beliefs: j.Ask.Beliefs,
	}
	if !j.Ask.Copy {
		return o, nil
	}
	var err error
	if o.Own, err = own.Read(in); err != nil {
		return o, err
	}
	ws, err := definition.Compile(o.Own.Definitions())
	if err != nil {
		return o, err
	}
	o.Process, err = own.Fit(o.Own, ws)
	o.Kind, o.Definitions, o.Answers = "", nil, own.Answers(j.Ask.Answers)
	return o, err
}

func play(ctx context.Context, j job, options sim.RehearseOptions, orders <-chan order, out *encoder) error {
	s, err := sim.NewPlayer(ctx, options)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // in memory
	p := &player{Player: s, out: out, speed: j.Ask.Speed, paused: j.Ask.Paused}
	cast := s.Cast()
	out.say(word{Cast: &cast})
	due := time.Now()
	for {
		if !p.waiting(due) {
			if err := p.live(ctx); err != nil {
				return err
			}
			if due = due.Add(p.pace()); time.Since(due) > time.Second {
				due = time.Now() // what could not be kept up is not made up for
			}
		}
		if more, err := p.listen(ctx, orders, due); !more || err != nil {
			return err
		}
	}
}

// waiting reports that there is nothing to do before due, or at all.
func (p *player) waiting(due time.Time) bool {
	return p.paused || p.Over() || time.Until(due) > 0
}

// pace is the time that a day should take.
func (p *player) pace() time.Duration {
	if p.speed <= 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / p.speed)
}

func (p *player) live(ctx context.Context) error {
	if p.Learning() {
		p.out.say(word{Learns: true})
	}
	f, err := p.Day(ctx)
	if err != nil {
		return err
	}
	p.out.say(word{Frame: &f})
	if p.Over() {
		p.out.say(word{Over: true})
	}
	return nil
}

// listen takes an order if there is one; where there is nothing else to do it
// waits for one, or until due. It reports false when there will be none.
func (p *player) listen(ctx context.Context, orders <-chan order, due time.Time) (bool, error) {
	var wake <-chan time.Time
	switch {
	case p.paused || p.Over():
	default:
		t := time.NewTimer(max(0, time.Until(due)))
		defer t.Stop()
		wake = t.C
	}
	select {
	case o, more := <-orders:
		if !more {
			return false, nil
		}
		return true, p.obey(ctx, o)
	case <-wake:
		return true, nil
	}
}

func (p *player) obey(ctx context.Context, o order) error {
	switch o.Do {
	case "pause":
		p.paused = true
	case "resume":
		p.paused = false
	case "speed":
		p.speed = o.Speed
	case "step":
		if p.paused && !p.Over() {
			return p.live(ctx)
		}
	case "story":
		a := answer{Number: o.Number}
		s, err := p.Story(ctx, o.Person)
		if a.Story = s; err != nil {
			a.Error = err.Error()
		}
		p.out.say(word{Story: &a})
	case "people":
		a := answer{Number: o.Number}
		f, err := p.People(o.Which)
		if a.Faces = f; err != nil {
			a.Error = err.Error()
		}
		p.out.say(word{Story: &a})
	}
	return nil
}
