package app_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
)

func (r *running) metrics(header ...string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+"/metrics", nil)
	require.NoError(r.t, err)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return resp.StatusCode, string(text)
}

func TestMetricsCountWithoutSayingWho(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	r.track(`{"userId":"ada-secret","event":"Order Completed","context":{"traits":{"email":"ada@secret.example"}}}`)
	r.person("user_id:ada-secret")
	status, text := r.metrics()
	require.Equal(t, http.StatusOK, status, text)
	for _, want := range []string{
		"rapport_app_ready 1", "rapport_processor_lag_records ", `rapport_ingest_events_total{source="default"} 1`,
		"rapport_processor_people 1", "rapport_statestore_disk_bytes ", `rapport_statestore_level_bytes{level="6"}`, "go_goroutines ", "process_open_fds ",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "secret")
}

func TestMetricsAreNotForStrangers(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	status, _ := r.metrics("X-Forwarded-For", "192.0.2.7")
	require.Equal(t, http.StatusUnauthorized, status, "a proxy on this machine passes on who is elsewhere")
	status, _ = r.metrics("X-Forwarded-For", "192.0.2.7", "Authorization", "Bearer wrong")
	require.Equal(t, http.StatusUnauthorized, status)
	status, _ = r.metrics("X-Forwarded-For", "192.0.2.7", "Authorization", "Bearer "+adminToken)
	require.Equal(t, http.StatusOK, status)
}
