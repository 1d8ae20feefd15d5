package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/definition"
)

func TestDefinitionsHaveVersionsThatCanBeComparedAndBroughtBack(t *testing.T) {
	t.Parallel()
	cfg := config.Config{Data: t.TempDir()}
	r := serve(t, cfg)
	var first api.DefinitionPage
	r.ok(http.MethodGet, "/api/v1/definitions/current", nil, &first)
	require.True(t, first.InForce)

	const more = "\nsegments:\n  - id: loyal-ones\n    when: orders >= 3\n"
	changed := strings.Replace(first.YAML, "\nsegments:\n", more, 1)
	require.NotEqual(t, first.YAML, changed)
	var v api.Validation
	r.ok(http.MethodPost, "/api/v1/definitions/validate", api.DefinitionSource{YAML: changed}, &v)
	require.True(t, v.Valid)
	require.Equal(t, first.Hash, v.Base)
	require.Len(t, v.Changes.Changes, 1)

	var done api.Applied
	apply := api.ApplyRequest{Base: first.Hash, By: "ada", Message: "the loyal ones"}
	apply.YAML = changed
	r.ok(http.MethodPost, "/api/v1/definitions", apply, &done)
	require.Equal(t, uint64(2), done.Version.Number)
	require.Equal(t, "ada", done.Version.By)
	require.Equal(t, "loyal-ones", done.Changes.Changes[0].ID)

	apply.YAML = first.YAML
	require.Equal(t, http.StatusConflict, r.call(http.MethodPost, "/api/v1/definitions", apply, nil), "its base is not in force any more")
	r.ok(http.MethodPost, "/api/v1/definitions/"+first.Hash[:12]+"/restore", api.RestoreRequest{Base: done.Version.Hash}, &done)
	require.Equal(t, first.Hash, done.Version.Hash)
	require.Equal(t, definition.Removed, done.Changes.Changes[0].Verb)

	r.stop()
	r = serve(t, cfg)
	var list api.DefinitionVersions
	r.ok(http.MethodGet, "/api/v1/definitions", nil, &list)
	require.Equal(t, first.Hash, list.InForce)
	require.Len(t, list.Versions, 3)
	require.Equal(t, []string{"admin", "ada", "start"}, []string{list.Versions[0].By, list.Versions[1].By, list.Versions[2].By})
	var diff definition.Difference
	r.ok(http.MethodGet, "/api/v1/definitions/current/diff/"+list.Versions[1].Hash, nil, &diff)
	require.Equal(t, v.Changes.Changes, diff.Changes)
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/definitions/abcdefabcdef", nil, nil))

	var exported api.Validation
	r.ok(http.MethodPost, "/api/v1/definitions/validate", api.DefinitionSource{Files: first.Files}, &exported)
	require.True(t, exported.Valid)
	require.Empty(t, exported.Changes.Changes, "what was exported is what is in force")
	require.NotZero(t, list.Versions[0].At)
}

func TestValidationNamesEveryProblemWithItsPlace(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	var v api.Validation
	r.ok(http.MethodPost, "/api/v1/definitions/validate", api.DefinitionSource{YAML: "workspace:\n  name: A\n  colour: red\n"}, &v)
	require.False(t, v.Valid)
	require.Contains(t, v.Problems, api.SourceProblem{
		Path: "workspace.colour", Line: 3, Column: 3, What: `unknown key "colour"`, Mend: "use one of: name, currency, time_zone, locales, seed",
	})
	bad := api.ApplyRequest{}
	bad.YAML = "goals: 3"
	require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodPost, "/api/v1/definitions", bad, nil))
	var page api.DefinitionPage
	r.ok(http.MethodGet, "/api/v1/definitions/current", nil, &page)
	const subject = "subject: "
	broken := strings.Replace(page.YAML, subject, subject+`"{{ nobody.knows`+`" # `, 1)
	r.ok(http.MethodPost, "/api/v1/definitions/validate", api.DefinitionSource{YAML: broken}, &v)
	require.False(t, v.Valid, "a message that cannot be read is a problem like any other")
	require.Contains(t, v.Problems[0].What, "message")
}
