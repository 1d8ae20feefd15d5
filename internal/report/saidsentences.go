package report

import (
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// saidSentence says what people and the company said to each other, and what was
// done about it; empty for other kinds.
func saidSentence(ws *definition.Workspace, e event.Event) string {
	switch e.Kind {
	case event.Replied:
		b, _ := event.Unpack[event.RepliedBody](e)
		return sentence(fmt.Sprintf("Said by %s: %s", b.Channel, quoted(firstOf(b.Text, b.Choice, b.Keys, b.Begins))))
	case event.Spoke:
		b, _ := event.Unpack[event.SpokeBody](e)
		who := "Was told"
		if b.By != "" {
			who = "Was answered by " + b.By
		}
		return sentence(fmt.Sprintf("%s by %s: %s", who, b.Channel, quoted(b.Text)))
	case event.Conversed:
		b, _ := event.Unpack[event.ConversedBody](e)
		return conversedSentence(ws, b)
	case event.Journeyed:
		b, _ := event.Unpack[event.JourneyedBody](e)
		return journeyedSentence(ws, b)
	case event.Called:
		b, _ := event.Unpack[event.CalledBody](e)
		return sentence(fmt.Sprintf("A system of the company answered with status %d", b.Status))
	case event.Request:
		b, _ := event.Unpack[event.RequestBody](e)
		return requestSentence(b)
	default:
		return ""
	}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return "nothing"
}

func conversedSentence(ws *definition.Workspace, b event.ConversedBody) string {
	name := b.Of
	if c, ok := ws.Conversation(b.Of); ok {
		name = c.Name
	}
	switch b.Move {
	case event.Ended:
		return sentence(fmt.Sprintf("Ended the conversation %s: %s", quoted(name), b.Outcome))
	case event.HandedOver:
		return sentence(fmt.Sprintf("The conversation %s was handed over to people", quoted(name)))
	case event.Paused:
		return sentence(fmt.Sprintf("The conversation %s rests", quoted(name)))
	case event.Began, event.Resumed:
		return sentence(fmt.Sprintf("%s the conversation %s by %s", strings.ToUpper(string(b.Move[:1]))+string(b.Move[1:]), quoted(name), b.Channel))
	}
	return sentence("The conversation " + quoted(name) + " moved")
}

func requestSentence(b event.RequestBody) string {
	by := ""
	if b.By != "" {
		by = " by " + b.By
	}
	switch b.Act {
	case event.RequestOpened:
		return sentence(fmt.Sprintf("A request was opened%s: %s", by, quoted(b.Subject)))
	case event.RequestAssigned:
		return sentence(fmt.Sprintf("The request was given to %s%s", firstOf(b.Owner, "nobody"), by))
	case event.RequestNoted:
		return sentence(fmt.Sprintf("A note on the request%s: %s", by, quoted(b.Text)))
	case event.RequestClosed:
		return sentence(fmt.Sprintf("The request was closed%s: %s", by, firstOf(b.Outcome, "no outcome")))
	case event.RequestAnswered, event.RequestEscalated, event.RequestReopened:
	}
	return sentence("The request was " + string(b.Act) + by)
}

// grantWords says what an answer, or a call for one, may do.
func grantWords(b event.GrantHead) string {
	if b.Channel == "call" {
		return "Allowed to ask the company's system " + quoted(b.Action)
	}
	return fmt.Sprintf("Allowed to answer by %s to %s", b.Channel, b.To)
}
