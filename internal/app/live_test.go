package app_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/source"
)

// stream is an open answer of server-sent events.
type stream struct {
	t    *testing.T
	resp *http.Response
	in   *bufio.Reader
}

// follow opens the live view as a browser does: with the session's cookie.
func (r *running) follow(query, lastID string) *stream {
	r.t.Helper()
	login := `{"token":"` + adminToken + `"}`
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+"/api/v1/session", strings.NewReader(login))
	require.NoError(r.t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	require.NoError(r.t, resp.Body.Close())
	require.NotEmpty(r.t, resp.Cookies())

	req, err = http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+"/api/v1/events/live?"+query, nil)
	require.NoError(r.t, err)
	req.AddCookie(resp.Cookies()[0])
	req.Header.Set("Accept-Encoding", "gzip") // which must not hold events up
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	resp, err = http.DefaultClient.Do(req)
	require.NoError(r.t, err)
	require.Equal(r.t, http.StatusOK, resp.StatusCode)
	require.Equal(r.t, "text/event-stream", resp.Header.Get("Content-Type"))
	require.Empty(r.t, resp.Header.Get("Content-Encoding"))
	s := &stream{t: r.t, resp: resp, in: bufio.NewReader(resp.Body)}
	r.t.Cleanup(func() { _ = resp.Body.Close() })
	return s
}

type liveEvent struct {
	ID         string          `json:"id"`
	Outcome    string          `json:"outcome"`
	Source     string          `json:"source"`
	Kind       string          `json:"kind"`
	Bot        bool            `json:"bot"`
	Name       string          `json:"name"`
	UserID     string          `json:"user_id"`
	Person     string          `json:"person"`
	Message    string          `json:"message"`
	Body       string          `json:"body"`
	Properties json.RawMessage `json:"properties"`
}

// next reads one event; false at the end of the stream.
func (s *stream) next() (e liveEvent, ok bool) {
	s.t.Helper()
	id, name := "", ""
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			require.ErrorContains(s.t, err, "EOF")
			return e, false
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "id":
			id = value
		case "event":
			name = value
		case "data":
			require.Equal(s.t, "arrived", name)
			require.NoError(s.t, json.Unmarshal([]byte(value), &e))
			require.Equal(s.t, id, e.ID)
			return e, true
		}
	}
}

func TestEventsAreSeenAsTheyArrive(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	all, refused := r.follow("", ""), r.follow("outcome=rejected&source=default", "")
	r.send("/v1/track", writeKey, `{"userId":"u1","event":"Added","messageId":"m1","properties":{"sku":"a"}}`)
	r.send("/v1/track", writeKey, `{"userId":"u1"}`)
	r.send("/v1/track", "wrong", `{"userId":"u1"}`)

	added, _ := all.next()
	require.Equal(t, "accepted", added.Outcome)
	require.Equal(t, "track", added.Kind)
	require.Equal(t, "Added", added.Name)
	require.Equal(t, "default", added.Source)
	require.JSONEq(t, `{"sku":"a"}`, string(added.Properties))
	require.Equal(t, r.person("user_id:u1"), added.Person)
	bad, _ := all.next()
	require.Equal(t, "rejected", bad.Outcome)
	require.JSONEq(t, `{"userId":"u1"}`, bad.Body)
	stranger, _ := all.next()
	require.Equal(t, "turned_away", stranger.Outcome)
	require.Empty(t, stranger.Source)

	only, _ := refused.next()
	require.Equal(t, bad, only)

	again := r.follow("", added.ID)
	next, _ := again.next()
	require.Equal(t, bad.ID, next.ID, "it goes on after the last that was seen")

	r.stop()
	for _, s := range []*stream{all, refused} {
		_, open := s.next()
		require.False(t, open, "an orderly stop ends the stream")
	}
}

func TestTheLiveViewRefusesWhatItCannotFilterBy(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	for _, query := range []string{"outcome=good", "person=ada", "identity=email:a@example.com", "backlog=many"} {
		require.Equal(t, http.StatusUnprocessableEntity, r.call(http.MethodGet, "/api/v1/events/live?"+query, nil, nil), query)
	}
}

func TestARobotIsMarkedAndCountedAndNobody(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir()})
	seen := r.follow("", "")
	const crawler = `"context":{"userAgent":"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}`
	r.send("/v1/page", writeKey, `{"anonymousId":"crawler","name":"Home","messageId":"m1",`+crawler+`}`)
	r.send("/v1/batch", writeKey, `{"batch":[{"type":"track","userId":"u1","event":"Order Completed","messageId":"m2"},{"type":"page","anonymousId":"crawler","messageId":"m3"}],`+crawler+`}`)
	r.send("/v1/page", writeKey, `{"userId":"u2","name":"Home","messageId":"m4","context":{"userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"}}`)
	for _, bot := range []bool{true, true, true, false} {
		e, ok := seen.next()
		require.True(t, ok)
		require.Equal(t, bot, e.Bot)
		require.Equal(t, "accepted", e.Outcome)
	}
	r.person("user_id:u2")
	var list struct {
		Sources []struct {
			Figures source.Measured `json:"figures"`
		} `json:"sources"`
	}
	require.Eventually(t, func() bool {
		r.ok(http.MethodGet, "/api/v1/sources", nil, &list)
		return list.Sources[0].Figures.Day.Accepted == 4
	}, time.Minute, 5*time.Millisecond)
	require.Equal(t, uint64(3), list.Sources[0].Figures.Day.Bots)
	for _, who := range []string{"anonymous_id:crawler", "user_id:u1"} {
		var found people
		r.ok(http.MethodGet, "/api/v1/people?identity="+who, nil, &found)
		require.Empty(t, found.People, who)
	}
}
