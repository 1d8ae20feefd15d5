package message

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message/liquid"
)

// Vars is what a message may speak of. In a template a trait is there under its
// own name and under traits; then there are first_name, features, stage,
// workspace.name, workspace.currency and now. Where names collide, a trait
// loses. An item of the catalogue is {{ id | item }}, with name, url, image,
// price, currency, categories and properties.
type Vars struct {
	Now       event.Instant
	Zone      *time.Location // in which dates are written; defaults to UTC
	Traits    map[string]any // values may be JSON as json.RawMessage
	Features  map[string]any
	Stage     string
	State     map[string]any // where the relationship is believed to stand; nil: nothing is believed
	Workspace Workspace

	// Templates are those of Workspace; nil: each text is read when it is written.
	Templates *Templates

	// Parameters are those of the action, as they are set; nil: it has none.
	Parameters map[string]string

	// Answers are those of a conversation, by the name of the step; nil outside of
	// one. There they are answers, whatever a trait of that name says.
	Answers map[string]any

	// Locale is the person's, such as pt-BR. Empty: of their traits locale and
	// language, else the workspace's.
	Locale string

	// Item looks a catalogue item up for the item filter; nil knows none.
	Item func(id string) map[string]any
}

// Workspace is what messages may say of the company.
type Workspace struct {
	Name     string
	Currency string
	Locale   string            // in which messages are written; empty: not said
	Brand    event.Brand       // how it looks
	Snippets map[string]string // Liquid that templates may render, by name
}

// Of returns what messages may say of the company that ws declares.
func Of(ws *definition.Workspace) Workspace {
	w := Workspace{Name: ws.Name, Currency: ws.Currency, Brand: ws.Brand, Snippets: ws.Snippets}
	if len(ws.Locales) > 0 {
		w.Locale = ws.Locales[0]
	}
	return w
}

// locale is the language that the person is written to in, as far as it is known.
func (v Vars) locale() string {
	if v.Locale != "" {
		return v.Locale
	}
	for _, key := range []string{"locale", "language"} {
		if s, _ := decoded(v.Traits[key]).(string); s != "" {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// input is what a template gets.
func (v Vars) input() liquid.Input {
	return liquid.Input{Vars: v.values(), Now: v.Now, Zone: v.Zone, Item: v.Item}
}

func (v Vars) values() map[string]any {
	traits := make(map[string]any, len(v.Traits))
	for k, t := range v.Traits {
		traits[k] = decoded(t)
	}
	out := maps.Clone(traits)
	if name := firstName(traits); name != "" {
		out["first_name"] = name
	} else {
		delete(out, "first_name")
	}
	out["traits"] = traits
	out["features"] = v.Features
	out["stage"] = v.Stage
	if v.State != nil {
		out["relationship"] = v.State // state is what many call a part of an address
	}
	if v.Parameters != nil {
		set := make(map[string]any, len(v.Parameters))
		for k, p := range v.Parameters {
			set[k] = p
		}
		out["parameters"] = set
	}
	if v.Answers != nil {
		out["answers"] = v.Answers
	}
	out["workspace"] = map[string]any{"name": v.Workspace.Name, "currency": v.Workspace.Currency}
	return out
}

// decoded reads a trait that is still JSON, keeping numbers exact.
func decoded(t any) any {
	raw, ok := t.(json.RawMessage)
	if !ok {
		return t
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var out any
	if err := d.Decode(&out); err != nil {
		return nil
	}
	return out
}

// firstName looks for a name to address the person by: the Segment spec's
// firstName, its common spellings, then the first word of the name, unless that
// is an address.
func firstName(traits map[string]any) string {
	for _, key := range []string{"first_name", "firstName", "firstname", "given_name", "givenName"} {
		if s, _ := traits[key].(string); strings.TrimSpace(s) != "" {
			return strings.TrimSpace(s)
		}
	}
	for _, key := range []string{"name", "full_name", "fullName"} {
		s, _ := traits[key].(string)
		if words := strings.Fields(s); len(words) > 0 && !strings.Contains(words[0], "@") {
			return words[0]
		}
	}
	return ""
}
