package statemodel

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEMNeverLowersThePosterior(t *testing.T) {
	t.Parallel()
	for s := 1; s <= 3; s++ {
		m := rich(s)
		r := rand.New(rand.NewPCG(5, uint64(s)))
		c := &corpus{scale: scale{rate: fill(2, .1), money: fill(2, 1), drift: .01, exit: .01}}
		compile := m.compiler()
		for range 80 {
			c.paths = append(c.paths, compile.path(someone(r)))
		}
		c.spans = spansOf(c.paths, true)
		c.split()
		last, first := 0.0, 0.0
		for i := range 30 {
			tb, l, sums, err := c.expect(m, InTurn)
			require.NoError(t, err)
			scalars, rows := free(m, c.scale)
			now := sums[l.ll] + logPrior(scalars, rows)
			if i > 0 {
				require.GreaterOrEqual(t, now, last-1e-9*(1-last), "%d states, step %d", s, i)
			}
			if i == 29 {
				require.Less(t, now-last, first/20, "it converges")
			}
			if i == 1 {
				first = now - last
			}
			last = now
			m = tb.maximise(l, sums, c.scale)
			require.NoError(t, m.Check())
		}
	}
}
