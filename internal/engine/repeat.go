package engine

import (
	"cmp"
	"fmt"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// A delivery of unknown outcome may have arrived. What people are owed is sent again
// where whoever takes it knows it by its key, so that twice counts once; all else,
// and everywhere else, it is left at that.
const (
	mostRepeats   = 5
	repeatBackoff = 30 * time.Second
)

// KnowsKeys reports whether who takes what goes out by a channel is told a key that is
// the same whenever the same delivery comes again. Of the protocols spoken only our
// own webhook has one, its webhook-id: SMTP, SMPP and the carriers' APIs take a
// second request for a second letter.
func KnowsKeys(channel string) bool { return channel == "webhook" }

// repeat puts d, of which it is not known whether it arrived, back into the outbox if
// it may be sent again.
func (env *Env) repeat(p *profile.Person, d profile.Delivery, body *event.ReceiptBody) bool {
	program := env.Defs.Program(d.Goal)
	if body.Outcome != event.Unknown || d.Reply != nil || program == nil || !program.Transactional || !KnowsKeys(d.Channel) || d.Tries+1 >= mostRepeats {
		return false
	}
	d.Tries++
	d.Phase, d.Session, d.Grant, d.After = profile.Queued, "", nil, env.Now.Add(repeatBackoff<<d.Tries)
	p.Untouch(d.ID) // it is a touch again when it is granted again
	p.PutDelivery(d)
	return true
}

// resend puts a delivery that has its outcome back into the outbox, because somebody
// wants it: it passes the gate like all else, but that what it was chosen for may be
// over by now.
func resend(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	b, err := event.Unpack[event.ResendBody](e)
	if err != nil {
		return
	}
	var why string
	_, open := p.Deliveries[b.Delivery]
	switch {
	case !KnowsKeys(b.Channel):
		why = fmt.Sprintf("Who takes what goes out by %s could not tell it from another letter.", b.Channel)
	case open:
		why = "It is on its way."
	}
	if why != "" {
		env.note(fx, p, event.Refused, event.RefusedBody{What: "send " + b.Delivery + " once more", Reason: event.Reason{Code: policy.NotEligible, Sentence: why}})
		return
	}
	fx.note(e)
	p.Untouch(b.Delivery) // it is a touch again when it is granted again
	p.PutDelivery(profile.Delivery{
		ID: b.Delivery, Goal: b.Goal, Action: b.Action, Message: b.Message, Channel: b.Channel, Parameters: b.Parameters,
		Phase: profile.Queued, Created: env.Now, After: env.Now, Resent: cmp.Or(b.By, "somebody"),
	})
}
