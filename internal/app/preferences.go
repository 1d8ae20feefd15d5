package app

import (
	"cmp"
	"context"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/inbound"
	"github.com/rapporthq/rapport/internal/message/render"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// preferences are what a person may choose: the channels on which we have an address of
// theirs, and the topics of the definitions. A topic is on where they would hear of it
// on a channel that is on, or on any if none is.
func (a *App) preferences(ctx context.Context, id person.ID) (inbound.Preferences, error) {
	ws, p, err := a.somebody(ctx, id)
	if err != nil {
		return inbound.Preferences{}, err
	}
	out := addressed(ws, p)
	for _, c := range ws.Channels {
		if profile.AddressKind(c.ID) != "" && p.Address(c.ID) != "" {
			x := inbound.Preference{ID: c.ID, Name: c.ID, On: p.Consents(c.ID, "", ws.Policy.Consent)}
			if confirming := p.Confirming.Get(c.ID); confirming.Waits() {
				x.On, x.Pending = true, confirming.Address
			}
			out.Channels = append(out.Channels, x)
		}
	}
	for _, t := range ws.Topics {
		out.Topics = append(out.Topics, inbound.Preference{ID: t.ID, Name: t.Name, On: hears(p, ws, out.Channels, t.ID)})
	}
	return out, nil
}

// somebody is the person of an id, and what is in force; NotFound if there is none.
func (a *App) somebody(ctx context.Context, id person.ID) (*definition.Workspace, *profile.Person, error) {
	p, err := a.data.State.Person(id)
	for err == nil && p != nil && !p.Forward.IsZero() {
		p, err = a.data.State.Person(p.Forward)
	}
	if err != nil {
		return nil, nil, err
	}
	if p == nil || p.IsForward() {
		return nil, nil, fault.New(fault.NotFound, "there is nobody of that id")
	}
	ws, err := a.Definitions(ctx)
	if err != nil {
		return nil, nil, err
	}
	if ws == nil {
		return nil, nil, fault.New(fault.NotFound, "there are no definitions yet")
	}
	return ws, p, nil
}

// addressed is how a page speaks to p: in the company's name and their language.
func addressed(ws *definition.Workspace, p *profile.Person) inbound.Preferences {
	out := inbound.Preferences{Brand: render.Complete(ws.Brand), Language: definition.Language(languageOf(ws, p))}
	out.Brand.Name = cmp.Or(out.Brand.Name, ws.Name)
	return out
}

// confirming is what a person may confirm on a channel, at an address of theirs.
func (a *App) confirming(ctx context.Context, id person.ID, channel, address string) (inbound.Confirmation, error) {
	ws, p, err := a.somebody(ctx, id)
	if err != nil {
		return inbound.Confirmation{}, err
	}
	c := p.Confirming.Get(channel)
	there := c.Address == address
	return inbound.Confirmation{
		Preferences: addressed(ws, p), Waits: there && c.Waits() && c.Until > a.opts.Now(), Confirmed: there && c.Move == event.ConfirmGiven,
	}, nil
}

func hears(p *profile.Person, ws *definition.Workspace, channels []inbound.Preference, topic string) bool {
	reached := false
	for _, c := range channels {
		said, ok := p.ConsentOn(c.ID, topic) // confirmed or not
		yes := said.Given || !ok && ws.Policy.Consent == definition.OptOut
		if c.On && yes {
			return true
		}
		reached = reached || c.On
	}
	if reached {
		return false
	}
	for _, c := range channels { // all are off: what they said of the topic itself stays
		if said, _, ok := p.Said(profile.ConsentKey(c.ID, topic)); ok {
			return said.Given
		}
	}
	return ws.Policy.Consent == definition.OptOut
}

func languageOf(ws *definition.Workspace, p *profile.Person) string {
	for _, key := range []string{"locale", "language"} {
		if s := p.Trait(key); s != "" {
			return s
		}
	}
	if len(ws.Locales) > 0 {
		return ws.Locales[0]
	}
	return ""
}
