package report_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestScripts runs the small worlds of testdata, on the definitions of the
// retail template. A block is a command, its lines, "----" and what is expected;
// blank lines separate blocks.
func TestScripts(t *testing.T) {
	t.Parallel()
	testenv.Scripts(t, *update, func(t *testing.T) func(string) string {
		t.Helper()
		return (&script{world: newWorld(t, retail(t), 0)}).run
	})
}

type script struct {
	*world

	reports *report.Reports
}

func (s *script) run(block string) string {
	var lines []string
	for l := range strings.SplitSeq(block, "\n") {
		if !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	command, rest, _ := strings.Cut(lines[0], " ")
	ctx := context.Background()
	switch command {
	case "now":
		s.now = s.when(rest)
		s.settings(event.SettingsBody{})
		return "it is " + rest
	case "person":
		return s.person(rest, lines[1:])
	}
	s.reports = s.world.reports()
	switch command {
	case "page":
		p, err := s.reports.Person(ctx, id(rest))
		require.NoError(s.t, err)
		return p.Sentence
	case "timeline":
		return s.timeline(ctx, rest)
	case "map":
		m, err := s.reports.Map(ctx, report.Scope{})
		require.NoError(s.t, err)
		return m.Answer
	case "people":
		return s.people(ctx, rest)
	case "goal":
		return s.goal(ctx, rest)
	}
	s.t.Fatalf("unknown command %q", lines[0])
	return ""
}

func id(user string) person.ID { return person.IDOf(0, person.NewIdentity(person.UserID, user)) }

func (s *script) when(text string) event.Instant {
	s.t.Helper()
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return event.InstantOf(t)
		}
	}
	s.t.Fatalf("time %q", text)
	return 0
}

// person reads lines of "TIME KIND REST": a track call's name, then its
// properties; an identify call's traits; or the body of one of our own events.
func (s *script) person(user string, lines []string) string {
	kinds := map[string]event.Kind{}
	for k := event.Identify; k <= event.Refused; k++ {
		kinds[k.String()] = k
	}
	var history []event.Event
	goals := map[string]profile.Goal{}
	for _, l := range lines {
		f := strings.SplitN(l, " ", 3)
		e := event.Event{Kind: kinds[f[1]], Time: s.when(f[0])}
		require.NotZero(s.t, e.Kind, l)
		name, object, _ := strings.Cut(f[2], "{")
		if object = "{" + object; object == "{" {
			object = "{}"
		}
		require.True(s.t, json.Valid([]byte(object)), l)
		switch e.Kind {
		case event.Track, event.Page, event.Screen:
			e.Name, e.Properties = strings.TrimSpace(name), []byte(object)
		case event.Identify:
			e.Traits = []byte(object)
		default:
			e.Body = []byte(object)
		}
		if e.Kind == event.GoalJoined {
			b, err := event.Unpack[event.GoalBody](e)
			require.NoError(s.t, err)
			goals[b.Goal] = profile.Goal{Joined: e.Time, Arm: profile.Arm(b.Arm), Reachable: true}
		}
		history = append(history, e)
	}
	s.add(user, goals, history...)
	return fmt.Sprintf("%d events", len(history))
}

func (s *script) timeline(ctx context.Context, user string) string {
	page, err := s.reports.Timeline(ctx, id(user), 100, "")
	require.NoError(s.t, err)
	var out strings.Builder
	for _, e := range page.Events {
		fmt.Fprintf(&out, "%s  %s", e.Time.Time().Format("2006-01-02 15:04"), e.Sentence)
		if e.Effort != "" {
			fmt.Fprintf(&out, " [%s", e.Effort)
			if e.Visit > 0 {
				fmt.Fprintf(&out, ", visit %d", e.Visit)
			}
			out.WriteString("]")
		}
		out.WriteString("\n")
	}
	return out.String()
}

func (s *script) people(ctx context.Context, args string) string {
	var f report.Filter
	fields := map[string]*string{
		"query": &f.Query, "identity": &f.Identity, "stage": &f.Stage, "touchpoint": &f.Touchpoint, "effort": &f.Effort,
		"next": &f.Next, "continued": &f.Continued, "lately": &f.Lately, "event": &f.Event, "goal": &f.Goal, "arm": &f.Arm,
		"outcome": &f.Outcome, "action": &f.Action, "withheld": &f.Withheld,
	}
	for a := range strings.FieldsSeq(args) {
		k, v, _ := strings.Cut(a, "=")
		require.Contains(s.t, fields, k)
		*fields[k] = strings.ReplaceAll(v, "_", " ")
		if k == "goal" || k == "action" || k == "withheld" || k == "arm" || k == "identity" {
			*fields[k] = v
		}
	}
	list, err := s.reports.People(ctx, f)
	if err != nil {
		return "error: " + err.Error()
	}
	out := list.Sentence + "\n"
	for _, p := range list.People {
		out += strings.TrimSpace(fmt.Sprintf("%s, %s. %s", p.Name, p.Stage, p.Why)) + "\n"
	}
	return out
}

func (s *script) goal(ctx context.Context, id string) string {
	g, err := s.reports.Goal(ctx, id)
	require.NoError(s.t, err)
	var out strings.Builder
	fmt.Fprintln(&out, g.Answer)
	for _, a := range g.Arms {
		fmt.Fprintf(&out, "%s: %d people, %d mature, %d reached\n", a.Arm, a.People, a.Mature, a.Reached)
	}
	c := g.Counts
	fmt.Fprintf(&out, "%d choices, %d silent, %d sent, %d held, %d failed, %d unknown\n", c.Choices, c.Silent, c.Sent, c.Held, c.Failed, c.Unknown)
	for _, w := range g.Withheld {
		fmt.Fprintf(&out, "withheld %s from %d people, %d times: %s\n", w.Code, w.People, w.Times, w.Sentence)
	}
	for _, a := range g.Actions {
		if a.Chosen+a.Sent+a.Responded > 0 {
			fmt.Fprintf(&out, "%s: %d chosen, %d sent, %d responded\n", a.Name, a.Chosen, a.Sent, a.Responded)
		}
	}
	for _, r := range g.Recent {
		fmt.Fprintf(&out, "%s: %s %s %.2f\n", r.At.Time().Format("2006-01-02"), r.Name, r.Action, r.Probability)
	}
	return out.String()
}
