// Package call asks the systems of a company for its conversations: a POST of JSON,
// signed as Standard Webhooks
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md),
// answered by JSON. To the deliverer it is a channel like others, so that a call
// waits, is granted and is accounted for as a letter is.
//
// The webhook-id, which is the Idempotency-Key too, is the same whenever a call is
// made again: the other side drops what it has done already. So a call whose outcome
// is unknown may be made again, which package engine does.
//
// What the other side answers becomes event.Called before the call counts as made.
// 2xx and refusals (4xx) are answers; 408, 425, 429 and 5xx are none, and the call
// is tried again.
package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/webhook"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// ID is the channel's.
const ID = "call"

// Options configure a Channel. All are required.
type Options struct {
	// Calls returns a call as it is defined now.
	Calls func(ctx context.Context, id string) (definition.Call, bool)

	// Secret returns what an environment variable of the server holds.
	Secret func(name string) (string, bool)

	Ledger deliver.Ledger // where answers go
	Now    func() event.Instant
}

// Channel makes calls. Open one with Open, and Close it.
type Channel struct {
	opts   Options
	client *http.Client
}

// mostAnswer is how much of an answer is read, in bytes.
const mostAnswer = 64 << 10

// Open returns a channel. The caller must Close it.
func Open(opts Options) *Channel {
	return &Channel{opts: opts, client: &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConnsPerHost:   16,
			IdleConnTimeout:       30 * time.Second,
			TLSHandshakeTimeout:   5 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return ID }

// Close ends the connections that are kept.
func (c *Channel) Close() error {
	c.client.CloseIdleConnections()
	return nil
}

// Send implements deliver.Channel: the letter is what is asked, its address where.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	def, ok := c.opts.Calls(ctx, l.Action)
	if !ok {
		return fault.New(fault.Invalid, "the call %q is no longer defined", l.Action)
	}
	ctx, cancel := context.WithTimeout(ctx, def.Timeout)
	defer cancel()
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	req, err := c.request(ctx, def, l)
	if err != nil {
		return err
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return c.broken(err, def.Name, wrote.Load())
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is lost
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	if err != nil {
		return c.broken(err, def.Name, true)
	}
	return c.answered(context.WithoutCancel(ctx), l, def.Name, resp.StatusCode, body)
}

func (c *Channel) request(ctx context.Context, def definition.Call, l deliver.Letter) (*http.Request, error) {
	return c.post(ctx, def, l.To, l.Delivery, []byte(l.Content.Text))
}

// post makes the request of a call to an address. Its id is the same whenever it is
// made again.
func (c *Channel) post(ctx context.Context, def definition.Call, to, id string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the address of the call %q cannot be used", def.ID)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Rapport-Call/1")
	req.Header.Set("Idempotency-Key", id)
	if def.Secret == "" {
		return req, nil
	}
	secret, ok := c.opts.Secret(def.Secret)
	if !ok {
		return nil, fault.New(fault.Invalid, "the environment variable %s, which signs the call %q, is not set where the server runs", def.Secret, def.ID)
	}
	key, err := webhook.ReadSecret(secret)
	if err != nil {
		return nil, err
	}
	webhook.Sign(req.Header, key, id, c.opts.Now().Time(), body)
	return req, nil
}

// Ask makes a call at once, without a grant, and returns the JSON that it was answered
// by: for questions that change nothing. The error is a sentence that may be shown.
func (c *Channel) Ask(ctx context.Context, def definition.Call, id string, body []byte) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, def.Timeout)
	defer cancel()
	req, err := c.post(ctx, def, def.URL, id, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.client.Do(req)
	switch {
	case ctx.Err() != nil:
		return nil, fault.New(fault.Transient, "%s did not answer within %s", def.Name, def.Timeout)
	case err != nil:
		return nil, fault.New(fault.Transient, "%s could not be reached", def.Name)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is lost
	answer, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	switch {
	case err != nil:
		return nil, fault.New(fault.Transient, "the answer of %s broke off", def.Name)
	case resp.StatusCode/100 != 2:
		return nil, fault.New(fault.Transient, "%s answered %d %s", def.Name, resp.StatusCode, http.StatusText(resp.StatusCode))
	case len(answer) > mostAnswer || !json.Valid(answer):
		return nil, fault.New(fault.Invalid, "%s answered what is not JSON of at most %d bytes", def.Name, mostAnswer)
	}
	return answer, nil
}

// broken is a call that no answer came to.
func (c *Channel) broken(err error, name string, wrote bool) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the URL, which may hold a secret
	}
	if wrote {
		return &deliver.UnknownOutcome{Err: err}
	}
	return fault.Wrap(fault.Transient, err, "%s could not be reached", name)
}

// answered records an answer. One that cannot be recorded was perhaps given all the
// same: the call is made again, and the other side knows it.
func (c *Channel) answered(ctx context.Context, l deliver.Letter, name string, status int, body []byte) error {
	if status >= 500 || slices.Contains([]int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}, status) {
		return fault.New(fault.Transient, "%s answered %s", name, strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status))))
	}
	answer := event.CalledBody{Delivery: l.Delivery, Status: status}
	if len(body) <= mostAnswer && json.Valid(body) {
		answer.Result = body
	}
	now := c.opts.Now()
	err := c.opts.Ledger.Append(ctx, []event.Event{{
		Kind: event.Called, To: l.Person, Source: ID, MessageID: "called/" + l.Delivery, Time: now, ReceivedAt: now, Body: event.Pack(answer),
	}})
	if err != nil {
		return &deliver.UnknownOutcome{Err: err}
	}
	return nil
}
