package app_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/deliver/web"
)

// onsiteShop talks on the web, and has something to say there to whoever ordered.
func onsiteShop(t *testing.T, data, origins string) *running {
	t.Helper()
	source, err := os.ReadFile("../conversation/testdata/telco.yaml")
	require.NoError(t, err)
	yaml := strings.Replace(string(source), "channels:\n", "channels:\n  - {id: web, providers: [{id: site, kind: web, settings: {origins: \""+origins+"\"}}]}\n", 1)
	yaml = strings.Replace(yaml, "map:\n  stages: [{id: use}]\n", `
features: [{id: orders, count: Order Completed}]
policy: {consent: opt_out, holdout: 0%}
map:
  stages: [{id: look, name: Look}, {id: use, name: Use, when: orders > 0}, {id: again, name: Again, when: orders > 1}]
goals:
  - id: again
    name: Again
    from: [use]
    to: [again]
    kpi: {name: Revenue, events: [Order Completed]}
    horizon: 30d
    holdout: 0%
    every: 1h
    actions:
      - id: plan
        name: A better plan
        kind: offer
        messages: [{id: plan, channel: web, appeal: logos, subject: "A better plan, {{ first_name }}", body: "It costs **less**.", next_step: {label: Change my plan, conversation: change-plan}}]
`, 1)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(folder+"/telco.yaml", []byte(yaml), 0o600))
	r := serve(t, config.Config{Data: data, Definitions: folder, PublicURL: "http://127.0.0.1"})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	return r
}

// visit opens a session.
func (r *running) visit(who map[string]string) web.Opened {
	r.t.Helper()
	var o web.Opened
	require.Equal(r.t, http.StatusOK, r.call(http.MethodPost, "/v1/web/session", who, &o))
	return o
}

// hash signs a user id, as a company's own server does.
func (r *running) hash(user string) string {
	r.t.Helper()
	var settings struct {
		Key string `json:"identity_key"`
	}
	require.Equal(r.t, http.StatusOK, r.call(http.MethodGet, "/api/v1/settings", nil, &settings))
	m := hmac.New(sha256.New, []byte(settings.Key))
	m.Write([]byte(user))
	return hex.EncodeToString(m.Sum(nil))
}

// inboxStream follows an inbox as a browser does.
type inboxStream struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (r *running) watch(session string) *inboxStream {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url+"/v1/web/stream?session="+url.QueryEscape(session), nil)
	require.NoError(r.t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	require.Equal(r.t, http.StatusOK, resp.StatusCode)
	require.Equal(r.t, "text/event-stream", resp.Header.Get("Content-Type"))
	r.t.Cleanup(func() {
		cancel()
		_ = resp.Body.Close()
	})
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return &inboxStream{r.t, lines}
}

// next returns the next event but for comments.
func (s *inboxStream) next() (event, data string) {
	s.t.Helper()
	for s.lines.Scan() {
		if name, is := strings.CutPrefix(s.lines.Text(), "event: "); is {
			event = name
		}
		if text, is := strings.CutPrefix(s.lines.Text(), "data: "); is {
			return event, text
		}
	}
	require.Fail(s.t, "the stream ended", "%v", s.lines.Err())
	return "", ""
}

// until returns the first entry that is as wanted.
func (s *inboxStream) until(want func(web.Entry) bool) web.Entry {
	s.t.Helper()
	for {
		event, data := s.next()
		if event != "entry" {
			continue
		}
		var e web.Entry
		require.NoError(s.t, json.Unmarshal([]byte(data), &e))
		if want(e) {
			return e
		}
	}
}

// answered returns the first answer that holds text.
func (s *inboxStream) answered(text string) web.Entry {
	s.t.Helper()
	return s.until(func(e web.Entry) bool { return e.Kind == web.Answer && strings.Contains(e.Card.Text, text) })
}

func TestAConversationIsHeldInThePageByWhoeverIsThere(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	r := onsiteShop(t, data, "")
	o := r.visit(map[string]string{"writeKey": writeKey, "anonymousId": "browser-1"})
	require.Empty(t, o.Entries)
	s := r.watch(o.Session)
	name, _ := s.next()
	require.Equal(t, "ready", name)

	say := func(id, text string) int {
		return r.call(http.MethodPost, "/v1/web/say", map[string]string{"session": o.Session, "text": text, "id": id}, nil)
	}
	require.Equal(t, http.StatusOK, say("one", "I want to change my plan"))
	require.Equal(t, http.StatusOK, say("one", "I want to change my plan"), "a browser that is unsure says it again")
	require.Equal(t, "I want to change my plan", s.until(func(e web.Entry) bool { return e.ID == "one" }).Text)
	asked := s.answered("Which plan would you like?")
	require.Equal(t, "Large plan", asked.Card.Next[1].Label)

	press := func(payload string) int {
		return r.call(http.MethodPost, "/v1/web/act", map[string]string{"session": o.Session, "entry": asked.ID, "payload": payload, "id": "two"}, nil)
	}
	require.Equal(t, http.StatusBadRequest, press("enormous"), "what is not offered cannot be taken")
	require.Equal(t, http.StatusOK, press("large"))
	require.Equal(t, "Large plan", s.until(func(e web.Entry) bool { return e.ID == "two" }).Text, "a button is shown as what it said")
	s.answered("From which day on?")
	require.Equal(t, http.StatusOK, say("three", "tomorrow"))
	require.Equal(t, "Yes", s.answered("shall I change it?").Card.Next[0].Label)
	require.Equal(t, http.StatusBadRequest, say("four", "  "))
	require.Equal(t, http.StatusBadRequest, say("four", strings.Repeat("x", 2001)))
	require.Equal(t, http.StatusBadRequest, say("no/slashes", "hello"))

	// What was said is kept, and another browser does not see it.
	r.stop()
	again := onsiteShop(t, data, "")
	o = again.visit(map[string]string{"writeKey": writeKey, "anonymousId": "browser-1"})
	var said []string
	for _, e := range o.Entries {
		if e.Kind == web.Said {
			said = append(said, e.Text)
		}
	}
	require.Equal(t, []string{"I want to change my plan", "Large plan", "tomorrow"}, said)
	other := again.visit(map[string]string{"writeKey": writeKey, "anonymousId": "browser-2"})
	require.Empty(t, other.Entries)
	require.Equal(t, http.StatusNotFound, again.call(http.MethodPost, "/v1/web/act", map[string]string{"session": other.Session, "entry": asked.ID, "payload": "large"}, nil))
}

func TestAMessageArrivesInThePageAndItsNextStepBeginsAConversation(t *testing.T) {
	t.Parallel()
	r := onsiteShop(t, t.TempDir(), "")
	var ada map[string]string
	var s *inboxStream
	user := ""
	for n, got := 0, 0; got == 0; n++ { // for some, silence is drawn
		require.Less(t, n, 40)
		user = fmt.Sprintf("ada%d", n)
		ada = map[string]string{"writeKey": writeKey, "userId": user, "userHash": r.hash(user)}
		s = r.watch(r.visit(ada).Session)
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{"userId": user, "traits": map[string]string{"first_name": "Ada"}}, nil))
		r.track(`{"userId":"` + user + `","event":"Order Completed","messageId":"m` + user + `"}`)
		settle(t, r)
		got = len(r.visit(ada).Entries)
	}
	m := s.until(func(e web.Entry) bool { return e.Kind == web.Message })
	require.Equal(t, "A better plan, Ada", m.Card.Headline)
	require.Contains(t, m.Card.HTML, "<strong>less</strong>")
	require.False(t, m.Seen)

	o := r.visit(ada)
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/web/seen", map[string]any{"session": o.Session, "entries": []string{m.ID}}, nil))
	require.True(t, s.until(func(e web.Entry) bool { return e.ID == m.ID && e.Seen }).Seen)
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/web/act", map[string]string{"session": o.Session, "entry": m.ID, "payload": "begin:change-plan", "id": "go"}, nil))
	s.answered("Which plan would you like?")
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/web/seen", map[string]any{"session": o.Session, "entries": []string{m.ID}, "dismissed": true}, nil))
	s.until(func(e web.Entry) bool { return e.ID == m.ID && e.Dismissed && e.Acted })
	b := bodies(t, r, r.person("user_id:"+user))
	require.Contains(t, b, `"outcome":"sent"`)
	require.Contains(t, b, `"outcome":"opened"`)
	require.Contains(t, b, `"begins":"change-plan"`)

	require.Less(t, r.call(http.MethodDelete, "/api/v1/people/"+r.person("user_id:"+user), nil, nil), 300)
	for name, data := "", ""; name != "gone" || data != `"`+m.ID+`"`; { // what is erased is so in pages that are open
		name, data = s.next()
	}
	require.Empty(t, r.visit(ada).Entries)
}

func TestNobodyReadsAnothersInbox(t *testing.T) {
	t.Parallel()
	r := onsiteShop(t, t.TempDir(), "")
	refused := func(who map[string]string) string {
		t.Helper()
		var said struct {
			Error struct{ Message string }
		}
		require.Equal(t, http.StatusUnauthorized, r.call(http.MethodPost, "/v1/web/session", who, &said))
		return said.Error.Message
	}
	require.Contains(t, refused(map[string]string{"userId": "ada"}), "userHash is missing")
	require.Contains(t, refused(map[string]string{"userId": "ada", "userHash": r.hash("bob")}), "userHash is not that of this userId")
	require.Equal(t, http.StatusBadRequest, r.call(http.MethodPost, "/v1/web/session", map[string]string{}, nil))
	require.Equal(t, http.StatusBadRequest, r.call(http.MethodPost, "/v1/web/session", map[string]string{"anonymousId": "undefined"}, nil))

	// Who signs in takes their anonymous id along, and nobody else gets in by it.
	before := r.visit(map[string]string{"anonymousId": "shared"})
	s := r.watch(before.Session)
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{"userId": "ada", "anonymousId": "shared"}, nil))
	require.Eventually(t, func() bool {
		return r.call(http.MethodPost, "/v1/web/session", map[string]string{"anonymousId": "shared"}, nil) == http.StatusUnauthorized
	}, time.Minute, 20*time.Millisecond)
	require.Contains(t, refused(map[string]string{"anonymousId": "shared"}), "is a known user's by now")
	for event := ""; event != "bye"; {
		event, _ = s.next()
	}
	require.Equal(t, http.StatusUnauthorized, r.call(http.MethodPost, "/v1/web/say", map[string]string{"session": before.Session, "text": "hello"}, nil))
	require.Equal(t, http.StatusUnauthorized, r.call(http.MethodGet, "/v1/web/inbox?session="+before.Session+"A", nil, nil))
	require.Equal(t, http.StatusUnauthorized, r.call(http.MethodGet, "/v1/web/inbox", nil, nil))
}

func TestOnlyNamedSitesShowTheInbox(t *testing.T) {
	t.Parallel()
	r := onsiteShop(t, t.TempDir(), "https://shop.example, https://www.shop.example/")
	ask := func(method, origin string) (status int, allowed string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, r.url+"/v1/web/session", bytes.NewReader([]byte(`{"writeKey":"`+writeKey+`","anonymousId":"a1"}`)))
		require.NoError(t, err)
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode, resp.Header.Get("Access-Control-Allow-Origin")
	}
	for origin, want := range map[string]int{"https://shop.example": 200, "https://www.shop.example": 200, "": 200, "https://shop.example.evil.example": 401, "http://shop.example": 401, "null": 401} {
		status, _ := ask(http.MethodPost, origin)
		require.Equal(t, want, status, origin)
	}
	_, allowed := ask(http.MethodPost, "https://shop.example")
	require.Equal(t, "https://shop.example", allowed)
	status, _ := ask(http.MethodOptions, "https://shop.example")
	require.Equal(t, http.StatusNoContent, status)
	status, _ = ask(http.MethodGet, "https://shop.example")
	require.Equal(t, http.StatusBadRequest, status)
}

func TestWithoutAnAccountThereIsNoInbox(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, everyday)})
	require.Equal(t, http.StatusNotFound, r.call(http.MethodPost, "/v1/web/session", map[string]string{"anonymousId": "a"}, nil))
}
