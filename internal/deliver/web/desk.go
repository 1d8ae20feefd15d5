package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/rapporthq/rapport/internal/browser"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message/render"
	"github.com/rapporthq/rapport/internal/person"
)

// Limits of what a browser may say.
const (
	maxBody     = 16 << 10
	maxText     = 2000 // characters
	maxIdentity = 512  // bytes, as in the tracking API
	maxID       = 64   // bytes
	maxSeen     = 100  // entries in a call
	minKey      = 32   // bytes
)

// Links makes the addresses of next steps and the names of letters.
type Links interface {
	StepMade(p person.ID, delivery, channel, target string, made event.Instant) (string, error)
	Ref(p person.ID, delivery string) string
	OpenRef(ref string) (p person.ID, delivery string, err error)
}

// Options are the parts that a Desk is made of. All but Script, Speed and Log are
// required.
type Options struct {
	Workspace person.Workspace
	Key       []byte // at least 32 secret bytes, which sign sessions

	// Caller returns the source of a write key.
	Caller func(r *http.Request, key string) (source string, err error)

	// Verify checks that whoever names a user was told by the company that it is them.
	Verify func(userID, hash string) error

	// Origins are the sites that may show the inbox; none are all. It fails while the
	// definitions have no account of the channel.
	Origins func(ctx context.Context) ([]string, error)

	Store  Store
	Links  Links
	Inbox  deliver.Inbox
	Refuse func(w http.ResponseWriter, err error)
	Now    func() event.Instant

	// Speed is how many seconds of Now pass in one of the wall. Defaults to 1.
	Speed float64

	// Script is what pages load. None: the binary was built without it.
	Script []byte

	// Log hears of what operators should see. Defaults to silence.
	Log *slog.Logger
}

// Desk is what browsers call. It is safe for concurrent use.
type Desk struct {
	opts   Options
	script script
	closed chan struct{}
	shut   func()

	streams atomic.Int64
	mu      sync.Mutex
	bells   map[person.ID]map[chan struct{}]bool // of streams, by record
}

// New checks opts and returns a desk. Its streams last until Close.
func New(opts Options) (*Desk, error) {
	if len(opts.Key) < minKey {
		return nil, errors.New("web: Options.Key must have at least 32 bytes")
	}
	if opts.Speed == 0 {
		opts.Speed = 1
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	d := &Desk{opts: opts, closed: make(chan struct{}), bells: map[person.ID]map[chan struct{}]bool{}}
	d.shut = sync.OnceFunc(func() { close(d.closed) })
	d.script = pack(opts.Script)
	return d, nil
}

// Close ends all streams.
func (d *Desk) Close() { d.shut() }

// Mount adds the desk's places to mux.
func (d *Desk) Mount(mux *http.ServeMux) {
	for path, do := range map[string]func(w http.ResponseWriter, r *http.Request) (any, error){
		"session": d.session, "seen": d.seen, "act": d.act, "say": d.say,
	} {
		mux.HandleFunc("/v1/web/"+path, d.serve(http.MethodPost, do))
	}
	mux.HandleFunc("/v1/web/inbox", d.serve(http.MethodGet, d.inbox))
	mux.HandleFunc("/v1/web/stream", d.serve(http.MethodGet, d.stream))
	mux.HandleFunc("/v1/web/rapport.js", d.serveScript(d.script))
	mux.HandleFunc("/v1/web/push.js", d.serveScript(pack(pushWorker)))
}

// serve lets a request through from the sites that may ask, and answers what
// browsers ask before it. An answer of nil was given already.
func (d *Desk) serve(method string, do func(w http.ResponseWriter, r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Add("Vary", "Origin")
		if err := d.mayAsk(h, r); err != nil {
			d.opts.Refuse(w, err)
			return
		}
		if !browser.Preflight(w, r, method, d.opts.Refuse) {
			return
		}
		answer, err := do(w, r)
		switch {
		case err != nil:
			d.opts.Refuse(w, err)
		case answer != nil:
			h.Set("Content-Type", "application/json; charset=utf-8")
			_ = json.NewEncoder(w).Encode(answer) //nolint:errchkjson // a caller who has gone away is not our error
		}
	}
}

// mayAsk refuses sites that the account does not name. There are no cookies, so an
// origin that is not named could do no more with a write key than a script of its
// own; naming them keeps a copied page from passing for the company's.
func (d *Desk) mayAsk(h http.Header, r *http.Request) error {
	origins, err := d.opts.Origins(r.Context())
	if err != nil {
		h.Set("Access-Control-Allow-Origin", "*") // so that the page can read why
		return err
	}
	origin := r.Header.Get("Origin")
	switch {
	case len(origins) == 0:
		h.Set("Access-Control-Allow-Origin", "*")
	case origin == "": // no browser on another site: those always say it
	case slices.Contains(origins, origin):
		h.Set("Access-Control-Allow-Origin", origin)
	default:
		h.Set("Access-Control-Allow-Origin", "*")
		return fault.New(fault.Unauthorized, "pages of %.80q may not show the inbox; add it to origins of the account of the channel web", origin)
	}
	return nil
}

// ParseOrigins reads the setting: addresses of sites, with commas between.
func ParseOrigins(text string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSuffix(strings.TrimSpace(part), "/")
		if part == "" {
			continue
		}
		u, err := url.Parse(part)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || part != u.Scheme+"://"+u.Host {
			return nil, fault.New(fault.Invalid, "origins: %.80q is not a site; write scheme and host and no more, such as https://www.shop.example", part)
		}
		out = append(out, strings.ToLower(part))
	}
	return out, nil
}

// visitor is who a browser is.
type visitor struct {
	session
	owner  Owner
	record person.ID // of the identity
}

// who reads a session. An anonymous id that came to be a user's is no proof of being
// that user: then the session ends.
func (d *Desk) who(ctx context.Context, text string) (visitor, error) {
	s, err := openSession(d.opts.Key, text, d.opts.Now())
	if err != nil {
		return visitor{}, err
	}
	return d.visitor(ctx, s)
}

func (d *Desk) visitor(ctx context.Context, s session) (visitor, error) {
	v := visitor{session: s, record: person.IDOf(d.opts.Workspace, s.Identity)}
	var err error
	if v.owner, err = d.opts.Store.Person(ctx, v.record); err != nil {
		return visitor{}, err
	}
	if v.owner.ID == (person.ID{}) {
		v.owner.ID = v.record
	}
	if v.owner.Known && s.Identity.Kind != person.UserID {
		return visitor{}, fault.New(fault.Unauthorized,
			"this anonymousId is a known user's by now; send their userId and userHash, or another anonymousId for whoever is there now").At("anonymousId")
	}
	return v, nil
}

// hello is how a browser says who it is.
type hello struct {
	WriteKey    string `json:"writeKey"`
	UserID      string `json:"userId"`
	UserHash    string `json:"userHash"`
	AnonymousID string `json:"anonymousId"`
}

// Opened is a session, with the inbox as it is.
type Opened struct {
	Session string  `json:"session"`
	Seconds int     `json:"seconds"` // that it lasts
	Entries []Entry `json:"entries"`
}

func (d *Desk) session(w http.ResponseWriter, r *http.Request) (any, error) {
	var h hello
	if err := browser.Decode(w, r, maxBody, &h); err != nil {
		return nil, err
	}
	source, err := d.opts.Caller(r, h.WriteKey)
	if err != nil {
		return nil, err
	}
	kind, value := person.UserID, h.UserID
	if value == "" {
		kind, value = person.AnonymousID, h.AnonymousID
	} else if err := d.opts.Verify(h.UserID, h.UserHash); err != nil {
		return nil, err
	}
	id := person.NewIdentity(kind, value)
	switch {
	case value == "":
		return nil, fault.New(fault.Invalid, "userId and anonymousId are both missing; send one of them").At("userId")
	case len(value) > maxIdentity:
		return nil, fault.New(fault.Invalid, "an identity is over %d bytes; shorten it", maxIdentity).At("userId")
	case id.Blocked():
		return nil, fault.New(fault.Invalid, "userId or anonymousId is a placeholder and names nobody; send a real one").At("userId")
	}
	lasts := event.Instant(float64(sessionLasts.Microseconds()) * d.opts.Speed)
	v, err := d.visitor(r.Context(), session{source, id, d.opts.Now() + lasts})
	if err != nil {
		return nil, err
	}
	entries, err := d.entries(r.Context(), v.owner.ID)
	return Opened{sealSession(d.opts.Key, v.session), int(sessionLasts / time.Second), entries}, err
}

func (d *Desk) inbox(_ http.ResponseWriter, r *http.Request) (any, error) {
	v, err := d.who(r.Context(), bearer(r))
	if err != nil {
		return nil, err
	}
	entries, err := d.entries(r.Context(), v.owner.ID)
	return map[string][]Entry{"entries": entries}, err
}

// bearer is the session of a request without a body: in Authorization, or in the
// address for EventSource, which sets no headers.
func bearer(r *http.Request) string {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token
	}
	return r.URL.Query().Get("session")
}

// said reads a call into v, and the session that it came with.
func (d *Desk) said(w http.ResponseWriter, r *http.Request, v any, session *string) (visitor, error) {
	if err := browser.Decode(w, r, maxBody, v); err != nil {
		return visitor{}, err
	}
	return d.who(r.Context(), *session)
}

type done struct {
	Success bool   `json:"success"`
	ID      string `json:"id,omitempty"` // of what was said
}

type seenCall struct {
	Session   string   `json:"session"`
	Entries   []string `json:"entries"`
	Dismissed bool     `json:"dismissed"`
}

// seen notes that entries were looked at, or put away.
func (d *Desk) seen(w http.ResponseWriter, r *http.Request) (any, error) {
	var c seenCall
	v, err := d.said(w, r, &c, &c.Session)
	if err != nil {
		return nil, err
	}
	if len(c.Entries) == 0 || len(c.Entries) > maxSeen {
		return nil, fault.New(fault.Invalid, "name 1 to %d entries; this names %d", maxSeen, len(c.Entries)).At("entries")
	}
	inbox, err := d.read(r.Context(), v.owner.ID)
	if err != nil {
		return nil, err
	}
	for _, ref := range c.Entries {
		delivery, err := d.own(r.Context(), v, ref)
		if err != nil {
			return nil, err
		}
		entry := inbox.at[delivery]
		if entry == nil || !inbox.in[delivery] {
			return nil, fault.New(fault.NotFound, "there is no entry %.80q in this inbox", ref).At("entries")
		}
		if entry.Dismissed || entry.Seen && !c.Dismissed {
			continue
		}
		report := deliver.Report{Channel: ID, Ref: ref, Outcome: event.Opened}
		if c.Dismissed {
			report.Detail, report.At = Dismissed, d.opts.Now()
		}
		if err := d.opts.Inbox.Report(r.Context(), report); err != nil {
			return nil, kept(err)
		}
	}
	return done{Success: true}, nil
}

type actCall struct {
	Session string `json:"session"`
	Entry   string `json:"entry"`
	Payload string `json:"payload"`
	ID      string `json:"id"`
}

// act takes a next step that an entry offers, or what a slot shows; or it gives an
// answer that an entry asks for.
func (d *Desk) act(w http.ResponseWriter, r *http.Request) (any, error) {
	var c actCall
	v, err := d.said(w, r, &c, &c.Session)
	if err != nil {
		return nil, err
	}
	delivery, err := d.own(r.Context(), v, c.Entry)
	if err != nil {
		return nil, err
	}
	inbox, err := d.read(r.Context(), v.owner.ID)
	if err != nil {
		return nil, err
	}
	if c.Payload == "" || !slices.ContainsFunc(inbox.offered(delivery), func(n render.Next) bool { return n.Payload == c.Payload }) {
		return nil, fault.New(fault.Invalid, "the entry offers no %.80q; send the payload of one of its next", c.Payload).At("payload")
	}
	return d.hear(r.Context(), v, "act", c.ID, deliver.Heard{Payload: c.Payload, Ref: c.Entry})
}

type sayCall struct {
	Session string `json:"session"`
	Text    string `json:"text"`
	ID      string `json:"id"`
}

// say takes what the person wrote.
func (d *Desk) say(w http.ResponseWriter, r *http.Request) (any, error) {
	var c sayCall
	v, err := d.said(w, r, &c, &c.Session)
	if err != nil {
		return nil, err
	}
	c.Text = strings.TrimSpace(c.Text)
	if n := utf8.RuneCountInString(c.Text); n == 0 || n > maxText {
		return nil, fault.New(fault.Invalid, "text has %d characters; write 1 to %d", n, maxText).At("text")
	}
	return d.hear(r.Context(), v, "say", c.ID, deliver.Heard{Text: c.Text})
}

// hear passes on what was said. The browser names it, so that what it sends again
// counts once; the name is within the person's, so that nobody can use up another's.
func (d *Desk) hear(ctx context.Context, v visitor, verb, id string, h deliver.Heard) (any, error) {
	if len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return !strings.ContainsRune(idLetters, r) }) {
		return nil, fault.New(fault.Invalid, "id must be up to %d letters, digits and hyphens; a UUID does", maxID).At("id")
	}
	if id == "" {
		id = rand.Text()
	}
	h.Channel, h.From, h.As = ID, v.Identity.Value, v.Identity.Kind
	h.ID = verb + "/" + hex.EncodeToString(v.record[:8]) + "/" + id
	if err := d.opts.Inbox.Hear(ctx, h); err != nil {
		return nil, kept(err)
	}
	return done{true, id}, nil
}

const idLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// kept says what an error of writing means to whoever asked for it.
func kept(err error) error {
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Busy) {
		return err
	}
	return fault.Wrap(fault.Transient, err, "it could not be stored; send the same request again")
}

// own returns the delivery that a ref names, if it is the visitor's own.
func (d *Desk) own(ctx context.Context, v visitor, ref string) (delivery string, err error) {
	whose, delivery, err := d.opts.Links.OpenRef(ref)
	if err == nil {
		owner, err := d.opts.Store.Person(ctx, whose)
		if err != nil {
			return "", err
		}
		if owner.ID == v.owner.ID {
			return delivery, nil
		}
	}
	return "", fault.New(fault.NotFound, "there is no entry %.80q in this inbox", ref).At("entry")
}
