package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	netsmtp "net/smtp"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/testenv"
)

// texting is everyday by text message, and always: there is one action, and silence
// is drawn until it is not.
func texting(providers string) string {
	s := strings.ReplaceAll(everyday, "channel: email, appeal", "channel: sms, appeal")
	s = strings.ReplaceAll(s, "{id: thanks, name: Thanks, stage: buy, channel: email", "{id: thanks, name: Thanks, stage: buy, channel: sms")
	s = strings.ReplaceAll(s, "every: 1d", "every: 1h")
	return strings.ReplaceAll(s, `channels: [{id: email, from: "Shop <hello@shop.example>"}]`, "channels:\n  - id: sms\n    from: \"+15550100\"\n"+providers)
}

type simulatedLetters struct {
	Letters []struct {
		Channel, To, Text, Person, Ref, Fate string
	}
}

// texted starts a shop whose customers have telephones, and waits for a letter.
func texted(t *testing.T, providers string) (*running, simulatedLetters) {
	t.Helper()
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, texting(providers))})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	for _, who := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(
			`{"userId":"`+who+`","messageId":"i`+who+`","traits":{"phone":"+1555010012`+who2digit(who)+`","first_name":"Una","consent":{"sms":true}}}`), nil))
		r.track(`{"userId":"` + who + `","event":"Order Completed","messageId":"m` + who + `"}`)
	}
	var got simulatedLetters
	require.Eventually(t, func() bool {
		require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/simulator/letters?channel=sms", nil, &got))
		return len(got.Letters) > 0
	}, time.Minute, 20*time.Millisecond)
	return r, got
}

func who2digit(who string) string { return string('0' + who[0] - 'a') }

func TestAChannelWithoutAnAccountGoesToTheSimulatorAndItsPeopleAnswer(t *testing.T) {
	t.Parallel()
	r, got := texted(t, "")
	l := got.Letters[0]
	require.True(t, strings.HasPrefix(l.To, "+1555010012"))
	require.Equal(t, "delivered", l.Fate)
	require.NotEmpty(t, l.Ref)
	require.Eventually(t, func() bool {
		return strings.Contains(bodies(t, r, l.Person), `"delivered"`)
	}, time.Minute, 20*time.Millisecond, "the receipt comes back to the person")

	require.Less(t, r.call(http.MethodPost, "/api/v1/simulator/replies", map[string]any{"channel": "sms", "from": l.To, "text": "Stop", "ref": l.Ref}, nil), 300)
	require.Eventually(t, func() bool {
		b := bodies(t, r, l.Person)
		return strings.Contains(b, `answered \"Stop\"`)
	}, time.Minute, 20*time.Millisecond)
	require.Contains(t, bodies(t, r, l.Person), `"given":false`)

	require.Less(t, r.call(http.MethodDelete, "/api/v1/people/"+l.Person, nil, nil), 300)
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/simulator/letters", nil, &got))
	for _, other := range got.Letters {
		require.NotEqual(t, l.Person, other.Person, "who was erased is gone here too")
	}
}

// bodies are those of a person's timeline, as one text.
func bodies(t *testing.T, r *running, id string) string {
	t.Helper()
	var page timeline
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id+"/timeline?limit=100", nil, &page))
	var b strings.Builder
	for _, e := range page.Events {
		b.WriteString(e.Event + " " + string(e.Body) + "\n")
	}
	return b.String()
}

func TestAnAccountThatFailsIsStoodInForByTheNext(t *testing.T) {
	t.Parallel()
	r, got := texted(t, `    providers:
      - {id: broken, kind: twilio, settings: {account_sid: AC1}, secrets: {auth_token: NO_SUCH_VARIABLE_OF_RAPPORT}}
      - {id: down, kind: simulator, settings: {behaviour: down}}
      - {id: spare, kind: simulator, settings: {behaviour: duplicate}}
`)
	l := got.Letters[0]
	require.Eventually(t, func() bool {
		b := bodies(t, r, l.Person)
		return strings.Contains(b, `"opened"`) && strings.Contains(b, `"detail":"spare simulated, to nobody`)
	}, time.Minute, 20*time.Millisecond)
	settle(t, r)
	require.Equal(t, 1, strings.Count(bodies(t, r, l.Person), `"outcome":"delivered"`), "what is told twice counts once")
}

func TestNobodyIsLetInByAWrongDoor(t *testing.T) {
	t.Parallel()
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, texting(""))})
	require.Equal(t, http.StatusNotFound, r.call(http.MethodPost, "/c/sms/simulator/status", nil, nil))
	require.Equal(t, http.StatusNotFound, r.call(http.MethodPost, "/c/pigeon/x", nil, nil))
}

// mailing is everyday by an account that the definitions name.
func mailing(address string, port int) string {
	s := strings.ReplaceAll(everyday, "every: 1d", "every: 1h")
	return strings.ReplaceAll(s, `channels: [{id: email, from: "Shop <hello@shop.example>"}]`, fmt.Sprintf(`channels:
  - id: email
    from: "Shop <hello@shop.example>"
    providers:
      - {id: own, kind: smtp, settings: {address: %q, tls: none, bounces: bounces@shop.example, replies: answers@shop.example, receive: "127.0.0.1:%d"}}
`, address, port))
}

func TestWhatComesBackByMailReachesThePerson(t *testing.T) {
	t.Parallel()
	mails, address := newMailbox(t)
	port := testenv.FreePort(t)
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, mailing(address, port))})
	require.Less(t, r.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	var got []string
	var who string
	for n := 0; len(got) == 0; n++ {
		who = fmt.Sprintf("u%d", n)
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(fmt.Sprintf(
			`{"userId":%q,"messageId":"i%s","traits":{"email":"%s@example.com","first_name":"Una","consent":{"email":true}}}`, who, who, who)), nil))
		r.track(`{"userId":"` + who + `","event":"Order Completed","messageId":"m` + who + `"}`)
		settle(t, r)
		got = mails.of(who + "@example.com")
	}
	ref := regexp.MustCompile(`answers\+([a-z2-7]+)@shop\.example`).FindStringSubmatch(got[0])[1]
	send := func(to, mail string) {
		require.NoError(t, netsmtp.SendMail(fmt.Sprintf("127.0.0.1:%d", port), nil, who+"@example.com", []string{to}, []byte(strings.ReplaceAll(mail, "\n", "\r\n"))))
	}
	send("answers+"+ref+"@shop.example", "From: "+who+"@example.com\nMessage-ID: <1@x>\nSubject: Re: Thanks\n\nWhere is it?\n\nOn Sun, Mar 1, 2026 at 12:00 PM Shop <hello@shop.example> wrote:\n> It is on its way.\n")
	send("bounces+"+ref+"@shop.example", "From: <>\nContent-Type: multipart/report; boundary=B\n\n--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\nStatus: 5.1.1\n\n--B--\n")
	id := r.person("user_id:" + who)
	require.Eventually(t, func() bool {
		b := bodies(t, r, id)
		return strings.Contains(b, `"text":"Where is it?"`) && strings.Contains(b, `"outcome":"bounced"`)
	}, time.Minute, 20*time.Millisecond)
	var person struct {
		Suppressed []struct{ Address, Why string }
	}
	require.Equal(t, http.StatusOK, r.call(http.MethodGet, "/api/v1/people/"+id, nil, &person))
	require.Equal(t, who+"@example.com", person.Suppressed[0].Address)
}
