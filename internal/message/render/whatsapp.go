package render

import "github.com/rapporthq/rapport/internal/event"

// The limits of a session message by the Cloud API (Meta, "Interactive messages",
// v21.0).
const (
	waButtons = 3
	waRows    = 10
	waTitle   = 20 // characters of a button
	waRow     = 24 // characters of a row of a list
	waText    = 1024
	waPlain   = 4096 // of a message without buttons
)

// WhatsApp is a message on WhatsApp. Outside of 24 hours after the person wrote
// only Template may be sent; within them the rest is.
type WhatsApp struct {
	Template event.Template `json:"template,omitzero"`

	Text    string        `json:"text"` // with WhatsApp's own marks
	Picture event.Picture `json:"picture,omitzero"`

	// At most one of these three is there.
	Buttons []Next `json:"buttons,omitempty"` // to 3; Label is cut to fit
	List    *List  `json:"list,omitempty"`
	Link    *Next  `json:"link,omitempty"` // a button that opens an address
}

// List is a list of answers that a button opens.
type List struct {
	Button string `json:"button"`
	Rows   []Next `json:"rows"` // to 10
}

// WhatsApp renders a message of WhatsApp. A lone link is a button; links beside
// answers stand in the text, since the two kinds of buttons do not mix.
func (in Input) WhatsApp() WhatsApp {
	c := in.Content
	w := wordsOf(c.Locale)
	out := WhatsApp{Template: c.Template, Picture: c.Picture}
	answered, links := split(in.Next())
	headline := ""
	if c.Subject != "" {
		headline = "*" + c.Subject + "*"
	}
	inText := links
	limit := waText
	switch {
	case len(answered) > waRows:
		inText, limit = in.Next(), waPlain
	case len(answered) > waButtons:
		out.List = &List{Button: cut(w.choose, waTitle), Rows: short(answered, waRow)}
	case len(answered) > 0:
		out.Buttons = short(answered, waTitle)
	case len(links) == 1:
		link := short(links, waTitle)[0]
		out.Link, inText = &link, nil
	default:
		limit = waPlain
	}
	stop := ""
	if in.Links.Unsubscribe != "" {
		stop = w.stop
	}
	tail := blocks(facts(c.Facts), in.ways(inText), stop)
	out.Text = blocks(headline, cut(c.Text, max(limit-len([]rune(headline))-len([]rune(tail))-4, 1)), tail)
	return out
}

// short cuts labels to n characters.
func short(ns []Next, n int) []Next {
	out := make([]Next, len(ns))
	for i, next := range ns {
		next.Label = cut(next.Label, n)
		out[i] = next
	}
	return out
}
