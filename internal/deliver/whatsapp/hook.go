package whatsapp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// notification is what Meta tells.
type notification struct {
	Entry []struct {
		Changes []struct {
			Value struct {
				Messages []said   `json:"messages"`
				Statuses []status `json:"statuses"`
			} `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

// said is what somebody wrote or pressed.
type said struct {
	From      string `json:"from"`
	ID        string `json:"id"`
	Timestamp string `json:"timestamp"`
	Type      string `json:"type"`
	Text      struct {
		Body string `json:"body"`
	} `json:"text"`
	Button struct { // of a template
		Payload string `json:"payload"`
		Text    string `json:"text"`
	} `json:"button"`
	Interactive struct {
		Button row `json:"button_reply"`
		List   row `json:"list_reply"`
	} `json:"interactive"`
}

// status is what became of a message of ours.
type status struct {
	Status    string `json:"status"`
	Timestamp string `json:"timestamp"`
	Ref       string `json:"biz_opaque_callback_data"`
	Errors    []struct {
		Code int `json:"code"`
	} `json:"errors"`
}

// ServeHTTP takes what Meta tells. Set the webhook to the account's address.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		c.verify(w, r)
	case http.MethodPost:
		c.told(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "only GET and POST", http.StatusMethodNotAllowed)
	}
}

// verify answers the question by which Meta makes sure that the address is ours.
func (c *Channel) verify(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("hub.mode") != "subscribe" || !hmac.Equal([]byte(q.Get("hub.verify_token")), []byte(c.opts.VerifyToken)) {
		http.Error(w, "the verify token is not the one of the definitions", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, q.Get("hub.challenge")) // who asked has gone
}

// Sign returns the X-Hub-Signature-256 of a body.
func Sign(appSecret string, body []byte) string {
	m := hmac.New(sha256.New, []byte(appSecret))
	m.Write(body)
	return "sha256=" + hex.EncodeToString(m.Sum(nil))
}

func (c *Channel) told(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	if !hmac.Equal([]byte(Sign(c.opts.AppSecret, body)), []byte(r.Header.Get("X-Hub-Signature-256"))) {
		http.Error(w, "the signature is not right: it is made with the app secret", http.StatusForbidden)
		return
	}
	var n notification
	if err := json.Unmarshal(body, &n); err != nil {
		http.Error(w, "the body is not JSON as the Cloud API has it", http.StatusBadRequest)
		return
	}
	for _, e := range n.Entry {
		for _, ch := range e.Changes {
			for _, m := range ch.Value.Messages {
				err = first(err, c.hear(r.Context(), m))
			}
			for _, s := range ch.Value.Statuses {
				err = first(err, c.report(r.Context(), s))
			}
		}
	}
	if err != nil { // all of it comes again, and what was taken counts once
		http.Error(w, "not now", http.StatusServiceUnavailable)
	}
}

// first keeps the first error that is worth being told again for.
func first(err, next error) error {
	if err != nil || fault.Is(next, fault.Invalid) {
		return err
	}
	return next
}

func (c *Channel) hear(ctx context.Context, m said) error {
	h := deliver.Heard{Channel: "whatsapp", From: "+" + strings.TrimPrefix(m.From, "+"), ID: m.ID, At: at(m.Timestamp)}
	switch m.Type {
	case "text":
		h.Text = m.Text.Body
	case "button":
		h.Text, h.Payload = m.Button.Text, m.Button.Payload
	case "interactive":
		pressed := m.Interactive.Button
		if pressed.ID == "" {
			pressed = m.Interactive.List
		}
		h.Text, h.Payload = pressed.Title, pressed.ID
	default: // a picture, a place, a reaction: that there was one is worth knowing
		h.Text = "[" + m.Type + "]"
	}
	return c.opts.Inbox.Hear(ctx, h)
}

func (c *Channel) report(ctx context.Context, s status) error {
	r := deliver.Report{Channel: "whatsapp", Ref: s.Ref, At: at(s.Timestamp)}
	switch s.Status {
	case "delivered":
		r.Outcome = event.Delivered
	case "read":
		r.Outcome = event.Opened
	case "failed":
		r.Outcome, r.Detail = event.Lost, "failed"
		for _, e := range s.Errors {
			r.Detail += " " + strconv.Itoa(e.Code)
			if dead(e.Code) {
				r.Outcome = event.Bounced
			}
		}
	default: // sent: on its way
		return nil
	}
	return c.opts.Inbox.Report(ctx, r)
}

// at reads seconds since 1970; zero where there are none.
func at(s string) event.Instant {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0
	}
	return event.InstantOf(time.Unix(n, 0))
}
