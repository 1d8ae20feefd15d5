package engine

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// consider lets each goal look at the person: who newly belongs to it joins, in
// an arm; who is treated and due is marked choosing. One choice at a time, and all
// goals that are ready by then compete in it: see arbitrate.
func consider(env *Env, fx *Effects, p *profile.Person, trigger string) {
	if len(p.Settling) > 0 || env.Settings.Live == event.Stopped {
		return
	}
	demand(env, p)
	for i := range env.Defs.Goals {
		def := &env.Defs.Goals[i]
		if !concerns(env, p, def) {
			await(env, p, def)
			continue
		}
		g, joined := p.Goals[def.ID]
		if !joined {
			if !armed(env, p, def) {
				continue
			}
			g = join(env, fx, p, def)
		}
		if g.Arm != profile.Treated {
			continue
		}
		due(env, p, def, g, trigger)
	}
	reached(env, p)
}

// concerns reports whether the goal works on p now.
func concerns(env *Env, p *profile.Person, def *definition.Goal) bool {
	if !slices.Contains(def.From, p.Stage) {
		return false
	}
	if def.Who == nil {
		return true
	}
	ok, err := def.Who.Holds(p.Vars(env.Defs, env.Clock()))
	return ok && err == nil
}

// await sets the timer for when the passing of time alone may make the goal work
// on p.
func await(env *Env, p *profile.Person, def *definition.Goal) {
	p.ClearTimer(profile.DecideTimer, def.ID)
	if env.Settings.AsOf != 0 || !def.Who.Inputs().Time || !slices.Contains(def.From, p.Stage) {
		return
	}
	if at := def.Who.Next(p.Vars(env.Defs, env.Now)); at != 0 {
		p.SetTimer(profile.Timer{Due: at, Kind: profile.DecideTimer, Ref: def.ID})
	}
}

// armed reports whether anything could leave for p at all. People whom nothing
// may reach because the workspace is disarmed do not join: they would count as
// treated without ever being treatable.
func armed(env *Env, p *profile.Person, def *definition.Goal) bool {
	if env.Settings.Live == event.LiveToAll {
		return true
	}
	for _, ch := range channels(env.Defs, def) {
		if a := p.Address(ch); a != "" && policy.Armed(env.Settings, a) {
			return true
		}
	}
	return len(slots(env.Defs, def)) > 0 && policy.Known(env.Settings, p)
}

// channels are those by which the goal reaches people; slots are none.
func channels(ws *definition.Workspace, def *definition.Goal) []string { return waysOf(ws, def, false) }

// slots are those that the goal has something to show in.
func slots(ws *definition.Workspace, def *definition.Goal) []string { return waysOf(ws, def, true) }

// waysOf are what the goal's messages name as their channel: slots, or the others.
func waysOf(ws *definition.Workspace, def *definition.Goal, slots bool) []string {
	var out []string
	for _, a := range def.Actions {
		for _, m := range a.Messages {
			if _, is := ws.Slot(m.Channel); is == slots && !slices.Contains(out, m.Channel) {
				out = append(out, m.Channel)
			}
		}
	}
	return out
}

func join(env *Env, fx *Effects, p *profile.Person, def *definition.Goal) profile.Goal {
	g := profile.Goal{Joined: env.Now, Arm: arm(env, p, def), Before: p.Earned[def.ID]}
	for _, a := range def.Actions {
		for _, m := range a.Messages {
			if _, slot := env.Defs.Slot(m.Channel); slot {
				g.Reachable = true
				continue
			}
			g.Reachable = g.Reachable || p.Address(m.Channel) != "" && p.Consents(m.Channel, policy.Topic(&a, m.Topic), env.Defs.Policy.Consent)
		}
	}
	if p.Goals == nil {
		p.Goals = map[string]profile.Goal{}
	}
	p.Goals[def.ID] = g
	env.note(fx, p, event.GoalJoined, event.GoalBody{Goal: def.ID, Arm: string(g.Arm)})
	return g
}

func arm(env *Env, p *profile.Person, def *definition.Goal) profile.Arm {
	if def.Transactional {
		return profile.Treated
	}
	return profile.Arm(experiment.Assign(env.Defs.Seed, def.ID, p.ID, env.Defs.Policy.Holdout, def.Holdout))
}

// ready reports whether the goal may want a choice now: one delivery of a goal at
// a time, whose receipt brings us back, and not more often than it says.
func ready(p *profile.Person, def *definition.Goal, g profile.Goal, now event.Instant) bool {
	for _, d := range p.Deliveries {
		if d.Goal == def.ID {
			return false
		}
	}
	return g.Next <= now
}

// due marks p choosing for the goal, or sets the timer for when that is due.
func due(env *Env, p *profile.Person, def *definition.Goal, g profile.Goal, trigger string) {
	if !ready(p, def, g, env.Now) {
		if g.Next > env.Now {
			p.SetTimer(profile.Timer{Due: g.Next, Kind: profile.DecideTimer, Ref: def.ID})
		}
		return
	}
	if p.Choosing != nil || len(channels(env.Defs, def)) == 0 {
		return // the choice that is under way brings us back; slots ask by themselves
	}
	p.ClearTimer(profile.DecideTimer, def.ID)
	p.Choosing = &profile.Choosing{
		ID:      env.nextOpportunity(1),
		Goal:    def.ID,
		Trigger: trigger,
		At:      env.Now,
	}
}

// reached notes when a person first arrives in a stage that a goal wants.
func reached(env *Env, p *profile.Person) {
	for i := range env.Defs.Goals {
		def := &env.Defs.Goals[i]
		g, joined := p.Goals[def.ID]
		if joined && g.Reached == 0 && slices.Contains(def.To, p.Stage) && env.Now < g.Joined.Add(def.Horizon) {
			g.Reached = env.Now
			p.Goals[def.ID] = g
		}
	}
}

// eligible asks the action's own rule.
func eligible(env *Env, p *profile.Person, a *definition.Action) event.Reason {
	if a.When == nil {
		return event.Reason{}
	}
	ok, err := a.When.Holds(p.Vars(env.Defs, env.Clock()))
	if err != nil {
		return event.Reason{Code: policy.NotEligible, Sentence: fmt.Sprintf("Its rule failed: %v.", err)}
	}
	if !ok {
		return event.Reason{Code: policy.NotEligible, Sentence: fmt.Sprintf("Its rule does not hold: %s.", a.When.Source())}
	}
	return event.Reason{}
}

func (env *Env) request(p *profile.Person, g *definition.Goal, a *definition.Action, m *definition.Message, delivery string) policy.Request {
	return policy.Request{
		Defs: env.Defs, Settings: env.Settings, Person: p, Goal: g.ID, Owed: g.Transactional, Action: a, Channel: m.Channel, Topic: m.Topic, Delivery: delivery, Now: env.Now,
	}
}
