package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
)

func FuzzTheHeadOfAGrantIsThatOfTheWhole(f *testing.F) {
	f.Add("dlv-1", "ada@example.com", "A subject", "text", []byte(nil))
	f.Add(`","content":{`, `\","content":{"subject":"no`, `"quoted" \\`, "", []byte(nil))
	f.Add("", "", "", "", []byte(`{"content":{"subject":"first","text":""},"delivery":"d"}`))
	f.Add("", "", "", "", []byte(`{"delivery":"d" ,"content":{"subject":"open`))
	f.Add("", "", "", "", []byte(`{"delivery":"d","content":{ "subject" : "spaced"}}`))
	f.Fuzz(func(t *testing.T, delivery, to, subject, text string, raw []byte) {
		written := event.GrantBody{Delivery: delivery, To: to, Message: text, Content: event.Content{Subject: subject, Text: text}}
		e := event.Event{Kind: event.Grant, Body: event.Pack(written)}
		whole, err := event.Unpack[event.GrantBody](e)
		require.NoError(t, err)
		head, err := event.UnpackGrant(&e)
		require.NoError(t, err)
		require.Equal(t, headOf(whole), head)

		e.Body = raw // of another hand: never a panic
		_, _ = event.UnpackGrant(&e)
	})
}

func headOf(b event.GrantBody) event.GrantHead {
	return event.GrantHead{
		Delivery: b.Delivery, Session: b.Session, Channel: b.Channel, To: b.To, Goal: b.Goal, Action: b.Action, Message: b.Message, Subject: b.Content.Subject,
	}
}
