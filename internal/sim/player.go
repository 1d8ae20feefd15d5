package sim

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/event"
)

// Player is a rehearsal that is played day by day, and can be looked at in
// between. It is used by one goroutine at a time. The caller must Close it.
type Player struct {
	r     *rehearsal
	twin  *Company // lives beside it and gets no letters
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
	r, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	p := &Player{r: r, twin: r.company.twin(), dots: min(maxDots, o.People), every: max(1, o.Days/measures)}
	if o.People >= crowd {
		p.every = max(1, o.Days/crowdMeasures)
	}
	p.sent = make([]uint64, p.dots)
	return p, nil
}

// Close ends the rehearsal.
func (p *Player) Close() error { return p.r.close() }

// Cast says what is played.
func (p *Player) Cast() Cast {
	c := Cast{Days: p.r.o.Days, LiveDay: p.r.o.LiveDay, People: p.r.o.People, Dots: p.dots, Names: make([]string, p.dots)}
	for s := curious; s <= gone; s++ {
		c.States = append(c.States, s.String())
	}
	for _, g := range p.r.ws.Goals {
		c.Goals = append(c.Goals, g.Name)
	}
	for n := range p.dots {
		born := p.r.company.birth(n)
		c.Names[n] = born.first + " " + born.last
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
	until := p.r.now.Add(day)
	var beside errgroup.Group
	beside.Go(func() error {
		p.twin.Step(until)
		return nil
	})
	if err := errors.Join(p.r.day(ctx, p.day), beside.Wait()); err != nil {
		return Frame{}, err
	}
	p.day++
	f := Frame{
		Day: p.day, Now: p.r.now, Live: p.day > p.r.o.LiveDay, Events: p.r.events, Sent: p.r.sent,
		Hidden: make([]int, gone+1), Moves: make([][]int, gone+1), Reached: []int{},
	}
	for i := range f.Moves {
		f.Moves[i] = make([]int, gone+1)
	}
	p.look(&f)
	if p.day%p.every == 0 || p.Over() {
		if err := p.measure(ctx, &f); err != nil {
			return Frame{}, err
		}
	}
	return f, nil
}

// look takes in where people are, and where they were at the frame before.
func (p *Player) look(f *Frame) {
	dots := make([]byte, p.dots)
	for n := range dots {
		dots[n] = '-'
	}
	for n, one := range p.r.company.people {
		if n >= len(p.last) {
			p.last = append(p.last, absent)
		}
		if one == nil {
			continue
		}
		f.Turned++
		f.Hidden[one.state]++
		now := int8(one.state) //nolint:gosec // one of five
		if was := p.last[n]; was != absent && was != now {
			f.Moves[was][now]++
		}
		p.last[n] = now
		if n < p.dots {
			dots[n] = '0' + byte(one.state)
			if one.letters > p.sent[n] {
				f.Reached = append(f.Reached, n)
			}
			p.sent[n] = one.letters
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
	for i := range all.Goals {
		t.lift(i, &all.Goals[i])
		all.Goals[i].Truth = p.r.company.against(p.twin, t.windows[i])
	}
	f.Goals = all.Goals
	for _, s := range p.r.ws.Map.Stages {
		f.Stages = append(f.Stages, Count{s.ID, t.stages[s.ID]})
	}
	return nil
}
