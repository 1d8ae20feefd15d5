package app_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The three tasks are done on every channel from one definition, each channel by the
// protocol of its carriers, and come to the same calls of the company's systems and
// the same request.
func TestEachTaskIsDoneOnEveryChannelOverItsOwnWire(t *testing.T) {
	w := newWire(t, "")
	w.system.flaky = 1
	day := time.Now().AddDate(0, 0, 40)
	for _, c := range []struct {
		name string
		who  customer
		line func(customer) line
		// what is said of the plan, the day and the complaint; a second word is pressed
		plan, when, sure, about [2]string
	}{
		{
			"text messages",
			customer{phone: "+4915112345601"},
			func(c customer) line { return texts{w, c.phone} },
			[2]string{"2"},
			[2]string{day.Format("02.01.2006")},
			[2]string{"Y"},
			[2]string{"an order"},
		},
		{
			"a call by TwiML",
			customer{phone: "+4915112345602"},
			func(c customer) line { return &phone{wire: w, number: c.phone} },
			[2]string{"", "2"},
			[2]string{"", day.Format("02012006")},
			[2]string{"yes"},
			[2]string{"", "2"},
		},
		{
			"a call by VoiceXML",
			customer{phone: "+4915112345603"},
			func(c customer) line { return &ivr{wire: w, number: c.phone} },
			[2]string{"large plan"},
			[2]string{"", day.Format("02012006")},
			[2]string{"", "1"},
			[2]string{"an order"},
		},
		{
			"e-mail",
			customer{email: "ada@example.com"},
			func(c customer) line { return letters{w, c.email} },
			[2]string{"The large plan, please."},
			[2]string{day.Format("January 2, 2006")},
			[2]string{"yes"},
			[2]string{"2"},
		},
		{
			"WhatsApp",
			customer{phone: "+4915112345605"},
			func(c customer) line { return chats{w, c.phone} },
			[2]string{"", "Large plan"},
			[2]string{day.Format(time.DateOnly)},
			[2]string{"", "Yes"},
			[2]string{"", "An order"},
		},
		{
			"chat",
			customer{chat: "4711"},
			func(c customer) line { return bot{w, c.chat} },
			[2]string{"", "Large plan"},
			[2]string{day.Format("2 January 2006")},
			[2]string{"", "Yes"},
			[2]string{"", "An order"},
		},
	} {
		w.knows(c.name, c.who, nil)
		l := c.line(c.who)
		w.system.forget()

		require.Contains(t, l.say("change my plan", ""), "Hello Ada.", c.name)
		require.Contains(t, l.say(c.plan[0], c.plan[1]), "From which day on?", c.name)
		require.Contains(t, l.say(c.when[0], c.when[1]), "Large from "+day.Format(time.DateOnly), c.name)
		require.Equal(t, "Done. Your large plan begins on "+day.Format(time.DateOnly)+".", l.say(c.sure[0], c.sure[1]), c.name)

		require.Contains(t, l.say("Where is my order?", ""), "What is the number of your order?", c.name)
		require.Equal(t, "Order 1234 is on its way.", l.say("1234", ""), c.name)

		require.Contains(t, l.say("i have a complaint", ""), "What is it about?", c.name)
		require.Equal(t, "Please tell us what happened.", l.say(c.about[0], c.about[1]), c.name)
		require.Equal(t, "Thank you. Somebody will answer you today.", l.say("It came broken", ""), c.name)

		require.ElementsMatch(t, []map[string]string{{"plan": "large", "from": day.Format(time.DateOnly)}, {"number": "1234"}}, w.system.asked(), c.name)
	}
	var requests struct {
		Requests []requestPage
	}
	require.Equal(t, http.StatusOK, w.call(http.MethodGet, "/api/v1/requests", nil, &requests))
	require.Len(t, requests.Requests, 6)
	for _, r := range requests.Requests {
		require.Equal(t, requests.Requests[0].Subject, r.Subject, r.Channel)
	}
}

// Ada does half of each task on one channel and half on another.
func TestEachTaskIsBegunInOneChannelAndEndedInAnotherOverTheWire(t *testing.T) {
	w := newWire(t, "")
	ada := customer{phone: adasNumber, email: "ada@example.com", chat: "4711"}
	w.knows("ada", ada, nil)
	sms, call, platform := texts{w, ada.phone}, &phone{wire: w, number: ada.phone}, &ivr{wire: w, number: ada.phone}
	mail, wa, chat := letters{w, ada.email}, chats{w, ada.phone}, bot{w, ada.chat}
	const goOn = "Shall we go on?"

	require.Contains(t, sms.say("change my plan", ""), "Which plan would you like?")
	require.Contains(t, sms.say("1", ""), "From which day on?")
	require.Contains(t, call.dial(), goOn)
	require.Contains(t, call.say("", "1"), "From which day on?")
	require.Contains(t, call.say("tomorrow", ""), "shall I change it?")
	require.Contains(t, mail.say("Hello, it is me again", ""), goOn)
	require.Contains(t, mail.say("yes", ""), "shall I change it?")
	require.Contains(t, mail.say("Yes", ""), "Done. Your small plan begins on")

	require.Contains(t, wa.say("Where is my order?", ""), "What is the number of your order?")
	require.Contains(t, platform.dial(), goOn)
	require.Contains(t, platform.say("yes", ""), "What is the number of your order?")
	require.Equal(t, "Order 1234 is on its way.", platform.say("", "1234"))

	require.Contains(t, mail.say("i have a complaint", ""), "What is it about?")
	require.Contains(t, chat.say("hello", ""), goOn)
	require.Contains(t, chat.say("", "Yes"), "What is it about?")
	require.Equal(t, "Please tell us what happened.", chat.say("", "My bill"))
	require.Contains(t, wa.say("are you there", ""), goOn)
	require.Equal(t, "Please tell us what happened.", wa.say("", "Yes"))
	require.Equal(t, "Thank you. Somebody will answer you today.", wa.say("It is too high", ""))
}

func TestACallerIsGreetedAndHearsSomethingWhateverTheySay(t *testing.T) {
	w := newWire(t, "")
	w.knows("ada", customer{phone: adasNumber}, nil)
	call := &phone{wire: w, number: adasNumber}
	hello := call.dial()
	require.Contains(t, hello, "Hello. How can we help?")
	require.Contains(t, hello, "Where is my order: press 2")
	require.Contains(t, call.say("", "2"), "What is the number of your order?")
	require.Contains(t, call.dial(), "Shall we go on?", "who calls again has said nothing yet")
	require.Contains(t, call.say("", "1"), "What is the number of your order?")
	require.Equal(t, "Order 1234 is on its way.", call.say("", "1234"))
	require.Equal(t, "Thank you. Somebody will get back to you.", call.say("your shop smells nice", ""))
	require.Contains(t, call.dial(), "Hello. How can we help?", "a request that is open keeps nobody from anything")
	require.Contains(t, call.say("", "1"), "Which plan shall it be?")
}
