package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/profile"
)

// mostClosed is how many closed requests a person's record holds; the rest is on
// their timeline.
const mostClosed = 8

// opening is a request about to be opened.
type opening struct {
	kind         string // id of the rule, or one that needs none
	subject      string
	text         string
	conversation string
	by           string
	said         conversation.Said // where they are answered
	rule         definition.RequestRule
}

// open opens a request, unless one of its kind is open: then that goes on.
func (env *Env) open(fx *Effects, p *profile.Person, o opening) {
	for i := range p.Requests {
		if r := &p.Requests[i]; r.Open() && r.Kind == o.kind && o.conversation == "" {
			env.cameBack(fx, p, r, o.said)
			return
		}
	}
	within := o.rule.AnswerWithin
	if within == 0 {
		within = env.answerWithin()
	}
	r := profile.Request{
		ID: "req-" + env.opportunity(), Kind: o.kind, Subject: o.subject, Owner: o.rule.Owner, Opened: env.Now, Due: env.Now.Add(within),
		Channel: o.said.Channel, Address: o.said.Address, Conversation: o.conversation, Holds: !o.rule.Sells,
	}
	p.Requests = append(slices.Clone(p.Requests), r)
	env.forgetClosed(p)
	p.SetTimer(profile.Timer{Due: r.Due, Kind: profile.RequestTimer, Ref: r.ID})
	env.note(fx, p, event.Request, event.RequestBody{
		Request: r.ID, Act: event.RequestOpened, By: o.by, Text: o.text, Owner: r.Owner, Kind: r.Kind, Subject: r.Subject, Due: r.Due,
	})
	if o.rule.Say != "" {
		env.say(fx, p, p.Request(r.ID), o.rule.Say, "")
	}
}

func (env *Env) answerWithin() time.Duration {
	if d := env.Defs.Requests.AnswerWithin; d > 0 {
		return d
	}
	return 8 * time.Hour // definitions from before there were requests
}

func (env *Env) forgetClosed(p *profile.Person) {
	closed := 0
	for i := len(p.Requests) - 1; i >= 0; i-- {
		if p.Requests[i].Open() {
			continue
		}
		if closed++; closed > mostClosed {
			p.Requests = slices.Delete(p.Requests, i, i+1)
		}
	}
}

// cameBack is the person saying more about a request.
func (env *Env) cameBack(fx *Effects, p *profile.Person, r *profile.Request, said conversation.Said) {
	p.Requests = slices.Clone(p.Requests)
	r = p.Request(r.ID)
	r.Messages++
	if said.Channel != "" {
		r.Channel, r.Address = said.Channel, said.Address
	}
	if r.Due == 0 { // they had been answered
		r.Due = env.Now.Add(env.answerWithin())
		p.SetTimer(profile.Timer{Due: r.Due, Kind: profile.RequestTimer, Ref: r.ID})
		env.note(fx, p, event.Request, event.RequestBody{Request: r.ID, Act: event.RequestReopened, Due: r.Due})
	}
}

// say answers the person about a request, on its channel, else where they are
// reached.
func (env *Env) say(fx *Effects, p *profile.Person, r *profile.Request, source, by string) {
	text, err := message.Say(source, MessageVars(env, p))
	if err != nil {
		text = source // somebody wrote braces, and meant them
	}
	channel, address := r.Channel, r.Address
	if address == "" {
		channel, address = env.reach(p)
	}
	if address == "" {
		env.note(fx, p, event.Refused, event.RefusedBody{What: "answer request " + r.ID, Reason: event.Reason{
			Code: "no_address", Sentence: "This person is reached on none of the channels that are defined.",
		}})
		return
	}
	d := env.reply(p, channel, address, content(channel, r.Subject, text, nil))
	env.note(fx, p, event.Spoke, event.SpokeBody{Request: r.ID, By: by, Channel: channel, Delivery: d, Text: text})
}

// reach is the first of the defined channels on which p has an address.
func (env *Env) reach(p *profile.Person) (channel, address string) {
	for _, ch := range env.Defs.Channels {
		if ch.ID == "webhook" {
			continue
		}
		if a := p.Address(ch.ID); a != "" {
			return ch.ID, a
		}
	}
	return "", ""
}

// recognise asks the rules about what a person said. quiet says nothing to them
// about it, for a conversation does. It reports whether a rule had something.
func (env *Env) recognise(fx *Effects, p *profile.Person, said conversation.Said, quiet bool) bool {
	for _, rule := range env.Defs.Requests.Rules {
		if !conversation.Mentions(said.Text, rule.Words) || !env.holds(p, rule.When) {
			continue
		}
		if quiet {
			rule.Say = ""
		}
		env.open(fx, p, opening{kind: rule.ID, subject: short(said.Text), said: said, rule: rule})
		return true
	}
	return false
}

// repeated asks the rules that count how often somebody came to the company.
func (env *Env) repeated(fx *Effects, p *profile.Person, said conversation.Said) {
	for _, rule := range env.Defs.Requests.Rules {
		if rule.Contacts == 0 {
			continue
		}
		n := 0
		for _, at := range p.Contacts {
			if at > env.Now.Add(-rule.Within) {
				n++
			}
		}
		if n < rule.Contacts || env.isOpen(p, rule.ID) || !env.holds(p, rule.When) {
			continue
		}
		env.open(fx, p, opening{
			kind: rule.ID, subject: fmt.Sprintf("%s: the %d. contact within %s", rule.Name, n, spanWords(rule.Within)), said: said, rule: rule,
		})
	}
}

func spanWords(d time.Duration) string {
	if n := int(d.Hours() / 24); n >= 1 {
		return fmt.Sprintf("%d days", n)
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}

func (env *Env) isOpen(p *profile.Person, kind string) bool {
	return slices.ContainsFunc(p.Requests, func(r profile.Request) bool { return r.Open() && r.Kind == kind })
}

func (env *Env) holds(p *profile.Person, when *definition.Expr) bool {
	ok, err := when.Holds(p.Vars(env.Defs, env.Clock()))
	return ok && err == nil
}

// raise looks at one of the person's own events: does it begin a conversation, or
// is it something that people have to see to?
func (env *Env) raise(fx *Effects, p *profile.Person, e event.Event) {
	if len(env.Defs.Conversations)+len(env.Defs.Requests.Rules) == 0 || e.Imported || env.Defs.Hash == "" {
		return
	}
	label := e.Label()
	for _, rule := range env.Defs.Requests.Rules {
		if definition.Names(rule.Events, &e) && !env.isOpen(p, rule.ID) && env.holds(p, rule.When) {
			env.open(fx, p, opening{kind: rule.ID, subject: rule.Name + ": " + label, rule: rule})
		}
	}
	def := conversation.Begun(env.Defs, &e, p.Vars(env.Defs, env.Clock()))
	if def == nil || slices.ContainsFunc(p.Conversations, func(c profile.Conversation) bool { return c.Of == def.ID }) {
		return
	}
	p.Contact(env.Now)
	if channel, address := env.reach(p); address != "" {
		env.begin(fx, p, def.ID, conversation.Said{Channel: channel, Address: address})
		return
	}
	env.open(fx, p, opening{kind: profile.RequestMessage, subject: def.Name + ": " + label})
}

// requested is somebody doing something about a request.
func requested(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.RequestBody](e)
	if err != nil {
		return
	}
	if body.Act == event.RequestOpened {
		env.open(fx, p, opening{kind: profile.RequestMessage, subject: short(body.Subject), text: body.Text, by: body.By, rule: definition.RequestRule{Owner: body.Owner}})
		return
	}
	p.Requests = slices.Clone(p.Requests)
	r := p.Request(body.Request)
	if r == nil {
		return
	}
	fx.note(e)
	switch body.Act {
	case event.RequestAssigned:
		r.Owner = body.Owner
	case event.RequestAnswered:
		if r.Owner == "" {
			r.Owner = body.By
		}
		if r.Answered == 0 {
			r.Answered = env.Now
		}
		r.Answers++
		env.settle(p, r)
		env.say(fx, p, r, body.Text, body.By)
	case event.RequestClosed:
		r.Closed, r.Outcome = env.Now, strings.TrimSpace(body.Outcome)
		env.settle(p, r)
		env.forgetClosed(p)
	case event.RequestReopened:
		r.Closed, r.Outcome, r.Due = 0, "", env.Now.Add(env.answerWithin())
		p.SetTimer(profile.Timer{Due: r.Due, Kind: profile.RequestTimer, Ref: r.ID})
	case event.RequestOpened, event.RequestNoted, event.RequestEscalated:
	}
}

// settle stops the clock of a request: nothing is owed to the customer now.
func (env *Env) settle(p *profile.Person, r *profile.Request) {
	r.Due = 0
	p.ClearTimer(profile.RequestTimer, r.ID)
}

// escalate is that a request was not answered in time. It is told of again after
// as long again.
func (env *Env) escalate(fx *Effects, p *profile.Person, id string) {
	p.Requests = slices.Clone(p.Requests)
	r := p.Request(id)
	if r == nil || !r.Open() || r.Due == 0 {
		return
	}
	r.Escalated++
	r.Holds = !strings.HasPrefix(r.Kind, profile.RequestOfJourney)
	p.SetTimer(profile.Timer{Due: env.Now.Add(env.answerWithin()), Kind: profile.RequestTimer, Ref: id})
	env.note(fx, p, event.Request, event.RequestBody{
		Request: id, Act: event.RequestEscalated, Owner: r.Owner, Due: r.Due, Text: fmt.Sprintf("Unanswered since %s.", r.Opened.Time().Format("2 January 15:04")),
	})
}
