package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest"
)

func post(h http.Handler, path string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, bytes.NewReader(body))
	r.SetBasicAuth(writeKey, "")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func newAPI(kept ingest.Appender) *ingest.API {
	return ingest.New(ingest.Options{
		Keys: onlyKey, Appender: kept, Random: &counter{},
		Now: func() event.Instant { return 1_795_000_000_000_000 },
	})
}

// trackOf returns a track call of exactly size bytes.
func trackOf(size int) string {
	const head, tail = `{"type":"track","userId":"u1","event":"Added","properties":{"x":"`, `"}}`
	return head + strings.Repeat("y", size-len(head)-len(tail)) + tail
}

// nested returns a track call whose objects and arrays are depth deep.
func nested(depth int) string {
	n := depth - 2 // the call, and properties
	return `{"type":"track","userId":"u1","event":"Added","properties":{"x":` +
		strings.Repeat(`[`, n) + `"}}}}]]]]"` + strings.Repeat(`]`, n) + `}}`
}

func TestLimitsHoldToTheByte(t *testing.T) {
	t.Parallel()
	events := func(n int) string {
		return `{"batch":[` + strings.TrimSuffix(strings.Repeat(trackOf(100)+",", n), ",") + `]}`
	}
	padded := func(size int) string {
		b := events(1)
		return b + strings.Repeat(" ", size-len(b))
	}
	for _, c := range []struct {
		name, path, body string
		status, accepted int
		says             string
	}{
		{"an event of 32 KiB", "/v1/track", trackOf(ingest.MaxEventBytes), 200, 1, ""},
		{"an event over 32 KiB", "/v1/track", trackOf(ingest.MaxEventBytes + 1), 413, 0, `the event \"Added\" is 32769 bytes, the limit is 32768`},
		{"an event over 32 KiB in a batch", "/v1/batch", `{"batch":[` + trackOf(ingest.MaxEventBytes+1) + "," + trackOf(100) + `]}`, 200, 1, `"index":0,"message":"the event \"Added\" is 32769 bytes`},
		{"64 levels", "/v1/track", nested(ingest.MaxNesting), 200, 1, ""},
		{"65 levels", "/v1/track", nested(ingest.MaxNesting + 1), 400, 0, "nested more than 64 levels"},
		{"a hundred thousand levels", "/v1/batch", strings.Repeat(`{"batch":[`, 100_000), 400, 0, ""},
		{"many braces, not deep", "/v1/track", `{"userId":"u1","event":"Added","properties":{"x":[` + strings.Repeat(`{},`, 500) + `{}]}}`, 200, 1, ""},
		{"2,500 events", "/v1/batch", events(ingest.MaxBatchEvents), 200, 2500, ""},
		{"2,501 events", "/v1/batch", events(ingest.MaxBatchEvents + 1), 413, 0, "more than 2500 events"},
		{"4 MiB", "/v1/batch", padded(ingest.MaxBatchBytes), 200, 1, ""},
		{"over 4 MiB", "/v1/batch", padded(ingest.MaxBatchBytes + 1), 413, 0, "over 4194304 bytes"},
		{"4 MiB gzipped", "/v1/batch", string(zipped(t, []byte(padded(ingest.MaxBatchBytes)))), 200, 1, ""},
		{"a gzip bomb", "/v1/batch", string(zipped(t, make([]byte, 2*ingest.MaxBatchBytes))), 413, 0, "after inflation"},
		{"half a gzip", "/v1/batch", string(zipped(t, []byte(events(3)))[:60]), 400, 0, "not valid gzip"},
		{"gzip's magic and no more", "/v1/batch", "\x1f\x8bxx", 400, 0, "not valid gzip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			kept := &recorder{}
			w := post(newAPI(kept), c.path, []byte(c.body))
			require.Equal(t, c.status, w.Code, w.Body.String())
			require.Contains(t, w.Body.String(), c.says)
			require.Len(t, kept.take(), c.accepted)
		})
	}
}

// A body without a Content-Length is bounded while it is read.
func TestEndlessBodyIsCutOff(t *testing.T) {
	t.Parallel()
	endless := &endlessReader{}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/batch", endless)
	r.ContentLength = -1
	r.SetBasicAuth(writeKey, "")
	w := httptest.NewRecorder()
	newAPI(&recorder{}).ServeHTTP(w, r)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Less(t, endless.n, 2*ingest.MaxBatchBytes)
}

type endlessReader struct{ n int }

func (e *endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.n += len(p)
	return len(p), nil
}

func TestStrangersAreTurnedAwayBeforeTheirBodyIsRead(t *testing.T) {
	t.Parallel()
	endless := &endlessReader{}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/batch", endless)
	r.SetBasicAuth("wrong", "")
	w := httptest.NewRecorder()
	newAPI(&recorder{}).ServeHTTP(w, r)
	require.Equal(t, http.StatusUnauthorized, w.Code)
	require.Zero(t, endless.n)
}

// unsure blocks until it is released, to show that nothing is answered before.
type unsure struct {
	recorder
	started chan struct{}
	release chan struct{}
}

func (u *unsure) Append(ctx context.Context, events []event.Event) error {
	close(u.started)
	<-u.release
	return u.recorder.Append(ctx, events)
}

func TestNothingIsAcknowledgedBeforeItIsDurable(t *testing.T) {
	t.Parallel()
	u := &unsure{started: make(chan struct{}), release: make(chan struct{})}
	server := httptest.NewServer(newAPI(u))
	defer server.Close()
	answered := make(chan int)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/track", strings.NewReader(`{"writeKey":"`+writeKey+`","userId":"u1","event":"Added"}`))
		if err != nil {
			answered <- 0
			return
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			answered <- 0
			return
		}
		_ = resp.Body.Close()
		answered <- resp.StatusCode
	}()
	<-u.started
	select {
	case status := <-answered:
		t.Fatalf("answered %d before the events were durable", status)
	default:
	}
	close(u.release)
	require.Equal(t, http.StatusOK, <-answered)
	require.Len(t, u.take(), 1)
}

func TestConcurrentRequestsDoNotMixTheirEvents(t *testing.T) {
	t.Parallel()
	const clients, rounds = 16, 20
	kept := &recorder{}
	api := newAPI(kept)
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for n := range rounds {
				body := fmt.Appendf(nil, `{"batch":[{"type":"track","userId":"u%d","event":"E%d","messageId":"%d-%d","properties":{"c":%d,"n":%d}}]}`, c, n, c, n, c, n)
				if n%2 == 0 {
					body = zipped(t, body)
				}
				if w := post(api, "/v1/batch", body); w.Code != http.StatusOK {
					t.Errorf("client %d round %d: %d %s", c, n, w.Code, w.Body)
				}
			}
		})
	}
	wg.Wait()
	events := kept.take()
	require.Len(t, events, clients*rounds)
	seen := map[string]bool{}
	for _, e := range events {
		require.False(t, seen[e.MessageID], e.MessageID)
		seen[e.MessageID] = true
		var c, n int
		_, err := fmt.Sscanf(e.MessageID, "%d-%d", &c, &n)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("u%d E%d {\"c\":%d,\"n\":%d}", c, n, c, n), e.UserID+" "+e.Name+" "+string(e.Properties))
	}
}

// A law for any bytes: no panic; what encoding/json calls invalid is refused;
// what is accepted survives the event codec and is addressed to somebody.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"userId":"u1","event":"Added","properties":{"a":[1,{"b":null}]},"timestamp":"2026-11-22T10:00:00Z"}`))
	f.Add([]byte(`{"batch":[{"type":"identify","userId":7,"traits":{"\ud800":"\u0000"}},{"type":"track"}],"sentAt":"2026-11-22T10:00:00Z"}`))
	f.Add([]byte("{\"userId\":\"\xff\",\"event\":\"\xc3\x28\"}"))
	f.Add([]byte(`{"userId":"u1","event":"A","properties":{"a":1,"a":2},"context":{}}`))
	f.Add([]byte(nested(70)))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range []string{"/v1/track", "/v1/identify", "/v1/batch"} {
			kept := &recorder{}
			w := post(newAPI(kept), path, body)
			checkLaws(t, body, w, kept.take())
		}
	})
}

func checkLaws(t *testing.T, body []byte, w *httptest.ResponseRecorder, events []event.Event) {
	t.Helper()
	valid, gzipped := json.Valid(body), bytes.HasPrefix(body, []byte{0x1f, 0x8b})
	if valid && strings.Contains(w.Body.String(), "not valid JSON") || !valid && !gzipped && w.Code == http.StatusOK {
		t.Fatalf("encoding/json says valid=%v, we answer %d %s", valid, w.Code, w.Body)
	}
	if w.Code != http.StatusOK && len(events) > 0 {
		t.Fatalf("answered %d and kept %d events", w.Code, len(events))
	}
	for _, e := range events {
		back, err := event.Decode(e.AppendTo(nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, back); diff != "" {
			t.Fatal(diff)
		}
		if e.To.IsZero() || e.MessageID == "" || e.Time > e.ReceivedAt {
			t.Fatalf("not fit for the journal: %+v", e)
		}
		for _, raw := range [][]byte{e.Traits, e.Properties, e.Context} {
			if raw != nil && (!json.Valid(raw) || raw[0] != '{') {
				t.Fatalf("not an object: %q", raw)
			}
		}
		if _, err := e.Time.MarshalJSON(); err != nil {
			t.Fatal(err)
		}
	}
}
