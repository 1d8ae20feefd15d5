package ingest_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/testenv"
)

// pigeonholes is a Keeper that makes one event of all letters.
type pigeonholes struct{}

func (pigeonholes) Keep(source string, at event.Instant, letters []event.DeadLetter) ([]event.Event, func(bool)) {
	return []event.Event{{Kind: event.DeadLetters, Source: source, ReceivedAt: at, Body: event.Pack(event.DeadLetterBody{Letters: letters})}}, func(bool) {}
}

func onlyRevoked(key string) (event.Instant, bool) {
	return event.InstantOf(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)), key == "OLDKEY"
}

// TestWhatIsRefusedIsKept runs testdata/letters: a request, as in the scenarios
// of the tracking API, and the answer with the events and dead letters that went
// into the journal together.
func TestWhatIsRefusedIsKept(t *testing.T) {
	t.Parallel()
	testenv.ScriptsIn(t, "testdata/letters", *update, func(t *testing.T) func(string) string {
		t.Helper()
		return func(block string) string { return refused(t, block) }
	})
}

func refused(t *testing.T, block string) string {
	t.Helper()
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(block), "\n"), func(l string) bool { return strings.HasPrefix(l, "#") })
	words := strings.Fields(lines[0])
	kept := &recorder{}
	r := httptest.NewRequestWithContext(t.Context(), words[0], words[1], strings.NewReader(strings.Join(lines[1:], "\n")))
	busy := false
	for _, w := range words[2:] {
		switch name, value, _ := strings.Cut(w, "="); name {
		case "key":
			r.SetBasicAuth(value, "")
		case "broken":
			kept.err = errors.New("the disk is full")
		case "busy":
			busy = true
		default:
			t.Fatalf("unknown option %q", w)
		}
	}
	w := httptest.NewRecorder()
	ingest.New(ingest.Options{
		Keys: onlyKey, Revoked: onlyRevoked, Keeper: pigeonholes{}, Appender: kept, Random: &counter{},
		Now:  func() event.Instant { return instant(t, "2026-11-22T12:00:00Z") },
		Busy: func() bool { return busy },
	}).ServeHTTP(w, r)
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", w.Code, strings.TrimSpace(w.Body.String()))
	for _, e := range kept.take() {
		if e.Kind != event.DeadLetters {
			fmt.Fprintln(&b, describe(e))
			continue
		}
		body, err := event.Unpack[event.DeadLetterBody](e)
		require.NoError(t, err)
		for _, l := range body.Letters {
			fmt.Fprintf(&b, "letter from %s by %s, %d, field %q: %s", e.Source, l.Path, l.Index, l.Field, l.Raw)
			if l.Whole {
				b.WriteString(" (whole)")
			}
			if l.SentAt != "" || l.Shared != nil {
				fmt.Fprintf(&b, " (sent at %s, context %s)", l.SentAt, l.Shared)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// ear is a Witness that remembers.
type ear struct{ heard []ingest.Arrival }

func (e *ear) Arrived(a *ingest.Arrival) { e.heard = append(e.heard, *a) }

func TestTheWitnessHearsOfEveryRequestAndItsFate(t *testing.T) {
	t.Parallel()
	heard, kept := &ear{}, &recorder{}
	api := ingest.New(ingest.Options{Keys: onlyKey, Appender: kept, Witness: heard, Random: &counter{}})
	send := func(path, key, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		r.SetBasicAuth(key, "")
		api.ServeHTTP(httptest.NewRecorder(), r)
	}
	send("/v1/batch", writeKey, `{"batch":[{"type":"page","userId":"u1"},{"type":"track","userId":"u1"}],"sentAt":"2026-11-22T11:58:00Z"}`)
	send("/v1/track", "wrong", `{}`)
	kept.err = errors.New("the disk is full")
	send("/v1/page", writeKey, `{"userId":"u1"}`)

	require.Len(t, heard.heard, 3)
	batch := heard.heard[0]
	require.Equal(t, "shop", batch.Source)
	require.Len(t, batch.Events, 1)
	require.Len(t, batch.Rejected, 1)
	require.JSONEq(t, `{"type":"track","userId":"u1"}`, string(batch.Rejected[0].Raw()))
	require.Equal(t, instant(t, "2026-11-22T11:58:00Z"), batch.SentAt)
	require.NoError(t, batch.Err)
	require.Empty(t, heard.heard[1].Source)
	require.Error(t, heard.heard[1].Err)
	require.Empty(t, heard.heard[2].Events, "what is not durable did not arrive")
	require.Error(t, heard.heard[2].Err)
}
