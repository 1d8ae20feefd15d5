//go:build models

package statemodel_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Over a hundred random halves of Hillstrom's people the 90 % intervals of what
// letters do hold what was drawn, and of a random label nothing is said. How many
// states there are is decided by how well unseen people are foretold, and by
// nothing of letters: two states are too few, and say that letters do too little.
func TestLettersOfHillstromCoverWhatWasDrawn(t *testing.T) {
	const n = 100
	all := readHillstrom(t)
	var best []coverage
	most := math.Inf(-1)
	for states := 1; states <= 5; states++ {
		got, unseen := halves(t, all, lettered(states), n)
		t.Logf("%d states foretell unseen people by %.5f nats each", states, unseen)
		for i := range got {
			got[i].report(t, letters[i].Name)
		}
		if unseen > most {
			most, best = unseen, got
		}
	}
	held := 0.0
	for _, c := range best {
		held += c.held
	}
	require.InDelta(t, .9, held/(3*n), .06, "of 90 %% intervals")
	require.Equal(t, []float64{n, n}, []float64{best[0].told, best[1].told}, "what letters do is told from nothing")
	require.LessOrEqual(t, best[2].told, .16*n, "of a label nothing is said: 10 in 100 may be told by chance")
}
