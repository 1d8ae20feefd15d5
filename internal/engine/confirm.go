package engine

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// Double opt-in. A yes to a channel that wants it confirmed counts once the address
// itself has said so. Each move is an event of the person's timeline, from which
// where they stand is made again like all else, whoever they turn out to be.

// agreement is what was so before an event: whether p agreed to a channel, and at
// which address.
type agreement struct {
	given   bool
	address string
}

// agreed is that of each channel of double opt-in.
func (env *Env) agreed(p *profile.Person) map[string]agreement {
	var out map[string]agreement
	for i := range env.Defs.Channels {
		ch := &env.Defs.Channels[i]
		if ch.DoubleOptIn == nil {
			continue
		}
		if out == nil {
			out = map[string]agreement{}
		}
		out[ch.ID] = agreement{len(p.Agreed(ch.ID)) > 0, p.Address(ch.ID)}
	}
	return out
}

// reconfirm looks at what e changed about channels of double opt-in. What is imported
// starts nothing, and counts as it is.
func (env *Env) reconfirm(fx *Effects, p *profile.Person, e event.Event, before map[string]agreement) {
	if e.Imported || len(before) == 0 {
		return
	}
	var word event.ConsentBody // of the person, if e is one
	if e.Kind == event.Consented {
		word, _ = event.Unpack[event.ConsentBody](e)
	}
	for i := range env.Defs.Channels {
		if ch := &env.Defs.Channels[i]; ch.DoubleOptIn != nil {
			env.reconfirmOn(fx, p, e, ch, before[ch.ID], word)
		}
	}
}

func (env *Env) reconfirmOn(fx *Effects, p *profile.Person, e event.Event, ch *definition.Channel, was agreement, word event.ConsentBody) {
	now := agreement{len(p.Agreed(ch.ID)) > 0, p.Address(ch.ID)}
	c := p.Confirming.Get(ch.ID)
	said := word.Given && (word.Channel == ch.ID || word.Channel == "*")
	body := event.ConfirmBody{Channel: ch.ID, Address: now.address, Asked: c.Asked, Reminded: c.Reminded, Source: e.Source}
	switch {
	case !now.given:
		if c.Waits() || c.Move == event.ConfirmGiven {
			body.Move, body.Address = event.ConfirmDropped, c.Address
			env.confirmed(fx, p, body)
		}
	case said && word.On == ch.ID:
		if c.Lacking() {
			body.Move = event.ConfirmGiven
			env.confirmed(fx, p, body)
		}
	case !ch.DoubleOptIn.Asks(e.Source) && word.On == "":
		if c.Lacking() && (said || !was.given) {
			body.Move = event.ConfirmGiven
			env.confirmed(fx, p, body)
		}
	case now.address == "" || c.Address == now.address && (c.Waits() || c.Move == event.ConfirmGiven):
	case was.given && was.address == now.address && (!said || c.Move != event.ConfirmExpired): // it holds already, or has expired and is only said again
	default:
		body.Asked, body.Reminded, body.Page = env.Now, 0, gjson.GetBytes(e.Context, "page.url").String()
		body.Until = env.Now.Add(ch.DoubleOptIn.Expires)
		env.askToConfirm(fx, p, ch, body, event.ConfirmAsked)
	}
}

// confirmed records a move, and where p stands after it.
func (env *Env) confirmed(fx *Effects, p *profile.Person, body event.ConfirmBody) {
	env.note(fx, p, event.Confirmed, body)
	p.Replay(env.Defs, fx.Timeline[len(fx.Timeline)-1])
	env.awaitConfirmations(p)
}

// awaitConfirmations sets the timers of what waits to be confirmed.
func (env *Env) awaitConfirmations(p *profile.Person) {
	for _, x := range p.Confirming {
		if !x.Value.Waits() {
			p.ClearTimer(profile.ConfirmTimer, x.Key)
			continue
		}
		due := x.Value.Until
		if d := env.doubleOptIn(x.Key); d != nil && x.Value.Reminded < len(d.Reminders) {
			due = min(due, x.Value.Asked.Add(d.Reminders[x.Value.Reminded]))
		}
		p.SetTimer(profile.Timer{Due: max(due, env.Now+1), Kind: profile.ConfirmTimer, Ref: x.Key})
	}
}

func (env *Env) doubleOptIn(channel string) *definition.DoubleOptIn {
	for i := range env.Defs.Channels {
		if ch := &env.Defs.Channels[i]; ch.ID == channel {
			return ch.DoubleOptIn
		}
	}
	return nil
}

// remind is that no answer came until a reminder, or the end of asking, is due.
func (env *Env) remind(fx *Effects, p *profile.Person, channel string) {
	c := p.Confirming.Get(channel)
	if !c.Waits() {
		return
	}
	body := event.ConfirmBody{Channel: channel, Address: c.Address, Asked: c.Asked, Until: c.Until, Reminded: c.Reminded}
	if c.Until <= env.Now {
		body.Move = event.ConfirmExpired
		env.confirmed(fx, p, body)
		return
	}
	for i := range env.Defs.Channels {
		if ch := &env.Defs.Channels[i]; ch.ID == channel && ch.DoubleOptIn != nil {
			body.Reminded++
			env.askToConfirm(fx, p, ch, body, event.ConfirmReminded)
			return
		}
	}
	env.awaitConfirmations(p) // it asks no more, and ends in its time
}

// askToConfirm puts the question into the outbox. It is no marketing, but a reminder
// wakes nobody.
func (env *Env) askToConfirm(fx *Effects, p *profile.Person, ch *definition.Channel, body event.ConfirmBody, move event.ConfirmMove) {
	body.Move = move
	c, err := message.ComposeHeld(ch.DoubleOptIn.Message, ch.ID, MessageVars(env, p))
	if err != nil {
		env.confirmed(fx, p, body)
		env.note(fx, p, event.Refused, event.RefusedBody{What: "ask to confirm the consent to " + ch.ID, Reason: event.Reason{
			Code: policy.RenderFailed, Sentence: fmt.Sprintf("The question could not be written for this person: %v.", err),
		}})
		return
	}
	body.Text = said(c)
	body.Delivery = env.reply(p, ch.ID, body.Address, c)
	d := p.Deliveries[body.Delivery]
	d.Reply.Confirm = true
	if until, quiet := policy.QuietUntil(env.Defs.Policy.QuietHours, env.Now, policy.Zone(p, env.Defs)); quiet && move == event.ConfirmReminded {
		d.After = until
	}
	p.PutDelivery(d)
	env.confirmed(fx, p, body)
}

// said is all that a question says, as a proof keeps it.
func said(c event.Content) string {
	var b strings.Builder
	b.WriteString(c.Subject + "\n\n" + c.Text)
	for _, s := range c.Steps() {
		b.WriteString("\n[" + s.Label + "]")
	}
	return b.String()
}

// mayAskToConfirm is the gate for the question.
func mayAskToConfirm(env *Env, p *profile.Person, d profile.Delivery) event.Reason {
	if c := p.Confirming.Get(d.Channel); !c.Waits() || c.Address != d.Reply.To {
		return event.Reason{Code: policy.NotEligible, Sentence: fmt.Sprintf("There is nothing to confirm at %s any more.", d.Reply.To)}
	}
	return policy.AskConfirmation(policy.Reply{Defs: env.Defs, Settings: env.Settings, Person: p, Channel: d.Channel, To: d.Reply.To, Since: d.Created})
}

// confirm is the person's answer. What they had agreed to is their own word now, with
// its proof.
func (env *Env) confirm(fx *Effects, p *profile.Person, said event.RepliedBody) {
	c := p.Confirming.Get(said.Channel)
	agreed := p.Agreed(said.Channel)
	if !c.Waits() || c.Until <= env.Now || said.Address != c.Address && said.From.Value != c.Address || len(agreed) == 0 {
		env.note(fx, p, event.Refused, event.RefusedBody{What: "confirm the consent to " + said.Channel, Reason: event.Reason{
			Code: policy.NoConsent, Sentence: fmt.Sprintf("Nothing waits to be confirmed at %s.", cmp.Or(said.Address, said.From.Value)),
		}})
		return
	}
	for _, key := range agreed {
		word := event.ConsentBody{Given: true, On: said.Channel, Proof: fmt.Sprintf("confirmed at %s with %q, in answer to %s; asked on %s",
			c.Address, cmp.Or(said.Text, said.Keys, said.Choice), cmp.Or(said.Delivery, "the question"), c.Asked.Time().Format("2 January 2006 15:04 MST"))}
		word.Channel, word.Topic = profile.SplitConsentKey(key)
		env.note(fx, p, event.Consented, word)
		p.Replay(env.Defs, fx.Timeline[len(fx.Timeline)-1])
	}
	env.confirmed(fx, p, event.ConfirmBody{
		Channel: said.Channel, Address: c.Address, Move: event.ConfirmGiven, Asked: c.Asked, Reminded: c.Reminded, Delivery: said.Delivery, Text: said.Text,
	})
}
