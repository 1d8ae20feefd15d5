package app_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/deliver/webhook"
)

// shopSystem is a system of the company: it checks signatures, remembers keys, and
// does each thing once.
type shopSystem struct {
	sync.Mutex
	url    string
	secret string
	done   map[string]map[string]string // what was asked, by key
	flaky  int                          // so many times it does not answer
}

func newSystem(t *testing.T) *shopSystem {
	t.Helper()
	s := &shopSystem{secret: "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef01234567")), done: map[string]map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *shopSystem) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.Lock()
	defer s.Unlock()
	body, err := io.ReadAll(r.Body)
	var asked struct {
		With map[string]string `json:"with"`
	}
	if err != nil || json.Unmarshal(body, &asked) != nil || webhook.Verify(r.Header, body, s.secret, time.Now()) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if s.flaky > 0 {
		s.flaky--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	s.done[r.Header.Get("Idempotency-Key")] = asked.With
	_, _ = w.Write([]byte(`{"status":"on its way"}`))
}

// asked is what the system was asked to do.
func (s *shopSystem) asked() (out []map[string]string) {
	s.Lock()
	defer s.Unlock()
	for _, with := range s.done {
		out = append(out, with)
	}
	return out
}

func (s *shopSystem) forget() {
	s.Lock()
	defer s.Unlock()
	clear(s.done)
}

// talk is a served workspace in which Ada talks to the company.
type talk struct {
	*running
	system *shopSystem
	seen   int
}

const adasNumber = "+4915112345678"

func newTalk(t *testing.T) *talk {
	t.Helper()
	s := newSystem(t)
	t.Setenv("TELCO_CALL_SECRET", s.secret)
	source, err := os.ReadFile("../conversation/testdata/telco.yaml")
	require.NoError(t, err)
	yaml := strings.ReplaceAll(string(source), `url: "https://telco.example/orders"`, `secret: TELCO_CALL_SECRET, url: "`+s.url+`/orders"`)
	yaml = strings.ReplaceAll(yaml, `url: "https://telco.example/plans"`, `secret: TELCO_CALL_SECRET, url: "`+s.url+`/plans"`)
	yaml = strings.Replace(yaml, "channels:\n", "channels:\n  - {id: web}\n  - {id: sms}\n  - {id: voice}\n  - {id: whatsapp}\n", 1)
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(folder+"/telco.yaml", []byte(yaml), 0o600))
	k := &talk{running: serve(t, config.Config{Data: t.TempDir(), Definitions: folder}), system: s}
	require.Less(t, k.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	require.Equal(t, http.StatusOK, k.call(http.MethodPost, "/v1/identify", map[string]any{
		"userId": "ada", "traits": map[string]any{"first_name": "Ada", "phone": adasNumber, "email": "ada@example.com"},
	}, nil))
	return k
}

// say says something and returns what is answered on that channel.
func (k *talk) say(channel, text, button, keys string) string {
	k.t.Helper()
	from := map[string]string{"web": "ada", "email": "ada@example.com"}[channel]
	if from == "" {
		from = adasNumber
	}
	status := k.call(http.MethodPost, "/api/v1/simulator/replies", map[string]string{"channel": channel, "from": from, "text": text, "payload": button, "keys": keys}, nil)
	require.Less(k.t, status, 300)
	var letters struct {
		Letters []struct {
			N       int
			Channel string
			Text    string
		} `json:"letters"`
	}
	require.Eventually(k.t, func() bool {
		k.call(http.MethodGet, "/api/v1/simulator/letters", nil, &letters)
		return len(letters.Letters) > 0 && letters.Letters[0].N > k.seen
	}, time.Minute, 5*time.Millisecond, "nothing was answered to %q", text+button+keys)
	k.seen = letters.Letters[0].N
	require.Equal(k.t, channel, letters.Letters[0].Channel)
	return letters.Letters[0].Text
}

// The same task is done on five channels from one definition, each understanding
// people as they speak there, and comes to the same call of the company's system.
func TestOnePlanIsChangedOnEveryChannelThroughTheRealServer(t *testing.T) {
	k := newTalk(t)
	k.system.flaky = 1
	day := time.Now().AddDate(0, 0, 40)
	says := map[string][][3]string{ // text, button, keys
		"web":      {{"I want to change my plan"}, {"", "large"}, {day.Format("2 January 2006")}, {"", "yes"}},
		"sms":      {{"change plan"}, {"2"}, {day.Format("02.01.2006")}, {"Y"}},
		"whatsapp": {{"Change my plan"}, {"large plan please"}, {day.Format(time.DateOnly)}, {"", "yes"}},
		"voice":    {{"change my plan"}, {"", "", "2"}, {"", "", day.Format("02012006")}, {"", "", "1"}},
		"email": {
			{"Please change my plan.\n-- \nAda"},
			{"Large plan\n\nOn Tue, 3 Mar 2026 at 12:00, Telco <hello@telco.example> wrote:\n> 1. Small plan\n> 2. Large plan\n"},
			{day.Format("January 2, 2006") + "\n\nSent from my iPhone"},
			{"yes\n\n> Reply yes or no."},
		},
	}
	for _, channel := range []string{"web", "sms", "whatsapp", "voice", "email"} {
		last := ""
		for _, s := range says[channel] {
			last = k.say(channel, s[0], s[1], s[2])
		}
		require.Equal(t, "Done. Your large plan begins on "+day.Format(time.DateOnly)+".", last, channel)
	}
	k.system.Lock()
	defer k.system.Unlock()
	require.Len(t, k.system.done, len(says), "each was done once")
	for _, with := range k.system.done {
		require.Equal(t, map[string]string{"plan": "large", "from": day.Format(time.DateOnly)}, with)
	}
}

func TestHalfAConversationInOneChannelAndHalfInAnother(t *testing.T) {
	k := newTalk(t)
	k.say("web", "change my plan", "", "")
	k.say("web", "", "small", "")
	require.Contains(t, k.say("sms", "hello?", "", ""), "You were changing your plan. Shall we go on?")
	require.Contains(t, k.say("sms", "yes", "", ""), "From which day on?")
	require.Contains(t, k.say("voice", "", "", "1"), "You were changing your plan. Shall we go on?")
	k.say("voice", "yes", "", "")
	require.Contains(t, k.say("voice", "tomorrow", "", ""), "shall I change it?")
	require.Contains(t, k.say("voice", "", "", "1"), "Done. Your small plan begins on")

	require.Contains(t, k.say("email", "Where is my order?", "", ""), "What is the number of your order?")
	require.Equal(t, "Order 1234 is on its way.", k.say("email", "1234\n\n> What is the number of your order?", "", ""))
	require.Contains(t, k.say("whatsapp", "I have a complaint", "", ""), "I am sorry to hear that.")
	require.Equal(t, "Please tell us what happened.", k.say("whatsapp", "", "order", ""))
	require.Equal(t, "Thank you. Somebody will answer you today.", k.say("whatsapp", "It came broken", "", ""))
}
