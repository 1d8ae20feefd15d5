package conversation

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
)

// Told is what a step told a person, and the text that it was made of.
type Told struct {
	Step   string
	Text   string
	Source string
}

// Lacking is what a step tells everywhere but on one channel.
type Lacking struct {
	Step  string
	Facts []string // as they are written elsewhere, in their order
}

// LackingOn plays the tests of a conversation on a channel twice, in its own words for
// the channel and in those for everywhere, and returns what the first do not tell: the
// numbers, dates, amounts and addresses, and the values of this person that texts are
// filled in with. Words alone may differ. Tests that change channels are left out.
func LackingOn(ws *definition.Workspace, c *definition.Conversation, channel string) (out []Lacking) {
	plain := withoutOwnWords(ws)
	everywhere, ok := plain.Conversation(c.ID)
	if !ok {
		return nil
	}
	for _, test := range c.Tests {
		if strings.Contains("\n"+test.Script, "\n@") {
			continue
		}
		_, _, want := hold(plain, everywhere, onto(test, channel))
		_, _, got := hold(ws, c, onto(test, channel))
		for _, told := range want.Told {
			for _, fact := range told.facts() {
				if !tells(got.Told, told.Step, fact) {
					out = lacks(out, told.Step, fact.written)
				}
			}
		}
	}
	return out
}

func lacks(all []Lacking, step, fact string) []Lacking {
	i := slices.IndexFunc(all, func(l Lacking) bool { return l.Step == step })
	if i < 0 {
		return append(all, Lacking{step, []string{fact}})
	}
	if !slices.Contains(all[i].Facts, fact) {
		all[i].Facts = append(all[i].Facts, fact)
	}
	return all
}

// withoutOwnWords is ws with every step in the words that it has for everywhere.
func withoutOwnWords(ws *definition.Workspace) *definition.Workspace {
	plain := *ws
	plain.Conversations = slices.Clone(ws.Conversations)
	for i := range plain.Conversations {
		c := &plain.Conversations[i]
		c.Steps = slices.Clone(c.Steps)
		for j := range c.Steps {
			c.Steps[j].On = nil
		}
	}
	return &plain
}

// fact is a word that tells something: as it is written, and as it is compared.
type fact struct{ written, key string }

var filledIn = regexp.MustCompile(`(?s)\{\{.*?\}\}|\{%.*?%\}`)

// facts are the words of t that hold a number or are an address, and those that its
// source does not have and were filled in.
func (t Told) facts() (out []fact) {
	literal := map[string]bool{}
	filled := filledIn.MatchString(t.Source)
	for _, w := range factWords(filledIn.ReplaceAllString(t.Source, " ")) {
		literal[w.key] = true
	}
	for _, w := range factWords(t.Text) {
		if strings.ContainsAny(w.key, "0123456789") || strings.Contains(w.key, "://") || filled && !literal[w.key] {
			out = append(out, w)
		}
	}
	return out
}

// tells reports whether a step tells a fact somewhere.
func tells(all []Told, step string, f fact) bool {
	return slices.ContainsFunc(all, func(t Told) bool {
		return t.Step == step && slices.ContainsFunc(factWords(t.Text), func(w fact) bool { return w.key == f.key })
	})
}

// factWords are the words of a text. 12.00 and 12 are one number.
func factWords(text string) (out []fact) {
	for w := range strings.FieldsSeq(text) {
		w = strings.Trim(w, ".,;:!?()[]{}\"'“”„«»*_")
		if w == "" {
			continue
		}
		key := strings.ToLower(w)
		if n, err := strconv.ParseFloat(strings.TrimRight(key, "%"), 64); err == nil {
			key = strconv.FormatFloat(n, 'g', -1, 64)
		}
		out = append(out, fact{w, key})
	}
	return out
}
