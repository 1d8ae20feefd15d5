package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/decided"
)

// deciding is a shop in which fifty people have ordered, and something was decided
// about each.
func deciding(t *testing.T) *running {
	t.Helper()
	_, address := newMailbox(t)
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, everyday), SMTP: config.SMTP{Address: address, TLS: "none"}})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	for i := range 50 {
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{"userId": fmt.Sprintf("u%d", i), "traits": map[string]any{"email": fmt.Sprintf("p%d@example.com", i), "first_name": "P", "consent": map[string]bool{"email": true}}}, nil))
		r.track(fmt.Sprintf(`{"userId":"u%d","event":"Order Completed","properties":{"revenue":20}}`, i))
	}
	require.Eventually(t, func() bool {
		return len(r.decisions("")) == 50 && len(r.decisions("outcome=waiting")) == 0
	}, 2*time.Minute, time.Second)
	return r
}

func (r *running) decisions(query string) []decided.DecisionRow {
	r.t.Helper()
	var list api.DecisionList
	require.Equal(r.t, http.StatusOK, r.call(http.MethodGet, "/api/v1/decisions?limit=1000&"+query, nil, &list))
	return list.Decisions
}

func TestDecisionsAreFoundByWhatTheyWereAndExplainedOneByOne(t *testing.T) { // not parallel: every question starts a process
	r := deciding(t)
	all := r.decisions("")
	silent := r.decisions("outcome=silence")
	for _, d := range silent {
		require.Equal(t, "silence", d.Action)
	}
	acted := map[string]bool{}
	for _, outcome := range []string{"waiting", "sent", "opened", "clicked", "suppressed", "failed", "bounced", "complained"} {
		for _, d := range r.decisions("outcome=" + outcome) {
			require.NotEqual(t, "silence", d.Action)
			require.False(t, acted[d.ID], "a delivery has come one way only")
			acted[d.ID] = true
		}
	}
	require.NotEmpty(t, silent)
	require.NotEmpty(t, acted)
	require.Len(t, all, len(silent)+len(acted))
	require.Empty(t, r.decisions("outcome=earned"), "nobody's window is over")
	require.Empty(t, r.decisions("goal=nothing"))
	require.Len(t, r.decisions("goal=again"), len(all))
	require.Len(t, r.decisions("person="+all[0].Person.String()), 1)
	require.Len(t, r.decisions("action=a"), len(r.decisions("action=a&channel=email")))
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodGet, "/api/v1/decisions?outcome=great", nil, nil))
	older := r.decisions("before=" + url.QueryEscape(all[20].At.Time().Format(time.RFC3339Nano)))
	require.Less(t, len(older), len(all)-20, "older than the twenty-first")
	for _, d := range older {
		require.Less(t, d.At, all[20].At)
	}

	for _, d := range all[:5] {
		var one api.Decision
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/decisions/"+strings.ReplaceAll(d.ID, "/", "-"), nil, &one))
		require.Equal(t, "same", one.Again, one.Why)
		one.Name = d.Name // people are in the archive later than what was decided about them
		require.Equal(t, d, one.DecisionRow)
		require.Equal(t, d.Action, one.Candidates[one.Chosen].Action)
		sum := 0.0
		for _, c := range one.Candidates {
			sum += c.Probability
			require.True(t, c.Probability > 0 || c.Withheld.Code != "", "what was not possible has its reason")
		}
		require.InDelta(t, 1, sum, 1e-9)
	}
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/decisions/1-2-3", nil, nil))

	var effects decided.EffectMap
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/effects?since=2020-01-01T00:00:00Z", nil, &effects))
	require.Empty(t, effects.Cells, "no outcome is known yet")
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodGet, "/api/v1/effects?until=yesterday", nil, nil))
	require.NotEmpty(t, effects.Sentence)
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodPost, "/api/v1/evaluation", api.EvaluateDraft{YAML: "goals: 7"}, nil), "a draft that cannot be read")
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodPost, "/api/v1/evaluation", api.EvaluateDraft{YAML: everyday}, nil), "nothing to go by yet")
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodGet, "/api/v1/evaluation?policy=draft", nil, nil), "a draft is sent")
	var plan api.GoalPlan
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/goals/again/plan", nil, &plan))
	require.NotEmpty(t, plan.Sentence)
}

func TestALeverTurnsWhatIsDecidedUntilItIsReleased(t *testing.T) { // not parallel: every question starts a process
	r := deciding(t)
	before := map[string]bool{}
	for _, d := range r.decisions("") {
		before[d.ID] = true
	}
	var l event.Lever
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodPost, "/api/v1/levers", api.LeverRequest{Kind: event.Block, On: event.OnGoal, Goal: "nothing"}, nil))
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/levers", api.LeverRequest{Kind: event.Block, On: event.OnAction, Goal: "again", Action: "a", Why: "out of stock"}, &l))
	var list api.LeverList
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/levers", nil, &list))
	require.Equal(t, []event.Lever{l}, list.Levers)
	require.Equal(t, "out of stock", l.Why)

	for i := range 30 {
		id := fmt.Sprintf("later-%d", i)
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{"userId": id, "traits": map[string]any{"email": id + "@example.com", "consent": map[string]bool{"email": true}}}, nil))
		r.track(`{"userId":"` + id + `","event":"Order Completed","properties":{"revenue":20}}`)
	}
	require.Eventually(t, func() bool { return len(r.decisions("")) == 80 }, 2*time.Minute, time.Second)
	taken := map[string]int{}
	for _, d := range r.decisions("") {
		if !before[d.ID] {
			taken[d.Action]++
		}
	}
	require.Zero(t, taken["a"])
	require.NotZero(t, taken["b"])
	var cost decided.LeverCost
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/levers/cost", nil, &cost))
	turned := r.decisions("outcome=levered")
	require.Len(t, turned, cost.Decisions, "the number opens its decisions")
	require.Equal(t, turned, r.decisions("lever="+l.ID))
	sum := 0.0
	for _, d := range turned {
		sum += d.Forgone
	}
	require.InDelta(t, sum, cost.Total.Value, 1e-9)
	require.Len(t, cost.Levers, 1)
	require.Equal(t, l.ID, cost.Levers[0].ID)
	require.Equal(t, http.StatusOK, r.call(http.MethodDelete, "/api/v1/levers/"+l.ID, nil, &list))
	require.Empty(t, list.Levers)
	require.Equal(t, http.StatusNotFound, r.call(http.MethodDelete, "/api/v1/levers/"+l.ID, nil, nil))
}

func TestWithoutAModelTheConsoleSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, everyday)})
	r.track(`{"userId":"u1","event":"Order Completed","properties":{"revenue":20}}`)
	r.person("user_id:u1")
	var states report.States
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/states", nil, &states))
	require.Nil(t, states.Model)
	require.NotNil(t, states.Needs)
	require.Less(t, states.Needs.Have, states.Needs.People)
	require.Contains(t, states.Answer, "stages serve")

	var belief report.PersonBelief
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+r.person("user_id:u1")+"/belief", nil, &belief))
	require.Nil(t, belief.Belief)
	require.NotNil(t, belief.Needs)

	var models api.ModelList
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/models", nil, &models))
	require.Empty(t, models.Models)
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/models/1", nil, nil))
	require.Equal(t, http.StatusNotFound, r.call(http.MethodPost, "/api/v1/models/1/promote", api.ModelOrder{}, nil))
}
