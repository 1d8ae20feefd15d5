package decide_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
)

func TestTheTrustInStatesComesFromCohortsThatAreOldEnough(t *testing.T) {
	t.Parallel()
	require.InDelta(t, decide.UntilCalibrated, decide.Trust(nil).Trust, 0)
	r := rand.New(rand.NewPCG(1, 2))
	arms := make([]decide.Mature, 3)
	for i := range 900 {
		// The arms differ, and so do people: neither is what a surprise foretells.
		before := 50 + 20*r.NormFloat64()
		gain := -before/2 + 4*r.NormFloat64() + float64(5*(i%3))
		later := 2*before + .7*(gain+before/2) + float64(30*(i%3)) + 8*r.NormFloat64()
		arms[i%3].Add(gain, before, later)
		if i == 20 {
			require.InDelta(t, decide.UntilCalibrated, decide.Trust(arms).Trust, 0, "twenty people say nothing")
		}
	}
	told := decide.Trust(arms)
	require.InDelta(t, .7, told.Slope, 3*told.Error)
	require.Less(t, told.Error, .1)
	require.InDelta(t, told.Slope, told.Trust, 0)
	require.InDelta(t, 900, told.People, 0)

	var flat decide.Mature
	for range 50 {
		flat.Add(1, 2, 3)
	}
	require.InDelta(t, decide.UntilCalibrated, decide.Trust([]decide.Mature{flat}).Trust, 0, "whose state never surprises")
}
