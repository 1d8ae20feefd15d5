package segment_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestScripts runs the stories of testdata about one person, Ada, in the shop of
// testdata/shop.yaml, which opens on a Tuesday at noon UTC. The commands are those
// of story.command; underscores stand for the spaces of names.
func TestScripts(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("testdata/shop.yaml")
	require.NoError(t, err)
	testenv.Scripts(t, *update, func(t *testing.T) func(string) string {
		t.Helper()
		s := &story{t: t, source: string(source), env: &engine.Env{Settings: event.SettingsBody{Live: event.Disarmed}}}
		s.define(s.source)
		s.env.At(1, event.InstantOf(time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)))
		return s.run
	})
}

type story struct {
	t       *testing.T
	source  string
	env     *engine.Env
	ada     *profile.Person
	history []event.Event
	told    int // of history
	n       int
}

func (s *story) define(yaml string) {
	s.t.Helper()
	ws, err := definition.Compile([]byte(yaml))
	require.NoError(s.t, err)
	s.env.Defs, s.env.Map = ws, lifecycle.New(&ws.Map)
}

func (s *story) run(block string) string {
	var b strings.Builder
	for words := range testenv.Commands(block) {
		s.command(&b, words)
	}
	return b.String()
}

func (s *story) command(b *strings.Builder, words []string) {
	switch words[0] {
	case "did", "imported": // did EVENT [ago=3h] [property=value …]; page:NAME is a page
		s.did(words)
	case "trait": // trait plan=pro
		name, value, _ := strings.Cut(words[1], "=")
		s.apply(event.Event{Kind: event.Identify, UserID: "ada", Traits: fmt.Appendf(nil, `{%q:%q}`, name, value)})
	case "pass": // pass 3h or 2d: timers fire as they fall due
		s.pass(b, span(s.t, words[1]))
		return
	case "add": // add ID RULE: a segment
		s.source += fmt.Sprintf("  - {id: %s, when: '%s'}\n", words[1], strings.Join(words[2:], " "))
		s.sweep()
	case "remove": // remove ID: a segment
		lines := slices.DeleteFunc(strings.Split(s.source, "\n"), func(l string) bool { return strings.Contains(l, "{id: "+words[1]+",") })
		s.source = strings.Join(lines, "\n")
		s.sweep()
	case "segments":
		for _, m := range s.ada.Segments {
			fmt.Fprintf(b, "%s since %s\n", m.Segment, m.Since)
		}
	case "feature": // feature ID: its value now
		for i := range s.env.Defs.Features {
			if f := &s.env.Defs.Features[i]; f.ID == words[1] {
				fmt.Fprintf(b, "%s is %v\n", f.ID, s.ada.Value(f, s.env.Defs.Currency, s.env.Now))
			}
		}
	default:
		s.t.Fatalf("unknown command %q", words[0])
	}
	s.tell(b)
}

func (s *story) did(words []string) {
	e := event.Event{
		Kind: event.Track, Name: strings.ReplaceAll(words[1], "_", " "), UserID: "ada", Imported: words[0] == "imported", Time: s.env.Now,
	}
	if name, ok := strings.CutPrefix(e.Name, "page:"); ok {
		e.Kind, e.Name = event.Page, name
	}
	var properties []string
	for _, w := range words[2:] {
		name, value, _ := strings.Cut(w, "=")
		if name == "ago" {
			e.Time = s.env.Now.Add(-span(s.t, value))
			continue
		}
		if strings.Trim(value, "-.0123456789") != "" {
			value = fmt.Sprintf("%q", value)
		}
		properties = append(properties, fmt.Sprintf("%q:%s", name, value))
	}
	e.Properties = []byte("{" + strings.Join(properties, ",") + "}")
	s.apply(e)
}

func (s *story) apply(e event.Event) {
	s.n++
	e.To, e.Source, e.MessageID, e.ReceivedAt = person.IDOf(0, e.Primary()), "test", fmt.Sprint(s.n), s.env.Now
	if e.Time == 0 {
		e.Time = s.env.Now
	}
	s.env.At(s.env.Offset+1, s.env.Now)
	var fx engine.Effects
	s.ada, fx = engine.Apply(s.env, s.ada, e)
	s.history = append(s.history, fx.Timeline...)
}

func (s *story) sweep() {
	s.define(s.source)
	var fx engine.Effects
	s.ada, fx = engine.Refresh(s.env, s.ada, slices.Values(slices.Clone(s.history)))
	s.history = append(s.history, fx.Timeline...)
}

func (s *story) pass(b *strings.Builder, d time.Duration) {
	end := s.env.Now.Add(d)
	for {
		due := s.ada.DueTimers(end)
		if len(due) == 0 {
			break
		}
		s.env.At(s.env.Offset+1, due[0].Due)
		var fx engine.Effects
		s.ada, fx = engine.Fire(s.env, s.ada, due[0])
		s.history = append(s.history, fx.Timeline...)
		s.tell(b)
	}
	s.env.At(s.env.Offset+1, end)
}

// tell prints the moves that were not told yet.
func (s *story) tell(b *strings.Builder) {
	for ; s.told < len(s.history); s.told++ {
		e := s.history[s.told]
		if e.Kind != event.SegmentEntered && e.Kind != event.SegmentLeft {
			continue
		}
		body, err := event.Unpack[event.SegmentBody](e)
		require.NoError(s.t, err)
		how := strings.TrimPrefix(e.Kind.String(), "segment_")
		if body.Sweep {
			how += " by sweep"
		}
		fmt.Fprintf(b, "%s: %s %s\n", e.Time.Time().Format("Mon 2 Jan 15:04:05.999999"), how, body.Segment)
	}
}

func span(t *testing.T, s string) time.Duration {
	t.Helper()
	days := 0
	if n, rest, ok := strings.Cut(s, "d"); ok {
		_, err := fmt.Sscan(n, &days)
		require.NoError(t, err)
		s = rest
	}
	d := time.Duration(days) * 24 * time.Hour
	if s != "" {
		more, err := time.ParseDuration(s)
		require.NoError(t, err)
		d += more
	}
	return d
}
