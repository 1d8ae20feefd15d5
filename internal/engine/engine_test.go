package engine_test

import (
	_ "embed"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

//go:embed testdata/shop.yaml
var shop string

const day = 24 * time.Hour

var noon = event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))

// desk applies events to records by hand, one partition for everybody.
type desk struct {
	t       *testing.T
	env     *engine.Env
	records map[person.ID]*profile.Person
	notes   map[person.ID][]event.Event
	n       int
}

func newDesk(t *testing.T, yaml string) *desk {
	t.Helper()
	d := &desk{t: t, env: &engine.Env{Settings: event.SettingsBody{Live: event.LiveToAll}}, records: map[person.ID]*profile.Person{}, notes: map[person.ID][]event.Event{}}
	d.define(yaml)
	d.env.At(1, noon)
	return d
}

func (d *desk) define(yaml string) {
	d.t.Helper()
	ws, err := definition.Compile([]byte(yaml))
	require.NoError(d.t, err)
	d.env.Defs, d.env.Map = ws, lifecycle.New(&ws.Map)
}

func idOf(user string) person.ID { return person.IDOf(0, person.NewIdentity(person.UserID, user)) }

// apply applies e at the present time and returns its effects, as the processor
// would feed them: nothing that it emits is applied.
func (d *desk) apply(e event.Event) engine.Effects {
	d.t.Helper()
	d.n++
	if e.To.IsZero() {
		e.To = person.IDOf(0, e.Primary())
	}
	if e.ReceivedAt == 0 {
		e.ReceivedAt = d.env.Now
	}
	if e.Time == 0 {
		e.Time = e.ReceivedAt
	}
	e.Source, e.MessageID = "test", fmt.Sprint("m", d.n)
	d.env.At(d.env.Offset+1, e.ReceivedAt)
	p := d.records[e.To]
	if engine.Stale(d.env, p) {
		var fx engine.Effects
		p, fx = engine.Refresh(d.env, p, func(yield func(event.Event) bool) {
			for _, e := range d.notes[p.ID] {
				if !yield(e) {
					return
				}
			}
		})
		d.notes[e.To] = append(d.notes[e.To], fx.Timeline...)
	}
	p, fx := engine.Apply(d.env, p, e)
	if p != nil {
		d.records[e.To] = p
	}
	d.notes[e.To] = append(d.notes[e.To], fx.Timeline...)
	return fx
}

// settle applies everything that fx emits, and what that emits.
func (d *desk) settle(fx engine.Effects) {
	d.t.Helper()
	emitted := fx.Emit
	if h := fx.HandOver; h != nil {
		var past []byte
		for _, e := range d.notes[h.From] {
			past = e.AppendTo(past)
		}
		delete(d.notes, h.From)
		emitted = append(emitted, event.Event{Kind: event.Handover, To: h.To, Body: event.Pack(event.HandoverBody{Identity: h.Identity, From: h.From, Events: past, Last: true, Rest: h.Rest}), Imported: h.Imported})
	}
	for _, e := range emitted {
		d.n++
		e.Origin = event.Origin{Partition: 1, Seq: uint64(d.n)}
		d.settle(d.apply(e))
	}
}

// buyer is ada, who has ordered once.
func (d *desk) buyer() *profile.Person {
	d.t.Helper()
	const user = "ada"
	d.apply(event.Event{Kind: event.Identify, UserID: user, Traits: []byte(`{"email":"` + user + `@example.com","first_name":"Ada","consent":{"email":true}}`)})
	d.apply(event.Event{Kind: event.Track, Name: "Order Completed", UserID: user, Properties: []byte(`{"revenue":30}`)})
	return d.records[idOf(user)]
}

// choose has the choice that is due for p made, and drawn as the action named.
func (d *desk) choose(p *profile.Person, action string) {
	d.t.Helper()
	e, ok := engine.Choose(d.env, p)
	require.True(d.t, ok, "no choice is due")
	body, err := event.Unpack[event.ChoiceBody](e)
	require.NoError(d.t, err)
	for i, c := range body.Candidates {
		if c.Action == action {
			body.Chosen = i
			e.Body = event.Pack(body)
			d.apply(e)
			return
		}
	}
	d.t.Fatalf("%q is no candidate", action)
}

// suppressions returns the reasons of what was stopped, from a timeline.
func (d *desk) suppressions(id person.ID) (reasons []event.Reason) {
	d.t.Helper()
	for _, e := range d.notes[id] {
		if e.Kind == event.Suppressed {
			body, err := event.Unpack[event.SuppressedBody](e)
			require.NoError(d.t, err)
			require.NotEmpty(d.t, body.Reason.Code)
			require.NotEmpty(d.t, body.Reason.Sentence)
			reasons = append(reasons, body.Reason)
		}
	}
	return reasons
}

func codes(reasons []event.Reason) (codes []string) {
	for _, r := range reasons {
		codes = append(codes, r.Code)
	}
	return codes
}

func TestWhatIsWithdrawnBetweenAskAndGrantIsNotSent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	p := d.buyer()
	d.choose(p, "thanks")
	p = d.records[p.ID]
	var asked engine.Effects
	for id := range p.Deliveries {
		asked = d.apply(event.Event{Kind: event.Ask, To: p.ID, Body: event.Pack(event.AskBody{Delivery: id, Session: "s"})})
	}
	require.Len(t, asked.Emit, 1, "the gate let it pass")
	d.apply(event.Event{Kind: event.Consented, To: p.ID, Body: event.Pack(event.ConsentBody{Channel: "email", Proof: "unsubscribed"})})
	d.settle(asked)
	p = d.records[p.ID]
	require.Empty(t, p.Deliveries)
	require.Empty(t, p.Touches, "what did not go out counts for no cap")
	require.Equal(t, []string{policy.NoConsent}, codes(d.suppressions(p.ID)))
}

func TestAnAmountThatCannotBeReadIsSaidSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	d.apply(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Properties: []byte(`{"revenue":"12,50"}`)})
	d.apply(event.Event{Kind: event.Identify, UserID: "ada", Traits: []byte(`{"consent":"yes"}`)})
	d.apply(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Properties: []byte(`{"revenue":12.5}`)})
	var told []string
	for _, e := range d.notes[idOf("ada")] {
		if e.Kind == event.Refused {
			body, err := event.Unpack[event.RefusedBody](e)
			require.NoError(t, err)
			told = append(told, body.Reason.Code)
		}
	}
	require.Equal(t, []string{"unreadable_amount", "unreadable_consent"}, told)
	require.Equal(t, event.Micros(12_500_000), d.records[idOf("ada")].Features.Get("revenue").Money.Get("EUR"))
}
