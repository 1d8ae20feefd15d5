package ingest_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/person"
)

var update = flag.Bool("update", false, "rewrite the expectations under testdata")

const writeKey = "WRITEKEY123"

// recorder is an Appender that keeps what it is given, or fails with err.
type recorder struct {
	err error

	mu struct {
		sync.Mutex
		events []event.Event
	}
}

func (r *recorder) Append(_ context.Context, events []event.Event) error {
	if r.err != nil {
		return r.err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events { // what they point to serves the next request
		e.Traits, e.Properties, e.Context = bytes.Clone(e.Traits), bytes.Clone(e.Properties), bytes.Clone(e.Context)
		r.mu.events = append(r.mu.events, e)
	}
	return nil
}

// take returns what was appended since the last take.
func (r *recorder) take() []event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	events := r.mu.events
	r.mu.events = nil
	return events
}

// counter is a Random whose bytes count up.
type counter struct {
	mu sync.Mutex
	n  uint64
}

func (c *counter) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	clear(p)
	binary.BigEndian.PutUint64(p[8:], c.n)
	return len(p), nil
}

func instant(t testing.TB, s string) event.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	require.NoError(t, err)
	return event.InstantOf(at)
}

func onlyKey(key string) (string, bool) { return "shop", key == writeKey }

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, err := z.Write(b)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return out.Bytes()
}

// TestTrackingAPIBehavesAsTheScenariosSay runs testdata/*.txt. A scenario is a
// line "METHOD PATH option…", the body, a line "----", and the answer with the
// events that went out, up to a blank line. Options: key=K (Basic), at=TIME
// (received), gzip, type=T, busy, broken (storage fails).
func TestTrackingAPIBehavesAsTheScenariosSay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(file)
			require.NoError(t, err)
			got := runScenarios(t, string(src))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
				return
			}
			require.Equal(t, string(src), got)
		})
	}
}

func runScenarios(t *testing.T, src string) string {
	t.Helper()
	var out []string
	lines := strings.Split(strings.TrimRight(src, "\n"), "\n")
	ran := 0
	for i := 0; i < len(lines); i++ {
		if lines[i] == "" || strings.HasPrefix(lines[i], "#") {
			out = append(out, lines[i])
			continue
		}
		request := lines[i]
		var body []string
		for i++; i < len(lines) && lines[i] != "----"; i++ {
			body = append(body, lines[i])
		}
		for i < len(lines) && lines[i] != "" {
			i++
		}
		out = append(append(append(out, request), body...), "----")
		out = append(out, scenario(t, request, strings.Join(body, "\n"))...)
		if i < len(lines) {
			out = append(out, "")
		}
		ran++
	}
	require.Positive(t, ran)
	return strings.Join(out, "\n") + "\n"
}

func scenario(t *testing.T, request, body string) []string {
	t.Helper()
	words := strings.Fields(request)
	require.GreaterOrEqual(t, len(words), 2, request)
	kept := &recorder{}
	now := "2026-11-22T12:00:00Z"
	raw := []byte(body)
	busy := false
	r := httptest.NewRequestWithContext(t.Context(), words[0], words[1], nil)
	for _, w := range words[2:] {
		name, value, _ := strings.Cut(w, "=")
		switch name {
		case "key":
			r.SetBasicAuth(value, "")
		case "authorization":
			r.Header.Set("Authorization", strings.ReplaceAll(value, "_", " "))
		case "at":
			now = value
		case "gzip":
			raw = zipped(t, raw)
		case "type":
			r.Header.Set("Content-Type", value)
		case "busy":
			busy = true
		case "broken":
			kept.err = fmt.Errorf("the disk is full")
		default:
			t.Fatalf("unknown option %q", w)
		}
	}
	r.Body, r.ContentLength = http.NoBody, int64(len(raw))
	if len(raw) > 0 {
		r = r.Clone(context.Background())
		r.Body = readCloser{bytes.NewReader(raw)}
	}
	w := httptest.NewRecorder()
	ingest.New(ingest.Options{
		Keys: onlyKey, Appender: kept, Random: &counter{},
		Now:  func() event.Instant { return instant(t, now) },
		Busy: func() bool { return busy },
	}).ServeHTTP(w, r)
	lines := []string{fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String()))}
	for _, h := range []string{"Retry-After", "Allow", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age"} {
		if v := w.Header().Get(h); v != "" {
			lines = append(lines, h+": "+v)
		}
	}
	require.Equal(t, "*", w.Header().Get("Access-Control-Allow-Origin"), "a browser must be able to read every answer")
	for _, e := range kept.take() {
		require.Equal(t, person.IDOf(0, e.Primary()), e.To)
		require.Equal(t, instant(t, now), e.ReceivedAt)
		lines = append(lines, describe(e))
	}
	return lines
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// describe writes an event for people.
func describe(e event.Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", e.Kind)
	if e.Name != "" {
		fmt.Fprintf(&b, " %q", e.Name)
	}
	fmt.Fprintf(&b, " of %s at %s from %s id %s", e.Primary(), e.Time, e.Source, e.MessageID)
	if e.AnonymousID != "" && e.UserID != "" {
		fmt.Fprintf(&b, " (anonymous %s)", e.AnonymousID)
	}
	for _, f := range []struct {
		name string
		raw  []byte
	}{{"traits", e.Traits}, {"properties", e.Properties}, {"context", e.Context}} {
		if f.raw != nil {
			fmt.Fprintf(&b, "\n  %s %s", f.name, f.raw)
		}
	}
	if e.Imported {
		b.WriteString("\n  imported")
	}
	return b.String()
}
