package render

import "github.com/rapporthq/rapport/internal/event"

// Rendering is a message in the form of one channel; that one is set.
type Rendering struct {
	Channel  string         `json:"channel"`
	Email    *Email         `json:"email,omitempty"`
	SMS      *SMS           `json:"sms,omitempty"`
	WhatsApp *WhatsApp      `json:"whatsapp,omitempty"`
	Push     *Push          `json:"push,omitempty"`
	Card     *Card          `json:"card,omitempty"`
	Chat     *Chat          `json:"chat,omitempty"`
	Voice    *Voice         `json:"voice,omitempty"`
	JSON     *event.Content `json:"json,omitempty"`
}

// For renders the message for a channel, one of definition.ChannelIDs, or for a
// slot.
func (in Input) For(channel string) Rendering {
	out := Rendering{Channel: channel}
	switch channel {
	case "email":
		out.Email = new(in.Email())
	case "sms":
		out.SMS = new(in.SMS())
	case "whatsapp":
		out.WhatsApp = new(in.WhatsApp())
	case "push":
		out.Push = new(in.Push())
	case "web-push":
		out.Push = new(in.WebPush())
	case "slack", "telegram":
		out.Chat = new(in.Chat())
	case "voice":
		out.Voice = new(in.Voice())
	case "webhook":
		out.JSON = new(in.JSON())
	default: // web, or a slot on a page of the company's
		out.Card = new(in.Card())
	}
	return out
}
