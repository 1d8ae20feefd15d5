package source

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Webhook says how the bodies that a system posts become events.
//
// What cannot be read becomes a dead letter, and RefuseWith decides how the
// sender hears of it. Most senders repeat whatever is not answered 2xx, for hours
// or days, and then switch the webhook off: 200, the default, keeps them going,
// and the body waits as a dead letter. 400 is for senders that show refusals to
// somebody who can mend them, and do not repeat them.
type Webhook struct {
	Path       string    `json:"path" doc:"where to post: this with a write key in place of the last part, or as it is when signed"`
	Map        string    `json:"map" doc:"an import map of format json, in YAML"`
	Signature  Signature `json:"signature"`
	RefuseWith int       `json:"refuse_with" enum:"200,400" doc:"the answer to a body that cannot be read: 200 unless the sender gives up on 400"`
}

// Signature says how a webhook's calls are signed.
type Signature struct {
	Scheme    Scheme   `json:"scheme" enum:"none,hmac-sha256,standard-webhooks"`
	Header    string   `json:"header,omitempty" doc:"of hmac-sha256: which one holds the signature, such as X-Signature"`
	Encoding  Encoding `json:"encoding,omitempty" enum:"hex,base64" doc:"of hmac-sha256"`
	Prefix    string   `json:"prefix,omitempty" doc:"of hmac-sha256: what comes before the signature in the header, such as sha256="`
	SecretSet bool     `json:"secret_set" doc:"there is a secret; it is never shown"`
}

// Scheme is a way of signing.
type Scheme string

// The schemes.
const (
	Unsigned         Scheme = "none"
	HMAC             Scheme = "hmac-sha256"       // of the body
	StandardWebhooks Scheme = "standard-webhooks" // https://www.standardwebhooks.com
)

// Encoding is how a signature is written.
type Encoding string

// The encodings.
const (
	Hex    Encoding = "hex"
	Base64 Encoding = "base64"
)

// WebhookDraft sets how a webhook's bodies are read.
type WebhookDraft struct {
	Map        string         `json:"map" maxLength:"60000" doc:"an import map of format json, in YAML"`
	Signature  SignatureDraft `json:"signature,omitzero"`
	RefuseWith int            `json:"refuse_with,omitempty" enum:"200,400" doc:"200 when left out"`
}

// SignatureDraft sets how a webhook's calls are signed.
type SignatureDraft struct {
	Scheme   Scheme   `json:"scheme,omitempty" enum:"none,hmac-sha256,standard-webhooks" doc:"none when left out"`
	Header   string   `json:"header,omitempty" maxLength:"100"`
	Encoding Encoding `json:"encoding,omitempty" enum:"hex,base64" doc:"hex when left out"`
	Prefix   string   `json:"prefix,omitempty" maxLength:"50"`
	Secret   string   `json:"secret,omitempty" maxLength:"500" doc:"left out: the one that is set stays; of standard-webhooks, whsec_ and base64"`
}

// storedWebhook is a webhook within the list of sources. The secret is sealed.
type storedWebhook struct {
	Map        string   `json:"map"`
	Scheme     Scheme   `json:"scheme"`
	Header     string   `json:"header,omitempty"`
	Encoding   Encoding `json:"encoding,omitempty"`
	Prefix     string   `json:"prefix,omitempty"`
	Sealed     []byte   `json:"sealed,omitempty"`
	RefuseWith int      `json:"refuse_with"`
}

// Hook is a webhook ready for use. It is immutable.
type Hook struct {
	Source     string
	Map        *definition.ImportMap
	RefuseWith int

	// Verify checks a call's signature; nil when calls are not signed.
	Verify func(h http.Header, body []byte, now time.Time) error
}

// WebhookPath is where calls of a source go, without the key.
func WebhookPath(source string) string { return "/v1/webhooks/" + source }

// CompileWebhookMap compiles a map and checks that bodies can be read by it.
func CompileWebhookMap(text string) (*definition.ImportMap, error) {
	m, err := definition.CompileImportMap([]byte(text))
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, "%s", err).At("map")
	case m.Format != definition.JSON:
		return nil, fault.New(fault.Invalid, "a webhook's bodies are JSON: say format: json, and name columns by their paths, such as user.email").At("map")
	case m.Grouped:
		return nil, fault.New(fault.Invalid, "each body is read by itself: remove group_by").At("map")
	}
	return m, nil
}

// check makes what is stored of a draft; was is what is stored now, or nil.
func (d *Directory) check(draft WebhookDraft, was *storedWebhook) (storedWebhook, error) {
	if _, err := CompileWebhookMap(draft.Map); err != nil {
		return storedWebhook{}, err
	}
	sig := draft.Signature
	w := storedWebhook{Map: draft.Map, Scheme: sig.Scheme, RefuseWith: draft.RefuseWith}
	if w.Scheme == "" {
		w.Scheme = Unsigned
	}
	if w.RefuseWith == 0 {
		w.RefuseWith = http.StatusOK
	}
	if w.RefuseWith != http.StatusOK && w.RefuseWith != http.StatusBadRequest {
		return w, fault.New(fault.Invalid, "refuse_with %d: use 200, or 400 if the sender does not repeat what is refused", w.RefuseWith).At("refuse_with")
	}
	switch w.Scheme {
	case Unsigned:
		return w, nil
	case HMAC:
		w.Header, w.Encoding, w.Prefix = strings.TrimSpace(sig.Header), sig.Encoding, sig.Prefix
		if w.Encoding == "" {
			w.Encoding = Hex
		}
		if w.Header == "" || w.Encoding != Hex && w.Encoding != Base64 {
			return w, fault.New(fault.Invalid, "name the header that holds the signature, and how it is written: hex or base64").At("signature.header")
		}
	case StandardWebhooks:
	default:
		return w, fault.New(fault.Invalid, "scheme %q: use none, hmac-sha256 or standard-webhooks", w.Scheme).At("signature.scheme")
	}
	if sig.Secret == "" {
		if was == nil || len(was.Sealed) == 0 || was.Scheme != w.Scheme {
			return w, fault.New(fault.Invalid, "give the secret that the sender signs with").At("signature.secret")
		}
		w.Sealed = was.Sealed
		return w, nil
	}
	if _, err := signingKey(w.Scheme, sig.Secret); err != nil {
		return w, err
	}
	var err error
	w.Sealed, err = seal(d.o.Sealing, sig.Secret)
	return w, err
}

// SetWebhook says how the bodies of a webhook source are read from now on.
func (d *Directory) SetWebhook(ctx context.Context, id string, draft WebhookDraft, by string) (Source, error) {
	return d.editOne(ctx, id, by, func(s *event.Source) error {
		if s.Kind != event.WebhookSource {
			return fault.New(fault.Invalid, "source %s is of kind %s; make one of kind webhook", id, s.Kind).At("id")
		}
		var was *storedWebhook
		if len(s.Webhook) > 0 {
			was = &storedWebhook{}
			if err := json.Unmarshal(s.Webhook, was); err != nil {
				return err
			}
		}
		w, err := d.check(draft, was)
		if err == nil {
			s.Webhook = event.Pack(w)
		}
		return err
	})
}

// hookOf makes what is stored of a webhook ready for use.
func (d *Directory) hookOf(s *event.Source) (*Hook, *Webhook) {
	var w storedWebhook
	if len(s.Webhook) == 0 || json.Unmarshal(s.Webhook, &w) != nil {
		return nil, nil
	}
	shown := &Webhook{
		Path: WebhookPath(s.ID), Map: w.Map, RefuseWith: w.RefuseWith,
		Signature: Signature{Scheme: w.Scheme, Header: w.Header, Encoding: w.Encoding, Prefix: w.Prefix, SecretSet: len(w.Sealed) > 0},
	}
	m, err := CompileWebhookMap(w.Map)
	if err != nil {
		return nil, shown // by an older version it was a map
	}
	h := &Hook{Source: s.ID, Map: m, RefuseWith: w.RefuseWith}
	if w.Scheme != Unsigned {
		h.Verify = w.verifier(d.o.Sealing)
	}
	return h, shown
}

// Hook returns the webhook of that name: a write key, which opens it, or the id
// of a source.
func (d *Directory) Hook(name string) (h *Hook, open, found bool) {
	id, open := d.Source(name)
	if !open {
		id = name
	}
	h = d.index.Load().hooks[id]
	return h, open, h != nil
}

// Tried is what would come of a body.
type Tried struct {
	Events  []TriedEvent `json:"events"`
	Skipped int          `json:"skipped" doc:"objects that the map leaves out on purpose"`
	Message string       `json:"message" doc:"why it cannot be read; empty when it can"`
}

// TriedEvent is an event as a map makes it.
type TriedEvent struct {
	Kind        string          `json:"kind"`
	Name        string          `json:"name,omitempty"`
	UserID      string          `json:"user_id,omitempty"`
	AnonymousID string          `json:"anonymous_id,omitempty"`
	MessageID   string          `json:"message_id"`
	Time        event.Instant   `json:"time"`
	Traits      json.RawMessage `json:"traits,omitempty"`
	Properties  json.RawMessage `json:"properties,omitempty"`
	Body        json.RawMessage `json:"body,omitempty" doc:"of consent, or of an address that cannot be reached"`
}

// TriedOf shows events.
func TriedOf(events []event.Event, skipped int) Tried {
	out := Tried{Events: make([]TriedEvent, len(events)), Skipped: skipped}
	for i := range events {
		e := &events[i]
		out.Events[i] = TriedEvent{
			Kind: e.Kind.String(), Name: e.Name, UserID: e.UserID, AnonymousID: e.AnonymousID, MessageID: e.MessageID,
			Time: e.Time, Traits: e.Traits, Properties: e.Properties, Body: e.Body,
		}
	}
	return out
}
