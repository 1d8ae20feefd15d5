package engine

import (
	"html"
	"strings"
	"unicode/utf8"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/event"
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
