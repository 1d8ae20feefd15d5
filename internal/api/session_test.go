package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
)

// browser logs in and returns the cookie, as a header.
func browser(t *testing.T, h http.Handler) string {
	t.Helper()
	got := ask(t, h, "POST", "/api/v1/session", `{"token":"`+token+`"}`, "Authorization", "", "Sec-Fetch-Site", "same-origin")
	require.Equal(t, 204, got.Code)
	cookies := got.Result().Cookies()
	require.Len(t, cookies, 1)
	c := cookies[0]
	require.True(t, c.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, c.SameSite)
	require.False(t, c.Secure, "plain HTTP here")
	require.GreaterOrEqual(t, len(c.Value), 26)
	return c.Name + "=" + c.Value
}

func TestOnlyTheAdminTokenOrASessionLetsIn(t *testing.T) {
	t.Parallel()
	h := serve(newWorld())
	cookie := browser(t, h)
	tests := []struct {
		name                  string
		authorization, cookie string
		status                int
	}{
		{"the token", "Bearer " + token, "", 200},
		{"the scheme in any case", "bearer " + token, "", 200},
		{"a session", "", cookie, 200},
		{"nothing", "", "", 401},
		{"another token", "Bearer other", "", 401},
		{"part of the token", "Bearer " + token[:5], "", 401},
		{"no token", "Bearer ", "", 401},
		{"another scheme", "Basic " + token, "", 401},
		{"an invented session", "", "rapport_session=AAAAAAAAAAAAAAAAAAAAAAAAAA", 401},
		{"an empty session", "", "rapport_session=", 401},
		{"a wrong token beside a session", "Bearer other", cookie, 401},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, target := range []string{"/api/v1/workspace", "/api/v1/definition", "/api/v1/people/" + adaID().String()} {
				require.Equal(t, test.status, ask(t, h, "GET", target, "", "Authorization", test.authorization, "Cookie", test.cookie).Code)
			}
		})
	}
}

func TestWithoutATokenNobodyIsLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	h := api.New(api.Options{Reports: w, Control: w})
	require.Equal(t, 401, ask(t, h, "GET", "/api/v1/workspace", "", "Authorization", "Bearer ").Code)
	require.Equal(t, 401, ask(t, h, "GET", "/api/v1/workspace", "", "Authorization", "").Code)
	require.Equal(t, 401, ask(t, h, "POST", "/api/v1/session", `{"token":""}`).Code)
}

func TestWrongTokenOpensNoSession(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"token":"other"}`, `{"token":""}`, `{}`} {
		got := ask(t, serve(newWorld()), "POST", "/api/v1/session", body, "Authorization", "")
		require.Equal(t, 401, got.Code)
		require.Empty(t, got.Result().Cookies())
		require.NotContains(t, got.Body.String(), "other", "a token is not repeated")
	}
}

func TestSessionEndsOnLoggingOutAndByItself(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	w := newWorld()
	h := api.New(api.Options{Reports: w, Control: w, Token: token, Now: func() time.Time { return now }})
	status := func(cookie string) int {
		return ask(t, h, "GET", "/api/v1/workspace", "", "Authorization", "", "Cookie", cookie).Code
	}
	first, second := browser(t, h), browser(t, h)
	require.Equal(t, 200, status(first))

	got := ask(t, h, "DELETE", "/api/v1/session", "", "Authorization", "", "Cookie", first)
	require.Equal(t, 204, got.Code)
	require.Negative(t, got.Result().Cookies()[0].MaxAge)
	require.Equal(t, 401, status(first), "the server has forgotten it, whatever the browser keeps")
	require.Equal(t, 200, status(second))

	now = now.Add(13 * time.Hour)
	require.Equal(t, 401, status(second))
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	w := newWorld()
	h := api.New(api.Options{Reports: w, Control: w, Token: token, Now: func() time.Time { return now }})
	first := browser(t, h)
	var last string
	for range 1000 {
		now = now.Add(time.Second)
		last = browser(t, h)
	}
	status := func(cookie string) int {
		return ask(t, h, "GET", "/api/v1/workspace", "", "Authorization", "", "Cookie", cookie).Code
	}
	require.Equal(t, 401, status(first), "the oldest makes room")
	require.Equal(t, 200, status(last))
}

func TestCookieIsSecureBehindTLS(t *testing.T) {
	t.Parallel()
	got := ask(t, serve(newWorld()), "POST", "/api/v1/session", `{"token":"`+token+`"}`, "X-Forwarded-Proto", "https")
	require.True(t, got.Result().Cookies()[0].Secure)
}

func TestAnotherSitesPageCannotUseTheSession(t *testing.T) {
	t.Parallel()
	const goLive = `{"live":"everyone","allow":[]}`
	tests := []struct {
		name    string
		headers []string
		status  int
	}{
		{"the console itself", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"a neighbour on the same domain", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"an older browser on another site", []string{"Origin", "https://evil.example"}, 403},
		{"an older browser on the console", []string{"Origin", "http://example.com"}, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			h := serve(w)
			headers := append([]string{"Authorization", "", "Cookie", browser(t, h)}, test.headers...)
			require.Equal(t, test.status, ask(t, h, "PUT", "/api/v1/workspace/live", goLive, headers...).Code)
			require.Equal(t, test.status == 200, w.live == event.LiveToAll)
		})
	}
}

func TestOpenServerAnswersOnlyToThisMachineByItsOwnName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		host   string
		status int
	}{
		{"localhost:8080", 200},
		{"localhost", 200},
		{"127.0.0.1:8080", 200},
		{"[::1]:8080", 200},
		{"[::1]", 200},
		{"rebound.example:8080", 403},
		{"192.0.2.1:8080", 403},
		{"localhost.evil.example", 403},
	}
	for _, test := range tests {
		t.Run(test.host, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			h := api.New(api.Options{Reports: w, Control: w, Open: true})
			require.Equal(t, test.status, ask(t, h, "GET", "/api/v1/workspace", "", "Authorization", "", "Host", test.host).Code)
		})
	}
	w := newWorld()
	h := api.New(api.Options{Reports: w, Control: w, Open: true})
	got := ask(t, h, "PUT", "/api/v1/workspace/live", `{"live":"everyone","allow":[]}`,
		"Authorization", "", "Host", "localhost", "Sec-Fetch-Site", "cross-site")
	require.Equal(t, 403, got.Code, "another site's page is kept out of an open server too")
	require.Equal(t, event.Disarmed, w.live)
}

func TestImportsAreForTheAdmin(t *testing.T) {
	t.Parallel()
	var taken string
	events := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		taken += string(b)
		w.WriteHeader(http.StatusAccepted)
	})
	w := newWorld()
	h := api.New(api.Options{Reports: w, Control: w, Token: token, Events: events})
	require.Equal(t, 401, ask(t, h, "POST", "/api/v1/events", "rows", "Authorization", "").Code)
	require.Empty(t, taken)
	require.Equal(t, 202, ask(t, h, "POST", "/api/v1/events", "rows").Code)
	require.Equal(t, "rows", taken)
	require.Equal(t, 404, ask(t, serve(w), "POST", "/api/v1/events", "rows").Code, "without a handler there is no such endpoint")
}

func TestSessionWorksThroughARealServerAndCookieJar(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(serve(newWorld()))
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/workspace", http.NoBody)
	require.NoError(t, err)
	r.Header.Set("Cookie", browser(t, server.Config.Handler))
	answer, err := server.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, 200, answer.StatusCode)
}
