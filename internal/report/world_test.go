package report_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/reporttest"
)

func retail(t *testing.T) *definition.Workspace {
	t.Helper()
	source, ok := definition.Template("retail")
	require.True(t, ok)
	ws, err := definition.Compile(source)
	require.NoError(t, err)
	return ws
}

func epoch() event.Instant { return event.InstantOf(time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)) }

const dayLong = 24 * time.Hour

// world is a store that is filled with people by folding their events, as far
// as reports can see.
type world struct {
	t     *testing.T
	ws    *definition.Workspace
	store *reporttest.Store
	now   event.Instant
}

func newWorld(t *testing.T, ws *definition.Workspace, now event.Instant) *world {
	w := &world{t: t, ws: ws, store: &reporttest.Store{}, now: now}
	w.settings(event.SettingsBody{})
	return w
}

func (w *world) settings(s event.SettingsBody) {
	w.store.SetState(report.State{Definitions: w.ws, Settings: s, Now: w.now})
}

func (w *world) reports() *report.Reports { return report.New(w.store, report.Options{}) }

// add folds history into a person with the given goals.
func (w *world) add(user string, goals map[string]profile.Goal, history ...event.Event) person.ID {
	w.t.Helper()
	id := person.IDOf(0, person.NewIdentity(person.UserID, user))
	slices.SortStableFunc(history, func(a, b event.Event) int { return int(a.Time - b.Time) })
	p := profile.Person{ID: id, Goals: goals, Identities: []person.Identity{{Kind: person.UserID, Value: user}}}
	c := lifecycle.New(&w.ws.Map)
	for i := range history {
		e := &history[i]
		e.UserID, e.Source, e.MessageID, e.ReceivedAt = user, "test", fmt.Sprintf("%s-%d", user, i), e.Time
		p.Replay(w.ws, *e)
		c.Step(&p.Walk, *e)
	}
	stage, _, err := w.ws.Map.StageOf(p.Vars(w.ws, w.now))
	require.NoError(w.t, err)
	p.Stage = stage
	w.store.Put(p, history...)
	return id
}

func track(at event.Instant, name, properties string) event.Event {
	return event.Event{Kind: event.Track, Name: name, Time: at, Properties: []byte(properties)}
}

func own(kind event.Kind, at event.Instant, body any) event.Event {
	return event.Event{Kind: kind, Time: at, Body: event.Pack(body)}
}

// company is a made-up one: people with visits, orders, calls, choices,
// deliveries and receipts. What was done to them is not what an engine would do:
// it only has to be various.
func company(t *testing.T, seed uint64, size int) *world {
	t.Helper()
	ws := retail(t)
	w := newWorld(t, ws, epoch().Add(200*dayLong))
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range size {
		user := fmt.Sprintf("user%04d", i)
		id := person.IDOf(0, person.NewIdentity(person.UserID, user))
		history := acts(rng)
		goals := map[string]profile.Goal{}
		for g := range ws.Goals {
			if rng.IntN(3) == 0 {
				continue
			}
			standing, facts := underGoal(rng, ws, &ws.Goals[g], id)
			goals[ws.Goals[g].ID] = standing
			history = append(history, facts...)
		}
		w.add(user, goals, history...)
	}
	return w
}

func acts(rng *rand.Rand) []event.Event {
	var out []event.Event
	at := epoch().Add(time.Duration(rng.IntN(150*24)) * time.Hour)
	for range rng.IntN(12) {
		switch rng.IntN(7) {
		case 0, 1:
			out = append(out, track(at, "Order Completed", fmt.Sprintf(`{"revenue":%d}`, 5+rng.IntN(90))))
		case 2:
			out = append(out, track(at, "Product Viewed", `{}`))
		case 3:
			out = append(out, track(at, "Support Ticket Opened", `{}`))
		case 4:
			out = append(out, event.Event{Kind: event.Page, Name: []string{"Home", "Imprint"}[rng.IntN(2)], Time: at})
		case 5:
			out = append(out, track(at, []string{"Fitting Booked", "Video Watched"}[rng.IntN(2)], `{}`))
		default:
			out = append(out, event.Event{Kind: event.Identify, Time: at, Traits: []byte(`{"plan":"b"}`)})
		}
		at = at.Add([]time.Duration{time.Minute, 5 * time.Hour, 9 * dayLong, 45 * dayLong}[rng.IntN(4)])
	}
	return slices.DeleteFunc(out, func(e event.Event) bool { return e.Time > epoch().Add(200*dayLong) })
}

func underGoal(rng *rand.Rand, ws *definition.Workspace, def *definition.Goal, id person.ID) (profile.Goal, []event.Event) {
	joined := epoch().Add(time.Duration(rng.IntN(190)) * dayLong)
	g := profile.Goal{
		Joined: joined, Reachable: rng.IntN(4) > 0, KPI: event.MicrosOf(float64(rng.IntN(80))), Before: event.MicrosOf(float64(rng.IntN(40))),
		Arm: profile.Arm(experiment.Assign(ws.Seed, def.ID, id, ws.Policy.Holdout, def.Holdout)),
	}
	if rng.IntN(3) == 0 {
		g.Reached = joined.Add(time.Duration(rng.IntN(50)) * dayLong)
	}
	facts := []event.Event{own(event.GoalJoined, joined, event.GoalBody{Goal: def.ID, Arm: string(g.Arm)})}
	if g.Arm != profile.Treated {
		return g, facts
	}
	for n := range rng.IntN(4) {
		facts = append(facts, oneChoice(rng, def, joined.Add(time.Duration(n)*7*dayLong), n)...)
	}
	return g, facts
}

func oneChoice(rng *rand.Rand, def *definition.Goal, at event.Instant, n int) []event.Event {
	body := event.ChoiceBody{Goal: def.ID, Candidates: []event.Candidate{{Goal: def.ID, Action: event.Silence}}, Reason: "Drawn."}
	for _, a := range def.Actions {
		c := event.Candidate{Goal: def.ID, Action: a.ID, Channel: "email"}
		if rng.IntN(3) == 0 {
			code := []string{"no_consent", "capped"}[rng.IntN(2)]
			c.Withheld = event.Reason{Code: code, Sentence: "Because of " + code + "."}
		}
		body.Candidates = append(body.Candidates, c)
	}
	for ok := false; !ok; ok = body.Candidates[body.Chosen].Withheld.IsZero() {
		body.Chosen = rng.IntN(len(body.Candidates))
	}
	body.Probability = 0.5
	out := []event.Event{own(event.Choice, at, body)}
	chosen := body.Candidates[body.Chosen]
	if chosen.Action == event.Silence {
		return out
	}
	delivery := fmt.Sprintf("%s-%d", def.ID, n)
	if rng.IntN(4) == 0 {
		return append(out, own(event.Suppressed, at, event.SuppressedBody{
			Delivery: delivery, Goal: def.ID, Action: chosen.Action, Channel: "email", Held: rng.IntN(2) == 0,
			Reason: event.Reason{Code: "quiet_hours", Sentence: "Held until 08:00: quiet hours."},
		}))
	}
	out = append(out, own(event.Grant, at, event.GrantBody{Delivery: delivery, Goal: def.ID, Action: chosen.Action, Channel: "email", To: "x@shop.example"}))
	outcome := []event.Outcome{event.Sent, event.Sent, event.Sent, event.Failed, event.Unknown}[rng.IntN(5)]
	out = append(out, own(event.Receipt, at.Add(time.Minute), event.ReceiptBody{Delivery: delivery, Channel: "email", Outcome: outcome}))
	if outcome != event.Sent {
		return out
	}
	switch rng.IntN(4) {
	case 0:
		out = append(out, own(event.Receipt, at.Add(time.Hour), event.ReceiptBody{
			Delivery: delivery, Channel: "email", Outcome: event.Clicked, Machine: rng.IntN(2) == 0,
		}))
	case 1:
		back := track(at.Add(2*time.Hour), "Product Viewed", `{}`)
		back.Context = []byte(`{"rapport_delivery":"` + delivery + `"}`)
		out = append(out, back)
	}
	return out
}

// everyone pages through a list and returns whom it shows.
func everyone(t *testing.T, r *report.Reports, f report.Filter) (ids []person.ID, total int) {
	t.Helper()
	f.Limit = 97
	for {
		page, err := r.People(context.Background(), f)
		require.NoError(t, err)
		require.NotEmpty(t, page.Sentence)
		for _, p := range page.People {
			ids = append(ids, p.ID)
		}
		if page.NextCursor == "" {
			return ids, page.Total
		}
		f.Cursor = page.NextCursor
	}
}
