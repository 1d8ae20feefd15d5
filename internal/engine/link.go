package engine

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// linkAnonymous notices that an event names both a user and an anonymous id that
// is new to them, and tells the anonymous id's home whom it belongs to. Until
// that home has answered, the person is met with silence only.
func linkAnonymous(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	user := person.NewIdentity(person.UserID, e.UserID)
	anon := person.NewIdentity(person.AnonymousID, e.AnonymousID)
	if user.IsZero() || user.Blocked() || anon.IsZero() || anon.Blocked() {
		return
	}
	if p.Knows(anon) {
		return
	}
	p.Linked = append(p.Linked, anon)
	p.Settling = append(p.Settling, anon)
	env.emit(fx, person.IDOf(env.Workspace, anon), event.Link, event.LinkBody{Identity: anon, Person: p.ID})
	fx.Emit[len(fx.Emit)-1].Imported = e.Imported // what comes of it starts nothing either
}

// link is the anonymous id's home learning whom it belongs to. The record
// becomes a forward, and its history, if any, goes to the person. An id that
// already belongs to somebody else stays theirs, and the asker is told.
func link(env *Env, fx *Effects, p *profile.Person, e event.Event) *profile.Person {
	body, err := event.Unpack[event.LinkBody](e)
	if err != nil || body.Person == p.ID {
		return p
	}
	switch {
	case p.Forward == body.Person:
		env.emit(fx, body.Person, event.Handover, event.HandoverBody{Identity: body.Identity, From: p.ID, Last: true})
		fx.Emit[len(fx.Emit)-1].Imported = e.Imported
		return p
	case p.IsForward():
		env.emit(fx, body.Person, event.Refused, event.RefusedBody{
			What: "link " + body.Identity.String(),
			Reason: event.Reason{Code: "belongs_to_another", Sentence: fmt.Sprintf(
				"%s already belongs to another person (%s): a shared device does not make two people one.", body.Identity, p.Forward)},
		})
		fx.Emit[len(fx.Emit)-1].Imported = e.Imported
		return p
	}
	left, rest := leave(p, body.Person)
	fx.HandOver = &HandOver{From: p.ID, To: body.Person, Identity: body.Identity, Imported: e.Imported, Rest: rest}
	return left
}

// receiveHistory applies a piece of the history that a linked identity hands
// over. It is history: it builds the profile and starts nothing.
func receiveHistory(env *Env, fx *Effects, p *profile.Person, e event.Event) {
	body, err := event.Unpack[event.HandoverBody](e)
	if err != nil {
		return
	}
	for rest := body.Events; len(rest) > 0; {
		var past event.Event
		if past, rest, err = event.DecodeNext(rest); err != nil {
			env.note(fx, p, event.Refused, event.RefusedBody{What: "hand-over", Reason: event.Reason{Code: "corrupt", Sentence: err.Error()}})
			return
		}
		remember(env, fx, p, past)
	}
	if body.Last {
		receiveRest(env, fx, p, body.Rest)
		p.Settle(body.Identity)
		env.note(fx, p, event.Merged, event.LinkBody{Identity: body.Identity, Person: body.From})
	}
}

// refuse is the answer that a link was not made.
func refuse(fx *Effects, p *profile.Person, e event.Event) {
	for _, i := range slices.Clone(p.Settling) {
		if body, err := event.Unpack[event.RefusedBody](e); err == nil && body.What == "link "+i.String() {
			p.Settle(i)
			p.Disown(i)
		}
	}
	fx.note(e)
}
