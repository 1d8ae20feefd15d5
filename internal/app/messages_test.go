package app_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/config"
)

const speaking = `
workspace: {name: Shop, currency: EUR, locales: [en, fr]}
map: {stages: [{id: new}]}
channels: [{id: email, from: "Shop <shop@shop.example>"}, {id: sms, from: "+15550100"}, {id: voice, from: "+15550100"}]
messages:
  - id: hello
    channels: [email, sms, voice]
    appeal: ethos
    headline: 'Hello {{ first_name | default: "there" }}'
    body: Your plan is {{ plan }}.
    next_steps: [{label: Keep it, reply: keep}, {label: Read more, url: "https://shop.example/plans"}]
    locales: {fr: {headline: 'Bonjour {{ first_name }}', body: 'Votre offre : {{ plan }}.'}}
`

func TestAMessageIsShownAsARealPersonWouldGetItAndCountedForEverybody(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "shop.yaml"), []byte(speaking), 0o600))
	r := serve(t, config.Config{Data: t.TempDir(), Definitions: folder})
	identify := func(id, traits string) string {
		t.Helper()
		require.Equal(t, http.StatusOK, r.call(http.MethodPost, "/v1/identify", json.RawMessage(`{"userId":"`+id+`","traits":`+traits+`}`), nil))
		return r.person("user_id:" + id)
	}
	ada := identify("ada", `{"first_name":"Ada","plan":"Family","email":"ada@example.com"}`)
	zoe := identify("zoe", `{"first_name":"Zoé","locale":"fr-CA"}`)

	var list api.MessageList
	r.ok(http.MethodGet, "/api/v1/messages", nil, &list)
	require.Len(t, list.Messages, 1)
	require.Equal(t, []string{"en", "fr"}, list.Messages[0].Locales)
	require.Empty(t, list.Messages[0].Findings)

	var p api.MessagePreview
	r.ok(http.MethodPost, "/api/v1/messages/preview", api.MessagePreviewRequest{Key: "hello", Person: ada}, &p)
	require.Len(t, p.Channels, 3)
	require.Equal(t, "en", p.Locale)
	require.Equal(t, "ada@example.com", p.Channels[0].To)
	require.Empty(t, p.Channels[1].To, "no number is known")
	require.Equal(t, "Hello Ada", p.Channels[0].Rendering.Email.Subject)
	require.Contains(t, p.Channels[1].Rendering.SMS.Text, "Your plan is Family.")
	require.Equal(t, "1", p.Channels[2].Rendering.Voice.Choices[0].Key)

	r.ok(http.MethodPost, "/api/v1/messages/preview", api.MessagePreviewRequest{Key: "hello", Person: zoe}, &p)
	require.Equal(t, "Bonjour Zoé", p.Channels[0].Rendering.Email.Subject)
	require.Equal(t, "unknown-fact", p.Channels[0].Findings[0].Code)

	p = api.MessagePreview{}
	r.ok(http.MethodPost, "/api/v1/messages/preview", api.MessagePreviewRequest{Source: "id: draft\nchannel: email\nappeal: ethos\nbody: Hi", Person: ada}, &p)
	require.NotEmpty(t, p.Problems, "a draft without a headline and a next step")
	p = api.MessagePreview{}
	r.ok(http.MethodPost, "/api/v1/messages/preview", api.MessagePreviewRequest{
		Source: "id: draft\nchannel: email\nappeal: ethos\nheadline: Hi {{ first_name }}\nbody: Hi\nnext_step: {label: Go, url: \"https://shop.example/\"}", Person: ada,
	}, &p)
	require.Empty(t, p.Problems)
	require.Equal(t, "Hi Ada", p.Channels[0].Rendering.Email.Subject)

	var all api.MessageReport
	r.ok(http.MethodGet, "/api/v1/messages/people?key=hello", nil, &all)
	require.True(t, all.Whole)
	require.Equal(t, 2, all.People)
	require.Equal(t, []api.MessageLocale{{Locale: "en", Count: 1}, {Locale: "fr", Count: 1}}, all.Locales)
	require.Len(t, all.Troubles, 1, "one person's plan is not known, on three channels")
	require.Equal(t, 1, all.Troubles[0].Count)
	require.Equal(t, zoe, all.Troubles[0].People[0].ID)
	require.Equal(t, http.StatusNotFound, r.call(http.MethodGet, "/api/v1/messages/people?key=none", nil, nil))
}
