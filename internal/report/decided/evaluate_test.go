package decided_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report/decided"
	"github.com/rapporthq/rapport/internal/report/question"
)

// logged is an archive of decisions whose outcome is known.
type logged []string

func (l logged) Run(context.Context, question.Ask) (out question.Answer, err error) {
	for _, row := range l {
		out.Rows = append(out.Rows, []any{row})
	}
	return out, nil
}

// TestADraftIsWorthWhatItsActionsBroughtAtItsCosts: of a fair log of silence, a and b,
// which bring nothing, 2 and 1, a draft that has only b brings 1, less what b costs more.
func TestADraftIsWorthWhatItsActionsBroughtAtItsCosts(t *testing.T) {
	t.Parallel()
	const dearer = 0.25
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	actions, worth := []string{event.Silence, "more/a", "more/b"}, []float64{0, 2, 1}
	var log logged
	for range 6000 {
		n := r.IntN(3)
		row, err := json.Marshal(map[string]any{
			"person": person.ID{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}, "action": actions[n], "reward": worth[n] + r.NormFloat64(),
			"context": []float64{1, float64(r.IntN(2))}, "actions": actions, "offers": []float64{1. / 3, 1. / 3, 1. / 3}, "record": n,
		})
		require.NoError(t, err)
		log = append(log, string(row))
	}
	ask := func(policy string) decided.Evaluation {
		e, err := decided.Evaluate(t.Context(), log, decided.Period{}, policy, func(record json.RawMessage) (*decided.Again, error) {
			out := &decided.Again{Probabilities: []float64{0, 0, 1}}
			if string(record) == "2" && policy == decided.Draft {
				out.Cheaper = -dearer
			}
			return out, nil
		})
		require.NoError(t, err)
		require.Empty(t, e.Refused)
		return e
	}
	draft, now := ask(decided.Draft), ask(decided.InForce)
	require.Equal(t, now.Logged, draft.Logged, "what was earned is as it was, whatever the draft's costs")
	require.InDelta(t, 1, draft.Logged.Value, 0.06)
	for _, c := range []struct {
		of   decided.Evaluation
		want float64
	}{{now, 1}, {draft, 1 - dearer}} {
		for _, e := range c.of.Estimates {
			require.InDelta(t, c.want, e.Value, 0.1, "%s by %s", c.of.Policy, e.Name)
			require.True(t, e.Name != "DR" || e.Low < c.want && c.want < e.High, "%s by %s: %g to %g", c.of.Policy, e.Name, e.Low, e.High)
		}
	}
	_, err := decided.Evaluate(t.Context(), log, decided.Period{}, decided.Draft, func(json.RawMessage) (*decided.Again, error) { return nil, nil })
	require.ErrorContains(t, err, "cannot be decided again")
}
