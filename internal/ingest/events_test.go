package ingest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/person"
)

const serverNow event.Instant = 1_795_000_000_000_000

// imported returns the n-th of a history.
func imported(n int) event.Event {
	e := event.Event{
		Kind: event.Track, Name: "Order Completed", UserID: fmt.Sprintf("u%d", n), Imported: true,
		Source: "import:0123456789abcdef", MessageID: fmt.Sprintf("row:%d", n), Time: event.Instant(900_000_000_000_000 + n), ReceivedAt: 5,
		Properties: json.RawMessage(fmt.Sprintf(`{"revenue":%d.5}`, n)),
	}
	e.To = person.IDOf(0, e.Primary())
	return e
}

func eventsServer(t *testing.T, kept ingest.Appender) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("POST "+ingest.EventsPath, ingest.EventsHandler(ingest.EventsOptions{
		Appender: kept, Now: func() event.Instant { return serverNow },
	}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestHistoryArrivesWholeAndInOrder(t *testing.T) {
	t.Parallel()
	kept := &recorder{}
	server := eventsServer(t, kept)
	events := make([]event.Event, 5000)
	for i := range events {
		events[i] = imported(i)
	}
	// A third of them heavy, so that several frames are needed.
	for i := 0; i < len(events); i += 3 {
		events[i].Properties = json.RawMessage(`{"x":"` + strings.Repeat("y", 9000) + `"}`)
	}
	require.NoError(t, ingest.NewClient(server.URL+"/", "secret", server.Client()).Append(t.Context(), events))
	got := kept.take()
	require.Len(t, got, len(events))
	for i, e := range events {
		e.ReceivedAt = serverNow // the server's clock, not the importer's
		require.True(t, bytes.Equal(e.AppendTo(nil), got[i].AppendTo(nil)), "event %d", i)
	}
}

func TestOnlyHistoryMayComeThroughTheImportersDoor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		harm func(e *event.Event)
		says string
	}{
		{"not marked as imported", func(e *event.Event) { e.Imported = false }, "not marked as imported"},
		{"a grant to send", func(e *event.Event) { e.Kind = event.Grant }, "kind grant cannot be imported"},
		{"a clock event", func(e *event.Event) { e.Kind = event.Clock }, "kind clock cannot be imported"},
		{"another source", func(e *event.Event) { e.Source = "shop" }, "do not name a file and a row"},
		{"no row", func(e *event.Event) { e.MessageID = "" }, "do not name a file and a row"},
		{"somebody else's home", func(e *event.Event) { e.To = imported(2).To }, "not addressed to the home of its identity"},
		{"nobody", func(e *event.Event) { e.UserID = "null" }, "not addressed to the home of its identity"},
		{"a body", func(e *event.Event) { e.Body = json.RawMessage(`{}`) }, "only Rapport itself may write"},
		{"an origin", func(e *event.Event) { e.Origin.Seq = 1 }, "only Rapport itself may write"},
		{"the future", func(e *event.Event) { e.Time = serverNow * 2 }, "not in the past"},
		{"no time", func(e *event.Event) { e.Time = 0 }, "not in the past"},
		{"traits that are no object", func(e *event.Event) { e.Traits = json.RawMessage(`[1]`) }, "not a JSON object"},
		{"broken JSON", func(e *event.Event) { e.Properties = json.RawMessage(`{"a"`) }, "not a JSON object"},
		{"an event too large", func(e *event.Event) {
			e.Properties = json.RawMessage(`{"x":"` + strings.Repeat("y", ingest.MaxImportedBytes) + `"}`)
		}, "the limit is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			kept := &recorder{}
			server := eventsServer(t, kept)
			bad := imported(1)
			c.harm(&bad)
			err := ingest.NewClient(server.URL, "secret", server.Client()).Append(t.Context(), []event.Event{imported(0), bad})
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			require.ErrorContains(t, err, "event 1 of the frame")
			require.Empty(t, kept.take(), "a frame is taken whole or not at all")
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestFramesThatCannotBeReadAreRefused(t *testing.T) {
	t.Parallel()
	h := ingest.EventsHandler(ingest.EventsOptions{Appender: &recorder{}})
	for _, c := range []struct {
		name, body string
		status     int
	}{
		{"nothing", "", 400},
		{"JSON", `{"events":[]}`, 400},
		{"a later version", "RPE2", 400},
		{"a length and no event", "RPE1\x05", 400},
		{"an event cut short", "RPE1\x02\x01\x02", 400},
		{"a length beyond all", "RPE1\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 400},
		{"a gzip bomb", string(zipped(t, make([]byte, ingest.MaxFrameBytes+1))), 413},
		{"an empty frame", "RPE1", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, ingest.EventsPath, bytes.NewReader([]byte(c.body))))
			require.Equal(t, c.status, w.Code, w.Body.String())
		})
	}
}

func TestTheClientTellsApartWhatMayPassAndWhatMayNot(t *testing.T) {
	t.Parallel()
	var status atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(int(status.Load()))
	}))
	t.Cleanup(server.Close)
	c := ingest.NewClient(server.URL, "secret", server.Client())
	for code, kind := range map[int]fault.Kind{429: fault.Busy, 500: fault.Transient, 503: fault.Transient, 400: fault.Invalid, 413: fault.Invalid, 404: fault.Invalid} {
		status.Store(int64(code))
		err := c.Append(t.Context(), []event.Event{imported(1)})
		require.True(t, fault.Is(err, kind), "%d: %v", code, err)
	}
	err := ingest.NewClient(server.URL, "wrong", server.Client()).Append(t.Context(), []event.Event{imported(1)})
	require.True(t, fault.Is(err, fault.Unauthorized))
	require.ErrorContains(t, err, "admin token")

	server.Close()
	err = c.Append(t.Context(), []event.Event{imported(1)})
	require.True(t, fault.Is(err, fault.Transient))
	require.ErrorContains(t, err, "is it running?")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, c.Append(ctx, []event.Event{imported(1)}), context.Canceled)
}

func TestAFrameThatCannotBeStoredMayBeSentAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		kind fault.Kind
	}{{errors.New("the disk is full"), fault.Transient}, {fault.New(fault.Busy, "behind"), fault.Busy}} {
		server := eventsServer(t, &recorder{err: c.err})
		err := ingest.NewClient(server.URL, "secret", server.Client()).Append(t.Context(), []event.Event{imported(1)})
		require.True(t, fault.Is(err, c.kind), "%v", err)
		require.NotContains(t, err.Error(), "disk", "callers see no causes")
	}
}

// A law for any bytes: no panic, and what is accepted is history.
func FuzzEventsHandler(f *testing.F) {
	one := imported(1).AppendTo(nil)
	f.Add(append([]byte("RPE1"), append([]byte{byte(len(one))}, one...)...))
	f.Add([]byte("RPE1\x05"))
	f.Fuzz(func(t *testing.T, body []byte) {
		kept := &recorder{}
		h := ingest.EventsHandler(ingest.EventsOptions{Appender: kept, Now: func() event.Instant { return serverNow }})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, ingest.EventsPath, bytes.NewReader(body)))
		events := kept.take()
		if (w.Code == http.StatusOK) == (len(events) == 0) && !bytes.Equal(body, []byte("RPE1")) && !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
			t.Fatalf("answered %d with %d events", w.Code, len(events))
		}
		for _, e := range events {
			if !e.Imported || e.Kind.Own() || e.To != person.IDOf(0, e.Primary()) || e.ReceivedAt != serverNow {
				t.Fatalf("not history: %+v", e)
			}
		}
	})
}
