// Package inbound serves the addresses that letters carry: the next step, and
// "no more of these". They are for people without a login, so each address holds
// a token that says all there is to say and is signed; nothing in a request can
// change where it leads or whom it concerns.
//
//	GET  /m/c/{token}   the person follows the next step: a Receipt "clicked", then a redirect
//	GET  /m/a/{token}   a page with the step's button; it changes nothing either
//	POST /m/a/{token}   the person takes a step that is no link: they have Replied
//	GET  /m/u/{token}   a page that asks; mail programs and scanners fetch it, so it changes nothing
//	POST /m/u/{token}   consent is withdrawn: the page's button, or RFC 8058's one click
//	GET  /m/p/{token}   the page of preferences: channels and topics, each on or off
//	POST /m/p/{token}   what was chosen there
//
// A click counts as a machine's when it is a HEAD request, when its User-Agent
// names a scanner, previewer or script, or when it comes within two seconds of the
// letter's being made, before any person could have read it. That is simple on
// purpose: some machines will pass for people, and few people for machines.
package inbound

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/bot"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Appender makes events durable.
type Appender interface {
	Append(ctx context.Context, events []event.Event) error
}

// Options configure a Handler. All but Logger, Preferring and Bots are required.
type Options struct {
	Key      []byte // at least 32 secret bytes, the same that made the links
	Appender Appender
	Now      func() event.Instant
	Logger   *slog.Logger // defaults to discarding

	Preferring Preferring // nil: there is no page of preferences
	Confirming Confirming // nil: nothing is confirmed by a link

	Bots *bot.List // recognises machines, besides what this package does; nil: no others
}

// Handler serves the addresses. It is safe for concurrent use.
type Handler struct {
	opts Options
	mux  *http.ServeMux
}

// New checks opts and returns the handler.
func New(opts Options) (*Handler, error) {
	if err := checkKey(opts.Key); err != nil {
		return nil, err
	}
	if opts.Appender == nil || opts.Now == nil {
		return nil, errors.New("inbound: Options.Appender and Now are required")
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Handler{opts: opts, mux: http.NewServeMux()}
	h.mux.HandleFunc("GET /m/c/{token}", h.click) // and HEAD
	h.mux.HandleFunc("GET /m/a/{token}", h.askToAnswer)
	h.mux.HandleFunc("POST /m/a/{token}", h.answer)
	h.mux.HandleFunc("GET /m/u/{token}", h.askToUnsubscribe)
	h.mux.HandleFunc("POST /m/u/{token}", h.unsubscribe)
	h.mux.HandleFunc("GET /m/p/{token}", h.preferences)
	h.mux.HandleFunc("POST /m/p/{token}", h.prefer)
	return h, nil
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("Referrer-Policy", "no-referrer") // the token is nobody else's business
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Robots-Tag", "noindex, nofollow")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.mux.ServeHTTP(w, r)
}

func (h *Handler) click(w http.ResponseWriter, r *http.Request) {
	t, err := open(h.opts.Key, clickToken, r.PathValue("token"))
	if err != nil {
		notFound(w)
		return
	}
	now := h.opts.Now()
	e := h.event(t, event.Receipt, "click", now)
	e.Body = event.Pack(event.ReceiptBody{
		Delivery: t.Delivery, Channel: t.Channel, Outcome: event.Clicked, Machine: h.opts.Bots.Is(r.UserAgent()) || byMachine(r, now.Sub(t.Made)),
	})
	// The person's way must not depend on our bookkeeping.
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if err := h.opts.Appender.Append(ctx, []event.Event{e}); err != nil {
		h.opts.Logger.ErrorContext(ctx, "a click was lost", "delivery", t.Delivery, "error", err)
	}
	http.Redirect(w, r, withDelivery(t.Target, t.Delivery), http.StatusFound)
}

func (h *Handler) askToAnswer(w http.ResponseWriter, r *http.Request) {
	t, err := open(h.opts.Key, answerToken, r.PathValue("token"))
	if err != nil {
		notFound(w)
		return
	}
	if confirms(t) {
		h.askToConfirm(w, r, t)
		return
	}
	page(w, http.StatusOK, t.Label, fmt.Sprintf(
		`<p>Press the button to answer our message.</p><form method="post"><button type="submit">%s</button></form>`, html.EscapeString(t.Label)))
}

// answer is the step taken. It is the event that a word, a key or a button of
// another channel makes of it.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) {
	t, err := open(h.opts.Key, answerToken, r.PathValue("token"))
	if err != nil {
		notFound(w)
		return
	}
	var confirming Confirmation
	if confirms(t) {
		var ok bool
		if confirming, ok = h.confirmation(w, r, t); !ok {
			return
		}
	}
	now := h.opts.Now()
	begins, choice := event.ReadPayload(t.Target)
	e := h.event(t, event.Replied, "answer", now)
	e.MessageID = fmt.Sprintf("answer/%s/%s/%d", t.Delivery, t.Target, now.Time().Unix()/60) // who presses twice means it once
	e.Source = t.Channel
	e.Body = event.Pack(event.RepliedBody{
		Channel: t.Channel, From: person.NewIdentity(person.Email, t.To), Address: t.To, Text: t.Label, Choice: choice, Begins: begins, Delivery: t.Delivery,
	})
	if err := h.opts.Appender.Append(r.Context(), []event.Event{e}); err != nil {
		h.opts.Logger.ErrorContext(r.Context(), "an answer could not be kept", "delivery", t.Delivery, "error", err)
		comeAgain(w)
		return
	}
	if confirms(t) {
		showConfirmation(w, confirming.Preferences, confirmWordsOf(confirming.Language).done, "")
		return
	}
	then := "<p>We have your answer.</p>"
	if begins != "" {
		then = fmt.Sprintf("<p>We go on by %s: look for our answer there.</p>", channelName(t.Channel))
	}
	page(w, http.StatusOK, "Thank you", then)
}

func (h *Handler) askToUnsubscribe(w http.ResponseWriter, r *http.Request) {
	t, err := open(h.opts.Key, unsubscribeToken, r.PathValue("token"))
	if err != nil {
		notFound(w)
		return
	}
	page(w, http.StatusOK, "Stop these messages?", fmt.Sprintf(
		`<p>You will get no more messages from us by %s. It takes effect at once.</p>`+
			`<form method="post"><button type="submit">Stop them</button></form>%s`, channelName(t.Channel), h.choose(r)))
}

func (h *Handler) unsubscribe(w http.ResponseWriter, r *http.Request) {
	t, err := open(h.opts.Key, unsubscribeToken, r.PathValue("token"))
	if err != nil {
		notFound(w)
		return
	}
	proof := "unsubscribe page"
	// RFC 8058, section 3.1; the body may also be multipart, so look at its text.
	if body, err := io.ReadAll(io.LimitReader(r.Body, 8<<10)); err == nil && strings.Contains(string(body), "One-Click") {
		proof = "one-click unsubscribe"
	}
	e := h.event(t, event.Consented, "unsubscribe", h.opts.Now())
	e.Body = event.Pack(event.ConsentBody{Channel: t.Channel, Given: false, Proof: proof})
	if err := h.opts.Appender.Append(r.Context(), []event.Event{e}); err != nil {
		h.opts.Logger.ErrorContext(r.Context(), "an unsubscription could not be kept", "delivery", t.Delivery, "error", err)
		comeAgain(w)
		return
	}
	page(w, http.StatusOK, "Done", fmt.Sprintf(`<p>You will get no more messages from us by %s.</p>%s`, channelName(t.Channel), h.choose(r)))
}

// choose leads to the page of preferences, where there is one.
func (h *Handler) choose(r *http.Request) string {
	if h.opts.Preferring == nil {
		return ""
	}
	return fmt.Sprintf(`<p><br><a href="../p/%s">Choose what you hear about, and how</a></p>`, html.EscapeString(r.PathValue("token")))
}

func (h *Handler) event(t Token, kind event.Kind, what string, now event.Instant) event.Event {
	return event.Event{
		Kind: kind, To: t.Person, Source: "inbound", MessageID: fmt.Sprintf("%s/%s/%d", what, t.Delivery, int64(now)),
		Time: now, ReceivedAt: now, Properties: event.Pack(map[string]string{"rapport_delivery": t.Delivery}),
	}
}

// soonest is how long after a letter was made a person can have read it.
const soonest = 2 * time.Second

func byMachine(r *http.Request, since time.Duration) bool {
	if r.Method == http.MethodHead || since < soonest {
		return true
	}
	agent := strings.ToLower(r.UserAgent())
	for _, s := range []string{
		"bot", "crawl", "spider", "scan", "preview", "proofpoint", "barracuda", "mimecast", "safelinks", "urldefense", "fireeye",
		"headless", "facebookexternalhit", "whatsapp", "slack", "skypeuri", "curl/", "wget/", "python", "go-http-client", "java/", "okhttp", "libwww",
	} {
		if strings.Contains(agent, s) {
			return true
		}
	}
	return agent == ""
}

// withDelivery adds the delivery's id to the query, by which the page's own
// events say what brought the person there.
func withDelivery(target, delivery string) string {
	u, err := url.Parse(target)
	if err != nil {
		return target // it parsed when the token was made
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += "rapport_delivery=" + url.QueryEscape(delivery)
	return u.String()
}
