package belief_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// begins is the shop, whose people begin differently by what start says.
func begins(t testing.TB, start belief.Start) *belief.Model {
	t.Helper()
	body := *shop(t).Body
	body.Start = &start
	model := *body.Model
	model.Start = [][]float64{{.5, .5}, {.9, .1}, {.1, .9}}
	body.Model = &model
	raw, err := body.Encode()
	require.NoError(t, err)
	m, err := belief.New(raw)
	require.NoError(t, err)
	return m
}

// frequent is how probable it is that somebody is in the upper state after all that
// came, as the fold follows them; Refilter must agree.
func frequent(t testing.TB, m *belief.Model, events ...event.Event) float64 {
	t.Helper()
	var who profile.Person
	var b *profile.Belief
	for i := range events {
		profile.Observe(&definition.Workspace{}, &who, events[i])
		b = m.Observe(b, &events[i], &who)
	}
	require.NotNil(t, b)
	inOrder := slices.Clone(events)
	slices.SortStableFunc(inOrder, func(a, b event.Event) int { return int(a.Time - b.Time) })
	again := m.Refilter(b, slices.Values(inOrder))
	if !b.Late {
		require.Equal(t, b.Law, again.Law, "followed or filtered again, it is the same to the byte")
	}
	h, ok := m.Body.History(slices.Values(inOrder), again.At)
	require.True(t, ok)
	law, err := m.Filter().Begin(h.Start, h.Class)
	require.NoError(t, err)
	require.Equal(t, m.Filter().Encode(nil, law), again.Law, "and training reads it so")
	out, err := m.Outlook(again, again.At, 30)
	require.NoError(t, err)
	for _, s := range out.States {
		if s.State == "frequent" {
			return s.P
		}
	}
	t.Fatalf("%+v", out.States)
	return 0
}

func plan(at float64, name string) event.Event {
	return event.Event{Kind: event.Identify, Time: day(at), Traits: []byte(`{"plan":` + name + `}`)}
}

func TestARelationshipBeginsAsTheTraitSaysThatWasKnownByThen(t *testing.T) {
	t.Parallel()
	m := begins(t, belief.Start{Trait: "plan", Values: []string{"free", "paid"}, People: []int{100, 100}})
	require.InDelta(t, .9, frequent(t, m, plan(-1, `"paid"`), order(0, "20")), .01)
	require.InDelta(t, .1, frequent(t, m, plan(-1, `"free"`), order(0, "20")), .01)
	require.InDelta(t, .1, frequent(t, m, plan(-2, `"paid"`), plan(-1, `" free "`), order(0, "20")), .01, "the last that was known")
	require.InDelta(t, .5, frequent(t, m, order(0, "20")), .01, "nothing is known")
	require.InDelta(t, .5, frequent(t, m, plan(-1, `"gold"`), order(0, "20")), .01, "a value that training had not seen")
	require.InDelta(t, .5, frequent(t, m, plan(-1, `{"a":1}`), order(0, "20")), .01, "no plain value")
	require.InDelta(t, .9, frequent(t, m, event.Event{
		Kind: event.Track, Name: "Order Completed", Time: day(0), Properties: []byte(`{"revenue":20}`), Context: []byte(`{"traits":{"plan":"paid"}}`),
	}), .01, "said with the act itself")
}

func TestWhatIsSaidOfABeginningTooLateIsTakenInWhenTheHistoryIsFilteredAgain(t *testing.T) {
	t.Parallel()
	m := begins(t, belief.Start{Trait: "plan", Values: []string{"free", "paid"}, People: []int{100, 100}})
	// It was set before the act and arrives after it.
	require.InDelta(t, .9, frequent(t, m, order(0, "20"), plan(-1, `"paid"`)), .01)
	// By the act it was free. That it is paid by now is no part of how it began.
	require.InDelta(t, .1, frequent(t, m, plan(-1, `"free"`), plan(3, `"paid"`), order(0, "20")), .01)
	require.InDelta(t, .5, frequent(t, m, order(0, "20"), plan(3, `"paid"`)), .01)
}

func TestARelationshipBeginsAsTheChannelOfItsFirstActSays(t *testing.T) {
	t.Parallel()
	m := begins(t, belief.Start{Property: "context.campaign.source", Values: []string{"advert", "friend"}, People: []int{100, 100}})
	came := func(at float64, by string) event.Event {
		e := order(at, "20")
		e.Context = []byte(`{"campaign":{"source":"` + by + `"}}`)
		return e
	}
	require.InDelta(t, .9, frequent(t, m, came(0, "friend")), .01)
	require.InDelta(t, .1, frequent(t, m, came(0, "advert")), .01)
	require.InDelta(t, .5, frequent(t, m, came(0, "a new one")), .01)
	m = begins(t, belief.Start{Property: "shop", Values: []string{"1", "2"}, People: []int{100, 100}})
	e := order(0, "20")
	e.Properties = []byte(`{"revenue":20,"shop":2}`)
	require.InDelta(t, .9, frequent(t, m, e), .01)
}

func TestAModelWithoutTheClassesThatItNamesIsRefused(t *testing.T) {
	t.Parallel()
	body := *shop(t).Body
	body.Start = &belief.Start{Trait: "plan", Values: []string{"free"}}
	raw, err := body.Encode()
	require.NoError(t, err)
	_, err = belief.Parse(raw)
	require.ErrorContains(t, err, "a model of 1 starting classes names 2")
	require.Equal(t, []string{"free", ""}, body.Began(slices.Values([]event.Event{plan(-1, `"free"`), order(0, "1"), plan(1, `"paid"`)}),
		[]definition.Beginning{{Trait: "plan"}, {Property: "context.campaign.source"}}))
	require.Equal(t, uint8(0), new(belief.Body).Class("free"))
}
