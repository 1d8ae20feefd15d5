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
		out.Email = ref(in.Email())
	case "sms":
		out.SMS = ref(in.SMS())
	case "whatsapp":
		out.WhatsApp = ref(in.WhatsApp())
	case "push":
		out.Push = ref(in.Push())
	case "web-push":
		out.Push = ref(in.WebPush())
	case "slack", "telegram":
		out.Chat = ref(in.Chat())
	case "voice":
		out.Voice = ref(in.Voice())
	case "webhook":
		out.JSON = ref(in.JSON())
	default: // web, or a slot on a page of the company's
		out.Card = ref(in.Card())
	}
	return out
}

func ref[T any](v T) *T { return &v }
