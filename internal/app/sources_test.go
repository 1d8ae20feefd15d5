package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/source"
)

type madeSource struct {
	Source struct {
		ID   string `json:"id"`
		Keys []struct {
			ID      string  `json:"id"`
			Revoked *string `json:"revoked"`
			Reason  string  `json:"reason"`
		} `json:"keys"`
	} `json:"source"`
	Key struct {
		ID       string `json:"id"`
		WriteKey string `json:"write_key"`
	} `json:"key"`
}

// send posts to the tracking API with a key of its own.
func (r *running) send(path, key, body string) (status int, answer string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, bytes.NewReader([]byte(body)))
	require.NoError(r.t, err)
	req.SetBasicAuth(key, "")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, resp.Body.Close()) }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(r.t, err)
	return resp.StatusCode, string(text)
}

func (r *running) ok(method, path string, body, answer any) {
	r.t.Helper()
	var raw json.RawMessage
	require.Equal(r.t, http.StatusOK, r.call(method, path, body, &raw), "%s %s: %s", method, path, raw)
	if answer != nil {
		require.NoError(r.t, json.Unmarshal(raw, answer))
	}
}

func TestASourceHasItsOwnKeysAndARevokedOneOpensNoMore(t *testing.T) {
	t.Parallel()
	cfg := config.Config{Data: t.TempDir()}
	r := serve(t, cfg)
	var made madeSource
	r.ok(http.MethodPost, "/api/v1/sources", map[string]string{"name": "Web shop", "kind": "browser"}, &made)
	require.Equal(t, "web-shop", made.Source.ID)
	page := func(key, user string) (int, string) {
		return r.send("/v1/page", key, fmt.Sprintf(`{"userId":%q}`, user))
	}
	status, answer := page(made.Key.WriteKey, "u1")
	require.Equal(t, http.StatusOK, status, answer)
	r.person("user_id:u1")

	key := "/api/v1/sources/web-shop/keys/" + made.Key.ID
	r.ok(http.MethodPost, key+"/revoke", map[string]string{"reason": "leaked"}, nil)
	status, answer = page(made.Key.WriteKey, "u2")
	require.Equal(t, http.StatusUnauthorized, status)
	require.Contains(t, answer, "revoked at")
	status, _ = page(writeKey, "u2")
	require.Equal(t, http.StatusOK, status, "the default source goes on")

	r.stop()
	r = serve(t, cfg)
	status, answer = page(made.Key.WriteKey, "u3")
	require.Equal(t, http.StatusUnauthorized, status)
	require.Contains(t, answer, "revoked at")
	r.ok(http.MethodPost, key+"/restore", struct{}{}, nil)
	status, answer = page(made.Key.WriteKey, "u3")
	require.Equal(t, http.StatusOK, status, answer)
}

type letterPage struct {
	Letters []struct {
		ID      string `json:"id"`
		Source  string `json:"source"`
		Path    string `json:"path"`
		Field   string `json:"field"`
		Message string `json:"message"`
		State   string `json:"state"`
	} `json:"letters"`
	NextCursor string          `json:"next_cursor"`
	Counts     event.LetterSum `json:"counts"`
}

func (r *running) letters(query string, want int) letterPage {
	r.t.Helper()
	var page letterPage
	require.Eventually(r.t, func() bool { // it is folded soon after the answer
		r.ok(http.MethodGet, "/api/v1/dead-letters?"+query, nil, &page)
		return len(page.Letters) == want
	}, time.Minute, 5*time.Millisecond)
	return page
}

type replayed struct {
	Taken   bool     `json:"taken"`
	Field   string   `json:"field"`
	Message string   `json:"message"`
	People  []string `json:"people"`
	Letter  struct {
		State string `json:"state"`
		By    string `json:"by"`
	} `json:"letter"`
}

func TestWhatWasRefusedCanBeMendedAndReplayed(t *testing.T) {
	t.Parallel()
	cfg := config.Config{Data: t.TempDir()}
	r := serve(t, cfg)
	status, _ := r.send("/v1/batch", writeKey, `{"batch":[
		{"type":"track","userId":"u1","event":"Order Completed","messageId":"m0"},
		{"type":"track","userId":"u1","messageId":"m1","timestamp":"2026-01-02T03:04:05Z"},
		{"type":"identify","userId":"null","traits":{"plan":"pro"}}]}`)
	require.Equal(t, http.StatusOK, status)
	status, _ = r.send("/v1/track", writeKey, `{"userId":`)
	require.Equal(t, http.StatusBadRequest, status)
	page := r.letters("", 3)
	require.Equal(t, "/v1/track", page.Letters[0].Path, "the newest first")
	require.Equal(t, uint64(3), page.Counts.Open)
	require.Len(t, r.letters("field=event", 1).Letters, 1)
	first := r.letters("limit=2", 2)
	rest := r.letters("limit=2&cursor="+first.NextCursor, 1)
	require.Empty(t, rest.NextCursor)

	r.stop() // it is in the journal
	r = serve(t, cfg)
	page = r.letters("", 3)
	noEvent, nobody, cut := page.Letters[2].ID, page.Letters[1].ID, page.Letters[0].ID

	var letter struct {
		Body string `json:"body"`
	}
	r.ok(http.MethodGet, "/api/v1/dead-letters/"+noEvent, nil, &letter)
	require.JSONEq(t, `{"type":"track","userId":"u1","messageId":"m1","timestamp":"2026-01-02T03:04:05Z"}`, letter.Body)

	var again replayed
	r.ok(http.MethodPost, "/api/v1/dead-letters/"+noEvent+"/replay", map[string]string{}, &again)
	require.False(t, again.Taken)
	require.Equal(t, "event", again.Field, "as it was, it is refused as it was")
	mended := map[string]string{"body": `{"type":"track","userId":"u1","messageId":"m1","event":"Order Refunded","timestamp":"2026-01-02T03:04:05Z"}`}
	r.ok(http.MethodPost, "/api/v1/dead-letters/"+noEvent+"/replay", mended, &again)
	require.True(t, again.Taken, again.Message)
	require.Equal(t, "mended", again.Letter.State)
	require.Equal(t, "admin", again.Letter.By)
	require.Equal(t, []string{r.person("user_id:u1")}, again.People)
	require.Contains(t, r.timeline(again.People[0]), "Order Refunded m1")
	require.Equal(t, http.StatusConflict, r.call(http.MethodPost, "/api/v1/dead-letters/"+noEvent+"/replay", mended, nil))

	r.ok(http.MethodPost, "/api/v1/dead-letters/"+nobody+"/dismiss", map[string]string{"reason": "a test"}, nil)
	require.Len(t, r.letters("state=dismissed", 1).Letters, 1)
	r.ok(http.MethodPost, "/api/v1/dead-letters/"+nobody+"/reopen", struct{}{}, nil)
	require.Len(t, r.letters("state=open", 2).Letters, 2)

	r.ok(http.MethodPost, "/api/v1/dead-letters/"+cut+"/replay", map[string]string{"body": `{"userId":"u2","event":"Added"}`}, &again)
	require.True(t, again.Taken, again.Message)
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/dead-letters/12345", nil, nil))
}

func TestManyDeadLettersOfOneFaultAreReplayedAtOnce(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	for n := range 30 {
		r.send("/v1/track", writeKey, fmt.Sprintf(`{"userId":"u%d","messageId":"m%d"}`, n, n))
	}
	r.send("/v1/track", writeKey, `{"event":"Added"}`)
	r.letters("", 31)
	var list struct {
		Faults []source.Fault `json:"faults"`
	}
	r.ok(http.MethodGet, "/api/v1/dead-letters/faults", nil, &list)
	require.Len(t, list.Faults, 2)
	require.Equal(t, 30, list.Faults[0].Count)
	var many source.Many
	r.ok(http.MethodPost, "/api/v1/dead-letters/replay", map[string]string{"field": "event"}, &many)
	require.Equal(t, 30, many.Tried)
	require.Equal(t, 30, many.Refused, "nothing has changed meanwhile")
	require.Len(t, many.Faults, 1)
	r.ok(http.MethodPost, "/api/v1/dead-letters/dismiss", map[string]string{"message": list.Faults[0].Message, "reason": "a wrong release"}, &many)
	require.Equal(t, 30, many.Done)
	page := r.letters("state=open", 1)
	require.Equal(t, uint64(30), page.Counts.Dismissed)
}

func TestASourceShowsWhatArrivesOfIt(t *testing.T) {
	t.Parallel()
	cfg := config.Config{Data: t.TempDir()}
	r := serve(t, cfg)
	for range 2 { // the second time, all are duplicates
		r.send("/v1/batch", writeKey, `{"batch":[{"type":"page","userId":"u1","messageId":"m1"},{"type":"page","userId":"u2","messageId":"m2"},{"type":"track","userId":"u3"}]}`)
	}
	r.send("/v1/page", "wrong", `{}`)
	type row struct {
		ID      string          `json:"id"`
		Figures source.Measured `json:"figures"`
	}
	var list struct {
		Sources   []row            `json:"sources"`
		Strangers source.Strangers `json:"strangers"`
	}
	require.Eventually(t, func() bool {
		r.ok(http.MethodGet, "/api/v1/sources", nil, &list)
		day := list.Sources[0].Figures.Day
		return day.Accepted == 2 && day.Duplicates == 2 && day.Rejected == 2 && list.Sources[0].Figures.SinceStart.Lag.Samples > 0
	}, time.Minute, 5*time.Millisecond)
	require.Equal(t, "default", list.Sources[0].ID)
	s := list.Sources[0].Figures.SinceStart
	require.Equal(t, uint64(4), s.Accepted, "the door cannot tell duplicates")
	require.Equal(t, uint64(2), s.Reasons[0].Count)
	require.Equal(t, uint64(1), list.Strangers.Calls)

	r.stop()
	r = serve(t, cfg)
	var page struct {
		row
		Series source.Series `json:"series"`
	}
	r.ok(http.MethodGet, "/api/v1/sources/default", nil, &page)
	require.Equal(t, uint64(2), page.Figures.Day.Accepted, "what is folded survives")
	require.NotEmpty(t, page.Series.Hours)
	require.Zero(t, page.Figures.SinceStart.Calls)
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/sources/nobody", nil, nil))
}

const hookMap = `
format: json
columns: [id, {name: who, path: customer.id}, {name: value, path: amount}]
identity: {user_id: who}
event: Order Completed
time: arrival
amount: {column: value}
currency: EUR
message_id: id
name: Billing
`

func TestAWebhookBecomesEventsByItsMap(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	var made madeSource
	r.ok(http.MethodPost, "/api/v1/sources", map[string]string{"name": "Billing", "kind": "webhook"}, &made)
	var tried source.Tried
	r.ok(http.MethodPost, "/api/v1/sources/billing/webhook/try", map[string]string{"map": hookMap, "body": `{"id":"1","customer":{"id":"u1"},"amount":3}`}, &tried)
	require.Len(t, tried.Events, 1)
	require.Equal(t, "u1", tried.Events[0].UserID)
	r.ok(http.MethodPost, "/api/v1/sources/billing/webhook/try", map[string]string{"map": hookMap, "body": `{"id":"1"}`}, &tried)
	require.Contains(t, tried.Message, "no identity")

	r.ok(http.MethodPut, "/api/v1/sources/billing/webhook", map[string]string{"map": hookMap}, nil)
	for range 2 { // senders repeat
		status, answer := r.send("/v1/webhooks/"+made.Key.WriteKey, "", `{"id":"1","customer":{"id":"u1"},"amount":3}`)
		require.Equal(t, http.StatusOK, status, answer)
	}
	require.Contains(t, r.timeline(r.person("user_id:u1")), "Order Completed 1")
	status, _ := r.send("/v1/webhooks/"+made.Key.WriteKey, "", `{"id":"2","customer":"u1","amount":3}`)
	require.Equal(t, http.StatusOK, status)
	letter := r.letters("source=billing", 1).Letters[0]
	require.Equal(t, "/v1/webhooks/billing", letter.Path)

	mended := strings.Replace(hookMap, "path: customer.id", "path: customer", 1)
	r.ok(http.MethodPut, "/api/v1/sources/billing/webhook", map[string]string{"map": mended}, nil)
	var many source.Many
	r.ok(http.MethodPost, "/api/v1/dead-letters/replay", map[string]string{"source": "billing"}, &many)
	require.Equal(t, 1, many.Done, "the map has changed: %v", many.Faults)
	require.Contains(t, r.timeline(r.person("user_id:u1")), "Order Completed 2")
}
