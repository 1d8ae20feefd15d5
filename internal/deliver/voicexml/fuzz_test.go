package voicexml_test

import (
	"net/http"
	"net/url"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
)

// FuzzForms: whatever a platform posts is answered with a document or refused, and what
// is kept of it is text.
func FuzzForms(f *testing.F) {
	f.Add("call", "session=1&from=%2B15550199")
	f.Add("turn", "session=1&from=%2B15550199&keys=1+2&said=%ff")
	f.Add("turn", "session=1&waited=1")
	f.Add("call", "session=a%00b&from=%ff")
	f.Fuzz(func(t *testing.T, path, form string) {
		values, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		if path != "call" {
			path = "turn"
		}
		i := &delivertest.Inbox{}
		c := open(t, i)
		code, _ := fetch(t, c, "/call/"+key, url.Values{"session": {"1"}, "from": {"+15550199"}})
		require.Equal(t, http.StatusOK, code)
		code, _ = fetch(t, c, "/"+path+"/"+key, values)
		require.Less(t, code, http.StatusInternalServerError)
		for _, text := range i.Texts() {
			require.True(t, utf8.ValidString(text), "%q", text)
		}
	})
}
