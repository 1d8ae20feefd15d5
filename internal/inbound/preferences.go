package inbound

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Preferences are what somebody may choose to hear of, and on which channels.
type Preferences struct {
	Brand    event.Brand // with all its colours
	Language string      // of the page, such as en; one that we do not speak is English
	Channels []Preference
	Topics   []Preference // on whichever channel
}

// Preference is one thing to choose.
type Preference struct {
	ID   string
	Name string
	On   bool

	// Pending is the address of a channel that was asked, and has yet to confirm it.
	Pending string
}

// Preferring finds out what there is to choose for a person. Its error is NotFound when
// there is no such person.
type Preferring func(ctx context.Context, id person.ID) (Preferences, error)

func (h *Handler) preferences(w http.ResponseWriter, r *http.Request) {
	if _, p, ok := h.preferring(w, r); ok {
		showPreferences(w, p, false)
	}
}

// prefer keeps what was chosen: a word about each channel and topic that is otherwise
// now.
func (h *Handler) prefer(w http.ResponseWriter, r *http.Request) {
	t, p, ok := h.preferring(w, r)
	if !ok {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		page(w, http.StatusBadRequest, "That did not work", `<p>What was sent cannot be read. Please go back and try again.</p>`)
		return
	}
	events := h.said(t, &p, r.PostForm)
	if len(events) > 0 {
		if err := h.opts.Appender.Append(r.Context(), events); err != nil {
			h.opts.Logger.ErrorContext(r.Context(), "preferences could not be kept", "delivery", t.Delivery, "error", err)
			comeAgain(w)
			return
		}
	}
	showPreferences(w, p, true)
}

// preferring opens the token, and finds what there is to choose.
func (h *Handler) preferring(w http.ResponseWriter, r *http.Request) (Token, Preferences, bool) {
	t, err := open(h.opts.Key, unsubscribeToken, r.PathValue("token"))
	if err != nil || h.opts.Preferring == nil {
		notFound(w)
		return t, Preferences{}, false
	}
	p, err := h.opts.Preferring(r.Context(), t.Person)
	switch {
	case fault.Is(err, fault.NotFound):
		notFound(w)
	case err != nil:
		if !errors.Is(err, context.Canceled) {
			h.opts.Logger.ErrorContext(r.Context(), "preferences could not be read", "delivery", t.Delivery, "error", err)
		}
		w.Header().Set("Retry-After", "60")
		page(w, http.StatusServiceUnavailable, "That did not work", `<p>It is our fault. Please try again in a minute.</p>`)
	default:
		return t, p, true
	}
	return t, Preferences{}, false
}

// said turns a form into words about what is otherwise now, and puts them into p. A
// topic is meant on every channel.
func (h *Handler) said(t Token, p *Preferences, form url.Values) []event.Event {
	now := h.opts.Now()
	var out []event.Event
	say := func(channel, topic string, given bool) {
		e := h.event(t, event.Consented, fmt.Sprintf("preferences/%d", len(out)), now)
		e.Body = event.Pack(event.ConsentBody{Channel: channel, Topic: topic, Given: given, On: t.Channel, Proof: "preference page"})
		out = append(out, e)
	}
	for i := range p.Channels {
		c := &p.Channels[i]
		if on := slices.Contains(form["channel"], c.ID); on != c.On {
			c.On = on
			say(c.ID, "", on)
		}
	}
	for i := range p.Topics {
		x := &p.Topics[i]
		on := slices.Contains(form["topic"], x.ID)
		if on == x.On {
			continue
		}
		x.On = on
		for _, c := range p.Channels {
			say(c.ID, x.ID, on)
		}
	}
	return out
}

func showPreferences(w http.ResponseWriter, p Preferences, saved bool) {
	words := preferenceWordsOf(p.Language)
	var b strings.Builder
	if saved {
		fmt.Fprintf(&b, `<p role="status" class="saved">%s</p>`, words.saved)
	}
	b.WriteString(`<form method="post">`)
	boxes := func(legend, name string, of []Preference) {
		if len(of) == 0 {
			return
		}
		fmt.Fprintf(&b, `<fieldset><legend>%s</legend>`, legend)
		for _, x := range of {
			checked := ""
			if x.On {
				checked = " checked"
			}
			note := ""
			if x.Pending != "" {
				note = fmt.Sprintf(` <small>%s</small>`, strings.ReplaceAll(html.EscapeString(words.pending), "{address}", html.EscapeString(x.Pending)))
			}
			fmt.Fprintf(&b, `<label><input type="checkbox" name="%s" value="%s"%s> <span>%s%s</span></label>`, name, html.EscapeString(x.ID), checked, html.EscapeString(x.Name), note)
		}
		b.WriteString(`</fieldset>`)
	}
	named := slices.Clone(p.Channels)
	for i := range named {
		if word, ok := words.channels[named[i].ID]; ok {
			named[i].Name = word
		}
	}
	boxes(words.topics, "topic", p.Topics)
	boxes(words.by, "channel", named)
	fmt.Fprintf(&b, `<button type="submit">%s</button></form>`, words.save)
	branded(w, p, words.title, b.String())
}
