package belief_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

var start = event.InstantOf(time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC))

func day(n float64) event.Instant { return start.Add(time.Duration(n * 24 * float64(time.Hour))) }

// shop is a model of orders with amounts, in two states, and of a letter that is
// answered and helps.
func shop(t testing.TB) *belief.Model {
	t.Helper()
	body := belief.Body{
		Version: 1, Currency: "EUR", Discount: .1, Answer: 7,
		Acts:    []belief.OwnAct{{ID: "order", Name: "Order Completed", Events: []string{"Order Completed"}, Property: "revenue", Margin: .4}},
		Touches: []belief.Touch{{Action: "letter", Name: "A letter", PerDay: .01}},
		Model: &statemodel.Model{
			Kinds: []statemodel.Kind{{Name: "order", Rate: []float64{.01, .1}, Spend: &statemodel.Spend{Within: 4, Between: 6, Scale: 60, Level: []float64{1, 1.2}}}},
			Up:    []float64{.004}, Down: []float64{.01}, Exit: []float64{.004, .0004},
			Start: [][]float64{{.5, .5}}, Grid: statemodel.Grid{Activity: 1.5},
			Touches: []statemodel.TouchClass{{
				Name: "letter", Move: [][][]float64{{{.85, .15}, {.02, .98}}}, Outcomes: []statemodel.Outcome{{Name: belief.Clicked}},
				Respond: [][]float64{{.95, .05}, {.7, .3}},
			}},
		},
	}
	require.NoError(t, body.Name(nil))
	raw, err := body.Encode()
	require.NoError(t, err)
	m, err := belief.New(raw)
	require.NoError(t, err)
	return m
}

func order(at float64, revenue string) event.Event {
	return event.Event{Kind: event.Track, Name: "Order Completed", Time: day(at), Properties: []byte(`{"revenue":` + revenue + `}`)}
}

func letter(at float64, n int) event.Event {
	return event.Event{Kind: event.Grant, Time: day(at), Body: event.Pack(event.GrantBody{Delivery: fmt.Sprint("dlv-", n), Action: "letter"})}
}

func click(at float64, n int) event.Event {
	return event.Event{Kind: event.Receipt, Time: day(at), Body: event.Pack(event.ReceiptBody{Delivery: fmt.Sprint("dlv-", n), Outcome: event.Clicked})}
}

// life is a history of orders, letters, clicks and what says nothing.
func life(seed uint64, n int) []event.Event {
	r := rand.New(rand.NewPCG(seed, 1))
	out := []event.Event{{Kind: event.Page, Name: "Home", Time: day(-1)}, letter(-.5, 0), order(0, "20")}
	at := 0.0
	for i := range n {
		at += r.ExpFloat64() * 6
		switch k := r.IntN(6); {
		case k < 3:
			out = append(out, order(at, fmt.Sprintf("%.2f", 5+r.Float64()*60)))
		case k < 4:
			out = append(out, event.Event{Kind: event.Page, Name: "Home", Time: day(at)})
		default:
			out = append(out, letter(at, i))
			if k == 5 {
				out = append(out, click(at+r.Float64()*9, i)) // some too late
			}
		}
	}
	slices.SortStableFunc(out, func(a, b event.Event) int { return int(a.Time - b.Time) })
	return out
}

func follow(m *belief.Model, events []event.Event) *profile.Belief {
	var b *profile.Belief
	for i := range events {
		b = m.Observe(b, &events[i], nil)
	}
	return b
}

func TestFollowedEventByEventOrFilteredAgainABeliefIsTheSameToTheByte(t *testing.T) {
	t.Parallel()
	m := shop(t)
	for seed := range uint64(30) {
		events := life(seed, 60)
		b := follow(m, events)
		again := m.Refilter(nil, slices.Values(events))
		require.Equal(t, b, again, "seed %d", seed)

		path := m.Path(slices.Values(events), b.At)
		out, err := m.Outlook(b, b.At, 30)
		require.NoError(t, err)
		last := path.Points[len(path.Points)-1]
		for i, p := range out.States {
			require.InDelta(t, p.P, last.P[i], 1e-4, "seed %d", seed)
		}
	}
}

func TestWhatComesTooLateIsTakenInWhenTheHistoryIsFilteredAgain(t *testing.T) {
	t.Parallel()
	m := shop(t)
	events := life(7, 40)
	late := order(3.21, "99")
	b := follow(m, events)
	was := b.Law
	b = m.Observe(b, &late, nil)
	require.True(t, b.Late)
	require.Equal(t, was, b.Law)

	all := append(slices.Clone(events), late)
	slices.SortStableFunc(all, func(a, b event.Event) int { return int(a.Time - b.Time) })
	b = m.Refilter(b, slices.Values(all))
	require.False(t, b.Late)
	require.Equal(t, follow(m, all).Law, b.Law)
	require.NotEqual(t, was, b.Law)
}

func TestNothingIsBelievedBeforeSomebodyActs(t *testing.T) {
	t.Parallel()
	m := shop(t)
	require.Nil(t, follow(m, []event.Event{letter(0, 1), click(1, 1), {Kind: event.Page, Name: "Home", Time: day(2)}}))
	require.Empty(t, m.Path(slices.Values([]event.Event{letter(0, 1)}), day(9)).Points)
}

func TestSilenceMovesPeopleAndSaysSoInWords(t *testing.T) {
	t.Parallel()
	m := shop(t)
	var events []event.Event
	for i := range 12 {
		events = append(events, order(float64(i)*8, "30"))
	}
	b := follow(m, events)
	from, moved := m.Note(b, b.At)
	require.True(t, moved)
	require.Empty(t, from)
	require.Equal(t, "frequent", b.State)
	require.Equal(t, "Frequent: an order every 10 days or so; the next is expected by 9 April.", m.Sentence(b, b.At, time.UTC))
	value := b.Value
	require.Positive(t, value)

	var states []string
	for now := b.At; now < day(700); now = m.Again(b, now) {
		if _, moved := m.Note(b, now); moved {
			states = append(states, b.State)
		}
	}
	require.Equal(t, []string{"gone"}, states[len(states)-1:])
	require.Less(t, b.Value, value/4)
	require.Less(t, b.Active, uint16(500))
	require.Contains(t, m.Sentence(b, day(160), time.UTC), "an order would have been expected by")
	require.Contains(t, m.Sentence(b, day(700), time.UTC), "Has probably left")
}

func TestAnOrderThatComesTwoDaysLateIsSaidToBeLate(t *testing.T) {
	t.Parallel()
	m := shop(t)
	var events []event.Event
	for i := range 20 {
		events = append(events, order(float64(i)*5, "30"))
	}
	b := follow(m, events)
	m.Note(b, b.At.Add(20*24*time.Hour))
	require.Equal(t, "Has been slipping since 14 April; an order would have been expected by now.", m.Sentence(b, b.At.Add(20*24*time.Hour), time.UTC))
}

func TestDecidingSeesTheLevelsOfAPersonAndWhatALetterMoves(t *testing.T) {
	t.Parallel()
	m := shop(t)
	b := follow(m, []event.Event{order(0, "20"), order(40, "35")})
	p, err := m.Person(b, day(100))
	require.NoError(t, err)
	live, gone := p.States()
	sum, value, states := 0.0, 0.0, make([]float64, len(live))
	for _, n := range p.Nodes() {
		sum += n.Weight
		for i := range n.Belief {
			states[i] += n.Weight * n.Belief[i]
			value += n.Weight * n.Belief[i] * n.Value[i]
		}
	}
	require.InDelta(t, 1, sum, 1e-9)
	require.InDeltaSlice(t, live, states, 1e-9)
	require.InDelta(t, 1, live[0]+live[1]+gone, 1e-9)
	require.InDelta(t, p.Value(), value, 1e-6)

	worth, err := decide.Movement(p, "letter", 0, 1)
	require.NoError(t, err)
	require.Positive(t, worth) // they have slipped, and a letter brings some back
	require.Nil(t, p.Jump("unheard-of", 0))
}

func TestTrainingReadsHistoriesAsTheFoldFollowsThem(t *testing.T) {
	t.Parallel()
	m := shop(t)
	for seed := range uint64(10) {
		events := life(seed, 50)
		h, ok := m.Body.History(slices.Values(events), events[len(events)-1].Time)
		require.True(t, ok)
		require.NoError(t, h.Check(m.Body.Model.Shape()))
		want, err := m.Body.Model.LogLikelihood([]statemodel.History{h}, statemodel.InTurn)
		require.NoError(t, err)
		got := m.Path(slices.Values(events), events[len(events)-1].Time).Score
		require.InDelta(t, want[0], got, .6, "seed %d", seed) // the last silence is none of the path's; beliefs at rest are rounded
	}
}

func TestAModelThatIsDamagedIsRefusedInWords(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{`{`, `{}`, `{"version":9}`, `{"version":1}`, `{"version":1,"model":{"kinds":[],"exit":[1],"start":[[1]]}}`} {
		_, err := belief.New([]byte(raw))
		require.Error(t, err, raw)
	}
}

func BenchmarkObserveAndNote(b *testing.B) {
	m := shop(b)
	events := life(1, 200)
	for b.Loop() {
		var x *profile.Belief
		for i := range events {
			x = m.Observe(x, &events[i], nil)
			if x != nil {
				m.Note(x, events[i].Time)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

func TestOfAVisitOneActCountsAndOfAVisitThatAnswersNone(t *testing.T) {
	t.Parallel()
	m := shop(t)
	body := *m.Body
	body.Gap = 30. / 60 / 24
	body.Acts = []belief.OwnAct{{ID: "visit", Name: "Visit", Events: []string{"page"}, Worth: 1}}
	body.Model = body.Model.Clone()
	body.Model.Kinds[0].Spend = nil
	raw, err := body.Encode()
	require.NoError(t, err)
	m, err = belief.New(raw)
	require.NoError(t, err)
	const minute = 1. / 60 / 24
	page := func(at float64) event.Event { return event.Event{Kind: event.Page, Name: "Home", Time: day(at)} }
	events := []event.Event{page(0), page(5 * minute), page(20 * minute), page(4), page(4 + 29*minute), letter(9, 1), page(9 + minute), page(20)}
	path := m.Path(slices.Values(events), day(21))
	var moved []string
	for _, p := range path.Points {
		if p.Moved != nil {
			moved = append(moved, fmt.Sprintf("%s %.0f", p.Moved.Kind, float64(p.At-start)/864e8))
		}
	}
	require.Equal(t, []string{"act 0", "act 4", "touch 9", "act 20"}, moved)
	h, ok := m.Body.History(slices.Values(events), day(21))
	require.True(t, ok)
	require.Len(t, h.Events, 4, "two acts after the first, the touch, and that it was not answered")
}
