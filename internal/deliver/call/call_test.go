package call_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/call"
	"github.com/rapporthq/rapport/internal/deliver/webhook"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

var secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef01234567"))

func now() event.Instant { return event.InstantOf(time.Now()) }

// ledger keeps what is appended.
type ledger struct {
	sync.Mutex
	events []event.Event
	err    error
}

func (l *ledger) Append(_ context.Context, events []event.Event) error {
	l.Lock()
	defer l.Unlock()
	l.events = append(l.events, events...)
	return l.err
}

func open(t *testing.T, l *ledger, with definition.Call) *call.Channel {
	t.Helper()
	if with.Timeout == 0 {
		with.Timeout = 5 * time.Second
	}
	c := call.Open(call.Options{
		Calls:  func(_ context.Context, id string) (definition.Call, bool) { return with, id == "find-order" },
		Secret: func(name string) (string, bool) { return secret, name == "SHOP_SECRET" }, Ledger: l, Now: now,
	})
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func letter(to string) deliver.Letter {
	return deliver.Letter{Delivery: "call-1", To: to, Action: "find-order", Content: event.Content{Text: `{"call":"find-order","with":{"number":"12"}}`}}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestACallIsSignedCarriesItsKeyAndBringsItsAnswer(t *testing.T) {
	t.Parallel()
	var l ledger
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || webhook.Verify(r.Header, body, secret, time.Now()) != nil || r.Header.Get("Idempotency-Key") != "call-1" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		_, _ = w.Write([]byte(`{"status":"on its way"}`))
	})
	require.NoError(t, open(t, &l, definition.Call{Secret: "SHOP_SECRET"}).Send(t.Context(), letter(url)))
	require.Len(t, l.events, 1)
	require.Equal(t, event.Called, l.events[0].Kind)
	body, err := event.Unpack[event.CalledBody](l.events[0])
	require.NoError(t, err)
	require.Equal(t, event.CalledBody{Delivery: "call-1", Status: 200, Result: json.RawMessage(`{"status":"on its way"}`)}, body)
}

func TestRefusalsAreAnswersAndBreakdownsAreNone(t *testing.T) {
	t.Parallel()
	for status, again := range map[int]bool{404: false, 409: false, 429: true, 500: true, 503: true, 302: false} {
		var l ledger
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		err := open(t, &l, definition.Call{}).Send(t.Context(), letter(url))
		if again {
			require.True(t, fault.Is(err, fault.Transient), "%d: %v", status, err)
			require.Empty(t, l.events)
			continue
		}
		require.NoError(t, err)
		require.Len(t, l.events, 1)
	}
}

func TestWhatBrokeWhenItHadGoneOutIsUnknown(t *testing.T) {
	t.Parallel()
	var l ledger
	url := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	require.True(t, deliver.IsUnknown(open(t, &l, definition.Call{}).Send(t.Context(), letter(url))))

	slow := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	require.True(t, deliver.IsUnknown(open(t, &l, definition.Call{Timeout: 50 * time.Millisecond}).Send(t.Context(), letter(slow))))

	l.err = errors.New("the journal is full")
	ok := serve(t, func(http.ResponseWriter, *http.Request) {})
	require.True(t, deliver.IsUnknown(open(t, &l, definition.Call{}).Send(t.Context(), letter(ok))))
}

func TestWhatCannotBeAskedIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	var l ledger
	unreachable := letter("http://127.0.0.1:1/")
	require.True(t, fault.Is(open(t, &l, definition.Call{}).Send(t.Context(), unreachable), fault.Transient))
	require.ErrorContains(t, open(t, &l, definition.Call{Secret: "OTHER"}).Send(t.Context(), unreachable), "OTHER")
	gone := unreachable
	gone.Action = "gone"
	require.ErrorContains(t, open(t, &l, definition.Call{}).Send(t.Context(), gone), "no longer defined")
}
