package slack_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/slack"
)

// FuzzUpdates: whatever is signed and posted is taken or refused, and what is kept of it
// is text.
func FuzzUpdates(f *testing.F) {
	f.Add(`{"type":"event_callback","event":{"type":"message","channel_type":"im","user":"U012AB3CD","text":"yes","ts":"1.2"}}`)
	f.Add("payload=%7B%22type%22%3A%22block_actions%22%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%2C%22actions%22%3A%5B%7B%22value%22%3A%22a%22%7D%5D%7D")
	f.Fuzz(func(t *testing.T, body string) {
		i := &delivertest.Inbox{}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		if strings.HasPrefix(body, "payload=") {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		r.Header.Set("X-Slack-Request-Timestamp", stamp)
		r.Header.Set("X-Slack-Signature", slack.Sign(secret, stamp, []byte(body)))
		w := httptest.NewRecorder()
		open(t, "http://127.0.0.1:1", i).ServeHTTP(w, r)
		require.Less(t, w.Code, http.StatusInternalServerError)
		require.NotEqual(t, http.StatusForbidden, w.Code, "it is signed")
		for _, text := range i.Texts() {
			require.True(t, utf8.ValidString(text), "%q", text)
		}
	})
}
