package whatsapp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/whatsapp"
	"github.com/rapporthq/rapport/internal/event"
)

const secret = "app-secret"

func now() event.Instant { return event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) }

func open(t *testing.T, base string, i *delivertest.Inbox) *whatsapp.Channel {
	t.Helper()
	c, err := whatsapp.Open(whatsapp.Options{
		PhoneNumberID: "106540352242922", AccessToken: "EAAJB", AppSecret: secret, VerifyToken: "meatyhamhock", BaseURL: base, Inbox: i, Now: now,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

type harness struct {
	delivertest.HTTPServer
	channel *whatsapp.Channel
}

func (h *harness) Channel() deliver.Channel { return h.channel }

func (*harness) To() string { return "+15550199" }

func (*harness) Longest() int { return 800 }

func TestWhatsAppKeepsTheContractOfChannels(t *testing.T) {
	t.Parallel()
	delivertest.Run(t, func(t *testing.T) delivertest.Harness {
		h := &harness{}
		h.Read = func(r *http.Request) delivertest.Got {
			var m struct {
				To   string
				Text struct{ Body string }
			}
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
				panic(err)
			}
			head, text, _ := strings.Cut(m.Text.Body, "\n")
			head = strings.Trim(head, "*")
			return delivertest.Got{Delivery: strings.TrimPrefix(head, "Hello "), To: "+" + m.To, Subject: head, Text: text}
		}
		h.Accept = delivertest.JSON(http.StatusOK, `{"messaging_product":"whatsapp","messages":[{"id":"wamid.1"}]}`)
		h.Refuse = delivertest.JSON(http.StatusBadRequest, `{"error":{"message":"…","code":131026}}`)
		h.Defer = delivertest.JSON(http.StatusBadRequest, `{"error":{"message":"…","code":130429}}`)
		h.Start(t, false)
		h.channel = open(t, h.URL, &delivertest.Inbox{})
		return h
	})
}

func TestErrorsAreSorted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, code int
		kind         string
	}{
		{400, 131026, "dead"},
		{400, 131050, "dead"},
		{400, 131056, "retry"},
		{400, 80007, "retry"},
		{401, 190, "retry"},
		{403, 10, "retry"},
		{400, 131047, "refused"},
		{400, 100, "refused"},
		{500, 131000, "unknown"},
		{503, 131016, "retry"},
	} {
		s := httptest.NewServer(http.HandlerFunc(delivertest.JSON(c.status, fmt.Sprintf(`{"error":{"code":%d}}`, c.code))))
		err := open(t, s.URL, &delivertest.Inbox{}).Send(t.Context(), delivertest.Letter("d", "+15550199"))
		s.Close()
		require.Equal(t, c.kind, delivertest.KindOf(err), "%d %d: %v", c.status, c.code, err)
	}
}

func tell(c http.Handler, body, signature string) int {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", signature)
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Code
}

const statuses = `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"statuses":[
 {"id":"wamid.1","status":"failed","timestamp":"1750030073","recipient_id":"15550199","biz_opaque_callback_data":"ref","errors":[{"code":131049}]},
 {"id":"wamid.1","status":"sent","timestamp":"1750030071","biz_opaque_callback_data":"ref"},
 {"id":"wamid.1","status":"read","timestamp":"1750030075","biz_opaque_callback_data":"ref"},
 {"id":"wamid.1","status":"delivered","timestamp":"1750030074","biz_opaque_callback_data":"ref"}]}}]}]}`

func TestWhatBecameOfMessagesIsReportedInWhateverOrderItComes(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	c := open(t, "http://127.0.0.1:1", i)
	require.Equal(t, http.StatusOK, tell(c, statuses, whatsapp.Sign(secret, []byte(statuses))))
	var got []string
	for _, r := range i.Reports() {
		require.Equal(t, "ref", r.Ref)
		got = append(got, fmt.Sprintf("%s %d %s", r.Outcome, r.At.Time().Unix(), r.Detail))
	}
	require.Equal(t, []string{"lost 1750030073 failed 131049", "opened 1750030075 ", "delivered 1750030074 "}, got)
	i.Fail(errors.New("the disk is full"))
	require.Equal(t, http.StatusServiceUnavailable, tell(c, statuses, whatsapp.Sign(secret, []byte(statuses))))
	require.Equal(t, http.StatusForbidden, tell(c, statuses+" ", whatsapp.Sign(secret, []byte(statuses))))
	require.Equal(t, http.StatusForbidden, tell(c, statuses, ""))
}

func TestTextsAndButtonsAreHeard(t *testing.T) {
	t.Parallel()
	const body = `{"entry":[{"changes":[{"value":{"messages":[
 {"from":"15550199","id":"wamid.2","timestamp":"1750030073","type":"text","text":{"body":"Hi"}},
 {"from":"15550199","id":"wamid.3","timestamp":"1750030074","type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"small","title":"Small"}}},
 {"from":"15550199","id":"wamid.4","timestamp":"1750030075","type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"l","title":"Large"}}},
 {"from":"15550199","id":"wamid.5","timestamp":"1750030076","type":"button","button":{"payload":"begin:change-plan","text":"Change"}},
 {"from":"15550199","id":"wamid.6","timestamp":"1750030077","type":"image","image":{"id":"1"}}]}}]}]}`
	i := &delivertest.Inbox{}
	require.Equal(t, http.StatusOK, tell(open(t, "http://127.0.0.1:1", i), body, whatsapp.Sign(secret, []byte(body))))
	var got []string
	for _, h := range i.Heard() {
		require.Equal(t, "+15550199", h.From)
		got = append(got, h.ID+" "+h.Text+" "+h.Payload)
	}
	require.Equal(t, []string{"wamid.2 Hi ", "wamid.3 Small small", "wamid.4 Large l", "wamid.5 Change begin:change-plan", "wamid.6 [image] "}, got)
}

func TestTheWebhookIsSetUpWithTheVerifyToken(t *testing.T) {
	t.Parallel()
	c := open(t, "http://127.0.0.1:1", &delivertest.Inbox{})
	for token, want := range map[string]int{"meatyhamhock": http.StatusOK, "other": http.StatusForbidden} {
		w := httptest.NewRecorder()
		c.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="+token, nil))
		require.Equal(t, want, w.Code)
		if want == http.StatusOK {
			require.Equal(t, "1158201444", w.Body.String())
		}
	}
}

func TestAnApprovedTemplateSendsBackWhatItsButtonsMean(t *testing.T) {
	t.Parallel()
	var sent struct {
		Template struct {
			Components []any `json:"components"`
		} `json:"template"`
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewDecoder(r.Body).Decode(&sent)
		_, _ = w.Write([]byte(`{"messages":[{"id":"wamid.1"}]}`))
	}))
	t.Cleanup(server.Close)
	l := delivertest.Letter("d", "+15550199")
	l.Content.NextStep = event.Step{Label: "Look", URL: "https://shop.example/"}
	l.Content.More = []event.Step{{Label: "Change my plan", Conversation: "change-plan"}, {Label: "No, thank you", Reply: "no"}}
	l.Content.Template = event.Template{Name: "your_plan", Language: "en_GB", Parameters: []string{"Ada"}, Buttons: true}
	require.NoError(t, open(t, server.URL, &delivertest.Inbox{}).Send(t.Context(), l))
	button := func(index, payload string) map[string]any {
		return map[string]any{"type": "button", "sub_type": "quick_reply", "index": index, "parameters": []any{map[string]any{"type": "payload", "payload": payload}}}
	}
	require.Equal(t, []any{
		map[string]any{"type": "body", "parameters": []any{map[string]any{"type": "text", "text": "Ada"}}},
		button("0", "begin:change-plan"), button("1", "reply:no"),
	}, sent.Template.Components)

	// With the address that a button was approved for, the link is one too, after them.
	l.Content.Template.Links = "https://r.example/m/c/"
	require.NoError(t, open(t, server.URL, &delivertest.Inbox{}).Send(t.Context(), l))
	require.Len(t, sent.Template.Components, 4)
	require.Equal(t, map[string]any{"type": "button", "sub_type": "url", "index": "2", "parameters": []any{map[string]any{"type": "text", "text": "T"}}}, sent.Template.Components[3])
	l.Content.Template.Links = "https://other.example/m/c/"
	require.ErrorContains(t, open(t, server.URL, &delivertest.Inbox{}).Send(t.Context(), l), `approved for addresses that begin with https://other.example/m/c/, and "Look" leads elsewhere`)
}
