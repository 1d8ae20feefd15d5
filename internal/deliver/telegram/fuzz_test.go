package telegram_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
)

// FuzzUpdates: whatever is signed and posted is taken or refused, and what is kept of it
// is text.
func FuzzUpdates(f *testing.F) {
	f.Add(`{"update_id":1,"message":{"message_id":2,"chat":{"id":1111},"text":"/start x"}}`)
	f.Add(`{"update_id":3,"callback_query":{"id":"q","data":"ref-1|yes","message":{"chat":{"id":1111}}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		i := &delivertest.Inbox{}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Telegram-Bot-Api-Secret-Token", "s3cret")
		w := httptest.NewRecorder()
		open(t, "http://127.0.0.1:1", i).ServeHTTP(w, r)
		require.Less(t, w.Code, http.StatusInternalServerError)
		require.NotEqual(t, http.StatusForbidden, w.Code, "it is signed")
		for _, text := range i.Texts() {
			require.True(t, utf8.ValidString(text), "%q", text)
		}
	})
}
