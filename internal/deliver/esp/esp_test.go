package esp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/deliver/delivertest"
	"github.com/rapporthq/rapport/internal/deliver/esp"
)

const key = "0123456789abcdef"

func post(t *testing.T, h http.Handler, path, body string) int {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body)))
	return w.Code
}

// sns wraps a notification as Amazon does.
func sns(t *testing.T, message string) string {
	t.Helper()
	b, err := json.Marshal(map[string]string{"Type": "Notification", "Message": message})
	require.NoError(t, err)
	return string(b)
}

func TestWhatProvidersTellIsRead(t *testing.T) {
	t.Parallel()
	ses := func(kind, more string) string {
		return sns(t, `{"eventType":"`+kind+`","mail":{"tags":{"ref":["r1"],"ses:operation":["SendSmtpEmail"]}}`+more+`}`)
	}
	for _, c := range []struct{ provider, body, want string }{
		{"ses", ses("Bounce", `,"bounce":{"bounceType":"Permanent","bounceSubType":"General","timestamp":"2026-03-01T12:00:00.000Z"}`), "r1 bounced 1772366400 Permanent General"},
		{"ses", ses("Bounce", `,"bounce":{"bounceType":"Transient","bounceSubType":"MailboxFull","timestamp":"2026-03-01T12:00:00.000Z"}`), "r1 lost 1772366400 Transient MailboxFull"},
		{"ses", ses("Complaint", `,"complaint":{"complaintFeedbackType":"abuse","timestamp":"2026-03-01T12:00:00.000Z"}`), "r1 complained 1772366400 abuse"},
		{"ses", ses("Delivery", `,"delivery":{"timestamp":"2026-03-01T12:00:00.000Z"}`), "r1 delivered 1772366400 "},
		{"ses", ses("Send", ""), ""},
		{
			"sendgrid", `[{"event":"delivered","ref":"r1","timestamp":1772366400},{"event":"processed","ref":"r1"},
			{"event":"bounce","type":"bounce","reason":"550 5.1.1","ref":"r2","timestamp":1772366400},{"event":"bounce","type":"blocked","reason":"x","ref":"r3","timestamp":1772366400},
			{"event":"spamreport","ref":"r4","timestamp":1772366400}]`,
			"r1 delivered 1772366400 , r2 bounced 1772366400 550 5.1.1, r3 lost 1772366400 x, r4 complained 1772366400 ",
		},
		{"postmark", `{"RecordType":"Bounce","Type":"HardBounce","Metadata":{"ref":"r1"},"BouncedAt":"2026-03-01T12:00:00Z"}`, "r1 bounced 1772366400 HardBounce"},
		{"postmark", `{"RecordType":"Bounce","Type":"SoftBounce","Metadata":{"ref":"r1"},"BouncedAt":"2026-03-01T12:00:00Z"}`, "r1 lost 1772366400 SoftBounce"},
		{"postmark", `{"RecordType":"Delivery","Metadata":{"ref":"r1"},"DeliveredAt":"2026-03-01T12:00:00Z"}`, "r1 delivered 1772366400 "},
	} {
		i := &delivertest.Inbox{}
		h, err := esp.New(esp.Options{Provider: c.provider, Key: key, Inbox: i})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, post(t, h, "/events/"+key, c.body))
		var got []string
		for _, r := range i.Reports() {
			got = append(got, fmt.Sprintf("%s %s %d %s", r.Ref, r.Outcome, r.At.Time().Unix(), r.Detail))
		}
		require.Equal(t, c.want, strings.Join(got, ", "), c.body)
	}
}

func TestOnlyWhoKnowsTheAddressIsBelieved(t *testing.T) {
	t.Parallel()
	i := &delivertest.Inbox{}
	h, err := esp.New(esp.Options{Provider: "postmark", Key: key, Inbox: i})
	require.NoError(t, err)
	for _, path := range []string{"/", "/events/", "/events/" + key + "x", "/events/0123"} {
		require.Equal(t, http.StatusNotFound, post(t, h, path, `{"RecordType":"Delivery","Metadata":{"ref":"r1"}}`))
	}
	require.Empty(t, i.Reports())
	require.Equal(t, http.StatusBadRequest, post(t, h, "/events/"+key, `not json`))
	i.Fail(errors.New("the disk is full"))
	require.Equal(t, http.StatusServiceUnavailable, post(t, h, "/events/"+key, `{"RecordType":"Delivery","Metadata":{"ref":"r1"}}`))
	_, err = esp.New(esp.Options{Provider: "postmark", Key: "short", Inbox: i})
	require.Error(t, err)
	_, err = esp.New(esp.Options{Provider: "pigeon", Key: key, Inbox: i})
	require.Error(t, err)
}

func TestASubscriptionIsConfirmedAtAmazonOnly(t *testing.T) {
	t.Parallel()
	h, err := esp.New(esp.Options{Provider: "ses", Key: key, Inbox: &delivertest.Inbox{}})
	require.NoError(t, err)
	for _, address := range []string{"http://sns.eu-west-1.amazonaws.com/x", "https://amazonaws.com.evil.example/x", "https://127.0.0.1/x"} {
		require.Equal(t, http.StatusBadRequest, post(t, h, "/events/"+key, `{"Type":"SubscriptionConfirmation","SubscribeURL":"`+address+`"}`), address)
	}
}
