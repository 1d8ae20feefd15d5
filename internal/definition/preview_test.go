package definition_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

// Who writes a rule sees where in it something is wrong.
func TestWhatIsWrongWithARuleHasItsPlaceInIt(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(`
workspace: {name: Shop, currency: EUR}
features: [{id: orders, count: Order Completed}, {id: last-order, last: Order Completed}]
map: {stages: [{id: new}]}
segments: [{id: buyers, when: 'orders > 0'}]
`))
	require.NoError(t, err)
	for _, c := range []struct {
		rule, what string
		at         int
	}{
		{`orders > 3 && ordres < 9`, `there is no "ordres"`, 15},
		{"  orders > 3\n  && ordres < 9", `there is no "ordres"`, 19},
		{`orders >`, "it ends too early", 9},
		{`orders > 1 && in_segment("buyer")`, `there is no segment "buyer"`, 15},
		{` did(order, 2)`, `there is no feature "order"`, 2},
		{`orders > 0 || now > last_order`, "now may only be compared", 15},
		{`orders > 1 && did(3)`, "this function is not asked so", 19},
		{`"größer" == stage && stag == "x"`, `there is no "stag"`, 22},
		{``, "is empty", 0},
		{`orders`, "the expression gives", 0},
	} {
		_, err := ws.Predicate(c.rule)
		problems, ok := definition.ProblemsOf(err)
		require.True(t, ok, c.rule)
		require.Contains(t, problems[0].What, c.what, c.rule)
		require.Equal(t, c.at, problems[0].At, "%s: %s", c.rule, problems[0].What)
	}
}
