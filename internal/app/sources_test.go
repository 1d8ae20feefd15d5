package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
)

type madeSource struct {
	Source struct {
		ID   string `json:"id"`
		Keys []struct {
			ID      string  `json:"id"`
			Revoked *string `json:"revoked"`
			Reason  string  `json:"reason"`
		} `json:"keys"`
	} `json:"source"`
	Key struct {
		ID       string `json:"id"`
		WriteKey string `json:"write_key"`
	} `json:"key"`
}

// send posts to the tracking API with a key of its own.
func (r *running) send(path, key, body string) (status int, answer string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, bytes.NewReader([]byte(body)))
	require.NoError(r.t, err)
	req.SetBasicAuth(key, "")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return resp.StatusCode, string(text)
}

func (r *running) ok(method, path string, body, answer any) {
	r.t.Helper()
	var raw json.RawMessage
	require.Equal(r.t, http.StatusOK, r.call(method, path, body, &raw), "%s %s: %s", method, path, raw)
	if answer != nil {
		require.NoError(r.t, json.Unmarshal(raw, answer))
	}
}

func TestASourceHasItsOwnKeysAndARevokedOneOpensNoMore(t *testing.T) {
	t.Parallel()
	cfg := config.Config{Data: t.TempDir()}
	r := serve(t, cfg)
	var made madeSource
	r.ok(http.MethodPost, "/api/v1/sources", map[string]string{"name": "Web shop", "kind": "browser"}, &made)
	require.Equal(t, "web-shop", made.Source.ID)
	page := func(key, user string) (int, string) {
		return r.send("/v1/page", key, fmt.Sprintf(`{"userId":%q}`, user))
	}
	status, answer := page(made.Key.WriteKey, "u1")
	require.Equal(t, http.StatusOK, status, answer)
	r.person("user_id:u1")

	key := "/api/v1/sources/web-shop/keys/" + made.Key.ID
	r.ok(http.MethodPost, key+"/revoke", map[string]string{"reason": "leaked"}, nil)
	status, answer = page(made.Key.WriteKey, "u2")
	require.Equal(t, http.StatusUnauthorized, status)
	require.Contains(t, answer, "revoked at")
	status, _ = page(writeKey, "u2")
	require.Equal(t, http.StatusOK, status, "the default source goes on")

	r.stop()
	r = serve(t, cfg)
	status, answer = page(made.Key.WriteKey, "u3")
	require.Equal(t, http.StatusUnauthorized, status)
	require.Contains(t, answer, "revoked at")
	r.ok(http.MethodPost, key+"/restore", struct{}{}, nil)
	status, answer = page(made.Key.WriteKey, "u3")
	require.Equal(t, http.StatusOK, status, answer)
}
