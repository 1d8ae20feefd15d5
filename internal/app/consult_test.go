package app_test

import (
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// One conversation asks the arbiter on every channel, over the wire of its carriers:
// what is chosen is said as the channel says things, its next step begins the same
// conversation, and each choice can be looked up with its reason and was served.
func TestAConversationSaysWhatTheArbiterChoosesOnEveryChannel(t *testing.T) {
	advice, err := os.ReadFile("../conversation/testdata/advice.yaml")
	require.NoError(t, err)
	w := newWire(t, string(advice))
	pin := map[string]any{"kind": "pin", "on": "action", "goal": "more-data", "action": "bundle", "by": "care", "why": "so that all hear it"}
	require.Less(t, w.call(http.MethodPost, "/api/v1/levers", pin, nil), 300)
	const text = "You have 2 gigabytes left.\n\nTen gigabytes more\nAda, they are yours for 5 euros.\nGood for: a month\n\nShall I book bundle?"
	const spoken = "You have 2 gigabytes left. Ten gigabytes more. Ten more are five euros, Ada. Good for: a month. Shall I book bundle? Press 1 or say yes, press 2 or say no."
	for _, c := range []struct {
		name, says string
		who        customer
		line       func(customer) line
		yes, other [2]string // a second word is pressed
	}{
		{"text messages", text, customer{phone: "+4915112345701"}, func(c customer) line { return texts{w, c.phone} }, [2]string{"yes"}, [2]string{"change my plan"}},
		{"a call by TwiML", spoken, customer{phone: "+4915112345702"}, func(c customer) line { return &phone{wire: w, number: c.phone} }, [2]string{"", "1"}, [2]string{"change my plan"}},
		{"a call by VoiceXML", spoken, customer{phone: "+4915112345703"}, func(c customer) line { return &ivr{wire: w, number: c.phone} }, [2]string{"", "1"}, [2]string{"change my plan"}},
		{"e-mail", text, customer{email: "ada@example.com"}, func(c customer) line { return letters{w, c.email} }, [2]string{"yes"}, [2]string{"change my plan"}},
		{"WhatsApp", text, customer{phone: "+4915112345705"}, func(c customer) line { return chats{w, c.phone} }, [2]string{"", "Yes"}, [2]string{"", "Change my plan"}},
		{"chat", text, customer{chat: "4711"}, func(c customer) line { return bot{w, c.chat} }, [2]string{"", "Yes"}, [2]string{"", "Change my plan"}},
	} {
		w.knows(c.name, c.who, nil)
		w.system.forget()
		l := c.line(c.who)
		require.Contains(t, l.say("data left", ""), c.says, c.name)
		require.Contains(t, l.say(c.yes[0], c.yes[1]), "It is booked.", c.name)
		require.Equal(t, []map[string]string{{"plan": "more-data/bundle"}}, w.system.asked(), c.name)

		require.Contains(t, l.say("data left", ""), c.says, "%s: the slot keeps nothing, and may offer it again", c.name)
		require.Contains(t, l.say(c.other[0], c.other[1]), "Hello Ada.", "%s: the next step of what was said begins another conversation", c.name)
	}
	settle(t, w.running)
	var found struct {
		Decisions []struct {
			ID      string `json:"id"`
			Channel string `json:"channel"`
			Action  string `json:"action"`
			Trigger string `json:"trigger"`
		} `json:"decisions"`
	}
	require.Eventually(t, func() bool { // the archive follows the fold
		require.Equal(t, http.StatusOK, w.call(http.MethodGet, "/api/v1/decisions?goal=more-data&limit=50", nil, &found))
		return len(found.Decisions) == 12
	}, time.Minute, 50*time.Millisecond)
	for _, d := range found.Decisions {
		require.Equal(t, []string{"bundle", "in-talk"}, []string{d.Action, d.Channel})
		require.Contains(t, d.Trigger, `the conversation "How much data is left" came to the step "tip", by `)
	}
	var one struct {
		Again string `json:"again"`
	}
	require.Equal(t, http.StatusOK, w.call(http.MethodGet, "/api/v1/decisions/"+url.PathEscape(found.Decisions[0].ID), nil, &one))
	require.Equal(t, "same", one.Again, "made again from what was archived")
}
