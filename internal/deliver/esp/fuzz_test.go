package esp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/esp"
)

// FuzzEvents: whatever a provider posts is taken, and tells of letters by their refs,
// or is refused, and tells nothing.
func FuzzEvents(f *testing.F) {
	f.Add("ses", `{"Type":"Notification","Message":"{\"eventType\":\"Delivery\",\"mail\":{\"tags\":{\"ref\":[\"r1\"]}},\"delivery\":{\"timestamp\":\"2026-03-01T12:00:00.000Z\"}}"}`)
	f.Add("sendgrid", `[{"event":"bounce","type":"bounce","reason":"550 5.1.1","ref":"r2","timestamp":1772366400}]`)
	f.Add("postmark", `{"RecordType":"Bounce","Type":"HardBounce","Metadata":{"ref":"r1"},"BouncedAt":"2026-03-01T12:00:00Z"}`)
	f.Fuzz(func(t *testing.T, provider, body string) {
		i := &delivertest.Inbox{}
		h, err := esp.New(esp.Options{Provider: provider, Key: key, Inbox: i})
		if err != nil || strings.Contains(strings.ToLower(body), "subscribe") {
			return // no provider, or it would have us ask Amazon
		}
		switch status := post(t, h, "/events/"+key, body); status {
		case http.StatusOK:
			for _, r := range i.Reports() {
				require.Equal(t, "email", r.Channel)
				require.NotEmpty(t, r.Outcome)
			}
		case http.StatusBadRequest:
			require.Empty(t, i.Reports())
		default:
			t.Fatal(status)
		}
	})
}
