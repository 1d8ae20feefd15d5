package conversation

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// Said is what a person said on a channel.
type Said struct {
	Channel string
	Address string
	Text    string // of an e-mail, without what it quotes
	Keys    string // on a phone
	Choice  string // id of a button
	Begins  string // id of the conversation that they want to begin, if any
}

// Silent reports whether nothing was said yet: somebody calls.
func (s Said) Silent() bool { return s.Text == "" && s.Keys == "" && s.Choice == "" }

// Heard is what a person said as the fold has it.
func Heard(b event.RepliedBody) Said {
	s := Said{Channel: b.Channel, Address: b.Address, Text: strings.TrimSpace(b.Text), Keys: strings.Trim(b.Keys, " #"), Choice: b.Choice, Begins: b.Begins}
	if MeansOf(b.Channel) == Letter {
		s.Text = Stripped(b.Text)
	}
	return s
}

// Frame is what answers are understood against.
type Frame struct {
	Today    time.Time // in the person's zone
	Currency string    // of amounts that name none
}

// mostText is how much of a text is an answer, in characters.
const mostText = 2000

// Understand returns the answer, as JSON, that said is to q; nil when it is none.
// options are those of q as they were shown, in its order. A choice is its id, yes
// is true, a number is exact, a date YYYY-MM-DD, an amount {amount, currency}.
func Understand(q *definition.Question, options []event.Option, said Said, in Frame) json.RawMessage {
	switch q.For {
	case definition.Choice:
		if i := choice(q, options, said); i >= 0 {
			return event.Pack(options[i].ID)
		}
	case definition.YesNo:
		if yes, ok := yesOrNo(said); ok {
			return event.Pack(yes)
		}
	case definition.Number:
		if n, ok := number(either(said)); ok && within(n, q) {
			return json.RawMessage(n)
		}
	case definition.Amount:
		if n, ok := number(either(said)); ok && within(n, q) {
			return event.Pack(map[string]any{"amount": json.Number(n), "currency": currencyIn(said.Text, in.Currency)})
		}
	case definition.Date:
		if d, ok := date(said, in.Today, q); ok {
			return event.Pack(d.Format(time.DateOnly))
		}
	case definition.Text:
		if t := either(said); t != "" && utf8.RuneCountInString(t) <= mostText && matches(q.Matches, t) {
			return event.Pack(t)
		}
	}
	return nil
}

// either is what was pressed, else what was said.
func either(s Said) string {
	if s.Keys != "" {
		return s.Keys
	}
	return s.Text
}

func matches(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	re, err := regexp.Compile(`^(?:` + pattern + `)$`) // checked when it was defined
	return err == nil && re.MatchString(text)
}

// choice returns the place of the option that is meant, or -1.
func choice(q *definition.Question, options []event.Option, said Said) int {
	if said.Choice != "" {
		return slices.IndexFunc(options, func(o event.Option) bool { return o.ID == said.Choice })
	}
	text := words(either(said))
	if text == "" {
		return -1
	}
	if n, ok := ordinal(text); ok {
		if n >= 1 && n <= len(options) {
			return n - 1
		}
		return -1
	}
	phrases := make([][]string, len(options))
	for i, o := range options {
		phrases[i] = append(phrases[i], words(o.Label), words(o.ID))
		for _, w := range q.Options[i].Words {
			phrases[i] = append(phrases[i], words(w))
		}
	}
	if i := only(phrases, func(p string) bool { return p == text }, holds); i >= 0 {
		return i
	}
	if !negated(text) {
		if i := only(phrases, func(p string) bool { return holds(text, p) }, holds); i >= 0 {
			return i
		}
	}
	if len(text) < shortest {
		return -1
	}
	return only(phrases, func(p string) bool { return strings.HasPrefix(p, text) }, func(string, string) bool { return false })
}

// shortest is how many letters of a word may stand for it.
const shortest = 2

// only returns the place of the only option of which a phrase fits, -1 where there
// is none or several are. A phrase that another's covers does not count: small does
// not stand in the way of small plus.
func only(phrases [][]string, fits func(string) bool, covers func(longer, shorter string) bool) int {
	best, longest := -1, ""
	for i, of := range phrases {
		for _, p := range of {
			if len(p) > len(longest) && fits(p) {
				best, longest = i, p
			}
		}
	}
	for i, of := range phrases {
		if i != best && slices.ContainsFunc(of, func(p string) bool { return fits(p) && (p == longest || !covers(longest, p)) }) {
			return -1
		}
	}
	return best
}

// ordinal reads "2", "option 2", "number two" and "the second".
func ordinal(text string) (int, bool) {
	fields := strings.Fields(text)
	for len(fields) > 1 && slices.Contains([]string{"option", "number", "press", "the", "no", "nr"}, fields[0]) {
		fields = fields[1:]
	}
	if len(fields) > 1 && slices.Contains([]string{"one", "option", "please"}, fields[len(fields)-1]) {
		fields = fields[:len(fields)-1]
	}
	if len(fields) != 1 {
		return 0, false
	}
	if i := slices.Index([]string{"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"}, fields[0]); i >= 0 {
		return i + 1, true
	}
	n, ok := wholeNumber(fields[0])
	return n, ok
}

// yesOrNo reads a yes or a no; what has both is neither.
func yesOrNo(said Said) (yes, ok bool) {
	switch {
	case said.Choice != "":
		return said.Choice == "yes", said.Choice == "yes" || said.Choice == "no"
	case said.Keys != "":
		return said.Keys == "1", said.Keys == "1" || said.Keys == "2"
	}
	text := words(said.Text)
	yesses := []string{"yes", "y", "yeah", "yep", "yup", "ok", "okay", "sure", "of course", "please do", "go on", "correct", "right", "ja", "oui", "si", "sim", "1", "confirm"}
	noes := []string{"no", "n", "nope", "not", "dont", "never", "nein", "non", "nee", "nao", "2", "wrong"}
	is := func(list []string) bool {
		return slices.ContainsFunc(list, func(w string) bool { return holds(text, w) })
	}
	y, n := is(yesses), is(noes)
	if y == n || len(strings.Fields(text)) > 8 {
		return false, false
	}
	return y, true
}

// negated reports whether a text says what is not meant.
func negated(text string) bool {
	return slices.ContainsFunc([]string{"not", "dont", "no", "never", "nicht", "kein", "pas", "sin"}, func(w string) bool { return holds(text, w) })
}

// words is a text in small letters and digits, with single spaces.
func words(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		switch {
		case r == '\'' || r == '’':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(r)
		default:
			gap = true
		}
	}
	return b.String()
}

// holds reports whether phrase is in text as whole words.
func holds(text, phrase string) bool {
	return phrase != "" && strings.Contains(" "+text+" ", " "+phrase+" ")
}
