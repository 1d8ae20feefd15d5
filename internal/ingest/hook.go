package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// HooksPath begins the path of inbound webhooks; a write key or the id of a
// source follows.
const HooksPath = "/v1/webhooks/"

// MaxHookItems is how many objects an array may hold that a webhook posts.
const MaxHookItems = MaxBatchEvents

// Hook says how the bodies that a source posts become events.
type Hook struct {
	Source string
	Map    *definition.ImportMap

	// Verify checks a call's signature. Nil: calls are not signed.
	Verify func(h http.Header, body []byte, now time.Time) error

	// RefuseWith is the status that answers a body that cannot be read: 200 or 400.
	RefuseWith int
}

// Hooks looks up a webhook by a write key, which opens it, or by the id of its
// source, which does not.
type Hooks func(name string) (hook Hook, open, found bool)

type hookAnswer struct {
	Success  bool        `json:"success"`
	Accepted int         `json:"accepted"`
	Skipped  int         `json:"skipped"`
	Rejected []Rejection `json:"rejected"`
}

// serveHook answers an inbound webhook. Of an array, each object is read by
// itself. 2xx means that all of it is durable, as events or as dead letters.
func (a *API) serveHook(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		reply(w, http.StatusMethodNotAllowed, problem(fault.New(fault.Invalid, "%s is not possible here; use POST", r.Method)))
		return
	}
	answer, hook, err := a.takeHook(w, r)
	switch {
	case err != nil:
		a.refuse(w, err)
	case len(answer.Rejected) > 0 && answer.Accepted == 0 && hook.RefuseWith == http.StatusBadRequest:
		first := answer.Rejected[0]
		reply(w, http.StatusBadRequest, problem(&fault.Error{Kind: fault.Invalid, Field: first.Field, Message: first.Message}))
	default:
		reply(w, http.StatusOK, answer)
	}
}

func (a *API) takeHook(w http.ResponseWriter, r *http.Request) (answer hookAnswer, hook Hook, err error) {
	arr := Arrival{Path: HooksPath, At: a.opts.Now()} // without the key
	defer func() {
		arr.Err = err
		a.opts.Witness.Arrived(&arr)
	}()
	hook, open, err := a.hookOf(r)
	if err != nil {
		return answer, hook, err
	}
	if open {
		arr.Source = hook.Source
	}
	arr.Path = HooksPath + hook.Source
	if a.opts.Busy() {
		return answer, hook, fault.New(fault.Busy, "this server is catching up; send the same request again later")
	}
	body, err := a.readBody(w, r, &scratch{})
	if err != nil {
		return answer, hook, err
	}
	arr.At, arr.Bytes = a.opts.Now(), len(body)
	if hook.Verify != nil {
		if err := hook.Verify(r.Header, body, arr.At.Time()); err != nil {
			arr.Source = ""
			return answer, hook, err
		}
	}
	arr.Source = hook.Source
	id := r.Header.Get("Webhook-Id") // of Standard Webhooks; it is the same when a call is repeated
	if len(id) > MaxMessageID/2 {
		id = ""
	}
	read := a.readHook(&hook, body, id, arr.At)
	if read.err != nil {
		why := a.lost(r.Context(), &arr, body, read.err)
		if fault.Is(why, fault.Transient) || fault.Is(why, fault.Busy) {
			return answer, hook, why
		}
		answer.Success, answer.Rejected = true, arr.Rejected
		return answer, hook, nil
	}
	arr.Rejected = read.rejected
	if err := a.store(r.Context(), &arr, read.events, &envelope{}, false); err != nil {
		return answer, hook, err
	}
	arr.Events = read.events
	return hookAnswer{Success: true, Accepted: len(read.events), Skipped: read.skipped, Rejected: read.rejected}, hook, nil
}

// hookOf finds the webhook of a request, and whether its write key was shown: in
// the path, or as Basic authorization. A webhook whose calls are signed needs no
// key, and is opened by the signature.
func (a *API) hookOf(r *http.Request) (hook Hook, open bool, err error) {
	name := strings.TrimPrefix(r.URL.Path, HooksPath)
	hook, open, found := a.opts.Hooks(name)
	if at, was := a.opts.Revoked(name); was {
		return hook, false, fault.New(fault.Unauthorized, "this write key was revoked at %s; use another key of its source", at)
	}
	if !found {
		return hook, false, fault.New(fault.NotFound, "there is no webhook here; its address ends in a write key, or in the id of a source whose calls are signed, and its map must be set")
	}
	if open || hook.Verify != nil {
		return hook, open, nil
	}
	key, named, err := basicKey(r)
	if err != nil {
		return hook, false, err
	}
	if source, ok := a.opts.Keys(key); named && ok && source == hook.Source {
		return hook, true, nil
	}
	return hook, false, fault.New(fault.Unauthorized, "calls of this webhook are not signed, so they need a write key of its source: at the end of the address, or as the user name of Basic authorization")
}

// hookRead is what was found in a body.
type hookRead struct {
	events   []event.Event
	skipped  int
	rejected []Rejection
	err      error // of the body as a whole
}

// readHook reads a body by a webhook's map. id names the call; without one it is
// named by its content, so that a call that is repeated counts once.
func (a *API) readHook(h *Hook, body []byte, id string, at event.Instant) (out hookRead) {
	if id == "" {
		sum := sha256.Sum256(body)
		id = "sha256-" + hex.EncodeToString(sum[:16])
	}
	out.rejected = []Rejection{}
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) == 0 || trimmed[0] != '[' {
		events, skip, err := a.readObject(h, body, id, at)
		out.events, out.err = events, err
		if skip {
			out.skipped = 1
		}
		return out
	}
	items, err := itemsOf(body)
	if err != nil {
		out.err = err
		return out
	}
	for i, item := range items {
		events, skip, err := a.readObject(h, item, fmt.Sprintf("%s/%d", id, i), at)
		switch {
		case err != nil:
			out.rejected = append(out.rejected, Rejection{Index: i, Message: err.Error(), kind: fault.Invalid, raw: item})
		case skip:
			out.skipped++
		default:
			out.events = append(out.events, events...)
		}
	}
	return out
}

// itemsOf divides an array.
func itemsOf(body []byte) ([][]byte, error) {
	switch {
	case event.NestedDeeper(body, MaxNesting):
		return nil, fault.New(fault.Invalid, "the body is nested more than %d levels deep; flatten it", MaxNesting)
	case !json.Valid(body):
		return nil, notWhole(json.Unmarshal(body, new(json.RawMessage)))
	}
	var items [][]byte
	gjson.ParseBytes(body).ForEach(func(_, v gjson.Result) bool {
		items = append(items, body[v.Index:v.Index+len(v.Raw):v.Index+len(v.Raw)])
		return len(items) <= MaxHookItems
	})
	if len(items) > MaxHookItems {
		return nil, fault.New(fault.TooLarge, "the body holds more than %d objects; have the sender post fewer at a time", MaxHookItems)
	}
	return items, nil
}

// readObject makes events of one object. skip means that the map leaves it out.
// The error is the caller's, and says what is wrong.
func (a *API) readObject(h *Hook, body []byte, id string, at event.Instant) (events []event.Event, skip bool, err error) {
	rows, err := h.Map.Rows(h.Map.Object(body))
	if err != nil {
		return nil, false, fault.New(fault.Invalid, "%s", err)
	}
	for _, row := range rows {
		if row.Skip != "" {
			return nil, true, nil
		}
		name := id
		if row.MessageID != "" {
			name = row.MessageID
		}
		if row.Part > 0 {
			name += fmt.Sprintf("/%d", row.Part)
		}
		made, err := a.hookEvents(h, row, name, at)
		if err != nil {
			return nil, false, err
		}
		events = append(events, made...)
	}
	return events, false, nil
}

func (a *API) hookEvents(h *Hook, row definition.Row, id string, at event.Instant) ([]event.Event, error) {
	events := h.Map.Begin(row).Events()
	said := 0
	for i := range events {
		e := &events[i]
		if len(e.UserID) > MaxIdentity || len(e.AnonymousID) > MaxIdentity || len(e.Name) > MaxName {
			return nil, fault.New(fault.Invalid, "an identity or the name of the event is over %d bytes; shorten it", MaxName)
		}
		if size := len(e.Properties) + len(e.Traits) + len(e.Body); size > MaxEventBytes {
			return nil, fault.New(fault.TooLarge, "the event is %d bytes, the limit is %d; have the map keep less", size, MaxEventBytes)
		}
		e.Imported, e.Source, e.MessageID, e.ReceivedAt = false, h.Source, id, at
		e.To = person.IDOf(a.opts.Workspace, e.Primary())
		if e.Time = min(e.Time, at); e.Time.IsZero() {
			e.Time = at // the map says arrival
		}
		switch e.Kind {
		case event.Identify:
			e.MessageID += ":traits"
		case event.Consented, event.Receipt:
			said++
			e.MessageID += fmt.Sprintf(":said:%d", said)
		default:
		}
	}
	return events, nil
}

// Preview reads a body by a map as a webhook of that source would be, and stores
// nothing.
func (a *API) Preview(source string, m *definition.ImportMap, body []byte) (events []event.Event, skipped int, err error) {
	read := a.readHook(&Hook{Source: source, Map: m}, bytes.Clone(body), "", a.opts.Now())
	if read.err == nil && len(read.rejected) > 0 {
		read.err = fault.New(fault.Invalid, "object %d: %s", read.rejected[0].Index, read.rejected[0].Message)
	}
	return read.events, read.skipped, read.err
}

// decodeHook reads a dead letter of a webhook again.
func (a *API) decodeHook(l event.Letter, body []byte) ([]event.Event, error) {
	h, _, found := a.opts.Hooks(l.Source)
	if !found {
		return nil, fault.New(fault.Invalid, "source %s has no map for its webhook any more; set one", l.Source)
	}
	read := a.readHook(&h, body, fmt.Sprintf("dead-letter:%d", l.Number), l.ReceivedAt)
	switch {
	case read.err != nil:
		return nil, read.err
	case len(read.rejected) > 0:
		return nil, fault.New(fault.Invalid, "object %d: %s", read.rejected[0].Index, read.rejected[0].Message)
	case len(read.events) == 0 && read.skipped > 0:
		return nil, fault.New(fault.Invalid, "the map leaves this out on purpose; dismiss it instead")
	}
	return read.events, nil
}
