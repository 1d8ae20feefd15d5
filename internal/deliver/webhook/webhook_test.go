package webhook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/webhook"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is the one of the Standard Webhooks specification's example.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func clock() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

// receiver is the other side of a webhook.
type receiver struct {
	channel *webhook.Channel
	http    *httptest.Server
	quit    chan struct{}

	mu     sync.Mutex
	behave delivertest.Behaviour
	status int // of a refusal; 0: 422
	got    []webhook.Payload
}

func open(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{quit: make(chan struct{})}
	r.http = httptest.NewServer(r)
	var err error
	r.channel, err = webhook.Open(webhook.Options{URL: r.http.URL, Secret: secret, Now: clock})
	require.NoError(t, err)
	t.Cleanup(func() {
		close(r.quit)
		require.NoError(t, r.channel.Close())
		r.http.Close()
	})
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	behave, status := r.behave, r.status
	r.mu.Unlock()
	if behave == delivertest.Hang {
		<-r.quit
		return
	}
	body, err := io.ReadAll(req.Body)
	if err == nil {
		err = webhook.Verify(req.Header, body, secret, clock().Time())
	}
	var p webhook.Payload
	if err = errors.Join(err, json.Unmarshal(body, &p)); err != nil || p.Delivery != req.Header.Get("Webhook-Id") {
		http.Error(w, fmt.Sprint(err), http.StatusUnauthorized)
		return
	}
	switch behave {
	case delivertest.Refuse:
		if status == 0 {
			status = http.StatusUnprocessableEntity
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		return
	case delivertest.Defer:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case delivertest.HangAfter:
		<-r.quit
		return
	case delivertest.BreakAfter:
		panic(http.ErrAbortHandler)
	default:
	}
	r.mu.Lock()
	r.got = append(r.got, p)
	r.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func (r *receiver) Channel() deliver.Channel { return r.channel }

func (r *receiver) To() string { return "user-7" }

func (r *receiver) Behave(b delivertest.Behaviour) {
	r.mu.Lock()
	r.behave = b
	r.mu.Unlock()
	if b == delivertest.Down {
		r.http.Close()
	}
}

func (r *receiver) Got() []delivertest.Got {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []delivertest.Got
	for _, p := range r.got {
		out = append(out, delivertest.Got{
			Delivery: p.Delivery, To: p.To, Subject: p.Content.Subject, Text: p.Content.Text + "\n" + p.Content.NextStep.URL,
		})
	}
	return out
}

func TestWebhookKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		t.Helper()
		return open(t)
	})
}

func TestAStatusMeansWhatItSays(t *testing.T) {
	t.Parallel()
	for status, transient := range map[int]bool{
		301: false, 302: false, 307: false, 400: false, 401: false, 404: false, 410: false,
		408: true, 429: true, 500: true, 502: true, 503: true, 504: true,
	} {
		r := open(t)
		r.status = status
		r.Behave(delivertest.Refuse)
		err := r.channel.Send(t.Context(), delivertest.Letter("d", "x"))
		require.Error(t, err)
		require.Equal(t, transient, fault.Is(err, fault.Transient), "%d: %v", status, err)
		require.False(t, deliver.IsUnknown(err))
		require.Empty(t, r.Got(), "redirects are not followed")
	}
}

func TestASlowReceiverIsGivenUpAfterTheTimeout(t *testing.T) {
	t.Parallel()
	r := open(t)
	r.Behave(delivertest.HangAfter)
	c, err := webhook.Open(webhook.Options{URL: r.http.URL, Secret: secret, Now: clock, Timeout: 100 * time.Millisecond})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	require.True(t, deliver.IsUnknown(c.Send(t.Context(), delivertest.Letter("d", "x"))))
}

// TestTheSignatureIsThatOfTheSpecification uses the example of the Standard
// Webhooks libraries' own tests.
func TestTheSignatureIsThatOfTheSpecification(t *testing.T) {
	t.Parallel()
	at := time.Unix(1614265330, 0)
	h := http.Header{}
	h.Set("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("Webhook-Timestamp", "1614265330")
	h.Set("Webhook-Signature", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	body := []byte(`{"test": 2432232314}`)
	require.NoError(t, webhook.Verify(h, body, secret, at))
	require.NoError(t, webhook.Verify(h, body, secret, at.Add(4*time.Minute)))
	require.Error(t, webhook.Verify(h, body, secret, at.Add(6*time.Minute)))
	require.Error(t, webhook.Verify(h, body, secret, at.Add(-6*time.Minute)))
	require.Error(t, webhook.Verify(h, append(body, ' '), secret, at))
	require.Error(t, webhook.Verify(h, body, "whsec_"+"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", at))
	h.Set("Webhook-Id", "msg_other")
	require.Error(t, webhook.Verify(h, body, secret, at))
	require.Error(t, webhook.Verify(http.Header{}, body, secret, at))
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, o := range []webhook.Options{
		{},
		{URL: "ftp://x/", Secret: secret, Now: clock},
		{URL: "https://x/", Secret: "MfKQ", Now: clock},
		{URL: "https://x/", Secret: "whsec_MfKQ", Now: clock},
		{URL: "https://x/", Secret: secret},
	} {
		_, err := webhook.Open(o)
		require.Error(t, err)
	}
}
