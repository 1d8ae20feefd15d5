package whatsapp

import (
	"strings"
	"unicode/utf8"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// The limits of messages, in characters.
const (
	mostText    = 4096
	mostBeside  = 1024 // of text with buttons or a list
	mostButtons = 3
	mostRows    = 10
	mostTitle   = 20 // of a button
	mostRow     = 24 // of a row of a list
)

// message is the body of a request; the fields that are set say what it is.
type message struct {
	Product     string       `json:"messaging_product"`
	Recipient   string       `json:"recipient_type"`
	To          string       `json:"to"`
	Type        string       `json:"type"`
	Text        *text        `json:"text,omitempty"`
	Interactive *interactive `json:"interactive,omitempty"`
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

// compose writes a letter as a message of the session: free text, within a day of
// what the person wrote last.
func compose(l deliver.Letter) (message, error) {
	m := message{Product: "whatsapp", Recipient: "individual", To: strings.TrimPrefix(l.To, "+"), Ref: l.Ref}
	said, options := l.Plain(), l.Content.Options
	if n := utf8.RuneCountInString(said); n > mostText {
		return m, fault.New(fault.Invalid, "the message has %d characters; at most %d can be sent", n, mostText)
	}
	if len(options) == 0 || len(options) > mostRows || utf8.RuneCountInString(said) > mostBeside {
		m.Type, m.Text = "text", &text{Body: said} // the text says the options too
		return m, nil
	}
	m.Type, m.Interactive = "interactive", &interactive{Body: body{said}}
	if len(options) <= mostButtons {
		m.Interactive.Type = "button"
		for _, o := range options {
			m.Interactive.Action.Buttons = append(m.Interactive.Action.Buttons, button{"reply", rowOf(o, mostTitle)})
		}
		return m, nil
	}
	m.Interactive.Type = "list"
	rows := make([]row, 0, len(options))
	for _, o := range options {
		rows = append(rows, rowOf(o, mostRow))
	}
	m.Interactive.Action = action{Button: "…", Sections: []section{{Title: "…", Rows: rows}}}
	return m, nil
}

// rowOf is an option as a button or a row, whose title is cut where it is too long:
// the text has it in full.
func rowOf(o event.Option, most int) row {
	title := []rune(o.Label)
	if len(title) > most {
		title = append(title[:most-1], '…')
	}
	return row{o.ID, string(title)}
}
