package app_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report/duck"
)

// running is a served workspace, as its users see it.
type running struct {
	t    *testing.T
	url  string
	stop func()
}

const (
	writeKey   = "test-write-key"
	adminToken = "test-admin-token"
)

func serve(t *testing.T, cfg config.Config) *running {
	t.Helper()
	return serveBy(t, app.Options{Config: cfg})
}

// serveBy is serve with more than a configuration.
func serveBy(t *testing.T, o app.Options) *running {
	t.Helper()
	o.Answerer = []string{os.Args[0], duck.Command}
	o.Config.WriteKey, o.Config.AdminToken = writeKey, adminToken
	o.Config.Listen = cmp.Or(o.Config.Listen, "127.0.0.1:0")
	o.Config.PublicURL = cmp.Or(o.Config.PublicURL, "http://127.0.0.1")
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	o.Ready = func(address string, _ *app.App) { ready <- address }
	go func() { done <- app.Serve(ctx, o) }()
	r := &running{t: t}
	select {
	case err := <-done:
		cancel()
		require.NoError(t, err)
	case address := <-ready:
		r.url = "http://" + address
	}
	r.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(r.stop)
	return r
}

func (r *running) call(method, path string, body, answer any) int {
	r.t.Helper()
	b, err := json.Marshal(body)
	require.NoError(r.t, err)
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, bytes.NewReader(b))
	require.NoError(r.t, err)
	req.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/v1/") {
		req.SetBasicAuth(writeKey, "")
	} else {
		req.Header.Set("Authorization", "Bearer "+adminToken)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	if answer != nil {
		require.NoError(r.t, json.Unmarshal(text, answer), "%s", text)
		if resp.StatusCode >= http.StatusBadRequest {
			r.t.Logf("%s %s: %d %s", method, path, resp.StatusCode, text)
		}
	}
	return resp.StatusCode
}

func (r *running) track(message string) {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.call(http.MethodPost, "/v1/track", json.RawMessage(message), nil))
}

type people struct {
	People []struct {
		ID    string `json:"id"`
		Stage string `json:"stage"`
	} `json:"people"`
}

// person waits until identity is known; an event is folded soon after its answer.
func (r *running) person(identity string) string {
	r.t.Helper()
	var found people
	require.Eventually(r.t, func() bool {
		r.call(http.MethodGet, "/api/v1/people?identity="+identity, nil, &found)
		return len(found.People) == 1
	}, time.Minute, 5*time.Millisecond)
	return found.People[0].ID
}

type timeline struct {
	Events []struct {
		Event     string          `json:"event"`
		MessageID string          `json:"message_id"`
		Body      json.RawMessage `json:"body"`
	} `json:"events"`
	NextCursor string `json:"next_cursor"`
}

func (r *running) timeline(id string) (labels []string) {
	r.t.Helper()
	for cursor := ""; ; {
		var page timeline
		require.Equal(r.t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id+"/timeline?limit=2&cursor="+cursor, nil, &page))
		for _, e := range page.Events {
			labels = append(labels, strings.TrimSpace(e.Event+" "+e.MessageID))
		}
		if cursor = page.NextCursor; cursor == "" {
			return labels
		}
	}
}

func TestAnEventIsOnThePersonsPageAndStaysThereAfterARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := serve(t, config.Config{Data: dir})
	r.track(`{"userId":"42","event":"Order Completed","messageId":"m1","properties":{"revenue":12.5}}`)
	r.track(`{"userId":"42","event":"Order Completed","messageId":"m1","properties":{"revenue":12.5}}`)
	id := r.person("user_id:42")
	require.Contains(t, r.timeline(id), "Order Completed m1")
	before := r.timeline(id)
	r.stop()

	r = serve(t, config.Config{Data: dir})
	require.Equal(t, before, r.timeline(r.person("user_id:42")))
	r.stop()

	for _, fromStart := range []bool{false, true} {
		res, err := app.Replay(t.Context(), app.ReplayOptions{Data: dir, FromStart: fromStart})
		require.NoError(t, err)
		require.True(t, res.Same, "rebuilt from %s: %s, live %s", res.From, res.Rebuilt, res.Live)
		require.Equal(t, !fromStart, res.TailOnly)
	}
}

// mailbox is a mail server that keeps what it gets.
type mailbox struct {
	mu    sync.Mutex
	mails map[string][]string // by recipient
}

func newMailbox(t *testing.T) (*mailbox, string) {
	t.Helper()
	m := &mailbox{mails: map[string][]string{}}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{m: m}, nil }))
	return m, serveMail(t, s)
}

// serveMail lets s serve until the test ends, and returns its address.
func serveMail(t *testing.T, s *smtp.Server) string {
	t.Helper()
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(ln) // ends with an error when it is closed
	}()
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		<-done
	})
	return ln.Addr().String()
}

func (m *mailbox) of(to string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.mails[to]...)
}

type mailSession struct {
	m  *mailbox
	to string
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.mails[s.to] = append(s.m.mails[s.to], string(b))
	return err
}
func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

// everyday decides at once: no quiet hours, and everyone is treated.
const everyday = `
workspace: {name: Shop, currency: EUR, time_zone: UTC, seed: app-test}
features: [{id: orders, count: Order Completed}]
map:
  stages: [{id: look, name: Look}, {id: buy, name: Buy, when: orders > 0}, {id: again, name: Again, when: orders > 1}]
  touchpoints:
    - {id: order, name: Order, stage: buy, channel: web, direction: inbound, events: [Order Completed]}
    - {id: thanks, name: Thanks, stage: buy, channel: email, direction: outbound, events: [Delivery Sent]}
goals:
  - id: again
    name: Again
    from: [buy]
    to: [again]
    kpi: {name: Revenue, events: [Order Completed]}
    horizon: 30d
    holdout: 0%
    every: 1d
    actions:
      - {id: a, name: A, kind: information, messages: [{id: a, channel: email, appeal: ethos, subject: "Thank you, {{ first_name }}", body: "It is on its way.", next_step: {label: Follow it, url: "https://shop.example/order"}}]}
      - {id: b, name: B, kind: offer, messages: [{id: b, channel: email, appeal: pathos, subject: "For you, {{ first_name }}", body: "A gift.", next_step: {label: See it, url: "https://shop.example/gift"}}]}
policy: {consent: opt_in, holdout: 0%}
channels: [{id: email, from: "Shop <hello@shop.example>"}]
`

func TestNothingLeavesANewWorkspaceUntilSomeoneGoesLive(t *testing.T) {
	t.Parallel()
	mails, address := newMailbox(t)
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, everyday), SMTP: config.SMTP{Address: address, TLS: "none"}})
	const n = 12 // of whom a fair draw leaves four in silence, give or take
	for i := range n {
		r.track(fmt.Sprintf(`{"userId":"u%d","event":"Order Completed","messageId":"m%d"}`, i, i))
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(fmt.Sprintf(
			`{"userId":"u%d","messageId":"i%d","traits":{"email":"u%d@example.com","first_name":"Una","consent":{"email":true}}}`, i, i, i)), nil))
	}
	id := r.person("user_id:u0")
	var why struct {
		Goals []struct {
			Candidates []event.Candidate `json:"candidates"`
		} `json:"goals"`
	}
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id+"/why", nil, &why))
	require.Equal(t, "disarmed", why.Goals[0].Candidates[1].Withheld.Code)

	// Only the allow-list is served while disarmed.
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "disarmed", "allow": []string{"U3@example.com"}}, nil), 300)
	settle(t, r)
	for i := range n {
		if i != 3 {
			require.Empty(t, mails.of(fmt.Sprintf("u%d@example.com", i)), "the workspace is disarmed")
		}
	}

	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	require.Eventually(t, func() bool {
		got := 0
		for i := range n {
			got += len(mails.of(fmt.Sprintf("u%d@example.com", i)))
		}
		return got > 0
	}, time.Minute, 20*time.Millisecond)
	settle(t, r)
	for i := range n {
		got := mails.of(fmt.Sprintf("u%d@example.com", i))
		require.LessOrEqual(t, len(got), 1, "one choice a day")
		if len(got) == 1 {
			require.Contains(t, got[0], "From: \"Shop\" <hello@shop.example>")
			require.Contains(t, got[0], "Una")
		}
	}

	var goal struct {
		Counts struct {
			Joined int `json:"joined"`
			Sent   int `json:"sent"`
		} `json:"counts"`
		Lift struct {
			Difference struct {
				Enough bool   `json:"enough"`
				Note   string `json:"note"`
			} `json:"difference"`
		} `json:"lift"`
	}
	require.Eventually(t, func() bool {
		return r.call(http.MethodGet, "/api/v1/goals/again", nil, &goal) == http.StatusOK && goal.Counts.Joined == n && goal.Counts.Sent > 0
	}, time.Minute, 50*time.Millisecond)
	require.False(t, goal.Lift.Difference.Enough)
	require.NotEmpty(t, goal.Lift.Difference.Note, "too little evidence is said in words")
}

// settle waits until nothing is folded any more.
func settle(t *testing.T, r *running) {
	t.Helper()
	last, same := int64(-1), 0
	require.Eventually(t, func() bool {
		var ws struct {
			Events int64 `json:"events"`
			Lag    int64 `json:"lag"`
		}
		r.call(http.MethodGet, "/api/v1/workspace", nil, &ws)
		if ws.Lag == 0 && ws.Events == last {
			same++
		} else {
			same = 0
		}
		last = ws.Events
		return same > 40
	}, time.Minute, 20*time.Millisecond)
}
