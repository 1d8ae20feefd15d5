package twilio_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/twilio"
	"github.com/rapporthq/rapport/internal/deliver/voice"
	"github.com/rapporthq/rapport/internal/message/render"
	"github.com/rapporthq/rapport/internal/testenv"
)

// ask asks Twilio's own helper library.
func ask(t *testing.T, question, answer any) {
	t.Helper()
	b, err := json.Marshal(question)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(testenv.Peer(t, "twilio.mjs", string(b))), answer))
}

func TestTwiliosOwnLibraryAcceptsOurSignaturesAndWeTheirs(t *testing.T) {
	t.Parallel()
	type request struct {
		URL       string            `json:"url"`
		Form      map[string]string `json:"form"`
		Signature string            `json:"signature,omitempty"`
	}
	var requests []request
	for _, r := range []request{
		{URL: "https://r.example/c/sms/main/message", Form: map[string]string{"From": "+15550199", "Body": "Grüße & 🌻 = more", "a": "lower", "A": "upper"}},
		{URL: "https://r.example/c/sms/main/status/abc?x=1&y=%20", Form: map[string]string{}},
	} {
		form := url.Values{}
		for k, v := range r.Form {
			form.Set(k, v)
		}
		r.Signature = twilio.Sign(token, r.URL, form)
		requests = append(requests, r)
	}
	tampered := requests[0]
	tampered.URL += "x"
	var said struct {
		Valid      []bool   `json:"valid"`
		Signatures []string `json:"signatures"`
	}
	ask(t, map[string]any{"token": token, "check": append(requests, tampered), "sign": requests}, &said)
	require.Equal(t, []bool{true, true, false}, said.Valid)
	for n, r := range requests {
		require.Equal(t, r.Signature, said.Signatures[n])
	}
}

// element is XML to be compared, whatever the order of attributes.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Inner   []element  `xml:",any"`
}

func (e element) plain() any {
	attrs := map[string]string{}
	for _, a := range e.Attrs {
		attrs[a.Name.Local] = a.Value
	}
	var inner []any
	for _, i := range e.Inner {
		inner = append(inner, i.plain())
	}
	return []any{e.XMLName.Local, attrs, strings.TrimSpace(e.Text), inner}
}

func parsed(t *testing.T, doc string) any {
	t.Helper()
	var e element
	require.NoError(t, xml.Unmarshal([]byte(doc), &e), doc)
	return e.plain()
}

func TestOurTwiMLIsWhatTwiliosLibraryWrites(t *testing.T) {
	t.Parallel()
	p := voice.Prompt{Say: "Small & quick <1>, or large?", Language: "en-GB", Choices: []render.Next{{Payload: "s", Key: "1", Words: []string{"small"}}, {Payload: "l", Key: "2", Words: []string{"large"}}}}
	var said struct {
		TwiML string `json:"twiml"`
	}
	ask(t, map[string]any{"token": token, "gather": map[string]any{
		"say": p.Say, "language": "en-GB", "input": "dtmf speech", "action": "https://r.example/turn?a=1&b=2", "method": "POST", "timeout": 5,
		"speechTimeout": "auto", "numDigits": 1, "hints": "small, large", "actionOnEmptyResult": true,
	}}, &said)
	want, got := parsed(t, said.TwiML), parsed(t, string(voice.TwiML(p, "https://r.example/turn?a=1&b=2")))
	// The library takes language of gather for that of say; ours gives it to both.
	want.([]any)[3].([]any)[0].([]any)[1].(map[string]string)["language"] = "en-GB"
	require.Equal(t, want, got)
}

func TestWhatWeSendIsAllowedByTwiliosOwnDescription(t *testing.T) {
	t.Parallel()
	mock := testenv.VendorMock(t, "node_modules/twilio_api_v2010.json")
	for _, id := range []string{twilio.SMS, twilio.WhatsApp, twilio.Voice} {
		l := delivertest.Letter("d", "+15550199")
		l.Ref = "abc"
		_, err := open(t, id, mock, &delivertest.Inbox{}).SendNamed(t.Context(), l)
		require.NoError(t, err, id)
	}
	// The description is one that refuses.
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, mock+"/2010-04-01/Accounts/"+sid+"/Messages.json", strings.NewReader("Body=x"))
	r.RequestURI = ""
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(sid, token)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusUnprocessableEntity, resp.StatusCode)
	require.Contains(t, string(body), "To")
}
