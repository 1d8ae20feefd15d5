package inbound_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/inbound"
	"github.com/rapporthq/rapport/internal/person"
)

const human = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 Version/17.0 Safari/605.1.15"

var (
	key  = []byte("0123456789abcdef0123456789abcdef")
	noon = event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	ada  = person.IDOf(1, person.NewIdentity(person.UserID, "ada"))
)

// desk is a handler, links to it and what it appended.
type desk struct {
	t       *testing.T
	handler *inbound.Handler
	links   *inbound.Links

	mu     sync.Mutex
	now    event.Instant
	events []event.Event
	fail   error
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: noon}
	var err error
	d.links, err = inbound.NewLinks("https://r.example/base/", key, d.clock)
	require.NoError(t, err)
	d.handler, err = inbound.New(inbound.Options{Key: key, Appender: d, Now: d.clock})
	require.NoError(t, err)
	return d
}

func (d *desk) clock() event.Instant {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *desk) Append(_ context.Context, events []event.Event) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail == nil {
		d.events = append(d.events, events...)
	}
	return d.fail
}

func (d *desk) do(method, address, agent, body string) *httptest.ResponseRecorder {
	d.t.Helper()
	path, ok := strings.CutPrefix(address, "https://r.example/base")
	require.True(d.t, ok, address)
	r := httptest.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("User-Agent", agent)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	require.Equal(d.t, "no-store", w.Header().Get("Cache-Control"))
	return w
}

func (d *desk) step(target string) string {
	d.t.Helper()
	u, err := d.links.Step(ada, "5/12/0", "email", target)
	require.NoError(d.t, err)
	return u
}

func (d *desk) unsubscribe() string {
	d.t.Helper()
	u, err := d.links.Unsubscribe(ada, "5/12/0", "email")
	require.NoError(d.t, err)
	return u
}

func TestAClickIsRecordedAndLeadsOn(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"https://shop.example/next":              "https://shop.example/next?rapport_delivery=5%2F12%2F0",
		"https://shop.example":                   "https://shop.example?rapport_delivery=5%2F12%2F0",
		"http://shop.example/a%20b?z=1&a=2#here": "http://shop.example/a%20b?z=1&a=2&rapport_delivery=5%2F12%2F0#here",
	} {
		d := open(t)
		u := d.step(target)
		d.now = noon.Add(time.Minute)
		resp := d.do(http.MethodGet, u, human, "")
		require.Equal(t, http.StatusFound, resp.Code)
		require.Equal(t, want, resp.Header().Get("Location"))
		require.Len(t, d.events, 1)
		e := d.events[0]
		require.Equal(t, event.Receipt, e.Kind)
		require.Equal(t, ada, e.To)
		require.Equal(t, d.now, e.Time)
		body, err := event.Unpack[event.ReceiptBody](e)
		require.NoError(t, err)
		require.Equal(t, event.ReceiptBody{Delivery: "5/12/0", Channel: "email", Outcome: event.Clicked}, body)
	}
}

func TestMachinesClicksAreMarked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method, agent string
		after         time.Duration
		machine       bool
	}{
		"a person":             {http.MethodGet, human, time.Minute, false},
		"a HEAD request":       {http.MethodHead, human, time.Minute, true},
		"at once":              {http.MethodGet, human, time.Second, true},
		"a bit later":          {http.MethodGet, human, 2 * time.Second, false},
		"a scanner":            {http.MethodGet, "Mozilla/5.0 (compatible; Barracuda Sentinel)", time.Minute, true},
		"a previewing bot":     {http.MethodGet, "Slackbot-LinkExpanding 1.0", time.Minute, true},
		"a script":             {http.MethodGet, "python-requests/2.32", time.Minute, true},
		"nobody in particular": {http.MethodGet, "", time.Minute, true},
	} {
		d := open(t)
		u := d.step("https://shop.example/")
		d.now = noon.Add(c.after)
		resp := d.do(c.method, u, c.agent, "")
		require.Equal(t, http.StatusFound, resp.Code, name)
		require.Len(t, d.events, 1, name)
		body, err := event.Unpack[event.ReceiptBody](d.events[0])
		require.NoError(t, err)
		require.Equal(t, c.machine, body.Machine, name)
	}
}

func TestAPersonGetsThereWhenTheClickCannotBeKept(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.fail = errors.New("disk full")
	resp := d.do(http.MethodGet, d.step("https://shop.example/"), human, "")
	require.Equal(t, http.StatusFound, resp.Code)
}

func TestLookingAtTheUnsubscribePageChangesNothing(t *testing.T) {
	t.Parallel()
	d := open(t)
	u := d.unsubscribe()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		resp := d.do(method, u, human, "")
		require.Equal(t, http.StatusOK, resp.Code)
		require.Contains(t, resp.Header().Get("Content-Security-Policy"), "default-src 'none'")
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodOptions} {
		require.Equal(t, http.StatusMethodNotAllowed, d.do(method, u, human, "").Code)
	}
	require.Empty(t, d.events)

	body := d.do(http.MethodGet, u, human, "").Body.String()
	for _, part := range []string{`lang="en"`, "<h1>", "e-mail", `<form method="post">`, `<button type="submit">`} {
		require.Contains(t, body, part)
	}
}

func TestUnsubscribingWithdrawsConsentForTheChannel(t *testing.T) {
	t.Parallel()
	for body, proof := range map[string]string{
		"":                           "unsubscribe page",
		"List-Unsubscribe=One-Click": "one-click unsubscribe",
		"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n": "one-click unsubscribe",
	} {
		d := open(t)
		resp := d.do(http.MethodPost, d.unsubscribe(), "", body)
		require.Equal(t, http.StatusOK, resp.Code, "RFC 8058: no redirect")
		require.Len(t, d.events, 1)
		require.Equal(t, event.Consented, d.events[0].Kind)
		require.Equal(t, ada, d.events[0].To)
		got, err := event.Unpack[event.ConsentBody](d.events[0])
		require.NoError(t, err)
		require.Equal(t, event.ConsentBody{Channel: "email", Proof: proof}, got)
		require.JSONEq(t, `{"rapport_delivery":"5/12/0"}`, string(d.events[0].Properties))
	}
}

func TestAnUnsubscriptionThatCannotBeKeptSaysSo(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.fail = errors.New("disk full")
	resp := d.do(http.MethodPost, d.unsubscribe(), human, "")
	require.Equal(t, http.StatusServiceUnavailable, resp.Code)
	require.NotEmpty(t, resp.Header().Get("Retry-After"))
	require.NotContains(t, resp.Body.String(), "disk full")
}

func TestOnlyWhatWeSignedWorks(t *testing.T) {
	t.Parallel()
	d := open(t)
	click, stop := d.step("https://shop.example/"), d.unsubscribe()
	prefix := "https://r.example/base/m/"
	token := strings.TrimPrefix(click, prefix+"c/")
	others, err := inbound.NewLinks("https://r.example/base", []byte("another key of thirty-two bytes!"), d.clock)
	require.NoError(t, err)
	foreign, err := others.Step(ada, "5/12/0", "email", "https://evil.example/")
	require.NoError(t, err)
	bad := []string{
		prefix + "c/x", prefix + "c/" + token[:len(token)-1], prefix + "c/" + token + "A", prefix + "c/" + strings.Repeat("A", 9000),
		foreign, prefix + "c/" + strings.TrimPrefix(stop, prefix+"u/"), prefix + "u/" + token,
	}
	for i := range token { // no letter of it can be changed
		c := byte('A')
		if token[i] == c {
			c = 'B'
		}
		bad = append(bad, prefix+"c/"+token[:i]+string(c)+token[i+1:])
	}
	for _, u := range bad {
		resp := d.do(http.MethodGet, u, human, "")
		require.Equal(t, http.StatusNotFound, resp.Code, u)
		require.Empty(t, resp.Header().Get("Location"))
	}
	require.Equal(t, http.StatusNotFound, d.do(http.MethodPost, prefix+"u/"+token, human, "").Code)
	require.Empty(t, d.events)
}

func TestOnlyWebAddressesAreLinked(t *testing.T) {
	t.Parallel()
	d := open(t)
	for _, target := range []string{"", "javascript:alert(1)", "//shop.example/", "/next", "ftp://shop.example/", "https://" + strings.Repeat("x", 9000) + "/"} {
		_, err := d.links.Step(ada, "d", "email", target)
		require.Error(t, err, "%.30s", target)
	}
}

func TestAShortKeyIsRefused(t *testing.T) {
	t.Parallel()
	_, err := inbound.NewLinks("https://r.example", []byte("short"), func() event.Instant { return noon })
	require.Error(t, err)
	_, err = inbound.New(inbound.Options{Key: []byte("short")})
	require.Error(t, err)
	_, err = inbound.NewLinks("r.example", key, func() event.Instant { return noon })
	require.Error(t, err)
}

// FuzzTokens checks that no token but a sealed one opens anything.
func FuzzTokens(f *testing.F) {
	f.Add("x")
	f.Add("AQ")
	f.Fuzz(func(t *testing.T, token string) {
		if strings.ContainsAny(token, "/?#% \\") || token == "." || token == ".." || token == "" {
			return
		}
		d := open(t)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/m/c/x", http.NoBody)
		r.URL.Path = "/m/c/" + token
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		require.NotEqual(t, http.StatusFound, w.Code)
		require.Empty(t, d.events)
	})
}

func TestAStepThatIsNoLinkIsTakenWithAPress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		step           event.Step
		begins, choice string
		says           string
	}{
		{event.Step{Label: "Change <my> plan", Conversation: "change-plan"}, "change-plan", "", "look for our answer"},
		{event.Step{Label: "Keep it", Reply: "keep"}, "", "keep", "We have your answer."},
	} {
		d := open(t)
		u, err := d.links.Answer(ada, "5/12/0", "email", "ada@example.com", c.step)
		require.NoError(t, err)
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			require.Equal(t, http.StatusOK, d.do(method, u, human, "").Code)
		}
		require.Empty(t, d.events, "scanners follow links")
		require.NotContains(t, d.do(http.MethodGet, u, human, "").Body.String(), "<my>")

		resp := d.do(http.MethodPost, u, human, "")
		require.Equal(t, http.StatusOK, resp.Code)
		require.Contains(t, resp.Body.String(), c.says)
		require.Equal(t, http.StatusOK, d.do(http.MethodPost, u, human, "").Code)
		require.Len(t, d.events, 2)
		require.Equal(t, d.events[0].MessageID, d.events[1].MessageID, "pressed twice, it counts once")
		e := d.events[0]
		require.Equal(t, event.Replied, e.Kind)
		require.Equal(t, ada, e.To)
		body, err := event.Unpack[event.RepliedBody](e)
		require.NoError(t, err)
		require.Equal(t, event.RepliedBody{
			Channel: "email", From: person.NewIdentity(person.Email, "ada@example.com"), Address: "ada@example.com",
			Text: c.step.Label, Begins: c.begins, Choice: c.choice, Delivery: "5/12/0",
		}, body)

		d.fail = errors.New("disk full")
		require.Equal(t, http.StatusServiceUnavailable, d.do(http.MethodPost, u, human, "").Code)
		token := strings.TrimPrefix(u, "https://r.example/base/m/a/")
		for _, other := range []string{"c/", "u/"} {
			require.Equal(t, http.StatusNotFound, d.do(http.MethodGet, "https://r.example/base/m/"+other+token, human, "").Code, "a token is good for one thing")
		}
	}
}
