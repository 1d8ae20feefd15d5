package call

// An internal test: what a model answered has no door but a whole choice.

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzScores: whatever a company's model answers, what is taken of it are amounts of
// money for actions that there are, or it is said what was wrong.
func FuzzScores(f *testing.F) {
	f.Add([]byte(`{"scores":{"g/a":12.5,"g/b":-3,"else":1}}`))
	f.Add([]byte(`{"scores":{"g/a":1e300}}`))
	f.Add([]byte(`{"scores":null}`))
	f.Add([]byte("\xff"))
	actions := []string{"g/a", "g/b"}
	f.Fuzz(func(t *testing.T, answer []byte) {
		scores, err := readScores("model", answer, actions)
		if err != nil {
			require.Nil(t, scores)
			require.NotEmpty(t, err.Error())
			return
		}
		for key, x := range scores {
			require.True(t, slices.Contains(actions, key) && math.Abs(x) <= largestScore, "%s: %g", key, x)
		}
	})
}
