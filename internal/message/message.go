// Package message turns content that was authored once into what one person
// receives. Compose renders a definition.Message for a person: Liquid first,
// then Markdown, giving a subject, a text, an HTML fragment and the next step.
// Dress puts the fragment into a letter, with links that are known only when it
// is sent.
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
	"net/url"
	"regexp"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/liquid"
)

// The limits of what people can be asked to read.
const (
	maxSubject = 250  // characters; mail programs show fewer than 80
	maxLabel   = 60   // characters, of the next step
	maxURL     = 2000 // bytes
)

// Result is a composed message, and what the author should know about it.
type Result struct {
	Content event.Content

	// Missing lists the expressions that came out empty for this person, each
	// once, with the part in which it stands.
	Missing []Missing
}

// Missing is an expression that printed nothing.
type Missing struct {
	Part       string `json:"part"` // subject, body, next_step.label or next_step.url
	Expression string `json:"expression"`
}

// Check reports what is wrong with m whoever receives it. Its errors are
// faults whose Field is the part.
func Check(m definition.Message) []error {
	var errs []error
	for _, p := range parts(m) {
		if _, err := p.parse(); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// Compose renders m for the person whom vars describes. It fails with
// fault.Invalid or fault.TooLarge, naming the part, when the message cannot be
// read or would have no subject, no text or no next step.
func Compose(m definition.Message, vars Vars) (event.Content, error) {
	r, err := ComposeFull(m, vars)
	return r.Content, err
}

// ComposeFull is Compose for previews: it also says what was missing.
func ComposeFull(m definition.Message, vars Vars) (Result, error) {
	var r Result
	values := vars.values()
	out := make([]string, 4)
	for i, p := range parts(m) {
		tmpl, err := p.parse()
		if err != nil {
			return Result{}, err
		}
		o, err := tmpl.Render(liquid.Input{Vars: values, Now: vars.Now, Zone: vars.Zone, Escape: p.escape, Item: vars.Item})
		if err != nil {
			return Result{}, at(err, p.name)
		}
		for _, e := range o.Missing {
			r.Missing = append(r.Missing, Missing{p.name, e})
		}
		if out[i] = o.Text; p.line {
			out[i] = oneLine(o.Text)
		}
		if err := p.check(out[i]); err != nil {
			return Result{}, err
		}
	}
	doc := parseMarkdown(out[1])
	r.Content = event.Content{
		Subject:  out[0],
		Text:     doc.text(),
		HTML:     doc.html(),
		NextStep: event.Step{Label: out[2], URL: out[3]},
	}
	if r.Content.Text == "" {
		return Result{}, fault.New(fault.Invalid, "the body is empty for this person").At("body")
	}
	return r, nil
}

// part is one of the texts of a message.
type part struct {
	name   string
	source string
	line   bool // must be a single line
	escape liquid.Escape
	max    int // bytes; 0: the limit of package liquid
	url    bool
}

func parts(m definition.Message) []part {
	return []part{
		{name: "subject", source: m.Subject, line: true, escape: escapePlain, max: maxSubject * 4},
		{name: "body", source: m.Body, escape: escapeMarkdown},
		{name: "next_step.label", source: m.NextStep.Label, line: true, escape: escapePlain, max: maxLabel * 4},
		{name: "next_step.url", source: m.NextStep.URL, line: true, escape: escapeInURL, max: maxURL, url: true},
	}
}

// literalHost demands that scheme and host are the author's and not data.
var literalHost = regexp.MustCompile(`^\s*https?://[^\s/?#{}%@\\]+([/?#]|\s*$)`)

func (p part) parse() (*liquid.Template, error) {
	if strings.TrimSpace(p.source) == "" {
		return nil, fault.New(fault.Invalid, "the %s is missing: say %s", p.what(), p.why()).At(p.name)
	}
	if p.url && !literalHost.MatchString(p.source) {
		return nil, fault.New(fault.Invalid,
			"the next step's URL must begin with a written-out address such as https://example.com/, so that nobody's data can lead people elsewhere").At(p.name)
	}
	t, err := liquid.Parse(p.source)
	return t, at(err, p.name)
}

func (p part) check(text string) error {
	if p.name != "body" && text == "" {
		return fault.New(fault.Invalid, "the %s is empty for this person", p.what()).At(p.name)
	}
	if p.max > 0 && len(text) > p.max {
		return fault.New(fault.TooLarge, "the %s has %d bytes; at most %d are allowed", p.what(), len(text), p.max).At(p.name)
	}
	if p.url {
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.User != nil {
			return fault.New(fault.Invalid, "the next step's URL %.80q is not one that people can follow", text).At(p.name)
		}
	}
	return nil
}

func (p part) what() string {
	return map[string]string{
		"subject": "subject", "body": "body", "next_step.label": "next step's label", "next_step.url": "next step's URL",
	}[p.name]
}

func (p part) why() string {
	return map[string]string{
		"subject":         "in a few words what the message is about",
		"body":            "what the person should know",
		"next_step.label": "what the person can do next",
		"next_step.url":   "where the person can do it",
	}[p.name]
}

// at names the part in which err arose.
func at(err error, part string) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.KindOf(err), nil, "%s", err.Error()).At(part)
}
