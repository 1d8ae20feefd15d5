package processor_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// advised is a line on which the arbiter may have something said; changes are pairs of
// what is written otherwise.
func advised(t *testing.T, changes ...string) *line {
	t.Helper()
	telco, err := os.ReadFile("../conversation/testdata/telco.yaml")
	require.NoError(t, err)
	advice, err := os.ReadFile("../conversation/testdata/advice.yaml")
	require.NoError(t, err)
	w := &world{t: t, now: noon, journal: journal.NewMemory(), outbox: map[string]statestore.Change{}}
	w.restart(2)
	l := &line{world: w}
	source := replace(telco, "stages: [{id: use}]", `stages: [{id: use}, {id: again, when: 'did("Order Completed", 2)'}]`, "channels:\n", "channels:\n  - {id: voice}\n  - {id: sms}\n")
	l.define(string(replace(append(source, advice...), changes...)))
	l.live(event.LiveToAll)
	return l
}

// chosen are the choices that conversations asked for, by what became of them.
func (l *line) chosen() (bodies []event.ChoiceBody, served map[event.Opportunity]bool) {
	l.t.Helper()
	served = map[event.Opportunity]bool{}
	for _, e := range l.records() {
		switch e.Kind {
		case event.Choice:
			b, err := event.Unpack[event.ChoiceBody](e)
			require.NoError(l.t, err)
			if b.Slot == "in-talk" {
				bodies = append(bodies, b)
			}
		case event.Served:
			b, err := event.Unpack[event.ServedBody](e)
			require.NoError(l.t, err)
			served[b.ID] = b.Served
		default:
		}
	}
	return bodies, served
}

func TestWhatIsSaidInAConversationIsDecidedServedAndLearnedFromLikeAllElse(t *testing.T) {
	t.Parallel()
	l := advised(t)
	said := map[string]int{}
	for i := range 40 {
		said[l.says("sms", fmt.Sprintf("+49123%06d", i), "data left")]++
	}
	const silent = "You have 2 gigabytes left.\n\nWrite whenever you want to know."
	const offered = "You have 2 gigabytes left.\n\nTen gigabytes more\n, they are yours for 5 euros.\nGood for: a month\n\nShall I book bundle?\nReply yes or no."
	require.Equal(t, 40, said[silent]+said[offered], "%v", said)
	require.Greater(t, said[offered], 5)
	require.Greater(t, said[silent], 5)
	bodies, served := l.chosen()
	require.Len(t, bodies, 40)
	for _, b := range bodies {
		require.Len(t, b.Candidates, 2)
		require.InDelta(t, 1, b.Candidates[0].Probability+b.Candidates[1].Probability, 1e-9)
		require.InDelta(t, b.Candidates[b.Chosen].Probability, b.Probability, 1e-12)
		require.Equal(t, `the conversation "How much data is left" came to the step "tip", by sms`, b.Trigger)
		require.NotEmpty(t, b.Record, "it can be made again")
		require.True(t, served[b.ID])
	}
	l.wait(15 * day)
	outcomes := 0
	l.everybody(func(p *profile.Person, history []event.Event) {
		require.Empty(t, p.Showing)
		for _, e := range history {
			if e.Kind == event.Outcomes {
				outcomes++
			}
		}
	})
	require.Equal(t, 40, outcomes, "silence is learned from as well")
	hash := l.hash()
	l.restart(3)
	require.Equal(t, hash, l.hash(), "what was chosen is not chosen again")
}

func TestASaidMessageBringsItsNextStepsAndItsWordsOnTheChannel(t *testing.T) {
	t.Parallel()
	l := advised(t)
	for i := 0; ; i++ {
		require.Less(t, i, 100)
		l.heard = nil
		if text := l.says("voice", fmt.Sprintf("+49123%06d", i), "data left"); strings.Contains(text, "book") {
			require.Contains(t, text, "You have 2 gigabytes left. Ten gigabytes more. Ten more are five euros, .")
			break
		}
	}
	require.Len(t, l.heard, 1, "it is one text")
	c := l.heard[0].Content
	require.Len(t, c.Options, 2)
	require.Equal(t, []event.Step{{Label: "Change my plan", Conversation: "change-plan"}, {Label: "See what there is", URL: "https://telco.example/data"}}, c.More)
}

func TestNobodyInTheHoldoutIsOfferedAnythingInAConversation(t *testing.T) {
	t.Parallel()
	l := advised(t, "holdout: 0%\n    actions", "holdout: 50%\n    actions")
	held := 0
	for i := range 40 {
		number := fmt.Sprintf("+49123%06d", i)
		text := l.says("sms", number, "data left")
		if l.person("phone:" + number).Goals["more-data"].Arm != profile.Treated {
			held++
			require.NotContains(t, text, "gigabytes more")
		}
	}
	require.Positive(t, held)
	bodies, _ := l.chosen()
	silent := 0
	for _, b := range bodies {
		if strings.Contains(b.Reason, "holdout") {
			silent++
		}
	}
	require.Equal(t, held, silent, "each has its reason")
}

// asks is Ada's question, which is not folded yet.
func asks() event.Event {
	from := person.NewIdentity(person.Phone, number)
	return event.Event{
		Kind: event.Replied, To: person.IDOf(0, from), MessageID: "asks", Source: "test", Time: noon, ReceivedAt: noon,
		Body: event.Pack(event.RepliedBody{Channel: "sms", From: from, Address: number, Text: "data left"}),
	}
}

func TestWhatCouldNotBeSaidIsNotLearnedFrom(t *testing.T) {
	t.Parallel()
	l := advised(t)
	l.append(asks())
	l.live(event.Stopped)
	require.Empty(t, l.listen())
	bodies, served := l.chosen()
	require.Len(t, bodies, 1)
	told, is := served[bodies[0].ID]
	require.True(t, is)
	require.False(t, told)
	require.Empty(t, l.person("phone:"+number).Stakes)
}

func TestAConversationGoesOnWithoutAnArbiterThatDoesNotAnswerInTime(t *testing.T) {
	t.Parallel()
	l := advised(t)
	later := event.Event{Kind: event.Clock, Source: "processor", Time: noon.Add(time.Minute), ReceivedAt: noon.Add(time.Minute)}
	_, err := l.journal.Append(t.Context(), append(processor.Entries([]event.Event{asks()}), journal.Entry{Partition: asks().To.Home(), Data: later.AppendTo(nil)}))
	require.NoError(t, err)
	l.now = later.Time
	l.drain()
	require.Equal(t, "You have 2 gigabytes left.\n\nWrite whenever you want to know.", l.listen())
	bodies, _ := l.chosen()
	require.Empty(t, bodies)
	p := l.person("phone:" + number)
	require.Empty(t, p.Showing)
	require.Contains(t, l.history(p), "served", "that nothing was chosen is written down")
}

func TestAServerThatStoppedBeforeItChoseChoosesWhenItStarts(t *testing.T) {
	t.Parallel()
	l := advised(t)
	_, err := l.journal.Append(t.Context(), processor.Entries([]event.Event{asks()}))
	require.NoError(t, err)
	l.restart(2)
	l.drain()
	require.Contains(t, l.listen(), "You have 2 gigabytes left.")
	bodies, served := l.chosen()
	require.Len(t, bodies, 1)
	require.True(t, served[bodies[0].ID])
}
