// Package slots answers what to show a person who is there: POST /v1/decide asks for
// any number of places at once, and POST /v1/served tells what was shown in the end.
//
// A question is an event of the person's. It is durable before anything is chosen, and
// is answered when the choices are durable too, or with what is there anyway when that
// takes longer than the caller waits. Which of the two it was is a fact of its own:
// only what was served is learned from.
package slots

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/browser"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/message/render"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Limits of a question.
const (
	DefaultWait = 200 * time.Millisecond
	MaxWait     = 5 * time.Second
	maxBody     = 64 << 10
	maxScores   = 200
	maxIdentity = 512 // bytes, as in the tracking API
)

// Links makes the addresses that lead people on and tell us, and the names by which
// choices come back.
type Links interface {
	Step(p person.ID, delivery, channel, target string) (string, error)
	Ref(p person.ID, delivery string) string
	OpenRef(ref string) (p person.ID, delivery string, err error)
}

// Options are the parts that a Desk is made of. All but Speed, Busy and Log are
// required.
type Options struct {
	Workspace person.Workspace
	Appender  interface {
		Append(ctx context.Context, events []event.Event) error
	}

	// Caller returns the source that a request comes from; key is the write key of the
	// body, if it has one.
	Caller func(r *http.Request, key string) (source string, err error)

	// Verify checks that whoever names a user was told by the company that it is them.
	Verify func(userID, hash string) error

	// Known reports whether the record under id is of somebody who has signed in: then an
	// anonymous id says no more that it is them, since others may use the browser.
	Known func(ctx context.Context, id person.ID) (bool, error)

	Definitions func(ctx context.Context) (*definition.Workspace, error)
	Links       Links
	Refuse      func(w http.ResponseWriter, err error)
	Now         func() event.Instant

	// Speed is how many seconds of Now pass in one of the wall. Defaults to 1.
	Speed float64

	// Busy reports that the fold is too far behind to answer. Defaults to never.
	Busy func() bool

	// Log hears what could not be written down. Defaults to silence.
	Log *slog.Logger
}

// Desk answers questions of slots. It is safe for concurrent use.
type Desk struct {
	opts Options

	mu      sync.Mutex
	waiting map[string]chan chosen // by call
	late    sync.WaitGroup
}

// New returns a desk that answers nothing before its Shown hears of choices.
func New(o Options) *Desk {
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Busy == nil {
		o.Busy = func() bool { return false }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Desk{opts: o, waiting: map[string]chan chosen{}}
}

// Close waits until what came too late is written down.
func (d *Desk) Close() error {
	d.late.Wait()
	return nil
}

// chosen is a choice for a slot of somebody's, which is durable.
type chosen struct {
	person person.ID
	choice *event.ChoiceBody
}

// Shown hears of a choice for a slot of p's that is durable. It does not block.
func (d *Desk) Shown(p person.ID, choice *event.ChoiceBody) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if asks := d.waiting[choice.Call]; asks != nil {
		asks <- chosen{p, choice} // there is room for all
	}
}

type question struct {
	WriteKey    string             `json:"writeKey"`
	UserID      string             `json:"userId"`
	UserHash    string             `json:"userHash"`
	AnonymousID string             `json:"anonymousId"`
	Slots       []string           `json:"slots"`
	Within      string             `json:"within"`
	Scores      map[string]float64 `json:"scores"`
}

// Answer is what to show, by slot.
type Answer struct {
	Call  string            `json:"call"`
	Slots map[string]Choice `json:"slots"`
}

// Choice is what to show in one slot.
type Choice struct {
	// Choice is what POST /v1/served is told. Empty: nothing was chosen in time, and
	// there is nothing to tell.
	Choice string `json:"choice,omitempty"`

	Goal       string            `json:"goal,omitempty"`
	Action     string            `json:"action,omitempty"`
	Message    string            `json:"message,omitempty"`
	Parameters map[string]string `json:"parameters,omitempty"`
	Content    *render.Card      `json:"content"` // nil: what is there anyway

	// Fallback tells that Content, or what is there anyway, stands in for a choice
	// that was not made in time.
	Fallback bool   `json:"fallback,omitempty"`
	Reason   string `json:"reason"`
}

// Decide answers POST /v1/decide.
func (d *Desk) Decide(w http.ResponseWriter, r *http.Request) {
	if !d.may(w, r) {
		return
	}
	answer, err := d.decide(w, r)
	if err != nil {
		d.opts.Refuse(w, err)
		return
	}
	write(w, answer)
}

func (d *Desk) decide(w http.ResponseWriter, r *http.Request) (*Answer, error) {
	start := time.Now()
	var q question
	if err := browser.Decode(w, r, maxBody, &q); err != nil {
		return nil, err
	}
	source, err := d.opts.Caller(r, q.WriteKey)
	if err != nil {
		return nil, err
	}
	ws, err := d.opts.Definitions(r.Context())
	if err != nil {
		return nil, err
	}
	wait, err := d.check(ws, &q)
	if err != nil {
		return nil, err
	}
	e := event.Event{Kind: event.Slots, Source: source, MessageID: newCall(), UserID: q.UserID, AnonymousID: q.AnonymousID}
	e.To = person.IDOf(d.opts.Workspace, e.Primary())
	if e.Primary().IsZero() {
		return nil, fault.New(fault.Invalid, "userId or anonymousId is a placeholder and names nobody; send a real one").At("userId")
	}
	if q.UserID == "" {
		known, err := d.opts.Known(r.Context(), e.To)
		if err != nil {
			return nil, err
		}
		if known {
			return nil, fault.New(fault.Unauthorized, "this visitor has signed in before; send their userId with its userHash, or another anonymousId once they have signed out").At("userId")
		}
	}
	if d.opts.Busy() {
		return d.fallback(ws, &q, e.MessageID, "The engine is catching up."), nil
	}
	e.ReceivedAt = d.opts.Now()
	e.Time = e.ReceivedAt
	e.Body = event.Pack(event.SlotsBody{
		Call: e.MessageID, Slots: q.Slots, Scores: q.Scores,
		Until: e.Time.Add(time.Duration(float64(wait) * d.opts.Speed)),
	})
	ctx, cancel := context.WithTimeout(r.Context(), wait-time.Since(start))
	defer cancel()
	return d.ask(ctx, ws, &q, e), nil
}

// ask puts the question and waits for its choices.
func (d *Desk) ask(ctx context.Context, ws *definition.Workspace, q *question, e event.Event) *Answer {
	come := make(chan chosen, len(q.Slots))
	d.mu.Lock()
	d.waiting[e.MessageID] = come
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		delete(d.waiting, e.MessageID)
		d.mu.Unlock()
	}()
	if err := d.opts.Appender.Append(ctx, []event.Event{e}); err != nil {
		d.fellBack(ctx, e)
		if ctx.Err() == nil {
			d.opts.Log.ErrorContext(ctx, "a question of slots could not be kept", "error", err)
		}
		return d.fallback(ws, q, e.MessageID, "The question could not be kept in time.")
	}
	out := &Answer{Call: e.MessageID, Slots: map[string]Choice{}}
	for range q.Slots {
		select {
		case c := <-come:
			out.Slots[c.choice.Slot] = d.choice(ws, c.person, c.choice)
		case <-ctx.Done():
			d.fellBack(ctx, e)
			return d.fallback(ws, q, e.MessageID, "There was no answer in the time that was given.")
		}
	}
	return out
}

// fellBack writes down that nothing of a question was shown. The caller does not wait
// for it.
func (d *Desk) fellBack(ctx context.Context, e event.Event) {
	call := e.MessageID
	e.Kind, e.MessageID = event.Served, "late:"+call
	e.Body = event.Pack(event.ServedBody{Call: call, Why: "late"})
	ctx = context.WithoutCancel(ctx)
	d.late.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := d.opts.Appender.Append(ctx, []event.Event{e}); err != nil {
			d.opts.Log.ErrorContext(ctx, "that a slot fell back could not be kept", "error", err)
		}
	})
}

func (d *Desk) choice(ws *definition.Workspace, p person.ID, body *event.ChoiceBody) Choice {
	c := body.Candidates[body.Chosen]
	out := Choice{Choice: d.opts.Links.Ref(p, body.ID.Delivery()), Goal: c.Goal, Action: c.Action, Message: c.Message, Parameters: c.Parameters, Reason: body.Reason}
	if body.Content == nil {
		out.Content = d.standIn(ws, body.Slot)
		return out
	}
	in := render.Input{Content: *body.Content, Sender: ws.Name}
	in.Links.Step = d.link(p, body, body.Content.NextStep.URL)
	for _, step := range body.Content.More {
		in.Links.More = append(in.Links.More, d.link(p, body, step.URL))
	}
	card := in.Card()
	out.Content = &card
	return out
}

// link makes an address of a next step that tells us when it is followed.
func (d *Desk) link(p person.ID, body *event.ChoiceBody, url string) string {
	if url == "" {
		return ""
	}
	linked, err := d.opts.Links.Step(p, body.ID.Delivery(), body.Slot, url)
	if err != nil { // then it is followed without our knowing
		return url
	}
	return linked
}

// fallback is what is shown where nothing was chosen in time.
func (d *Desk) fallback(ws *definition.Workspace, q *question, call, why string) *Answer {
	out := &Answer{Call: call, Slots: map[string]Choice{}}
	for _, id := range q.Slots {
		out.Slots[id] = Choice{Fallback: true, Reason: why, Content: d.standIn(ws, id)}
	}
	return out
}

// standIn is a slot's own content, which is of nobody; nil where it has none.
func (d *Desk) standIn(ws *definition.Workspace, id string) *render.Card {
	slot, _ := ws.Slot(id)
	if slot.Fallback == nil {
		return nil
	}
	content, err := message.Compose(*slot.Fallback, message.Vars{Now: d.opts.Now(), Zone: ws.Zone, Workspace: message.Of(ws)})
	if err != nil {
		d.opts.Log.Error("the fallback of a slot cannot be written", "slot", slot.ID, "error", err)
		return nil
	}
	card := render.Input{Content: content, Sender: ws.Name}.Card()
	return &card
}

// check returns how long the caller waits.
func (d *Desk) check(ws *definition.Workspace, q *question) (time.Duration, error) {
	if q.UserID == "" && q.AnonymousID == "" {
		return 0, fault.New(fault.Invalid, "userId and anonymousId are both missing; send one of them").At("userId")
	}
	if len(q.UserID) > maxIdentity || len(q.AnonymousID) > maxIdentity {
		return 0, fault.New(fault.Invalid, "an identity is over %d bytes; shorten it", maxIdentity).At("userId")
	}
	if q.UserID != "" {
		if err := d.opts.Verify(q.UserID, q.UserHash); err != nil {
			return 0, err
		}
	}
	if len(q.Slots) == 0 || len(q.Slots) > profile.MostSlots {
		return 0, fault.New(fault.Invalid, "ask about 1 to %d slots; this asks about %d", profile.MostSlots, len(q.Slots)).At("slots")
	}
	for i, id := range q.Slots {
		if _, is := ws.Slot(id); !is {
			return 0, fault.New(fault.Invalid, "there is no slot %q; the definitions have %s", id, slotNames(ws)).At(fmt.Sprintf("slots[%d]", i))
		}
		if slices.Contains(q.Slots[:i], id) {
			return 0, fault.New(fault.Invalid, "slot %q is asked about twice; ask once", id).At(fmt.Sprintf("slots[%d]", i))
		}
	}
	if len(q.Scores) > maxScores {
		return 0, fault.New(fault.Invalid, "%d scores are too many; send at most %d", len(q.Scores), maxScores).At("scores")
	}
	for _, key := range slices.Sorted(maps.Keys(q.Scores)) {
		if ws.ActionOf(key) == nil {
			return 0, fault.New(fault.Invalid, "there is no action %q; write goal/action", key).At("scores")
		}
	}
	return waitOf(q.Within)
}

func waitOf(within string) (time.Duration, error) {
	if within == "" {
		return DefaultWait, nil
	}
	wait, err := time.ParseDuration(within)
	if err != nil || wait <= 0 || wait > MaxWait {
		return 0, fault.New(fault.Invalid, "within %q is not a time up to %s; write for instance 200ms", within, MaxWait).At("within")
	}
	return wait, nil
}

func slotNames(ws *definition.Workspace) string {
	if len(ws.Slots) == 0 {
		return "none: declare it under slots"
	}
	names := make([]string, len(ws.Slots))
	for i, s := range ws.Slots {
		names[i] = s.ID
	}
	return strings.Join(names, ", ")
}

type report struct {
	WriteKey string   `json:"writeKey"`
	Choice   string   `json:"choice"`
	Choices  []string `json:"choices"`
	Served   *bool    `json:"served"`
	Why      string   `json:"why"`
}

// Served answers POST /v1/served.
func (d *Desk) Served(w http.ResponseWriter, r *http.Request) {
	if !d.may(w, r) {
		return
	}
	if err := d.served(w, r); err != nil {
		d.opts.Refuse(w, err)
		return
	}
	write(w, map[string]bool{"success": true})
}

func (d *Desk) served(w http.ResponseWriter, r *http.Request) error {
	var rep report
	if err := browser.Decode(w, r, maxBody, &rep); err != nil {
		return err
	}
	source, err := d.opts.Caller(r, rep.WriteKey)
	if err != nil {
		return err
	}
	if rep.Choice != "" {
		rep.Choices = append(rep.Choices, rep.Choice)
	}
	if rep.Served == nil {
		return fault.New(fault.Invalid, "served is missing; say true when it was seen, and false when something else was shown").At("served")
	}
	if len(rep.Choices) == 0 || len(rep.Choices) > profile.MostSlots {
		return fault.New(fault.Invalid, "send choice, or 1 to %d in choices, as POST /v1/decide named them", profile.MostSlots).At("choice")
	}
	events := make([]event.Event, len(rep.Choices))
	for i, ref := range rep.Choices {
		p, delivery, err := d.opts.Links.OpenRef(ref)
		body := event.ServedBody{Served: *rep.Served, Why: cut(rep.Why)}
		is := false
		if err == nil {
			body.ID, is = event.OpportunityOf(delivery)
		}
		if !is {
			return fault.New(fault.Invalid, "%.80q is not a choice; send what POST /v1/decide answered as choice", ref).At("choice")
		}
		now := d.opts.Now()
		events[i] = event.Event{Kind: event.Served, To: p, Source: source, MessageID: "served:" + body.ID.String(), Time: now, ReceivedAt: now, Body: event.Pack(body)}
	}
	if err := d.opts.Appender.Append(r.Context(), events); err != nil {
		if fault.Is(err, fault.Busy) {
			return err
		}
		return fault.Wrap(fault.Transient, err, "it could not be stored; send the same request again")
	}
	return nil
}

// cut keeps a reason short enough to be read.
func cut(why string) string {
	const most = 200
	return why[:min(len(why), most)]
}

// may lets a POST through, from pages of any site, and answers what browsers ask
// before it.
func (d *Desk) may(w http.ResponseWriter, r *http.Request) bool {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	return browser.Preflight(w, r, http.MethodPost, d.opts.Refuse)
}

func write(w http.ResponseWriter, v any) {
	b := event.Pack(v)
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(b) // a caller who has gone away is not our error
}

// newCall names a question: a random 128 bits.
func newCall() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
