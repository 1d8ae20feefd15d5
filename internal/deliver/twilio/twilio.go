// Package twilio carries text messages, WhatsApp messages and calls by the REST
// API and the webhooks of Twilio
// (https://www.twilio.com/docs/messaging/api/message-resource), which others
// speak too. One Channel carries one of the three.
//
// Twilio is called back with what only it can know, so every address that it is
// given holds the letter's ref, and every request of its is believed only with
// its signature (X-Twilio-Signature).
package twilio

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/rest"
	"github.com/rapporthq/rapport/internal/deliver/voice"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// The channels that can be carried.
const (
	SMS      = "sms"
	WhatsApp = "whatsapp"
	Voice    = "voice"
)

// Options configure a Channel.
type Options struct {
	ID         string // SMS, WhatsApp or Voice. Required.
	AccountSID string // Required.
	AuthToken  string // Required.

	// From is our number. A MessagingService, which chooses one, may stand in.
	From             string
	MessagingService string

	// BaseURL is of the API. Defaults to https://api.twilio.com.
	BaseURL string

	// Callback is the address under which ServeHTTP is reached from outside. Required.
	Callback string

	// Begins is the id of the conversation that callers begin. Empty: none.
	Begins string

	// Inbox takes in what people answer and what became of letters. Required.
	Inbox deliver.Inbox

	Now func() event.Instant // Required.

	// Patience is how long a call may wait for what is said next, within one request.
	// Defaults to 8 s; the platform waits for 15.
	Patience time.Duration
}

// Channel sends messages or calls. Open one with Open, and Close it.
type Channel struct {
	opts   Options
	client *rest.Client
	header http.Header
	calls  voice.Exchange
	mux    *http.ServeMux
}

// Open checks opts and returns a channel. The caller must Close it.
func Open(opts Options) (*Channel, error) {
	if opts.AccountSID == "" || opts.AuthToken == "" || opts.Callback == "" || opts.Inbox == nil || opts.Now == nil {
		return nil, errors.New("twilio: Options.AccountSID, AuthToken, Callback, Inbox and Now are required")
	}
	if opts.BaseURL == "" {
		opts.BaseURL = "https://api.twilio.com"
	}
	if opts.Patience == 0 {
		opts.Patience = 8 * time.Second
	}
	if u, err := url.Parse(opts.BaseURL); err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "the base_url %q must be an address such as https://api.twilio.com", opts.BaseURL)
	}
	c := &Channel{opts: opts, client: rest.New("Twilio", 20*time.Second, nil), header: http.Header{}, mux: http.NewServeMux()}
	c.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(opts.AccountSID+":"+opts.AuthToken)))
	c.routes()
	return c, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return c.opts.ID }

// Close ends the connections that are kept.
func (c *Channel) Close() error { return c.client.Close() }

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// SendNamed implements deliver.Namer: letters are called by their SID.
func (c *Channel) SendNamed(ctx context.Context, l deliver.Letter) (string, error) {
	if c.opts.ID != Voice {
		form, err := c.message(l)
		if err != nil {
			return "", err
		}
		return c.post(ctx, "/Messages.json", form)
	}
	if strings.HasPrefix(l.To, "CA") { // a call that goes on
		return l.To, c.calls.Say(ctx, l)
	}
	return c.post(ctx, "/Calls.json", url.Values{
		"To": {l.To}, "From": {c.opts.From},
		"Twiml":          {string(voice.TwiML(voice.Of(l), c.opts.Callback+"/turn?ref="+l.Ref))},
		"StatusCallback": {c.opts.Callback + "/status/" + l.Ref},
	})
}

// longest is how long a message's body may be, in characters.
const longest = 1600

func (c *Channel) message(l deliver.Letter) (url.Values, error) {
	form := url.Values{"To": {c.address(l.To)}}
	if c.opts.MessagingService != "" {
		form.Set("MessagingServiceSid", c.opts.MessagingService)
	} else {
		form.Set("From", c.address(c.opts.From))
	}
	if l.Ref != "" {
		form.Set("StatusCallback", c.opts.Callback+"/status/"+l.Ref)
	}
	if t := l.Content.Template; c.opts.ID == WhatsApp && strings.HasPrefix(t.Name, "HX") { // a content template of Twilio's
		gaps := map[string]string{}
		for n, v := range t.Parameters {
			gaps[strconv.Itoa(n+1)] = v
		}
		variables, err := json.Marshal(gaps)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "the template's parameters cannot be written as JSON")
		}
		form.Set("ContentSid", t.Name)
		form.Set("ContentVariables", string(variables))
		return form, nil
	}
	body := l.Form().SMS().Text
	if n := len([]rune(body)); n > longest {
		return nil, fault.New(fault.Invalid, "the message has %d characters; at most %d can be sent", n, longest)
	}
	form.Set("Body", body)
	return form, nil
}

// address writes a number as Twilio has it on the channel.
func (c *Channel) address(number string) string {
	if c.opts.ID == WhatsApp {
		return "whatsapp:" + strings.TrimPrefix(number, "whatsapp:")
	}
	return number
}

func (c *Channel) post(ctx context.Context, path string, form url.Values) (sid string, err error) {
	to := strings.TrimRight(c.opts.BaseURL, "/") + "/2010-04-01/Accounts/" + url.PathEscape(c.opts.AccountSID) + path
	a, err := c.client.PostForm(ctx, to, c.header, form)
	if err != nil {
		return "", err
	}
	var said struct {
		SID  string      `json:"sid"`
		Code json.Number `json:"code"`
	}
	a.JSON(&said)
	if a.OK() {
		return said.SID, nil
	}
	code, _ := strconv.Atoi(said.Code.String())
	return "", c.classify(a, code)
}

// classify sorts the error codes of https://www.twilio.com/docs/api/errors.
func (c *Channel) classify(a rest.Answer, code int) error {
	word := ""
	if code != 0 {
		word = "error " + strconv.Itoa(code)
	}
	err := c.client.Classify(a, word)
	switch code {
	case 21211, 21214, 21217, 21401, 21407, 21610, 21614, 63003, 63024:
		return &deliver.DeadAddress{Err: err} // no number, no mobile number, or they have said STOP
	case 20003, 20005, 20006, 21606, 21603, 21212, 21611, 30001, 30002:
		return fault.Wrap(fault.Transient, err, "Twilio does not accept the account or its number") // and another account may
	default:
		return err
	}
}
