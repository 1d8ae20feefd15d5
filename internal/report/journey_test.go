package report_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
)

const flow = `
journeys:
  - id: welcome
    begin: {events: Signed Up}
    leave: orders >= 5
    steps:
      - id: hello
        send: {kind: information, messages: [{id: m, channel: email, appeal: ethos, headline: Hello, body: Hi, next_step: {label: Go, url: "https://shop.example/"}}]}
        otherwise: ring
      - {id: look, wait: {events: Product Viewed, at_most: 3d}, otherwise: ring}
      - {id: way, split: [{arm: a, share: 50%, go: bye}, {arm: b, share: 50%, go: ring}]}
      - {id: bye, end: engaged}
      - {id: ring, hand_over: Ring them.}
`

// TestEveryFigureOfAJourneyIsThePeopleBehindIt walks people at random through a
// journey and compares each figure with a slow count, and with the list of people
// that it opens.
func TestEveryFigureOfAJourneyIsThePeopleBehindIt(t *testing.T) {
	t.Parallel()
	source, ok := definition.Template("retail")
	require.True(t, ok)
	ws, err := definition.Compile(append(source, flow...))
	require.NoError(t, err)
	w := newWorld(t, ws, epoch().Add(200*dayLong))
	rng := rand.New(rand.NewPCG(7, 7))
	steps := []string{"hello", "look", "way", "bye", "ring"}
	type key struct{ stride, step string }
	slow := map[key]map[person.ID]bool{}
	note := func(id person.ID, stride, step string) {
		k := key{stride, step}
		if slow[k] == nil {
			slow[k] = map[person.ID]bool{}
		}
		slow[k][id] = true
	}
	for i := range 120 {
		user := fmt.Sprint("u", i)
		id := person.IDOf(0, person.NewIdentity(person.UserID, user))
		var history []event.Event
		var inside []profile.Journey
		at := epoch()
		for run := range rng.IntN(3) {
			name := fmt.Sprint("jny-", run)
			add := func(m event.JourneyedBody) {
				m.Journey, m.Run = "welcome", name
				history = append(history, own(event.Journeyed, at, m))
				at = at.Add(time.Hour)
			}
			if rng.IntN(6) == 0 {
				add(event.JourneyedBody{Stride: event.HeldOut, Arm: "goal_holdout"})
				note(id, "held_out", "")
				continue
			}
			add(event.JourneyedBody{Stride: event.Entered})
			note(id, "began", "")
			from, over := "", false
			for range 1 + rng.IntN(5) {
				step := steps[rng.IntN(len(steps))]
				m := event.JourneyedBody{Stride: event.Arrived, Step: step}
				if step == "way" {
					m.Arm = "b"
					note(id, "took", "way>b")
				}
				add(m)
				note(id, "arrived", step)
				note(id, "went", from+">"+step)
				from = step
				switch rng.IntN(5) {
				case 0:
					add(event.JourneyedBody{Stride: event.SentIt, Step: step})
					note(id, "sent", step)
					note(id, "sent", "")
				case 1:
					add(event.JourneyedBody{Stride: event.NotSent, Step: step, Reason: event.Reason{Code: "no_consent"}})
					note(id, "not_sent", step)
					note(id, "not_sent", "")
					note(id, "because", step+">no_consent")
				}
			}
			switch rng.IntN(3) {
			case 0:
				add(event.JourneyedBody{Stride: event.Ran, Step: from, Outcome: "engaged"})
				note(id, "through", "")
				note(id, "through", "engaged")
				over = true
			case 1:
				add(event.JourneyedBody{Stride: event.Quit, Step: from, Reason: event.Reason{Code: "leave"}})
				note(id, "left", "")
				note(id, "left", "leave")
				over = true
			}
			if !over {
				inside = append(inside, profile.Journey{ID: name, Of: "welcome", Step: from})
				note(id, "inside", "")
				note(id, "here", from)
			}
		}
		history = append(history, track(at, "Product Viewed", `{}`))
		w.add(user, nil, history...)
		p, _, err := w.store.Person(t.Context(), id)
		require.NoError(t, err)
		p.Journeys = inside
		w.store.Put(p, history...)
	}
	r := w.reports()
	page, err := r.Journey(t.Context(), "welcome")
	require.NoError(t, err)
	figures := map[key]int{
		{"began", ""}: page.Began, {"inside", ""}: page.Inside, {"through", ""}: page.Through, {"left", ""}: page.Left,
		{"held_out", ""}: page.HeldOut, {"sent", ""}: page.Sent, {"not_sent", ""}: page.NotSent,
		{"through", "engaged"}: page.Outcomes[0].People, {"left", "leave"}: page.Leaving[0].People,
	}
	for _, s := range page.Steps {
		figures[key{"arrived", s.ID}], figures[key{"here", s.ID}] = s.Arrived, s.Here
		figures[key{"sent", s.ID}], figures[key{"not_sent", s.ID}] = s.Sent, s.NotSent
		for _, l := range s.Leads {
			if l.To != "" {
				figures[key{"went", s.ID + ">" + l.To}] = l.People
			}
		}
		for _, why := range s.Why {
			figures[key{"because", s.ID + ">" + why.Code}] = why.People
		}
	}
	require.Greater(t, len(figures), 30)
	for k, n := range figures {
		require.Len(t, slow[k], n, "%+v", k)
		list, err := r.People(t.Context(), report.Filter{Journey: "welcome", Stride: k.stride, Step: k.step, Limit: 200})
		require.NoError(t, err)
		require.Equal(t, n, list.Total, "%+v opens its people", k)
		for _, p := range list.People {
			require.True(t, slow[k][p.ID], "%+v: %s", k, list.Sentence)
		}
	}
	list, err := r.People(t.Context(), report.Filter{Journey: "welcome", Stride: "took", Step: "way>b"})
	require.NoError(t, err)
	require.Equal(t, len(slow[key{"took", "way>b"}]), list.Total)
	_, err = r.People(t.Context(), report.Filter{Stride: "took"})
	require.ErrorContains(t, err, "say of which journey")
}
