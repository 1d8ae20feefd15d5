package conversation

import (
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// Means is how a channel shows the options of a question.
type Means uint8

// The means.
const (
	Plain   Means = iota // text alone: options by number
	Buttons              // options are shown beside the text
	Spoken               // keys and speech
	Letter               // text, with room
)

// MeansOf returns the means of a channel. A channel that is not known has text.
func MeansOf(channel string) Means {
	switch channel {
	case "web", "whatsapp", "slack", "telegram", "push", "web-push":
		return Buttons
	case "voice":
		return Spoken
	case "email":
		return Letter
	default:
		return Plain
	}
}

// put is the text of a question with its options as means shows them.
func put(means Means, text string, q *definition.Question, options []event.Option) string {
	var hint string
	switch {
	case means == Buttons:
	case q.For == definition.Choice:
		hint = choices(means, options)
	case q.For == definition.YesNo && means == Spoken:
		hint = "Press 1 or say yes, press 2 or say no."
	case q.For == definition.YesNo:
		hint = "Reply yes or no."
	case q.For == definition.Date && means == Spoken:
		hint = "Say the date, or press day, month and year as eight digits."
	case q.For == definition.Date:
		hint = "Write the date as in 31 December 2026."
	case q.For == definition.Number && means == Spoken:
		hint = "Say the number or use the keys."
	}
	if hint == "" {
		return text
	}
	if means == Spoken {
		return text + " " + hint
	}
	return text + "\n" + hint
}

func choices(means Means, options []event.Option) string {
	parts := make([]string, len(options))
	for i, o := range options {
		switch means {
		case Spoken:
			parts[i] = fmt.Sprintf("For %s, press %d or say %s.", o.Label, i+1, lower(o.Label))
		case Letter:
			parts[i] = fmt.Sprintf("%d. %s", i+1, o.Label)
		default:
			parts[i] = fmt.Sprintf("%d for %s", i+1, o.Label)
		}
	}
	switch means {
	case Spoken:
		return strings.Join(parts, " ")
	case Letter:
		return strings.Join(parts, "\n") + "\nReply with the number or the words."
	default:
		return "Reply " + strings.Join(parts, ", ") + "."
	}
}

// lower writes a label within a sentence, unless it is written large altogether.
func lower(s string) string {
	if s == strings.ToUpper(s) {
		return s
	}
	return strings.ToLower(s)
}

// yesNo are the options of a question for yes or no.
func yesNo() []event.Option {
	return []event.Option{{ID: "yes", Label: "Yes"}, {ID: "no", Label: "No"}}
}
