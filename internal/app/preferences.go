package app

import (
	"cmp"
	"context"

	"github.com/rapporthq/rapport/internal/definition"
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
	p, err := a.data.State.Person(id)
	if err != nil {
		return inbound.Preferences{}, err
	}
	if p == nil || p.IsForward() {
		return inbound.Preferences{}, fault.New(fault.NotFound, "there is nobody of that id")
	}
	ws, err := a.Definitions(ctx)
	if err != nil {
		return inbound.Preferences{}, err
	}
	if ws == nil {
		return inbound.Preferences{}, fault.New(fault.NotFound, "there are no definitions yet")
	}
	out := inbound.Preferences{Brand: render.Complete(ws.Brand), Language: definition.Language(languageOf(ws, p))}
	out.Brand.Name = cmp.Or(out.Brand.Name, ws.Name)
	for _, c := range ws.Channels {
		if profile.AddressKind(c.ID) != "" && p.Address(c.ID) != "" {
			out.Channels = append(out.Channels, inbound.Preference{ID: c.ID, Name: c.ID, On: p.Consents(c.ID, "", ws.Policy.Consent)})
		}
	}
	for _, t := range ws.Topics {
		out.Topics = append(out.Topics, inbound.Preference{ID: t.ID, Name: t.Name, On: hears(p, ws, out.Channels, t.ID)})
	}
	return out, nil
}

func hears(p *profile.Person, ws *definition.Workspace, channels []inbound.Preference, topic string) bool {
	reached := false
	for _, c := range channels {
		yes := p.Consents(c.ID, topic, ws.Policy.Consent)
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
