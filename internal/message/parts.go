package message

import (
	"fmt"
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
	maxHeadline = 250  // characters; mail programs show fewer than 80
	maxLabel    = 60   // characters, of a next step or a fact
	maxValue    = 200  // characters, of a fact
	maxURL      = 2000 // bytes
)

// part is one of the texts of a message.
type part struct {
	name   string // as the definitions call it
	what   string // in words
	why    string // what to write; of a part that must be there
	source string
	line   bool // must be a single line
	escape liquid.Escape
	max    int // bytes; 0: the limit of package liquid
	url    bool
	put    func(c *event.Content, text string)
}

// parts are all texts of p that are given, and those that must be.
func parts(p definition.Parts) []part {
	out := []part{
		{
			name: "headline", what: "headline", why: "in a few words what the message is about", source: p.Headline, line: true,
			escape: escapePlain, max: maxHeadline * 4, put: func(c *event.Content, s string) { c.Subject = s },
		},
		{name: "body", what: "body", why: "what the person should know", source: p.Body, escape: escapeMarkdown, put: putBody},
	}
	out = append(out, stepParts(p.NextSteps)...)
	optional := []part{
		{name: "preheader", what: "preheader", source: p.Preheader, max: maxHeadline * 4, put: func(c *event.Content, s string) { c.Preheader = s }},
		{name: "picture.url", what: "picture's URL", source: p.Picture.URL, max: maxURL, escape: escapeInURL, url: true, put: func(c *event.Content, s string) { c.Picture.URL = s }},
		{name: "picture.alt", what: "picture's words", source: p.Picture.Alt, max: maxHeadline * 4, put: func(c *event.Content, s string) { c.Picture.Alt = s }},
	}
	for i, f := range p.Facts {
		at := fmt.Sprintf("facts[%d].", i)
		optional = append(optional,
			part{name: at + "label", what: "fact's label", source: f.Label, max: maxLabel * 4, put: func(c *event.Content, s string) { fact(c, i).Label = s }},
			part{name: at + "value", what: "fact's value", source: f.Value, max: maxValue * 4, put: func(c *event.Content, s string) { fact(c, i).Value = s }},
		)
	}
	for i, s := range p.Template.Parameters {
		optional = append(optional, part{
			name: fmt.Sprintf("template.parameters[%d]", i), what: "parameter", source: s, max: maxHeadline * 4,
			put: func(c *event.Content, s string) { c.Template.Parameters = append(c.Template.Parameters, s) },
		})
	}
	for _, o := range optional {
		if o.source == "" {
			continue
		}
		o.line = true
		if o.escape == nil {
			o.escape = escapePlain
		}
		out = append(out, o)
	}
	return out
}

func putBody(c *event.Content, s string) {
	doc := parseMarkdown(s)
	c.Text, c.HTML = doc.text(), doc.html(c.Brand)
}

func fact(c *event.Content, i int) *event.Fact {
	for len(c.Facts) <= i {
		c.Facts = append(c.Facts, event.Fact{})
	}
	return &c.Facts[i]
}

func stepParts(steps []event.Step) []part {
	if len(steps) == 0 {
		steps = []event.Step{{}}
	}
	var out []part
	for i, s := range steps {
		at := "next_step."
		if i > 0 {
			at = fmt.Sprintf("next_steps[%d].", i)
		}
		out = append(out, part{
			name: at + "label", what: "next step's label", why: "what the person can do next", source: s.Label, line: true,
			escape: escapePlain, max: maxLabel * 4, put: func(c *event.Content, text string) { step(c, i, s).Label = text },
		})
		if s.URL != "" || s.Payload() == "" {
			out = append(out, part{
				name: at + "url", what: "next step's URL", why: "where the person can do it", source: s.URL, line: true,
				escape: escapeInURL, max: maxURL, url: true, put: func(c *event.Content, text string) { step(c, i, s).URL = text },
			})
		}
	}
	return out
}

// step is the next step at place i, which is as it was authored but for its texts.
func step(c *event.Content, i int, authored event.Step) *event.Step {
	to := &c.NextStep
	if i > 0 {
		for len(c.More) < i {
			c.More = append(c.More, event.Step{})
		}
		to = &c.More[i-1]
	}
	to.Conversation, to.Reply, to.Keyword, to.Say = authored.Conversation, authored.Reply, authored.Keyword, authored.Say
	return to
}

// literalHost demands that scheme and host are the author's and not data.
var literalHost = regexp.MustCompile(`^\s*https?://[^\s/?#{}%@\\]+([/?#]|\s*$)`)

func (p part) parse(snippets liquid.Snippets) (*liquid.Template, error) {
	if strings.TrimSpace(p.source) == "" {
		return nil, fault.New(fault.Invalid, "the %s is missing: say %s", p.what, p.why).At(p.name)
	}
	if p.url && !literalHost.MatchString(p.source) {
		return nil, fault.New(fault.Invalid,
			"the %s must begin with a written-out address such as https://example.com/, so that nobody's data can lead people elsewhere", p.what).At(p.name)
	}
	t, err := snippets.Parse(p.source)
	return t, at(err, p.name)
}

func (p part) check(text string) error {
	if p.why != "" && p.name != "body" && text == "" {
		return fault.New(fault.Invalid, "the %s is empty for this person", p.what).At(p.name)
	}
	if p.max > 0 && len(text) > p.max {
		return fault.New(fault.TooLarge, "the %s has %d bytes; at most %d are allowed", p.what, len(text), p.max).At(p.name)
	}
	if p.url {
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.User != nil {
			return fault.New(fault.Invalid, "the %s %.80q is not one that people can follow", p.what, text).At(p.name)
		}
	}
	return nil
}

// at names the part in which err arose.
func at(err error, part string) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.KindOf(err), nil, "%s", err.Error()).At(part)
}
