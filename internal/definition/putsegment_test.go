package definition_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/fault"
)

const shopOfOne = `# our shop
workspace: {name: Shop, currency: EUR}
features: [{id: orders, count: Order Completed}]
map: {stages: [{id: new}]}
`

func TestASegmentIsPutWhereItBelongsAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	list := shopOfOne + `segments:
  # the good ones
  - {id: buyers, name: Buyers, when: 'orders > 0'} # often
  # and the better
  - id: regulars
    name: Regulars
    when: >-
      orders > 2 &&
      did("Order Completed", days(90))

# what people may want to hear of
topics: [{id: offers}]
`
	for _, c := range []struct{ what, source, id, name, rule, want string }{
		{"the first", shopOfOne, "buyers", "", "orders > 0", shopOfOne + "\nsegments:\n  - id: buyers\n    when: 'orders > 0'\n"},
		{
			"a new one", list, "few", "It's few", `traits.plan == "pro"`,
			strings.Replace(list, "(90))\n", "(90))\n  - id: few\n    name: 'It''s few'\n    when: 'traits.plan == \"pro\"'\n", 1),
		},
		{
			"an old one", list, "buyers", "", `orders > 1`,
			strings.Replace(list, "- {id: buyers, name: Buyers, when: 'orders > 0'} # often", "- id: buyers\n    name: 'Buyers'\n    when: 'orders > 1'", 1),
		},
		{
			"the last one, of several lines", list, "regulars", "Best", "orders > 3\n  && orders < 9",
			strings.Replace(strings.Replace(list, "name: Regulars", "name: 'Best'", 1), ">-\n      orders > 2 &&\n      did(\"Order Completed\", days(90))", "|-\n      orders > 3\n        && orders < 9", 1),
		},
	} {
		got, err := definition.PutSegment([]byte(c.source), c.id, c.name, c.rule)
		require.NoError(t, err, c.what)
		require.Equal(t, c.want, string(got), c.what)
		ws, err := definition.Compile(got)
		require.NoError(t, err, c.what)
		s, ok := ws.Segment(c.id)
		require.True(t, ok)
		require.Equal(t, c.rule, s.When.Source())
	}
}

func TestASegmentThatCannotBePutSaysWhy(t *testing.T) {
	t.Parallel()
	_, err := definition.PutSegment([]byte(shopOfOne), "buyers", "", "ordres > 0")
	problems, ok := definition.ProblemsOf(err)
	require.True(t, ok)
	require.Contains(t, problems[0].What, "ordres")
	_, err = definition.PutSegment([]byte(shopOfOne), "No Id", "", "orders > 0")
	_, ok = definition.ProblemsOf(err)
	require.True(t, ok)
	_, err = definition.PutSegment([]byte(shopOfOne+"segments: [{id: a, when: orders > 0}, {id: b, when: orders > 1}]\n"), "b", "", "orders > 3")
	require.True(t, fault.Is(err, fault.Unsupported), "%v", err)
}
