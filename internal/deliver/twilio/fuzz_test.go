package twilio_test

import (
	"net/http"
	"net/url"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/twilio"
)

// FuzzForms: whatever form is signed and posted is taken or refused, and what is kept of
// it is text.
func FuzzForms(f *testing.F) {
	f.Add("/message", "From=%2B15550199&Body=YES&MessageSid=SM1")
	f.Add("/message", "From=%2B15550199&Body=%ff%fe&MessageSid=SM1&ButtonPayload=%00")
	f.Add("/status/ref-1", "MessageStatus=undelivered&ErrorCode=%ff")
	f.Add("/call", "CallSid=CA1&From=%2B15550199")
	f.Add("/turn", "CallSid=CA1&From=%2B15550199&Digits=1&SpeechResult=%ff")
	f.Fuzz(func(t *testing.T, path, form string) {
		values, err := url.ParseQuery(form)
		if u, bad := url.Parse(path); err != nil || bad != nil || u.Path != path || path == "" || path[0] != '/' {
			return
		}
		i, id := &delivertest.Inbox{}, twilio.SMS
		if path == "/call" || path == "/turn" {
			id = twilio.Voice
		}
		w := call(open(t, id, "http://127.0.0.1:1", i), id, path, values)
		require.Less(t, w.Code, http.StatusInternalServerError)
		for _, text := range i.Texts() {
			require.True(t, utf8.ValidString(text), "%q", text)
		}
	})
}
