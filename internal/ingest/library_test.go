package ingest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/ingest"
)

func fetched(t *testing.T, o ingest.Options, method, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	o.Keys, o.Appender = onlyKey, &recorder{}
	r := httptest.NewRequestWithContext(t.Context(), method, target, http.NoBody)
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	ingest.New(o).ServeHTTP(w, r)
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"), "browsers must be able to read every answer")
	return w
}

func TestSettingsSendTheBrowserLibraryBackHere(t *testing.T) {
	t.Parallel()
	const target = "http://cdp.shop.test:8700/v1/projects/WRITEKEY123/settings"
	told := func(host, protocol string) string {
		return fmt.Sprintf(`{"integrations":{"Segment.io":{"apiKey":"WRITEKEY123","apiHost":"%s/v1","protocol":%q}},"metrics":{"sampleRate":0}}`, host, protocol)
	}
	w := fetched(t, ingest.Options{}, http.MethodGet, target)
	require.Equal(t, http.StatusOK, w.Code)
	require.JSONEq(t, told("cdp.shop.test:8700", "http"), w.Body.String())

	w = fetched(t, ingest.Options{}, http.MethodGet, target, func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") })
	require.JSONEq(t, told("cdp.shop.test:8700", "https"), w.Body.String())

	w = fetched(t, ingest.Options{PublicURL: "https://events.shop.test"}, http.MethodGet, target)
	require.JSONEq(t, told("events.shop.test", "https"), w.Body.String())

	w = fetched(t, ingest.Options{}, http.MethodGet, "/v1/projects/NOBODY/settings")
	require.Equal(t, http.StatusUnauthorized, w.Code)
}

func TestSourceConfigIsOfTheKeyThatAsks(t *testing.T) {
	t.Parallel()
	for _, w := range []*httptest.ResponseRecorder{
		fetched(t, ingest.Options{}, http.MethodGet, "/sourceConfig/?p=npm&v=3.34.1&writeKey=WRITEKEY123"),
		fetched(t, ingest.Options{}, http.MethodGet, "/sourceConfig", func(r *http.Request) { r.SetBasicAuth("WRITEKEY123", "") }),
	} {
		require.Equal(t, http.StatusOK, w.Code)
		var got struct {
			Source struct {
				WriteKey     string
				Enabled      bool
				Destinations []any
			}
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
		require.Equal(t, "WRITEKEY123", got.Source.WriteKey)
		require.True(t, got.Source.Enabled)
		require.NotNil(t, got.Source.Destinations)
	}
	require.Equal(t, http.StatusUnauthorized, fetched(t, ingest.Options{}, http.MethodGet, "/sourceConfig/?writeKey=NOBODY").Code)
	require.Equal(t, http.StatusUnauthorized, fetched(t, ingest.Options{}, http.MethodGet, "/sourceConfig/").Code)
}

func TestTheBrowserLibraryIsServedWhereItsSnippetLooks(t *testing.T) {
	t.Parallel()
	built := ingest.Options{Library: fstest.MapFS{
		ingest.LibraryFile:        {Data: []byte("library()")},
		"bundles/407.bundle.1.js": {Data: []byte("part()")},
		"secret":                  {Data: []byte("no")},
	}}
	const script = "/analytics.js/v1/WRITEKEY123/analytics.min.js"
	w := fetched(t, built, http.MethodGet, script)
	require.Equal(t, "library()", w.Body.String())
	require.Equal(t, "text/javascript; charset=utf-8", w.Header().Get("Content-Type"))
	require.Equal(t, "part()", fetched(t, built, http.MethodGet, "/analytics-next/bundles/407.bundle.1.js").Body.String())
	require.Equal(t, http.StatusNotFound, fetched(t, built, http.MethodGet, "/analytics-next/bundles/../secret").Code)

	w = fetched(t, ingest.Options{}, http.MethodGet, script)
	require.Equal(t, http.StatusNotFound, w.Code)
	require.Contains(t, w.Body.String(), "make build")

	w = fetched(t, built, http.MethodOptions, "/sourceConfig/", func(r *http.Request) { r.Header.Set("Origin", "http://shop.test") })
	require.Equal(t, http.StatusNoContent, w.Code)
	require.Contains(t, w.Header().Get("Access-Control-Allow-Headers"), "Authorization")
	require.Contains(t, w.Header().Get("Access-Control-Allow-Headers"), "Rsa-Retry-Attempt", "of a call that is sent again")
	require.Equal(t, http.StatusMethodNotAllowed, fetched(t, built, http.MethodPost, "/sourceConfig/").Code)
}
