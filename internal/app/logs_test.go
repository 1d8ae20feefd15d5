package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/testenv"
)

// mark is in everything below that is about a person, or a secret. Nothing that
// Rapport itself writes contains it.
const mark = "zqxv"

const (
	markedKey   = mark + "-write-key"
	markedToken = mark + "-admin-token"
)

// logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// spiteful refuses mail in the ways there are, and repeats what it was told.
type spiteful struct {
	conn net.Conn
	to   string
}

func (s *spiteful) Mail(string, *smtp.MailOptions) error { return nil }

func (s *spiteful) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if strings.HasPrefix(to, mark+"-0") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + to + ">: unknown here"}
	}
	return nil
}

func (s *spiteful) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if strings.HasPrefix(s.to, mark+"-1") {
		return s.conn.Close() // when all was sent and nothing answered
	}
	return &smtp.SMTPError{Code: 554, Message: "spam: " + string(body)[strings.Index(string(body), mark):][:40]}
}
func (s *spiteful) Reset()        {}
func (s *spiteful) Logout() error { return nil }

func spitefulMail(t *testing.T) string {
	t.Helper()
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &spiteful{conn: c.Conn()}, nil }))
	s.ErrorLog = discard{}
	return serveMail(t, s)
}

// discard is a smtp.Logger that says nothing of connections that broke.
type discard struct{}

func (discard) Printf(string, ...any) {}
func (discard) Println(...any)        {}

// bothChannels is everyday with a webhook beside the mail.
var bothChannels = strings.NewReplacer(
	`channels: [{id: email, from: "Shop <hello@shop.example>"}]`, `channels: [{id: email, from: "Shop <hello@shop.example>"}, {id: webhook}]`,
	`{id: b, channel: email,`, `{id: b, channel: webhook,`,
).Replace(everyday) + `
pulls:
  - id: ages
    database: RAPPORT_TEST_LOGS
    query: select id, who, who::int as age, at from people
    cursor: at
    key: id
    map: {columns: [id, who, age, at], identity: {user_id: who}, event: Order Completed, time: {column: at, layout: rfc3339}}
  - id: orders
    database: RAPPORT_TEST_LOGS
    query: select id, who, at from people
    cursor: at
    key: id
    map: {columns: [id, who, at], identity: {user_id: who}, event: Order Completed, time: {column: who, layout: rfc3339}}
  - id: strangers
    database: RAPPORT_TEST_LOGS_WRONG
    query: select 1
    cursor: at
    key: id
    map: {columns: [id, who, at], identity: {user_id: who}, event: Order Completed, time: {column: at, layout: rfc3339}}
`

// Not parallel: it sets the environment, where the connection strings are.
func TestNothingOfAPersonAndNoSecretReachesTheLog(t *testing.T) {
	db := testenv.Postgres(t)
	t.Setenv("RAPPORT_TEST_LOGS", db)
	at, err := url.Parse(db)
	require.NoError(t, err)
	t.Setenv("RAPPORT_TEST_LOGS_WRONG", "postgres://postgres:"+mark+"-password@127.0.0.1:1"+at.Path)
	conn, err := pgx.Connect(t.Context(), db)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), `create table people (id int, who text, at timestamptz); insert into people values (1, '`+mark+`@pulled.example', now())`)
	require.NoError(t, err)

	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(body)
	}))
	defer hook.Close()
	cfg := config.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0", WriteKey: markedKey, AdminToken: markedToken, PublicURL: "http://127.0.0.1", Definitions: folder(t, bothChannels),
		SMTP:    config.SMTP{Address: spitefulMail(t), TLS: "none"},
		Webhook: config.Webhook{URL: hook.URL + "/" + mark + "-path", Secret: "whsec_" + base64.StdEncoding.EncodeToString([]byte(mark+strings.Repeat("s", 28)))},
	}
	var book logbook
	for run := range 2 { // the second begins with what the first left
		driveWithMarkedPeople(t, cfg, &book, run)
	}

	text := book.String()
	for _, path := range []string{ // or the test has not been where it thinks
		`"a delivery was refused"`, `the mail server refused (550 5.1.1)`, `the webhook refused: 418 I'm a teapot`, `"the outcome of a delivery is unknown"`,
		`"pull failed"`, `SQLSTATE 22P02`, `"request refused"`, `"route":"GET /api/v1/people/{id}"`,
	} {
		require.Contains(t, text, path)
	}
	for _, secret := range []string{mark, base64.StdEncoding.EncodeToString([]byte(markedKey + ":")), base64.StdEncoding.EncodeToString([]byte(markedToken)), cfg.Webhook.Secret} {
		for line := range strings.Lines(text) {
			require.NotContains(t, strings.ToLower(line), strings.ToLower(secret))
		}
	}
}

func driveWithMarkedPeople(t *testing.T, cfg config.Config, book *logbook, run int) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- app.Serve(ctx, app.Options{
			Config: cfg, Ready: func(address string, _ *app.App) { ready <- address },
			Logger: slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug - 100, AddSource: true})),
		})
	}()
	m := &markedCaller{t: t}
	select {
	case err := <-done:
		stop()
		require.NoError(t, err)
	case address := <-ready:
		m.url = "http://" + address
	}
	defer func() {
		stop()
		require.NoError(t, <-done)
	}()
	status, text := m.call(http.MethodPut, "/api/v1/workspace/live", `{"live":"everyone","allow":[]}`)
	require.Less(t, status, 300, text)
	m.send(run)
	m.refused()
	m.ask()
	m.deliveries(book)
}

// markedCaller calls with marked content. What is answered to it may repeat it.
type markedCaller struct {
	t   *testing.T
	url string
}

func (m *markedCaller) call(method, path, body string, header ...string) (int, string) {
	m.t.Helper()
	req, err := http.NewRequestWithContext(m.t.Context(), method, m.url+path, strings.NewReader(body))
	require.NoError(m.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", mark+"-browser")
	if strings.HasPrefix(path, "/v1/") {
		req.SetBasicAuth(markedKey, "")
	} else {
		req.Header.Set("Authorization", "Bearer "+markedToken)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	require.NoError(m.t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(m.t, errors.Join(err, resp.Body.Close()))
	return resp.StatusCode, string(text)
}

// people is how many marked people there are.
const markedPeople = 36

// send sends what is good, with merges, refused merges, accounts and consent.
func (m *markedCaller) send(run int) {
	m.t.Helper()
	for n := range markedPeople {
		i := n + run*markedPeople
		user := fmt.Sprintf("%s-user-%d", mark, i)
		for _, call := range [][2]string{ // in this order: who they are is known when there is something to thank them for
			{"/v1/page", fmt.Sprintf(`{"anonymousId":"%s-anon-%d","name":"%s","context":{"page":{"url":"https://shop.example/?email=%s@mail.example"}}}`, mark, i, mark, mark)},
			{"/v1/identify", fmt.Sprintf(`{"userId":%q,"anonymousId":"%s-anon-%d","traits":{"email":"%s-%d-%d@mail.example","first_name":"%s","phone":"+4912345%05d","address":{"street":"%s street"},"consent":{"email":true,"webhook":true}},"context":{"ip":"203.0.113.9","userAgent":"%s"}}`, user, mark, i, mark, i%3, i, mark, i, mark, mark)},
			{"/v1/group", fmt.Sprintf(`{"userId":%q,"groupId":"%s-account","traits":{"name":"%s GmbH"}}`, user, mark, mark)},
			{"/v1/alias", fmt.Sprintf(`{"userId":%q,"previousId":"%s-old-%d"}`, user, mark, i/2)},
			{"/v1/track", fmt.Sprintf(`{"userId":%q,"event":"Order Completed","properties":{"note":"%s","revenue":"%s"}}`, user, mark, mark)},
		} {
			path, body := call[0], call[1]
			if path == "/v1/alias" && i > 3 {
				continue // who orders twice is past the goal
			}
			status, answer := m.call(http.MethodPost, path, body)
			require.Equal(m.t, http.StatusOK, status, answer)
		}
	}
}

// refused sends what is bad in all ways.
func (m *markedCaller) refused() {
	m.t.Helper()
	for _, body := range []string{
		`{"userId":"` + mark, mark, `{"userId":["` + mark + `"],"event":"` + mark + `"}`, `{"event":"` + mark + `"}`,
		`{"userId":"` + mark + `","event":"E","timestamp":"` + mark + `"}`,
		`{"userId":"` + mark + `","event":"E","properties":` + strings.Repeat(`{"`+mark+`":`, 80) + `1` + strings.Repeat(`}`, 80) + `}`,
		`{"userId":"` + mark + `","event":"E","properties":{"x":"` + strings.Repeat(mark, 20_000) + `"}}`,
		`{"userId":"` + mark + strings.Repeat("x", 600) + `","event":"E"}`,
		strings.Repeat(mark, 2<<20),
	} {
		for _, path := range []string{"/v1/track", "/v1/" + mark, "/v1/webhooks/" + mark, "/api/v1/events", "/api/v1/session"} {
			status, answer := m.call(http.MethodPost, path, body)
			require.GreaterOrEqual(m.t, status, 400, "%s", answer)
			require.Less(m.t, status, 500, "%s %s", path, answer)
		}
		m.call(http.MethodPost, "/v1/track", body, "Content-Encoding", "gzip")
		m.call(http.MethodPost, "/v1/track", body, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(mark+":")))
		batch, err := json.Marshal(map[string]any{"batch": []any{body, map[string]string{"type": mark, "userId": mark}}, "writeKey": markedKey})
		require.NoError(m.t, err)
		m.call(http.MethodPost, "/v1/batch", string(batch))
	}
}

// ask calls every part of the API with marked content, mostly wrong.
func (m *markedCaller) ask() {
	m.t.Helper()
	var found people
	require.Eventually(m.t, func() bool {
		_, text := m.call(http.MethodGet, "/api/v1/people?identity=user_id:"+mark+"-user-1", "")
		require.NoError(m.t, json.Unmarshal([]byte(text), &found))
		return len(found.People) == 1
	}, time.Minute, 10*time.Millisecond)
	id := found.People[0].ID
	spec, err := api.OpenAPI()
	require.NoError(m.t, err)
	var doc struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	require.NoError(m.t, json.Unmarshal(spec, &doc))
	require.NotEmpty(m.t, doc.Paths)
	bad := fmt.Sprintf(`{"live":"everyone","allow":[%q],"channel":%q,"proof":%q,"reason":%q,"person":%q,"sql":"select '%s' frm","name":%q,"body":"{\"userId\":\"%s\"","yaml":%q,"%s":1}`, mark, mark, mark, mark, mark, mark, mark, mark, mark, mark)
	for path, methods := range doc.Paths {
		for method := range methods {
			if strings.HasSuffix(path, "/live") && strings.Contains(path, "events") {
				continue // it does not end by itself
			}
			for _, with := range []string{id, mark, mark + "@mail.example"} {
				called := strings.NewReplacer("{id}", with, "{record}", with, "{key}", with, "{n}", with, "{version}", with).Replace(path)
				status, text := m.call(strings.ToUpper(method), called+"?q="+mark+"&identity=email:"+mark+"&cursor="+mark, bad)
				require.Less(m.t, status, 500, "%s %s: %s", method, called, text)
				m.call(strings.ToUpper(method), called, bad, "Authorization", "Bearer "+mark)
				if method == "get" {
					m.call(http.MethodGet, called, "")
				}
			}
		}
	}
	m.call(http.MethodPut, "/api/v1/people/"+id+"/consent", fmt.Sprintf(`{"channel":"email","given":true,"proof":%q}`, mark))
	m.call(http.MethodPost, "/api/v1/questions", fmt.Sprintf(`{"sql":"select cast('%s' as int) from people"}`, mark))
	m.call(http.MethodGet, "/people/"+mark, "")
	m.call(http.MethodGet, "/m/c/"+mark, "")
	m.call(http.MethodPost, "/m/u/"+mark, mark)
	m.call(http.MethodGet, "/"+mark+"?token="+markedToken, "")
}

// deliveries waits until channels have refused, and the pull.
func (m *markedCaller) deliveries(book *logbook) {
	m.t.Helper()
	for _, want := range []string{"SQLSTATE 22P02", "the mail server refused (550", "the webhook refused", "is unknown"} {
		require.Eventually(m.t, func() bool { return strings.Contains(book.String(), want) }, time.Minute, 50*time.Millisecond, want)
	}
}
