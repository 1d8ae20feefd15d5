package engine

import (
	"bytes"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// A person is erased at their own record, which tells the homes of their
// identities and the records that were merged into them: each had a history of its
// own once, and leads here. What stays of each is its id, which is a hash, and when
// it was erased: what arrived until then and is still on its way is dropped where it
// comes in. Complaints about an address stay with the address's home, by its hash:
// who complained and was erased is still not written to. Who comes back later is a
// stranger.

// erase applies the decision, or the news of it.
func erase(env *Env, fx *Effects, p *profile.Person, e event.Event) *profile.Person {
	body, err := event.Unpack[event.EraseBody](e)
	if err != nil {
		return p
	}
	if body.At.IsZero() {
		body.At = e.ReceivedAt
	}
	news := !body.Of.IsZero()
	switch {
	case p == nil:
		p = &profile.Person{ID: e.To}
	case p.Erased >= body.At: // again, as after a restart
		return p
	case p.Vacant:
	case p.IsForward() && !news:
		e.To, e.Origin, e.Body = p.Forward, event.Origin{}, event.Pack(body)
		fx.Emit = append(fx.Emit, e)
		return p
	case p.IsForward() && p.Forward != body.Of && !slices.Contains(body.Records, p.Forward):
		return p // it has come to lead to somebody else
	case p.IsForward():
	case news:
		return p // it was taken out, and is a person of its own
	default:
		body.Of, body.Records = p.ID, records(env, p)
		for _, r := range body.Records {
			if r != p.ID {
				env.tell(fx, r, event.Erase, body, e.Imported)
			}
		}
	}
	fx.Erased = true
	return erased(p, &body)
}

// records are all that a person is made of, and the homes of their identities.
func records(env *Env, p *profile.Person) []person.ID {
	all := []person.ID{p.ID}
	for _, m := range p.Merges {
		all = append(all, m.Record)
	}
	for _, i := range p.Identities {
		all = append(all, person.IDOf(env.Workspace, i))
	}
	slices.SortFunc(all, func(a, b person.ID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

// erased is what stays of a record.
func erased(p *profile.Person, body *event.EraseBody) *profile.Person {
	left := &profile.Person{ID: p.ID, Rank: p.Rank, Epoch: p.Epoch, Vacant: true, Erased: body.At}
	if p.Home == nil {
		return left
	}
	home := profile.Home{Taint: p.Home.Taint}
	for _, id := range p.Home.Claims {
		if id != p.ID && id != body.Of && !slices.Contains(body.Records, id) {
			home.Claims = append(home.Claims, id)
		}
	}
	if home.Taint != nil || len(home.Claims) > 0 {
		left.Home = &home
	}
	return left
}

// Late reports whether e is of somebody who was erased since: it arrived before, or
// is a history that they had asked for. Then it is not taken.
func Late(p *profile.Person, e *event.Event) bool {
	if p.Erased.IsZero() {
		return false
	}
	if e.Kind != event.Handover {
		return (!e.Kind.Own() || e.Kind == event.Consented) && e.ReceivedAt <= p.Erased
	}
	body, err := event.Unpack[event.HandoverBody](*e)
	return err == nil && !body.Back && body.Erased < p.Erased
}

// dropLate has the record go too whose history came too late.
func dropLate(env *Env, fx *Effects, p *profile.Person, e *event.Event) {
	if e.Kind != event.Handover {
		return
	}
	if body, err := event.Unpack[event.HandoverBody](*e); err == nil && body.Last {
		env.tell(fx, body.From, event.Erase, event.EraseBody{At: p.Erased, Of: p.ID, Records: []person.ID{body.From, p.ID}}, e.Imported)
	}
}
