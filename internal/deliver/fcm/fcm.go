// Package fcm carries notifications to apps by the HTTP v1 API of Firebase Cloud
// Messaging (https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages),
// signed in as a service account.
package fcm

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/jwt"
	"github.com/rapporthq/rapport/internal/deliver/rest"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Options configure a Channel. All but BaseURL are required.
type Options struct {
	Project        string
	ServiceAccount string // the JSON file's text

	// BaseURL defaults to https://fcm.googleapis.com.
	BaseURL string

	Now func() event.Instant
}

// serviceAccount is what of the file is used.
type serviceAccount struct {
	Email    string `json:"client_email"`
	KeyID    string `json:"private_key_id"`
	Key      string `json:"private_key"`
	TokenURI string `json:"token_uri"`
}

// Channel sends notifications. Open one with Open, and Close it.
type Channel struct {
	opts    Options
	client  *rest.Client
	account serviceAccount
	key     *rsa.PrivateKey
	url     string

	mu    sync.Mutex
	token string
	until time.Time
}

// Open checks opts and returns a channel. The caller must Close it.
func Open(opts Options) (*Channel, error) {
	if opts.Project == "" || opts.Now == nil {
		return nil, errors.New("fcm: Options.Project and Now are required")
	}
	c := &Channel{opts: opts, client: rest.New("Google", 20*time.Second, nil)}
	if err := json.Unmarshal([]byte(opts.ServiceAccount), &c.account); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the service account must be the JSON file that Google gives")
	}
	parsed, err := jwt.ReadKey(c.account.Key)
	if err != nil {
		return nil, err
	}
	var ok bool
	if c.key, ok = parsed.(*rsa.PrivateKey); !ok || c.account.TokenURI == "" || c.account.Email == "" {
		return nil, fault.New(fault.Invalid, "the service account must be the JSON file that Google gives: with client_email, private_key and token_uri")
	}
	if c.opts.BaseURL == "" {
		c.opts.BaseURL = "https://fcm.googleapis.com"
	}
	c.url = strings.TrimRight(c.opts.BaseURL, "/") + "/v1/projects/" + url.PathEscape(opts.Project) + "/messages:send"
	return c, nil
}

// ID implements deliver.Channel.
func (c *Channel) ID() string { return "push" }

// Close ends the connections that are kept.
func (c *Channel) Close() error { return c.client.Close() }

// Takes reports whether a token may be one of Google's: anything that Apple has no
// use for.
func Takes(token string) bool {
	return strings.Trim(strings.ToLower(token), "0123456789abcdef") != ""
}

const scope = "https://www.googleapis.com/auth/firebase.messaging"

// access returns a token by which messages are sent. Nothing of a letter goes out
// for it.
func (c *Channel) access(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.token != "" && now.Before(c.until) {
		return c.token, nil
	}
	assertion, err := jwt.RS256(c.key, jwt.Header{"kid": c.account.KeyID}, map[string]any{
		"iss": c.account.Email, "scope": scope, "aud": c.account.TokenURI, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	})
	if err != nil {
		return "", err
	}
	a, err := c.client.PostForm(ctx, c.account.TokenURI, http.Header{}, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion},
	})
	var said struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
		Error   string `json:"error"`
	}
	if err != nil {
		return "", fault.New(fault.Transient, "Google gave no token: %v", err) // not wrapped: the letter did not go out, whatever this did
	}
	if !a.OK() || !a.JSON(&said) || said.Token == "" {
		return "", fault.New(fault.Transient, "Google gave no token: %d %s", a.Status, said.Error)
	}
	c.token, c.until = said.Token, now.Add(time.Duration(said.Expires)*time.Second-time.Minute)
	return c.token, nil
}

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	_, err := c.SendNamed(ctx, l)
	return err
}

// SendNamed implements deliver.Namer: messages are called by the name that Google
// gives.
func (c *Channel) SendNamed(ctx context.Context, l deliver.Letter) (string, error) {
	m := map[string]any{}
	if err := json.Unmarshal(l.Form().Push().FCM(), &m); err != nil {
		return "", fault.Wrap(fault.Invalid, err, "the notification cannot be read")
	}
	key := sha256.Sum256([]byte("rapport/fcm/key\x00" + l.Delivery))
	m["token"], m["android"] = l.To, map[string]string{"collapse_key": hex.EncodeToString(key[:8]), "ttl": "86400s"}
	token, err := c.access(ctx)
	if err != nil {
		return "", err
	}
	a, err := c.client.PostJSON(ctx, c.url, http.Header{"Authorization": {"Bearer " + token}}, map[string]any{"message": m})
	if err != nil {
		return "", err
	}
	var said struct {
		Name  string `json:"name"`
		Error struct {
			Status  string `json:"status"`
			Details []struct {
				Code string `json:"errorCode"`
			} `json:"details"`
		} `json:"error"`
	}
	a.JSON(&said)
	if a.OK() {
		return said.Name, nil
	}
	if a.Status == http.StatusUnauthorized {
		c.forget()
	}
	code := said.Error.Status
	for _, d := range said.Error.Details {
		if d.Code != "" {
			code = d.Code
		}
	}
	err = c.client.Classify(a, code)
	if code == "UNREGISTERED" || code == "SENDER_ID_MISMATCH" {
		return "", &deliver.DeadAddress{Err: err}
	}
	return "", err
}

// forget drops a token that Google does not take any more.
func (c *Channel) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = ""
}
