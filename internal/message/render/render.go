// Package render gives an event.Content the form of a channel: a letter of
// e-mail, the segments of a text message, what a phone reads aloud and which keys
// it takes. Each form is a plain value, made by a method of Input; an adapter puts
// it into its protocol, and a preview shows it.
//
//	Email     HTML in the brand that reads well from 320 points up, and text
//	SMS       text, its encoding and segments, and the words to answer with
//	WhatsApp  a session message with buttons or a list, or an approved template
//	Push      title, body and actions within the limits of APNs and FCM
//	WebPush   the same within those of RFC 8030 and 8291
//	Card      for web and app
//	Chat      text and quick replies
//	Voice     SSML, and choices by key and by spoken word
//	JSON      the content itself, with its links
//
// # Next steps
//
// A next step does the same thing on every channel. Where it is a link it is
// offered as one. Where it begins a conversation or gives a reply it is a button
// that sends [Next.Payload] back; a word to answer a text with; a key and spoken
// words on the phone. Match finds the step that an answer means, for channels
// whose answers are words.
//
// The package is pure, and its output is the same bytes for the same input.
package render

import (
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
)

// Input is a message on its way to a person.
type Input struct {
	Content event.Content
	Sender  string // whom it comes from, where the brand has no name
	Links   message.Links
}

// name is whom the message comes from.
func (in Input) name() string {
	if n := in.Content.Brand.Name; n != "" {
		return n
	}
	return strings.Join(strings.Fields(in.Sender), " ")
}

// JSON is the content with the links by which it is told that they were followed.
func (in Input) JSON() event.Content {
	c := in.Content
	steps := in.linked()
	if len(steps) > 0 && !c.NextStep.IsZero() {
		c.NextStep, steps = steps[0], steps[1:]
	}
	c.More = steps
	return c
}

// linked are the next steps with the links of Links.
func (in Input) linked() []event.Step {
	steps := append([]event.Step(nil), in.Content.Steps()...)
	links := append([]string{in.Links.Step}, in.Links.More...)
	if in.Content.NextStep.IsZero() {
		links = in.Links.More
	}
	for i := range steps {
		if i < len(links) && links[i] != "" {
			steps[i].URL = links[i]
		}
	}
	return steps
}

// blocks joins what is there, with a blank line between.
func blocks(parts ...string) string { return joined("\n\n", parts) }

func lines(parts ...string) string { return joined("\n", parts) }

func joined(by string, parts []string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, by)
}

// facts writes one fact a line.
func facts(fs []event.Fact) string {
	var out []string
	for _, f := range fs {
		out = append(out, f.Label+": "+f.Value)
	}
	return strings.Join(out, "\n")
}

// cut shortens s to at most n characters, with an ellipsis for the rest.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)[:n-1]
	return strings.TrimRight(string(r), " ") + "…"
}

// paragraph is s on one line.
func paragraph(s string) string { return strings.Join(strings.Fields(s), " ") }

// bracketed is an address behind the words of a link, as package message writes it.
var bracketed = regexp.MustCompile(` \((?:https?://|mailto:|tel:)[^\s()]*\)`)

var bare = regexp.MustCompile(`https?://[^\s()<>]+`)

// spoken is text without the addresses that nobody can follow by ear.
func spoken(text string) string {
	text = bracketed.ReplaceAllString(text, "")
	return bare.ReplaceAllStringFunc(text, func(s string) string {
		u, err := url.Parse(s)
		if err != nil {
			return ""
		}
		return u.Host
	})
}
