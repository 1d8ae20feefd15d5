package sim

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/sim/own"
)

// Player is a rehearsal that is played day by day, and can be looked at in
// between. It is used by one goroutine at a time. The caller must Close it.
type Player struct {
	r     *rehearsal
	other *rehearsal // the same people under other definitions; nil: nothing is compared
	twin  world      // lives beside it and gets no letters
	also  world      // the same, beside other

	model     *belief.Model // that people are followed by; nil: none
	unlearned string        // why none could be learned
	learned   int           // the day on which it was tried last; negative: it was not

	day   int
	dots  int
	last  []int8   // state of each person at the last frame; absent for who had not turned up
	sent  []uint64 // letters of each dot, at the last frame
	every int      // days between frames in which everybody is counted
}

// Frame is a rehearsal as it stands at the end of a day.
type Frame struct {
	Day    int           `json:"day" doc:"days lived"`
	Now    event.Instant `json:"now"`
	Live   bool          `json:"live" doc:"letters go out"`
	Events int           `json:"events" doc:"of people, so far"`
	Turned int           `json:"turned_up" doc:"people who have been there"`
	Sent   int           `json:"sent" doc:"letters, so far"`

	Hidden []int   `json:"hidden" doc:"people by true state, in the order of the cast's states"`
	Moves  [][]int `json:"moves" doc:"people who were in the one state at the frame before and are in the other now, by from and to"`

	Dots    string `json:"dots" doc:"true state of each person that is shown, a digit each; - for those who have not turned up"`
	Reached []int  `json:"reached" doc:"of the people that are shown, who got a letter since the frame before"`

	// Measured frames also hold what everybody has to be counted for.
	Measured bool         `json:"measured"`
	Stages   []Count      `json:"stages,omitempty" doc:"people by stage, as the engine sees them"`
	Goals    []GoalReport `json:"goals,omitempty"`

	Beliefs *Beliefs `json:"beliefs,omitempty" doc:"of measured frames, where people are followed by a state model: belief beside truth"`

	Beside   *Side        `json:"beside,omitempty" doc:"the same people under the other definitions, where two are compared"`
	Compared []Comparison `json:"compared,omitempty" doc:"of measured frames: what the other definitions bring, beside these"`
}

// Cast is who and what a rehearsal is about.
type Cast struct {
	Days    int      `json:"days"`
	LiveDay int      `json:"live_day" doc:"the day from which letters go out"`
	People  int      `json:"people"`
	Dots    int      `json:"dots" doc:"how many of them are shown"`
	States  []string `json:"states" doc:"the true states, which only a simulation knows"`
	Goals   []string `json:"goals"`
	Names   []string `json:"names" doc:"of the people that are shown"`

	Gone     int      `json:"gone" doc:"the true state in which nobody acts, in the order of states"`
	Compares bool     `json:"compares,omitempty" doc:"two versions of the definitions are compared"`
	Own      *CastOwn `json:"own,omitempty" doc:"of a copy of one's own people"`
}

// CastOwn is what a copy of one's own people is, and rests on.
type CastOwn struct {
	Of      int           `json:"of" doc:"people there are"`
	Drawn   int           `json:"drawn" doc:"of whom were drawn by the seed; those who cannot be copied are left out"`
	As      event.Instant `json:"as_of" doc:"when they were copied"`
	Answers own.Answers   `json:"answers" enum:"low,middle,high" doc:"which end of what is unsure about letters is assumed"`
	Basis   []own.Basis   `json:"basis" doc:"what the truth of this rehearsal rests on: seen, or assumed"`
}

const (
	absent = -1 // the state of who is not there yet

	maxDots  = 400
	measures = 26 // of everybody, in the whole

	// Counting everybody costs as much as two days of theirs: of a crowd it is done
	// less often.
	crowd         = 20_000
	crowdMeasures = 9
)

// NewPlayer begins a rehearsal. Check and Progress are not looked at.
func NewPlayer(ctx context.Context, o RehearseOptions) (*Player, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	o.Check, o.NoReport = false, false
	if err := o.compare(); err != nil {
		return nil, err
	}
	r, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	p := &Player{r: r, learned: -1, twin: r.world.alone(), dots: min(maxDots, o.People), every: max(1, o.Days/measures)}
	if o.People >= crowd {
		p.every = max(1, o.Days/crowdMeasures)
	}
	p.sent = make([]uint64, p.dots)
	if o.Beside != nil {
		if err := p.beside(ctx, o); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	if err := p.follow(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Close ends the rehearsal.
func (p *Player) Close() error {
	err := p.r.close()
	if p.other != nil {
		err = errors.Join(err, p.other.close())
	}
	return err
}

// Cast says what is played.
func (p *Player) Cast() Cast {
	c := Cast{Days: p.r.o.Days, LiveDay: max(0, p.r.o.LiveDay), People: p.r.o.People, Dots: p.dots, Names: make([]string, p.dots)}
	c.States, c.Gone = p.r.world.states()
	c.Compares = p.other != nil
	if o := p.r.o; o.Own != nil {
		c.Own = &CastOwn{Of: o.Own.Of, Drawn: o.Own.Drawn, As: o.Own.Now, Answers: o.Answers, Basis: o.Process.Basis()}
	}
	for _, g := range p.r.ws.Goals {
		c.Goals = append(c.Goals, g.Name)
	}
	for n := range p.dots {
		c.Names[n] = p.r.world.name(n)
	}
	return c
}

// Over reports that the last day has been lived.
func (p *Player) Over() bool { return p.day >= p.r.o.Days }

// Day lives another day.
func (p *Player) Day(ctx context.Context) (Frame, error) {
	if p.Over() {
		return Frame{}, fmt.Errorf("rehearse: the %d days are over", p.r.o.Days)
	}
	if p.Learning() {
		p.learned = p.day
		if err := p.learn(ctx); err != nil {
			return Frame{}, err
		}
	}
	until := p.r.now.Add(day)
	var beside errgroup.Group
	beside.Go(func() error {
		p.twin.Step(until)
		return nil
	})
	if p.other != nil {
		beside.Go(func() error {
			p.also.Step(until)
			return p.other.day(ctx, p.day)
		})
	}
	if err := errors.Join(p.r.day(ctx, p.day), beside.Wait()); err != nil {
		return Frame{}, err
	}
	p.day++
	f := Frame{
		Day: p.day, Now: p.r.now, Live: p.day > p.r.o.LiveDay, Events: p.r.events, Sent: p.r.sent,
		Reached: []int{},
	}
	names, _ := p.r.world.states()
	f.Hidden, f.Moves = make([]int, len(names)), make([][]int, len(names))
	for i := range f.Moves {
		f.Moves[i] = make([]int, len(names))
	}
	p.look(&f)
	p.lookBeside(&f)
	if p.day%p.every == 0 || p.Over() {
		if err := p.measure(ctx, &f); err != nil {
			return Frame{}, err
		}
	}
	return f, nil
}

// Learning reports that the next day begins with the learning of a state model,
// which takes its time.
func (p *Player) Learning() bool {
	from := min(learnDay, p.r.o.Days/2)
	if p.r.o.Own != nil {
		from = 0
	}
	if !p.r.o.Beliefs || p.model != nil && p.learned < 0 {
		return false // nobody asked, or they are followed already
	}
	return p.day >= from && (p.learned < 0 || p.day-p.learned >= learnDay)
}

// look takes in where people are, and where they were at the frame before.
func (p *Player) look(f *Frame) {
	dots := make([]byte, p.dots)
	for n := range dots {
		dots[n] = '-'
	}
	for n := range p.r.world.size() {
		if n >= len(p.last) {
			p.last = append(p.last, absent)
		}
		is, letters, there := p.r.world.at(n)
		if !there {
			continue
		}
		f.Turned++
		f.Hidden[is]++
		now := int8(is) //nolint:gosec // one of a few
		if was := p.last[n]; was != absent && was != now {
			f.Moves[was][now]++
		}
		p.last[n] = now
		if n < p.dots {
			dots[n] = '0' + byte(is) //nolint:gosec // as above
			if letters > p.sent[n] {
				f.Reached = append(f.Reached, n)
			}
			p.sent[n] = letters
		}
	}
	f.Dots = string(dots)
}

// measure counts everybody and holds the lift against the truth.
func (p *Player) measure(ctx context.Context, f *Frame) error {
	var all Report
	t, err := p.r.count(ctx, &all, false)
	if err != nil {
		return err
	}
	f.Measured = true
	if f.Beliefs, err = p.beliefs(); err != nil {
		return err
	}
	if p.other != nil {
		if err := p.compare(ctx, f); err != nil {
			return err
		}
	}
	for i := range all.Goals {
		t.lift(i, &all.Goals[i])
		all.Goals[i].Truth = against(p.r.world, p.twin, all.Goals[i].Goal, t.windows[i])
	}
	f.Goals = all.Goals
	for _, s := range p.r.ws.Map.Stages {
		f.Stages = append(f.Stages, Count{s.ID, t.stages[s.ID]})
	}
	return nil
}
