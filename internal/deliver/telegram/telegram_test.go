package telegram_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/telegram"
	"github.com/rapporthq/rapport/internal/event"
)

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

func open(t *testing.T, base string, i *delivertest.Inbox) *telegram.Channel {
	t.Helper()
	c, err := telegram.Open(telegram.Options{BotToken: "123:ABC", WebhookSecret: "s3cret", BaseURL: base, Inbox: i, Now: now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

type harness struct {
	delivertest.HTTPServer
	channel *telegram.Channel
}

func (h *harness) Channel() deliver.Channel { return h.channel }

func (*harness) To() string { return "1111" }

func (*harness) Longest() int { return 3900 }

func TestTelegramKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		h := &harness{}
		h.Read = func(r *http.Request) delivertest.Got {
			var m struct {
				ChatID string `json:"chat_id"`
				Text   string
				Markup struct {
					Keyboard [][]struct{ URL string } `json:"inline_keyboard"`
				} `json:"reply_markup"`
			}
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil || r.URL.Path != "/bot123:ABC/sendMessage" {
				panic(r.URL.Path)
			}
			head, text, _ := strings.Cut(m.Text, "\n")
			return delivertest.Got{Delivery: strings.TrimPrefix(head, "Hello "), To: m.ChatID, Subject: head, Text: text + "\n" + m.Markup.Keyboard[0][0].URL}
		}
		h.Accept = delivertest.JSON(http.StatusOK, `{"ok":true,"result":{"message_id":5}}`)
		h.Refuse = delivertest.JSON(http.StatusForbidden, `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}`)
		h.Defer = delivertest.JSON(http.StatusTooManyRequests, `{"ok":false,"error_code":429,"parameters":{"retry_after":3}}`)
		h.Start(t, false)
		h.channel = open(t, h.URL, &delivertest.Inbox{})
		return h
	})
}

func TestErrorsAreSortedAndDoNotTellTheToken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status     int
		said, want string
	}{{403, "Forbidden: bot was blocked by the user", "dead"}, {400, "Bad Request: chat not found", "dead"}, {400, "Bad Request: message is too long", "refused"}, {401, "Unauthorized", "retry"}, {502, "Bad Gateway", "unknown"}} {
		s := httptest.NewServer(http.HandlerFunc(delivertest.JSON(c.status, `{"ok":false,"description":"`+c.said+`"}`)))
		err := open(t, s.URL, &delivertest.Inbox{}).Send(t.Context(), delivertest.Letter("d", "1111"))
		s.Close()
		require.Equal(t, c.want, delivertest.KindOf(err), c.said)
		require.NotContains(t, err.Error(), "123:ABC")
	}
	require.NotContains(t, open(t, "http://127.0.0.1:1", &delivertest.Inbox{}).Send(t.Context(), delivertest.Letter("d", "1")).Error(), "123:ABC")
}

func TestWhatPeopleWriteAndPressIsHeard(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	c := open(t, "http://127.0.0.1:1", i)
	tell := func(body, secret string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", secret)
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w.Code
	}
	const written = `{"update_id":10000,"message":{"date":1441645532,"chat":{"id":1111},"message_id":1365,"from":{"id":2222},"text":"Hi"}}`
	require.Equal(t, http.StatusOK, tell(written, "s3cret"))
	require.Equal(t, http.StatusOK, tell(`{"update_id":10001,"callback_query":{"id":"9","from":{"id":2222},"data":"reply:yes","message":{"chat":{"id":1111}}}}`, "s3cret"))
	require.Equal(t, http.StatusOK, tell(`{"update_id":10002,"edited_message":{}}`, "s3cret"))
	require.Equal(t, []deliver.Heard{
		{Channel: "telegram", From: "2222", Address: "1111", Text: "Hi", ID: "update/10000", At: event.InstantOf(time.Unix(1441645532, 0))},
		{Channel: "telegram", From: "2222", Address: "1111", Payload: "reply:yes", ID: "update/10001"},
	}, i.Heard())
	require.Equal(t, http.StatusForbidden, tell(written, "other"))
	require.Equal(t, http.StatusBadRequest, tell("{", "s3cret"))
	i.Fail(errors.New("the disk is full"))
	require.Equal(t, http.StatusServiceUnavailable, tell(written, "s3cret"))
}
