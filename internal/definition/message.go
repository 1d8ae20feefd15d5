package definition

import (
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
)

// Message is content authored once, for every channel that it may go by. What it
// says is its Parts, which variants replace in part.
type Message struct {
	ID       string
	Channel  string   // that of this way of sending it; empty outside of an action
	Channels []string // all that it may go by, in the author's order
	Appeal   string   // ethos, logos or pathos
	Topic    string   // topic id, for which consent is asked; empty: the action's kind

	Parts
	On      map[string]Parts   // what is said otherwise, by channel
	Locales map[string]Variant // what is said in other languages, by BCP 47 locale
}

// Parts are what a message says. Texts are Liquid.
type Parts struct {
	Headline  string
	Preheader string
	Body      string // in Markdown
	Facts     []event.Fact
	Picture   event.Picture
	NextSteps []event.Step // at least one in a whole message, the first is the main one

	// Template is what the provider of the channel has approved, for when nothing
	// else may be sent: WhatsApp's, outside of 24 hours after the person wrote.
	Template event.Template
}

// Variant is what a message says in a language.
type Variant struct {
	Parts
	On map[string]Parts // by channel
}

// By returns m as it goes by one channel.
func (m Message) By(channel string) Message {
	m.Channel = channel
	return m
}

// Said returns what is said on a channel in a locale, which is one of m.Locales or
// empty for the language that m is written in. The language matters most: a part in
// it takes the place of what only fits the channel.
func (m *Message) Said(locale, channel string) Parts {
	v := m.Locales[locale]
	return m.over(m.On[channel]).over(v.Parts).over(v.On[channel])
}

// over returns p with what o has in its place. Next steps are replaced field by
// field, each by that of its place.
func (p Parts) over(o Parts) Parts {
	replace(&p.Headline, o.Headline)
	replace(&p.Preheader, o.Preheader)
	replace(&p.Body, o.Body)
	replace(&p.Picture.URL, o.Picture.URL)
	replace(&p.Picture.Alt, o.Picture.Alt)
	if len(o.Facts) > 0 {
		p.Facts = o.Facts
	}
	if !o.Template.IsZero() {
		p.Template = o.Template
	}
	p.NextSteps = slices.Clone(p.NextSteps)
	for i, s := range o.NextSteps {
		if i == len(p.NextSteps) {
			p.NextSteps = append(p.NextSteps, s)
			continue
		}
		to := &p.NextSteps[i]
		replace(&to.Label, s.Label)
		replace(&to.Keyword, s.Keyword)
		if len(s.Say) > 0 {
			to.Say = s.Say
		}
		if s.URL != "" || s.Conversation != "" || s.Reply != "" {
			to.URL, to.Conversation, to.Reply = s.URL, s.Conversation, s.Reply
		}
	}
	return p
}

func replace(to *string, by string) {
	if by != "" {
		*to = by
	}
}

// Variant finds in which of its variants m speaks to someone of a locale: that one,
// else another of the same language. Empty is the language that m is written in,
// which is home's.
func (m *Message) Variant(locale, home string) string {
	locale = strings.ReplaceAll(locale, "_", "-")
	if locale == "" || strings.EqualFold(locale, home) {
		return ""
	}
	near := ""
	for id := range m.Locales {
		if strings.EqualFold(id, locale) {
			return id
		}
		if Language(id) == Language(locale) && (near == "" || id < near) {
			near = id
		}
	}
	if Language(locale) == Language(home) {
		return ""
	}
	return near
}

// Language is the first part of a locale, in small letters: pt of pt-BR.
func Language(locale string) string {
	language, _, _ := strings.Cut(strings.ReplaceAll(locale, "_", "-"), "-")
	return strings.ToLower(language)
}

// Message returns the message of Messages named id.
func (w *Workspace) Message(id string) (Message, bool) {
	for _, m := range w.Messages {
		if m.ID == id {
			return m, true
		}
	}
	return Message{}, false
}

// Authored is a message as it is written, and where.
type Authored struct {
	Message // without a Channel

	Key   string   // tells it apart: its id, or goal/action/id of one that is an action's own
	Where string   // in words, such as goal back, action ask, message mail
	Used  []string // goal/action of those that use it
}

// AllMessages returns every message once, the shared ones first, in the order of
// the source.
func (w *Workspace) AllMessages() []Authored {
	var out []Authored
	shared := map[string]int{}
	for _, m := range w.Messages {
		shared[m.ID] = len(out)
		out = append(out, Authored{Message: m, Key: m.ID, Where: "message " + m.ID})
	}
	for _, g := range w.Programs() {
		for _, a := range g.Actions {
			by := g.ID + "/" + a.ID
			for i, m := range a.Messages {
				if i > 0 && a.Messages[i-1].ID == m.ID {
					continue // another channel of the same
				}
				if at, ok := shared[m.ID]; ok && a.uses(m.ID) {
					out[at].Used = append(out[at].Used, by)
					continue
				}
				out = append(out, Authored{
					Message: m.By(""), Key: by + "/" + m.ID, Used: []string{by},
					Where: "goal " + g.ID + ", action " + a.ID + ", message " + m.ID,
				})
			}
		}
	}
	return out
}

func (a *Action) uses(id string) bool { return slices.Contains(a.Uses, id) }
