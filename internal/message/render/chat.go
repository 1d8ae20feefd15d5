package render

import "github.com/rapporthq/rapport/internal/event"

// Chat is a message of a chat: Slack, Telegram, or our own on the web.
type Chat struct {
	Headline string        `json:"headline,omitempty"`
	Text     string        `json:"text"`
	Facts    []event.Fact  `json:"facts,omitempty"`
	Picture  event.Picture `json:"picture,omitzero"`
	Replies  []Next        `json:"replies,omitempty"` // buttons that send their Payload back
	Links    []Next        `json:"links,omitempty"`   // buttons that open their URL
	Plain    string        `json:"plain"`             // all but the buttons, for where there is only text
}

// Chat renders a message of a chat.
func (in Input) Chat() Chat {
	c := in.Content
	out := Chat{Headline: c.Subject, Text: c.Text, Facts: c.Facts, Picture: c.Picture}
	out.Replies, out.Links = split(in.Next())
	out.Plain = blocks(c.Subject, c.Text, facts(c.Facts))
	return out
}

// Card is a message on a page or in an app.
type Card struct {
	Headline string        `json:"headline,omitempty"`
	Text     string        `json:"text"`
	HTML     string        `json:"html,omitempty" doc:"safe to show: made of Markdown, with the person's data escaped"`
	Facts    []event.Fact  `json:"facts,omitempty"`
	Picture  event.Picture `json:"picture,omitzero"`
	Next     []Next        `json:"next"`
	Locale   string        `json:"locale,omitempty"`
	Dir      string        `json:"dir" enum:"ltr,rtl"`
	Brand    event.Brand   `json:"brand"`
}

// Card renders a card.
func (in Input) Card() Card {
	c := in.Content
	return Card{
		Headline: c.Subject, Text: c.Text, HTML: c.HTML, Facts: c.Facts, Picture: c.Picture, Next: in.Next(),
		Locale: c.Locale, Dir: direction(c.Locale), Brand: Complete(c.Brand),
	}
}
