package engine

import (
	"html"
	"strings"
	"unicode/utf8"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/profile"
)

// content is something said in a conversation, as channels carry it.
func content(channel, about, text string, options []event.Option) event.Content {
	c := event.Content{Text: text, Options: options}
	if conversation.MeansOf(channel) == conversation.Letter {
		c.Subject = "Re: " + about
		c.HTML = paragraphs(text)
	}
	return c
}

// mostOffered is how many conversations a caller is offered: a phone has a key for
// each, and one for nobody.
const mostOffered = 8

// greet answers a call in which nothing was said yet with what can be talked about.
func (env *Env) greet(fx *Effects, p *profile.Person, said conversation.Said) {
	c := event.Content{Text: "Hello. How can we help?"}
	for i := range env.Defs.Conversations {
		def := &env.Defs.Conversations[i]
		if len(def.Begin.Words) > 0 && len(c.More) < mostOffered && env.holds(p, def.Begin.When) {
			c.More = append(c.More, event.Step{Label: def.Name, Conversation: def.ID, Say: def.Begin.Words})
		}
	}
	env.speak(fx, p, said, c)
}

// speak says something that belongs to no conversation and no request.
func (env *Env) speak(fx *Effects, p *profile.Person, to conversation.Said, c event.Content) {
	d := env.reply(p, to.Channel, to.Address, c)
	env.note(fx, p, event.Spoke, event.SpokeBody{Channel: to.Channel, Delivery: d, Text: c.Text})
}

// paragraphs is plain text as HTML.
func paragraphs(text string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(text, "\n\n") {
		b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(part), "\n", "<br>\n") + "</p>\n")
	}
	return b.String()
}

const shortText = 120 // characters of a subject

// short is the beginning of a text.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= shortText {
		return text
	}
	return string([]rune(text)[:shortText-1]) + "…"
}

// Templates are the texts of definitions, read: see message.Templates.
type Templates = message.Templates

// ReadTemplates reads those of ws.
func ReadTemplates(ws *definition.Workspace) *Templates { return message.ReadTemplates(ws) }
