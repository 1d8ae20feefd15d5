package slack_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/slack"
	"github.com/rapporthq/rapport/internal/event"
)

const secret = "8f742231b10e8888abcd99yyyzzz85a5"

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

func open(t *testing.T, base string, i *delivertest.Inbox) *slack.Channel {
	t.Helper()
	c, err := slack.Open(slack.Options{BotToken: "xoxb-1", SigningSecret: secret, BaseURL: base, Inbox: i, Now: now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

type harness struct {
	delivertest.HTTPServer
	channel *slack.Channel
}

func (h *harness) Channel() deliver.Channel { return h.channel }

func (*harness) To() string { return "U012AB3CD" }

func TestSlackKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		h := &harness{}
		h.Read = func(r *http.Request) delivertest.Got {
			var m struct {
				Channel, Text string
				Blocks        []struct {
					Elements []struct{ URL string }
				}
			}
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
				panic(err)
			}
			head, text, _ := strings.Cut(m.Text, "\n")
			last := m.Blocks[len(m.Blocks)-1]
			return delivertest.Got{Delivery: strings.TrimPrefix(head, "Hello "), To: m.Channel, Subject: head, Text: text + "\n" + last.Elements[0].URL}
		}
		h.Accept = delivertest.JSON(http.StatusOK, `{"ok":true,"channel":"D1","ts":"1.2"}`)
		h.Refuse = delivertest.JSON(http.StatusOK, `{"ok":false,"error":"channel_not_found"}`)
		h.Defer = delivertest.JSON(http.StatusTooManyRequests, ``)
		h.Start(t, false)
		h.channel = open(t, h.URL, &delivertest.Inbox{})
		return h
	})
}

func TestErrorsAreSorted(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"user_not_found": "dead", "ratelimited": "retry", "token_revoked": "retry", "internal_error": "unknown", "msg_too_long": "refused"} {
		s := httptest.NewServer(http.HandlerFunc(delivertest.JSON(http.StatusOK, `{"ok":false,"error":"`+code+`"}`)))
		require.Equal(t, want, delivertest.KindOf(open(t, s.URL, &delivertest.Inbox{}).Send(t.Context(), delivertest.Letter("d", "U1"))), code)
		s.Close()
	}
}

func tell(t *testing.T, c http.Handler, kind, body string, at time.Time, key string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
	timestamp := strconv.FormatInt(at.Unix(), 10)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Slack-Request-Timestamp", timestamp)
	r.Header.Set("X-Slack-Signature", slack.Sign(key, timestamp, []byte(body)))
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func TestOurSignatureIsTheOneOfSlacksOwnExample(t *testing.T) {
	t.Parallel()
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA" +
		"&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN" +
		"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	require.Equal(t, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", slack.Sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", []byte(body)))
}

func TestWhatPeopleWriteAndPressIsHeard(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	c := open(t, "http://127.0.0.1:1", i)
	const written = `{"type":"event_callback","event_id":"Ev1","event":{"type":"message","user":"U1","channel":"D1","text":"Hi"}}`
	require.Equal(t, http.StatusOK, tell(t, c, "application/json", written, time.Now(), secret).Code)
	ours := strings.Replace(written, `"user"`, `"bot_id":"B1","user"`, 1)
	require.Equal(t, http.StatusOK, tell(t, c, "application/json", ours, time.Now(), secret).Code)
	pressed := "payload=" + url.QueryEscape(`{"type":"block_actions","user":{"id":"U1"},"channel":{"id":"D1"},
		"message":{"metadata":{"event_type":"rapport","event_payload":{"ref":"r1"}}},"actions":[{"value":"begin:change-plan","action_ts":"1.2","text":{"text":"Change"}}]}`)
	require.Equal(t, http.StatusOK, tell(t, c, "application/x-www-form-urlencoded", pressed, time.Now(), secret).Code)
	require.Equal(t, []deliver.Heard{
		{Channel: "slack", From: "U1", Address: "D1", Text: "Hi", ID: "Ev1"},
		{Channel: "slack", From: "U1", Address: "D1", Text: "Change", Payload: "begin:change-plan", Ref: "r1", ID: "U1/1.2"},
	}, i.Heard())

	require.Equal(t, "abc", tell(t, c, "application/json", `{"type":"url_verification","challenge":"abc"}`, time.Now(), secret).Body.String())
	require.Equal(t, http.StatusForbidden, tell(t, c, "application/json", written, time.Now(), "other").Code)
	require.Equal(t, http.StatusForbidden, tell(t, c, "application/json", written, time.Now().Add(-time.Hour), secret).Code, "it may be a replay")
	i.Fail(errors.New("the disk is full"))
	require.Equal(t, http.StatusServiceUnavailable, tell(t, c, "application/json", written, time.Now(), secret).Code)
}
