package engine

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// rest is what a record that becomes a forward hands over besides its history.
// Touches and suppressed addresses count for the person as their own do. What
// waits in its outbox is given up, since the person is met with silence now; the
// person's timeline says so. It is JSON in journals: names never change.
type rest struct {
	Touches    []profile.Touch               `json:"touches,omitempty"`
	Suppressed map[string]profile.Suppressed `json:"suppressed,omitempty"`
	GivenUp    []profile.Delivery            `json:"given_up,omitempty"`

	Identities []person.Identity       `json:"identities,omitempty"`
	Met        []profile.Met           `json:"met,omitempty"` // of Identities
	Goals      map[string]profile.Goal `json:"goals,omitempty"`
	Merges     []profile.Merge         `json:"merges,omitempty"`
	Apart      []event.Pair            `json:"apart,omitempty"`
	Settling   []person.Identity       `json:"settling,omitempty"`
	Events     int64                   `json:"events,omitempty"`

	Conversations []profile.Conversation `json:"conversations,omitempty"`
	Requests      []profile.Request      `json:"requests,omitempty"`
	Contacts      []event.Instant        `json:"contacts,omitempty"`
	Replies       []profile.Delivery     `json:"replies,omitempty"` // that wait to be sent
	Stakes        []profile.Stake        `json:"stakes,omitempty"`

	Journeys []profile.Journey       `json:"journeys,omitempty"`
	Been     map[string]profile.Been `json:"been,omitempty"`
}

// leave turns p into a forward to the person who asks. What the gate has let pass
// may be on the wire: the forward keeps it until its outcome is known.
func leave(p *profile.Person, join *event.JoinBody) (*profile.Person, json.RawMessage) {
	left := &profile.Person{ID: p.ID, Forward: join.With.ID, Rank: p.Rank, Home: p.Home, Epoch: p.Epoch + 1, Erased: p.Erased}
	r := rest{
		Touches: p.Touches, Suppressed: p.Suppressed, Identities: p.Identities, Met: p.Met, Goals: p.Goals, Merges: p.Merges,
		Apart: p.Apart, Events: p.Events, Conversations: p.Conversations, Requests: p.Requests, Contacts: p.Contacts, Stakes: p.Stakes,
		Journeys: p.Journeys, Been: p.Been,
	}
	for i := range r.Touches {
		if r.Touches[i].Of.IsZero() {
			r.Touches[i].Of = p.ID
		}
	}
	for len(r.Met) < len(r.Identities) {
		r.Met = append(r.Met, profile.Met{First: p.FirstSeen})
	}
	for i := range r.Met {
		if r.Met[i].Of.IsZero() {
			r.Met[i].Of = p.ID
		}
	}
	for _, i := range p.Settling {
		if i != join.Identity {
			r.Settling = append(r.Settling, i)
		}
	}
	for _, d := range p.Deliveries {
		if d.Phase == profile.Queued && d.Reply != nil {
			r.Replies = append(r.Replies, d)
		} else if d.Phase == profile.Queued {
			r.GivenUp = append(r.GivenUp, d)
		} else {
			left.PutDelivery(d)
		}
	}
	byID := func(a, b profile.Delivery) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(r.GivenUp, byID)
	slices.SortFunc(r.Replies, byID)
	return left, event.Pack(r)
}

// receiveHistory applies a piece of the history that a record hands over. It is
// history: it builds the profile and starts nothing.
func receiveHistory(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.HandoverBody](e)
	if err != nil || !body.Back && p.Consists(body.From) {
		return
	}
	p.Await(body.Identity)
	var more []string // accounts for which there is no room
	mine, met, refusals := slices.Clone(p.Identities), slices.Clone(p.Met), slices.Clone(p.Refusals)
	for left := body.Events; len(left) > 0; {
		var past event.Event
		if past, left, err = event.DecodeNext(left); err != nil {
			env.note(fx, p, event.Refused, event.RefusedBody{What: "hand-over", Reason: event.Reason{Code: "corrupt", Sentence: err.Error()}})
			return
		}
		more = append(more, remember(env, fx, p, past).Crowded...)
		fx.Handed = len(fx.Timeline)
	}
	slices.Sort(more)
	crowded(env, fx, p, slices.Compact(more))
	p.Identities, p.Met, p.Refusals = mine, met, refusals // they come with the rest
	switch {
	case !body.Last:
	case body.Back:
		regain(env, fx, p, &body, e.Imported)
	default:
		gain(env, fx, p, &body, e)
	}
}

// gain is the end of a hand-over: the record is a part of p from now on.
func gain(env *Env, fx *Effects, p *profile.Person, body *event.HandoverBody, e event.Event) {
	var r rest
	if len(body.Rest) > 0 && json.Unmarshal(body.Rest, &r) != nil {
		r = rest{}
	}
	into := body.Into
	if into.IsZero() {
		into = p.ID
	}
	p.Touches = append(p.Touches, r.Touches...)
	slices.SortStableFunc(p.Touches, func(a, b profile.Touch) int { return cmp.Compare(a.Time, b.Time) })
	for address, s := range r.Suppressed {
		p.Suppress(address, s)
	}
	for n, i := range r.Identities {
		p.Take(i, r.Met[min(n, len(r.Met)-1)])
	}
	p.Merges = append(append(p.Merges, r.Merges...), profile.Merge{
		Record: body.From, Into: into, Identity: body.Identity, Time: env.Now, Epoch: body.Epoch, Events: int(r.Events), Force: body.Force, By: body.By,
	})
	for _, x := range r.Apart {
		p.Keep(x)
	}
	for _, i := range r.Settling {
		p.Await(i)
	}
	p.Forgive(func(f profile.Refusal) bool { return p.Has(f.Identity) || !f.Person.IsZero() && p.Consists(f.Person) })
	ours := mergeGoals(env, p, r.Goals)
	env.giveUp(fx, p, r.GivenUp)
	env.takeOver(p, &r)
	env.awaitConfirmations(p)
	walkTogether(env, fx, p, &r)
	takeStakes(env, p, r.Stakes)
	merged := event.MergedBody{
		Identity: body.Identity, Person: body.From, Epoch: body.Epoch, Force: body.Force, By: body.By, Events: int(r.Events),
	}
	if len(r.Goals) > 0 {
		merged.Rest, merged.Ours = event.Pack(rest{Goals: r.Goals}), event.Pack(rest{Goals: ours})
	}
	env.note(fx, p, event.Merged, merged)
	if len(r.Goals) > 0 {
		p.Basis = "" // what was earned within their time is counted again, before they are spoken to
		env.tell(fx, p.ID, event.Linked, event.LinkedBody{Identity: body.Identity}, e.Imported)
	} else {
		p.Settle(body.Identity)
	}
	inside(env, fx, p, body)
}

// inside looks for records of p that were taken apart. Somebody in charge may
// have joined them again: then that is forgotten. Or two merges went on at once,
// and neither could know of the other: then the later is undone.
func inside(env *Env, fx *Effects, p *profile.Person, body *event.HandoverBody) {
	broken := false
	p.Apart = slices.DeleteFunc(p.Apart, func(x event.Pair) bool {
		in := p.Consists(x.A) && p.Consists(x.B)
		broken = broken || in
		return in && body.Force == event.Operator
	})
	if len(p.Apart) == 0 {
		p.Apart = nil
	}
	if broken && body.Force != event.Operator {
		env.emit(fx, p.ID, event.Unmerge, event.UnmergeBody{Record: body.From, Reason: "It is kept apart from another record of this person."})
	}
}

func (env *Env) giveUp(fx *Effects, p *profile.Person, all []profile.Delivery) {
	for _, d := range all {
		env.note(fx, p, event.Suppressed, event.SuppressedBody{
			Delivery: d.ID, Goal: d.Goal, Action: d.Action, Channel: d.Channel,
			Reason: event.Reason{Code: policy.Settling, Sentence: "Given up: the person turned out to be somebody we know by another name."},
		})
	}
}

// mergeGoals takes over where another record stands with its goals, and returns
// where p stood with the same ones. The person keeps their own arm. Results count
// in the arm that they were in first.
func mergeGoals(env *Env, p *profile.Person, theirs map[string]profile.Goal) (ours map[string]profile.Goal) {
	for id, t := range theirs {
		if p.Goals == nil {
			p.Goals = map[string]profile.Goal{}
		}
		own, joined := p.Goals[id]
		if !joined {
			g := t
			if def, ok := env.Defs.Goal(id); ok {
				g.Arm = arm(env, p, &def)
			}
			if g.Arm != t.Arm || t.First != "" {
				g.First = t.Exposed()
			}
			p.Goals[id] = g
			continue
		}
		if ours == nil {
			ours = map[string]profile.Goal{}
		}
		ours[id] = own
		g := own
		first := own.Exposed()
		if t.Joined < own.Joined {
			first = t.Exposed()
			g.Joined, g.Before, g.Reachable = t.Joined, t.Before, t.Reachable
		}
		if own.Arm != t.Arm || own.First != "" || t.First != "" {
			g.First = first
		}
		if g.Reached == 0 || t.Reached != 0 && t.Reached < g.Reached {
			g.Reached = t.Reached
		}
		g.Next = max(g.Next, t.Next)
		g.Chosen, g.Silent, g.Sent, g.Held = g.Chosen+t.Chosen, g.Silent+t.Silent, g.Sent+t.Sent, g.Held+t.Held
		g.Yielded += t.Yielded
		p.Goals[id] = g
	}
	return ours
}

// unmergeGoals is the reverse: what came is taken out again of where p stands.
func unmergeGoals(p *profile.Person, theirs, ours map[string]profile.Goal) {
	for id, t := range theirs {
		g, joined := p.Goals[id]
		if !joined {
			continue
		}
		g.Chosen, g.Silent, g.Sent, g.Held = g.Chosen-t.Chosen, g.Silent-t.Silent, g.Sent-t.Sent, g.Held-t.Held
		g.Yielded -= t.Yielded
		if own, had := ours[id]; had {
			g.Joined, g.Before, g.Reachable, g.Reached, g.First = own.Joined, own.Before, own.Reachable, own.Reached, own.First
		} else if g.Chosen == 0 {
			delete(p.Goals, id)
			continue
		}
		p.Goals[id] = g
	}
}
