package render

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rapporthq/rapport/internal/definition"
)

// StopPayload is what is sent back for no more of these, where a channel offers
// that as a choice: the 9 of a phone.
const StopPayload = "stop"

// stopKey is the key that means StopPayload on the phone.
const stopKey = "9"

// Next is a next step, or an answer to a question, as channels offer it.
type Next struct {
	Label string `json:"label"`

	// URL is where a link leads. A step that has both it and a Payload is a link only
	// where the channel has no buttons of its own.
	URL string `json:"url,omitempty"`

	// Payload is what its button sends back, for event.ReadPayload. Empty: it is only
	// a link.
	Payload string `json:"payload,omitempty"`

	Keyword string   `json:"keyword,omitempty"` // in a text message, in capitals
	Key     string   `json:"key,omitempty"`     // on the phone, one digit
	Words   []string `json:"words,omitempty"`   // on the phone, any of these when spoken

	// Said tells that the text names it already, as that of a question does.
	Said bool `json:"said,omitempty"`

	host string // of the author's own URL
}

// Next returns the answers and the next steps of the content, in their order.
func (in Input) Next() []Next {
	var out []Next
	authored := in.Content.Steps()
	for _, o := range in.Content.Options { // first: the text names their keys
		out = append(out, Next{Label: o.Label, Payload: o.ID, Said: true})
	}
	for i, s := range in.linked() {
		out = append(out, Next{Label: s.Label, URL: s.URL, host: host(authored[i].URL), Payload: s.Payload(), Keyword: s.Keyword, Words: s.Say})
	}
	number(out)
	return out
}

// number gives each that is answered its key, its word and its spoken words. All
// differ.
func number(ns []Next) {
	taken := map[string]bool{}
	for _, word := range ReservedWords() {
		taken[word] = true
	}
	for _, n := range ns {
		taken[n.Keyword] = true
	}
	keys := 0
	for i := range ns {
		n := &ns[i]
		if n.Payload == "" {
			continue
		}
		if keys++; keys < 9 { // 9 is StopPayload's, and a phone has no more
			n.Key = strconv.Itoa(keys)
		}
		if n.Keyword == "" {
			n.Keyword = keyword(n.Label, taken)
			if n.Keyword == "" {
				n.Keyword = strconv.Itoa(keys)
			}
		}
		taken[n.Keyword] = true
		n.Words = spokenWords(*n)
	}
}

// ReservedWords mean something to carriers and to us (CTIA Messaging Principles
// 2023, section 5.1.2), in English, which carriers act on whatever the language.
func ReservedWords() []string {
	return []string{"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE", "START", "UNSTOP", "HELP", "INFO"}
}

// keyword is the first word of label that says something and is free.
func keyword(label string, taken map[string]bool) string {
	for _, w := range strings.FieldsFunc(label, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		w = strings.ToUpper(w)
		if len([]rune(w)) > 2 && !taken[w] {
			return w
		}
	}
	return ""
}

func spokenWords(n Next) []string {
	words := append([]string{n.Label}, n.Words...)
	if _, err := strconv.Atoi(n.Keyword); err != nil {
		words = append(words, n.Keyword)
	}
	seen := map[string]bool{}
	var out []string
	for _, w := range words {
		if w = heard(w); w != "" && !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// heard is s as speech recognition gives it: small letters, no punctuation, no
// accents that a keyboard may not have.
func heard(s string) string {
	words := strings.FieldsFunc(strings.ToLower(plainLetters(s)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
	return strings.Join(words, " ")
}

// Match finds what an answer in words means: a key, a keyword, the label or a
// spoken word, alone; else the only one of which a word is somewhere in it.
func Match(ns []Next, answer string) (Next, bool) {
	said := heard(answer)
	if said == "" {
		return Next{}, false
	}
	for _, n := range ns {
		if n.Payload == "" {
			continue
		}
		if said == n.Key || said == heard(n.Keyword) || said == heard(n.Label) {
			return n, true
		}
		if slices.Contains(n.Words, said) {
			return n, true
		}
	}
	var found []Next
	for _, n := range ns {
		for _, w := range n.Words {
			if n.Payload != "" && strings.Contains(" "+said+" ", " "+w+" ") {
				found = append(found, n)
				break
			}
		}
	}
	if len(found) != 1 {
		return Next{}, false
	}
	return found[0], true
}

// split tells those of ns that an answer takes from those that are only links.
func split(ns []Next) (answered, links []Next) {
	for _, n := range ns {
		if n.Payload != "" {
			answered = append(answered, n)
		} else if n.URL != "" {
			links = append(links, n)
		}
	}
	return answered, links
}

// direction is that in which a locale is written: ltr or rtl.
func direction(locale string) string {
	switch definition.Language(locale) {
	case "ar", "he", "fa", "ur", "yi", "ps", "sd", "dv":
		return "rtl"
	default:
		return "ltr"
	}
}
