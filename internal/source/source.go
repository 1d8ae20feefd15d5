// Package source keeps what a workspace knows of its sources: who they are and
// which write keys open for them, what arrives from them and how it fares, and
// what of it was refused.
//
// A source is workspace state: every change of the list is an event in the
// journal, and the list in memory is a copy of the last one. A key is looked up
// in that copy, by its hash: the key itself is kept nowhere and shown once.
//
// Figures come from two places, and say so. What the fold counts (accepted,
// duplicate, rejected, bytes, by hour) is state, and the same after a restart.
// What only the door sees (by minute, by reason, clocks, lag) is in memory and
// begins anew with each start.
package source

import (
	"context"
	"regexp"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Appender makes events durable: nil means that they will survive the loss of
// power.
type Appender interface {
	Append(ctx context.Context, events []event.Event) error
}

// Limits of the list of sources.
const (
	MaxSources = 500
	MaxKeys    = 50 // of a source, revoked ones included
	maxID      = 64
	maxName    = 200
	maxReason  = 500
)

// Source is a source as the API tells of it.
type Source struct {
	ID      string           `json:"id" doc:"kebab-case; the source of its events"`
	Name    string           `json:"name"`
	Kind    event.SourceKind `json:"kind"`
	Created event.Instant    `json:"created" doc:"null when managed"`
	Managed bool             `json:"managed" doc:"true: it is of the configuration, or Rapport's own, and cannot be changed here"`
	Keys    []Key            `json:"keys"`
	Webhook *Webhook         `json:"webhook,omitempty" doc:"of a webhook source, once it is set: how bodies are read"`
}

// Key is a write key as the API tells of it.
type Key struct {
	ID       string        `json:"id"`
	Hint     string        `json:"hint" doc:"the last letters of the key"`
	Created  event.Instant `json:"created"`
	Revoked  event.Instant `json:"revoked" doc:"null: it opens"`
	Reason   string        `json:"reason" doc:"why it was revoked"`
	LastUsed event.Instant `json:"last_used" doc:"since this server was started; null: not since"`

	RefusedCalls uint64 `json:"refused_calls" doc:"with this key after it was revoked, since this server was started"`
}

// NewKey is a write key at the only moment at which it can be seen.
type NewKey struct {
	Source   string `json:"source"`
	ID       string `json:"id"`
	WriteKey string `json:"write_key" doc:"shown once: only its hash is kept"`
}

// Draft is a source to be.
type Draft struct {
	ID   string           `json:"id,omitempty" maxLength:"64" doc:"kebab-case; made of the name when left out"`
	Name string           `json:"name" minLength:"1" maxLength:"200"`
	Kind event.SourceKind `json:"kind"`
}

var kebab = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// reserved reports whether id is the name of something that is not a source of
// this list.
func reserved(id string) bool {
	switch id {
	case event.DefaultSource, importSource, "engine", "control", "processor", "console", "channel", "inbound", "deliver":
		return true
	default:
		return false
	}
}

func checkID(id string) error {
	switch {
	case len(id) > maxID || !kebab.MatchString(id):
		return fault.New(fault.Invalid, "%q is not the id of a source; use small letters, digits and hyphens, such as web-shop", id).At("id")
	case reserved(id):
		return fault.New(fault.Invalid, "the id %q is taken by Rapport itself; choose another", id).At("id")
	}
	return nil
}

func checkKind(k event.SourceKind) error {
	switch k {
	case event.ServerSource, event.BrowserSource, event.WebhookSource, event.ImportSource, event.PullSource:
		return nil
	default:
		return fault.New(fault.Invalid, "%q is no kind of source; use server, browser, webhook, import or pull", k).At("kind")
	}
}
