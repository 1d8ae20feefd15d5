// Package journey walks people through authored flows: a state machine for one
// person in one journey. It is pure; what its turns ask for is carried out by the
// engine.
package journey

import (
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// World is what a journey may know of a person besides where they stand in it.
type World struct {
	Now   event.Instant // partition time, by which waits go
	Zone  *time.Location
	Rules definition.Vars

	// Share gives a number from 0 up to 1 that depends on the person and salt alone.
	Share func(salt string) float64
}

// Input is what takes somebody on: one of its fields, or none where it is only
// looked at what time or rules have brought about.
type Input struct {
	Begin bool
	Event *event.Event // the person did something
	Sent  *Sent        // what became of what the step sends
}

// Sent is what became of what a step sends.
type Sent struct {
	Reason event.Reason // why it was not; zero: it was
}

// Turn is what comes of an input.
type Turn struct {
	State *profile.Journey // nil: they are through
	Moves []event.JourneyedBody
	Hands []*definition.JourneyStep // what colleagues are to see to
}

// Outcomes that a run may have besides those that its steps name.
const (
	Done   = "done"
	Circle = "circle" // it went round without waiting for anything
)

// mostMoves bounds the steps of one turn.
const mostMoves = 100

// Start returns the state of somebody who is about to begin.
func Start(id string, def *definition.Journey, version string, now event.Instant) profile.Journey {
	return profile.Journey{ID: id, Of: def.ID, Version: version, Began: now, Since: now}
}

// Advance takes the state s of journey def on.
func Advance(w World, def *definition.Journey, s profile.Journey, in Input) Turn {
	t := &turn{w: w, def: def, s: s}
	if in.Begin {
		t.move(event.JourneyedBody{Stride: event.Entered})
		t.run(&def.Steps[0], false)
		return t.end()
	}
	step := def.Step(s.Step)
	switch {
	case t.leaves():
	case step == nil:
		t.quit(event.Reason{Code: "step_gone", Sentence: "The step at which they stood is no longer part of the journey."})
	case step.Kind == definition.SendStep:
		t.sent(step, in.Sent)
	case step.Kind == definition.WaitStep:
		t.waited(step, in.Event)
	}
	return t.end()
}

// turn is one in the making.
type turn struct {
	w    World
	def  *definition.Journey
	s    profile.Journey
	out  Turn
	over bool
}

func (t *turn) end() Turn {
	if !t.over {
		t.out.State = &t.s
	}
	return t.out
}

func (t *turn) move(m event.JourneyedBody) {
	m.Journey, m.Run, m.Version, m.Step = t.def.ID, t.s.ID, t.s.Version, t.s.Step
	t.out.Moves = append(t.out.Moves, m)
}

func (t *turn) quit(why event.Reason) {
	t.over = true
	t.move(event.JourneyedBody{Stride: event.Quit, Reason: why})
}

func (t *turn) finish(outcome string) {
	t.over = true
	t.move(event.JourneyedBody{Stride: event.Ran, Outcome: outcome})
}

// leaves reports whether the rule of leaving holds, and lets them leave then.
func (t *turn) leaves() bool {
	if t.def.Leave == nil || !t.holds(t.def.Leave) {
		return false
	}
	t.quit(event.Reason{Code: "leave", Sentence: "The rule of leaving holds: " + t.def.Leave.Source() + "."})
	return true
}

func (t *turn) holds(x *definition.Expr) bool {
	ok, err := x.Holds(t.w.Rules)
	return ok && err == nil
}

// sent goes on where it is known what became of the message.
func (t *turn) sent(step *definition.JourneyStep, is *Sent) {
	if is == nil {
		return
	}
	t.s.Sends, t.s.Delivery, t.s.Next = false, "", 0
	came := is.Reason.IsZero()
	if came {
		t.move(event.JourneyedBody{Stride: event.SentIt})
	} else {
		t.move(event.JourneyedBody{Stride: event.NotSent, Reason: is.Reason})
	}
	t.run(t.def.Next(step, came), came)
}

// waited goes on where a wait is over.
func (t *turn) waited(step *definition.JourneyStep, e *event.Event) {
	wait := &step.Wait
	switch {
	case e != nil && len(wait.Events) > 0 && definition.Names(wait.Events, e) && (wait.When == nil || t.holds(wait.When)),
		len(wait.Events) == 0 && wait.When != nil && t.holds(wait.When):
		t.run(t.def.Next(step, true), true)
	case t.w.Now >= t.s.Until:
		came := !wait.Something()
		t.run(t.def.Next(step, came), came)
	}
}

// run does steps until something has to be waited for. came tells whether the step
// before had what it wanted.
func (t *turn) run(step *definition.JourneyStep, came bool) {
	for n := 0; !t.over; n++ {
		if step == nil {
			t.finish(Done)
			return
		}
		if n == mostMoves {
			t.finish(Circle)
			return
		}
		t.s.Step, t.s.Since = step.ID, t.w.Now
		arrived := event.JourneyedBody{Stride: event.Arrived, Came: came}
		next := t.def.Next(step, true)
		if step.Kind == definition.SplitStep {
			share := t.share(step)
			arrived.Arm, arrived.Shares, next = share.Arm, chances(step), t.def.Step(share.Go)
		}
		t.move(arrived)
		switch step.Kind {
		case definition.SendStep:
			t.s.Sends, t.s.Until, t.s.Next, t.s.Delivery = true, t.w.Now.Add(step.Within), t.w.Now, ""
			return
		case definition.WaitStep:
			t.s.Until = t.until(&step.Wait)
			if step.Wait.Something() && len(step.Wait.Events) == 0 && t.holds(step.Wait.When) {
				came, step = true, next
				continue
			}
			if t.s.Until > t.w.Now {
				return
			}
		case definition.BranchStep:
			if to := t.branch(step); to != nil {
				next = to
			}
		case definition.HandStep:
			t.out.Hands = append(t.out.Hands, step)
		case definition.EndStep:
			t.finish(step.Outcome)
			return
		case definition.SplitStep:
		}
		came, step = false, next
	}
}

func (t *turn) branch(step *definition.JourneyStep) *definition.JourneyStep {
	for _, b := range step.Branches {
		if t.holds(b.When) {
			return t.def.Step(b.Go)
		}
	}
	return nil
}

// chances are how probable each arm of a split is; nil where one has won.
func chances(step *definition.JourneyStep) map[string]float64 {
	if step.Won != "" {
		return nil
	}
	out := make(map[string]float64, len(step.Shares))
	for _, s := range step.Shares {
		out[s.Arm] = s.Share
	}
	return out
}

// share is the way on that falls to the person: the same whenever they come to the
// split.
func (t *turn) share(step *definition.JourneyStep) definition.Share {
	if i := slices.IndexFunc(step.Shares, func(s definition.Share) bool { return s.Arm == step.Won }); i >= 0 {
		return step.Shares[i]
	}
	at := t.w.Share("journey/" + t.def.ID + "/" + step.ID)
	for _, s := range step.Shares[:len(step.Shares)-1] {
		if at < s.Share {
			return s
		}
		at -= s.Share
	}
	return step.Shares[len(step.Shares)-1]
}

// until is when a wait that begins now is over.
func (t *turn) until(w *definition.Wait) event.Instant {
	at := t.w.Now.Add(w.For)
	if w.At < 0 && len(w.Days) == 0 {
		return at
	}
	local := at.Time().In(t.w.Zone)
	for n := range 9 { // a week has seven days; of the first the time may be over, and clocks change
		day := local.AddDate(0, 0, n)
		then := day
		if n > 0 || w.At >= 0 {
			clock := max(w.At, 0)
			then = time.Date(day.Year(), day.Month(), day.Day(), int(clock/time.Hour), int(clock%time.Hour/time.Minute), 0, 0, t.w.Zone)
		}
		if !then.Before(local) && (len(w.Days) == 0 || slices.Contains(w.Days, then.Weekday())) {
			return event.InstantOf(then)
		}
	}
	return at
}

// Next is when the passing of time alone may take s on: a wait that is over, a message
// that is due or given up, a rule that comes to hold. Zero is never.
func Next(w World, def *definition.Journey, s *profile.Journey) event.Instant {
	at := def.Leave.Next(w.Rules)
	sooner := func(t event.Instant) {
		if t != 0 && (at == 0 || t < at) {
			at = t
		}
	}
	step := def.Step(s.Step)
	switch {
	case step == nil:
	case step.Kind == definition.WaitStep:
		sooner(s.Until)
		if len(step.Wait.Events) == 0 {
			sooner(step.Wait.When.Next(w.Rules))
		}
	case s.Sends:
		if s.Delivery == "" && s.Next > w.Now {
			sooner(s.Next)
		}
		sooner(s.Until)
	}
	return at
}
