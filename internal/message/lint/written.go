package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message/render"
)

// Telegram's limit of what a button sends back (Bot API, "InlineKeyboardButton").
const telegramPayload = 64

// steps looks at where the next steps lead, and with which words.
func (l *linter) steps() {
	words := map[string]int{}
	for i, s := range l.m.NextSteps {
		part := fmt.Sprintf("next_steps[%d]", i)
		if s.Conversation != "" {
			if _, ok := l.ws.Conversation(s.Conversation); !ok {
				l.add(Finding{
					Severity: Error, Code: "nowhere", Part: part + ".conversation", What: fmt.Sprintf("there is no conversation %q", s.Conversation),
					Mend: "declare it under conversations, or name one that is there",
				})
			}
		}
		if slices.Contains(render.ReservedWords(), s.Keyword) {
			l.add(Finding{
				Severity: Error, Code: "keyword", Part: part + ".keyword", What: s.Keyword + " means something to carriers already",
				Mend: "choose another word",
			})
		}
		if at, taken := words[s.Keyword]; taken && s.Keyword != "" {
			l.add(Finding{
				Severity: Error, Code: "keyword", Part: part + ".keyword", What: fmt.Sprintf("%s is the word of step %d already", s.Keyword, at+1),
				Mend: "give each step a word of its own",
			})
		}
		words[s.Keyword] = i
		if n := len(s.Payload()); n > telegramPayload && slices.Contains(l.m.Channels, "telegram") {
			l.add(Finding{
				Severity: Error, Code: "too-long", Channel: "telegram", Part: part, What: fmt.Sprintf("its button sends %d bytes back; Telegram takes %d", n, telegramPayload),
				Mend: "give the conversation or the reply a shorter id",
			})
		}
	}
	l.heard()
}

// heard warns of calls in which the steps are nothing but links.
func (l *linter) heard() {
	const channel = "voice"
	if !slices.Contains(l.m.Channels, channel) {
		return
	}
	steps := l.m.Said("", channel).NextSteps
	if slices.ContainsFunc(steps, func(s event.Step) bool { return s.Payload() != "" }) {
		return
	}
	l.add(Finding{
		Severity: Warning, Code: "link-only", Channel: channel, Part: "next_steps", What: "nobody follows a link by ear, and every next step is one",
		Mend: "begin a conversation: next_step: {label, conversation}",
	})
}

// said looks at the words of one way of saying it.
func (l *linter) said(locale, channel string) {
	p := l.m.Said(locale, channel)
	at := func(f Finding) {
		f.Channel, f.Locale = channel, locale
		l.add(f)
	}
	for _, text := range [][2]string{{"headline", p.Headline}, {"body", p.Body}} {
		if trap := spamTrap(text[1]); trap != "" {
			at(Finding{Severity: Warning, Code: "spam", Part: text[0], What: trap + ", as spam does", Mend: "say it as you would to somebody whom you know"})
		}
	}
	if p.Picture.URL != "" && p.Picture.Alt == "" {
		at(Finding{Severity: Warning, Code: "no-alt", Part: "picture.alt", What: "the picture says nothing to those who do not see it", Mend: "write in alt what it shows"})
	}
	if image.MatchString(p.Body) {
		at(Finding{Severity: Warning, Code: "no-alt", Part: "body", What: "a picture says nothing to those who do not see it", Mend: "write what it shows between the brackets: ![A red kettle](https://...)"})
	}
	for _, found := range link.FindAllStringSubmatch(p.Body, -1) {
		if target := found[1]; !followed.MatchString(target) {
			at(Finding{
				Severity: Error, Code: "nowhere", Part: "body", What: fmt.Sprintf("the link %.80q leads nowhere: it has no written-out address", target),
				Mend: "begin it with https:// and a host, or mailto: or tel:",
			})
		}
	}
	if channel == "whatsapp" && p.Template.IsZero() {
		at(Finding{
			Severity: Warning, Code: "no-template", Part: "template", What: "WhatsApp takes it only within 24 hours after the person wrote",
			Mend: "name an approved template under on: whatsapp: template",
		})
	}
}

var (
	image    = regexp.MustCompile(`!\[\s*\]\(`)
	link     = regexp.MustCompile(`!?\[[^\]]*\]\(\s*<?([^)\s>]*)`)
	followed = regexp.MustCompile(`^(https?://[^\s/?#{}%@\\]+([/?#].*)?|mailto:.+|tel:.+)$`)
)

// spamTrap names what of text filters take for spam. Shouting and promises are
// the two that every rule set weighs (SpamAssassin's SUBJ_ALL_CAPS and
// its body rules).
func spamTrap(text string) string {
	plain := liquid.ReplaceAllString(text, " ")
	lower := " " + strings.Join(strings.FieldsFunc(strings.ToLower(plain), func(r rune) bool { return !unicode.IsLetter(r) && r != '%' && !unicode.IsDigit(r) }), " ") + " "
	for _, phrase := range trapPhrases() {
		if strings.Contains(lower, " "+phrase+" ") {
			return fmt.Sprintf("it says %q", phrase)
		}
	}
	if strings.Contains(plain, "!!") {
		return "it shouts with !!"
	}
	letters, capitals := 0, 0
	for _, r := range plain {
		if unicode.IsLetter(r) {
			letters++
		}
		if unicode.IsUpper(r) {
			capitals++
		}
	}
	if letters > 12 && capitals*10 > letters*7 {
		return "it is in capitals"
	}
	return ""
}

var liquid = regexp.MustCompile(`\{\{.*?\}\}|\{%.*?%\}`)

func trapPhrases() []string {
	return []string{
		"100% free", "act now", "buy now", "cash bonus", "click here", "congratulations you", "double your", "earn money", "extra income",
		"free money", "guaranteed winner", "limited time only", "lowest price", "make money", "money back guarantee", "no obligation",
		"no strings attached", "once in a lifetime", "risk free", "special promotion", "this is not spam", "urgent response", "while supplies last",
		"winner", "you have been selected",
	}
}

// Brand looks at whether the brand's colours can be read (WCAG 2.2, 1.4.3).
func Brand(ws *definition.Workspace) []Finding {
	b := render.Complete(ws.Brand)
	var out []Finding
	for _, pair := range []struct{ part, what, a, b string }{
		{"brand.on_accent", "the words on buttons", b.OnAccent, b.Accent},
		{"brand.accent", "links on white", b.Accent, "#ffffff"},
		{"brand.ink", "words on white", b.Ink, "#ffffff"},
	} {
		if c := render.Contrast(pair.a, pair.b); c < render.Readable {
			out = append(out, Finding{
				Severity: Warning, Code: "contrast", Part: pair.part, What: fmt.Sprintf("%s have a contrast of %.1f; people with weak eyes need %.1f", pair.what, c, render.Readable),
				Mend: "choose a darker or lighter colour",
			})
		}
	}
	return out
}
