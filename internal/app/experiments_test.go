package app_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/question"
)

func TestAnExperimentRunsIsEndedAndIsBroughtBack(t *testing.T) { // not parallel: every question starts a process
	_, address := newMailbox(t)
	source := everyday + "experiments:\n  - id: who-decides\n    goals: again\n    stop: {effect: 1}\n    arms: [{id: as-now}, {id: nothing, policy: silence}]\n"
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, source), SMTP: config.SMTP{Address: address, TLS: "none"}})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	for i := range 50 {
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{"userId": fmt.Sprintf("u%d", i), "traits": map[string]any{"email": fmt.Sprintf("p%d@example.com", i), "first_name": "P", "consent": map[string]bool{"email": true}}}, nil))
		r.track(fmt.Sprintf(`{"userId":"u%d","event":"Order Completed","properties":{"revenue":20}}`, i))
	}
	var page report.Trial
	read := func() int { return r.call(http.MethodGet, "/api/v1/experiments/who-decides", nil, &page) }
	require.Eventually(t, func() bool { return read() == http.StatusOK && page.People == 50 }, time.Minute, 200*time.Millisecond)
	require.Equal(t, "running", page.Status)
	require.Equal(t, 50, page.Sides[0].People+page.Sides[1].People)
	require.Greater(t, page.Sides[0].People, 10)
	for _, side := range page.Sides {
		var people report.People
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people?experiment=who-decides&arm="+side.ID, nil, &people))
		require.Equal(t, side.People, people.Total)
	}
	var list api.ExperimentList
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/experiments", nil, &list))
	require.Len(t, list.Experiments, 1)

	var answer question.Answer
	require.Eventually(t, func() bool {
		return r.call(http.MethodPost, "/api/v1/questions/run", api.QuestionRequest{SQL: "SELECT count(*) FILTER (action <> 'silence'), count(*) > 10 FROM decisions WHERE arms->>'$[0].arm' = 'nothing'"}, &answer) == http.StatusOK &&
			fmt.Sprint(answer.Rows[0][1]) == "true"
	}, time.Minute, time.Second)
	require.Equal(t, "0", fmt.Sprint(answer.Rows[0][0]), "nothing was done to anybody in that arm")

	var before api.DefinitionPage
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/definitions/current", nil, &before))
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodPost, "/api/v1/experiments/who-decides/end", api.EndRequest{Winner: "nobody"}, nil))
	require.Equal(t, http.StatusNotFound, r.call(http.MethodPost, "/api/v1/experiments/nothing/end", api.EndRequest{}, nil))
	var done api.Applied
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/experiments/who-decides/end", api.EndRequest{Winner: "as-now", Base: before.Hash}, &done))
	require.Equal(t, "experiment", done.Changes.Changes[0].Kind)
	require.Eventually(t, func() bool { return read() == http.StatusOK && page.Status == "ended" }, time.Minute, 200*time.Millisecond)
	require.Equal(t, "as-now", page.Winner)
	require.Equal(t, 50, page.People, "who came before counts as before")

	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/definitions/"+before.Hash+"/restore", api.RestoreRequest{Base: done.Version.Hash}, nil))
	require.Eventually(t, func() bool { return read() == http.StatusOK && page.Status == "running" }, time.Minute, 200*time.Millisecond)
}
