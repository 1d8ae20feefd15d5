package web

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/message/render"
	"github.com/rapporthq/rapport/internal/person"
)

// What an inbox shows: the newest of so many entries within so many events of the
// timeline.
const (
	mostEntries = 100
	mostScanned = 1000
	scannedAt   = 200 // events read at a time
)

// Dismissed is the detail of a receipt of a letter that was put away.
const Dismissed = "dismissed"

// Kind says what an entry is.
type Kind string

// The kinds of entries.
const (
	Message Kind = "message" // that the company sent
	Answer  Kind = "answer"  // of the company, in a conversation
	Said    Kind = "said"    // by the person
)

// Entry is one thing in an inbox.
type Entry struct {
	ID   string        `json:"id"` // of Message and Answer, what seen and act name it by; of Said, the id it was said under
	Kind Kind          `json:"kind"`
	At   event.Instant `json:"at"`

	By        string       `json:"by,omitempty"`   // who answered, of a person who works there
	Text      string       `json:"text,omitempty"` // of Said
	Card      *render.Card `json:"card,omitempty"` // nil: of Said
	Seen      bool         `json:"seen,omitempty"`
	Dismissed bool         `json:"dismissed,omitempty"`
	Acted     bool         `json:"acted,omitempty"` // a next step was taken

	delivery string
}

// Store reads people and what happened to them.
type Store interface {
	Person(ctx context.Context, id person.ID) (Owner, error)
	HistoryPage(ctx context.Context, id person.ID, before string, limit int) (events []event.Event, next string, err error)
}

// Owner is whose an inbox is. Its ID is zero when nothing is known of them yet.
type Owner struct {
	ID    person.ID
	Known bool // the company knows them as a user
}

// entries reads the inbox of who, oldest first.
func (d *Desk) entries(ctx context.Context, who person.ID) ([]Entry, error) {
	r, err := d.read(ctx, who)
	if err != nil {
		return nil, err
	}
	return r.done(), nil
}

func (d *Desk) read(ctx context.Context, who person.ID) (*reader, error) {
	var events []event.Event // newest first
	for before := ""; len(events) < mostScanned; {
		page, next, err := d.opts.Store.HistoryPage(ctx, who, before, scannedAt)
		if err != nil {
			return nil, err
		}
		events = append(events, page...)
		if before = next; next == "" {
			break
		}
	}
	slices.Reverse(events)
	r := &reader{desk: d, who: who, at: map[string]*Entry{}, shown: map[string]render.Card{}, in: map[string]bool{}, said: map[string]event.SpokeBody{}}
	for _, e := range events {
		if err := r.read(e); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// reader makes entries of a timeline.
type reader struct {
	desk  *Desk
	who   person.ID
	all   []*Entry
	at    map[string]*Entry          // by delivery
	in    map[string]bool            // deliveries that are in the inbox
	shown map[string]render.Card     // what slots of the page showed, by the name of its delivery
	said  map[string]event.SpokeBody // by delivery
}

func (r *reader) read(e event.Event) error {
	switch e.Kind {
	case event.Spoke:
		body, err := event.Unpack[event.SpokeBody](e)
		if err != nil || body.Channel != ID {
			return err
		}
		r.said[body.Delivery] = body
	case event.Grant:
		body, err := event.Unpack[event.GrantBody](e)
		if err != nil || body.Channel != ID || r.at[body.Delivery] != nil {
			return err
		}
		r.granted(e, body)
	case event.Receipt:
		body, err := event.Unpack[event.ReceiptBody](e)
		if err != nil || body.Channel != ID {
			return err
		}
		r.became(body)
	case event.Choice:
		body, err := event.Unpack[event.ChoiceBody](e)
		if err != nil || body.Content == nil {
			return err
		}
		r.shown[body.ID.Delivery()] = render.Input{Content: *body.Content}.Card()
	case event.Replied:
		body, err := event.Unpack[event.RepliedBody](e)
		if err != nil || body.Channel != ID {
			return err
		}
		r.replied(e, body)
	default:
	}
	return nil
}

func (r *reader) granted(e event.Event, g event.GrantBody) {
	in := render.Input{Content: g.Content}
	in.Links = message.Links{Step: r.link(g, g.Content.NextStep.URL, e.Time)}
	for _, step := range g.Content.More {
		in.Links.More = append(in.Links.More, r.link(g, step.URL, e.Time))
	}
	card := in.Card()
	entry := &Entry{ID: r.desk.opts.Links.Ref(r.who, g.Delivery), Kind: Message, At: e.Time, Card: &card, delivery: g.Delivery}
	if said, is := r.said[g.Delivery]; is {
		entry.Kind, entry.By = Answer, said.By
	}
	r.at[g.Delivery] = entry
	r.all = append(r.all, entry)
}

// link makes the address of a next step as of when it was granted: it is the same
// whenever the inbox is read.
func (r *reader) link(g event.GrantBody, url string, made event.Instant) string {
	if url == "" {
		return ""
	}
	linked, err := r.desk.opts.Links.StepMade(r.who, g.Delivery, ID, url, made)
	if err != nil {
		return url // it is followed without our knowing
	}
	return linked
}

func (r *reader) became(body event.ReceiptBody) {
	entry := r.at[body.Delivery]
	if entry == nil {
		return
	}
	switch body.Outcome {
	case event.Delivered, event.Sent:
		r.in[body.Delivery] = true
	case event.Opened:
		entry.Seen = true
		entry.Dismissed = entry.Dismissed || body.Detail == Dismissed
	case event.Clicked:
		entry.Seen, entry.Acted = true, true
	case event.Failed, event.Unknown, event.Bounced, event.Lost, event.Complained:
	}
}

func (r *reader) replied(e event.Event, body event.RepliedBody) {
	entry := &Entry{ID: e.MessageID[strings.LastIndexByte(e.MessageID, '/')+1:], Kind: Said, At: e.Time, Text: body.Text, Seen: true}
	if to := r.at[body.Delivery]; to != nil {
		to.Seen, to.Acted = true, true
		if entry.Text == "" {
			entry.Text = label(to.Card.Next, body)
		}
	} else if entry.Text == "" {
		entry.Text = label(r.shown[body.Delivery].Next, body)
	}
	entry.Text = cmp.Or(entry.Text, body.Choice, body.Begins)
	r.all = append(r.all, entry)
}

// label is what the button said that was pressed.
func label(next []render.Next, body event.RepliedBody) string {
	for _, n := range next {
		begins, choice := event.ReadPayload(n.Payload)
		if n.Payload != "" && begins == body.Begins && choice == body.Choice {
			return n.Label
		}
	}
	return ""
}

// offered are the next steps that the person was offered with a delivery.
func (r *reader) offered(delivery string) []render.Next {
	if e := r.at[delivery]; e != nil && r.in[delivery] {
		return e.Card.Next
	}
	return r.shown[delivery].Next
}

// done returns what is in the inbox.
func (r *reader) done() []Entry {
	out := []Entry{}
	for _, e := range r.all {
		if e.delivery == "" || r.in[e.delivery] {
			out = append(out, *e)
		}
	}
	return out[max(0, len(out)-mostEntries):]
}
