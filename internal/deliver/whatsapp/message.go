package whatsapp

import (
	"strconv"
	"strings"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/render"
)

// message is the body of a request; the fields that are set say what it is.
type message struct {
	Product     string       `json:"messaging_product"`
	Recipient   string       `json:"recipient_type"`
	To          string       `json:"to"`
	Type        string       `json:"type"`
	Text        *text        `json:"text,omitempty"`
	Interactive *interactive `json:"interactive,omitempty"`
	Template    *template    `json:"template,omitempty"`
	Ref         string       `json:"biz_opaque_callback_data,omitempty"`
}

type text struct {
	Preview bool   `json:"preview_url"`
	Body    string `json:"body"`
}

type interactive struct {
	Type   string `json:"type"`
	Body   body   `json:"body"`
	Action action `json:"action"`
}

type body struct {
	Text string `json:"text"`
}

type action struct {
	Button   string    `json:"button,omitempty"`
	Buttons  []button  `json:"buttons,omitempty"`
	Sections []section `json:"sections,omitempty"`
}

type button struct {
	Type  string `json:"type"`
	Reply row    `json:"reply"`
}

type section struct {
	Title string `json:"title"`
	Rows  []row  `json:"rows"`
}

type row struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type template struct {
	Name       string      `json:"name"`
	Language   language    `json:"language"`
	Components []component `json:"components,omitempty"`
}

type language struct {
	Policy string `json:"policy"`
	Code   string `json:"code"`
}

type component struct {
	Type       string      `json:"type"`
	SubType    string      `json:"sub_type,omitempty"`
	Index      string      `json:"index,omitempty"` // of a button
	Parameters []parameter `json:"parameters"`
}

type parameter struct {
	Type    string `json:"type"`
	Text    string `json:"text,omitempty"`
	Payload string `json:"payload,omitempty"`
}

// compose writes a letter as the template that it names, which may be sent at any
// time; else as a message of the session, which is taken within a day of what the
// person wrote last.
func compose(l deliver.Letter) (message, error) {
	form := l.Form().WhatsApp()
	m := message{Product: "whatsapp", Recipient: "individual", To: strings.TrimPrefix(l.To, "+"), Ref: l.Ref}
	if t := form.Template; !t.IsZero() {
		m.Type, m.Template = "template", &template{Name: t.Name, Language: language{"deterministic", t.Language}}
		if len(t.Parameters) > 0 {
			c := component{Type: "body"}
			for _, p := range t.Parameters {
				c.Parameters = append(c.Parameters, parameter{Type: "text", Text: p})
			}
			m.Template.Components = []component{c}
		}
		if t.Buttons {
			m.Template.Components = append(m.Template.Components, quickReplies(l.Form().Next())...)
		}
		if t.Links != "" {
			links, err := linkButtons(l.Form().Next(), &t)
			if err != nil {
				return m, err
			}
			m.Template.Components = append(m.Template.Components, links...)
		}
		return m, nil
	}
	i := &interactive{Body: body{form.Text}}
	switch {
	case len(form.Buttons) > 0:
		i.Type = "button"
		for _, n := range form.Buttons {
			i.Action.Buttons = append(i.Action.Buttons, button{"reply", row{n.Payload, n.Label}})
		}
	case form.List != nil:
		i.Type = "list"
		i.Action = action{Button: form.List.Button, Sections: []section{{Title: form.List.Button, Rows: rows(form.List.Rows)}}}
	case form.Link != nil: // Meta's own description of the API knows no button for it
		m.Type, m.Text = "text", &text{Preview: true, Body: form.Text + "\n\n" + form.Link.Label + ": " + form.Link.URL}
		return m, nil
	default:
		m.Type, m.Text = "text", &text{Body: form.Text}
		return m, nil
	}
	m.Type, m.Interactive = "interactive", i
	return m, nil
}

// quickReplies are what the buttons of a template send back when they are pressed:
// their words are the template's own.
func quickReplies(ns []render.Next) (out []component) {
	for _, n := range ns {
		if n.Payload != "" {
			out = append(out, component{
				Type: "button", SubType: "quick_reply", Index: strconv.Itoa(len(out)), Parameters: []parameter{{Type: "payload", Payload: n.Payload}},
			})
		}
	}
	return out
}

// mostLinks is how many buttons with addresses a template has at most.
const mostLinks = 2

// linkButtons fill in where the buttons of a template lead: what of the address of a
// next step comes after that which was approved. They stand after the quick replies.
func linkButtons(ns []render.Next, t *event.Template) (out []component, err error) {
	at := 0
	if t.Buttons {
		at = len(quickReplies(ns))
	}
	for _, n := range ns {
		if n.Payload != "" || n.URL == "" {
			continue
		}
		rest, ok := strings.CutPrefix(n.URL, t.Links)
		if !ok || rest == "" {
			return nil, fault.New(fault.Invalid, "the template %q was approved for addresses that begin with %s, and %q leads elsewhere", t.Name, t.Links, n.Label)
		}
		if len(out) == mostLinks {
			return nil, fault.New(fault.Invalid, "the template %q has room for %d next steps that are links", t.Name, mostLinks)
		}
		out = append(out, component{Type: "button", SubType: "url", Index: strconv.Itoa(at + len(out)), Parameters: []parameter{{Type: "text", Text: rest}}})
	}
	return out, nil
}

func rows(ns []render.Next) []row {
	out := make([]row, 0, len(ns))
	for _, n := range ns {
		out = append(out, row{n.Payload, n.Label})
	}
	return out
}
