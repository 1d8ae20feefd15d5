package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// applyChoice gives a recorded choice its effect. A choice that nobody waits
// for any more was read before, or is overtaken: it has none.
func applyChoice(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.UnpackChosen(&e)
	if err == nil && body.Slot != "" {
		applyShown(env, fx, p, e, &body)
		return
	}
	if err != nil || p.Choosing == nil || p.Choosing.ID != body.ID {
		return
	}
	p.Choosing = nil
	fx.note(body.Stored(e))
	c := body.Candidate
	for _, goal := range body.Competed() {
		counted(env, p, goal, c)
	}
	env.passed(fx, p, &body)
	if _, joined := p.Goals[body.Goal]; !joined {
		return
	}
	stake(env, p, &body)
	if c.Action == event.Silence {
		return
	}
	d := profile.Delivery{
		ID: body.ID.Delivery(), Goal: c.Goal, Action: c.Action, Message: c.Message, Channel: c.Channel,
		Phase: profile.Queued, Created: env.Now, After: max(env.Now, body.At), Parameters: c.Parameters,
	}
	program := env.Defs.Program(c.Goal)
	if until, quiet := policy.QuietUntil(env.Defs.Policy.QuietHours, d.After, policy.Zone(p, env.Defs)); quiet && (program == nil || !program.Transactional) {
		d.After = until
	}
	p.PutDelivery(d)
}

// counted counts a choice that goal competed in, and sets when it may have the
// next.
func counted(env *Env, p *profile.Person, goal string, chosen event.Candidate) {
	g, joined := p.Goals[goal]
	if !joined {
		return
	}
	tally(&g, goal, chosen)
	if def, ok := env.Defs.Goal(goal); ok {
		g.Next = env.Now.Add(def.Every)
	} // else it was taken out of the definitions, and the gate says so of what was chosen
	p.Goals[goal] = g
}

// tally counts a choice that goal competed in.
func tally(g *profile.Goal, goal string, chosen event.Candidate) {
	g.Chosen++
	switch {
	case chosen.Action == event.Silence:
		g.Silent++
	case chosen.Goal != goal:
		g.Yielded++
	}
}

// ask is the gate at send time. What passes is rendered and granted; what does
// not is held or dropped, with the reason.
func ask(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.AskBody](e)
	if err != nil {
		return
	}
	d, ok := p.Deliveries[body.Delivery]
	if !ok || d.Phase != profile.Queued {
		return // already granted, or gone: asking twice changes nothing
	}
	if body.Hold != nil {
		suppress(env, fx, p, d, event.Reason{Code: policy.Paced, Until: body.Hold.Until, Sentence: body.Hold.Why})
		return
	}
	if d.Reply != nil {
		askReply(env, fx, p, d, body.Session)
		return
	}
	program, m, why := gate(env, p, d)
	var content event.Content
	if why.IsZero() {
		content, why = env.write(p, m, d.Parameters)
	}
	if !why.IsZero() {
		suppress(env, fx, p, d, why)
		return
	}
	d.Phase, d.Session = profile.Asked, body.Session
	p.PutDelivery(d)
	to := p.Address(d.Channel)
	p.Touched(profile.Touch{Delivery: d.ID, Action: d.Action, Channel: d.Channel, Time: env.Now, Goal: d.Goal, Address: to, Owed: program.Transactional}, memory(env.Defs), largestCap(env.Defs))
	env.emit(fx, p.ID, event.Grant, event.GrantBody{
		Delivery: d.ID, Session: body.Session, Channel: d.Channel, To: to,
		Goal: d.Goal, Action: d.Action, Message: d.Message, Content: content,
	})
}

// write composes m for p, or says why it cannot be.
func (env *Env) write(p *profile.Person, m *definition.Message, parameters map[string]string) (event.Content, event.Reason) {
	return env.writeHeld(p, m, m.Channel, parameters)
}

// writeHeld is write for what is said in a conversation that is held on a channel.
func (env *Env) writeHeld(p *profile.Person, m *definition.Message, channel string, parameters map[string]string) (event.Content, event.Reason) {
	vars := MessageVars(env, p)
	vars.Parameters = parameters
	content, err := message.ComposeHeld(*m, channel, vars)
	if err != nil {
		return content, event.Reason{Code: policy.RenderFailed, Sentence: fmt.Sprintf("The message could not be written for this person: %v.", err)}
	}
	return content, event.Reason{}
}

// gate asks at send time what was asked when d was chosen: hours may have passed.
// It returns what sends d, and d's message, which is nil when it is no longer defined.
func gate(env *Env, p *profile.Person, d profile.Delivery) (*definition.Goal, *definition.Message, event.Reason) {
	if d.Reply != nil {
		return nil, nil, mayReply(env, p, d)
	}
	def, a, m := find(env.Defs, d)
	if m == nil {
		return nil, nil, event.Reason{Code: policy.NotEligible, Sentence: fmt.Sprintf("Message %q of action %q is no longer defined.", d.Message, d.Action)}
	}
	if why := leftMeanwhile(env, p, &d); d.Resent == "" && !why.IsZero() {
		return def, m, why
	}
	if d.Resent == "" && !concerns(env, p, def) {
		return def, m, event.Reason{Code: policy.NotEligible, Sentence: fmt.Sprintf("%s no longer works on this person, who is in the stage %q by now.", def.Name, p.Stage)}
	}
	if why := barred(env, p, def, a, m); !why.IsZero() {
		return def, m, why
	}
	return def, m, policy.Ask(env.request(p, def, a, m, d.ID))
}

// barred asks what may have changed about a message since it was chosen, besides
// what the policy says.
func barred(env *Env, p *profile.Person, def *definition.Goal, a *definition.Action, m *definition.Message) event.Reason {
	if why := repairFirst(p, def, a); !why.IsZero() {
		return why
	}
	if why := eligible(env, p, a); !why.IsZero() {
		return why
	}
	for _, l := range env.Settings.Levers {
		if (l.Kind == event.Block || l.Kind == event.Pause) && l.Holds(env.Now) && l.Touches(def.ID, a.ID, m.ID, m.Channel) {
			return leverReason(l)
		}
	}
	if why := env.ofOtherArms(p, def, a.ID, m.ID); !why.IsZero() {
		return why
	}
	return outOfHours(env, p, a)
}

// outOfHours holds an action until the hours in which it may go out.
func outOfHours(env *Env, p *profile.Person, a *definition.Action) event.Reason {
	zone := policy.Zone(p, env.Defs)
	until, outside := outsideHours(a, env.Now, zone)
	if !outside {
		return event.Reason{}
	}
	return event.Reason{Code: policy.Quiet, Until: until, Sentence: fmt.Sprintf("Held until %s in their time zone (%s): the hours in which %q may go out.",
		until.Time().In(zone).Format("15:04"), zone, a.Name)}
}

func suppress(env *Env, fx *Effects, p *profile.Person, d profile.Delivery, why event.Reason) {
	held := why.Code == policy.Quiet || why.Code == policy.Paced
	env.note(fx, p, event.Suppressed, event.SuppressedBody{
		Delivery: d.ID, Goal: d.Goal, Action: d.Action, Channel: d.Channel, Reason: why, Held: held,
	})
	if held {
		d.Phase, d.Session, d.After = profile.Queued, "", why.Until
		p.PutDelivery(d)
		return
	}
	delete(p.Deliveries, d.ID)
	if d.Reply != nil {
		env.tellServed(fx, p, d.Reply.Choices, why.Sentence)
	}
	served(env, fx, p, d.ID, false)
	env.delivered(fx, p, d.ID, why)
	if d.Reply != nil && d.Reply.Call != "" {
		env.heard(fx, p, d.ID, conversation.Result{Error: why.Sentence})
	}
	if g, ok := p.Goals[d.Goal]; ok {
		g.Held++
		p.Goals[d.Goal] = g
	}
}

// grant makes the permission effective: it is in the journal now. What came
// between the ask and the grant, a withdrawn consent or the stop button, still
// counts: then the grant has no effect, and nothing goes out.
func grant(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.UnpackGrant(&e)
	if err != nil {
		return
	}
	if passedOn(p, e, body.Delivery) {
		fx.note(e)
		return
	}
	d, ok := asked(p, body)
	if !ok {
		return
	}
	if _, _, why := gate(env, p, d); !why.IsZero() {
		p.Untouch(d.ID)
		suppress(env, fx, p, d, why)
		return
	}
	permit(p, d, e)
	fx.note(e)
}

// asked returns the delivery that waits for the grant.
func asked(p *profile.Person, g event.GrantHead) (profile.Delivery, bool) {
	d, ok := p.Deliveries[g.Delivery]
	return d, ok && d.Phase == profile.Asked && d.Session == g.Session
}

// permit lets d go out as the grant e says.
func permit(p *profile.Person, d profile.Delivery, e event.Event) {
	d.Phase, d.Grant = profile.Granted, slices.Clone(e.Body)
	p.PutDelivery(d)
}

// receipt records what became of a delivery. It returns what that changed.
func receipt(env *Env, fx *Effects, p *profile.Person, e event.Event) (ch profile.Changes) {
	body, err := event.Unpack[event.ReceiptBody](e)
	if err != nil {
		return ch
	}
	switch body.Outcome {
	case event.Sent, event.Failed, event.Unknown:
		d, open := p.Deliveries[body.Delivery]
		if passedOn(p, e, body.Delivery) {
			env.delivered(fx, p, body.Delivery, undelivered(&body))
			break
		}
		if !open || d.Phase != profile.Granted {
			return ch // it has its outcome
		}
		if env.repeat(p, d, &body) {
			break
		}
		delete(p.Deliveries, d.ID)
		served(env, fx, p, d.ID, body.Outcome == event.Sent)
		env.delivered(fx, p, d.ID, undelivered(&body))
		if d.Reply != nil {
			env.tellServed(fx, p, d.Reply.Choices, undelivered(&body).Sentence)
		}
		if d.Reply != nil && d.Reply.Call != "" {
			env.callOutcome(fx, p, d, body)
		}
		if g, ok := p.Goals[d.Goal]; ok && body.Outcome == event.Sent {
			g.Sent++
			p.Goals[d.Goal] = g
		}
	case event.Bounced, event.Complained:
		harmed(fx, p, body.Delivery, map[event.Outcome]definition.Measure{event.Bounced: definition.Bounces, event.Complained: definition.Complaints}[body.Outcome])
		t, ok := p.Touch(body.Delivery)
		if !ok { // longer ago than touches are remembered: what they are reached by now
			t.Address = p.Address(body.Channel)
		}
		if t.Address != "" {
			if p.Suppressed == nil {
				p.Suppressed = map[string]profile.Suppressed{}
			}
			p.Suppressed[profile.SuppressionKey(body.Channel, t.Address)] = profile.Suppressed{Why: body.Outcome, Time: e.Time}
			taint(env, fx, body.Channel, t.Address, body.Outcome, e.Time)
		}
	case event.Opened, event.Clicked, event.Delivered, event.Lost:
	}
	env.Map.Step(&p.Walk, e)
	fx.note(e)
	return p.Replay(env.Defs, e)
}

// find returns the definitions behind a delivery; m is nil when they are gone.
func find(ws *definition.Workspace, d profile.Delivery) (def *definition.Goal, a *definition.Action, m *definition.Message) {
	if def = ws.Program(d.Goal); def == nil {
		return nil, nil, nil
	}
	if a = def.Action(d.Action); a == nil {
		return def, nil, nil
	}
	for j := range a.Messages {
		if a.Messages[j].ID == d.Message && a.Messages[j].Channel == d.Channel {
			m = &a.Messages[j]
		}
	}
	return def, a, m
}

// memory is how far back touches matter: the longest cap or cool-down.
func memory(ws *definition.Workspace) time.Duration {
	longest := time.Duration(0)
	for _, c := range ws.Policy.Caps {
		longest = max(longest, c.Per)
	}
	for _, g := range ws.Programs() {
		for _, a := range g.Actions {
			longest = max(longest, a.CoolDown)
		}
		longest = max(longest, g.Horizon)
	}
	return longest
}

func largestCap(ws *definition.Workspace) int {
	largest := 0
	for _, c := range ws.Policy.Caps {
		largest = max(largest, c.AtMost)
	}
	return largest
}

// MessageVars is what messages to p may speak of now.
func MessageVars(env *Env, p *profile.Person) message.Vars {
	return message.Vars{
		Now: env.Now, Zone: policy.Zone(p, env.Defs), Traits: p.TraitValues(), Features: p.FeatureValues(env.Defs, env.Clock()), Stage: p.Stage, State: p.StateValues(),
		Workspace: message.Of(env.Defs), Templates: env.Templates,
		Item: func(id string) map[string]any {
			item, _ := env.Catalogue.Values()[id].(map[string]any)
			return item
		},
	}
}
