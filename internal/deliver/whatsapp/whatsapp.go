// Package whatsapp carries messages by Meta's WhatsApp Cloud API
// (https://developers.facebook.com/docs/whatsapp/cloud-api), without anybody
// between. Answers that a message offers are its buttons; more than three are a
// list.
//
// Each message carries its ref as biz_opaque_callback_data, which comes back with
// what became of it.
package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/rest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// version is that of the Graph API which requests are written for.
const version = "v23.0"

// Options configure a Channel. All but BaseURL are required.
type Options struct {
	PhoneNumberID string
	AccessToken   string
	AppSecret     string // signs what Meta tells
	VerifyToken   string // is asked for when the webhook is set up

	// BaseURL defaults to https://graph.facebook.com.
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
	if opts.PhoneNumberID == "" || opts.AccessToken == "" || opts.AppSecret == "" || opts.VerifyToken == "" || opts.Inbox == nil || opts.Now == nil {
		return nil, errors.New("whatsapp: all Options but BaseURL are required")
	}
	if opts.BaseURL == "" {
		opts.BaseURL = "https://graph.facebook.com"
	}
	return &Channel{
		opts: opts, client: rest.New("WhatsApp", 20*time.Second, nil), header: http.Header{"Authorization": {"Bearer " + opts.AccessToken}},
		url: strings.TrimRight(opts.BaseURL, "/") + "/" + version + "/" + url.PathEscape(opts.PhoneNumberID) + "/messages",
	}, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "whatsapp" }

// Close ends the connections that are kept.
func (c *Channel) Close() error { return c.client.Close() }

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// SendNamed implements deliver.Namer: messages are called by their wamid.
func (c *Channel) SendNamed(ctx context.Context, l deliver.Letter) (string, error) {
	m, err := compose(l)
	if err != nil {
		return "", err
	}
	a, err := c.client.PostJSON(ctx, c.url, c.header, m)
	if err != nil {
		return "", err
	}
	var said struct {
		Messages []struct {
			ID string `json:"id"`
		} `json:"messages"`
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	a.JSON(&said)
	switch {
	case !a.OK():
		return "", c.classify(a, said.Error.Code)
	case len(said.Messages) == 1:
		return said.Messages[0].ID, nil
	default:
		return "", nil
	}
}

// dead are the codes that say that nobody is reached at a number by WhatsApp.
func dead(code int) bool { return slices.Contains([]int{131026, 131021, 131050}, code) }

// classify sorts the codes of
// https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
func (c *Channel) classify(a rest.Answer, code int) error {
	word := ""
	if code != 0 {
		word = fmt.Sprintf("error %d", code)
	}
	err := c.client.Classify(a, word)
	switch {
	case dead(code):
		return &deliver.DeadAddress{Err: err}
	case slices.Contains([]int{4, 80007, 130429, 131048, 131056, 131016, 131057, 133004}, code): // too fast, or it is down
		return fault.Wrap(fault.Transient, err, "WhatsApp puts messages off")
	case code == 190, code == 0 && a.Status == http.StatusUnauthorized, code == 3, code == 10, code >= 200 && code < 300, code == 131031, code == 131042, code == 131045:
		return fault.Wrap(fault.Transient, err, "WhatsApp does not accept the account")
	default:
		return err
	}
}
