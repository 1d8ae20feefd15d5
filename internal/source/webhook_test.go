package source_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/source"
)

const hookMap = `
format: json
columns: [user, at]
identity: {user_id: user}
event: Paid
time: {column: at, layout: unix}
`

// hooked is a directory with a webhook source and a browser source.
func hooked(t *testing.T, journal *recorder) (*source.Directory, source.NewKey) {
	t.Helper()
	d := source.NewDirectory(event.SourcesBody{}, sealing(journal))
	_, key, err := d.Add(t.Context(), source.Draft{Name: "Billing", Kind: event.WebhookSource}, "ada")
	require.NoError(t, err)
	_, _, err = d.Add(t.Context(), shop(), "ada")
	require.NoError(t, err)
	return d, key
}

func sealing(journal *recorder) source.DirectoryOptions {
	return source.DirectoryOptions{Appender: journal, Sealing: []byte("the key of this data folder"), Now: func() event.Instant { return noon }}
}

// signedBy sets the webhook's signature and returns its check.
func signedBy(t *testing.T, d *source.Directory, sig source.SignatureDraft) func(http.Header, []byte, time.Time) error {
	t.Helper()
	_, err := d.SetWebhook(t.Context(), "billing", source.WebhookDraft{Map: hookMap, Signature: sig}, "ada")
	require.NoError(t, err)
	h, open, found := d.Hook("billing")
	require.True(t, found)
	require.False(t, open, "an id opens nothing by itself")
	require.NotNil(t, h.Verify)
	return h.Verify
}

func TestAWebhookIsFoundByItsKeyAndByItsSource(t *testing.T) {
	t.Parallel()
	d, key := hooked(t, &recorder{})
	_, _, found := d.Hook(key.WriteKey)
	require.False(t, found, "there is no map yet")
	s, err := d.SetWebhook(t.Context(), "billing", source.WebhookDraft{Map: hookMap}, "ada")
	require.NoError(t, err)
	require.Equal(t, "/v1/webhooks/billing", s.Webhook.Path)
	require.Equal(t, 200, s.Webhook.RefuseWith, "most senders repeat what is refused")
	h, open, found := d.Hook(key.WriteKey)
	require.True(t, found)
	require.True(t, open)
	require.Nil(t, h.Verify)
	_, err = d.Revoke(t.Context(), "billing", key.ID, "", "ada")
	require.NoError(t, err)
	_, _, found = d.Hook(key.WriteKey)
	require.False(t, found)
}

func TestAPlainSignatureIsThatOfTheBody(t *testing.T) {
	t.Parallel()
	d, _ := hooked(t, &recorder{})
	body := []byte(`{"user":"u1"}`)
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write(body)
	sum := mac.Sum(nil)
	for _, c := range []struct {
		sig  source.SignatureDraft
		text string
	}{
		{source.SignatureDraft{Scheme: source.HMAC, Header: "X-Hub-Signature-256", Prefix: "sha256=", Secret: "s3cret"}, "sha256=" + hex.EncodeToString(sum)},
		{source.SignatureDraft{Scheme: source.HMAC, Header: "X-Shop-Hmac-SHA256", Encoding: source.Base64, Secret: "s3cret"}, base64.StdEncoding.EncodeToString(sum)},
	} {
		verify := signedBy(t, d, c.sig)
		h := http.Header{}
		h.Set(c.sig.Header, c.text)
		require.NoError(t, verify(h, body, noon.Time()))
		require.True(t, fault.Is(verify(h, append(body, ' '), noon.Time()), fault.Unauthorized))
		for _, wrong := range []string{"", c.sig.Prefix, c.text[:len(c.text)-2], "x" + c.text, strings.Repeat("0", 64)} {
			h.Set(c.sig.Header, wrong)
			require.True(t, fault.Is(verify(h, body, noon.Time()), fault.Unauthorized), wrong)
		}
	}
}

// The vector is that of the Standard Webhooks reference libraries.
func TestStandardWebhooksAreVerified(t *testing.T) {
	t.Parallel()
	d, _ := hooked(t, &recorder{})
	verify := signedBy(t, d, source.SignatureDraft{Scheme: source.StandardWebhooks, Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
	body, at := []byte(`{"test": 2432232314}`), time.Unix(1614265330, 0)
	h := http.Header{}
	h.Set("Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("Webhook-Timestamp", "1614265330")
	h.Set("Webhook-Signature", "v1,bm9ldHUjKzFob2VudXRob2VodWUzMjRvdWVvdW9ldQo= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	require.NoError(t, verify(h, body, at.Add(4*time.Minute)))
	require.ErrorContains(t, verify(h, body, at.Add(6*time.Minute)), "away from now")
	require.Error(t, verify(h, []byte(`{"test": 2432232315}`), at))
	h.Set("Webhook-Id", "msg_other")
	require.Error(t, verify(h, body, at))
	require.Error(t, verify(http.Header{}, body, at))
}

func TestTheSecretOfAWebhookIsKeptSealedAndNeverShown(t *testing.T) {
	t.Parallel()
	journal := &recorder{}
	d, _ := hooked(t, journal)
	sig := source.SignatureDraft{Scheme: source.HMAC, Header: "Signature", Secret: "very-s3cret"}
	signedBy(t, d, sig)
	text, err := json.Marshal([]any{d.List(), journal.last(t)})
	require.NoError(t, err)
	require.NotContains(t, string(text), "s3cret")
	require.NotContains(t, string(journal.events[len(journal.events)-1].Body), base64.StdEncoding.EncodeToString([]byte("very-s3cret"))[:10])

	sig.Secret = "" // the one that is set stays
	body := []byte("{}")
	mac := hmac.New(sha256.New, []byte("very-s3cret"))
	mac.Write(body)
	h := http.Header{}
	h.Set("Signature", hex.EncodeToString(mac.Sum(nil)))
	require.NoError(t, signedBy(t, d, sig)(h, body, noon.Time()))

	again := source.NewDirectory(journal.last(t), sealing(&recorder{})) // after a restart
	hook, _, _ := again.Hook("billing")
	require.NoError(t, hook.Verify(h, body, noon.Time()))
	o := sealing(&recorder{})
	o.Sealing = []byte("another data folder")
	hook, _, _ = source.NewDirectory(journal.last(t), o).Hook("billing")
	require.ErrorContains(t, hook.Verify(h, body, noon.Time()), "set it again")
}

func TestAWebhookThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	d, _ := hooked(t, &recorder{})
	for name, c := range map[string]struct {
		source string
		draft  source.WebhookDraft
		want   string
	}{
		"other kind": {"web-shop-eu", source.WebhookDraft{Map: hookMap}, "of kind browser"},
		"no map":     {"billing", source.WebhookDraft{}, ""},
		"of a file":  {"billing", source.WebhookDraft{Map: strings.Replace(hookMap, "format: json", "format: delimited", 1)}, "say format: json"},
		"grouped":    {"billing", source.WebhookDraft{Map: hookMap + "group_by: [user]\n"}, "remove group_by"},
		"bad map":    {"billing", source.WebhookDraft{Map: hookMap + "colour: red\n"}, "colour"},
		"no secret":  {"billing", source.WebhookDraft{Map: hookMap, Signature: source.SignatureDraft{Scheme: source.HMAC, Header: "X"}}, "secret"},
		"no header":  {"billing", source.WebhookDraft{Map: hookMap, Signature: source.SignatureDraft{Scheme: source.HMAC, Secret: "x"}}, "header"},
		"bad secret": {"billing", source.WebhookDraft{Map: hookMap, Signature: source.SignatureDraft{Scheme: source.StandardWebhooks, Secret: "x"}}, "whsec_"},
		"bad scheme": {"billing", source.WebhookDraft{Map: hookMap, Signature: source.SignatureDraft{Scheme: "md5"}}, "scheme"},
		"bad status": {"billing", source.WebhookDraft{Map: hookMap, RefuseWith: 500}, "refuse_with"},
	} {
		_, err := d.SetWebhook(t.Context(), c.source, c.draft, "ada")
		require.True(t, fault.Is(err, fault.Invalid), "%s: %v", name, err)
		require.ErrorContains(t, err, c.want, name)
	}
}
