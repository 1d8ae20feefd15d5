package render

import (
	"encoding/xml"
	"net/url"
	"strings"
)

// Voice is what a phone says and takes.
type Voice struct {
	SSML    string `json:"ssml"` // Speech Synthesis Markup Language 1.1
	Text    string `json:"text"` // the same without marks, a sentence or choice a line
	Locale  string `json:"locale,omitempty"`
	Choices []Next `json:"choices,omitempty"` // by Key and by Words
}

// Voice renders a call: the headline, the text, the facts, then each choice with its
// key and its word. Where Links.Unsubscribe is set, the last choice is
// StopPayload. A link cannot be followed by ear: its website is named.
func (in Input) Voice() Voice {
	c := in.Content
	w := wordsOf(c.Locale)
	next := in.Next()
	out := Voice{Locale: c.Locale}
	out.Choices, _ = split(next)
	said := []string{sentence(c.Subject)}
	said = append(said, strings.Split(spoken(c.Text), "\n")...)
	for _, f := range c.Facts {
		said = append(said, sentence(f.Label+": "+f.Value))
	}
	var offered []string
	for _, n := range next {
		switch {
		case n.Payload != "" && n.Key != "":
			if !n.Said {
				word := n.Key // of a label without letters
				if len(n.Words) > 0 {
					word = n.Words[len(n.Words)-1]
				}
				offered = append(offered, fill(w.press, "{label}", n.Label, "{key}", n.Key, "{word}", word))
			}
		case n.URL != "":
			offered = append(offered, fill(w.visit, "{label}", n.Label, "{host}", n.host))
		}
	}
	if in.Links.Unsubscribe != "" {
		stop := Next{Label: w.noMore, Payload: StopPayload, Key: stopKey, Words: []string{"stop"}}
		out.Choices = append(out.Choices, stop)
		offered = append(offered, fill(w.stopKey, "{key}", stopKey))
	}
	out.Text = lines(append(said, offered...)...)
	out.SSML = ssml(c.Locale, said, offered)
	return out
}

// sentence ends s as a sentence, so that it is read as one.
func sentence(s string) string {
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// ssml writes paragraphs, and the choices after a pause each.
func ssml(locale string, said, offered []string) string {
	if locale == "" {
		locale = "en"
	}
	var b strings.Builder
	b.WriteString(`<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="` + xmlText(locale) + `">`)
	for _, s := range said {
		if s = paragraph(s); s != "" {
			b.WriteString("<p>" + xmlText(s) + "</p>")
		}
	}
	for _, s := range offered {
		b.WriteString(`<break time="400ms"/><s>` + xmlText(paragraph(s)) + "</s>")
	}
	b.WriteString("</speak>")
	return b.String()
}

// xmlText escapes s; what XML cannot hold becomes U+FFFD.
func xmlText(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}
