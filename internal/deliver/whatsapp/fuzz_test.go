package whatsapp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/whatsapp"
)

// FuzzUpdates: whatever is signed and posted is taken or refused, and what is kept of it
// is text.
func FuzzUpdates(f *testing.F) {
	f.Add(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"messages":[{"from":"15550199","id":"wamid.1","type":"text","text":{"body":"yes"}}],"statuses":[{"id":"wamid.2","status":"failed","biz_opaque_callback_data":"ref-1","errors":[{"code":131026}]}]}}]}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		i := &delivertest.Inbox{}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Hub-Signature-256", whatsapp.Sign(secret, []byte(body)))
		w := httptest.NewRecorder()
		open(t, "http://127.0.0.1:1", i).ServeHTTP(w, r)
		require.Less(t, w.Code, http.StatusInternalServerError)
		require.NotEqual(t, http.StatusForbidden, w.Code, "it is signed")
		for _, text := range i.Texts() {
			require.True(t, utf8.ValidString(text), "%q", text)
		}
	})
}
