package lint_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/message/lint"
	"github.com/rapporthq/rapport/internal/message/render"
)

const shop = `
workspace: {name: Shop, currency: EUR, locales: [en, fr]}
map: {stages: [{id: new}]}
channels: [{id: email, from: shop@shop.example}, {id: sms, from: "+15550100"}, {id: whatsapp, from: "+15550100"}, {id: voice, from: "+15550100"}, {id: push}]
`

const good = `
messages:
  - id: m
    channels: [email, sms, push]
    appeal: logos
    headline: Your plan renews
    body: It goes on by itself.
    next_steps: [{label: Keep it, reply: keep}]
    locales: {fr: {headline: Votre offre, body: Elle continue.}}
`

func findings(t *testing.T, yaml string) []lint.Finding {
	t.Helper()
	ws, err := definition.Compile([]byte(yaml))
	require.NoError(t, err)
	return lint.Workspace(ws)
}

func TestAGoodMessageHasNoFindings(t *testing.T) {
	t.Parallel()
	require.Empty(t, findings(t, shop+good))
}

// TestEachFindingIsFound spoils the good message in one way at a time.
func TestEachFindingIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, from, to string
		want           string // of one finding
		only           bool   // there is no other
	}{
		{"broken Liquid", "It goes on", "It {{ goes | on", "error: m, body:", true},
		{"a snippet that is none", "It goes on by itself.", "\"{% render 'none' %}\"", "error: m, body:", true},
		{"no French", "locales: {fr: {headline: Votre offre, body: Elle continue.}}", "topic:", "warning: m, fr: there is no variant in this language", true},
		{"a conversation that is none", "reply: keep", "conversation: keep", `error: m, next_steps[0].conversation: there is no conversation "keep"`, true},
		{"a word of the carriers'", "reply: keep", "reply: keep, keyword: STOP", "error: m, next_steps[0].keyword: STOP means something", true},
		{"a word twice", "{label: Keep it, reply: keep}", "{label: Keep it, reply: keep, keyword: YES}, {label: Do not, reply: not, keyword: YES}", "YES is the word of step 1 already", true},
		{"a phrase of spam", "It goes on", "Click here! It goes on", `warning: m, body: it says "click here", as spam does`, true},
		{"capitals", "Your plan renews", "YOUR PLAN RENEWS NOW", "warning: m, headline: it is in capitals", true},
		{"shouting", "Your plan renews", "Your plan renews!!", "warning: m, headline: it shouts", true},
		{"a picture without words", "body: It", "picture: {url: \"https://shop.example/a.png\"}\n    body: It", "picture.alt: the picture says nothing", false},
		{"a picture in the text without words", "It goes on", "See ![](https://shop.example/a.png) it goes on", "warning: m, body: a picture says nothing", true},
		{"a relative link", "It goes on", "See [it](/plan) go on", `error: m, body: the link "/plan" leads nowhere`, true},
		{"a link that is somebody's data", "It goes on by itself.", `"[It]({{ site }}/x) goes on"`, "leads nowhere", false},
		{"a long text message", "by itself.", strings.Repeat("on and on ", 60), "warning: m, sms, body: it takes 5 segments", false},
		{"a very long text message", "by itself.", strings.Repeat("on and on ", 200), "error: m, sms, body: it takes", false},
		{"typeset quotes", "It goes on by itself.", strings.Repeat("It’s on. ", 16), "advice: m, sms, body: characters outside of the 7-bit alphabet make it 2 segments longer; replace ’ by '", false},
		{"a long push", "by itself.", strings.Repeat("on and on ", 20), "warning: m, push, body: it has", false},
		{"a long subject", "Your plan renews", "Your plan renews in a week and goes on for a year unless you say so", "advice: m, email, headline: the subject has", false},
		{"a letter that Gmail clips", "by itself.", "{% for i in (1..40) %}" + strings.Repeat("on and on ", 300) + "{% endfor %}", "error: m, email, body: the letter has", false},
		{"links on the phone", "channels: [email, sms, push]", "channels: [voice]", "", true},
		{"no template", "channels: [email, sms, push]", "channels: [whatsapp]", "warning: m, whatsapp, template: WhatsApp takes it only within 24 hours", false},
		{"a colour that cannot be read", "messages:", "brand: {accent: \"#ffdd55\"}\nmessages:", "warning: brand.accent: links on white have a contrast of 1.3", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, good, c.from)
			got := findings(t, shop+strings.Replace(good, c.from, c.to, 1))
			if c.want == "" {
				require.Empty(t, got)
				return
			}
			var lines []string
			for _, f := range got {
				lines = append(lines, f.String())
				require.NotEmpty(t, f.Mend)
			}
			require.Contains(t, strings.Join(lines, "\n"), c.want)
			if c.only {
				require.Len(t, got, 1, "%v", lines)
			}
		})
	}
	onlyLink := strings.NewReplacer("channels: [email, sms, push]", "channels: [voice]", "reply: keep", `url: "https://shop.example/"`).Replace(good)
	require.Equal(t, "link-only", findings(t, shop+onlyLink)[0].Code)
}

func TestWhatIsUnknownOfAPersonIsAFinding(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(shop + strings.Replace(good, "body: It goes on by itself.", `body: "Dear {{ first_name }}, it goes on."`, 1)))
	require.NoError(t, err)
	m := ws.AllMessages()[0]
	r, err := message.ComposeFull(m.By("email"), message.Vars{Workspace: message.Of(ws)})
	require.NoError(t, err)
	got := lint.Missing(r.Missing)
	require.Len(t, got, 1)
	require.Contains(t, got[0].String(), "{{ first_name }} is not known of this person")
	require.Empty(t, lint.Rendered(render.Input{Content: r.Content}.For("email")))
}
