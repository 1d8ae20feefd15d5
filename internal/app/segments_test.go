package app_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/report"
)

func TestWhoBuysOftenIsInASegmentAtOnce(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	for _, m := range []string{"m1", "m2", "m3"} {
		r.track(`{"userId":"42","event":"Order Completed","messageId":"` + m + `","properties":{"revenue":200}}`)
	}
	r.track(`{"userId":"43","event":"Order Completed","messageId":"m4","properties":{"revenue":200}}`)
	r.person("user_id:43")
	id := r.person("user_id:42")

	counts := func() (n map[string]int) {
		var all report.Segments
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/segments", nil, &all))
		n = map[string]int{}
		for _, s := range all.Segments {
			n[s.ID] = s.People
			require.Equal(t, n[s.ID], s.Entered)
		}
		return n
	}
	require.Eventually(t, func() bool { return counts()["regulars"] == 1 }, time.Minute, 5*time.Millisecond)
	require.Equal(t, 1, counts()["big-spenders"])
	require.Contains(t, r.timeline(id), "segment_entered")

	var p report.Person
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id, nil, &p))
	require.Len(t, p.Segments, 2)
	require.Equal(t, "Regulars", p.Segments[1].Name)
	require.NotZero(t, p.Segments[1].Since)

	var listed people
	require.Eventually(t, func() bool {
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people?segment=regulars", nil, &listed))
		return len(listed.People) == 1 && listed.People[0].ID == id
	}, time.Minute, 20*time.Millisecond)

	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/people/"+id+"/consent", map[string]any{"channel": "email", "topic": "offer", "given": true, "proof": "said so on the phone"}, nil))
	var h report.ConsentHistory
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id+"/consent-history", nil, &h))
	require.Len(t, h.Said, 1)
	require.Equal(t, []string{"person", "console", "said so on the phone"}, []string{h.Said[0].By, h.Said[0].Source, h.Said[0].Proof})

	var sweep report.Sweep
	require.Eventually(t, func() bool {
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/sweep", nil, &sweep))
		return !sweep.Running
	}, time.Minute, 20*time.Millisecond)
	require.Equal(t, sweep.Of, sweep.People)
}

func TestARuleCanBeCountedWhileItIsWritten(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	for n, user := range []string{"42", "42", "43"} {
		r.track(fmt.Sprintf(`{"userId":%q,"event":"Order Completed","messageId":"p%d","properties":{"revenue":200}}`, user, n))
	}
	r.person("user_id:43")
	ask := func(rule string) (p api.RulePreview) {
		require.Eventually(t, func() bool {
			r.ok(http.MethodPost, "/api/v1/segments/preview", api.RuleRequest{Rule: rule}, &p)
			return !p.Valid || p.Preview.Exact
		}, time.Minute, 5*time.Millisecond)
		return p
	}
	id := r.person("user_id:42")
	require.Eventually(t, func() bool { // people are folded apart from one another
		return slices.Contains(r.timeline(id), "Order Completed p1")
	}, time.Minute, 5*time.Millisecond)
	for rule, count := range map[string]int{`did("Order Completed", 2)`: 1, `did("Order Completed") && !did("Never Heard Of")`: 2} {
		p := ask(rule)
		require.Equal(t, count, p.Preview.Count, rule)
		require.Equal(t, 2, p.Preview.People)
		require.Len(t, p.Preview.Sample, count)
	}
	require.Equal(t, id, ask(`did("Order Completed", 2)`).Preview.Sample[0].ID.String())
	r.track(`{"userId":"43","event":"Order Completed","messageId":"one-more","properties":{"revenue":200}}`)
	require.Eventually(t, func() bool { return ask(`did("Order Completed", 2)`).Preview.Count == 2 }, time.Minute, 5*time.Millisecond)

	wrong := ask(`did("Order Completed") && ordres > 3`)
	require.Nil(t, wrong.Preview)
	require.Equal(t, 27, wrong.Problems[0].At)
}

func TestASegmentIsBroughtIntoForceByItself(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	r.track(`{"userId":"42","event":"Order Completed","messageId":"a","properties":{"revenue":200}}`)
	r.person("user_id:42")
	var before api.DefinitionPage
	r.ok(http.MethodGet, "/api/v1/definitions/current", nil, &before)
	var applied api.Applied
	put := api.SegmentRequest{RuleRequest: api.RuleRequest{Rule: `did("Order Completed", days(7))`}, Name: "This week", Base: before.Hash, Message: "to thank them"}
	r.ok(http.MethodPut, "/api/v1/segments/this-week", put, &applied)
	require.Equal(t, "to thank them", applied.Version.Message)
	require.Eventually(t, func() bool {
		var s report.Segment
		r.ok(http.MethodGet, "/api/v1/segments/this-week", nil, &s)
		return s.Name == "This week" && s.People == 1
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, http.StatusConflict, r.call(http.MethodPut, "/api/v1/segments/this-week", put, nil), "another version is in force by now")
	put.Base, put.Rule = "", "ordres > 3"
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodPut, "/api/v1/segments/this-week", put, nil))
}
