package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
)

func TestAChoiceOfAGoalThatIsGoneCountsAndIsStoppedWithAReason(t *testing.T) {
	t.Parallel()
	d := newDesk(t, shop)
	p := d.buyer()
	d.define(strings.Replace(shop, "id: second-order", "id: another", 1))
	// The choice was made under the old definitions and is read under the new.
	d.apply(choiceOf(p.Choosing.ID))
	p = d.records[p.ID]
	require.Equal(t, 1, p.Goals["second-order"].Chosen)
	require.Len(t, p.Deliveries, 1)
	for id := range p.Deliveries {
		d.apply(event.Event{Kind: event.Ask, To: p.ID, Body: event.Pack(event.AskBody{Delivery: id, Session: "s"})})
	}
	require.Equal(t, []string{policy.NotEligible}, codes(d.suppressions(p.ID)))
	require.Equal(t, 1, d.records[p.ID].Goals["second-order"].Held)
	require.Empty(t, d.records[p.ID].Deliveries)
}

func choiceOf(id event.Opportunity) event.Event {
	return event.Event{Kind: event.Choice, To: idOf("ada"), Body: event.Pack(event.ChoiceBody{
		ID: id, Goal: "second-order", Chosen: 1, Probability: 0.5, Candidates: []event.Candidate{
			{Goal: "second-order", Action: event.Silence, Probability: 0.5},
			{Goal: "second-order", Action: "thanks", Message: "thanks-mail", Channel: "email", Probability: 0.5},
		},
	})}
}

func TestALetterIsNotSentToWhoHasMovedOnSinceItWasChosen(t *testing.T) {
	t.Parallel()
	for name, what := range map[string]func(d *desk){
		"they are where the goal wanted them": func(d *desk) {
			d.apply(event.Event{Kind: event.Track, Name: "Order Completed", UserID: "ada", Properties: []byte(`{"revenue":9}`)})
		},
		"the action's rule no longer holds": func(d *desk) {
			d.apply(event.Event{Kind: event.Identify, UserID: "ada", Traits: []byte(`{"tired":true}`)})
		},
		"they have withdrawn their consent": func(d *desk) {
			d.apply(event.Event{Kind: event.Consented, To: idOf("ada"), Body: event.Pack(event.ConsentBody{Channel: "email"})})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, strings.Replace(shop, "kind: information", "kind: information\n        when: '!has(traits.tired)'", 1))
			p := d.buyer()
			d.choose(p, "thanks")
			what(d)
			for id := range d.records[p.ID].Deliveries {
				require.Empty(t, d.ask(p.ID, id).Emit)
			}
			require.Len(t, d.suppressions(p.ID), 1)
			require.Empty(t, d.records[p.ID].Deliveries)
		})
	}
}
