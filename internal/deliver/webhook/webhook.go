// Package webhook carries letters by HTTP POST to a service of the company's
// own, signed as Standard Webhooks
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
// so that the receiver knows who sent them and can drop what comes twice: the
// webhook-id is the delivery's id.
//
// 2xx is taken as accepted, whatever the body says. 408, 429 and 5xx are
// deferrals, except that nothing was learned from an answer that never came: when
// the request had gone out whole, the outcome is unknown. Redirects are refused,
// because a signed letter goes where it was meant to and nowhere else.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// payloadVersion is the "version" of Payload.
const payloadVersion = 1

// Payload is the JSON body of a request.
type Payload struct {
	Version     int           `json:"version"`
	Type        string        `json:"type"` // "message"
	Timestamp   event.Instant `json:"timestamp"`
	Delivery    string        `json:"delivery"`
	Person      string        `json:"person"`
	To          string        `json:"to"`
	Goal        string        `json:"goal,omitempty"`
	Action      string        `json:"action,omitempty"`
	Message     string        `json:"message,omitempty"`
	Content     event.Content `json:"content"` // the next step's URL leads by way of us
	Unsubscribe string        `json:"unsubscribe,omitempty"`
}

// Options configure a Channel.
type Options struct {
	// URL takes the requests. Required.
	URL string

	// Secret signs them: "whsec_" and base64 of 24 to 64 bytes. Required.
	Secret string

	// Now dates requests. Required.
	Now func() event.Instant

	// Timeout bounds one request. Defaults to 15 s.
	Timeout time.Duration
}

// Channel posts letters. Open one with Open, and Close it.
type Channel struct {
	opts   Options
	key    []byte
	client *http.Client
}

// Open checks opts and returns a channel. The caller must Close it.
func Open(opts Options) (*Channel, error) {
	u, err := url.Parse(opts.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fault.New(fault.Invalid, "the webhook's url %q must be an http or https address", opts.URL)
	}
	key, err := ReadSecret(opts.Secret)
	if err != nil {
		return nil, err
	}
	if opts.Now == nil {
		return nil, errors.New("webhook: Options.Now is missing")
	}
	if opts.Timeout == 0 {
		opts.Timeout = 15 * time.Second
	}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
	return &Channel{opts: opts, key: key, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "webhook" }

// Close ends the connections that are kept.
func (c *Channel) Close() error {
	c.client.CloseIdleConnections()
	return nil
}

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()
	now := c.opts.Now()
	content := l.Content
	content.NextStep.URL = l.Links.Step
	body, err := json.Marshal(Payload{
		Version: payloadVersion, Type: "message", Timestamp: now, Delivery: l.Delivery, Person: l.Person.String(), To: l.To,
		Goal: l.Goal, Action: l.Action, Message: l.Message, Content: content, Unsubscribe: l.Links.Unsubscribe,
	})
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the letter cannot be written as JSON")
	}
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// The body is on its way in whole or in part: the other side may have it.
		WroteHeaders: func() { wrote.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.opts.URL, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "the webhook's url cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Rapport-Webhook/1")
	Sign(req.Header, c.key, l.Delivery, now.Time(), body)
	resp, err := c.client.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the URL, which may hold a secret
		}
		if wrote.Load() {
			return &deliver.UnknownOutcome{Err: err}
		}
		return fault.Wrap(fault.Transient, err, "the webhook could not be reached")
	}
	defer resp.Body.Close()                        //nolint:errcheck // nothing is lost
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // lets the connection be used again
	return classify(resp)
}

func classify(resp *http.Response) error {
	// Without the reason phrase, which is the other side's text.
	status := strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode)))
	switch code := resp.StatusCode; {
	case code >= 200 && code <= 299:
		return nil
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		return fault.New(fault.Transient, "the webhook answered %s", status)
	case code >= 300 && code <= 399:
		return fault.New(fault.Invalid, "the webhook answered %s; redirects are not followed: set its final url", status)
	default:
		return fault.New(fault.Invalid, "the webhook refused: %s", status)
	}
}

const secretPrefix = "whsec_"

// ReadSecret reads a signing key as Standard Webhooks write it.
func ReadSecret(s string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, secretPrefix))
	if err != nil || !strings.HasPrefix(s, secretPrefix) || len(key) < 24 || len(key) > 64 {
		return nil, fault.New(fault.Invalid, "the webhook's secret must be %s followed by 24 to 64 bytes in base64", secretPrefix)
	}
	return key, nil
}

// The headers of Standard Webhooks.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// Sign sets the three headers of Standard Webhooks.
func Sign(h http.Header, key []byte, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(headerID, id)
	h.Set(headerTimestamp, timestamp)
	h.Set(headerSignature, "v1,"+base64.StdEncoding.EncodeToString(mac(key, id, timestamp, body)))
}

func mac(key []byte, id, timestamp string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(id + "." + timestamp + "."))
	m.Write(body)
	return m.Sum(nil)
}

// Verify reports whether a request was signed with secret not longer than five
// minutes before or after now. It is what a receiver should do.
func Verify(h http.Header, body []byte, secret string, now time.Time) error {
	key, err := ReadSecret(secret)
	if err != nil {
		return err
	}
	id, timestamp := h.Get(headerID), h.Get(headerTimestamp)
	sec, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" {
		return errors.New("webhook: the id or the timestamp is missing")
	}
	if d := now.Sub(time.Unix(sec, 0)).Abs(); d > 5*time.Minute {
		return fmt.Errorf("webhook: signed %v away from now", d)
	}
	want := mac(key, id, timestamp, body)
	for s := range strings.FieldsSeq(h.Get(headerSignature)) {
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "v1,"))
		if err == nil && strings.HasPrefix(s, "v1,") && subtle.ConstantTimeCompare(got, want) == 1 {
			return nil
		}
	}
	return errors.New("webhook: the signature is not right")
}
