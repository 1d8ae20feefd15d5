package classic //nolint:testpackage // the rule is nobody else's business

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/integrate/quad"
)

func TestTheRuleIsGaussAndLegendres(t *testing.T) {
	t.Parallel()
	x, w := make([]float64, 24), make([]float64, 24)
	quad.Legendre{}.FixedLocations(x, w, -1, 1)
	if x[0] > x[23] {
		slices.Reverse(x)
		slices.Reverse(w)
	}
	nodes, weights := legendre24()
	for i := range nodes {
		require.InDelta(t, x[12+i], nodes[i], 1e-13)
		require.InDelta(t, w[12+i], weights[i], 1e-13)
	}
}
