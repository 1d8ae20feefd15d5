// Package message turns content that was authored once into what one person
// receives. Compose picks what a definition.Message says in the person's language
// and on its channel, and renders it for them: Liquid first, then Markdown. What
// comes out is an event.Content, which a grant holds. Package render gives it the
// form of its channel when it is sent, with Links that are known only then.
//
// The author is trusted with Markdown and links, not with the machine: see
// package liquid for what a template may do. The person's data is not trusted at
// all. It is escaped for the place where it stands: in the body so that it is
// never Markdown, in a link so that it never leaves its part of the URL; raw
// HTML does not exist. A link that is not http, https, mailto or tel stays text.
//
// The package is pure, and its output is the same bytes for the same input.
package message

import (
	"maps"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Links are what a message gets when it is sent.
type Links struct {
	// Step replaces the next step's URL, so that following it can be told. When
	// it is empty the content's own URL is used.
	Step string

	// More does the same for the further next steps, in their order.
	More []string

	// Unsubscribe is where the person says no more. When it is empty nothing is said
	// about it, which only a transactional message may do.
	Unsubscribe string
}

// Result is a composed message, and what the author should know about it.
type Result struct {
	Content event.Content

	// Missing lists the expressions that came out empty for this person, each
	// once, with the part in which it stands.
	Missing []Missing
}

// Missing is an expression that printed nothing.
type Missing struct {
	Part       string `json:"part" doc:"such as headline, body or next_step.label"`
	Expression string `json:"expression"`
}

// Check reports what is wrong with m whoever receives it, on whichever of its
// channels and in whichever of its languages. Its errors are faults whose Field is
// the part.
func Check(m definition.Message, w Workspace) []error {
	var errs []error
	seen := map[string]bool{}
	for _, said := range everyWay(m) {
		for _, p := range parts(said) {
			key := p.name + "\x00" + p.source
			if seen[key] {
				continue
			}
			seen[key] = true
			if _, err := p.parse(w.Snippets); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errs
}

// everyWay is what m says on each channel in each language.
func everyWay(m definition.Message) []definition.Parts {
	channels := append([]string{""}, m.Channels...)
	var out []definition.Parts
	for _, locale := range append([]string{""}, slices.Sorted(maps.Keys(m.Locales))...) {
		for _, channel := range channels {
			out = append(out, m.Said(locale, channel))
		}
	}
	return out
}

// Compose renders m, by its Channel, for the person whom vars describes. It fails
// with fault.Invalid or fault.TooLarge, naming the part, when the message cannot
// be read or would have no headline, no text or no next step.
func Compose(m definition.Message, vars Vars) (event.Content, error) {
	r, err := ComposeFull(m, vars)
	return r.Content, err
}

// ComposeHeld is Compose for a place, m's Channel, within a conversation that is held
// on a channel: where the author says something else on that channel, it is said.
func ComposeHeld(m definition.Message, channel string, vars Vars) (event.Content, error) {
	_, other := m.On[channel]
	for _, v := range m.Locales {
		_, here := v.On[channel]
		other = other || here
	}
	if other {
		m = m.By(channel)
	}
	return Compose(m, vars)
}

// ComposeFull is Compose for previews: it also says what was missing.
func ComposeFull(m definition.Message, vars Vars) (Result, error) {
	home := vars.Workspace.Locale
	locale := m.Variant(vars.locale(), home)
	said := m.Said(locale, m.Channel)
	r := Result{Content: event.Content{Locale: locale, Brand: vars.Workspace.Brand}}
	if locale == "" {
		r.Content.Locale = home
	}
	if t := said.Template; !t.IsZero() {
		r.Content.Template = event.Template{Name: t.Name, Language: t.Language, Buttons: t.Buttons, Links: t.Links}
	}
	in, unready := vars.input().Prepare()
	for _, p := range parts(said) {
		tmpl, err := vars.Templates.parse(p, vars.Workspace.Snippets)
		if err != nil {
			return Result{}, err
		}
		if unready != nil {
			return Result{}, at(unready, p.name)
		}
		in.Escape = p.escape
		o, err := tmpl.Render(in)
		if err != nil {
			return Result{}, at(err, p.name)
		}
		for _, e := range o.Missing {
			r.Missing = append(r.Missing, Missing{p.name, e})
		}
		text := o.Text
		if p.line {
			text = oneLine(text)
		}
		if err := p.check(text); err != nil {
			return Result{}, err
		}
		p.put(&r.Content, text)
	}
	r.Content.Facts = slices.DeleteFunc(r.Content.Facts, func(f event.Fact) bool { return f.Value == "" || f.Label == "" })
	if r.Content.Text == "" {
		return Result{}, fault.New(fault.Invalid, "the body is empty for this person").At("body")
	}
	return r, nil
}
