package engine

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// Slots ask what to show a person who is there already: on a page, in an app, on the
// screen of somebody who speaks with them. The question is in the journal, marks the
// person, and is answered by choices like any other, one for each slot; what became
// of each is told by a Served event, and only what was served is learned from.

// slotsAsk marks p for the choices that slots ask for. Somebody whom nothing was
// known of is a person from now on: they are there.
func slotsAsk(env *Env, fx *Effects, p *profile.Person, e event.Event) (ch profile.Changes) {
	p.Showing = slices.DeleteFunc(p.Showing, func(s profile.Showing) bool { return s.Until < env.Now })
	if len(p.Identities) == 0 {
		ch.Merge(p.Meet(env.Defs, e))
		claim(env, fx, p, e, &ch)
		ch.All = true
	}
	body, err := event.Unpack[event.SlotsBody](e)
	if err != nil || len(body.Slots) == 0 || body.Until < env.Now {
		return ch // nobody waits any more
	}
	p.Showing = append(p.Showing, profile.Showing{
		ID: env.nextOpportunity(len(body.Slots)), Call: body.Call, Slots: body.Slots, Until: body.Until, Scores: body.Scores,
	})
	return ch
}

// Show makes the choices that one question of p's slots waits for. Like [Choose] it
// changes nothing: the events take effect when they are read back. The bodies are theirs.
func Show(env *Env, p *profile.Person, s *profile.Showing) ([]event.Event, []event.ChoiceBody) {
	out := make([]event.Event, len(s.Slots))
	bodies := make([]event.ChoiceBody, len(s.Slots))
	beside := map[string]string{}
	put := func(i int) { // what a slot shows keeps other things away from the others
		if c := bodies[i].Candidates[bodies[i].Chosen]; c.Action != event.Silence {
			beside[ActionKey(c.Goal, c.Action)] = s.Slots[i]
		}
	}
	for i, id := range s.Slots { // what stays comes first
		if slot, is := env.Defs.Slot(id); is {
			if kept, ok := env.kept(p, slot, s.Channel, beside); ok {
				bodies[i] = kept
				put(i)
			}
		}
	}
	for i, id := range s.Slots {
		body := &bodies[i]
		if !body.Kept {
			env.chooseFor(p, s, id, s.Of(i), beside, body)
			put(i)
		}
		body.ID, body.Slot, body.Call, body.Trigger, body.Definition = s.Of(i), id, s.Call, "asked what to show in "+id, env.Defs.Hash
		if s.Trigger != "" {
			body.Trigger = s.Trigger
		}
		out[i] = env.choice(p, body)
	}
	return out, bodies
}

// chooseFor chooses for one slot.
func (env *Env) chooseFor(p *profile.Person, s *profile.Showing, slot string, id event.Opportunity, beside map[string]string, body *event.ChoiceBody) {
	*body = event.ChoiceBody{
		Policy: decide.Fair, Seed: decide.Seed(env.Defs.Seed, id, p.ID), Probability: 1,
		Candidates: []event.Candidate{{Action: event.Silence, Probability: 1}},
	}
	var goals []*definition.Goal
	if goals, body.Reason = env.showable(p, slot); len(goals) == 0 {
		return
	}
	ask := asking{slot: slot, beside: beside, scores: env.outside(p, s.Scores), unfit: map[string]event.Reason{}}
	for {
		v, err := env.arbitrate(p, goals, ask, body.Seed)
		if err != nil {
			body.Reason = fmt.Sprintf("Nothing: what everything is worth could not be computed: %v.", err)
			return
		}
		if v.chosen == 0 {
			v.into(env, body, goals)
			return
		}
		o := &v.options[v.chosen-1]
		content, why := env.writeHeld(p, o.message, s.Channel, o.setting.Values)
		if why.IsZero() {
			v.into(env, body, goals)
			body.Content = &content
			return
		}
		ask.unfit[o.key()] = why // it is no candidate, and the draw is made without it
	}
}

// showable lists the goals that may show p something in a slot; if there is none it
// says why.
func (env *Env) showable(p *profile.Person, slot string) (goals []*definition.Goal, why string) {
	why = "Nothing: no goal that works on this person has anything for this place."
	for i := range env.Defs.Goals {
		def := &env.Defs.Goals[i]
		if !slices.Contains(slots(env.Defs, def), slot) || !concerns(env, p, def) {
			continue
		}
		switch g, joined := p.Goals[def.ID]; {
		case !joined && !policy.Known(env.Settings, p):
			why = "Nothing: the workspace is disarmed, and nothing that this person is known by is on the allow-list."
		case !joined:
			why = "Nothing: this person has not come under a goal yet."
		case g.Arm != profile.Treated:
			why = "Nothing, on purpose: this person is in the holdout, so that the effect on the others can be measured."
		default:
			goals = append(goals, def)
		}
	}
	return goals, why
}

// kept is what slot shows p already, for as long as it stays and may still be shown.
func (env *Env) kept(p *profile.Person, slot definition.Slot, channel string, beside map[string]string) (event.ChoiceBody, bool) {
	was, ok := p.ShownIn(slot.ID)
	if !ok || env.Now >= was.At.Add(slot.Keep) {
		return event.ChoiceBody{}, false
	}
	body := event.ChoiceBody{
		Goal: was.Goal, Policy: "kept", Probability: 1, Kept: true, Reason: "What the place shows already stays for a while.",
		Candidates: []event.Candidate{{Goal: was.Goal, Action: was.Action, Message: was.Message, Probability: 1, Parameters: was.Parameters}},
	}
	if was.Action == event.Silence {
		return body, true
	}
	body.Candidates[0].Channel = slot.ID
	def, a, m := find(env.Defs, profile.Delivery{Goal: was.Goal, Action: was.Action, Message: was.Message, Channel: slot.ID})
	if m == nil || !concerns(env, p, def) || !barred(env, p, def, a, m).IsZero() || !excluded(env, def, a, beside).IsZero() ||
		!policy.AskToKeep(env.request(p, def, a, m, "")).IsZero() {
		return body, false
	}
	content, why := env.writeHeld(p, m, channel, was.Parameters)
	body.Content = &content
	return body, why.IsZero()
}

// excluded withholds an action that is shown in another slot of the same call, and
// what either of the two excludes. beside are the slots by what they show.
func excluded(env *Env, g *definition.Goal, a *definition.Action, beside map[string]string) event.Reason {
	key := ActionKey(g.ID, a.ID)
	for _, other := range slices.Sorted(maps.Keys(beside)) {
		shown := env.Defs.ActionOf(other)
		if other == key || slices.Contains(a.Excludes, other) || shown != nil && slices.Contains(shown.Excludes, key) {
			return event.Reason{Code: policy.Excluded, Sentence: fmt.Sprintf("The slot %q of the same call shows %q, and they are not shown together.", beside[other], other)}
		}
	}
	return event.Reason{}
}

// applyShown gives a choice for a slot its effect. One that nobody waits for any more
// has none.
func applyShown(env *Env, fx *Effects, p *profile.Person, e event.Event, body *event.Chosen) {
	i := slices.IndexFunc(p.Showing, func(s profile.Showing) bool { return s.Call == body.Call })
	if i < 0 {
		return
	}
	s := &p.Showing[i]
	at := slices.Index(s.Slots, body.Slot)
	if at < 0 || s.Of(at) != body.ID {
		return
	}
	first, all := s.Answer(at)
	asked := *s
	if all {
		p.Showing = slices.Delete(p.Showing, i, i+1)
	}
	if first && !body.Kept {
		env.shown(fx, p, e, body)
	}
	if first && asked.Conversation != "" {
		env.consulted(fx, p, &asked, body)
	}
}

// shown is that a choice for a slot was made.
func (env *Env) shown(fx *Effects, p *profile.Person, e event.Event, body *event.Chosen) {
	fx.note(body.Stored(e))
	c := body.Candidate
	p.Show(profile.Shown{ID: body.ID, Slot: body.Slot, At: env.Now, Goal: body.Goal, Action: c.Action, Message: c.Message, Parameters: c.Parameters})
	for _, goal := range body.Goals {
		if g, joined := p.Goals[goal]; joined {
			tally(&g, goal, c)
			p.Goals[goal] = g
		}
	}
	if _, joined := p.Goals[body.Goal]; joined && waiting(p) < mostWaiting {
		stake(env, p, body)
	}
}

// mostWaiting is for how many choices for slots the outcome is awaited at a time. Who
// meets more is not learned from twice as much; that is settled before anything came
// of them.
const mostWaiting = 64

func waiting(p *profile.Person) (n int) {
	for i := range p.Stakes {
		if p.Stakes[i].Call != "" {
			n++
		}
	}
	return n
}

// slotServed is told what a slot showed in the end.
func slotServed(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.ServedBody](e)
	if err != nil {
		return
	}
	if body.ID == (event.Opportunity{}) { // nobody waited: the choices come too late, or came
		p.Showing = slices.DeleteFunc(p.Showing, func(s profile.Showing) bool { return s.Call == body.Call })
		for _, s := range slices.Clone(p.Stakes) {
			if s.Call == body.Call && !s.Served {
				env.notShown(p, s.ID)
			}
		}
		fx.note(e)
		return
	}
	s := p.Stake(body.ID)
	if s == nil || s.Call == "" || s.Served {
		return // told before, or nothing is learned from it
	}
	fx.note(e)
	if !body.Served {
		env.notShown(p, body.ID)
		return
	}
	env.serve(fx, p, s)
	if def, a, _ := find(env.Defs, profile.Delivery{Goal: s.Goal, Action: s.Action}); a != nil && a.CoolDown > 0 {
		p.Touched(profile.Touch{
			Delivery: s.ID.Delivery(), Action: s.Action, Channel: s.Expected.Channel, Time: env.Now, Goal: def.ID, Shown: true,
		}, memory(env.Defs), largestCap(env.Defs))
	}
}

// notShown forgets a choice that was not seen: nothing is learned from it, and the
// slot chooses anew.
func (env *Env) notShown(p *profile.Person, id event.Opportunity) {
	p.Unstake(id)
	p.Shown = slices.DeleteFunc(p.Shown, func(s profile.Shown) bool { return s.ID == id })
	if len(p.Shown) == 0 {
		p.Shown = nil
	}
}
