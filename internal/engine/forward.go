package engine

import (
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Passes reports whether the record p only passes e on.
func Passes(ws person.Workspace, p *profile.Person, e *event.Event) bool {
	return p != nil && (!p.Forward.IsZero() || returns(ws, p, e) || Late(p, e))
}

// returns reports whether e came by way of a record that was taken out of p, or of
// who has become a part of p since, while it was on its way: one that was named
// then, or the home of an identity that went with it.
func returns(ws person.Workspace, p *profile.Person, e *event.Event) bool {
	if len(p.Apart) == 0 || e.Via.IsZero() || p.Consists(e.Via) {
		return false
	}
	if out(p, e.Via) || slices.ContainsFunc(e.Led, func(id person.ID) bool { return out(p, id) }) {
		return true
	}
	for _, r := range p.Refusals {
		if r.Code == profile.KeptApart && person.IDOf(ws, r.Identity) == e.Via {
			return true
		}
	}
	return false
}

// out reports whether the record id was taken out of a part of p, and is none now.
func out(p *profile.Person, id person.ID) bool {
	return slices.ContainsFunc(p.Apart, func(x event.Pair) bool {
		return (x.A == id && p.Consists(x.B) || x.B == id && p.Consists(x.A)) && !p.Consists(id)
	})
}

// route finds the person whom e is for. done tells that there is nothing left to
// do: e was passed on, or concerned the record and no person.
func route(env *Env, fx *Effects, p *profile.Person, e event.Event) (who *profile.Person, done bool) {
	switch {
	case e.Kind == event.Erase:
		return erase(env, fx, p, e), true
	case p != nil && Late(p, &e):
		dropLate(env, fx, p, &e)
		return p, true
	case e.Kind == event.Link:
		return link(env, fx, p, e), true
	case e.Kind == event.Taint && taints(env, e):
		p = taintHome(env, fx, p, e)
		return p, p.IsForward()
	case p == nil:
		if !begins(e.Kind) {
			return nil, true
		}
		p = begin(env, e.To, nil)
		p.Rank = rankBy(&e)
		return p, false
	case p.Vacant:
		if !begins(e.Kind) && e.Kind != event.Join {
			return p, true
		}
		return begin(env, p.ID, p), false
	case p.IsForward():
		if who, back := comesBack(env, p, e); back {
			return who, who.IsForward()
		}
		forward(fx, p, e)
		return p, true
	case returns(env.Workspace, p, &e):
		e.To, e.Via, e.Led, e.Origin = e.Via, person.ID{}, nil, event.Origin{}
		fx.Emit = append(fx.Emit, e)
		return p, true
	}
	return p, false
}

// begins reports whether an event of kind k may be the first of a person. Consent may:
// a no must hold for whoever the record turns out to be.
func begins(k event.Kind) bool {
	return !k.Own() || k == event.Handover || k == event.Replied || k == event.Slots || k == event.Consented
}

// rankBy is the rank of a record that e begins.
func rankBy(e *event.Event) person.Rank {
	if e.Kind == event.Replied {
		if body, err := event.Unpack[event.RepliedBody](*e); err == nil {
			return body.From.Kind.Rank()
		}
	}
	if e.Kind == event.Consented && e.Primary().IsZero() {
		return 0 // found out when it is asked for
	}
	if e.Kind.Own() && e.Kind != event.Slots && e.Kind != event.Consented {
		return person.KnownRank
	}
	return e.Primary().Kind.Rank()
}

// forward deals with what is addressed to a record that is a forward. All of it
// is the person's to know; what concerns a delivery that the forward still holds
// has its effect here first.
func forward(fx *Effects, p *profile.Person, e event.Event) {
	switch e.Kind {
	case event.Choice, event.Ask, event.Scored:
		return // nobody waits for them any more
	case event.Grant:
		body, err := event.UnpackGrant(&e)
		d, ok := asked(p, body)
		if err != nil || !ok {
			return
		}
		permit(p, d, e)
	case event.Receipt:
		body, err := event.Unpack[event.ReceiptBody](e)
		if err != nil {
			return
		}
		if final(body.Outcome) {
			if d, ok := p.Deliveries[body.Delivery]; !ok || d.Phase != profile.Granted {
				return // it has its outcome
			}
			delete(p.Deliveries, body.Delivery)
		}
	default: // concerns no delivery
	}
	switch {
	case !fact(e.Kind):
	case e.Via.IsZero():
		e.Via = p.ID
	default:
		e.Led = append(slices.Clip(e.Led), p.ID)
	}
	e.To = p.Forward
	e.Origin = event.Origin{}
	fx.Emit = append(fx.Emit, e)
}

// fact reports whether events of kind k go onto timelines as they are, where it
// matters which record they were addressed to.
func fact(k event.Kind) bool {
	return !k.Own() || k.Once() || k == event.Grant || k == event.Receipt
}

func final(o event.Outcome) bool { return o == event.Sent || o == event.Failed || o == event.Unknown }

// passedOn reports whether e concerns a delivery of a record that has become a
// forward to p. The forward lets the grant and the outcome through once.
func passedOn(p *profile.Person, e event.Event, delivery string) bool {
	_, open := p.Deliveries[delivery]
	_, touched := p.Touch(delivery)
	return e.Origin.Seq != 0 && !open && touched
}

// Complaints and bounces are about an address, whoever has it. Its home knows who
// has said so.

// taint tells the home of an address that it must not be used again.
func taint(env *Env, fx *Effects, channel, address string, why event.Outcome, at event.Instant) {
	kind := profile.AddressKind(channel)
	if kind == "" || kind == person.Phone {
		return // the company's own ids; numbers that one channel does not reach another may
	}
	i := person.NewIdentity(kind, address)
	if !i.Blocked() {
		env.emit(fx, person.IDOf(env.Workspace, i), event.Taint, event.TaintBody{Identity: i, Why: why, At: at})
	}
}

// taints reports whether e is for the home of an address, and not for a person.
func taints(env *Env, e event.Event) bool {
	body, err := event.Unpack[event.TaintBody](e)
	return err == nil && person.IDOf(env.Workspace, body.Identity) == e.To
}

func taintHome(env *Env, fx *Effects, p *profile.Person, e event.Event) *profile.Person {
	body, err := event.Unpack[event.TaintBody](e)
	if p == nil {
		p = &profile.Person{ID: e.To, Rank: body.Identity.Kind.Rank(), Vacant: true}
	}
	if err != nil {
		return p
	}
	if p.Home == nil {
		p.Home = &profile.Home{}
	}
	if t := p.Home.Taint; t != nil && t.Time <= body.At {
		return p
	}
	p.Home.Taint = &profile.Suppressed{Why: body.Why, Time: body.At}
	for _, id := range p.Home.Claims {
		env.emit(fx, id, event.Taint, body)
	}
	return p
}

// tainted is a person hearing that an address of theirs must not be used.
func tainted(p *profile.Person, e event.Event) {
	if body, err := event.Unpack[event.TaintBody](e); err == nil {
		p.Suppress(body.Identity.Value, profile.Suppressed{Why: body.Why, Time: body.At})
	}
}
