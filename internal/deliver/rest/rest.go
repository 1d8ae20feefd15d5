// Package rest calls the HTTP APIs of providers, and says of each answer what it
// means for a letter: taken, not taken, or nobody knows.
//
// A request whose headers went out may have been taken, whatever broke then. Of
// the answers 429 and 503 promise that it was not; 500, 502 and 504 promise
// nothing, for the server, or what stands before it, gave up half-way. 401 and
// 403 are about the account and not the letter: it may be mended, and another
// account may take the letter.
package rest

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
	"strings"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
)

// Client calls one provider. Make it with New, and Close it.
type Client struct {
	name string // of the provider, in errors
	http *http.Client
}

// New returns a client of the provider called name, whose calls last at most
// timeout. transport nil is the usual one.
func New(name string, timeout time.Duration, transport http.RoundTripper) *Client {
	if transport == nil {
		transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 16,
			IdleConnTimeout:     30 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second,
		}
	}
	return &Client{name: name, http: &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close ends the connections that are kept.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// Answer is what a provider answered.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // the first 64 KB
}

// JSON decodes the body into v; it reports whether it could.
func (a Answer) JSON(v any) bool { return json.Unmarshal(a.Body, v) == nil }

// OK reports whether the letter was taken.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status <= 299 }

// Do makes the request. Its error is fault.Transient when nothing went out, and a
// *deliver.UnknownOutcome when something did and no answer came.
func (c *Client) Do(ctx context.Context, method, to string, header http.Header, body []byte) (Answer, error) {
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	req, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fault.Wrap(fault.Invalid, err, "%s's address cannot be used", c.name)
	}
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("User-Agent", "Rapport/1.0.0")
	resp, err := c.http.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the URL, which may hold a secret
		}
		if wrote.Load() {
			return Answer{}, &deliver.UnknownOutcome{Err: err}
		}
		return Answer{}, fault.Wrap(fault.Transient, err, "%s could not be reached", c.name)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing is lost
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil && resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		err = nil // it was taken; only what it is called there is lost
	}
	if err != nil {
		return Answer{}, &deliver.UnknownOutcome{Err: err}
	}
	return Answer{resp.StatusCode, resp.Header, text}, nil
}

// PostForm posts a form.
func (c *Client) PostForm(ctx context.Context, to string, header http.Header, form url.Values) (Answer, error) {
	header = header.Clone()
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.Do(ctx, http.MethodPost, to, header, []byte(form.Encode()))
}

// PostJSON posts v.
func (c *Client) PostJSON(ctx context.Context, to string, header http.Header, v any) (Answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return Answer{}, fault.Wrap(fault.Invalid, err, "the letter cannot be written as JSON")
	}
	if header = header.Clone(); header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	return c.Do(ctx, http.MethodPost, to, header, body)
}

// Classify tells the worker what an answer that is no success means, by its status.
// code is the provider's own word for it, if it gave one.
func (c *Client) Classify(a Answer, code string) error {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, http.StatusText(a.Status)))
	if code != "" {
		status += ", " + code
	}
	switch {
	case a.Status == http.StatusTooManyRequests, a.Status == http.StatusServiceUnavailable, a.Status == http.StatusRequestTimeout:
		return fault.New(fault.Transient, "%s puts letters off: %s", c.name, status)
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return fault.New(fault.Transient, "%s does not accept the account: %s", c.name, status)
	case a.Status >= 500:
		return &deliver.UnknownOutcome{Err: fmt.Errorf("%s answered %s", c.name, status)}
	default:
		return fault.New(fault.Invalid, "%s refused: %s", c.name, status)
	}
}
