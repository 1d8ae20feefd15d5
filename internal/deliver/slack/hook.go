package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
)

// Sign returns the X-Slack-Signature of a body at a time
// (https://docs.slack.dev/authentication/verifying-requests-from-slack).
func Sign(secret, timestamp string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte("v0:" + timestamp + ":"))
	m.Write(body)
	return "v0=" + hex.EncodeToString(m.Sum(nil))
}

// oldest is how long after it was signed a request is believed.
const oldest = 5 * time.Minute

// ServeHTTP takes what Slack tells: set the app's event and interactivity addresses
// to the account's.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the body cannot be read", http.StatusBadRequest)
		return
	}
	timestamp := r.Header.Get("X-Slack-Request-Timestamp")
	at, err := strconv.ParseInt(timestamp, 10, 64)
	signed := hmac.Equal([]byte(Sign(c.opts.SigningSecret, timestamp, body)), []byte(r.Header.Get("X-Slack-Signature")))
	if err != nil || !signed || time.Since(time.Unix(at, 0)).Abs() > oldest {
		http.Error(w, "the signature is not right: it is made with the signing secret", http.StatusForbidden)
		return
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		err = c.pressed(r.Context(), body)
	} else {
		err = c.written(r.Context(), w, body)
	}
	if err != nil && !fault.Is(err, fault.Invalid) {
		http.Error(w, "not now", http.StatusServiceUnavailable)
	}
}

func (c *Channel) written(ctx context.Context, w http.ResponseWriter, body []byte) error {
	var e struct {
		Type      string `json:"type"`
		Challenge string `json:"challenge"`
		ID        string `json:"event_id"`
		Event     struct {
			Type    string `json:"type"`
			Sub     string `json:"subtype"`
			Bot     string `json:"bot_id"`
			User    string `json:"user"`
			Channel string `json:"channel"`
			Text    string `json:"text"`
		} `json:"event"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return fault.Wrap(fault.Invalid, err, "the event cannot be read")
	}
	if e.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, e.Challenge) // who asked has gone
		return nil
	}
	if e.Type != "event_callback" || e.Event.Type != "message" || e.Event.Sub != "" || e.Event.Bot != "" || e.Event.User == "" {
		return nil // ours, or no message of a person's
	}
	return c.opts.Inbox.Hear(ctx, deliver.Heard{Channel: "slack", From: e.Event.User, Address: e.Event.Channel, Text: e.Event.Text, ID: e.ID})
}

func (c *Channel) pressed(ctx context.Context, body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the form cannot be read")
	}
	var p struct {
		Type    string              `json:"type"`
		User    struct{ ID string } `json:"user"`
		Channel struct{ ID string } `json:"channel"`
		Message struct {
			Metadata metadata `json:"metadata"`
		} `json:"message"`
		Actions []struct {
			Value string `json:"value"`
			TS    string `json:"action_ts"`
			Text  text   `json:"text"`
		} `json:"actions"`
	}
	if err := json.Unmarshal([]byte(form.Get("payload")), &p); err != nil {
		return fault.Wrap(fault.Invalid, err, "the payload cannot be read")
	}
	for _, a := range p.Actions {
		if a.Value == "" {
			continue // a link, which tells of itself
		}
		err := c.opts.Inbox.Hear(ctx, deliver.Heard{
			Channel: "slack", From: p.User.ID, Address: p.Channel.ID, Text: a.Text.Text, Payload: a.Value, Ref: p.Message.Metadata.Payload["ref"], ID: p.User.ID + "/" + a.TS,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
