// Package slack carries messages to people on Slack by its Web API
// (https://docs.slack.dev/reference/methods/chat.postMessage), and hears what they
// write and press by its Events API and interactivity. An address is a user's or a
// channel's id.
package slack

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/rest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/render"
)

// Options configure a Channel. All but BaseURL are required.
type Options struct {
	BotToken      string
	SigningSecret string

	// BaseURL defaults to https://slack.com.
	BaseURL string

	Inbox deliver.Inbox
	Now   func() event.Instant
}

// Channel sends messages. Open one with Open, and Close it.
type Channel struct {
	opts   Options
	client *rest.Client
	url    string
	header http.Header
}

// Open checks opts and returns a channel. The caller must Close it.
func Open(opts Options) (*Channel, error) {
	if opts.BotToken == "" || opts.SigningSecret == "" || opts.Inbox == nil || opts.Now == nil {
		return nil, errors.New("slack: all Options but BaseURL are required")
	}
	if opts.BaseURL == "" {
		opts.BaseURL = "https://slack.com"
	}
	return &Channel{
		opts: opts, client: rest.New("Slack", 20*time.Second, nil), url: strings.TrimRight(opts.BaseURL, "/") + "/api/chat.postMessage",
		header: http.Header{"Authorization": {"Bearer " + opts.BotToken}},
	}, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "slack" }

// Close ends the connections that are kept.
func (c *Channel) Close() error { return c.client.Close() }

// message is the body of a request. Blocks are what is shown; text is for
// notifications, and for where there are no blocks.
type message struct {
	Channel  string   `json:"channel"`
	Text     string   `json:"text"`
	Blocks   []block  `json:"blocks"`
	Metadata metadata `json:"metadata"`
}

type metadata struct {
	Type    string            `json:"event_type"`
	Payload map[string]string `json:"event_payload"`
}

type block struct {
	Type     string   `json:"type"`
	Text     *text    `json:"text,omitempty"`
	Elements []button `json:"elements,omitempty"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type button struct {
	Type  string `json:"type"`
	Text  text   `json:"text"`
	ID    string `json:"action_id"`
	Value string `json:"value,omitempty"`
	URL   string `json:"url,omitempty"`
}

// The limits of blocks, in characters and pieces.
const (
	mostSection = 3000
	mostButton  = 75
	mostButtons = 25
)

func compose(l deliver.Letter) message {
	chat := l.Form().Chat()
	m := message{Channel: l.To, Text: chat.Plain, Metadata: metadata{"rapport", map[string]string{"ref": l.Ref}}}
	for rest := []rune(chat.Plain); len(rest) > 0; {
		n := min(len(rest), mostSection)
		m.Blocks = append(m.Blocks, block{Type: "section", Text: &text{"plain_text", string(rest[:n])}})
		rest = rest[n:]
	}
	actions := block{Type: "actions"}
	for n, next := range append(append([]render.Next(nil), chat.Replies...), chat.Links...) {
		if n < mostButtons {
			label := []rune(next.Label)
			actions.Elements = append(actions.Elements, button{
				Type: "button", Text: text{"plain_text", string(label[:min(len(label), mostButton)])}, ID: "next-" + string(rune('a'+n)), Value: next.Payload, URL: next.URL,
			})
		}
	}
	if len(actions.Elements) > 0 {
		m.Blocks = append(m.Blocks, actions)
	}
	return m
}

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// SendNamed implements deliver.Namer: messages are called by channel and time.
func (c *Channel) SendNamed(ctx context.Context, l deliver.Letter) (string, error) {
	a, err := c.client.PostJSON(ctx, c.url, c.header, compose(l))
	if err != nil {
		return "", err
	}
	var said struct {
		OK      bool   `json:"ok"`
		Error   string `json:"error"`
		Channel string `json:"channel"`
		TS      string `json:"ts"`
	}
	switch {
	case !a.OK():
		return "", c.client.Classify(a, "")
	case !a.JSON(&said):
		return "", &deliver.UnknownOutcome{Err: errors.New("the answer of Slack cannot be read")}
	case said.OK:
		return said.Channel + "/" + said.TS, nil
	}
	return "", classify(said.Error)
}

// classify sorts the errors of chat.postMessage.
func classify(code string) error {
	switch code {
	case "channel_not_found", "user_not_found", "is_archived", "not_in_channel", "cannot_dm_bot", "user_disabled", "restricted_action":
		return &deliver.DeadAddress{Err: fault.New(fault.Invalid, "Slack reaches nobody there: %s", code)}
	case "ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable", "team_added_to_org":
		return fault.New(fault.Transient, "Slack puts messages off: %s", code)
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope", "org_login_required", "ekm_access_denied":
		return fault.New(fault.Transient, "Slack does not accept the account: %s", code)
	case "fatal_error", "internal_error", "request_timeout":
		return &deliver.UnknownOutcome{Err: errors.New("the answer was " + code)}
	default:
		return fault.New(fault.Invalid, "Slack refused: %s", code)
	}
}
