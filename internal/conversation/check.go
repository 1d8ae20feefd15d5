package conversation

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
)

// render is Liquid where there is some: most texts have none.
func render(source string, vars message.Vars) (string, error) {
	if !strings.Contains(source, "{{") && !strings.Contains(source, "{%") {
		return strings.TrimSpace(source), nil
	}
	return message.Say(source, vars)
}

// Check reports what is wrong with a conversation whoever holds it: texts that
// cannot be read, and steps that nothing leads to. Its errors are faults whose
// Field is the step.
func Check(c *definition.Conversation) []error {
	var errs []error
	for i := range c.Steps {
		s := &c.Steps[i]
		for _, text := range textsOf(s) {
			if err := message.CheckText(text); err != nil {
				errs = append(errs, fault.New(fault.Invalid, "conversation %q, step %q: %s", c.ID, s.ID, err).At(s.ID))
			}
		}
	}
	reached := reachable(c)
	for i := range c.Steps {
		if s := &c.Steps[i]; !reached[s.ID] {
			errs = append(errs, fault.New(fault.Invalid,
				"conversation %q, step %q: nothing leads to it; lead to it with go, or remove it", c.ID, s.ID).At(s.ID))
		}
	}
	return errs
}

func textsOf(s *definition.Step) []string {
	texts := []string{s.Text, s.Question.Again}
	for _, more := range [...]map[string]string{s.On, s.With} {
		for _, key := range slices.Sorted(maps.Keys(more)) {
			texts = append(texts, more[key])
		}
	}
	for _, o := range s.Question.Options {
		texts = append(texts, o.Label)
	}
	return texts
}

// reachable are the steps that a conversation can come to.
func reachable(c *definition.Conversation) map[string]bool {
	reached := map[string]bool{}
	todo := []string{c.Steps[0].ID}
	for len(todo) > 0 {
		id := todo[0]
		todo = todo[1:]
		if id == "" || reached[id] {
			continue
		}
		reached[id] = true
		for _, l := range Leads(c, id) {
			todo = append(todo, l.To)
		}
	}
	return reached
}

// Lead is a way from one step to another.
type Lead struct {
	To  string // id of a step; empty: the conversation is over there
	Why string // rule of a branch; otherwise; empty: just so
}

// Leads returns where a step can lead.
func Leads(c *definition.Conversation, id string) []Lead {
	s, i := c.Step(id)
	if s == nil || s.Deed == definition.End || s.Deed == definition.HandOver {
		return nil
	}
	var out []Lead
	always := false
	for _, b := range s.Branches {
		out = append(out, Lead{b.Go, b.When.Source()})
		always = always || b.When == nil
	}
	if !always {
		next := Lead{}
		if n := c.Next(i); n != nil {
			next.To = n.ID
		}
		if len(out) > 0 {
			next.Why = "else"
		}
		out = append(out, next)
	}
	if s.Otherwise != "" {
		out = append(out, Lead{s.Otherwise, "otherwise"})
	}
	return out
}

// mostBeside is how many words that mean something may stand beside those that
// begin a conversation.
const mostBeside = 3

// Match returns the id of the conversation that somebody wants to begin who says
// text: the one of which the most words of beginning are in it, with little beside
// them; empty for none.
func Match(ws *definition.Workspace, text string, rules definition.Vars) string {
	best, longest := "", 0
	said := content(text)
	if said == "" || negated(words(text)) {
		return ""
	}
	for i := range ws.Conversations {
		c := &ws.Conversations[i]
		for _, w := range c.Begin.Words {
			phrase := content(w)
			if len(phrase) <= longest || !holds(said, phrase) || len(strings.Fields(said)) > len(strings.Fields(phrase))+mostBeside {
				continue
			}
			if ok, err := c.Begin.When.Holds(rules); ok && err == nil {
				best, longest = c.ID, len(phrase)
			}
		}
	}
	return best
}

// Mentions reports whether a text has one of some words or phrases in it.
func Mentions(text string, phrases []string) bool {
	said := words(text)
	return slices.ContainsFunc(phrases, func(w string) bool { return holds(said, words(w)) })
}

// ForCarrier reports whether a text is a word that carriers of text messages act
// upon, and nothing that is said to the company.
func ForCarrier(said Said) bool {
	if said.Channel != "sms" && said.Channel != "whatsapp" {
		return false
	}
	return slices.Contains([]string{
		"stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "arret", "arrêt",
		"start", "unstop", "subscribe", "optin", "opt in", "help", "info", "aide",
	}, words(said.Text))
}

// content is a text without the words that say nothing of what it is about.
func content(text string) string {
	small := " a an the my i id would like to want please can could you we me hi hello hey dear is it need have "
	var kept []string
	for w := range strings.FieldsSeq(words(text)) {
		if !strings.Contains(small, " "+w+" ") {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// Begun returns the conversation that an event of the person begins; nil for none.
func Begun(ws *definition.Workspace, e *event.Event, rules definition.Vars) *definition.Conversation {
	for i := range ws.Conversations {
		c := &ws.Conversations[i]
		if !definition.Names(c.Begin.Events, e) {
			continue
		}
		if ok, err := c.Begin.When.Holds(rules); ok && err == nil {
			return c
		}
	}
	return nil
}

// Title names a conversation in a sentence, by the id where it is no more.
func Title(ws *definition.Workspace, id string) string {
	if c, ok := ws.Conversation(id); ok {
		return c.Name
	}
	return fmt.Sprintf("%q", id)
}
