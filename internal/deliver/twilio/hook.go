package twilio

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what Twilio signs with
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/voice"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// signatureHeader holds what Sign returns.
const signatureHeader = "X-Twilio-Signature"

// Sign returns the signature of a request for address, as it was called, with the
// fields of its form (https://www.twilio.com/docs/usage/security).
func Sign(token, address string, form url.Values) string {
	m := hmac.New(sha1.New, []byte(token))
	m.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			m.Write([]byte(name + v))
		}
	}
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func (c *Channel) routes() {
	c.mux.HandleFunc("POST /status/{ref}", c.status)
	if c.opts.ID == Voice {
		c.mux.HandleFunc("POST /call", c.call)
		c.mux.HandleFunc("POST /turn", c.turn)
	} else {
		c.mux.HandleFunc("POST /message", c.heard)
	}
}

// ServeHTTP takes what Twilio tells. Set the number's addresses to Callback with
// /message, or for calls /call.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	address := c.opts.Callback + r.URL.Path
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	want := Sign(c.opts.AuthToken, address, r.PostForm)
	if !hmac.Equal([]byte(want), []byte(r.Header.Get(signatureHeader))) {
		http.Error(w, "the signature is not right: it is made with the account's auth token over "+address, http.StatusForbidden)
		return
	}
	deliver.Readable(r.PostForm)
	c.mux.ServeHTTP(w, r)
}

// answer tells Twilio whether to come again.
func answer(w http.ResponseWriter, err error, body []byte) {
	switch {
	case fault.Is(err, fault.Invalid): // it is not ours, and will not be
		body = nil
	case err != nil:
		w.Header().Set("Retry-After", "10")
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	if body == nil {
		body = []byte("<Response/>")
	}
	_, _ = w.Write(body) // who asked has gone
}

func (c *Channel) status(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	report := deliver.Report{Channel: c.opts.ID, Ref: strings.ToValidUTF8(r.PathValue("ref"), "\uFFFD")}
	status := f.Get("MessageStatus")
	if c.opts.ID == Voice {
		status = f.Get("CallStatus")
		c.calls.End(f.Get("CallSid"))
	}
	code := f.Get("ErrorCode")
	switch status {
	case "delivered", "completed":
		report.Outcome = event.Delivered
	case "read":
		report.Outcome = event.Opened
	case "undelivered", "failed", "busy", "no-answer", "canceled":
		report.Outcome, report.Detail = event.Lost, strings.TrimSpace(status+" "+code)
		if dead := []string{"21211", "21610", "21614", "30005", "30006", "63003", "63024"}; slices.Contains(dead, code) {
			report.Outcome = event.Bounced
		}
	default: // on its way
		answer(w, nil, nil)
		return
	}
	answer(w, c.opts.Inbox.Report(r.Context(), report), nil)
}

func (c *Channel) heard(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	payload := f.Get("ButtonPayload")
	if payload == "" {
		payload = f.Get("ListId")
	}
	answer(w, c.opts.Inbox.Hear(r.Context(), deliver.Heard{
		Channel: c.opts.ID, From: strings.TrimPrefix(f.Get("From"), "whatsapp:"), Text: f.Get("Body"), Payload: payload,
		ID: f.Get("MessageSid"),
	}), nil)
}

// call is somebody who calls.
func (c *Channel) call(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	id := f.Get("CallSid")
	c.calls.Turn(id, voice.Answered, c.opts.Now().Time())
	err := c.opts.Inbox.Hear(r.Context(), deliver.Heard{Channel: Voice, From: f.Get("From"), Address: id, Begins: c.opts.Begins, ID: id})
	if err != nil {
		answer(w, err, nil)
		return
	}
	answer(w, nil, c.next(r, id))
}

// turn is what a caller answered, or that they did not; or that the platform asks
// whether there is more to be said.
func (c *Channel) turn(w http.ResponseWriter, r *http.Request) {
	f := r.PostForm
	id, keys, said := f.Get("CallSid"), f.Get("Digits"), f.Get("SpeechResult")
	kind := voice.Silent
	switch {
	case keys != "" || said != "":
		kind = voice.Answered
	case r.URL.Query().Get("waiting") != "":
		kind = voice.Waiting
	}
	if !c.calls.Turn(id, kind, c.opts.Now().Time()) {
		answer(w, nil, voice.TwiMLEnd())
		return
	}
	if kind == voice.Silent {
		if last, ok := c.calls.Again(id); ok {
			answer(w, nil, voice.TwiML(voice.Of(last), c.opts.Callback+"/turn"))
			return
		}
	}
	if kind == voice.Answered {
		from := f.Get("From")
		if strings.HasPrefix(f.Get("Direction"), "outbound") {
			from = f.Get("To") // we called them
		}
		err := c.opts.Inbox.Hear(r.Context(), deliver.Heard{
			Channel: Voice, From: from, Address: id, Text: said, Keys: keys, Payload: c.calls.Meant(id, keys, said), Ref: r.URL.Query().Get("ref"),
			ID: r.Header.Get("I-Twilio-Idempotency-Token"), // the same when the request comes again
		})
		if err != nil {
			answer(w, err, nil)
			return
		}
	}
	answer(w, nil, c.next(r, id))
}

// next is what is said next; the platform asks again where nothing is yet.
func (c *Channel) next(r *http.Request, id string) []byte {
	if l, ok := c.calls.Next(r.Context(), id, c.opts.Patience); ok {
		return voice.TwiML(voice.Of(l), c.opts.Callback+"/turn")
	}
	return voice.TwiMLWait(c.opts.Callback + "/turn?waiting=1")
}
