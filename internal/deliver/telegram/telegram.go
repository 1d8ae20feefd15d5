// Package telegram carries messages to people on Telegram by its Bot API
// (https://core.telegram.org/bots/api), and hears what they write and press. An
// address is a chat's id.
package telegram

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/rest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Options configure a Channel. All but BaseURL are required.
type Options struct {
	BotToken      string
	WebhookSecret string // as given to setWebhook

	// BaseURL defaults to https://api.telegram.org.
	BaseURL string

	Inbox deliver.Inbox
	Now   func() event.Instant
}

// Channel sends messages. Open one with Open, and Close it.
type Channel struct {
	opts   Options
	client *rest.Client
	url    string
}

// Open checks opts and returns a channel. The caller must Close it.
func Open(opts Options) (*Channel, error) {
	if opts.BotToken == "" || opts.WebhookSecret == "" || opts.Inbox == nil || opts.Now == nil {
		return nil, errors.New("telegram: all Options but BaseURL are required")
	}
	if opts.BaseURL == "" {
		opts.BaseURL = "https://api.telegram.org"
	}
	return &Channel{
		opts: opts, client: rest.New("Telegram", 20*time.Second, nil),
		url: strings.TrimRight(opts.BaseURL, "/") + "/bot" + opts.BotToken + "/sendMessage",
	}, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "telegram" }

// Close ends the connections that are kept.
func (c *Channel) Close() error { return c.client.Close() }

// The limits of messages.
const (
	mostText    = 4096 // characters
	mostPayload = 64   // bytes of a button's data
)

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

type message struct {
	Chat   string `json:"chat_id"`
	Text   string `json:"text"`
	Markup *struct {
		Keyboard [][]button `json:"inline_keyboard"`
	} `json:"reply_markup,omitempty"`
}

func compose(l deliver.Letter) (message, error) {
	chat := l.Form().Chat()
	m := message{Chat: l.To, Text: chat.Plain}
	if n := len([]rune(m.Text)); n > mostText {
		return m, fault.New(fault.Invalid, "the message has %d characters; at most %d can be sent", n, mostText)
	}
	var rows [][]button
	for _, n := range chat.Replies {
		if len(n.Payload) > mostPayload {
			return m, fault.New(fault.Invalid, "the answer %q has an id of more than %d bytes", n.Label, mostPayload)
		}
		rows = append(rows, []button{{Text: n.Label, Data: n.Payload}})
	}
	for _, n := range chat.Links {
		rows = append(rows, []button{{Text: n.Label, URL: n.URL}})
	}
	if len(rows) > 0 {
		m.Markup = &struct {
			Keyboard [][]button `json:"inline_keyboard"`
		}{rows}
	}
	return m, nil
}

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// SendNamed implements deliver.Namer: messages are called by chat and number.
func (c *Channel) SendNamed(ctx context.Context, l deliver.Letter) (string, error) {
	m, err := compose(l)
	if err != nil {
		return "", err
	}
	a, err := c.client.PostJSON(ctx, c.url, nil, m)
	if err != nil {
		return "", err
	}
	var said struct {
		Description string `json:"description"`
		Result      struct {
			ID int64 `json:"message_id"`
		} `json:"result"`
	}
	a.JSON(&said)
	if a.OK() {
		return l.To + "/" + strconv.FormatInt(said.Result.ID, 10), nil
	}
	err = c.client.Classify(a, "")
	gone := strings.Contains(said.Description, "chat not found") || strings.Contains(said.Description, "user is deactivated") || strings.Contains(said.Description, "PEER_ID_INVALID")
	if a.Status == http.StatusForbidden || gone { // blocked, kicked, or never begun
		return "", &deliver.DeadAddress{Err: fault.New(fault.Invalid, "Telegram reaches nobody there: %d", a.Status)}
	}
	return "", err
}

// update is what Telegram tells.
type update struct {
	ID      int64 `json:"update_id"`
	Message *struct {
		From chatter `json:"from"`
		Chat chatter `json:"chat"`
		Date int64   `json:"date"`
		Text string  `json:"text"`
	} `json:"message"`
	Pressed *struct {
		From    chatter `json:"from"`
		Data    string  `json:"data"`
		Message struct {
			Chat chatter `json:"chat"`
		} `json:"message"`
	} `json:"callback_query"`
}

type chatter struct {
	ID int64 `json:"id"`
}

// ServeHTTP takes what Telegram tells: give setWebhook the account's address and
// secret.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secret := r.Header.Get("X-Telegram-Bot-Api-Secret-Token")
	if r.Method != http.MethodPost || subtle.ConstantTimeCompare([]byte(secret), []byte(c.opts.WebhookSecret)) != 1 {
		http.Error(w, "the secret token is not the one of the definitions", http.StatusForbidden)
		return
	}
	var u update
	if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
		http.Error(w, "the update is not JSON as the Bot API has it", http.StatusBadRequest)
		return
	}
	h := deliver.Heard{Channel: "telegram", ID: "update/" + strconv.FormatInt(u.ID, 10)}
	switch {
	case u.Message != nil && u.Message.Text != "":
		h.From, h.Address, h.Text = number(u.Message.From), number(u.Message.Chat), u.Message.Text
		if u.Message.Date > 0 {
			h.At = event.InstantOf(time.Unix(u.Message.Date, 0))
		}
	case u.Pressed != nil:
		h.From, h.Address, h.Payload = number(u.Pressed.From), number(u.Pressed.Message.Chat), u.Pressed.Data
	default:
		return // nothing that anybody said
	}
	if err := c.opts.Inbox.Hear(r.Context(), h); err != nil && !fault.Is(err, fault.Invalid) {
		http.Error(w, "not now", http.StatusServiceUnavailable)
	}
}

func number(c chatter) string { return strconv.FormatInt(c.ID, 10) }
