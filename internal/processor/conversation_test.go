package processor_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// line is a world in which people talk to the company, and its systems answer.
type line struct {
	*world
	system func(engine.CallBody) (status int, result string) // of the company; 0: the outcome is unknown
	calls  []engine.CallBody
	heard  []event.GrantBody // what was said to people
}

func newLine(t *testing.T, with string) *line {
	t.Helper()
	source, err := os.ReadFile("../conversation/testdata/telco.yaml")
	require.NoError(t, err)
	w := &world{t: t, now: noon, journal: journal.NewMemory(), outbox: map[string]statestore.Change{}}
	w.restart(2)
	l := &line{world: w, system: func(engine.CallBody) (int, string) { return 200, `{"status":"on its way"}` }}
	l.define(string(source) + with)
	l.live(event.LiveToAll)
	return l
}

func (l *line) define(yaml string) {
	l.t.Helper()
	_, err := processor.PutDefinitions(l.t.Context(), l.journal, []byte(yaml), l.now)
	require.NoError(l.t, err)
	l.drain()
}

// says is somebody saying something; it returns what they are answered.
func (l *line) says(channel, address, text string) string {
	l.t.Helper()
	kind := profile.AddressKind(channel)
	if kind == "" {
		kind = person.UserID
	}
	from := person.NewIdentity(kind, address)
	return l.replies(event.RepliedBody{Channel: channel, From: from, Address: address, Text: text})
}

func (l *line) replies(body event.RepliedBody) string {
	l.t.Helper()
	l.append(event.Event{Kind: event.Replied, To: person.IDOf(0, body.From), Body: event.Pack(body)})
	return l.listen()
}

// listen carries the outbox out, and returns what was said meanwhile.
func (l *line) listen() string {
	l.t.Helper()
	before := len(l.heard)
	for again := true; again; {
		again = false
		for _, id := range slices.Sorted(maps.Keys(l.outbox)) {
			c, ok := l.outbox[id]
			switch {
			case ok && c.Delivery.Phase == profile.Queued && c.Delivery.After <= l.now:
				l.append(event.Event{Kind: event.Ask, To: c.Person, Body: event.Pack(event.AskBody{Delivery: id, Session: "s"})})
				again = true
			case ok && c.Delivery.Phase == profile.Granted:
				l.carry(c)
				again = true
			}
		}
	}
	said := make([]string, 0, 2)
	for _, g := range l.heard[before:] {
		said = append(said, g.Content.Text)
	}
	return strings.Join(said, "\n\n")
}

func (l *line) carry(c statestore.Change) {
	l.t.Helper()
	var g event.GrantBody
	require.NoError(l.t, json.Unmarshal(c.Delivery.Grant, &g))
	outcome := event.Sent
	if g.Channel == engine.CallChannel {
		var body engine.CallBody
		require.NoError(l.t, json.Unmarshal([]byte(g.Content.Text), &body))
		l.calls = append(l.calls, body)
		status, result := l.system(body)
		if status == 0 {
			outcome = event.Unknown
		} else {
			l.append(event.Event{Kind: event.Called, To: c.Person, Body: event.Pack(event.CalledBody{Delivery: g.Delivery, Status: status, Result: json.RawMessage(result)})})
		}
	} else {
		l.heard = append(l.heard, g)
	}
	l.append(event.Event{Kind: event.Receipt, To: c.Person, Body: event.Pack(event.ReceiptBody{Delivery: g.Delivery, Channel: g.Channel, Outcome: outcome})})
}

// wait lets time pass with timers firing.
func (l *line) wait(d time.Duration) {
	l.t.Helper()
	for end := l.now.Add(d); l.now < end; {
		l.now = min(l.now.Add(time.Hour), end)
		require.NoError(l.t, l.proc.Tick(l.t.Context(), l.now))
		l.drain()
		l.listen()
	}
}

const number = "+4912345678"

func (l *line) known() {
	l.identify("ada", "", map[string]any{"first_name": "Ada", "phone": number, "email": "ada@example.com"})
}

func (l *line) moves(who string) (moves []string) {
	l.t.Helper()
	require.NoError(l.t, l.store.History(l.t.Context(), l.person(who).ID, func(e event.Event) bool {
		if e.Kind == event.Conversed {
			b, err := event.Unpack[event.ConversedBody](e)
			require.NoError(l.t, err)
			moves = append(moves, strings.TrimSpace(string(b.Move)+" "+b.Outcome))
		}
		return true
	}))
	return moves
}

func TestAConversationBegunOnTheWebIsEndedByTextMessage(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.known()
	require.Equal(t, "Hello Ada.\n\nWhich plan would you like?", l.says("web", "ada", "Change my plan"))
	require.Len(t, l.heard[0].Content.Options, 2)
	require.Equal(t, "From which day on?", l.replies(event.RepliedBody{Channel: "web", From: person.NewIdentity(person.UserID, "ada"), Address: "ada", Choice: "large"}))
	require.Equal(t, "You were changing your plan. Shall we go on?\nReply yes or no.", l.says("sms", number, "me again"))
	require.Contains(t, l.says("sms", number, "yes"), "From which day on?")
	require.Contains(t, l.says("sms", number, "tomorrow"), "Large from 2026-03-04: shall I change it?")
	require.Equal(t, "Done. Your large plan begins on 2026-03-04.", l.says("sms", number, "Yes!"))
	require.Len(t, l.calls, 1)
	require.Equal(t, map[string]string{"plan": "large", "from": "2026-03-04"}, l.calls[0].With)
	require.Equal(t, []string{"began", "resumed", "ended changed"}, l.moves("user_id:ada"))
	require.Empty(t, l.person("user_id:ada").Conversations)
	require.Equal(t, []string{"web", "web", "sms", "sms", "sms", "sms"}, func() (on []string) {
		for _, g := range l.heard {
			on = append(on, g.Channel)
		}
		return on
	}())
}

func TestAFoldOfConversationsIsTheSameToTheByte(t *testing.T) {
	t.Parallel()
	l := newLine(t, "requests: {rules: [{id: again-and-again, contacts: 2, within: 7d}]}\n")
	l.known()
	l.says("sms", number, "change my plan")
	l.says("sms", number, "1")
	l.says("email", "ada@example.com", "complaint")
	l.says("email", "ada@example.com", "no\n\nOn Monday Telco wrote:\n> yes")
	l.says("telegram", "77", "what is this")
	l.wait(50 * time.Hour)
	hash := l.hash()
	l.restart(3)
	require.Equal(t, hash, l.hash())
}

func TestWhoIsInAConversationFinishesTheVersionTheyStarted(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.says("sms", number, "change my plan")
	source, err := os.ReadFile("../conversation/testdata/telco.yaml")
	require.NoError(t, err)
	l.define(strings.Replace(string(source), "ask: From which day on?", "ask: And from which day on?", 1))
	require.Contains(t, l.says("sms", number, "1"), "From which day on?")
	l.says("sms", "+4999", "change my plan")
	require.Contains(t, l.says("sms", "+4999", "1"), "And from which day on?")
}

func TestACallOfUnknownOutcomeIsMadeAgainUnderTheSameKey(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	tries := 0
	l.system = func(engine.CallBody) (int, string) {
		if tries++; tries < 3 {
			return 0, ""
		}
		return 200, `{"status":"on its way"}`
	}
	l.says("sms", number, "where is my order")
	require.Empty(t, l.says("sms", number, "1234"))
	l.now = l.now.Add(time.Minute)
	require.Empty(t, l.listen())
	l.now = l.now.Add(time.Minute)
	require.Equal(t, "Order 1234 is on its way.", l.listen())
	require.Len(t, l.calls, 3)
	require.Equal(t, l.calls[0].Delivery, l.calls[2].Delivery)
}

func TestACallThatIsRefusedGoesWhereTheStepSays(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.system = func(engine.CallBody) (int, string) { return 404, `{"error":"no such order"}` }
	l.says("sms", number, "where is my order")
	require.Equal(t, "There is no order of that number.\n\nWhat is the number of your order?", l.says("sms", number, "1234"))
	l.system = func(engine.CallBody) (int, string) { return 200, `{"status":"late"}` }
	require.Contains(t, l.says("sms", number, "1235"), "A colleague will find out where it is.")
	p := l.person("phone:" + number)
	require.Len(t, p.Requests, 1)
	require.Equal(t, profile.RequestHandOver, p.Requests[0].Kind)
	require.True(t, p.OpenRequest())
	require.Empty(t, p.Conversations)
}

func TestAMessageThatIsToldTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	e := event.Event{
		Kind: event.Replied, To: person.IDOf(0, person.NewIdentity(person.Phone, number)), Source: "sms", MessageID: "SM1",
		Body: event.Pack(event.RepliedBody{Channel: "sms", From: person.NewIdentity(person.Phone, number), Address: number, Text: "change my plan"}),
	}
	l.append(e)
	l.append(e)
	l.listen()
	require.Len(t, l.heard, 1)
}

func TestWhoHasStoppedIsNotAnsweredUntilTheyStartAgain(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	id := person.IDOf(0, person.NewIdentity(person.Phone, number))
	l.says("sms", number, "change my plan")
	consent := func(given bool) {
		l.append(event.Event{Kind: event.Consented, To: id, Body: event.Pack(event.ConsentBody{Channel: "sms", Given: given})})
	}
	require.Empty(t, l.says("sms", number, "STOP"))
	consent(false)
	require.Empty(t, l.says("sms", number, "1"))
	consent(true)
	require.NotEmpty(t, l.says("sms", number, "tomorrow"))
}

func TestNobodyIsAnsweredWhileEverythingIsStopped(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.says("sms", number, "where is my order")
	l.live(event.Stopped)
	require.Empty(t, l.says("sms", number, "1234"))
	require.Empty(t, l.calls)
	require.Equal(t, "number", l.person("phone:" + number).Conversations[0].Step, "what could not be looked up went where its step says")
}

func TestAConversationRestsAndIsDroppedWhenNobodyComesBack(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.says("sms", number, "change my plan")
	l.wait(25 * time.Hour)
	require.True(t, l.person("phone:" + number).Conversations[0].Paused)
	l.wait(8 * 24 * time.Hour)
	require.Empty(t, l.person("phone:"+number).Conversations)
	require.Equal(t, []string{"began", "paused", "ended dropped"}, l.moves("phone:"+number))
}

func TestWhatAStrangerBeganIsGoneOnWithWhenTheyAreKnown(t *testing.T) {
	t.Parallel()
	l := newLine(t, "")
	l.says("sms", number, "change my plan")
	l.says("sms", "+49777", "I have a question of my own")
	l.identify("ada", "", map[string]any{"phone": number, "first_name": "Ada"})
	l.identify("bob", "", map[string]any{"phone": "+49777"})
	require.Equal(t, l.person("user_id:ada").ID, l.person("phone:"+number).ID)
	require.Contains(t, l.says("sms", number, "2"), "From which day on?")
	require.True(t, l.person("user_id:bob").OpenRequest())
	require.Contains(t, l.says("web", "ada", "hello"), "Shall we go on?")
}

const rules = `
requests:
  answer_within: 8h
  rules:
    - {id: complaint, words: [terrible, complaint], answer_within: 4h, owner: care, say: "We are sorry, {{ first_name | default: 'friend' }}. Somebody will answer you today."}
    - {id: failed-payment, events: Payment Failed, when: 'did("Payment Failed", 2, days(7))', sells: true}
    - {id: again-and-again, contacts: 3, within: 7d}
`

func TestWhatPeopleHaveToSeeToIsRecognisedEscalatesAndIsAnswered(t *testing.T) {
	t.Parallel()
	l := newLine(t, rules)
	l.known()
	require.Equal(t, "We are sorry, Ada. Somebody will answer you today.", l.says("email", "ada@example.com", "This is terrible!\n-- \nAda"))
	p := l.person("user_id:ada")
	require.Len(t, p.Requests, 1)
	r := p.Requests[0]
	require.Equal(t, []string{"complaint", "care", "email", "This is terrible!"}, []string{r.Kind, r.Owner, r.Channel, r.Subject})
	require.True(t, p.OpenRequest())
	l.wait(5 * time.Hour)
	require.Equal(t, 1, l.person("user_id:ada").Requests[0].Escalated)

	act := func(b event.RequestBody) string {
		b.Request = r.ID
		l.append(event.Event{Kind: event.Request, To: p.ID, Body: event.Pack(b)})
		return l.listen()
	}
	require.Equal(t, "Dear Ada, it is mended.", act(event.RequestBody{Act: event.RequestAnswered, By: "eve", Text: "Dear {{ first_name }}, it is mended."}))
	require.Equal(t, "email", l.heard[len(l.heard)-1].Channel)
	l.wait(20 * time.Hour)
	require.Equal(t, 1, l.person("user_id:ada").Requests[0].Escalated, "what is answered does not escalate")
	require.Empty(t, l.says("sms", number, "thank you"), "people talk to them now, and no conversation")
	require.NotZero(t, l.person("user_id:ada").Requests[0].Due, "they came back: an answer is due again")
	act(event.RequestBody{Act: event.RequestClosed, By: "eve", Outcome: "mended"})
	require.False(t, l.person("user_id:ada").OpenRequest())
	l.wait(20 * time.Hour)
	require.Equal(t, 1, l.person("user_id:ada").Requests[0].Escalated)
}

func TestFailedPaymentsAndRepeatedContactsAreRequests(t *testing.T) {
	t.Parallel()
	l := newLine(t, rules)
	l.known()
	failed := func() { l.append(event.Event{Kind: event.Track, Name: "Payment Failed", UserID: "ada"}) }
	failed()
	require.Empty(t, l.person("user_id:ada").Requests)
	failed()
	failed()
	require.Len(t, l.person("user_id:ada").Requests, 1)
	require.False(t, l.person("user_id:ada").OpenRequest(), "its rule says that selling goes on")
	for n := range 3 {
		l.says("sms", number, fmt.Sprint("where is my order, ", n))
		l.says("sms", number, "never mind")
		l.wait(3 * time.Hour)
	}
	kinds := make([]string, 0, 2)
	for _, r := range l.person("user_id:ada").Requests {
		kinds = append(kinds, r.Kind)
	}
	require.Equal(t, []string{"failed-payment", "again-and-again"}, kinds)
}
