package event

import "strings"

// Content is a message written for one person and one channel, before package
// message/render gives it the channel's form. A grant holds it, so that fields
// are only ever added: an old grant has those above Options and no others.
type Content struct {
	Subject  string `json:"subject,omitempty"` // the headline: one line of plain text
	Text     string `json:"text"`              // the body as plain text
	HTML     string `json:"html,omitempty"`    // the body as a fragment with inline styles
	NextStep Step   `json:"next_step,omitzero"`

	// Options are the answers that a question of a conversation offers. Text says them
	// too where the channel has no buttons.
	Options []Option `json:"options,omitempty"`

	More      []Step   `json:"more,omitempty"`      // further next steps
	Preheader string   `json:"preheader,omitempty"` // what a mail program shows beside the subject
	Facts     []Fact   `json:"facts,omitempty"`
	Picture   Picture  `json:"picture,omitzero"`
	Template  Template `json:"template,omitzero"`
	Locale    string   `json:"locale,omitempty"` // BCP 47, in which it is written
	Brand     Brand    `json:"brand,omitzero"`
}

// Steps returns all next steps, that which matters most first.
func (c *Content) Steps() []Step {
	if c.NextStep.IsZero() {
		return c.More
	}
	return append([]Step{c.NextStep}, c.More...)
}

// Fact is a thing worth knowing at a glance, such as Plan: Family.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Picture is a picture at an address, and what it shows in words.
type Picture struct {
	URL string `json:"url"`
	Alt string `json:"alt"`
}

// IsZero reports whether there is no picture.
func (p Picture) IsZero() bool { return p == Picture{} }

// Template names a text that the provider of a channel has approved, with what
// stands in its gaps.
type Template struct {
	Name       string   `json:"name"`
	Language   string   `json:"language"`
	Parameters []string `json:"parameters,omitempty"`

	// Buttons tells that it was approved with a quick reply for each next step that is
	// answered and no link, in their order, before all other buttons.
	Buttons bool `json:"buttons,omitempty"`

	// Links is how the address of a button begins that was approved for each next step
	// that is a link, after those of Buttons: what follows it is ours to fill in.
	Links string `json:"links,omitempty"`
}

// IsZero reports whether there is no template.
func (t Template) IsZero() bool { return t.Name == "" }

// Brand is how the company looks in what it writes. What is empty is plain.
type Brand struct {
	Name     string `json:"name,omitempty"`
	Logo     string `json:"logo,omitempty"`      // URL of a picture
	Accent   string `json:"accent,omitempty"`    // of buttons and links: #rrggbb
	OnAccent string `json:"on_accent,omitempty"` // of the words on buttons
	Ink      string `json:"ink,omitempty"`       // of words
	Ground   string `json:"ground,omitempty"`    // of the page behind
	Font     string `json:"font,omitempty"`      // family, as in CSS
	Address  string `json:"address,omitempty"`   // by post, as the law of many places demands of e-mail
}

// IsZero reports whether nothing is said of the brand.
func (b Brand) IsZero() bool { return b == Brand{} }

// Step is what the person can do next. It does the same thing on every channel:
// it opens URL, begins Conversation, or answers with Reply; the first of these
// that is set, from the right, is what it does where the channel can.
type Step struct {
	Label string `json:"label"`
	URL   string `json:"url,omitempty"`

	// Conversation is the id of one that it begins. A URL beside it is where that is
	// held for those whose channel only has links.
	Conversation string `json:"conversation,omitempty"`

	// Reply is an answer that comes back as RepliedBody.Choice.
	Reply string `json:"reply,omitempty"`

	Keyword string   `json:"keyword,omitempty"` // what a text message answers with; empty: a word of Label
	Say     []string `json:"say,omitempty"`     // further words that mean it when they are spoken
}

// IsZero reports whether there is no step.
func (s Step) IsZero() bool {
	return s.Label == "" && s.URL == "" && s.Conversation == "" && s.Reply == ""
}

// What a button's payload begins with.
const (
	beginPayload = "begin:"
	replyPayload = "reply:"
)

// Payload is what a button of the step sends back: see [ReadPayload]. It is empty
// for a step that is only a link.
func (s Step) Payload() string {
	switch {
	case s.Reply != "":
		return replyPayload + s.Reply
	case s.Conversation != "":
		return beginPayload + s.Conversation
	default:
		return ""
	}
}

// ReadPayload reads what a button sent back into RepliedBody's Begins and Choice.
// The button of an Option sends its plain id.
func ReadPayload(p string) (begins, choice string) {
	if id, ok := strings.CutPrefix(p, beginPayload); ok {
		return id, ""
	}
	return "", strings.TrimPrefix(p, replyPayload)
}
