package app_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/definition"
)

func (r *running) start() api.StartPage {
	r.t.Helper()
	var p api.StartPage
	require.Equal(r.t, http.StatusOK, r.call(http.MethodGet, "/api/v1/start", nil, &p))
	return p
}

func stepOf(p api.StartPage, id string) api.StartStep {
	return p.Steps[slices.IndexFunc(p.Steps, func(s api.StartStep) bool { return s.ID == id })]
}

func TestTheFirstHourKnowsItsStepsByWhatThereIs(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	p := r.start()
	require.False(t, p.Done)
	for _, s := range p.Steps {
		require.False(t, s.Done, "%s is done in a workspace where nothing is", s.ID)
		require.NotEmpty(t, s.Sentence)
	}
	require.Equal(t, "retail", p.InForce)

	for _, name := range []string{"Signed Up", "Trial Started", "Invite Sent"} {
		r.track(`{"userId":"1","event":"` + name + `"}`)
	}
	require.Eventually(t, func() bool { p = r.start(); return p.Proposed == "saas" }, time.Minute, 20*time.Millisecond, "B2B events do not bring the template for them to mind")
	require.True(t, stepOf(p, "events").Done)

	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/start/template", api.StartTemplateRequest{Template: "saas"}, nil))
	require.Eventually(t, func() bool { p = r.start(); return stepOf(p, "map").Done }, time.Minute, 20*time.Millisecond)
	require.Equal(t, "saas", p.InForce)
	require.Empty(t, p.Proposed)
	require.True(t, stepOf(p, "template").Done)
	require.False(t, stepOf(p, "goal").Done, "the goals of a template are nobody's own")

	require.Equal(t, http.StatusOK, r.call(http.MethodPut, "/api/v1/workspace/live", api.LiveRequest{Live: "disarmed", Allow: []string{"me@shop.example"}}, nil))
	require.Contains(t, stepOf(r.start(), "live").Sentence, "me@shop.example")
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodPost, "/api/v1/start/template", map[string]string{"template": "bakery"}, nil))
}

func TestTheFirstEventOfATemplateBringsAPersonToItsFirstGoal(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	for _, template := range r.start().Templates {
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/api/v1/start/template", api.StartTemplateRequest{Template: template.ID}, nil))
		r.track(`{"userId":"` + template.ID + `","event":"` + template.First + `","properties":{"revenue":20}}`)
		source, _ := definition.Template(template.ID)
		ws, err := definition.Compile(source)
		require.NoError(t, err)
		id := r.person("user_id:" + template.ID)
		var p struct {
			Stage string `json:"stage"`
		}
		require.Eventually(t, func() bool {
			r.call(http.MethodGet, "/api/v1/people/"+id, nil, &p)
			return slices.Contains(ws.Goals[0].From, p.Stage)
		}, time.Minute, 20*time.Millisecond, "after %s a person is in %q, where no goal of %s works on them", template.First, p.Stage, template.ID)
	}
}
