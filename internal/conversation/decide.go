package conversation

import (
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/profile"
)

// ChoicePatience is how long the arbiter is waited for. It takes milliseconds, unless
// the server was stopped meanwhile.
const ChoicePatience = 30 * time.Second

// keepBack keeps what would be said until the arbiter has chosen, so that it is said
// together.
func (t *turn) keepBack() {
	t.s.Unsaid = nil
	if len(t.said)+len(t.out.Choices) > 0 {
		t.s.Unsaid = &profile.Unsaid{Texts: t.said, Next: t.out.Next, Picture: t.out.Picture, Choices: t.out.Choices}
	}
	t.said, t.out.Next, t.out.Picture, t.out.Choices = nil, nil, event.Picture{}, nil
}

// chose says what the arbiter chose. Its answer is kept where rules and texts find it.
func (t *turn) chose(c Chosen) {
	step, i := t.def.Step(t.s.Step)
	if step == nil || t.s.Awaits != profile.AwaitsChoice {
		return
	}
	t.s.Awaits = profile.AwaitsAnswer
	if u := t.s.Unsaid; u != nil {
		t.said, t.out.Next, t.out.Picture, t.out.Choices = slices.Clone(u.Texts), slices.Clone(u.Next), u.Picture, slices.Clone(u.Choices)
		t.s.Unsaid = nil
	}
	answer := map[string]any{"action": c.Action}
	if c.Content != nil {
		answer["goal"], answer["message"] = c.Goal, c.Message
	}
	if len(c.Parameters) > 0 {
		answer["parameters"] = c.Parameters
	}
	t.keep(step, event.Pack(answer))
	if c.ID != (event.Opportunity{}) {
		t.out.Choices = append(t.out.Choices, c.ID)
	}
	next := t.def.Next(i)
	if c.Content == nil {
		if step.Otherwise != "" {
			next, _ = t.def.Step(step.Otherwise)
		}
		t.run(next)
		return
	}
	t.said = append(t.said, told(MeansOf(t.s.Channel), c.Content))
	t.out.Next = append(t.out.Next, t.offered(c.Content)...)
	if !c.Content.Picture.IsZero() {
		t.out.Picture = c.Content.Picture
	}
	t.run(next)
}

// told is a message as something that is said: its headline, its text and its facts.
func told(m Means, c *event.Content) string {
	parts := []string{c.Subject, c.Text}
	for _, f := range c.Facts {
		parts = append(parts, f.Label+": "+f.Value)
	}
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		if m == Spoken && !strings.ContainsAny(p[len(p)-1:], ".!?") {
			p += "."
		}
		out = append(out, p)
	}
	if m == Spoken {
		return strings.Join(out, " ")
	}
	return strings.Join(out, "\n")
}

// offered are the next steps of a message within a conversation: links, and other
// conversations. An answer of its own would be none to what is asked next.
func (t *turn) offered(c *event.Content) (out []event.Step) {
	for _, s := range c.Steps() {
		if s.Reply == "" && s.Conversation != t.def.ID {
			out = append(out, s)
		}
	}
	return out
}

// Slots returns the ids of the slots for which a conversation asks the arbiter.
func Slots(c *definition.Conversation) []string {
	var ids []string
	for _, s := range c.Steps {
		if s.Deed == definition.Decide && !slices.Contains(ids, s.Slot) {
			ids = append(ids, s.Slot)
		}
	}
	slices.Sort(ids)
	return ids
}

// choose is what a play has decided for a slot.
func (p *Play) choose(o *Opening, channel string) *Chosen {
	action := p.decides[o.Slot]
	line := Line{Who: "choice", Channel: channel, Step: o.Step, Text: o.Slot + " " + event.Silence}
	out := &Chosen{Action: event.Silence}
	if a := p.ws.ActionOf(action); a != nil {
		goal, _, _ := strings.Cut(action, "/")
		for i := range a.Messages {
			if m := &a.Messages[i]; m.Channel == o.Slot {
				out = &Chosen{Goal: goal, Action: a.ID, Message: m.ID, Parameters: a.Settings()[0].Values}
				line.Text = o.Slot + " " + action
				if content, err := p.written(m, channel, out.Parameters); err != nil {
					line.Text += ", which cannot be written: " + err.Error()
					out = &Chosen{Action: event.Silence}
				} else {
					out.Content = &content
				}
				break
			}
		}
	}
	p.Lines = append(p.Lines, line)
	return out
}

func (p *Play) written(m *definition.Message, channel string, parameters map[string]string) (event.Content, error) {
	vars := p.world.Text
	vars.Now, vars.Zone, vars.Parameters = p.world.Now, p.world.Zone, parameters
	return message.ComposeHeld(*m, channel, vars)
}
