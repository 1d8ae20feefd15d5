package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/testenv"
)

var answerLink = regexp.MustCompile(`/m/a/([\w-]+)`)

// confirmed are the words of a consent's history that the tests read.
type consentHistory struct {
	Now []struct {
		Channel, Topic string
		Given          bool
		Confirmation   *struct{ Move, Address string }
	}
	Said []struct {
		Channel, Proof, By string
		Given              bool
	}
	Asked []struct{ Move, Address, Text, Source, Page, Delivery string }
}

func (r *running) consents(who string) (h consentHistory) {
	require.Equal(r.t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+r.person(who)+"/consent-history", nil, &h))
	return h
}

func TestAYesByMailCountsOnceItsReaderHasPressedTheButton(t *testing.T) {
	t.Parallel()
	mails, address := newMailbox(t)
	source := strings.Replace(everyday, "time_zone: UTC,", "time_zone: UTC, locales: [en, de],", 1)
	source = strings.Replace(source, `from: "Shop <hello@shop.example>"`, `from: "Shop <hello@shop.example>", double_opt_in: {}`, 1)
	source = strings.Replace(source, "kind: offer", "kind: offer, when: 'false'", 1) + "brand: {name: Oak and Iron, accent: \"#123456\"}\n"
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, source), SMTP: config.SMTP{Address: address, TLS: "none"}})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", map[string]any{
		"userId": "ada", "traits": map[string]any{"email": "ada@example.com", "locale": "de-AT", "consent": map[string]bool{"email": true}},
		"context": map[string]any{"page": map[string]string{"url": "https://shop.example/news"}},
	}, nil))
	var letter string
	require.Eventually(t, func() bool {
		got := mails.of("ada@example.com")
		if len(got) > 0 {
			letter = strings.NewReplacer("=\r\n", "", "\r\n ", "", "=3D", "=").Replace(got[0])
		}
		return letter != ""
	}, time.Minute, 10*time.Millisecond)
	require.NotContains(t, letter, "List-Unsubscribe", "there is nothing yet to unsubscribe from")
	token := answerLink.FindStringSubmatch(letter)
	require.NotNil(t, token, letter)

	// She buys, which the goal would write to her about: it does not.
	r.track(`{"userId":"ada","event":"Order Completed"}`)
	settle(t, r)
	require.Len(t, mails.of("ada@example.com"), 1)
	require.Contains(t, r.whyNot("user_id:ada"), "Consent for email is not confirmed yet: ada@example.com was asked on")

	// What opens every link opens the page, and changes nothing.
	get := func() string {
		resp, err := http.Get(r.url + "/m/a/" + token[1]) //nolint:noctx // a test's
		require.NoError(t, err)
		return read(t, resp)
	}
	page := get()
	require.Contains(t, page, "Dürfen wir Ihnen schreiben?")
	require.Contains(t, page, "Oak and Iron")
	require.Contains(t, page, "#123456")
	settle(t, r)
	require.Equal(t, "asked", r.consents("user_id:ada").Now[0].Confirmation.Move)

	resp, err := http.PostForm(r.url+"/m/a/"+token[1], url.Values{}) //nolint:noctx // a test's
	require.NoError(t, err)
	require.Contains(t, read(t, resp), "Danke, es ist bestätigt")
	require.Eventually(t, func() bool { return strings.Contains(get(), "Danke, es ist bestätigt") }, time.Minute, 10*time.Millisecond)

	h := r.consents("user_id:ada")
	require.Equal(t, "confirmed", h.Now[0].Confirmation.Move)
	require.Len(t, h.Said, 2, "hers, and what the shop had said")
	require.Equal(t, "person", h.Said[0].By)
	require.Contains(t, h.Said[0].Proof, "confirmed at ada@example.com with \"Ja, schreiben Sie mir\", in answer to rpl-")
	asked := h.Asked[len(h.Asked)-1]
	require.Equal(t, "https://shop.example/news", asked.Page)
	require.Contains(t, asked.Text, "Darf Shop Ihnen schreiben?")
	require.NotContains(t, r.whyNot("user_id:ada"), "not confirmed yet")
}

// whyNot is what is not done for somebody now, in sentences.
func (r *running) whyNot(who string) string {
	var why struct {
		Goals []struct {
			Sentence   string
			Candidates []struct{ Withheld struct{ Sentence string } }
		} `json:"goals"`
	}
	require.Equal(r.t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+r.person(who)+"/why", nil, &why))
	return fmt.Sprint(why.Goals)
}

func TestAYesByTextMessageCountsOnceItIsAnsweredWithTheWord(t *testing.T) {
	t.Setenv("WIRE_TWILIO", twilioToken)
	c := newCarriers(t)
	listen := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	source := strings.Replace(everyday, `channels: [{id: email, from: "Shop <hello@shop.example>"}]`, fmt.Sprintf(`channels:
  - id: email
    from: "Shop <hello@shop.example>"
  - id: sms
    from: %q
    double_opt_in: {}
    providers: [{id: carrier, kind: twilio, settings: {account_sid: %s, base_url: %q}, secrets: {auth_token: WIRE_TWILIO}}]
`, ourNumber, twilioSID, c.url), 1)
	w := &wire{carriers: c, running: serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, source), Listen: listen, PublicURL: "http://" + listen})}
	require.Less(t, w.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	for _, who := range []string{"1", "2"} {
		require.Equal(t, http.StatusOK, w.call(http.MethodPost, "/v1/identify", map[string]any{
			"userId": "u" + who, "traits": map[string]any{"phone": "+4366012345" + who, "consent": map[string]bool{"sms": true}},
		}, nil))
		require.Contains(t, c.next("sms", "+4366012345"+who, 0).text, "Reply YES: Yes, write to me")
	}
	texts := func(from, text string) {
		w.postForm(w.url+"/c/sms/carrier/message", url.Values{
			"MessageSid": {w.id("SM")}, "AccountSid": {twilioSID}, "From": {from}, "To": {ourNumber}, "Body": {text},
		})
	}
	texts("+43660123451", "yes.")
	require.Eventually(t, func() bool { return w.consents("user_id:u1").Now[0].Confirmation.Move == "confirmed" }, time.Minute, 10*time.Millisecond)
	require.Contains(t, w.consents("user_id:u1").Said[0].Proof, `confirmed at +43660123451 with "yes."`)

	// START, which carriers know, is an answer too; and STOP takes it back.
	texts("+43660123452", "START")
	require.Eventually(t, func() bool { return w.consents("user_id:u2").Now[0].Confirmation.Move == "confirmed" }, time.Minute, 10*time.Millisecond)
	texts("+43660123452", "STOP")
	require.Eventually(t, func() bool {
		now := w.consents("user_id:u2").Now[0]
		return !now.Given && now.Confirmation.Move == "dropped"
	}, time.Minute, 10*time.Millisecond)
	settle(t, w.running)
	require.Len(t, c.of("sms", "+43660123451"), 1, "nothing but the question")
}
