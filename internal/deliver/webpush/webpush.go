// Package webpush carries notifications to browsers by Web Push (RFC 8030), which
// are encrypted to the browser (RFC 8291) and say who sent them (VAPID, RFC 8292).
//
// An address is a subscription: its endpoint, p256dh and auth with a space
// between, as [Address] writes it. Endpoints are what browsers' pages say, so that
// none is called but over HTTPS and at a public address.
package webpush

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/jwt"
	"github.com/rapporthq/rapport/internal/deliver/rest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/links"
)

// Options configure a Channel.
type Options struct {
	// Subject is how push services reach us: an https address, or an e-mail address
	// with mailto: before it. Required.
	Subject string

	// PrivateKey is the VAPID key: 32 bytes in base64url. Required.
	PrivateKey string

	Now func() event.Instant // Required.

	// Transport is for tests: it may go anywhere. Nil: HTTPS to public addresses.
	Transport http.RoundTripper
}

// Channel sends notifications. Open one with Open, and Close it.
type Channel struct {
	opts   Options
	client *rest.Client
	key    *ecdsa.PrivateKey
	public string // base64url, as browsers ask for it
}

// Open checks opts and returns a channel. The caller must Close it.
func Open(opts Options) (*Channel, error) {
	if opts.Now == nil {
		return nil, errors.New("webpush: Options.Now is required")
	}
	if !strings.HasPrefix(opts.Subject, "mailto:") && !strings.HasPrefix(opts.Subject, "https://") {
		return nil, fault.New(fault.Invalid, "the subject %q must be mailto: and an e-mail address, or begin with https://", opts.Subject)
	}
	key, public, err := readKey(opts.PrivateKey)
	if err != nil {
		return nil, err
	}
	transport := opts.Transport
	if transport == nil {
		transport = &http.Transport{
			DialContext:         (&net.Dialer{Timeout: 10 * time.Second, Control: links.PublicOnly}).DialContext,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 16,
			IdleConnTimeout:     30 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second,
		}
	}
	return &Channel{opts: opts, client: rest.New("the push service", 20*time.Second, transport), key: key, public: public}, nil
}

// readKey reads a private key of P-256 by its number.
func readKey(text string) (*ecdsa.PrivateKey, string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(text), "="))
	if err != nil || len(raw) != 32 {
		return nil, "", fault.New(fault.Invalid, "the VAPID private key must be 32 bytes in base64url")
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return nil, "", fault.Wrap(fault.Invalid, err, "the VAPID private key is none of P-256")
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, "", fault.Wrap(fault.Invalid, err, "the VAPID private key is none of P-256")
	}
	return key, base64.RawURLEncoding.EncodeToString(public), nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "web-push" }

// Close ends the connections that are kept.
func (c *Channel) Close() error { return c.client.Close() }

// ServeHTTP tells browsers by which key they are to subscribe.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != "/key" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"key": c.public}) // who asked has gone
}

// What bounds a notification.
const (
	keepFor  = 24 * time.Hour // while the browser is off
	tokenFor = 12 * time.Hour // RFC 8292: at most 24 h
)

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	s, err := readAddress(l.To)
	if err != nil {
		return &deliver.DeadAddress{Err: err}
	}
	tag := sha256.Sum256([]byte("rapport/webpush/tag\x00" + l.Delivery))
	topic := base64.RawURLEncoding.EncodeToString(tag[:24]) // RFC 8030 section 5.4: at most 32 letters
	body, err := encrypt(s, l.Form().WebPush().Web())
	if err != nil {
		return &deliver.DeadAddress{Err: err}
	}
	token, err := c.token(s.endpoint)
	if err != nil {
		return err
	}
	a, err := c.client.Do(ctx, http.MethodPost, s.endpoint.String(), http.Header{
		"Authorization": {"vapid t=" + token + ", k=" + c.public}, "Content-Encoding": {"aes128gcm"}, "Content-Type": {"application/octet-stream"},
		"Ttl": {fmt.Sprint(int(keepFor.Seconds()))}, "Urgency": {"normal"}, "Topic": {topic},
	}, body)
	switch {
	case err != nil:
		return err
	case a.OK():
		return nil
	case a.Status == http.StatusNotFound || a.Status == http.StatusGone:
		return &deliver.DeadAddress{Err: c.client.Classify(a, "the browser has unsubscribed")}
	default:
		return c.client.Classify(a, "")
	}
}

// token is made for each letter: it is cheap, and one that is kept would have to be
// kept for each push service.
func (c *Channel) token(endpoint *url.URL) (string, error) {
	return jwt.ES256(c.key, nil, map[string]any{
		"aud": endpoint.Scheme + "://" + endpoint.Host, "exp": time.Now().Add(tokenFor).Unix(), "sub": c.opts.Subject,
	})
}
