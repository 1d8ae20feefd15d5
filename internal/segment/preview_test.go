package segment_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// A rule that is only being thought about can be asked of people: of what is
// known of them where that is enough, else of their timelines.
func TestARuleCanBeAskedBeforeAnybodyKeepsWhatItNeeds(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(`
workspace: {name: Shop, currency: EUR}
features: [{id: orders, count: Order Completed}]
map: {stages: [{id: new}]}
segments: [{id: buyers, when: 'did("Order Completed", days(3))'}]
`))
	require.NoError(t, err)
	now := event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))
	var history []event.Event
	for i := range 5 {
		at := now.Add(-time.Duration(5-i) * 24 * time.Hour)
		history = append(history, event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Time: at, ReceivedAt: at})
	}
	ada := profile.Refold(ws, &profile.Person{}, slices.Values(history))

	x, err := ws.Predicate(`orders >= 5 && did("Order Completed", days(2))`)
	require.NoError(t, err)
	require.Empty(t, ws.Unkept(x))
	ok, err := x.Holds(ada.Vars(ws, now))
	require.NoError(t, err)
	require.True(t, ok)

	x, err = ws.Predicate(`did("Order Completed", 4, days(5)) && !did("Cart Viewed")`)
	require.NoError(t, err)
	unkept := ws.Unkept(x)
	require.Len(t, unkept, 2)
	ok, err = x.Holds(ada.Vars(ws, now))
	require.NoError(t, err)
	require.False(t, ok, "one time is known of, not four")
	wider := ws.Keeping(unkept)
	then := profile.Refold(wider, &profile.Person{}, slices.Values(history))
	ok, err = x.Holds(then.Vars(wider, now))
	require.NoError(t, err)
	require.True(t, ok)
	require.Len(t, then.Features.Get("recent:event/Order Completed").Times, 4)
	require.Len(t, profile.Refold(ws, ada, slices.Values(history)).Features.Get("recent:event/Order Completed").Times, 1, "the definitions in force are as they were")
}
