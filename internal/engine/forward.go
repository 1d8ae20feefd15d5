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
}

// leave turns p into a forward to the person to. What the gate has let pass may
// be on the wire: the forward keeps it until its outcome is known.
func leave(p *profile.Person, to person.ID) (*profile.Person, json.RawMessage) {
	left := &profile.Person{ID: p.ID, Forward: to}
	r := rest{Touches: p.Touches, Suppressed: p.Suppressed}
	for _, d := range p.Deliveries {
		if d.Phase == profile.Queued {
			r.GivenUp = append(r.GivenUp, d)
		} else {
			left.PutDelivery(d)
		}
	}
	slices.SortFunc(r.GivenUp, func(a, b profile.Delivery) int { return cmp.Compare(a.ID, b.ID) })
	if len(r.Touches) == 0 && len(r.Suppressed) == 0 && len(r.GivenUp) == 0 {
		return left, nil
	}
	return left, event.Pack(r)
}

// receiveRest is the other end of leave.
func receiveRest(env *Env, fx *Effects, p *profile.Person, raw json.RawMessage) {
	var r rest
	if len(raw) == 0 || json.Unmarshal(raw, &r) != nil {
		return
	}
	p.Touches = append(p.Touches, r.Touches...)
	slices.SortStableFunc(p.Touches, func(a, b profile.Touch) int { return cmp.Compare(a.Time, b.Time) })
	for address, s := range r.Suppressed {
		if p.Suppressed == nil {
			p.Suppressed = map[string]profile.Suppressed{}
		}
		p.Suppressed[address] = s
	}
	for _, d := range r.GivenUp {
		env.note(fx, p, event.Suppressed, event.SuppressedBody{
			Delivery: d.ID, Goal: d.Goal, Action: d.Action, Channel: d.Channel,
			Reason: event.Reason{Code: policy.Settling, Sentence: "Given up: the person turned out to be somebody we know by another name."},
		})
	}
}

// forward deals with what is addressed to a record that is a forward. All of it
// is the person's to know; what concerns a delivery that the forward still holds
// has its effect here first.
func forward(fx *Effects, p *profile.Person, e event.Event) {
	switch e.Kind {
	case event.Choice, event.Ask:
		return // nobody waits for them any more
	case event.Grant:
		body, err := event.Unpack[event.GrantBody](e)
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
	e.To = p.Forward
	e.Origin = event.Origin{}
	fx.Emit = append(fx.Emit, e)
}

func final(o event.Outcome) bool { return o == event.Sent || o == event.Failed || o == event.Unknown }

// passedOn reports whether e concerns a delivery of a record that has become a
// forward to p. The forward lets the grant and the outcome through once.
func passedOn(p *profile.Person, e event.Event, delivery string) bool {
	_, open := p.Deliveries[delivery]
	_, touched := p.Touch(delivery)
	return e.Origin.Seq != 0 && !open && touched
}
