package sim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/sim"
	"github.com/rapporthq/rapport/internal/statestore"
)

// A letter that costs more than it can bring is among the three; the engine is not
// told so in any other way than by what comes of it.
func TestALetterThatCostsMoreThanItBringsIsHardlySentOnceThatIsLearned(t *testing.T) {
	t.Parallel()
	template, ok := definition.Template("retail")
	require.True(t, ok)
	yaml := strings.Replace(string(template), "kind: information\n        cool_down: 21d", "kind: information\n        cost: 40", 1)
	require.NotEqual(t, string(template), yaml)
	yaml = strings.Replace(yaml, "    every: 7d", "    every: 5d", 1)
	store, err := statestore.OpenMemory(statestore.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err = sim.Rehearse(t.Context(), sim.RehearseOptions{Seed: 5, People: 700, Days: 110, LiveDay: 20, Definitions: []byte(yaml), Store: store, NoReport: true})
	require.NoError(t, err)

	decisions, policy, even := 0, 0.0, 0.0 // probability of that letter, by the policy and by an even split
	require.NoError(t, store.EachPerson(t.Context(), func(_ *profile.Person, history func(func(event.Event) bool) error) error {
		return history(func(e event.Event) bool {
			if e.Kind != event.Choice {
				return true
			}
			b, err := event.Unpack[event.ChoiceBody](e)
			require.NoError(t, err)
			shares := map[string]float64{}
			for _, c := range b.Candidates {
				if c.Withheld.IsZero() {
					shares[c.Action] += c.Probability
				}
			}
			if p, possible := shares["what-goes-with-it"]; possible && b.Policy == decide.Thompson {
				decisions, policy, even = decisions+1, policy+p, even+1/float64(len(shares))
			}
			return true
		})
	}))
	n := float64(decisions)
	t.Logf("%d decisions: the letter has probability %.3f, where an even split gives %.3f: %.2f a decision are saved", decisions, policy/n, even/n, letterCost*(even-policy)/n)
	require.Greater(t, decisions, 200)
	require.Less(t, policy, 0.5*even)
}

const letterCost = 40
