package engine

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// HandBack says that a merge is undone: the entries of From's timeline that were
// addressed to the records of Part go to To, which is the first of them.
type HandBack struct {
	From     person.ID
	To       person.ID
	Part     []person.ID
	Identity person.Identity
	Epoch    uint32
	By       string

	// Rest goes with the last piece.
	Rest json.RawMessage

	rest    rest
	members []person.ID // the records that were merged into From
}

// Takes reports whether an entry of the timeline goes. Of a home that had nothing of
// its own two records may have said that it is theirs: then it is that one's which led
// the entry on.
func (h *HandBack) Takes(e *event.Event) bool {
	home := e.Home()
	if !slices.Contains(h.members, home) {
		for _, id := range append(slices.Clip(e.Led), e.To) {
			if slices.Contains(h.members, id) {
				return slices.Contains(h.Part, id)
			}
		}
	}
	return slices.Contains(h.Part, home)
}

// merge is somebody in charge saying that another person is this one.
func merge(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.MergeBody](e)
	if err != nil {
		return
	}
	fx.note(e)
	if p.Consists(body.Person) {
		env.note(fx, p, event.Refused, event.RefusedBody{
			What: "merge with " + body.Person.String(), Person: body.Person, Reason: event.Reason{Code: "same_person", Sentence: "They are one person already."},
		})
		return
	}
	env.tell(fx, body.Person, event.Join, event.JoinBody{Identity: strongest(p), Asker: p.ID, With: face(env, p), Force: event.Operator, By: body.By}, false)
}

func strongest(p *profile.Person) (best person.Identity) {
	for _, i := range p.Identities {
		if best.IsZero() || i.Kind.Priority() < best.Kind.Priority() {
			best = i
		}
	}
	return best
}

// unmerge is somebody in charge saying that a record is not this person. What
// came with it goes back, and the two are kept apart from now on. The rest is done
// by Divide, once the timeline is at hand.
func unmerge(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.UnmergeBody](e)
	if err != nil {
		return
	}
	record := body.Record
	at := slices.IndexFunc(p.Merges, func(m profile.Merge) bool { return m.Record == record })
	link := slices.IndexFunc(p.Identities, func(i person.Identity) bool { return person.IDOf(env.Workspace, i) == record })
	if record == p.ID || at < 0 && link < 0 {
		env.note(fx, p, event.Refused, event.RefusedBody{
			What: "take out " + record.String(), Person: record,
			Reason: event.Reason{Code: profile.NoSuchMerge, Sentence: "This person is not made of that record, so it cannot be taken out."},
		})
		return
	}
	h := &HandBack{From: p.ID, To: record, Part: p.Part(record), By: body.By}
	if at >= 0 {
		h.Identity, h.Epoch = p.Merges[at].Identity, p.Merges[at].Epoch
		p.Keep(event.Pair{A: p.Merges[at].Into, B: record})
	} else {
		h.Identity = p.Identities[link]
	}
	p.Keep(event.Pair{A: p.ID, B: record})
	gone := func(id person.ID) bool { return slices.Contains(h.Part, id) }
	h.add(env, p)
	for _, m := range p.Merges {
		h.members = append(h.members, m.Record)
	}
	h.rest.Apart = slices.Clone(p.Apart)
	p.Merges = slices.DeleteFunc(p.Merges, func(m profile.Merge) bool {
		if gone(m.Record) && m.Record != record {
			h.rest.Merges = append(h.rest.Merges, m)
		}
		return gone(m.Record)
	})
	if len(p.Merges) == 0 {
		p.Merges = nil
	}
	for _, t := range p.Touches {
		if !gone(t.Of) && h.reached(t) { // it counts for both: a cap is of who gets the letters
			t.Of = record
		}
		if gone(t.Of) {
			h.rest.Touches = append(h.rest.Touches, t)
		}
	}
	p.Touches = slices.DeleteFunc(p.Touches, func(t profile.Touch) bool { return gone(t.Of) })
	h.rest.Suppressed = p.Suppressed // a complaint is about the address: it holds for both
	for _, i := range h.rest.Identities {
		p.Refuse(profile.Refusal{Identity: i, Code: profile.KeptApart, Time: e.ReceivedAt, Person: record, Sentence: fmt.Sprintf("It went with %s when that was taken out.", record)})
	}
	env.note(fx, p, event.Unmerged, body)
	fx.HandBack = h
}

// add puts the identities that go among what goes, and the records that had
// nothing of their own when they were linked to those that go. The identity of a
// record that came by another way stays with that record.
func (h *HandBack) add(env *Env, p *profile.Person) {
	taken := make([]bool, len(p.Identities))
	for more := true; more; {
		more = false
		for n, i := range p.Identities {
			met, home := profile.Met{First: p.FirstSeen}, person.IDOf(env.Workspace, i)
			if n < len(p.Met) {
				met = p.Met[n]
			}
			elsewhere := p.Consists(home) && !slices.Contains(h.Part, home)
			if taken[n] || elsewhere || home != h.To && !slices.Contains(h.Part, met.Of) {
				continue
			}
			taken[n], more = true, true
			h.rest.Identities, h.rest.Met = append(h.rest.Identities, i), append(h.rest.Met, met)
			if !slices.Contains(h.Part, home) {
				h.Part = append(h.Part, home)
			}
		}
	}
}

// reached reports whether t went to an address that goes.
func (h *HandBack) reached(t profile.Touch) bool {
	kind := profile.AddressKind(t.Channel)
	return kind != "" && slices.Contains(h.rest.Identities, person.NewIdentity(kind, t.Address))
}

// reclaim asks again for every identity of p: what a person had together with a
// part of them that was taken out, the homes know whose it is.
func reclaim(env *Env, fx *Effects, p *profile.Person, imported bool) {
	for n, i := range p.Identities {
		home := person.IDOf(env.Workspace, i)
		if home == p.ID || p.Consists(home) {
			continue
		}
		owner := p.ID
		if n < len(p.Met) && !p.Met[n].Of.IsZero() {
			owner = p.Met[n].Of
		}
		if i.Kind.Rank() != person.AddressRank {
			p.Await(i)
		}
		env.tell(fx, home, event.Link, event.LinkBody{Identity: i, Person: owner, Rank: p.Rank, Face: face(env, p)}, imported)
	}
}

// Divide computes p again from the part of its timeline that stays, oldest first,
// and completes what goes back.
func Divide(env *Env, p *profile.Person, h *HandBack, stays []event.Event) (*profile.Person, Effects) {
	for _, e := range slices.Backward(stays) {
		if e.Kind != event.Merged {
			continue
		}
		if body, err := event.Unpack[event.MergedBody](e); err == nil && body.Person == h.To {
			var theirs, ours rest
			if json.Unmarshal(body.Rest, &theirs) == nil && len(theirs.Goals) > 0 {
				_ = json.Unmarshal(body.Ours, &ours) // none
				h.rest.Goals = theirs.Goals
				unmergeGoals(p, theirs.Goals, ours.Goals)
			}
			break
		}
	}
	h.Rest = event.Pack(h.rest)
	p.Basis = ""
	return Refresh(env, p, slices.Values(stays))
}

// comesBack makes a person again of a forward whose merge is undone.
func comesBack(env *Env, p *profile.Person, e event.Event) (who *profile.Person, back bool) {
	if e.Kind != event.Handover {
		return p, false
	}
	body, err := event.Unpack[event.HandoverBody](e)
	if err != nil || !body.Back {
		return p, false
	}
	if body.Into != p.ID {
		return p, false
	}
	if body.Epoch != 0 && body.Epoch != p.Epoch {
		return p, true // about a link that is no more
	}
	return begin(env, p.ID, p), true
}

// regain is the end of a hand-over back.
func regain(env *Env, fx *Effects, p *profile.Person, body *event.HandoverBody, imported bool) {
	var r rest
	if json.Unmarshal(body.Rest, &r) != nil {
		r = rest{}
	}
	p.Touches = append(p.Touches, r.Touches...)
	for i := range p.Touches {
		if p.Touches[i].Of == p.ID {
			p.Touches[i].Of = person.ID{}
		}
	}
	for address, s := range r.Suppressed {
		p.Suppress(address, s)
	}
	for n, i := range r.Identities {
		m := r.Met[n]
		if m.Of == p.ID {
			m.Of = person.ID{}
		}
		p.Take(i, m)
	}
	p.Merges = append(p.Merges, r.Merges...)
	for _, x := range r.Apart {
		p.Keep(x)
	}
	p.Goals = r.Goals
	env.tell(fx, body.From, event.Linked, event.LinkedBody{Again: true}, imported)
	if p.Settle(body.Identity); p.Events == 0 && len(p.Merges) == 0 && len(p.Deliveries) == 0 && len(p.Consent) == 0 {
		*p = profile.Person{ID: p.ID, Rank: p.Rank, Home: p.Home, Epoch: p.Epoch, Apart: p.Apart, Erased: p.Erased, Vacant: true}
		return // an identity without a history is nobody
	}
	p.Await(body.Identity)
	env.note(fx, p, event.Unmerged, event.UnmergeBody{Record: body.From, By: body.By})
	p.Basis = "" // counted again before they are spoken to
	reclaim(env, fx, p, imported)
	env.tell(fx, p.ID, event.Linked, event.LinkedBody{Identity: body.Identity}, imported)
}
