package processor_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

const showingShop = `channel: email, appeal: ethos`

// withSlot is the shop with a place on its page for its one action.
func withSlot(w *world) {
	w.define(replace(shop, showingShop, `channels: [email, top, side], appeal: ethos`, "channels:\n", "slots: [{id: top, keep: 1h}, {id: side, keep: 0s}]\nchannels:\n"))
}

// ask asks what to show anon, and returns what was chosen, by slot.
func (w *world) ask(anon string, call int, slots ...string) map[string]event.ChoiceBody {
	w.t.Helper()
	id := fmt.Sprint("call", call)
	w.append(event.Event{
		Kind: event.Slots, UserID: anon, MessageID: id,
		Body: event.Pack(event.SlotsBody{Call: id, Slots: slots, Until: w.now.Add(time.Second)}),
	})
	out := map[string]event.ChoiceBody{}
	for _, e := range w.records() {
		if b, err := event.Unpack[event.ChoiceBody](e); err == nil && e.Kind == event.Choice && b.Call == id {
			out[b.Slot] = b
		}
	}
	require.Len(w.t, out, len(slots))
	return out
}

func (w *world) tellServed(anon string, b event.ChoiceBody, served bool) {
	w.append(event.Event{Kind: event.Served, To: w.person("user_id:" + anon).ID, MessageID: "served:" + b.ID.String(), Body: event.Pack(event.ServedBody{ID: b.ID, Served: served})})
}

func TestOnlyWhatASlotServedIsLearnedFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	withSlot(w)
	served := map[event.Opportunity]bool{}
	for i := range 40 {
		name := fmt.Sprint("v", i)
		w.order(name, 10)
		b := w.ask(name, i, "top")["top"]
		if i%4 > 0 {
			served[b.ID] = i%4 < 3
			w.tellServed(name, b, i%4 < 3)
		}
	}
	w.pass(16 * day)
	outcomes := 0
	w.everybody(func(p *profile.Person, history []event.Event) {
		require.Empty(t, p.Showing)
		for _, e := range history {
			b, err := event.Unpack[event.OutcomeBody](e)
			if e.Kind != event.Outcomes || b.Expected.Channel == "email" {
				continue
			}
			require.NoError(t, err)
			if _, told := served[b.ID]; told {
				require.True(t, served[b.ID], "what was told not to be seen has no outcome")
				outcomes++
			}
		}
	})
	require.Equal(t, 20, outcomes, "silence too is served only when the page said so")
	live := w.hash()
	w.restart(3)
	w.drain()
	require.Equal(t, live, w.hash(), "it is a part of the fold")
}

func TestASlotAnswersNobodyWhoHasGoneAndNothingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	withSlot(w)
	w.order("a", 10)
	late := event.Event{Kind: event.Slots, UserID: "a", MessageID: "late", Body: event.Pack(event.SlotsBody{Call: "late", Slots: []string{"top"}, Until: w.now.Add(-time.Second)})}
	w.append(late)
	first := w.ask("a", 1, "side")["side"]
	w.append(event.Event{Kind: event.Choice, To: w.person("user_id:a").ID, Body: event.Pack(first)})
	choices := 0
	for _, label := range w.history(w.person("user_id:a")) {
		if label == "choice" {
			choices++
		}
	}
	require.Equal(t, 2, choices, "one for the order, by e-mail, and one for the slot")
	second := w.ask("a", 2, "side")["side"]
	require.NotEqual(t, first.ID, second.ID)
	require.False(t, second.Kept)

	w.append(event.Event{Kind: event.Served, To: w.person("user_id:a").ID, Body: event.Pack(event.ServedBody{Call: "call2", Why: "late"})})
	p := w.person("user_id:a")
	require.Nil(t, p.Stake(second.ID), "the page waited no longer: nothing is learned from it")
	require.NotNil(t, p.Stake(first.ID))
}

func TestWhoIsHeldOutIsShownNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.define(replace(shop, showingShop, `channels: [email, top], appeal: ethos`, "channels:\n", "slots: [{id: top}]\nchannels:\n", "holdout: 0%\n    every", "holdout: 50%\n    every"))
	held := 0
	for i := range 40 {
		name := fmt.Sprint("v", i)
		w.order(name, 10)
		b := w.ask(name, i, "top")["top"]
		if w.person("user_id:" + name).Goals["second-order"].Arm == profile.Treated {
			require.Len(t, b.Candidates, 2)
			continue
		}
		held++
		require.Len(t, b.Candidates, 1)
		require.Equal(t, event.Silence, b.Candidates[0].Action)
		require.Contains(t, b.Reason, "holdout")
		require.Nil(t, b.Content)
	}
	require.Positive(t, held)
	require.Less(t, held, 40)
}

func TestACoolDownCountsWhatASlotServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	w.define(replace(shop, showingShop, `channels: [side], appeal: ethos`, "channels:\n", "slots: [{id: side, keep: 0s}]\nchannels:\n", "kind: information\n", "kind: information\n        cool_down: 2d\n"))
	w.order("a", 10)
	call := 0
	show := func() event.ChoiceBody { call++; return w.ask("a", call, "side")["side"] }
	b := show()
	for ; b.Candidates[b.Chosen].Action == event.Silence; b = show() {
		require.Less(t, call, 100)
	}
	w.tellServed("a", b, true)
	b = show()
	require.Equal(t, "cool_down", b.Candidates[1].Withheld.Code)
	w.pass(3 * day)
	b = show()
	require.True(t, b.Candidates[1].Withheld.IsZero(), "%s", b.Candidates[1].Withheld.Sentence)
	raw, err := json.Marshal(b)
	require.NoError(t, err)
	require.Contains(t, string(raw), `"slot":"side"`)
}
