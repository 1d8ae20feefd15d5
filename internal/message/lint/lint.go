// Package lint says of a message, before anybody gets it, what will not work:
// what is too long for a channel, cannot be read, leads nowhere, is missing in a
// language, or looks like spam. Message looks at what is written; Rendered at what
// one person would get. Each finding says what, where and how to mend it.
//
// The package is pure.
package lint

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/message/render"
)

// Severity is how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // somebody gets nothing, or something that does not work
	Warning Severity = "warning" // it works worse than it could
	Advice  Severity = "advice"  // it may be better otherwise
)

// Finding is one thing about a message.
type Finding struct {
	Severity Severity `json:"severity" enum:"error,warning,advice"`
	Code     string   `json:"code" doc:"to count by"`
	Message  string   `json:"message,omitempty" doc:"key of the message; empty: the brand"`
	Channel  string   `json:"channel,omitempty" doc:"empty: all"`
	Locale   string   `json:"locale,omitempty" doc:"empty: all"`
	Part     string   `json:"part,omitempty" doc:"such as headline or next_steps[1].url"`
	What     string   `json:"what"`
	Mend     string   `json:"mend"`
}

// String is the finding on one line.
func (f Finding) String() string {
	where := []string{}
	for _, s := range []string{f.Message, f.Channel, f.Locale, f.Part} {
		if s != "" {
			where = append(where, s)
		}
	}
	return fmt.Sprintf("%s: %s: %s; %s", f.Severity, strings.Join(where, ", "), f.What, f.Mend)
}

// Workspace looks at every message of ws and at its brand.
func Workspace(ws *definition.Workspace) []Finding {
	out := Brand(ws)
	for _, m := range ws.AllMessages() {
		out = append(out, Message(ws, m)...)
	}
	return out
}

// Message looks at a message as it is written, whoever gets it. Lengths are those
// for somebody of whom nothing is known.
func Message(ws *definition.Workspace, m definition.Authored) []Finding {
	l := &linter{ws: ws, m: m}
	for _, err := range message.Check(m.Message, message.Of(ws)) {
		part := ""
		if f, ok := errors.AsType[*fault.Error](err); ok {
			part = f.Field
		}
		l.add(Finding{Severity: Error, Code: "unreadable", Part: part, What: err.Error(), Mend: "correct the Liquid, or the part"})
	}
	if len(l.out) > 0 {
		return l.out
	}
	l.languages()
	l.steps()
	for _, locale := range l.locales() {
		for _, channel := range m.Channels {
			l.said(locale, channel)
			l.nobody(locale, channel)
		}
	}
	return merged(l.out, m.Channels)
}

// linter gathers what is found of one message.
type linter struct {
	ws  *definition.Workspace
	m   definition.Authored
	out []Finding
}

func (l *linter) add(f Finding) {
	f.Message = l.m.Key
	l.out = append(l.out, f)
}

// locales are those of the variants, and "" for that which the message is written
// in.
func (l *linter) locales() []string {
	out := []string{""}
	for id := range l.m.Locales {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

func (l *linter) languages() {
	if len(l.ws.Locales) == 0 {
		return
	}
	for _, locale := range l.ws.Locales[1:] {
		if l.m.Variant(locale, l.ws.Locales[0]) == "" {
			l.add(Finding{
				Severity: Warning, Code: "no-language", Locale: locale, What: "there is no variant in this language, so its people get it in " + l.ws.Locales[0],
				Mend: "write it under locales: " + locale,
			})
		}
	}
}

// nobody looks at the lengths of what somebody of whom nothing is known would get.
func (l *linter) nobody(locale, channel string) {
	vars := message.Vars{Workspace: message.Of(l.ws), Locale: locale}
	content, err := message.Compose(l.m.By(channel), vars)
	if err != nil {
		return // it needs to know somebody
	}
	in := render.Input{Content: content, Sender: l.ws.Name, Links: sample(len(content.More))}
	for _, f := range Rendered(in.For(channel)) {
		f.Locale = locale
		l.add(f)
	}
}

// sample are links as long as ours are.
func sample(more int) message.Links {
	const link = "https://link.example/m/c/0123456789"
	out := message.Links{Step: link, Unsubscribe: "https://link.example/m/u/0123456789"}
	for range more {
		out.More = append(out.More, link)
	}
	return out
}

// merged puts findings that differ only in their channel together: what holds on
// every channel is said once.
func merged(all []Finding, channels []string) []Finding {
	on := map[Finding][]string{}
	var order []Finding
	for _, f := range all {
		key := f
		key.Channel = ""
		if _, seen := on[key]; !seen {
			order = append(order, key)
		}
		if !slices.Contains(on[key], f.Channel) {
			on[key] = append(on[key], f.Channel)
		}
	}
	var out []Finding
	for _, f := range order {
		if len(on[f]) >= len(channels) && len(channels) > 1 {
			out = append(out, f)
			continue
		}
		for _, channel := range on[f] {
			one := f
			one.Channel = channel
			out = append(out, one)
		}
	}
	return out
}
