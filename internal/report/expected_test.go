package report_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// ordersModel is of orders, in two states, and of two letters that the template
// sends.
func ordersModel(t *testing.T) *belief.Model {
	t.Helper()
	touch := statemodel.TouchClass{Move: [][][]float64{{{.9, .1}, {.05, .95}}}}
	body := belief.Body{
		Version: 1, Currency: "EUR", Discount: .1, Answer: 7,
		Acts:    []belief.OwnAct{{ID: "order", Name: "Order Completed", Events: []string{"Order Completed"}, Property: "revenue", Margin: .4}},
		Touches: []belief.Touch{{Action: "thank-you", Name: "Thanks", PerDay: .01}, {Action: "what-is-new", Name: "News", PerDay: .01}},
		Model: &statemodel.Model{
			Kinds: []statemodel.Kind{{Name: "order", Rate: []float64{.005, .05}, Spend: &statemodel.Spend{Within: 4, Between: 6, Scale: 60, Level: []float64{1, 1.2}}}},
			Up:    []float64{.004}, Down: []float64{.01}, Exit: []float64{.004, .0004},
			Start: [][]float64{{.5, .5}}, Grid: statemodel.Grid{Activity: 1.5}, Touches: []statemodel.TouchClass{touch, touch},
		},
	}
	require.NoError(t, body.Name(nil))
	raw, err := body.Encode()
	require.NoError(t, err)
	m, err := belief.New(raw)
	require.NoError(t, err)
	return m
}

// life is one person of a believing company, as the slow references read them.
type life struct {
	p       profile.Person
	history []event.Event
}

// believing is a company in which a model is in force; some of its people moved.
func believing(t *testing.T, seed uint64, size int) (*world, *belief.Model, []life) {
	t.Helper()
	w, m := company(t, seed, size), ordersModel(t)
	var lives []life
	require.NoError(t, w.store.EachPerson(context.Background(), func(p profile.Person, history report.History) error {
		var events []event.Event
		require.NoError(t, history(func(e event.Event) bool { events = append(events, e); return true }))
		if p.Belief = m.Refilter(nil, slices.Values(events)); p.Belief != nil {
			then := w.now.Add(-time.Duration(5+len(lives)%150) * dayLong)
			early := m.Refilter(nil, func(yield func(event.Event) bool) {
				for _, e := range events {
					if e.Time <= then && !yield(e) {
						return
					}
				}
			})
			was := ""
			if early != nil {
				m.Note(early, then)
				was = early.State
			}
			m.Note(p.Belief, w.now)
			if p.Belief.State != was {
				p.Belief.Since = then
				events = append(events, own(event.StateMoved, then, event.StateBody{From: was, To: p.Belief.State}))
			}
		}
		w.store.Put(p, events...)
		lives = append(lives, life{p, events})
		return nil
	}))
	w.store.SetState(report.State{Definitions: w.ws, Now: w.now, Model: m})
	return w, m, lives
}

// TestWhatWasExpectedOfEachTouchpointIsWhatASlowReadingSays filters each history
// again for each touchpoint, and adds up by hand.
func TestWhatWasExpectedOfEachTouchpointIsWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	w, m, lives := believing(t, 11, 500)
	r := w.reports()
	got, err := r.Map(context.Background(), report.Scope{})
	require.NoError(t, err)
	require.Nil(t, got.Expectation.Needs)
	require.Equal(t, len(lives), got.Expectation.People)
	compared := 0
	for i, def := range w.ws.Map.Touchpoints {
		var differences, expected []float64
		back := map[person.ID]bool{}
		for _, l := range lives {
			first, ok := firstAt(w.ws, def.ID, l.history)
			if !ok || w.now.Sub(first) < def.Window {
				continue
			}
			p, known := expectedOf(t, m, l.history, first, def)
			if !known {
				continue
			}
			came := slices.ContainsFunc(l.history, func(e event.Event) bool {
				return e.Name == "Order Completed" && e.Time > first && e.Time.Sub(first) <= def.Window
			})
			back[l.p.ID] = came
			expected, differences = append(expected, p), append(differences, -p)
			if came {
				differences[len(differences)-1]++
			}
		}
		e := got.Touchpoints[i].Expected
		require.NotNil(t, e)
		require.Equal(t, len(differences), e.People, def.ID)
		mean, deviation := meanOf(differences)
		if len(differences) > 1 {
			require.InDelta(t, mean, e.Difference.Value, 2e-3, def.ID)
			require.InDelta(t, max(-1, mean-1.959964*deviation/math.Sqrt(float64(len(differences)))), e.Difference.Low, 3e-3, def.ID)
		}
		if len(expected) > 0 {
			want, _ := meanOf(expected)
			require.InDelta(t, want, e.Expected, 2e-3, def.ID)
		}
		require.Equal(t, len(differences) >= lifecycle.MinPeople, e.Difference.Enough, def.ID)
		require.Equal(t, !e.Difference.Enough, e.Verdict == report.Unsaid, def.ID)
		for filter, n := range map[string]int{"any": e.People, "back": e.Back, "away": e.Away} {
			ids, total := everyone(t, r, report.Filter{Touchpoint: def.ID, Expected: filter})
			require.Equal(t, n, total, "%s: %s", def.ID, filter)
			for _, id := range ids {
				came, known := back[id]
				require.True(t, known && (filter == "any" || came == (filter == "back")), "%s: %s", def.ID, filter)
			}
		}
		if e.Difference.Enough {
			compared++
		}
	}
	require.Greater(t, compared, 4, "too little was there to compare")
}

func firstAt(ws *definition.Workspace, touchpoint string, history []event.Event) (event.Instant, bool) {
	c := lifecycle.New(&ws.Map)
	var w profile.Walk
	for _, e := range history {
		if in, ok := c.Step(&w, e); ok && in.Touchpoint == touchpoint {
			return in.Time, true
		}
	}
	return 0, false
}

func expectedOf(t *testing.T, m *belief.Model, history []event.Event, first event.Instant, def definition.Touchpoint) (float64, bool) {
	t.Helper()
	until := first
	for _, e := range history {
		if g, err := event.Unpack[event.GrantBody](e); def.Direction == definition.Outbound && e.Kind == event.Grant && err == nil &&
			slices.Contains([]string{"thank-you", "what-is-new"}, g.Action) && e.Time <= first && first.Sub(e.Time) <= time.Hour {
			until = e.Time - 1
		}
	}
	b := m.Refilter(nil, func(yield func(event.Event) bool) {
		for _, e := range history {
			if e.Time <= until && !yield(e) {
				return
			}
		}
	})
	if b == nil {
		return 0, false
	}
	ahead, err := m.Outlook(b, first, def.Window.Hours()/24)
	require.NoError(t, err)
	if def.Direction == definition.Outbound {
		return ahead.Soon, true
	}
	return ahead.Soon / ahead.Active, true
}

func meanOf(xs []float64) (mean, deviation float64) {
	for _, x := range xs {
		mean += x / float64(len(xs))
	}
	for _, x := range xs {
		deviation += (x - mean) * (x - mean) / float64(len(xs)-1)
	}
	return mean, math.Sqrt(deviation)
}

// TestWhereTheValueLiesAndWhoMovedIsWhatASlowReadingSays counts people one by one.
func TestWhereTheValueLiesAndWhoMovedIsWhatASlowReadingSays(t *testing.T) {
	t.Parallel()
	w, m, lives := believing(t, 12, 500)
	r := w.reports()
	l, err := r.Loop(context.Background(), report.Scope{})
	require.NoError(t, err)
	s := l.States
	require.Nil(t, s.Needs)
	worth, count, total, moves := map[string]float64{}, map[string]int{}, 0.0, map[[2]string]int{}
	for _, l := range lives {
		b := l.p.Belief
		if b == nil || b.State == "" {
			continue
		}
		v := float64(max(0, b.Value)) / 1e6
		worth[b.State], total = worth[b.State]+v, total+v
		count[b.State]++
		for _, e := range l.history {
			if e.Kind == event.StateMoved && w.now.Sub(e.Time) < 91*dayLong {
				body, err := event.Unpack[event.StateBody](e)
				require.NoError(t, err)
				if body.From != "" {
					moves[[2]string{body.From, body.To}]++
				}
			}
		}
	}
	require.InDelta(t, total, s.Value, 1e-6)
	require.Len(t, s.States, len(m.Body.States)+1)
	all := 0.0
	for _, row := range s.States {
		require.Equal(t, count[row.ID], row.People, row.ID)
		require.InDelta(t, worth[row.ID], row.Worth, 1e-6, row.ID)
		require.InDelta(t, worth[row.ID]/total, row.Of.Value, 1e-9, row.ID)
		require.LessOrEqual(t, row.Of.Low, row.Of.Value)
		require.GreaterOrEqual(t, row.Of.High, row.Of.Value)
		all += row.Of.Value
		_, n := everyone(t, r, report.Filter{State: row.ID})
		require.Equal(t, row.People, n)
	}
	require.InDelta(t, 1, all, 1e-9)
	require.NotEmpty(t, s.Moves)
	up, down, left := 0, 0, 0
	for _, f := range s.Moves {
		require.Equal(t, moves[[2]string{f.From, f.To}], f.People, "%s to %s", f.From, f.To)
		_, n := everyone(t, r, report.Filter{StateThen: f.To, StateBefore: f.From, Days: 91})
		require.Equal(t, f.People, n)
		switch f.To {
		case belief.Gone:
			left += f.People
		case s.States[1].ID:
			up += f.People
		default:
			down += f.People
		}
	}
	require.Equal(t, []int{up, down, left}, []int{s.Up, s.Down, s.Left})
	require.Contains(t, s.Sentence, "In the last 91 days")
}

func TestWithoutAModelItIsSaidWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := company(t, 13, 60)
	r := w.reports()
	got, err := r.Map(context.Background(), report.Scope{})
	require.NoError(t, err)
	require.NotNil(t, got.Expectation.Needs)
	require.Contains(t, got.Expectation.Sentence, "A model needs about")
	for _, p := range got.Touchpoints {
		require.Nil(t, p.Expected)
	}
	l, err := r.Loop(context.Background(), report.Scope{})
	require.NoError(t, err)
	require.NotNil(t, l.States.Needs)
	require.Empty(t, l.States.States)
	_, err = r.People(context.Background(), report.Filter{Touchpoint: "order", Expected: "any"})
	require.ErrorContains(t, err, "no model is in force")
}
