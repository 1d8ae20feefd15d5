package engine

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/journey"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// travel takes p on in the journeys that they are inside, and lets them begin others.
// e is what they did, if they did something.
func travel(env *Env, fx *Effects, p *profile.Person, e *event.Event) {
	if len(env.Defs.Journeys)+len(p.Journeys) == 0 {
		return
	}
	for _, s := range slices.Clone(p.Journeys) {
		env.stride(fx, p, s.ID, journey.Input{Event: e})
	}
	for i := range env.Defs.Journeys {
		if def := &env.Defs.Journeys[i]; env.begins(p, def, e) {
			env.enter(fx, p, def)
		}
	}
	env.setTimer(p, profile.JourneyTimer, env.nextStride(p))
}

// overlook notes whose rules hold of p without beginning anything: history was
// imported.
func overlook(env *Env, p *profile.Person) {
	for i := range env.Defs.Journeys {
		if def := &env.Defs.Journeys[i]; def.Begin.At.IsZero() && len(def.Begin.Events) == 0 {
			keepBeen(p, def.ID, env.holds(p, def.Begin.When))
		}
	}
}

// begins reports whether p begins def now, and remembers what it rests on.
func (env *Env) begins(p *profile.Person, def *definition.Journey, e *event.Event) bool {
	been, asked := p.Been[def.ID]
	b := &def.Begin
	switch {
	case !b.At.IsZero():
		due := env.due(p, def)
		if been.Holds || env.Now < due || env.Now >= due.Add(def.Steps[0].Within) || p.FirstSeen > due {
			return false
		}
		keepBeen(p, def.ID, true) // once, for good
		return env.holds(p, b.When)
	case len(b.Events) > 0:
		return e != nil && definition.Names(b.Events, e) && env.holds(p, b.When) && mayBegin(p, def, env.Now)
	default:
		holds := env.holds(p, b.When)
		keepBeen(p, def.ID, holds)
		if env.sweeping && !asked { // it has come into force
			return holds && b.Already && mayBegin(p, def, env.Now)
		}
		return holds && !been.Holds && mayBegin(p, def, env.Now)
	}
}

func (env *Env) due(p *profile.Person, def *definition.Journey) event.Instant {
	return def.Begin.Due(policy.Zone(p, env.Defs), env.Defs.Zone)
}

// keepBeen remembers whether the rule of who begins a journey holds.
func keepBeen(p *profile.Person, id string, holds bool) {
	been, known := p.Been[id]
	if been.Holds == holds && (known || !holds) {
		return
	}
	been.Holds = holds
	p.PutBeen(id, been)
}

// mayBegin reports whether p is not inside def, and not too soon through with it.
func mayBegin(p *profile.Person, def *definition.Journey, now event.Instant) bool {
	if slices.ContainsFunc(p.Journeys, func(s profile.Journey) bool { return s.Of == def.ID }) {
		return false
	}
	been := p.Been[def.ID]
	return been.Times == 0 || def.Begin.Again > 0 && now >= been.Last.Add(def.Begin.Again)
}

// enter lets p begin def, in an arm. Where nothing could leave for them because the
// workspace is disarmed they do not: they would count as treated, untreatable. While
// everything is stopped they do, and what is to be sent waits.
func (env *Env) enter(fx *Effects, p *profile.Person, def *definition.Journey) {
	g, joined := p.Goals[def.ID]
	if !joined {
		if len(def.Program.Actions) > 0 && env.Settings.Live != event.Stopped && !armed(env, p, &def.Program) {
			return
		}
		g = join(env, fx, p, &def.Program)
	}
	been := p.Been[def.ID]
	been.Times, been.Last = been.Times+1, env.Now
	p.PutBeen(def.ID, been)
	s := journey.Start("jny-"+env.opportunity(), def, env.Defs.Hash, env.Now)
	if g.Arm != profile.Treated {
		env.note(fx, p, event.Journeyed, event.JourneyedBody{Journey: def.ID, Run: s.ID, Version: s.Version, Stride: event.HeldOut, Arm: string(g.Arm)})
		return
	}
	env.walk(fx, p, def, journey.Advance(env.road(p, env.Defs), def, s, journey.Input{Begin: true}))
}

// stride takes p on in one journey.
func (env *Env) stride(fx *Effects, p *profile.Person, id string, in journey.Input) {
	s := p.Journey(id)
	ws, def := env.route(s)
	if def == nil {
		env.note(fx, p, event.Journeyed, event.JourneyedBody{
			Journey: s.Of, Run: s.ID, Version: s.Version, Step: s.Step, Stride: event.Quit,
			Reason: event.Reason{Code: "journey_gone", Sentence: "The journey is no longer defined."},
		})
		p.EndJourney(id)
		return
	}
	if in.Sent == nil && s.Sends {
		in.Sent = env.given(p, s)
	}
	t := journey.Advance(env.road(p, ws), def, *s, in)
	if len(t.Moves) == 0 {
		return
	}
	if t.State == nil {
		p.EndJourney(id)
	}
	env.walk(fx, p, def, t)
}

// walk keeps the state of a turn, and carries out what it asks for.
func (env *Env) walk(fx *Effects, p *profile.Person, def *definition.Journey, t journey.Turn) {
	for _, m := range t.Moves {
		env.note(fx, p, event.Journeyed, m)
	}
	if t.State != nil {
		p.PutJourney(*t.State)
	}
	for _, step := range t.Hands {
		text, err := message.Say(step.Text, MessageVars(env, p))
		if err != nil {
			text = step.Text // somebody wrote braces, and meant them
		}
		env.open(fx, p, opening{
			kind: profile.RequestOfJourney + def.ID, subject: def.Name + ": " + short(text), text: text,
			rule: definition.RequestRule{Owner: step.Owner, Sells: true},
		})
	}
}

// route returns the definitions that a journey keeps to, and its own: those in force,
// or those that it began under, where they can be had; nil when it is not defined any
// more.
func (env *Env) route(s *profile.Journey) (*definition.Workspace, *definition.Journey) {
	def, ok := env.Defs.Journey(s.Of)
	if !ok || def.Moves || s.Version == env.Defs.Hash || env.Past == nil {
		return env.Defs, def
	}
	if past, err := env.Past(s.Version); err == nil {
		if old, ok := past.Journey(s.Of); ok {
			return past, old
		}
	}
	return env.Defs, def
}

func (env *Env) road(p *profile.Person, ws *definition.Workspace) journey.World {
	return journey.World{
		Now: env.Now, Zone: policy.Zone(p, env.Defs), Rules: p.Vars(ws, env.Clock()),
		Share: func(salt string) float64 { return experiment.Uniform(env.Defs.Seed, salt, p.ID) },
	}
}

// nextStride is when the passing of time alone may take p on, or let them begin
// something. Zero is never.
func (env *Env) nextStride(p *profile.Person) event.Instant {
	var at event.Instant
	sooner := func(t event.Instant) {
		if t > env.Now && (at == 0 || t < at) {
			at = t
		}
	}
	for i := range p.Journeys {
		s := &p.Journeys[i]
		if ws, def := env.route(s); def != nil {
			sooner(journey.Next(env.road(p, ws), def, s))
		}
	}
	for i := range env.Defs.Journeys {
		def := &env.Defs.Journeys[i]
		switch {
		case !def.Begin.At.IsZero():
			if !p.Been[def.ID].Holds {
				sooner(env.due(p, def))
			}
		case len(def.Begin.Events) == 0:
			sooner(def.Begin.When.Next(p.Vars(env.Defs, env.Clock())))
		}
	}
	return at
}

// walkTogether goes on with the journeys of a record that has become one with p. What
// waited in its outbox was given up, and is wanted anew. Where p is inside the same
// journey, p goes on with theirs.
func walkTogether(env *Env, fx *Effects, p *profile.Person, r *rest) {
	for _, s := range r.Journeys {
		if slices.ContainsFunc(p.Journeys, func(own profile.Journey) bool { return own.Of == s.Of }) {
			env.note(fx, p, event.Journeyed, event.JourneyedBody{
				Journey: s.Of, Run: s.ID, Version: s.Version, Step: s.Step, Stride: event.Quit,
				Reason: event.Reason{Code: "merged", Sentence: "Two people inside the journey turned out to be one, who goes on with the other's."},
			})
			continue
		}
		if slices.ContainsFunc(r.GivenUp, func(d profile.Delivery) bool { return d.ID == s.Delivery }) {
			s.Delivery, s.Next = "", env.Now
		}
		p.PutJourney(s)
	}
	for id, theirs := range r.Been {
		own := p.Been[id]
		p.PutBeen(id, profile.Been{Times: own.Times + theirs.Times, Last: max(own.Last, theirs.Last), Holds: own.Holds || theirs.Holds})
	}
}

// leftMeanwhile says why a delivery of a journey is not sent any more: nobody is at
// the step that wanted it. The zero reason where somebody is, and of goals.
func leftMeanwhile(env *Env, p *profile.Person, d *profile.Delivery) event.Reason {
	def, is := env.Defs.Journey(d.Goal)
	if !is || slices.ContainsFunc(p.Journeys, func(s profile.Journey) bool { return s.Delivery == d.ID }) {
		return event.Reason{}
	}
	return event.Reason{Code: policy.NotEligible, Sentence: fmt.Sprintf("They are no longer at the step of %q that wanted it.", def.Name)}
}
