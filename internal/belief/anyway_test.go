package belief_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// slowly is Watch.Anyway by filtering the history again for each moment, with what
// a belief loses at rest.
func slowly(t *testing.T, m *belief.Model, events []event.Event, at belief.Moment, now event.Instant) belief.Anyway {
	t.Helper()
	until := at.At
	for _, e := range events {
		if at.Ours && e.Kind == event.Grant && e.Time <= at.At && at.At.Sub(e.Time) <= time.Hour {
			until = e.Time - 1
		}
	}
	var seen []event.Event
	for _, e := range events {
		if e.Time <= until {
			seen = append(seen, e)
		}
	}
	b := m.Refilter(nil, slices.Values(seen))
	if b == nil || now.Sub(at.At) < at.Within {
		return belief.Anyway{}
	}
	ahead, err := m.Outlook(b, at.At, at.Within.Hours()/24)
	require.NoError(t, err)
	out := belief.Anyway{Known: true, Expected: ahead.Soon}
	if !at.Ours {
		out.Expected /= ahead.Active
	}
	for _, e := range events {
		after := e.Time.Sub(at.At)
		out.Came = out.Came || e.Name == "Order Completed" && e.Time <= now && after > 0 && after <= at.Within
	}
	return out
}

func TestWhatWouldHaveComeAnywayIsWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	m := shop(t)
	known, came := 0, 0
	for seed := range uint64(40) {
		events := life(seed, 30)
		now := events[len(events)-1].Time
		w := m.Watch()
		w.Begin()
		var moments []belief.Moment
		for i := range events {
			w.See(&events[i])
			at := belief.Moment{At: events[i].Time, Within: 14 * 24 * time.Hour, Ours: events[i].Kind == event.Grant}
			if at.Ours {
				at.At = at.At.Add(time.Minute) // it is granted, and then sent
			}
			moments = append(moments, at)
		}
		slices.SortStableFunc(moments, func(a, b belief.Moment) int { return int(a.At - b.At) })
		for i, got := range w.Anyway(moments, now) {
			want := slowly(t, m, events, moments[i], now)
			require.InDelta(t, want.Expected, got.Expected, 3e-3, "seed %d, moment %d", seed, i)
			got.Expected = want.Expected
			require.Equal(t, want, got, "seed %d, moment %d", seed, i)
			if got.Known {
				known++
			}
			if got.Came {
				came++
			}
		}
	}
	require.Greater(t, known, 500)
	require.Greater(t, came, 300)
	require.Less(t, came, known)
}

// site is a model of visits, in one state, that nobody leaves.
func site(t *testing.T, rate float64) *belief.Model {
	t.Helper()
	body := belief.Body{
		Version: 1, Currency: "EUR", Discount: .1, Answer: 7, Gap: 1. / 48,
		Acts:    []belief.OwnAct{{ID: "visit", Name: "Visit", Events: []string{"page"}}},
		Touches: []belief.Touch{},
		Model: &statemodel.Model{
			Kinds: []statemodel.Kind{{Name: "visit", Rate: []float64{rate}}},
			Up:    []float64{}, Down: []float64{}, Exit: []float64{1e-9}, Start: [][]float64{{1}}, Touches: []statemodel.TouchClass{},
		},
	}
	require.NoError(t, body.Name(nil))
	raw, err := body.Encode()
	require.NoError(t, err)
	m, err := belief.New(raw)
	require.NoError(t, err)
	return m
}

func visit(at float64) event.Event {
	return event.Event{Kind: event.Page, Name: "Home", Time: day(at)}
}

func TestTheRestOfAVisitIsNoNextOne(t *testing.T) {
	t.Parallel()
	m := site(t, .05)
	moment := []belief.Moment{{At: day(0), Within: 10 * 24 * time.Hour}}
	for name, c := range map[string]struct {
		then []float64
		came bool
	}{
		"nothing more":              {},
		"more in the same visit":    {then: []float64{.005, .01, .015}},
		"again an hour later":       {then: []float64{1. / 24}, came: true},
		"again on the last day":     {then: []float64{.01, 9.9}, came: true},
		"again after it, too late":  {then: []float64{10.1}},
		"again when it is just now": {then: []float64{5, 20}, came: true},
	} {
		w := m.Watch()
		w.Begin()
		for _, at := range append([]float64{0}, c.then...) {
			e := visit(at)
			w.See(&e)
		}
		got := w.Anyway(moment, day(40))
		require.Equal(t, c.came, got[0].Came, name)
		require.True(t, got[0].Known, name)
		want := 1 - math.Exp(-.05*(10-1./48))
		require.InDelta(t, want, got[0].Expected, 1e-6, "%s: a Poisson process has no memory", name)
		require.False(t, w.Anyway(moment, day(9))[0].Known, "%s: their time has not passed", name)
	}
}

func TestWhereNothingIsDoneAsManyComeAsWereExpected(t *testing.T) {
	t.Parallel()
	const rate, people = .08, 4000
	m := site(t, rate)
	r := rand.New(rand.NewPCG(3, 1))
	came, expected := 0.0, 0.0
	for range people {
		w := m.Watch()
		w.Begin()
		for at := 0.0; at < 30; at += r.ExpFloat64() / rate {
			e := visit(at)
			w.See(&e)
		}
		got := w.Anyway([]belief.Moment{{At: day(0), Within: 14 * 24 * time.Hour}}, day(30))[0]
		expected += got.Expected
		if got.Came {
			came++
		}
	}
	p := expected / people
	require.InDelta(t, expected, came, 4*math.Sqrt(people*p*(1-p)))
}

// BenchmarkAnyway is one person of sixty events who met fifteen touchpoints.
func BenchmarkAnyway(b *testing.B) {
	m := shop(b)
	events := life(1, 60)
	now := events[len(events)-1].Time
	var moments []belief.Moment
	for i := 3; len(moments) < 15; i += 3 {
		moments = append(moments, belief.Moment{At: events[i].Time, Within: 14 * 24 * time.Hour, Ours: events[i].Kind == event.Grant})
	}
	w := m.Watch()
	for i := range events {
		w.See(&events[i])
	}
	b.ReportAllocs()
	for b.Loop() {
		w.Anyway(moments, now)
	}
}
