// Package apns carries notifications to Apple's devices by the HTTP/2 API of the
// Apple Push Notification service
// (https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns),
// signed in by token. The id of a notification follows from the delivery's.
package apns

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/jwt"
	"github.com/rapporthq/rapport/internal/deliver/rest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Options configure a Channel. All but BaseURL and Transport are required.
type Options struct {
	TeamID, KeyID, Topic string
	SigningKey           string // the .p8 file's text

	// BaseURL defaults to https://api.push.apple.com.
	BaseURL string

	// Transport is for tests. It must speak HTTP/2.
	Transport http.RoundTripper

	Now func() event.Instant
}

// Channel sends notifications. Open one with Open, and Close it.
type Channel struct {
	opts   Options
	client *rest.Client
	key    *ecdsa.PrivateKey

	mu    sync.Mutex
	token string
	made  time.Time
}

// Open checks opts and returns a channel. The caller must Close it.
func Open(opts Options) (*Channel, error) {
	if opts.TeamID == "" || opts.KeyID == "" || opts.Topic == "" || opts.Now == nil {
		return nil, errors.New("apns: Options.TeamID, KeyID, Topic and Now are required")
	}
	parsed, err := jwt.ReadKey(opts.SigningKey)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fault.New(fault.Invalid, "the signing key must be the .p8 file that Apple gives: an EC key")
	}
	if opts.BaseURL == "" {
		opts.BaseURL = "https://api.push.apple.com"
	}
	return &Channel{opts: opts, client: rest.New("Apple", 20*time.Second, opts.Transport), key: key}, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "push" }

// Close ends the connections that are kept.
func (c *Channel) Close() error { return c.client.Close() }

// Takes reports whether a token is one of Apple's: hexadecimal.
func Takes(token string) bool {
	return len(token) >= 64 && len(token) <= 200 && strings.Trim(strings.ToLower(token), "0123456789abcdef") == ""
}

// tokenFor is how long a token is used. Apple refuses those older than an hour, and
// new ones more often than every 20 minutes.
const tokenFor = 40 * time.Minute

func (c *Channel) authorization() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.token == "" || now.Sub(c.made) > tokenFor {
		token, err := jwt.ES256(c.key, jwt.Header{"kid": c.opts.KeyID}, map[string]any{"iss": c.opts.TeamID, "iat": now.Unix()})
		if err != nil {
			return "", err
		}
		c.token, c.made = token, now
	}
	return "bearer " + c.token, nil
}

// forget drops a token that Apple does not take any more.
func (c *Channel) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = ""
}

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// SendNamed implements deliver.Namer: notifications are called by their apns-id.
func (c *Channel) SendNamed(ctx context.Context, l deliver.Letter) (string, error) {
	auth, err := c.authorization()
	if err != nil {
		return "", err
	}
	id := uuid(l.Delivery)
	a, err := c.client.Do(ctx, http.MethodPost, strings.TrimRight(c.opts.BaseURL, "/")+"/3/device/"+l.To, http.Header{
		"Authorization": {auth}, "Apns-Topic": {c.opts.Topic}, "Apns-Push-Type": {"alert"}, "Apns-Priority": {"10"},
		"Apns-Id": {id}, "Apns-Collapse-Id": {id}, "Apns-Expiration": {strconv.FormatInt(time.Now().Add(24*time.Hour).Unix(), 10)},
		"Content-Type": {"application/json"},
	}, l.Form().Push().APNs())
	if err != nil || a.OK() {
		return id, err
	}
	var said struct {
		Reason string `json:"reason"`
	}
	a.JSON(&said)
	err = c.client.Classify(a, said.Reason)
	switch said.Reason {
	case "BadDeviceToken", "Unregistered", "DeviceTokenNotForTopic", "ExpiredToken":
		return "", &deliver.DeadAddress{Err: err}
	case "ExpiredProviderToken", "InvalidProviderToken":
		c.forget()
	}
	return "", err
}

// uuid is an id that follows from a delivery's, in the form that Apple demands.
func uuid(delivery string) string {
	sum := sha256.Sum256([]byte("rapport/apns/id\x00" + delivery))
	b := sum[:16]
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // RFC 9562: version 8
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
