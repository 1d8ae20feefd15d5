package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/sim"
)

// authored is beside the goals of the shop: a journey with a holdout, and one that
// people are owed.
const authored = `
journeys:
  - id: welcome
    holdout: 20%
    kpi: {events: Order Completed}
    begin: {events: Order Completed, when: orders == 1}
    steps:
      - {id: hello, send: {kind: information, try: 5d, messages: [{id: hello, channel: email, appeal: ethos, headline: Hello, body: Hi, next_step: {label: Go, url: "https://shop.example/"}}]}}
      - {id: rest, wait: 5d}
      - {id: again, send: {kind: offer, weigh: true, cool_down: 30d, try: 5d, messages: [{id: again, channel: email, appeal: pathos, headline: Again, body: Hi, next_step: {label: Go, url: "https://shop.example/"}}]}}
  - id: receipt
    transactional: true
    begin: {events: Order Completed, again: 1m}
    steps:
      - {id: receipt, send: {kind: information, messages: [{id: receipt, channel: email, appeal: logos, headline: Receipt, body: Paid, next_step: {label: Go, url: "https://shop.example/"}}]}}
`

// TestARehearsalWithJourneysIsHeldToTheRules has the checker, which knows the rules by
// itself, look at every choice and grant of people who are on journeys.
func TestARehearsalWithJourneysIsHeldToTheRules(t *testing.T) {
	t.Parallel()
	yaml, ok := definition.Template("retail")
	require.True(t, ok)
	j := journal.NewMemory()
	r := rehearse(t, sim.RehearseOptions{Seed: 4, People: 150, Days: 60, LiveDay: 10, Journal: j, Definitions: append(yaml, authored...)})
	require.NotNil(t, r)
	granted := map[string]int{}
	for _, rec := range told(t, j, nil) {
		e, err := event.Decode(rec.Data)
		require.NoError(t, err)
		if e.Kind == event.Grant {
			g, err := event.Unpack[event.GrantBody](e)
			require.NoError(t, err)
			granted[g.Goal+"/"+g.Action]++
		}
	}
	require.Positive(t, granted["welcome/hello"])
	require.Positive(t, granted["receipt/receipt"])
}
