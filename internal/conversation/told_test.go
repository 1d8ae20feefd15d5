package conversation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
)

const telling = `
workspace: {name: Shop, currency: EUR, time_zone: UTC}
features: [{id: orders, count: Order Completed}]
map: {stages: [{id: use}]}
policy: {}
channels: [{id: sms, from: "+15550100"}, {id: voice, from: "+15550100"}, {id: telegram}]
calls: [{id: order, url: "https://shop.example/order"}]
conversations:
  - id: order
    name: Where is it?
    begin: {words: [order]}
    steps:
      - {id: look, look_up: order}
      - id: tell
        say: "Your {{ answers.look.kind }} parcel comes on {{ answers.look.day }} and costs 12.00 euros. Ask for 4711."
        on:
          sms: "It comes on {{ answers.look.day }}: {{ answers.look.kind }}, 12 euros. Code 4711"
          voice: "Your parcel is on its way and will cost you twelve euros."
      - {id: done, end: told}
    tests:
      - name: told
        channel: telegram
        script: |
          < order
          > Your fragile parcel comes on 2026-03-04 and costs 12.00 euros. Ask for 4711.
          = told
        results: {order: {status: 200, result: {kind: fragile, day: "2026-03-04"}}}
`

func TestAChannelThatTellsLessIsFoundOutByStepAndFact(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(telling))
	require.NoError(t, err)
	c, ok := ws.Conversation("order")
	require.True(t, ok)
	require.Empty(t, conversation.LackingOn(ws, c, "telegram"), "what it says everywhere")
	require.Empty(t, conversation.LackingOn(ws, c, "sms"), "other words, and 12 for 12.00")
	require.Equal(t, []conversation.Lacking{{Step: "tell", Facts: []string{"fragile", "2026-03-04", "12.00", "4711"}}}, conversation.LackingOn(ws, c, "voice"))
}
