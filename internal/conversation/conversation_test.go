package conversation_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/conversation"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
)

//go:embed testdata/telco.yaml
var telco []byte

//go:embed testdata/advice.yaml
var advice []byte

func workspace(t *testing.T) *definition.Workspace {
	t.Helper()
	ws, err := definition.Compile(telco)
	require.NoError(t, err)
	return ws
}

func TestTheScriptsOfTheTelcoHold(t *testing.T) {
	t.Parallel()
	ws := workspace(t)
	failures, played := conversation.Test(ws)
	require.GreaterOrEqual(t, played, 6)
	for _, f := range failures {
		t.Errorf("%s: %s\n%s", f.Conversation, f.Test, f.Diff)
	}
	for i := range ws.Conversations {
		require.Empty(t, conversation.Check(&ws.Conversations[i]))
	}
}

// advised is the telco with what the arbiter may say there.
func advised() string {
	return strings.NewReplacer(
		"stages: [{id: use}]", `stages: [{id: use}, {id: again, when: 'did("Order Completed", 2)'}]`,
		"channels:\n", "channels:\n  - {id: voice}\n",
	).Replace(string(telco)) + string(advice)
}

func TestTheScriptsInWhichTheArbiterIsAskedHold(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(advised()))
	require.NoError(t, err)
	def, _ := ws.Conversation("data-left")
	require.Empty(t, conversation.Check(def))
	require.Equal(t, []string{"in-talk"}, conversation.Slots(def))
	failures, played := conversation.Test(ws)
	require.Greater(t, played, 8)
	for _, f := range failures {
		t.Errorf("%s: %s\n%s", f.Conversation, f.Test, f.Diff)
	}
	for _, channel := range []string{"web", "sms", "voice", "email", "whatsapp"} {
		played, same := conversation.SameOn(ws, def, channel)
		require.Equal(t, 3, played)
		require.Equal(t, played, same, channel)
	}
}

func TestADecisionThatNobodyCouldMakeIsSaidWhereItIsWritten(t *testing.T) {
	t.Parallel()
	source := advised()
	for change, problem := range map[[2]string]string{
		{"decide: in-talk", "decide: in-tolk"}:                                                    `there is no slot "in-tolk"; did you mean "in-talk"?`,
		{"decides: {in-talk: more-data/bundle}", "decides: {in-talk: more-data/x}"}:               `there is no action "more-data/x"`,
		{"decides: {in-talk: more-data/bundle}", "decides: {top: more-data/bundle}"}:              `there is no slot "top"; use one of: in-talk`,
		{"{id: tip, decide: in-talk, otherwise: nothing}", "{id: tip, say: Hi, decide: in-talk}"}: "does several things; make a step of each",
	} {
		_, err := definition.Compile([]byte(strings.Replace(source, change[0], change[1], 1)))
		require.ErrorContains(t, err, problem)
	}
}

func TestAScriptThatDoesNotHoldIsShownLineByLine(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(strings.Replace(string(telco), "> From which day on?\n          < tomorrow", "> From when on?\n          < tomorrow", 1)))
	require.NoError(t, err)
	failures, _ := conversation.Test(ws)
	require.Len(t, failures, 1)
	require.Contains(t, failures[0].Diff, "    < [large]\n  - > From when on?\n  + > From which day on?\n    < tomorrow\n")
}

func play(ws *definition.Workspace) *conversation.Play {
	now := event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC))
	return conversation.NewPlay(ws, conversation.Setting{Now: now, Rules: definition.Vars{Now: now, Known: definition.Fixed{}}, Text: message.Vars{}})
}

func TestEveryChannelComesToTheSameOutcomeByTheSameCall(t *testing.T) {
	t.Parallel()
	ws := workspace(t)
	says := map[string][]conversation.Said{
		"web":      {{Text: "change my plan"}, {Choice: "large"}, {Text: "4 March"}, {Choice: "yes"}},
		"whatsapp": {{Text: "Change my plan!"}, {Text: "Large plan"}, {Text: "04.03.2026"}, {Choice: "yes"}},
		"sms":      {{Text: "CHANGE PLAN"}, {Text: "2"}, {Text: "tomorrow"}, {Text: "Y"}},
		"voice":    {{Text: "I would like to change my plan"}, {Text: "the big one please"}, {Text: "march the fourth"}, {Keys: "1"}},
		"email": {
			{Text: "Dear Telco,\nplease change my plan"}, {Text: "Large plan"}, {Text: "March 4th"}, {Text: "yes"},
		},
	}
	says["voice"][2] = conversation.Said{Keys: "04032026"}
	says["email"][0].Text = "please change my plan"
	for channel, all := range says {
		p := play(ws)
		for _, said := range all {
			said.Channel = channel
			p.Say(said)
		}
		require.Equal(t, "changed", p.Outcome, "%s: %v", channel, p.Lines)
		calls := 0
		for _, l := range p.Lines {
			if l.Who == "call" {
				calls++
				require.JSONEq(t, `{"plan":"large","from":"2026-03-04"}`, strings.TrimPrefix(l.Text, "set-plan "), channel)
			}
		}
		require.Equal(t, 1, calls)
	}
}

func TestAnswersAreUnderstoodAsPeopleGiveThem(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC) // a Tuesday
	least, most := 1.0, 10.0
	plan := definition.Question{For: definition.Choice, Options: []definition.Option{{ID: "small", Words: []string{"little"}}, {ID: "small-plus"}, {ID: "large"}}}
	options := []event.Option{{ID: "small", Label: "Small"}, {ID: "small-plus", Label: "Small plus"}, {ID: "large", Label: "Large"}}
	number, amount := definition.Question{For: definition.Number, Least: &least, Most: &most}, definition.Question{For: definition.Amount}
	day, ahead, behind := definition.Question{For: definition.Date}, definition.Question{For: definition.Date, Future: true}, definition.Question{For: definition.Date, Past: true}
	yes := definition.Question{For: definition.YesNo}
	for _, c := range []struct {
		q    definition.Question
		said string
		want string // JSON; empty: none
	}{
		{plan, "2", `"small-plus"`},
		{plan, "option 3", `"large"`},
		{plan, "the second one", `"small-plus"`},
		{plan, "two", `"small-plus"`},
		{plan, "Small", `"small"`},
		{plan, "small plus please", `"small-plus"`},
		{plan, "the little one", `"small"`},
		{plan, "lar", `"large"`},
		{plan, "4", ""},
		{plan, "not the large one", ""},
		{plan, "large or little", ""},
		{plan, "sm", ""},
		{plan, "", ""},
		{yes, "Yes, please!", `true`},
		{yes, "no thanks", `false`},
		{yes, "yes and no", ""},
		{yes, "OK", `true`},
		{yes, "don't", `false`},
		{yes, "maybe", ""},
		{number, "about 7", `7`},
		{number, "seven", `7`},
		{number, "7,5", `7.5`},
		{number, "11", ""},
		{number, "3 or 4", ""},
		{number, "none", ""},
		{amount, "12.50", `{"amount":12.5,"currency":"EUR"}`},
		{amount, "€1.234,50", `{"amount":1234.5,"currency":"EUR"}`},
		{amount, "1,234 dollars", `{"amount":1234,"currency":"USD"}`},
		{amount, "twenty five pounds", ""},
		{amount, "100", `{"amount":100,"currency":"EUR"}`},
		{day, "tomorrow", `"2026-03-04"`},
		{day, "2026-12-31", `"2026-12-31"`},
		{day, "31/12/2026", `"2026-12-31"`},
		{day, "12/31/2026", `"2026-12-31"`},
		{day, "4 March", `"2026-03-04"`},
		{day, "March 2nd", `"2027-03-02"`},
		{day, "friday", `"2026-03-06"`},
		{day, "in 3 days", `"2026-03-06"`},
		{day, "30 February", ""},
		{day, "soon", ""},
		{ahead, "yesterday", ""},
		{behind, "friday", `"2026-02-27"`},
		{behind, "4 March", `"2025-03-04"`},
	} {
		q := c.q
		got := conversation.Understand(&q, options, conversation.Said{Channel: "sms", Text: c.said}, conversation.Frame{Today: today, Currency: "EUR"})
		if c.want == "" {
			require.Nil(t, got, "%q is %s", c.said, got)
			continue
		}
		require.NotNil(t, got, c.said)
		require.JSONEq(t, c.want, string(got), c.said)
	}
}

func TestOnlyWhatTheWriterWroteIsLeftOfALetter(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{
		"Large plan\r\n\r\nOn Tue, 3 Mar 2026 at 12:00, Telco <hello@telco.example> wrote:\r\n> Which plan would you like?\r\n> 1. Small plan\r\n",
		"Large plan\n\nOn Tue, 3 Mar 2026 at 12:00, Telco and all of its people\n<hello@telco.example> wrote:\n> Which plan?\n",
		"Large plan\n-- \nAda Lovelace\nTelephone 1\n",
		"Large plan\n\nSent from my iPhone\n\n> On 3 Mar 2026, at 12:00, Telco wrote:\n",
		"Large plan\n\n-----Original Message-----\nFrom: Telco\n1. Small plan",
		"Large plan\n\n________________________________\nFrom: Telco <hello@telco.example>\nSmall plan",
		"Large plan\n\nAm 3. März 2026 um 12:00 schrieb Telco <hello@telco.example>:\n> Small plan",
		"> Which plan?\n\nLarge plan",
	} {
		require.Equal(t, "Large plan", conversation.Stripped(letter), letter)
	}
	require.Equal(t, "> all of it is quoted", conversation.Stripped("> all of it is quoted"))
	require.Equal(t, "On Monday I wrote to you.\nNobody answered.", conversation.Stripped("On Monday I wrote to you.\nNobody answered."))
}

// Whatever people say, a conversation asks or is over; it says something each
// time, and takes no more turns than its questions have tries.
func TestWhateverIsSaidAConversationAsksOrIsOver(t *testing.T) {
	t.Parallel()
	ws := workspace(t)
	seed := uint64(time.Now().UnixNano()) //nolint:gosec // any will do
	rng := rand.New(rand.NewPCG(seed, 1))
	words := []string{"1", "2", "yes", "no", "", "change my plan", "where is my order", "complaint", "1234", "tomorrow", "cancel", "agent", "🙂", "{{ x }}", "0"}
	channels := []string{"web", "sms", "voice", "email", "fax"}
	for n := range 500 {
		p := play(ws)
		for turn := range 12 {
			before := len(p.Lines)
			said := conversation.Said{Channel: channels[rng.IntN(len(channels))], Text: words[rng.IntN(len(words))]}
			if rng.IntN(6) == 0 {
				p.Wait(time.Duration(rng.IntN(400)) * time.Hour)
			}
			begins := p.Over() && conversation.Match(ws, said.Text, definition.Vars{Known: definition.Fixed{}}) == ""
			p.Say(said)
			spoke := false
			for _, l := range p.Lines[before:] {
				spoke = spoke || l.Who == "company"
			}
			require.True(t, spoke || begins, "seed %d, play %d, turn %d: nothing was said to %q\n%s", seed, n, turn, said.Text, told(p))
		}
	}
}

func told(p *conversation.Play) string {
	var b strings.Builder
	for _, l := range p.Lines {
		fmt.Fprintf(&b, "%s %s: %s\n", l.Channel, l.Who, l.Text)
	}
	return b.String()
}

func TestStepsThatNothingLeadsToAndTextsThatCannotBeReadAreTold(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(`{workspace: {name: S, currency: EUR}, map: {stages: [{id: a}]}, conversations: [{id: c, steps: [
	  {say: "Hello {{ name"}, {end: done}, {id: lost, say: Nobody hears this}]}]}`))
	require.NoError(t, err)
	errs := conversation.Check(&ws.Conversations[0])
	require.Len(t, errs, 2)
	require.ErrorContains(t, errs[0], `step "step-1"`)
	require.ErrorContains(t, errs[1], `step "lost": nothing leads to it`)
}

func TestAConversationThatGoesRoundInACircleIsHandedOver(t *testing.T) {
	t.Parallel()
	ws, err := definition.Compile([]byte(`{workspace: {name: S, currency: EUR}, map: {stages: [{id: a}]}, conversations: [{id: c, begin: {words: go}, steps: [
	  {id: one, branch: [{go: two}]}, {id: two, branch: [{go: one}]}]}]}`))
	require.NoError(t, err)
	p := play(ws)
	p.Say(conversation.Said{Channel: "sms", Text: "go"})
	require.True(t, p.Over())
	require.Equal(t, "handed over", p.Outcome)
}

func TestAnswersStayTheSameWhenTheyAreStored(t *testing.T) {
	t.Parallel()
	q := definition.Question{For: definition.Number}
	got := conversation.Understand(&q, nil, conversation.Said{Text: "0.1"}, conversation.Frame{})
	require.True(t, json.Valid(got))
	require.Equal(t, "0.1", string(got))
}

func TestTheConversationsOfEveryTemplateDoAsTheirTestsSay(t *testing.T) {
	t.Parallel()
	for _, name := range definition.Templates() {
		source, _ := definition.Template(name)
		ws, err := definition.Compile(source)
		require.NoError(t, err, name)
		require.Len(t, ws.Conversations, 3, name)
		failures, played := conversation.Test(ws)
		require.Empty(t, failures, name)
		require.GreaterOrEqual(t, played, len(ws.Conversations), "each has a test")
	}
}
