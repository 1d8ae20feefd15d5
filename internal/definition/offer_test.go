package definition_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

const offers = `
workspace: {name: Shop, currency: EUR}
features: [{id: orders, count: Order Completed}]
map: {stages: [{id: try}, {id: use, when: orders > 1}]}
slots: [{id: home-top}]
complaints: {events: Complaint Raised, until: [Complaint Answered, Complaint Withdrawn]}
goals:
  - id: second
    from: try
    to: use
    kpi: {events: Order Completed}
    horizon: 30d
    margin: 40%
    budget: {money: 500}
    guardrails: [{measure: complaints, at_most: 0.1%}]
    actions:
      - id: thank-you
        kind: offer
        cost: 0.05
        margin: 2
        stock: {units: 100}
        hours: {from: "09:00", to: "18:00"}
        within: 24h
        parameters:
          - {id: discount, from: 5, to: 25, steps: 3, cost: 0.3}
          - {id: gift, values: [card, sample]}
        messages:
          - {id: mail, channel: email, appeal: ethos, subject: Hello, body: Hello, next_step: {label: Go, url: "https://shop.example"}}
          - {id: top, channel: home-top, appeal: logos, subject: Hello, body: Hello, next_step: {label: Go, url: "https://shop.example"}}
channels: [{id: email, from: a@shop.example}]
`

func TestAnActionSaysWhatItCostsAndInHowManyWaysItCanBeSet(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(offers))
	require.NoError(t, err)
	g := ws.Goals[0]
	require.InDelta(t, 0.4, g.Margin, 0)
	require.InDelta(t, 0.1, g.Discount, 0)
	require.Equal(t, definition.Budget{Money: 500, Per: 30 * 24 * time.Hour}, g.Budget)
	require.Equal(t, []definition.Guardrail{{Measure: definition.Complaints, AtMost: 0.001}}, g.Guardrails)
	a := g.Actions[0]
	require.Equal(t, definition.Stock{Units: 100, Per: 24 * time.Hour}, a.Stock)
	require.Equal(t, definition.Window{From: 9 * time.Hour, To: 18 * time.Hour}, a.Hours)
	require.Equal(t, 24*time.Hour, a.Within)
	var keys []string
	for _, s := range a.Settings() {
		keys = append(keys, s.Key)
	}
	require.Equal(t, []string{
		"discount=5,gift=card", "discount=5,gift=sample", "discount=15,gift=card", "discount=15,gift=sample", "discount=25,gift=card", "discount=25,gift=sample",
	}, keys)
	last := a.Settings()[5]
	require.Equal(t, map[string]string{"discount": "25", "gift": "sample"}, last.Values)
	require.InDelta(t, 7.5, last.Cost, 1e-9)
	require.Equal(t, "home-top", a.Messages[1].Channel)
	require.Equal(t, []string{"Complaint Answered", "Complaint Withdrawn"}, ws.Complaints.Until)
}

func TestAnActionWithoutParametersCanBeSetInOneWay(t *testing.T) {
	t.Parallel()
	var a definition.Action
	require.Equal(t, []definition.Setting{{}}, a.Settings())
}

func TestWhatAnActionCannotBeIsSaid(t *testing.T) {
	t.Parallel()
	for change, want := range map[[2]string]string{
		{"cost: 0.05", "cost: -1"}:                                          `"-1" is not possible here; write a number of at least 0, such as 2.50`,
		{"within: 24h", "within: 30d"}:                                      "is too long; write at most 7d: an hour of a week is chosen within it",
		{"from: 5, to: 25", "from: 25, to: 5"}:                              "is not above from; a range goes up",
		{"steps: 3", "steps: 20"}:                                           "can be set in 40 ways; leave at most 24: each is learned of on its own",
		{"values: [card, sample]", "values: [card, card]"}:                  `"card" is not possible here; write each value once, without commas, question marks and equals signs`,
		{"values: [card, sample]", "values: [card], from: 2"}:               "has both values and a range; write either values, or from and to",
		{"until: [Complaint Answered, Complaint Withdrawn]", ""}:            "complaints.until: is missing; name the events that close it, such as Complaint Answered",
		{"channel: home-top", "channel: home-bottom"}:                       `there is no channel "home-bottom"; declare it, or use one of: email, home-top`,
		{"slots: [{id: home-top}]", "slots: [{id: home-top}, {id: email}]"}: `"email" is a channel as well; give the slot another id`,
		{"measure: complaints", "measure: sighs"}:                           `"sighs" is not possible here; use one of: complaints, unsubscribes, bounces`,
	} {
		yaml := strings.Replace(offers, change[0], change[1], 1)
		require.NotEqual(t, offers, yaml, change)
		_, err := definition.Compile([]byte(yaml))
		require.ErrorContains(t, err, want)
	}
}

func TestARuleForComplaintsReadsHistoriesAgain(t *testing.T) {
	t.Parallel()
	with, err := definition.Compile([]byte(offers))
	require.NoError(t, err)
	other, err := definition.Compile([]byte(strings.Replace(offers, "events: Complaint Raised", "events: Ticket Opened", 1)))
	require.NoError(t, err)
	require.NotEqual(t, with.Basis, other.Basis)
	d := definition.Compare(with, other)
	require.Len(t, d.Changes, 1)
	require.True(t, d.Recompute)
}
