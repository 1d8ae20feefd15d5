package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/deliver/twilio"
	"github.com/rapporthq/rapport/internal/testenv"
)

// What the carriers and we know of each other.
const (
	ourNumber   = "+15550100"
	twilioSID   = "AC0123456789abcdef0123456789abcdef"
	twilioToken = "twilio-auth-token"
	ivrKey      = "0123456789abcdef"
	metaToken   = "meta-access-token"
	metaSecret  = "meta-app-secret"
	botToken    = "123:ABC"
	botSecret   = "telegram-webhook-secret"
	answersTo   = "answers@telco.example"
)

// wire is a served workspace whose channels are joined with carriers by the
// carriers' own protocols, over sockets of this machine.
type wire struct {
	*running
	system   *shopSystem
	carriers *carriers
	mails    *mailbox
	mailPort int // where we take mail in
	ids      int // given out by carriers so far
}

// newWire serves the conversations of telco.yaml, and what more says.
func newWire(t *testing.T, more string) *wire {
	t.Helper()
	s := newSystem(t)
	for name, value := range map[string]string{
		"TELCO_CALL_SECRET": s.secret, "WIRE_TWILIO": twilioToken, "WIRE_IVR": ivrKey, "WIRE_META": metaToken, "WIRE_META_SECRET": metaSecret,
		"WIRE_META_VERIFY": "verify", "WIRE_BOT": botToken, "WIRE_BOT_SECRET": botSecret,
	} {
		t.Setenv(name, value)
	}
	source, err := os.ReadFile("../conversation/testdata/telco.yaml")
	require.NoError(t, err)
	yaml := strings.ReplaceAll(string(source), `"https://telco.example/`, `"`+s.url+`/`)
	for _, path := range []string{"orders", "plans"} {
		yaml = strings.ReplaceAll(yaml, `url: "`+s.url+`/`+path+`"`, `secret: TELCO_CALL_SECRET, url: "`+s.url+`/`+path+`"`)
	}
	yaml = strings.Replace(yaml, "stages: [{id: use}]", "stages: [{id: use}, {id: again, when: 'did(\"Order Completed\", 2)'}]", 1)
	w := &wire{system: s, carriers: newCarriers(t), mailPort: testenv.FreePort(t)}
	mails, smtp := newMailbox(t)
	w.mails = mails
	const plain = "channels:\n  - {id: email, from: \"Telco <hello@telco.example>\"}\n"
	require.Contains(t, yaml, plain)
	yaml = strings.Replace(yaml, plain, fmt.Sprintf(`channels:
  - id: email
    from: "Telco <hello@telco.example>"
    providers:
      - {id: own, kind: smtp, settings: {address: %q, tls: none, replies: %s, receive: "127.0.0.1:%d"}}
  - id: sms
    from: %q
    providers: [{id: carrier, kind: twilio, settings: {account_sid: %s, base_url: %q}, secrets: {auth_token: WIRE_TWILIO}}]
  - id: voice
    from: %q
    providers:
      - {id: ivr, kind: voicexml, secrets: {key: WIRE_IVR}}
      - {id: carrier, kind: twilio, settings: {account_sid: %s, base_url: %q}, secrets: {auth_token: WIRE_TWILIO}}
  - id: whatsapp
    providers:
      - {id: meta, kind: whatsapp-cloud, settings: {phone_number_id: "1", base_url: %q}, secrets: {access_token: WIRE_META, app_secret: WIRE_META_SECRET, verify_token: WIRE_META_VERIFY}}
  - id: telegram
    providers: [{id: bot, kind: telegram, settings: {base_url: %q}, secrets: {bot_token: WIRE_BOT, webhook_secret: WIRE_BOT_SECRET}}]
`, smtp, answersTo, w.mailPort, ourNumber, twilioSID, w.carriers.url, ourNumber, twilioSID, w.carriers.url, w.carriers.url, w.carriers.url), 1)
	listen := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	w.running = serve(t, config.Config{Data: t.TempDir(), Definitions: folder(t, yaml+more), Listen: listen, PublicURL: "http://" + listen})
	require.Less(t, w.call(http.MethodPut, "/api/v1/workspace/live", map[string]any{"live": "everyone", "allow": []string{}}, nil), 300)
	return w
}

// knows makes somebody known by all the addresses that they have.
func (w *wire) knows(user string, who customer, consent map[string]bool) {
	w.t.Helper()
	traits := map[string]any{"first_name": "Ada", "consent": consent}
	for name, value := range map[string]string{"phone": who.phone, "email": who.email} {
		if value != "" {
			traits[name] = value
		}
	}
	call := map[string]any{"userId": user, "traits": traits}
	if who.chat != "" {
		call["context"] = map[string]any{"externalIds": []map[string]string{{"id": who.chat, "type": "telegram", "collection": "users", "encoding": "none"}}}
	}
	require.Equal(w.t, http.StatusOK, w.call(http.MethodPost, "/v1/identify", call, nil))
	settle(w.t, w.running)
}

// customer is by which addresses somebody is reached.
type customer struct{ phone, email, chat string }

// id is one that a carrier has not given to anything else.
func (w *wire) id(prefix string) string {
	w.ids++
	return fmt.Sprintf("%s%032d", prefix, w.ids)
}

// post makes a request of a carrier's and returns what it is answered.
func (w *wire) post(address, kind, body string, header map[string]string) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, address, strings.NewReader(body))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", kind)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	require.Equal(w.t, http.StatusOK, resp.StatusCode, "%s: %s", address, text)
	return string(text)
}

// postForm makes a request as Twilio does, signed.
func (w *wire) postForm(address string, form url.Values) string {
	w.t.Helper()
	return w.post(address, "application/x-www-form-urlencoded", form.Encode(), map[string]string{
		"X-Twilio-Signature": twilio.Sign(twilioToken, address, form), "I-Twilio-Idempotency-Token": w.id("token"),
	})
}

// sent is what a carrier was given for somebody.
type sent struct {
	channel, to, text string
	buttons           map[string]string // payloads by label
	form              url.Values        // of Twilio
}

// carriers are Twilio, Meta and Telegram as far as we ask them. They refuse what is
// not of their form or without their credentials.
type carriers struct {
	t   *testing.T
	url string

	mu   sync.Mutex
	took []sent
}

func newCarriers(t *testing.T) *carriers {
	t.Helper()
	c := &carriers{t: t}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2010-04-01/Accounts/"+twilioSID+"/Messages.json", c.twilio("sms", "Body"))
	mux.HandleFunc("POST /2010-04-01/Accounts/"+twilioSID+"/Calls.json", c.twilio("voice", "Twiml"))
	mux.HandleFunc("POST /v23.0/1/messages", c.meta)
	mux.HandleFunc("POST /bot"+botToken+"/sendMessage", c.telegram)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	c.url = s.URL
	return c
}

func (c *carriers) take(s sent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, s)
}

// next waits for what is sent to somebody beyond the first n, and returns it.
func (c *carriers) next(channel, to string, n int) sent {
	c.t.Helper()
	var got []sent
	require.Eventually(c.t, func() bool {
		got = c.of(channel, to)
		return len(got) > n
	}, time.Minute, 5*time.Millisecond, "nothing came to %s by %s", to, channel)
	return got[n]
}

func (c *carriers) of(channel, to string) (out []sent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.took {
		if s.channel == channel && s.to == to {
			out = append(out, s)
		}
	}
	return out
}

func (c *carriers) twilio(channel, content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if err := r.ParseForm(); err != nil || user != twilioSID || password != twilioToken || r.PostForm.Get("To") == "" || r.PostForm.Get("From") != ourNumber || r.PostForm.Get(content) == "" {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"code":21604,"message":"that is no message"}`)
			return
		}
		c.take(sent{channel: channel, to: r.PostForm.Get("To"), text: r.PostForm.Get(content), form: r.PostForm})
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"sid":"SM%032d"}`, len(c.of(channel, r.PostForm.Get("To"))))
	}
}

func (c *carriers) meta(w http.ResponseWriter, r *http.Request) {
	var m struct {
		Product string `json:"messaging_product"`
		To      string `json:"to"`
		Type    string `json:"type"`
		Text    struct {
			Body string `json:"body"`
		} `json:"text"`
		Interactive struct {
			Body struct {
				Text string `json:"text"`
			} `json:"body"`
			Action struct {
				Buttons []struct {
					Reply struct{ ID, Title string } `json:"reply"`
				} `json:"buttons"`
			} `json:"action"`
		} `json:"interactive"`
	}
	if json.NewDecoder(r.Body).Decode(&m) != nil || r.Header.Get("Authorization") != "Bearer "+metaToken || m.Product != "whatsapp" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s := sent{channel: "whatsapp", to: "+" + m.To, text: m.Text.Body, buttons: map[string]string{}}
	if m.Type == "interactive" {
		s.text = m.Interactive.Body.Text
		for _, b := range m.Interactive.Action.Buttons {
			s.buttons[b.Reply.Title] = b.Reply.ID
		}
	}
	c.take(s)
	_, _ = fmt.Fprintf(w, `{"messaging_product":"whatsapp","messages":[{"id":"wamid.%d"}]}`, time.Now().UnixNano())
}

func (c *carriers) telegram(w http.ResponseWriter, r *http.Request) {
	var m struct {
		Chat   string `json:"chat_id"`
		Text   string `json:"text"`
		Markup struct {
			Keyboard [][]struct {
				Text string `json:"text"`
				Data string `json:"callback_data"`
			} `json:"inline_keyboard"`
		} `json:"reply_markup"`
	}
	if json.NewDecoder(r.Body).Decode(&m) != nil || m.Chat == "" || m.Text == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s := sent{channel: "telegram", to: m.Chat, text: m.Text, buttons: map[string]string{}}
	for _, row := range m.Markup.Keyboard {
		for _, b := range row {
			s.buttons[b.Text] = b.Data
		}
	}
	c.take(s)
	_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1}}`)
}

// packed is v as JSON.
func packed(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.NewEncoder(&b).Encode(v))
	return b.String()
}
