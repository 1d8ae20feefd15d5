package twilio_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/twilio"
	"github.com/rapporthq/rapport/internal/event"
)

const (
	sid      = "AC00000000000000000000000000000001"
	token    = "12345"
	callback = "https://r.example/c/sms/main"
)

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

func open(t *testing.T, id, base string, i *delivertest.Inbox) *twilio.Channel {
	t.Helper()
	c, err := twilio.Open(twilio.Options{
		ID: id, AccountSID: sid, AuthToken: token, From: "+15550100", BaseURL: base,
		Callback: strings.Replace(callback, "sms", id, 1), Inbox: i, Now: now, Patience: 50 * time.Millisecond, Begins: "change-plan",
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

type harness struct {
	delivertest.HTTPServer
	channel *twilio.Channel
}

func (h *harness) Channel() deliver.Channel { return h.channel }

func (*harness) To() string { return "+15550199" }

func (*harness) Longest() int { return 1500 }

func TestMessagesKeepTheContractOfChannels(t *testing.T) {
	t.Parallel()
	for _, id := range []string{twilio.SMS, twilio.WhatsApp} {
		delivertest.Run(t, func(t *testing.T) delivertest.Harness {
			h := &harness{}
			h.Read = func(r *http.Request) delivertest.Got {
				head, text, _ := strings.Cut(r.FormValue("Body"), "\n")
				return delivertest.Got{
					Delivery: strings.TrimPrefix(head, "Hello "), To: strings.TrimPrefix(r.FormValue("To"), "whatsapp:"), Subject: head, Text: text,
				}
			}
			h.Accept = delivertest.JSON(http.StatusCreated, `{"sid":"SM1","status":"queued"}`)
			h.Refuse = delivertest.JSON(http.StatusBadRequest, `{"code":21211,"message":"Invalid 'To' Phone Number","status":400}`)
			h.Defer = delivertest.JSON(http.StatusTooManyRequests, `{"code":20429,"message":"Too many requests","status":429}`)
			h.Start(t, false)
			h.channel = open(t, id, h.URL, &delivertest.Inbox{})
			return h
		})
	}
}

func TestErrorsAreSorted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		kind   string
	}{
		{400, `{"code":21610}`, "dead"},
		{400, `{"code":21614}`, "dead"},
		{400, `{"code":21617}`, "refused"},
		{400, `{"code":21606}`, "retry"},
		{401, `{"code":20003}`, "retry"},
		{429, `{"code":20429}`, "retry"},
		{503, ``, "retry"},
		{500, ``, "unknown"},
		{504, `<html>`, "unknown"},
	} {
		s := httptest.NewServer(http.HandlerFunc(delivertest.JSON(c.status, c.body)))
		err := open(t, twilio.SMS, s.URL, &delivertest.Inbox{}).Send(t.Context(), delivertest.Letter("d", "+15550199"))
		s.Close()
		require.Equal(t, c.kind, delivertest.KindOf(err), "%d %s: %v", c.status, c.body, err)
	}
}

// call calls c as Twilio does.
func call(c http.Handler, id, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", twilio.Sign(token, strings.Replace(callback, "sms", id, 1)+path, form))
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func TestWhatBecameOfAMessageIsReported(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	c := open(t, twilio.SMS, "http://127.0.0.1:1", i)
	for _, f := range []url.Values{
		{"MessageStatus": {"queued"}},
		{"MessageStatus": {"sent"}},
		{"MessageStatus": {"delivered"}},
		{"MessageStatus": {"read"}},
		{"MessageStatus": {"undelivered"}, "ErrorCode": {"30003"}},
		{"MessageStatus": {"failed"}, "ErrorCode": {"30006"}},
	} {
		require.Equal(t, http.StatusOK, call(c, "sms", "/status/r1", f).Code)
	}
	require.Equal(t, []deliver.Report{
		{Channel: "sms", Ref: "r1", Outcome: event.Delivered},
		{Channel: "sms", Ref: "r1", Outcome: event.Opened},
		{Channel: "sms", Ref: "r1", Outcome: event.Lost, Detail: "undelivered 30003"},
		{Channel: "sms", Ref: "r1", Outcome: event.Bounced, Detail: "failed 30006"},
	}, i.Reports())
	i.Fail(errors.New("the disk is full"))
	require.Equal(t, http.StatusServiceUnavailable, call(c, "sms", "/status/r1", url.Values{"MessageStatus": {"read"}}).Code, "it is to be told again")
}

func TestWhatPeopleTextIsHeardAndOnlyFromTwilio(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	c := open(t, twilio.WhatsApp, "http://127.0.0.1:1", i)
	f := url.Values{"From": {"whatsapp:+15550199"}, "Body": {"Grüße & more"}, "MessageSid": {"SM9"}, "ButtonPayload": {"reply:yes"}, "NewParameter": {"x"}}
	w := call(c, "whatsapp", "/message", f)
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, []deliver.Heard{{Channel: "whatsapp", From: "+15550199", Text: "Grüße & more", Payload: "reply:yes", ID: "SM9"}}, i.Heard())

	for _, signature := range []string{"", "AAAA", twilio.Sign("other", callback+"/message", f), twilio.Sign(token, callback+"/status/x", f)} {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/message", strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", signature)
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		require.Equal(t, http.StatusForbidden, w.Code, "%q", signature)
	}
	require.Len(t, i.Heard(), 1)
}

func TestACallIsATalkByKeysAndWords(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	c := open(t, twilio.Voice, "http://127.0.0.1:1", i)
	call0 := url.Values{"CallSid": {"CA1"}, "From": {"+15550199"}, "Direction": {"inbound"}}
	w := call(c, "voice", "/call", call0)
	require.Contains(t, w.Body.String(), "<Redirect", "nothing is to be said yet")
	require.Equal(t, deliver.Heard{Channel: "voice", From: "+15550199", Address: "CA1", Begins: "change-plan", ID: "CA1"}, i.Heard()[0])

	said := make(chan error, 1)
	go func() {
		l := delivertest.Letter("d", "CA1")
		l.Content.Subject, l.Content.Text = "", "Which plan? For small press 1. For large & loud press 2."
		l.Content.Options = []event.Option{{ID: "s", Label: "small"}, {ID: "l", Label: "large & loud"}}
		said <- c.Send(t.Context(), l)
	}()
	require.Eventually(t, func() bool {
		w = call(c, "voice", "/turn?waiting=1", call0)
		return strings.Contains(w.Body.String(), "<Gather")
	}, 5*time.Second, time.Millisecond)
	require.NoError(t, <-said)
	require.Contains(t, w.Body.String(), `large &amp; loud press 2`)
	require.Contains(t, w.Body.String(), `numDigits="1"`)

	call1 := url.Values{"CallSid": {"CA1"}, "From": {"+15550199"}, "Direction": {"inbound"}, "Digits": {"2"}}
	require.Equal(t, http.StatusOK, call(c, "voice", "/turn", call1).Code)
	require.Equal(t, "2", i.Heard()[1].Keys)
	require.Equal(t, "l", i.Heard()[1].Payload, "the key means the answer")
	for range 2 {
		require.Contains(t, call(c, "voice", "/turn", call0).Body.String(), "Which plan?", "who says nothing is asked again")
	}
	require.Contains(t, call(c, "voice", "/turn", call0).Body.String(), "<Hangup", "who says nothing is not kept")
	require.Error(t, c.Send(t.Context(), delivertest.Letter("d", "CA1")), "the call is over")
}

func TestACallInWhichNothingIsEverToBeSaidIsEnded(t *testing.T) {
	t.Parallel()
	c := open(t, twilio.Voice, "http://127.0.0.1:1", &delivertest.Inbox{})
	caller := url.Values{"CallSid": {"CA1"}, "From": {"+15550199"}, "Direction": {"inbound"}}
	require.Contains(t, call(c, "voice", "/call", caller).Body.String(), "<Redirect")
	turns := 1
	for strings.Contains(call(c, "voice", "/turn?waiting=1", caller).Body.String(), "<Redirect") {
		turns++
		require.Less(t, turns, 100, "the call waits for ever")
	}
	require.Greater(t, turns, 10, "a system of the company may take its time")
}

func TestAFailingInboxIsNotAnswered(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	i.Fail(errors.New("the disk is full"))
	c := open(t, twilio.SMS, "http://127.0.0.1:1", i)
	require.Equal(t, http.StatusServiceUnavailable, call(c, "sms", "/message", url.Values{"From": {"+1"}}).Code)
}
