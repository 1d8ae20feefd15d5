package render_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
	"github.com/rapporthq/rapport/internal/message/render"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestOneMessageInEveryChannelReadsAsScripted renders the message of each script on
// every channel that it may go by.
func TestOneMessageInEveryChannelReadsAsScripted(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, file := range scripts {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(file)
			require.NoError(t, err)
			in := map[string]string{}
			var kept []txtar.File
			for _, f := range ar.Files {
				in[f.Name] = string(f.Data)
				if !strings.HasPrefix(f.Name, "want ") {
					kept = append(kept, f)
				}
			}
			got := everyChannel(t, in["definitions.yaml"], in["person.json"])
			if *update {
				ar.Files = append(kept, got...)
				require.NoError(t, os.WriteFile(file, txtar.Format(ar), 0o600))
				return
			}
			for _, f := range got {
				require.Empty(t, cmp.Diff(in[f.Name], string(f.Data)), "%s of %s; if it is right, run again with -update", f.Name, file)
			}
		})
	}
}

func everyChannel(t *testing.T, yaml, traits string) (out []txtar.File) {
	t.Helper()
	ws, err := definition.Compile([]byte(yaml))
	require.NoError(t, err)
	m := ws.AllMessages()[0].Message
	require.Empty(t, message.Check(m, message.Of(ws)))
	vars := message.Vars{Now: event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), Workspace: message.Of(ws)}
	require.NoError(t, json.Unmarshal([]byte(traits), &vars.Traits))
	for _, channel := range m.Channels {
		c, err := message.Compose(m.By(channel), vars)
		require.NoError(t, err)
		in := render.Input{Content: c, Sender: "Meridian", Links: message.Links{
			Step: "https://m.example/c/T", More: []string{"", "https://m.example/c/U"}, Unsubscribe: "https://m.example/u/T",
		}}
		r := in.For(channel)
		out = append(out, txtar.File{Name: "want " + channel, Data: []byte(printed(t, r))})
	}
	return out
}

// printed is a rendering as a person reads it, and what else there is as JSON.
func printed(t *testing.T, r render.Rendering) string {
	t.Helper()
	var b strings.Builder
	show := func(what, text string) { fmt.Fprintf(&b, "%s:\n%s\n", what, strings.TrimRight(text, "\n")) }
	switch {
	case r.Email != nil:
		show("text", r.Email.Text)
		r.Email.Text = ""
		_, body, _ := strings.Cut(r.Email.HTML, "<h1")
		show("html from the headline on", "<h1"+body)
		r.Email.HTML = ""
	case r.SMS != nil:
		show("text", r.SMS.Text)
		r.SMS.Text = ""
	case r.WhatsApp != nil:
		show("text", r.WhatsApp.Text)
		r.WhatsApp.Text = ""
	case r.Chat != nil:
		show("plain", r.Chat.Plain)
		r.Chat.Plain = ""
	case r.Voice != nil:
		show("said", r.Voice.Text)
		show("ssml", r.Voice.SSML)
		r.Voice.Text, r.Voice.SSML = "", ""
	case r.Push != nil && r.Channel == "push":
		show("apns", string(r.Push.APNs()))
		show("fcm", string(r.Push.FCM()))
	case r.Push != nil:
		show("payload", string(r.Push.Web()))
	}
	rest, err := json.MarshalIndent(r, "", " ")
	require.NoError(t, err)
	show("rest", strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(rest)))
	return b.String()
}

// TestANextStepIsTheSameOnEveryChannel: whatever is pressed, typed, keyed or said,
// the same comes back.
func TestANextStepIsTheSameOnEveryChannel(t *testing.T) {
	t.Parallel()
	in := render.Input{Content: event.Content{
		Subject: "Your plan", Text: "It renews.", NextStep: event.Step{Label: "Change my plan", Conversation: "change-plan", Say: []string{"another one"}},
		More: []event.Step{{Label: "Stop it", Reply: "stop-it"}, {Label: "Change my address", Conversation: "move"}},
	}}
	sms, wa, chat, voice, card := in.SMS(), in.WhatsApp(), in.Chat(), in.Voice(), in.Card()
	want := []string{"begin:change-plan", "reply:stop-it", "begin:move"}
	for i, payload := range want {
		for _, n := range []render.Next{sms.Next[i], wa.Buttons[i], chat.Replies[i], voice.Choices[i], card.Next[i]} {
			require.Equal(t, payload, n.Payload)
		}
		n := sms.Next[i]
		for _, answer := range append([]string{n.Keyword, " " + strings.ToLower(n.Keyword) + "! ", n.Label, n.Key}, n.Words...) {
			got, ok := render.Match(in.Next(), answer)
			require.True(t, ok, answer)
			require.Equal(t, payload, got.Payload, answer)
		}
	}
	require.NotContains(t, render.ReservedWords(), sms.Next[1].Keyword, "a word that carriers act on is never given out")
	require.NotEqual(t, sms.Next[0].Keyword, sms.Next[2].Keyword)
	got, ok := render.Match(in.Next(), "well, I would like another one please")
	require.True(t, ok)
	require.Equal(t, want[0], got.Payload)
	for _, answer := range []string{"", "?!", "4", "no idea"} {
		_, ok := render.Match(in.Next(), answer)
		require.False(t, ok, answer)
	}
	begins, choice := event.ReadPayload(want[0])
	require.Equal(t, []string{"change-plan", ""}, []string{begins, choice})
	begins, choice = event.ReadPayload("an-option")
	require.Equal(t, []string{"", "an-option"}, []string{begins, choice})
}

// slowly counts segments by filling them one character at a time, of the octets
// that are really sent.
func slowly(text string) (enc render.Encoding, units, segments int) {
	septets := func(r rune) int {
		switch {
		case r >= ' ' && r <= '_' && !strings.ContainsRune("`[\\]^", r), r >= 'a' && r <= 'z', strings.ContainsRune("£¥èéùìòÇ\nØø\rÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà", r):
			return 1
		case strings.ContainsRune("^{}\\[~]|€\f", r):
			return 2
		}
		return 0
	}
	enc = render.GSM7
	for _, r := range text {
		if septets(r) == 0 {
			enc = render.UCS2
		}
	}
	var sizes []int
	for _, r := range text {
		n := septets(r)
		if enc == render.UCS2 {
			n = 1
			if r > 0xFFFF {
				n = 2
			}
		}
		sizes = append(sizes, n)
		units += n
	}
	alone, joined := 160, 153
	if enc == render.UCS2 {
		alone, joined = 70, 67
	}
	if units == 0 {
		return enc, 0, 0
	}
	if units <= alone {
		return enc, units, 1
	}
	for i := 0; i < len(sizes); segments++ {
		for in := 0; i < len(sizes) && in+sizes[i] <= joined; i++ {
			in += sizes[i]
		}
	}
	return enc, units, segments
}

func TestSegmentsAreWhatASlowCountMakesOfThem(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	alphabets := []string{"abc XYZ019@_", "ab€{}[]~|^\\", "äöüàÇØ", "ab’", "a😀", "ж", "abcç", "\n\r\fa"}
	for range 20_000 {
		var b strings.Builder
		mixed := []rune(alphabets[rnd.IntN(len(alphabets))] + "abcdefgh")
		if rnd.IntN(3) == 0 {
			mixed = append(mixed, []rune(alphabets[rnd.IntN(len(alphabets))])...)
		}
		for range rnd.IntN(480) {
			b.WriteRune(mixed[rnd.IntN(len(mixed))])
		}
		text := b.String()
		enc, units, segments := slowly(text)
		gotEnc, gotUnits, gotSegments := render.Segments(text)
		require.Equal(t, []any{enc, units, segments}, []any{gotEnc, gotUnits, gotSegments}, "%q, seed %d", text, seed)
	}
}

func TestSegmentsAtTheirEdges(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"": 0, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 306): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2,
		strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152): 3, // the euro does not fit into the first
		strings.Repeat("ж", 70):                                   1, strings.Repeat("ж", 71): 2, strings.Repeat("😀", 35): 1, strings.Repeat("😀", 66): 2, strings.Repeat("😀", 67): 3,
	} {
		_, _, got := render.Segments(text)
		require.Equal(t, want, got, "%.20q of %d", text, len(text))
	}
}

func TestTransliterationSaysWhatItReplacesAndStaysWithinTheAlphabet(t *testing.T) {
	t.Parallel()
	plain, subs := render.Transliterate("“Čau”, it’s Zoë… 😀")
	require.Equal(t, `"Cau", it's Zoe... 😀`, plain)
	require.Equal(t, []render.Substitution{
		{From: "“", To: `"`, Count: 1},
		{From: "Č", To: "C", Count: 1},
		{From: "”", To: `"`, Count: 1},
		{From: "’", To: "'", Count: 1},
		{From: "ë", To: "e", Count: 1},
		{From: "…", To: "...", Count: 1},
		{From: "😀", Count: 1},
	}, subs)
	sms := render.Input{Content: event.Content{Text: strings.Repeat("Zoë’s order. ", 8)}}.SMS()
	require.Equal(t, render.UCS2, sms.Encoding)
	require.Equal(t, 2, sms.Segments)
	require.Equal(t, 1, sms.Saves)
}

// TestPushesFitWhateverTheyHold holds payloads to the services' limits.
func TestPushesFitWhateverTheyHold(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"a", "é", "😀", `"`, "<", "\n"} {
		for _, n := range []int{0, 1, 100, 2000, 5000, 20_000} {
			long := strings.Repeat(unit, n)
			link := "https://m.example/" + strings.Repeat("x", min(n, 900))
			in := render.Input{Content: event.Content{
				Subject: long, Text: "x" + long, Picture: event.Picture{URL: link}, NextStep: event.Step{Label: long, URL: link},
				More: []event.Step{{Label: "b", URL: link}, {Label: "c", Conversation: "c"}},
			}}
			p := in.Push()
			require.LessOrEqual(t, len(p.APNs()), 4096)
			require.LessOrEqual(t, len(p.FCM()), 4096)
			w := in.WebPush()
			require.LessOrEqual(t, len(w.Web()), 3993)
			require.True(t, json.Valid(w.Web()) && json.Valid(p.APNs()) && json.Valid(p.FCM()))
			require.NotEmpty(t, p.Body)
		}
	}
}

func TestSSMLIsWellFormedWhateverIsSaid(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{"<break/>", "a & b", `"'`, "]]>", "\x00\x08", "😀", "</speak>", "\ufffe", string([]byte{0xff, 0xfe})} {
		v := render.Input{Content: event.Content{
			Subject: evil, Text: evil + "\n\n" + evil, Locale: "en-GB", Facts: []event.Fact{{Label: evil, Value: evil}},
			NextStep: event.Step{Label: evil, Conversation: "x", Say: []string{evil}}, More: []event.Step{{Label: evil, URL: "https://shop.example/a"}},
		}, Links: message.Links{Unsubscribe: "https://m.example/u"}}.Voice()
		d := xml.NewDecoder(strings.NewReader(v.SSML))
		depth, names := 0, map[string]bool{}
		for {
			tok, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, "%q", v.SSML)
			switch tok := tok.(type) {
			case xml.StartElement:
				depth++
				names[tok.Name.Local] = true
			case xml.EndElement:
				depth--
			}
		}
		require.Zero(t, depth)
		for name := range names {
			require.Contains(t, []string{"speak", "p", "s", "break"}, name)
		}
		require.Equal(t, render.StopPayload, v.Choices[len(v.Choices)-1].Payload)
	}
}

func TestALetterIsWholeWithAndWithoutLinks(t *testing.T) {
	t.Parallel()
	c := event.Content{Subject: "Hello", Text: "Hello there.", HTML: "<p>Hello there.</p>", NextStep: event.Step{Label: "Go on", URL: "https://shop.example/"}}
	e := render.Input{Content: c, Sender: `A & "B"`}.Email()
	require.Contains(t, e.Text, "Go on:\nhttps://shop.example/\n", "the next step stands on its own line")
	require.NotContains(t, e.Text, "No more")
	require.Contains(t, e.HTML, `href="https://shop.example/"`)
	require.Contains(t, e.HTML, "Sent by A &amp; &#34;B&#34;.")
	require.NotContains(t, e.HTML, "No more")

	e = render.Input{Content: c, Links: message.Links{Step: "https://r.example/m/c/T?a=1&b=2", Unsubscribe: "https://r.example/m/u/T"}}.Email()
	require.Contains(t, e.Text, "\nhttps://r.example/m/c/T?a=1&b=2\n")
	require.Contains(t, e.Text, "No more of these: https://r.example/m/u/T\n")
	require.Contains(t, e.HTML, `href="https://r.example/m/c/T?a=1&amp;b=2"`)
	require.NotContains(t, e.HTML, "shop.example")
}

// TestAGrantOfBeforeIsStillALetter renders what a grant held when a message was a
// subject, a text and one link.
func TestAGrantOfBeforeIsStillALetter(t *testing.T) {
	t.Parallel()
	var g event.GrantBody
	require.NoError(t, json.Unmarshal([]byte(`{"delivery":"d","session":"s","channel":"email","to":"a@b.example",
		"content":{"subject":"Hi","text":"There","html":"<p>There</p>","next_step":{"label":"Go","url":"https://shop.example/"}}}`), &g))
	e := render.Input{Content: g.Content, Sender: "Shop"}.Email()
	require.Equal(t, "There\n\nGo:\nhttps://shop.example/\n\n-- \nSent by Shop.\n", e.Text)
	require.Contains(t, e.HTML, `<html lang="en" dir="ltr">`)
}

func TestWhatsAppKeepsToItsButtons(t *testing.T) {
	t.Parallel()
	for n := range 14 {
		c := event.Content{Subject: "Which?", Text: strings.Repeat("long ", 1000)}
		for i := range n {
			c.Options = append(c.Options, event.Option{ID: fmt.Sprint("o", i), Label: fmt.Sprintf("A label that is rather long %d", i)})
		}
		w := render.Input{Content: c}.WhatsApp()
		require.LessOrEqual(t, len(w.Buttons), 3)
		require.Equal(t, n > 3 && n <= 10, w.List != nil, n)
		limit := 4096
		if n > 0 && n <= 10 {
			limit = 1024
		}
		require.LessOrEqual(t, len([]rune(w.Text)), limit, n)
		for _, b := range w.Buttons {
			require.LessOrEqual(t, len([]rune(b.Label)), 20)
		}
	}
}

func TestContrastIsThatOfTheStandard(t *testing.T) {
	t.Parallel()
	require.InDelta(t, 21, render.Contrast("#000000", "#ffffff"), 1e-9)
	require.InDelta(t, 1, render.Contrast("#1f5fbf", "#1f5fbf"), 1e-9)
	require.InDelta(t, 4.48, render.Contrast("#777777", "#ffffff"), 0.01) // WCAG's own example of just too little
	for _, accent := range []string{"#ffff00", "#0b6e4f", "#ffffff", "#e02020", "#000000"} {
		b := render.Complete(event.Brand{Accent: accent})
		require.GreaterOrEqual(t, render.Contrast(b.Accent, b.OnAccent), render.Readable, accent)
	}
}
