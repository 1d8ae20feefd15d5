package engine

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// A conversation asks the arbiter as a page does that has a slot to fill: the person
// is there, and what is chosen is said to them. The choice is in the journal before
// the conversation goes on, and counts as served when the text it is in was sent.

// consult marks p for the choice that a conversation asks for.
func (env *Env) consult(p *profile.Person, def *definition.Conversation, c *profile.Conversation, o *conversation.Opening) {
	id := env.nextOpportunity(1)
	p.Showing = append(slices.Clone(p.Showing), profile.Showing{
		ID: id, Call: c.ID + "/" + id.String(), Slots: []string{o.Slot}, Until: env.Now.Add(conversation.ChoicePatience),
		Conversation: c.ID, Channel: c.Channel, Trigger: fmt.Sprintf("the conversation %q came to the step %q, by %s", def.Name, o.Step, c.Channel),
	})
}

// consulted gives a choice to the conversation that waits for it.
func (env *Env) consulted(fx *Effects, p *profile.Person, s *profile.Showing, body *event.Chosen) {
	c := p.Conversation(s.Conversation)
	if c == nil || c.Awaits != profile.AwaitsChoice {
		env.tellServed(fx, p, []event.Opportunity{body.ID}, "the conversation had ended")
		return
	}
	o := body.Candidate
	in := conversation.Chosen{ID: body.ID, Goal: o.Goal, Action: o.Action, Message: o.Message, Parameters: o.Parameters, Content: body.Content}
	env.advance(fx, p, c.ID, conversation.Input{Chose: &in}, conversation.Said{Channel: c.Channel, Address: c.Address})
}

// unconsulted takes back what a conversation asked for that did not come in time.
func (env *Env) unconsulted(fx *Effects, p *profile.Person, id string) {
	p.Showing = slices.DeleteFunc(slices.Clone(p.Showing), func(s profile.Showing) bool {
		if s.Conversation != id {
			return false
		}
		env.note(fx, p, event.Served, event.ServedBody{Call: s.Call, Why: "late"})
		return true
	})
}

// tellServed tells of choices whether they were said; why says that they were not.
func (env *Env) tellServed(fx *Effects, p *profile.Person, choices []event.Opportunity, why string) {
	for _, id := range choices {
		env.emit(fx, p.ID, event.Served, event.ServedBody{ID: id, Served: why == "", Why: why})
	}
}
