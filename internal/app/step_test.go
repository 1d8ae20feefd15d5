package app_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/testenv"
)

// offering has a message with two next steps that are no links, for whoever ordered.
const offering = `
features: [{id: orders, count: Order Completed}]
policy: {consent: opt_in, holdout: 0%}
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
      - id: plans
        name: Plans
        kind: information
        messages:
          - id: plans
            channels: [email, sms, voice, whatsapp, telegram]
            appeal: logos
            headline: Is your plan still right for you
            body: You can have another one at any time.
            next_steps: [{label: Change my plan, conversation: change-plan}, {label: Keep it, reply: keep}]
`

// offered makes people known who are reached on one channel, until one of them gets
// the message: silence is a candidate too. It returns their id and address.
func (w *wire) offered(channel string) (user, address string) {
	w.t.Helper()
	for range 20 {
		w.ids++
		user = fmt.Sprintf("%s-%d", channel, w.ids)
		who := customer{}
		switch channel {
		case "email":
			who.email = user + "@example.com"
		case "telegram":
			who.chat = fmt.Sprint(4000 + w.ids)
		default:
			who.phone = fmt.Sprintf("+49151123%05d", w.ids)
		}
		w.knows(user, who, map[string]bool{channel: true})
		w.track(`{"userId":"` + user + `","event":"Order Completed","messageId":"` + user + `"}`)
		settle(w.t, w.running)
		address = who.email + who.chat + who.phone
		if len(w.mails.of(address))+len(w.carriers.of(channel, address)) > 0 {
			return user, address
		}
	}
	w.t.Fatalf("nobody got the message by %s", channel)
	return "", ""
}

// pressInLetter follows a link of a letter by its label, and presses the button there.
func (w *wire) pressInLetter(address, label string) {
	w.t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(label) + `:\n(\S+)`).FindStringSubmatch(readLetter(w, w.mails.of(address)[0]).text)
	require.NotEmpty(w.t, link)
	resp, err := http.Get(link[1]) //nolint:noctx // a browser has none
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	require.Equal(w.t, http.StatusOK, resp.StatusCode)
	require.Contains(w.t, w.post(link[1], "application/x-www-form-urlencoded", "", nil), "Thank you")
}

// answerCall picks up the call that was made to a number, and says or presses.
func (w *wire) answerCall(number, words, press string) {
	w.t.Helper()
	made := w.carriers.next("voice", number, 0)
	require.NoError(w.t, testenv.Schema(w.t, testenv.TwiML, made.text))
	call := &phone{wire: w, number: number, id: w.id("CA")}
	require.NoError(w.t, xml.Unmarshal([]byte(made.text), &call.last))
	call.follow(call.last.Gather.Action, url.Values{"SpeechResult": {words}, "Digits": {press}})
}

// took is what of a next step taken is on a person's timeline.
type took struct {
	Begins, Choice string
	Of             event.Move // what became of the conversation; empty: there is none
	Answers        bool       // it names the letter that offered it
}

func (w *wire) took(user string) (out took) {
	w.t.Helper()
	id := w.person("user_id:" + user)
	require.Eventually(w.t, func() bool {
		var page timeline
		require.Equal(w.t, http.StatusOK, w.call(http.MethodGet, "/api/v1/people/"+id+"/timeline?limit=100", nil, &page))
		out = took{}
		granted, answered := "", ""
		for _, e := range page.Events {
			switch e.Event {
			case "replied":
				var body event.RepliedBody
				require.NoError(w.t, json.Unmarshal(e.Body, &body))
				out.Begins, out.Choice, answered = body.Begins, body.Choice, body.Delivery
			case "conversed":
				var body event.ConversedBody
				require.NoError(w.t, json.Unmarshal(e.Body, &body))
				out.Of = body.Move
			case "grant":
				var body event.GrantBody
				require.NoError(w.t, json.Unmarshal(e.Body, &body))
				if body.Goal != "" {
					granted = body.Delivery
				}
			}
		}
		out.Answers = granted != "" && granted == answered
		return out.Begins+out.Choice != "" && (out.Begins == "" || out.Of != "")
	}, time.Minute, 20*time.Millisecond, "%s took no step", user)
	return out
}

// A next step is authored once. Taken by a click, a word, a key, a spoken word or a
// quick reply it is the same event, and does the same thing.
func TestTheSameNextStepOnEveryChannelIsTheSameEvent(t *testing.T) {
	w := newWire(t, offering)
	for _, c := range []struct {
		how, channel string
		take         func(address string, label, keyword, key string)
	}{
		{"a click in e-mail", "email", func(address, label, _, _ string) { w.pressInLetter(address, label) }},
		{"a word by SMS", "sms", func(address, _, keyword, _ string) { texts{w, address}.write(keyword) }},
		{"a key on the phone", "voice", func(address, _, _, key string) { w.answerCall(address, "", key) }},
		{"a spoken word", "voice", func(address, label, _, _ string) { w.answerCall(address, strings.ToLower(label)+", please", "") }},
		{"a quick reply on WhatsApp", "whatsapp", func(address, label, _, _ string) { chats{w, address}.write("", label) }},
		{"a quick reply in chat", "telegram", func(address, label, _, _ string) { bot{w, address}.write("", label) }},
	} {
		user, address := w.offered(c.channel)
		c.take(address, "Change my plan", "CHANGE", "1")
		require.Equal(t, took{Begins: "change-plan", Of: event.Began, Answers: true}, w.took(user), c.how)
		user, address = w.offered(c.channel)
		c.take(address, "Keep it", "KEEP", "2")
		require.Equal(t, took{Choice: "keep", Answers: true}, w.took(user), c.how)
	}
}
