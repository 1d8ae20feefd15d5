package ingest_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest"
)

// TestRecordedLibrariesAreUnderstood replays what client libraries sent to a
// recorder (testdata/wire/*.http, by library) and compares answers and events
// with replayed.golden.
func TestRecordedLibrariesAreUnderstood(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/wire/*.http")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var got strings.Builder
	for _, file := range files {
		src, err := os.ReadFile(file)
		require.NoError(t, err)
		fmt.Fprintf(&got, "== %s\n", filepath.Base(file))
		kept := &recorder{}
		var now event.Instant
		api := ingest.New(ingest.Options{
			Keys: onlyKey, Appender: kept, Random: &counter{},
			Now: func() event.Instant { return now },
		})
		for _, r := range recorded(t, string(src)) {
			now = sentAt(t, r).Add(20 * time.Millisecond) // on its way for as long
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			fmt.Fprintf(&got, "\n%s %s\n%d %s\n", r.Method, r.URL.Path, w.Code, strings.TrimSpace(w.Body.String()))
			for _, e := range kept.take() {
				e.Context = nil
				fmt.Fprintln(&got, describe(e))
			}
		}
		got.WriteString("\n")
	}
	golden := "testdata/wire/replayed.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o600))
		return
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), got.String())
}

// recorded returns the requests of one recording that are for the tracking API.
// Bodies are shown inflated there; those that went out gzipped go so again.
func recorded(t *testing.T, src string) []*http.Request {
	t.Helper()
	var requests []*http.Request
	for _, part := range strings.Split(src, "### ")[1:] {
		_, part, _ = strings.Cut(part, "\n")
		gzipped := false
		for strings.HasPrefix(part, "#") {
			gzipped = true
			_, part, _ = strings.Cut(part, "\n")
		}
		part = strings.ReplaceAll(part, "\r\n", "\n")
		head, body, _ := strings.Cut(part, "\n\n")
		line, fields, _ := strings.Cut(head, "\n")
		words := strings.Fields(line)
		require.Len(t, words, 3)
		if strings.Contains(words[1], "/settings") || strings.Contains(words[1], "/sourceConfig") {
			continue
		}
		header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(fields + "\n\n"))).ReadMIMEHeader()
		require.NoError(t, err)
		raw := []byte(strings.TrimSpace(body))
		if gzipped {
			raw = zipped(t, raw)
		}
		r := httptest.NewRequestWithContext(t.Context(), words[0], words[1], bytes.NewReader(raw))
		r.Header = http.Header(header)
		r.Header.Set("Test-Sent", sentAtOf(body))
		requests = append(requests, r)
	}
	require.NotEmpty(t, requests)
	return requests
}

// sentAt returns the time of sending that the last member of that name in the
// recorded body gives: the batch's, where there is a batch.
func sentAt(t *testing.T, r *http.Request) event.Instant {
	t.Helper()
	s := r.Header.Get("Test-Sent")
	if s == "" {
		return 0 // a preflight
	}
	return instant(t, s)
}

func sentAtOf(body string) string {
	const name = `"sentAt":"`
	i := strings.LastIndex(body, name)
	if strings.HasPrefix(body, `{"messageId":`) {
		i = strings.Index(body, name) // analytics-go puts it before the batch
	}
	if i < 0 {
		return ""
	}
	s, _, _ := strings.Cut(body[i+len(name):], `"`)
	return s
}
