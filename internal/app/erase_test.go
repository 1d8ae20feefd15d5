package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
)

// stateHolds reports whether any row of the state of a folder that nobody serves has
// text in it.
func stateHolds(t *testing.T, dir, text string) bool {
	t.Helper()
	d, err := app.OpenData(dir, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, d.Close()) }()
	found := false
	require.NoError(t, d.State.Rows(t.Context(), func(k, v []byte) error {
		found = found || strings.Contains(string(k), text) || strings.Contains(string(v), text)
		return nil
	}))
	return found
}

func (r *running) gone(identity string) bool {
	r.t.Helper()
	var found people
	r.call(http.MethodGet, "/api/v1/people?identity="+identity, nil, &found)
	return len(found.People) == 0
}

func TestAnErasedPersonIsGoneAndStaysSoWhenABackupFromBeforeIsRestored(t *testing.T) {
	t.Parallel()
	dir, list := t.TempDir(), filepath.Join(t.TempDir(), "erasures.jsonl")
	cfg := config.Config{Data: filepath.Join(dir, "live"), Erasures: list}
	r := serve(t, cfg)
	for i := range 3 {
		r.track(fmt.Sprintf(`{"anonymousId":"zqx-phone-%d","event":"Product Viewed","properties":{"note":"zqx"}}`, i))
		r.track(fmt.Sprintf(`{"userId":"zqx-ada","anonymousId":"zqx-phone-%d","event":"Order Completed"}`, i))
	}
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{"userId": "zqx-ada", "traits": map[string]string{"email": "zqx@mail.example"}}, nil))
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/group", map[string]any{"userId": "zqx-ada", "groupId": "acme"}, nil))
	r.track(`{"userId":"bob","event":"Order Completed"}`)
	for _, refused := range []string{
		`{"userId":"zqx-ada","event":""}`,
		`{"userId":"someone","event":"","properties":{"note":"write to ZQX@mail.example, please"}}`,
		`{"anonymousId":"zqx-phone-1","event":`,
		`{"userId":"bob","event":""}`,
	} {
		status, answer := r.send("/v1/track", writeKey, refused)
		require.Equal(t, http.StatusBadRequest, status, answer)
	}
	r.letters("", 4)
	id := r.person("email:zqx@mail.example")
	r.person("user_id:bob")
	r.stop()
	require.True(t, stateHolds(t, cfg.Data, "zqx"))
	backup := filepath.Join(dir, "backup")
	require.NoError(t, os.CopyFS(backup, os.DirFS(cfg.Data)))

	r = serve(t, cfg)
	var done api.Erasure
	r.ok(http.MethodDelete, "/api/v1/people/"+id, nil, &done)
	require.Equal(t, id, done.Person.String())
	require.Len(t, done.Records, 5, "the user id, three phones and an address")
	require.Equal(t, 3, done.Letters, "what was refused and names them")
	kept := r.letters("", 1)
	require.EqualValues(t, 1, kept.Counts.Open, "bob's")
	require.EqualValues(t, 3, kept.Counts.LetGo)
	for _, path := range []string{"", "/timeline", "/identities", "/why"} {
		require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/people/"+id+path, nil, nil), path)
	}
	require.Equal(t, http.StatusNotFound, r.call(http.MethodDelete, "/api/v1/people/"+id, nil, nil), "there is nobody any more")
	for _, identity := range []string{"user_id:zqx-ada", "email:zqx@mail.example", "anonymous_id:zqx-phone-1"} {
		require.True(t, r.gone(identity), identity)
	}
	var audit api.ErasureList
	r.ok(http.MethodGet, "/api/v1/erasures", nil, &audit)
	require.Equal(t, []api.Erasure{done}, audit.Erasures)
	r.person("user_id:bob")
	r.stop()
	require.False(t, stateHolds(t, cfg.Data, "zqx"))
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	require.NotContains(t, string(text), "zqx", "the list knows hashes")
	res, err := app.Replay(t.Context(), app.ReplayOptions{Data: cfg.Data, FromStart: true})
	require.NoError(t, err)
	require.True(t, res.Same, "the journal gives the same")

	cfg.Data = backup
	r = serve(t, cfg) // served when the list has been held against it
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/people/"+id, nil, nil))
	require.True(t, r.gone("anonymous_id:zqx-phone-1"))
	r.person("user_id:bob")
	r.letters("", 1)
	r.stop()
	require.False(t, stateHolds(t, backup, "zqx"))

	r = serve(t, cfg)
	r.track(`{"userId":"zqx-ada","event":"Order Completed","messageId":"new"}`)
	require.Equal(t, id, r.person("user_id:zqx-ada"), "who comes back has the same id, for it is a hash")
	r.stop()
	r = serve(t, cfg)
	require.Contains(t, r.timeline(r.person("user_id:zqx-ada")), "Order Completed new", "and is not erased again")
}
