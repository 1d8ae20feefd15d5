// Package voicexml holds calls that come in on a platform of classical IVR, which
// fetches documents of VoiceXML 2.1 from us: one for each turn of the talk.
//
// The platform's application begins with the document at /call/KEY, and gives it
// session, its id of the call, and from, the caller's number; each document says
// where to go on. KEY is a secret that only the platform is given, for platforms
// sign nothing. Calls out are the platform's own affair: none are made.
package voicexml

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/voice"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Options configure a Channel. All but Begins and Patience are required.
type Options struct {
	Key      string // the last part of addresses
	Callback string // the address under which ServeHTTP is reached from outside
	Begins   string // id of the conversation that callers begin; empty: none
	Inbox    deliver.Inbox
	Now      func() event.Instant

	// Patience is how long a call may wait for what is said next, within one request.
	// Defaults to 8 s.
	Patience time.Duration
}

// Channel holds calls. Open one with Open.
type Channel struct {
	opts  Options
	calls voice.Exchange
	mux   *http.ServeMux
}

// Open checks opts and returns a channel.
func Open(opts Options) (*Channel, error) {
	if opts.Callback == "" || opts.Inbox == nil || opts.Now == nil {
		return nil, errors.New("voicexml: Options.Callback, Inbox and Now are required")
	}
	if len(opts.Key) < 16 || strings.ContainsAny(opts.Key, "/?#% ") {
		return nil, fault.New(fault.Invalid, "the key must be a secret of 16 characters or more that may stand in an address")
	}
	if opts.Patience == 0 {
		opts.Patience = 8 * time.Second
	}
	c := &Channel{opts: opts, mux: http.NewServeMux()}
	c.mux.HandleFunc("/call/{key}", c.call) // platforms fetch by GET or POST, as they please
	c.mux.HandleFunc("/turn/{key}", c.turn)
	return c, nil
}

// ID implements deliver.Channel.
func (*Channel) ID() string { return "voice" }

// prefix begins the address of a call, so that it is told from a number.
const prefix = "call:"

// Takes reports whether an address is a call's.
func Takes(to string) bool { return strings.HasPrefix(to, prefix) }

// Send implements deliver.Channel.
func (c *Channel) Send(ctx context.Context, l deliver.Letter) error {
	if !Takes(l.To) {
		return fault.New(fault.Invalid, "no calls are made to numbers by VoiceXML")
	}
	return c.calls.Say(ctx, l)
}

// session is what a platform may call a call: it stands in a document.
var session = regexp.MustCompile(`^[A-Za-z0-9._:@-]{1,128}$`)

// ServeHTTP gives the platform its documents.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if subtle.ConstantTimeCompare([]byte(key), []byte(c.opts.Key)) != 1 {
		http.NotFound(w, r)
		return
	}
	if err := r.ParseForm(); err != nil || !session.MatchString(r.Form.Get("session")) {
		http.Error(w, "session must be the platform's id of the call: letters, digits and .-_:@", http.StatusBadRequest)
		return
	}
	deliver.Readable(r.Form)
	w.Header().Set("Content-Type", "application/voicexml+xml")
	w.Header().Set("Cache-Control", "no-store")
	c.mux.ServeHTTP(w, r)
}

// call is somebody who calls.
func (c *Channel) call(w http.ResponseWriter, r *http.Request) {
	id := prefix + r.Form.Get("session")
	c.calls.Turn(id, voice.Answered, c.opts.Now().Time())
	err := c.opts.Inbox.Hear(r.Context(), deliver.Heard{Channel: "voice", From: r.Form.Get("from"), Address: id, Begins: c.opts.Begins, ID: id})
	c.answer(w, r, id, err)
}

// turn is what a caller answered, or that they did not; or that the platform asks
// whether there is more to be said.
func (c *Channel) turn(w http.ResponseWriter, r *http.Request) {
	id, keys, said := prefix+r.Form.Get("session"), r.Form.Get("keys"), r.Form.Get("said")
	keys = strings.ReplaceAll(keys, " ", "") // as tokens of a grammar they have spaces between
	kind := voice.Silent
	switch {
	case keys+said != "":
		kind = voice.Answered
	case r.Form.Get("waited") != "":
		kind = voice.Waiting
	}
	if !c.calls.Turn(id, kind, c.opts.Now().Time()) {
		_, _ = w.Write(voice.VXMLEnd()) // who asked has gone
		return
	}
	if kind == voice.Silent {
		if last, ok := c.calls.Again(id); ok {
			_, _ = w.Write(voice.VXML(voice.Of(last), c.of(r, id)))
			return
		}
	}
	var err error
	if kind == voice.Answered {
		err = c.opts.Inbox.Hear(r.Context(), deliver.Heard{
			Channel: "voice", From: r.Form.Get("from"), Address: id, Text: said, Keys: keys, Payload: c.calls.Meant(id, keys, said),
		})
	}
	c.answer(w, r, id, err)
}

// of is what documents of a call hand on.
func (c *Channel) of(r *http.Request, id string) voice.Call {
	return voice.Call{Session: strings.TrimPrefix(id, prefix), From: r.Form.Get("from"), Next: c.opts.Callback + "/turn/" + c.opts.Key}
}

// answer gives what is said next; the platform asks again where nothing is yet.
func (c *Channel) answer(w http.ResponseWriter, r *http.Request, id string, err error) {
	if fault.Is(err, fault.Invalid) {
		_, _ = w.Write(voice.VXMLEnd()) // who calls withholds their number
		return
	}
	if err != nil {
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	call := c.of(r, id)
	if l, ok := c.calls.Next(r.Context(), id, c.opts.Patience); ok {
		_, _ = w.Write(voice.VXML(voice.Of(l), call))
		return
	}
	_, _ = w.Write(voice.VXMLWait(call))
}
