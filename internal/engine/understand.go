package engine

import (
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
)

// plan is that of the segments in force.
func (env *Env) plan() *segment.Plan {
	if !env.Segments.Of(env.Defs) {
		env.Segments = segment.New(env.Defs)
	}
	return env.Segments
}

// understand moves the person to the stage and into and out of the segments that
// the rules now give, and sets the timers for when time alone may change them. It
// asks the rules that ch may have changed the answer of. Where fx is nil moves
// are no events of their own: history was imported, nothing happened now.
func understand(env *Env, fx *Effects, p *profile.Person, ch profile.Changes) {
	for _, t := range p.Timers {
		if t.Due > env.Clock() {
			break
		}
		ch.All = ch.All || t.Kind == profile.StageTimer || t.Kind == profile.SegmentTimer
	}
	moved := false
	if env.plan().Stage(ch) {
		moved = place(env, fx, p)
	}
	group(env, fx, p, ch, moved)
}

// place moves the person to their stage, and reports whether that is another.
func place(env *Env, fx *Effects, p *profile.Person) (moved bool) {
	stage, boundary, err := env.Defs.Map.StageOf(p.Vars(env.Defs, env.Clock()))
	if err != nil {
		// Definitions are type-checked when compiled: only a trait of an
		// unforeseen type gets here. The person stays where they are.
		env.ruleFailed(fx, p, "stage", err)
		return false
	}
	if moved = stage != p.Stage; moved {
		if fx != nil {
			env.note(fx, p, event.StageMoved, event.StageBody{From: p.Stage, To: stage})
		}
		p.Stage, p.StageSince = stage, env.Clock()
	}
	env.setTimer(p, profile.StageTimer, boundary)
	return moved
}

// group keeps up the person's memberships.
func group(env *Env, fx *Effects, p *profile.Person, ch profile.Changes, moved bool) {
	plan := env.plan()
	v := p.Vars(env.Defs, env.Clock())
	moves, err := plan.Update(p, v, ch, moved)
	if err != nil {
		env.ruleFailed(fx, p, "segments", err)
	}
	for _, m := range moves {
		if fx == nil {
			break
		}
		kind := event.SegmentLeft
		if m.Entered {
			kind = event.SegmentEntered
		}
		env.note(fx, p, kind, event.SegmentBody{Segment: m.Segment, Version: m.Version, Sweep: env.sweeping})
	}
	next := plan.Next(v, ch)
	if !ch.All {
		// The timer that is set may be too early by now, never too late: when it fires
		// it is set anew. So it need not move with each event.
		if due, set := p.Timer(profile.SegmentTimer, ""); next == 0 || set && due <= next {
			return
		}
	}
	env.setTimer(p, profile.SegmentTimer, next)
}

func (env *Env) ruleFailed(fx *Effects, p *profile.Person, what string, err error) {
	if fx != nil {
		env.note(fx, p, event.Refused, event.RefusedBody{What: what, Reason: event.Reason{Code: "rule_failed", Sentence: err.Error()}})
	}
}

// setTimer sets the one timer of its kind; zero is never. Where the workspace is
// looked at as of a time, time stands still.
func (env *Env) setTimer(p *profile.Person, kind profile.TimerKind, due event.Instant) {
	if due == 0 || env.Settings.AsOf != 0 {
		p.ClearTimer(kind, "")
		return
	}
	p.SetTimer(profile.Timer{Due: due, Kind: kind})
}
