package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/segment"
)

const club = `
workspace: {name: Club, currency: EUR, seed: s}
topics: [{id: news, name: News}]
features:
  - {id: orders, count: Order Completed}
  - {id: orders-30d, count: Order Completed, within: 30d}
  - {id: spent-30d, sum: Order Completed, within: 30d}
  - {id: items, sum: Order Completed, of: quantity, as: number}
  - {id: last-item, last: Order Completed, of: item}
  - {id: pace, rate: Order Completed, per: month, within: 30d}
  - {id: different, distinct: Order Completed, of: item}
map: {stages: [{id: look}]}
segments:
  - {id: buyers, name: Buyers, when: orders_30d > 0}
  - {id: silent, when: '!in_segment("buyers") && !did("Order Completed")'}
goals:
  - id: first
    name: A first order
    who: in_segment("silent")
    from: [look]
    to: [bought]
    kpi: {events: Order Completed}
    horizon: 30d
    actions: [{id: ask, kind: question, messages: [{id: m, channel: webhook, appeal: ethos, subject: s, body: b, next_step: {label: l, url: "https://club.example/"}}]}]
channels: [{id: webhook}]
`

// members adds a person who belongs to what their history puts them in.
func (w *world) member(user string, history ...event.Event) person.ID {
	w.t.Helper()
	id := w.add(user, nil, history...)
	p, _, err := w.store.Person(w.t.Context(), id)
	require.NoError(w.t, err)
	moves, err := segment.New(w.ws).Update(&p, p.Vars(w.ws, w.now), profile.Changes{All: true}, false)
	require.NoError(w.t, err)
	for _, m := range moves {
		history = append(history, own(event.SegmentEntered, w.now, event.SegmentBody{Segment: m.Segment, Version: m.Version}))
	}
	w.store.Put(p, history...)
	return id
}

func newClub(t *testing.T) *world {
	t.Helper()
	ws, err := definition.Compile([]byte(strings.NewReplacer("to: [bought]", "to: [gone]", "map: {stages: [{id: look}]}", "map: {stages: [{id: look}, {id: gone, when: orders > 99}]}").Replace(club)))
	require.NoError(t, err)
	return newWorld(t, ws, epoch().Add(100*dayLong))
}

func TestSegmentsAreCountedAndTheirPeopleListed(t *testing.T) {
	t.Parallel()
	w := newClub(t)
	buyer := w.member("buyer", track(w.now.Add(-dayLong), "Order Completed", `{"revenue":12.5,"quantity":2.5,"item":"hat"}`))
	w.member("once", track(w.now.Add(-50*dayLong), "Order Completed", `{}`))
	w.member("nobody", event.Event{Kind: event.Page, Time: w.now.Add(-dayLong)})
	r := w.reports()

	all, err := r.Segments(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, all.People)
	require.False(t, all.Sweep.Running)
	require.Len(t, all.Segments, 2)
	row := all.Segments[0]
	require.Equal(t, []any{"buyers", "Buyers", "orders_30d > 0", 1, 1, false}, []any{row.ID, row.Name, row.Rule, row.People, row.Entered, row.Computing})
	require.Equal(t, "1 person, 33 % of everybody.", row.Sentence)

	one, err := r.Segment(t.Context(), "silent")
	require.NoError(t, err)
	require.Equal(t, []string{"Order Completed"}, one.Events)
	require.Equal(t, []report.Named{{ID: "buyers", Name: "Buyers"}}, one.Segments)
	require.Equal(t, []report.SegmentUse{{Kind: "goal", ID: "first", Name: "A first order"}}, one.UsedBy)
	require.False(t, one.Time)
	_, err = r.Segment(t.Context(), "others")
	require.True(t, fault.Is(err, fault.NotFound))

	found, err := r.People(t.Context(), report.Filter{Segment: "buyers"})
	require.NoError(t, err)
	require.Equal(t, 1, found.Total)
	require.Equal(t, buyer, found.People[0].ID)
	require.Equal(t, "1 person: in the segment “Buyers” now.", found.Sentence)
	_, err = r.People(t.Context(), report.Filter{Segment: "others"})
	require.True(t, fault.Is(err, fault.Invalid))

	p, err := r.Person(t.Context(), buyer)
	require.NoError(t, err)
	require.Equal(t, []report.PersonSegment{{Segment: "buyers", Name: "Buyers", Since: w.now, Version: row.Version}}, p.Segments)
	require.Len(t, p.Features, 7)
	require.Equal(t, int64(1), p.Features[1].Count)
	require.Equal(t, []report.Money{{Currency: "EUR", Amount: 12_500_000}}, p.Features[2].Money)
	require.InDelta(t, 2.5, p.Features[3].Number, 0)
	require.JSONEq(t, `"hat"`, string(p.Features[4].Value))
	require.InDelta(t, 1, p.Features[5].Number, 0)
	require.Equal(t, int64(1), p.Features[6].Count)

	// As of the time of the old order.
	w.settings(event.SettingsBody{AsOf: w.now.Add(-49 * dayLong)})
	r = w.reports()
	all, err = r.Segments(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, all.Segments[0].People, "once had bought, and buyer was not here yet")
	require.Zero(t, all.Segments[1].People)
	p, err = r.Person(t.Context(), buyer)
	require.NoError(t, err)
	require.Equal(t, "silent", p.Segments[0].Segment)
	require.Zero(t, p.Segments[0].Since)
}

func TestASweepSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	w := newClub(t)
	for _, user := range []string{"a", "b", "c", "d"} {
		w.member(user, event.Event{Kind: event.Page, Time: w.now})
	}
	w.store.SetState(report.State{Definitions: w.ws, Now: w.now, Sweep: report.SweepState{Running: true, Rules: true, Done: 1, Since: w.now.Add(-20 * time.Second)}})
	s, err := w.reports().Sweep(t.Context())
	require.NoError(t, err)
	require.InDelta(t, 0.25, s.Share, 0)
	require.InDelta(t, 60, s.Left, 0.001)
	require.Equal(t, "Bringing people up to the definitions and settings in force: 25 % so far, 1m0s to go.", s.Sentence)
	all, err := w.reports().Segments(t.Context())
	require.NoError(t, err)
	require.Equal(t, "4 people so far: still being computed, 25 % done.", all.Segments[1].Sentence)
}

func TestConsentHasAHistoryWithProof(t *testing.T) {
	t.Parallel()
	w := newClub(t)
	at := w.now.Add(-10 * dayLong)
	id := w.member("ada",
		event.Event{Kind: event.Identify, Time: at, Traits: []byte(`{"consent":{"email":true,"email/news":true}}`)},
		own(event.Consented, at.Add(time.Hour), event.ConsentBody{Channel: "email", Topic: "news", Proof: "the link in a letter"}),
		event.Event{Kind: event.Identify, Time: at.Add(2 * time.Hour), Traits: []byte(`{"consent":{"email/news":true}}`)},
	)
	h, err := w.reports().ConsentHistory(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "opt_in", h.Mode)
	require.Equal(t, []report.Named{{ID: "news", Name: "News"}}, h.Topics)
	var said []string
	for _, s := range h.Said {
		said = append(said, s.By+": "+s.Sentence)
	}
	require.Equal(t, []string{
		"system: Gave consent for email about news: identify from test.",
		"person: Withdrew consent for email about news: the link in a letter.",
		"system: Gave consent for email about news: identify from test.",
		"system: Gave consent for email: identify from test.",
	}, said)
	require.Len(t, h.Now, 2)
	require.Equal(t, "person", h.Now[1].By, "a system does not undo what the person said")
	require.False(t, h.Now[1].Given)
	_, err = w.reports().ConsentHistory(t.Context(), person.ID{1})
	require.True(t, fault.Is(err, fault.NotFound))
}
