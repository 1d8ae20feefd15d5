package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

func segments(p *profile.Person) (ids []string) {
	for _, m := range p.Segments {
		ids = append(ids, m.Segment)
	}
	return ids
}

func TestAnEditOfWhatIsNotComputedReadsNobodysHistory(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	p := d.buyer()
	unread := func(func(event.Event) bool) { t.Fatal("the history was read") }
	was := d.env.Defs.Basis

	d.define(strings.ReplaceAll(shop, "A second order", "Another order") + "\nsegments: [{id: buyers, when: orders > 0}]")
	require.True(t, engine.Stale(d.env, p))
	require.False(t, engine.Outdated(d.env, p))
	p, fx := engine.Refresh(d.env, p, unread)
	require.Equal(t, []string{"buyers"}, segments(p))
	require.Equal(t, event.SegmentEntered, fx.Timeline[len(fx.Timeline)-1].Kind)
	require.False(t, engine.Stale(d.env, p))

	for what, yaml := range map[string]string{
		"a feature's events":   strings.Replace(shop, "{id: orders, count: Order Completed}", "{id: orders, count: [Order Completed, Order]}", 1),
		"a feature's window":   strings.Replace(shop, "{id: orders, count: Order Completed}", "{id: orders, count: Order Completed, within: 7d}", 1),
		"a touchpoint":         strings.Replace(shop, "events: [page]", "events: [page, screen]", 1),
		"a KPI":                strings.Replace(shop, "less: [Order Refunded]}\n    horizon", "}\n    horizon", 1),
		"a history function":   shop + "\nsegments: [{id: a, when: 'did(\"Order Completed\")'}]",
		"how long one is kept": shop + "\nsegments: [{id: a, when: 'did(\"Order Completed\", 2)'}]",
	} {
		d.define(yaml)
		require.NotEqual(t, was, d.env.Defs.Basis, what)
		require.True(t, engine.Outdated(d.env, p), what)
	}
}

func TestAGoalWakesUpWhenTimeAloneMakesItConcernSomebody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, strings.Replace(shop, "    from: [try]", "    who: did_then_not(\"Cart Viewed\", \"Order Completed\", hours(4))\n    from: [try]", 1))
	p := d.buyer()
	d.apply(event.Event{Kind: event.Track, Name: "Cart Viewed", UserID: "ada", Time: d.env.Now + 1, ReceivedAt: d.env.Now + 1})
	require.Empty(t, p.Goals)
	due := noon.Add(4*time.Hour) + 1
	require.Contains(t, p.Timers, profile.Timer{Due: due, Kind: profile.DecideTimer, Ref: "second-order"})
	d.env.At(99, due)
	p, _ = engine.Fire(d.env, p, p.Timers[0])
	require.Contains(t, p.Goals, "second-order")
}

func TestAMessageAsksForConsentToItsTopic(t *testing.T) {
	t.Parallel()
	for _, place := range []string{"    horizon: 30d", "appeal: ethos"} {
		topic := map[string]string{"    horizon: 30d": "\n    topic: news", "appeal: ethos": ", topic: news"}[place]
		d := newDesk(t, strings.Replace(shop, place, place+topic, 1)+"\ntopics: [{id: news, name: News}]")
		p := d.buyer()
		def, _ := d.env.Defs.Goal("second-order")
		require.Empty(t, engine.Candidates(d.env, p, &def)[1].Withheld, "email is a yes to everything on it")
		d.apply(event.Event{Kind: event.Consented, To: p.ID, Body: event.Pack(event.ConsentBody{Channel: "email", Topic: "news"})})
		why := engine.Candidates(d.env, p, &def)[1].Withheld
		require.Equal(t, policy.NoConsent, why.Code)
		require.Equal(t, "Consent for email about News was withdrawn on 3 March 2026.", why.Sentence)
	}
}

func TestWhatBecameOfALetterCanBeAsked(t *testing.T) {
	t.Parallel()
	d := newDesk(t, strings.Replace(shop, "features:\n", "features:\n  - {id: letters, count: Delivery Opened, where: properties.channel == \"email\"}\n", 1)+
		"\nsegments:\n  - {id: clickers, when: 'did(\"Delivery Clicked\", days(7))'}\n  - {id: readers, when: did(letters)}\n")
	p := d.buyer()
	receipt := func(o event.Outcome, machine bool) {
		d.apply(event.Event{Kind: event.Receipt, To: p.ID, Body: event.Pack(event.ReceiptBody{Delivery: "d", Channel: "email", Outcome: o, Machine: machine})})
		p = d.records[p.ID]
	}
	receipt(event.Clicked, true)
	require.Empty(t, segments(p), "a robot is nobody")
	receipt(event.Clicked, false)
	require.Equal(t, []string{"clickers"}, segments(p))
	receipt(event.Opened, false)
	require.Equal(t, []string{"clickers", "readers"}, segments(p))
	require.Equal(t, int64(1), p.Features.Get("letters").Count)
}
