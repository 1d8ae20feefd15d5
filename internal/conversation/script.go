package conversation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/message"
)

// A script is what is said, a line each:
//
//	< change my plan      the person says it; on a phone, digits are keys
//	< [small]             they press the button of that id
//	> Which plan?         the company says it; a line of it each
//	@ sms                 from here on they are on another channel
//	~ 2d                  so much time passes
//	! change-plan {"plan":"small"}   a system is asked
//	? in-talk second-order/gift      the arbiter is asked, and chooses that, or silence
//	= changed             the conversation ends with this outcome
//
// What the person does is played; what comes of it is held against the script.

// Failure is a script that did not go as it says.
type Failure struct {
	Conversation string
	Test         string
	Diff         string // the script with what was not so (-) and what was (+)
}

// Test plays the scripts of every conversation of ws, and returns those that fail
// and how many there were.
func Test(ws *definition.Workspace) (failures []Failure, played int) {
	for i := range ws.Conversations {
		c := &ws.Conversations[i]
		for _, test := range c.Tests {
			played++
			want, got := Hold(ws, c, test)
			if diff := Difference(want, got); diff != "" {
				failures = append(failures, Failure{Conversation: c.ID, Test: test.Name, Diff: diff})
			}
		}
	}
	return failures, played
}

// Hold plays a script. It returns the lines of the script and those of the play.
func Hold(ws *definition.Workspace, c *definition.Conversation, test definition.ConversationTest) (want, got []string) {
	want, got, _ = hold(ws, c, test)
	return want, got
}

// hold is Hold, with the play itself.
func hold(ws *definition.Workspace, c *definition.Conversation, test definition.ConversationTest) (want, got []string, p *Play) {
	today := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	if d, err := time.Parse(time.DateOnly, test.Today); err == nil {
		today = d.Add(12 * time.Hour)
	}
	p = NewPlay(ws, Setting{
		Now: event.InstantOf(today), Results: test.Results, Decides: test.Decides,
		Rules: definition.Vars{Now: event.InstantOf(today), Traits: func() map[string]any { return test.Traits }, Known: definition.Fixed{}},
		Text:  message.Vars{Traits: test.Traits, Workspace: message.Of(ws)},
	})
	channel := test.Channel
	shown := 0
	report := func() {
		for ; shown < len(p.Lines); shown++ {
			got = append(got, written(p.Lines[shown])...)
		}
	}
	for line := range strings.SplitSeq(test.Script, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		want = append(want, line)
		mark, rest, _ := strings.Cut(line, " ")
		rest = strings.TrimSpace(rest)
		switch mark {
		case "<":
			said := spoken(rest, channel)
			if said.Begins = Match(ws, said.Text, p.world.Rules); p.begun == 0 && said.Begins == "" {
				said.Begins = c.ID
			}
			p.Say(said)
			report()
		case "@":
			channel = rest
			got = append(got, line)
		case "~":
			got = append(got, line)
			if d, ok := definition.ParseDuration(rest); ok {
				p.Wait(d)
			}
			report()
		case ">":
			if p.begun == 0 {
				p.Open(c.ID, channel)
				report()
			}
		}
	}
	return want, got, p
}

// spoken is a line of a person.
func spoken(text, channel string) Said {
	said := Said{Channel: channel, Address: "here", Text: text}
	if id, ok := strings.CutPrefix(text, "["); ok && strings.HasSuffix(id, "]") {
		said.Text, said.Choice = "", strings.TrimSuffix(id, "]")
	}
	if MeansOf(channel) == Spoken && text != "" && strings.Trim(text, "0123456789*#") == "" {
		said.Text, said.Keys = "", strings.Trim(text, "#")
	}
	return said
}

// written is a line of a play as scripts have it. Beginnings and rests are not
// written: they follow from the rest.
func written(l Line) (out []string) {
	switch {
	case l.Who == "person":
		return []string{"< " + l.Text}
	case l.Who == "call":
		return []string{"! " + l.Text}
	case l.Who == "choice":
		return []string{"? " + l.Text}
	case l.Who == "company":
		for t := range strings.SplitSeq(l.Text, "\n") {
			if t = strings.TrimSpace(t); t != "" {
				out = append(out, "> "+t)
			}
		}
	case l.Move == event.Ended || l.Move == event.HandedOver:
		return []string{"= " + l.Text}
	}
	return out
}

// SameOn plays the tests of a conversation on a channel, whichever they are written
// for, and returns how many there are and how many come to the same outcome by the
// same calls. Those that change channels are left out.
func SameOn(ws *definition.Workspace, c *definition.Conversation, channel string) (played, same int) {
	for _, test := range c.Tests {
		if strings.Contains("\n"+test.Script, "\n@") {
			continue
		}
		played++
		if slices.Equal(ends(Hold(ws, c, test)), ends(Hold(ws, c, onto(test, channel)))) {
			same++
		}
	}
	return played, same
}

// onto is a test for another channel: buttons become words where there are none,
// and keys where they do.
func onto(test definition.ConversationTest, channel string) definition.ConversationTest {
	test.Channel = channel
	if MeansOf(channel) == Buttons {
		return test
	}
	lines := strings.Split(test.Script, "\n")
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(l), "< ["); ok {
			lines[i] = "< " + strings.ReplaceAll(strings.TrimSuffix(rest, "]"), "-", " ")
		}
	}
	test.Script = strings.Join(lines, "\n")
	return test
}

// ends are the calls and outcomes of a play.
func ends(_, got []string) (out []string) {
	for _, l := range got {
		if strings.HasPrefix(l, "= ") || strings.HasPrefix(l, "! ") || strings.HasPrefix(l, "? ") {
			out = append(out, l)
		}
	}
	return out
}

// Difference shows where two lists of lines part, by their longest common
// subsequence (Hunt and McIlroy 1976); empty when they are the same.
func Difference(want, got []string) string {
	n, m := len(want), len(got)
	common := make([][]int, n+1)
	for i := range common {
		common[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if want[i] == got[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	if common[0][0] == n && n == m {
		return ""
	}
	var b strings.Builder
	for i, j := 0, 0; i < n || j < m; {
		switch {
		case i < n && j < m && want[i] == got[j]:
			fmt.Fprintf(&b, "    %s\n", want[i])
			i, j = i+1, j+1
		case i < n && (j == m || common[i+1][j] >= common[i][j+1]):
			fmt.Fprintf(&b, "  - %s\n", want[i])
			i++
		default:
			fmt.Fprintf(&b, "  + %s\n", got[j])
			j++
		}
	}
	return b.String()
}
