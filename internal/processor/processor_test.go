package processor_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

const day = 24 * time.Hour

var ada = map[string]any{"email": "ada@example.com", "first_name": "Ada", "consent": map[string]bool{"email": true}}

func TestAFirstOrderIsThankedWithinThePolicyAndMeasured(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.identify("ada", "", ada)
	require.Equal(t, "discover", w.person("user_id:ada").Stage)
	w.order("ada", 30)
	require.Equal(t, "try", w.person("user_id:ada").Stage)

	w.pass(29 * day)
	require.NotEmpty(t, w.sent, "four weekly fair draws between thanks and silence, all silence: see the seed")
	require.Equal(t, "Thank you, Ada", w.sent[0].Content.Subject)
	g := w.person("user_id:ada").Goals["second-order"]
	require.Equal(t, profile.Treated, g.Arm)
	require.Equal(t, g.Chosen, g.Silent+g.Sent+g.Held)
	require.Len(t, w.sent, g.Sent)
	require.Zero(t, g.KPI, "the first order came before joining")

	w.order("ada", 20)
	p := w.person("user_id:ada")
	require.Equal(t, "use", p.Stage)
	require.Equal(t, event.Micros(20_000_000), p.Goals["second-order"].KPI)
	require.NotZero(t, p.Goals["second-order"].Reached)

	w.pass(61 * day)
	require.Equal(t, "lapse", w.person("user_id:ada").Stage, "time alone moves a person")
}

func TestImportedHistoryStartsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.append(event.Event{
		Kind: event.Track, Name: "Order Completed", UserID: "old", Imported: true, Source: "import:x",
		Time: w.now.Add(-day), Properties: []byte(`{"revenue":5}`),
	})
	p := w.person("user_id:old")
	require.Equal(t, "try", p.Stage)
	require.Empty(t, p.Goals)
	require.Equal(t, []string{"Order Completed"}, w.history(p))
}

func TestAMessageThatArrivesTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	e := event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", MessageID: "same", Properties: []byte(`{"revenue":5}`)}
	w.append(e)
	w.now = w.now.Add(23 * time.Hour)
	w.append(e)
	require.Equal(t, int64(1), w.person("user_id:ada").Events)
	e.Source = "another"
	w.append(e)
	require.Equal(t, int64(2), w.person("user_id:ada").Events, "ids are unique within a source only")
}

func TestAnAnonymousPastBecomesPartOfThePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: "anon"})
	w.append(event.Event{Kind: event.Track, Name: "Order Completed", AnonymousID: "anon", Properties: []byte(`{"revenue":7}`)})
	w.identify("ada", "anon", ada)
	p := w.person("user_id:ada")
	require.Equal(t, p.ID, w.person("anonymous_id:anon").ID, "the anonymous id leads to the person")
	require.Empty(t, p.Settling)
	require.Equal(t, "try", p.Stage)
	require.Contains(t, w.history(p), "merged")
	require.Contains(t, w.history(p), "page")

	w.append(event.Event{Kind: event.Track, Name: "Order Completed", AnonymousID: "anon", Properties: []byte(`{"revenue":7}`)})
	p = w.person("user_id:ada")
	require.Equal(t, "use", p.Stage, "what comes later under the anonymous id is passed on")
	require.Equal(t, event.Micros(14_000_000), p.Features.Get("revenue").Money.Get("EUR"))
}

func TestASharedDeviceDoesNotMakeTwoPeopleOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.identify("ada", "shared", ada)
	w.identify("bob", "shared", map[string]any{"first_name": "Bob"})
	a, b := w.person("user_id:ada"), w.person("user_id:bob")
	require.NotEqual(t, a.ID, b.ID)
	require.Empty(t, b.Settling)
	require.NotContains(t, b.Identities, person.NewIdentity(person.AnonymousID, "shared"))
	require.Contains(t, w.history(b), "refused")
}

func TestADisarmedWorkspaceSendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.live(event.Disarmed)
	w.identify("ada", "", ada)
	w.order("ada", 30)
	w.pass(30 * day)
	require.Empty(t, w.sent)
	require.Empty(t, w.person("user_id:ada").Goals, "nobody joins a goal before it can act")
}

func TestGoingLiveConsidersThePeopleWhoAreThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.live(event.Disarmed)
	w.identify("ada", "", ada)
	w.order("ada", 30)
	w.live(event.LiveToAll)
	require.Contains(t, w.person("user_id:ada").Goals, "second-order")
}

func TestNothingIsGrantedInQuietHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.now = event.InstantOf(time.Date(2026, 3, 3, 22, 30, 0, 0, time.UTC)) // 23:30 in Berlin
	for i := range 20 {
		name := string(rune('a' + i))
		w.identify(name, "", map[string]any{"email": name + "@example.com", "consent": map[string]bool{"email": true}})
		w.order(name, 10)
	}
	w.deliver()
	require.Empty(t, w.sent)
	w.pass(9 * time.Hour) // until 08:30 in Berlin
	require.NotEmpty(t, w.sent)
}

func TestARebuiltStateIsTheSameToTheByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	for i := range 30 {
		name := string(rune('a' + i%26))
		w.append(event.Event{Kind: event.Page, Name: "Home", AnonymousID: "anon-" + name})
		w.identify(name, "anon-"+name, map[string]any{"email": name + "@example.com", "consent": map[string]bool{"email": i%3 > 0}})
		w.order(name, float64(10+i))
		w.pass(8 * time.Hour)
	}
	w.pass(70 * day)
	live, sent := w.hash(), len(w.sent)
	require.NotZero(t, sent)
	before := w.journal.End()
	for _, groups := range []int{1, 2, 7} {
		w.restart(groups)
		w.drain()
		require.Equal(t, live, w.hash(), "folded again by %d groups", groups)
	}
	require.Equal(t, before, w.journal.End(), "folding again adds nothing to the journal")
}
