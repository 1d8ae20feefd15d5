package processor_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// promote brings a model of the shop into force whose people order so many times
// as often as those of another.
func (w *world) promote(pace float64) *belief.Model { return w.promoteWorth(pace, 0) }

// promoteWorth is promote with what an act is worth.
func (w *world) promoteWorth(pace, worth float64) *belief.Model {
	w.t.Helper()
	ws, err := definition.Compile(shop)
	require.NoError(w.t, err)
	body := belief.Vocabulary(ws)
	body.Acts[0].Worth = worth
	body.Touches = []belief.Touch{{Action: "thanks", Name: "Thank you"}}
	body.Model = &statemodel.Model{
		Kinds: []statemodel.Kind{{Name: "act", Rate: []float64{.02 * pace, .2 * pace}}},
		Up:    []float64{.004}, Down: []float64{.01}, Exit: []float64{.02, .001}, Start: [][]float64{{.5, .5}}, Grid: statemodel.Grid{Activity: 1.5},
		Touches: []statemodel.TouchClass{{
			Name: "thanks", Move: [][][]float64{{{.8, .2}, {.02, .98}}}, Outcomes: []statemodel.Outcome{{Name: belief.Clicked}}, Respond: [][]float64{{.95, .05}, {.7, .3}},
		}},
	}
	require.NoError(w.t, body.Name(nil))
	raw, err := body.Encode()
	require.NoError(w.t, err)
	m, err := belief.New(raw)
	require.NoError(w.t, err)
	hash, err := processor.PutTrained(w.t.Context(), w.journal, raw, event.TrainedBody{People: 7}, w.now)
	require.NoError(w.t, err)
	require.Equal(w.t, m.Hash, hash)
	require.NoError(w.t, processor.PutModel(w.t.Context(), w.journal, event.ModelBody{Hash: hash, By: "test"}, w.now))
	w.drain()
	return m
}

// darken brings the same model into force, told when acts could not be seen.
func (w *world) darken(m *belief.Model, dark ...belief.Dark) *belief.Model {
	w.t.Helper()
	body := *m.Body
	body.Dark = dark
	return w.follow(&body)
}

// follow brings a model into force.
func (w *world) follow(body *belief.Body) *belief.Model {
	w.t.Helper()
	raw, err := body.Encode()
	require.NoError(w.t, err)
	hash, err := w.journal.PutBody(w.t.Context(), raw)
	require.NoError(w.t, err)
	require.NoError(w.t, processor.PutModel(w.t.Context(), w.journal, event.ModelBody{Hash: hash, By: "test"}, w.now))
	w.drain()
	made, err := belief.New(raw)
	require.NoError(w.t, err)
	return made
}

// parted brings the same model into force, of people who begin differently by plan.
func (w *world) parted(m *belief.Model) *belief.Model {
	w.t.Helper()
	body, model := *m.Body, *m.Body.Model
	body.Start = &belief.Start{Trait: "plan", Values: []string{"free", "paid"}, People: []int{90, 90}}
	model.Start = [][]float64{{.5, .5}, {.9, .1}, {.1, .9}}
	body.Model = &model
	return w.follow(&body)
}

// agrees holds everybody's belief to a slow filtering of their history.
func (w *world) agrees(m *belief.Model) (believed int) {
	w.t.Helper()
	require.NoError(w.t, w.store.EachPerson(w.t.Context(), func(p *profile.Person, history func(func(event.Event) bool) error) error {
		var past []event.Event
		require.NoError(w.t, history(func(e event.Event) bool { past = append(past, e); return true }))
		want := m.Refilter(nil, slices.Values(past))
		if want == nil {
			require.Nil(w.t, p.Belief)
			return nil
		}
		require.NotNil(w.t, p.Belief)
		require.False(w.t, p.Belief.Late)
		require.Equal(w.t, want.At, p.Belief.At)
		require.Equal(w.t, want.Law, p.Belief.Law, "%s", p.Identities)
		require.Equal(w.t, want.Waiting, p.Belief.Waiting)
		believed++
		return nil
	}))
	return believed
}

func TestBeliefsAreThoseOfTheHistoryWhateverComesAndWhenever(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	names := []string{"ada", "ben", "cleo", "dora", "eve"}
	for i, name := range names {
		w.identify(name, "", map[string]any{"email": name + "@example.com", "consent": map[string]bool{"email": true}})
		w.order(name, float64(10+i))
	}
	w.pass(5 * day)
	require.Nil(t, w.person("user_id:ada").Belief, "without a model nothing is believed")

	m := w.promote(1)
	require.Equal(t, len(names), w.agrees(m), "a model that comes into force reads everybody's history")
	for i := range 12 {
		w.order(names[i%3], float64(20+i))
		w.pass(3 * day)
	}
	require.Equal(t, len(names), w.agrees(m))
	require.NotEmpty(t, w.sent, "touches are among what moved them")

	w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Time: noon.Add(time.Hour)})
	require.True(t, w.person("user_id:ada").Belief.Late)
	w.pass(day)
	w.agrees(m)

	w.append(event.Event{Kind: event.Track, Name: "Order Completed", AnonymousID: "browser"})
	w.pass(day)
	w.identify("ben", "browser", nil)
	w.pass(day)
	require.Equal(t, len(names), w.agrees(m), "two became one")

	w.append(event.Event{Kind: event.Unmerge, To: w.person("user_id:ben").ID, Body: event.Pack(event.UnmergeBody{Record: w.person("user_id:ben").Merges[0].Record})})
	w.pass(day)
	require.Equal(t, len(names)+1, w.agrees(m), "and two again")

	faster := w.promote(2)
	require.Equal(t, len(names)+1, w.agrees(faster))
	w.append(event.Event{Kind: event.Erase, To: w.person("user_id:eve").ID, Body: event.Pack(event.EraseBody{At: w.now})})
	w.order("ada", 3)
	require.Equal(t, len(names), w.agrees(faster))

	dark := w.darken(faster, belief.Dark{From: noon.Add(10 * day), To: noon.Add(20 * day)})
	require.Equal(t, len(names), w.agrees(dark), "and what is known of a source's outage reaches everybody")
	w.order("ada", 4)
	w.agrees(dark)

	live, end := w.hash(), w.journal.End()
	for _, groups := range []int{1, 3} {
		w.restart(groups)
		w.drain()
		require.Equal(t, live, w.hash(), "folded again by %d groups", groups)
	}
	require.Equal(t, end, w.journal.End())
	models, err := w.store.TrainedModels()
	require.NoError(t, err)
	require.Len(t, models, 3)
	require.Equal(t, "test", models[1].Placed)

	require.NoError(t, processor.PutModel(t.Context(), w.journal, event.ModelBody{}, w.now))
	w.drain()
	require.Nil(t, w.person("user_id:ada").Belief, "and without a model again")
}

func TestSilenceAloneMovesPeopleAndTheirTimelineSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.promote(1)
	for range 8 {
		w.order("ada", 30)
		w.pass(4 * day)
	}
	require.Equal(t, "frequent", w.person("user_id:ada").Belief.State)
	w.pass(250 * day)
	p := w.person("user_id:ada")
	require.Equal(t, "gone", p.Belief.State)
	require.Less(t, p.Belief.Active, uint16(500))
	labels := w.history(p)
	require.Contains(t, labels, "state_moved")
	moved := 0
	for _, l := range labels {
		if l == "state_moved" {
			moved++
		}
	}
	require.LessOrEqual(t, moved, 4, "nobody goes to and fro")
}

func TestImportedHistoryIsBelievedAndMovesNobodyAsIfItWereNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	m := w.promote(1)
	for i := range 6 {
		w.append(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "old", Imported: true, Time: noon.Add(time.Duration(i-100) * day)})
	}
	p := w.person("user_id:old")
	require.NotEmpty(t, p.Belief.State)
	require.NotContains(t, w.history(p), "state_moved")
	w.agrees(m)
}

func TestARuleOnWhereARelationshipStandsHoldsAsSoonAsItIsSeenThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.promote(1)
	_, err := processor.PutDefinitions(t.Context(), w.journal, append(slices.Clone(shop), "\nsegments:\n  - {id: worth, when: 'state.name == \"frequent\"'}\n  - {id: lost, when: 'state.active < 0.5'}\n  - {id: not-lost, when: '!(state.active < 0.5)'}\n"...), w.now)
	require.NoError(t, err)
	w.drain()
	w.identify("nobody-yet", "", map[string]any{"email": "n@example.com"})
	for range 8 {
		w.order("ada", 30)
		w.pass(4 * day)
	}
	ada := w.person("user_id:ada")
	require.Equal(t, "frequent", ada.Belief.State)
	require.True(t, ada.In("worth"))
	require.True(t, ada.In("not-lost"))
	w.pass(250 * day)
	ada = w.person("user_id:ada")
	require.False(t, ada.In("worth"))
	require.True(t, ada.In("lost"), "silence alone moved her")
	stranger := w.person("user_id:nobody-yet")
	require.Empty(t, stranger.Segments, "of whom nothing is believed no rule on it holds")
}

func TestPeopleAreFollowedFromWhereTheirRelationshipBegan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.identify("ada", "", map[string]any{"plan": "free"})
	w.order("ada", 10)
	m := w.parted(w.promote(1))
	require.Equal(t, 1, w.agrees(m))
	for name, traits := range map[string]map[string]any{"ben": {"plan": "paid"}, "cleo": {"plan": "gold"}, "dora": nil} {
		w.identify(name, "", traits)
		w.order(name, 10)
	}
	require.Equal(t, 4, w.agrees(m))
	upper := func(name string) float64 {
		is, err := m.Outlook(w.person("user_id:"+name).Belief, w.person("user_id:"+name).Belief.At, 30)
		require.NoError(t, err)
		for _, s := range is.States {
			if s.State == m.Body.States[1].ID {
				return s.P
			}
		}
		return 0
	}
	require.InDelta(t, .1, upper("ada"), .01)
	require.InDelta(t, .9, upper("ben"), .01)
	require.InDelta(t, .5, upper("cleo"), .01, "a plan that training had not seen")
	require.InDelta(t, .5, upper("dora"), .01)

	// What comes too late is taken in, and a change of plan does not change how it began.
	w.append(event.Event{Kind: event.Identify, UserID: "dora", Traits: []byte(`{"plan":"paid"}`), Time: noon.Add(-time.Hour)})
	w.identify("ada", "", map[string]any{"plan": "paid"})
	w.pass(day)
	require.Equal(t, 4, w.agrees(m))
	require.InDelta(t, .9, upper("dora"), .01)
	require.InDelta(t, .1, upper("ada"), .01)
}
