// Package ingest is the way in: the tracking API that customers' systems and
// browsers call, and the endpoint through which an importer hands over history.
//
// The tracking API speaks the Segment HTTP tracking API
// (https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/)
// as its libraries really send it: the body is recognised by what it is and not
// by its Content-Type, it may be gzipped, and the write key is in Basic
// authorization or in the body.
//
// What a caller may rely on: a 2xx answer means that the events are durable. A
// single call that cannot be accepted is answered 400 with the field and how to
// mend it; in a batch the bad events are listed by index in a 200 answer and the
// others are kept, because some client libraries repeat a refused batch for ever.
//
// What an authenticated caller sent and was refused is handed to a [Keeper], and
// stored together with what was taken: an answer with rejections says that they
// are durable too, as dead letters that can be mended and read again ([API.Decode]).
//
// Inbound webhooks, under /v1/webhooks/, are bodies of any system's own, which an
// import map turns into events ([Hook]).
//
// JSON is read as encoding/json reads it: of two members with the same name the
// last counts, and text that is not UTF-8 is repaired with U+FFFD. Member names
// are case-sensitive, as the Segment spec has them.
package ingest

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/rapporthq/rapport/internal/bot"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Limits of the tracking API. Segment's own are 32 KB an event, 2,500 events and
// 500 KB a batch; its Node library overshoots the last by far (segmentio/
// analytics-next, pull request 1390), hence more room here.
const (
	MaxEventBytes   = 32 << 10
	MaxBatchEvents  = 2500
	MaxBatchBytes   = 4 << 20 // after inflation
	MaxNesting      = 64      // objects and arrays within one event, the event itself included
	MaxMessageID    = 99      // bytes
	MaxIdentity     = 512     // bytes of a user, anonymous, group or previous id
	MaxName         = 512     // bytes of an event, page or screen name
	defaultRetry    = 2 * time.Second
	corsAge         = "86400"
	contentTypeJSON = "application/json; charset=utf-8"
)

// What browser libraries ask to send. RudderStack's adds Rsa- headers to a call
// that it sends again.
const corsHeaders = "Authorization, Content-Type, Content-Encoding, AnonymousId, SentAt, " +
	"Rsa-Recovered, Rsa-Retry-Attempt, Rsa-Retry-Reason, Rsa-Since-First-Attempt, Rsa-Since-Last-Attempt"

// Appender makes events durable. Append returns nil only when all of them will
// survive the loss of power; after an error some may be there, and the caller
// sends them again with the same message ids. It keeps nothing that the events
// point to: the memory serves the next request.
type Appender interface {
	Append(ctx context.Context, events []event.Event) error
}

// Keys looks up a write key and returns the name of the source it belongs to.
type Keys func(writeKey string) (source string, ok bool)

// Options are the parts that a tracking API is made of.
type Options struct {
	Workspace person.Workspace
	Keys      Keys
	Appender  Appender

	// Revoked says when a write key that Keys does not know was revoked, if it
	// was. Defaults to never.
	Revoked func(writeKey string) (at event.Instant, was bool)

	// Hooks finds inbound webhooks. Defaults to none.
	Hooks Hooks

	// Keeper keeps what was refused. Defaults to keeping nothing.
	Keeper Keeper

	// Witness hears of what arrives. Defaults to nobody.
	Witness Witness

	// PublicURL is how browsers reach this server, as the settings of the browser
	// libraries tell them. Defaults to the address that each request was made to.
	PublicURL string

	// Library holds the browser library as LibraryFile and what that loads, in
	// bundles/. Defaults to no files.
	Library fs.FS

	// Bots recognises robots, whose events are marked. Nil recognises none.
	Bots *bot.List

	// Now is the clock. Defaults to the wall clock.
	Now func() event.Instant

	// Random gives the bytes of message ids for events that come without one. It
	// must be safe for concurrent use. Defaults to crypto/rand.
	Random io.Reader

	// Busy reports that the fold is too far behind to take more. Defaults to never.
	Busy func() bool

	// RetryAfter is what a caller who is turned away is told to wait, in whole
	// seconds. Defaults to 2 s.
	RetryAfter time.Duration

	// Log receives what operators need and callers must not see. Defaults to
	// discarding it.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = func() event.Instant { return event.InstantOf(time.Now()) }
	}
	if o.Library == nil {
		o.Library = embed.FS{}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Revoked == nil {
		o.Revoked = func(string) (event.Instant, bool) { return 0, false }
	}
	if o.Hooks == nil {
		o.Hooks = func(string) (Hook, bool, bool) { return Hook{}, false, false }
	}
	if o.Keeper == nil {
		o.Keeper = unheard{}
	}
	if o.Witness == nil {
		o.Witness = unheard{}
	}
	if o.Busy == nil {
		o.Busy = func() bool { return false }
	}
	if o.RetryAfter <= 0 {
		o.RetryAfter = defaultRetry
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// API is the tracking API. It is safe for concurrent use.
type API struct {
	opts      Options
	inflates  sync.Pool // of *gzip.Reader
	scratches scratches
}

// New returns a tracking API.
func New(opts Options) *API {
	return &API{opts: opts.withDefaults()}
}

// route says what a path takes: one call of a kind, or a batch.
type route struct {
	kind  event.Kind
	batch bool
}

// routeOf knows the long paths, the one-letter ones of analytics-next, and
// import, an old name of batch.
func routeOf(path string) (route, bool) {
	name, ok := strings.CutPrefix(strings.TrimSuffix(path, "/"), "/v1/")
	if !ok {
		return route{}, false
	}
	switch name = LongName(name); name {
	case "batch", "import":
		return route{batch: true}, true
	}
	kind := kindOf(name)
	return route{kind: kind}, kind != 0
}

// LongName returns the long name of a call by its one-letter one; other names are
// returned as they are.
func LongName(name string) string {
	switch name {
	case "b":
		return "batch"
	case "t":
		return "track"
	case "i":
		return "identify"
	case "p":
		return "page"
	case "s":
		return "screen"
	case "g":
		return "group"
	case "a":
		return "alias"
	}
	return name
}

// ServeHTTP answers the tracking API's paths under /v1/ and what browser
// libraries fetch (see [LibraryPaths]), and 404 for others.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, HooksPath) {
		a.serveHook(w, r)
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Retry-After")
	if get := a.libraryRoute(r); get != nil {
		a.serveLibrary(w, r, get)
		return
	}
	to, ok := routeOf(r.URL.Path)
	switch {
	case !ok:
		a.refuse(w, fault.New(fault.NotFound, "no such path; the tracking API has /v1/track, identify, page, screen, group, alias and batch"))
	case r.Method == http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
		h.Set("Access-Control-Allow-Headers", corsHeaders)
		h.Set("Access-Control-Max-Age", corsAge)
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodPost:
		h.Set("Allow", "POST, OPTIONS")
		reply(w, http.StatusMethodNotAllowed, problem(fault.New(fault.Invalid, "%s is not possible here; use POST", r.Method)))
	default:
		rejected, accepted, err := a.take(w, r, to)
		if err != nil {
			a.refuse(w, err)
			return
		}
		switch {
		case !to.batch:
			succeed(w, `{"success":true}`)
		case len(rejected) == 0:
			succeed(w, `{"success":true,"accepted":`+strconv.Itoa(accepted)+`,"rejected":[]}`)
		default:
			reply(w, http.StatusOK, batchAnswer{Success: true, Accepted: accepted, Rejected: rejected})
		}
	}
}

// take reads a request, makes its events durable, and returns what it would not
// take. An error concerns the request as a whole.
func (a *API) take(w http.ResponseWriter, r *http.Request, to route) (rejected []Rejection, accepted int, err error) {
	arr := Arrival{Path: r.URL.Path, At: a.opts.Now()}
	memory := a.scratches.take()
	defer a.scratches.give(memory) // when all have heard of the request
	defer func() {
		arr.Err = err
		a.opts.Witness.Arrived(&arr)
	}()
	key, named, err := basicKey(r)
	if err != nil {
		return nil, 0, err
	}
	if named {
		// Before the body is read: a stranger costs us nothing.
		if arr.Source, err = a.source(key); err != nil {
			return nil, 0, err
		}
	}
	if a.opts.Busy() {
		return nil, 0, fault.New(fault.Busy, "this server is catching up; send the same request again later")
	}
	body, err := a.readBody(w, r, memory)
	if err != nil {
		return nil, 0, err
	}
	arr.At, arr.Bytes = a.opts.Now(), len(body)
	env, err := decode(body, to, memory.calls)
	memory.calls = env.calls
	if err != nil {
		return nil, 0, a.lost(r.Context(), &arr, body, err)
	}
	if !named {
		if arr.Source, err = a.source(env.writeKey); err != nil {
			return nil, 0, err
		}
	}
	events, rejected, err := a.finish(&env, arr.Source, arr.At, memory.events)
	memory.events = events
	if err != nil {
		return nil, 0, a.lost(r.Context(), &arr, body, err)
	}
	arr.Rejected, arr.SentAt = rejected, env.sent()
	if err := a.store(r.Context(), &arr, events, &env, !to.batch); err != nil {
		return nil, 0, err
	}
	arr.Events = events
	if !to.batch && len(rejected) > 0 {
		return nil, 0, &fault.Error{Kind: rejected[0].kind, Field: rejected[0].Field, Message: rejected[0].Message}
	}
	return rejected, len(events), nil
}

// Caller returns the source that a request belongs to, by the write key of Basic
// authorization or else by the one that its body names.
func (a *API) Caller(r *http.Request, key string) (source string, err error) {
	named, is, err := basicKey(r)
	if err != nil {
		return "", err
	}
	if is {
		key = named
	}
	return a.source(key)
}

// Refuse answers with err's safe message, as the tracking API does.
func (a *API) Refuse(w http.ResponseWriter, err error) { a.refuse(w, err) }

// source returns the name of the source that key belongs to.
func (a *API) source(key string) (string, error) {
	if key == "" {
		return "", fault.New(fault.Unauthorized, "the write key is missing; send it as the user name of Basic authorization or as writeKey in the body").At("writeKey")
	}
	source, ok := a.opts.Keys(key)
	if !ok {
		if at, was := a.opts.Revoked(key); was {
			return "", fault.New(fault.Unauthorized, "this write key was revoked at %s; use another key of its source", at).At("writeKey")
		}
		return "", fault.New(fault.Unauthorized, "the write key is not one of this workspace; it is what the server was started with, or in secrets.json in its data folder").At("writeKey")
	}
	return source, nil
}

// readBody returns the request's body, inflated if it is gzip, in m's memory.
func (a *API) readBody(w http.ResponseWriter, r *http.Request, m *scratch) (body []byte, err error) {
	if r.ContentLength > MaxBatchBytes {
		return nil, tooLarge()
	}
	m.wire, err = readUpTo(m.wire, http.MaxBytesReader(w, r.Body, MaxBatchBytes), max(r.ContentLength, 0), MaxBatchBytes)
	body = m.wire
	if err == nil && len(body) > 2 && body[0] == 0x1f && body[1] == 0x8b { // gzip's magic number, RFC 1952
		m.body, err = inflateWith(m.body, &a.inflates, m.wire, MaxBatchBytes)
		body = m.body
	}
	switch {
	case isTooLong(err):
		return nil, tooLarge()
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, "the body could not be read; it was cut short or is not valid gzip")
	}
	return body, nil
}

func tooLarge() error {
	return fault.New(fault.TooLarge, "the body is over %d bytes (after inflation); send smaller batches", MaxBatchBytes)
}

// inflateWith gunzips deflated into room, giving up above limit bytes. The pool
// keeps readers, which are expensive to make.
func inflateWith(room []byte, pool *sync.Pool, deflated []byte, limit int) ([]byte, error) {
	src := bytes.NewReader(deflated)
	z, ok := pool.Get().(*gzip.Reader)
	var err error
	if ok {
		err = z.Reset(src)
	} else {
		z, err = gzip.NewReader(src)
	}
	if err != nil {
		return nil, err
	}
	defer pool.Put(z)
	return readUpTo(room, z, int64(min(4*len(deflated), limit)), limit)
}
