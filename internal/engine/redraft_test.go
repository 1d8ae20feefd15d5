package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
)

const drafted = `
workspace: {name: Shop, currency: EUR}
map: {stages: [{id: new}, {id: buyer, when: orders > 0}]}
features: [{id: orders, count: Order Completed}]
channels: [{id: email, from: shop@shop.example}, {id: sms, from: "+4930123"}]
goals:
  - id: more
    from: [new]
    to: [buyer]
    kpi: {events: [Order Completed], of: revenue}
    horizon: 30d
    actions:
      - {id: coupon, kind: offer, cost: 1, margin: 2, when: orders == 0, parameters: [{id: discount, values: [5, 10], cost: 0.1}], messages: [{id: mail, channels: [email, sms], appeal: logos, subject: Hello, body: Hello, next_step: {label: More, url: "https://shop.example/"}}]}
      - {id: news, kind: information, messages: [{id: letter, channel: email, appeal: logos, subject: News, body: News, next_step: {label: More, url: "https://shop.example/"}}]}
`

func compiled(t *testing.T, replace ...string) *definition.Workspace {
	t.Helper()
	ws, err := definition.Compile([]byte(strings.NewReplacer(replace...).Replace(drafted)))
	require.NoError(t, err)
	return ws
}

func TestADraftIsLaidOverADecisionThatWasMade(t *testing.T) {
	t.Parallel()
	record := &decide.Record{
		Offers: []decide.Offer{
			{Action: "silence"},
			{Action: "more/coupon", Parts: decide.Parts{Margin: 2, Cost: 1, Price: 3}, Ways: []decide.Way{
				{Message: "mail?discount=5", Channel: "email", More: -0.5}, {Message: "mail?discount=10", Channel: "sms", More: -1},
			}},
			{Action: "more/news", Ways: []decide.Way{{Message: "letter", Channel: "email"}}},
		},
		Drawn: decide.Drawn{Offer: 1, Way: 1},
	}
	same := engine.Redraft(record, compiled(t))
	require.Equal(t, record.Offers, same.Offers)
	require.Zero(t, same.Cheaper)

	dearer := engine.Redraft(record, compiled(t, "cost: 1,", "cost: 4,", "margin: 2", "margin: 7", "cost: 0.1", "cost: 0.2"))
	require.Equal(t, decide.Parts{Margin: 7, Cost: 4, Price: 3}, dearer.Offers[1].Parts)
	require.InDelta(t, -2.0, dearer.Offers[1].Ways[1].More, 1e-12)
	require.InDelta(t, -4.0, dearer.Cheaper, 1e-12, "3 for the touch and 1 for the discount")

	narrower := engine.Redraft(record, compiled(t, "channels: [email, sms]", "channel: email"))
	require.Len(t, narrower.Offers[1].Ways, 1)
	require.Zero(t, narrower.Cheaper, "what was done is no more")
	fewer := engine.Redraft(record, compiled(t, "{id: coupon,", "{id: voucher,"))
	require.Equal(t, []int{0, 2}, fewer.Was)
	require.Equal(t, "more/news", fewer.Offers[1].Action)
}

func TestWhatADraftChangesThatIsNotCountedIsNamed(t *testing.T) {
	t.Parallel()
	now := compiled(t)
	require.Empty(t, engine.Uncounted(now, compiled(t, "cost: 1,", "cost: 4,", "margin: 2", "margin: 7", "[5, 10]", "[5]", "channels: [email, sms]", "channel: email")))
	require.Equal(t, []string{"goal more: actions[coupon].when"}, engine.Uncounted(now, compiled(t, "orders == 0", "orders == 1")))
	require.Equal(t, []string{"more/coupon: 2 ways of it were never tried"}, engine.Uncounted(now, compiled(t, "[5, 10]", "[5, 20]")))
	for _, change := range [][2]string{
		{"horizon: 30d", "horizon: 20d"}, {"{id: coupon,", "{id: voucher,"}, {"subject: News", "subject: Noise"}, {"orders, count: Order Completed", "orders, count: Order Sent"},
	} {
		require.NotEmpty(t, engine.Uncounted(now, compiled(t, change[0], change[1])), "%s", change)
	}
}
