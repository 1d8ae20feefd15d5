package lifecycle_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/testenv"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestScripts runs the small worlds of testdata. A block is a command, its
// lines, "----" and what is expected; blank lines separate blocks.
func TestScripts(t *testing.T) {
	t.Parallel()
	testenv.Scripts(t, *update, func(t *testing.T) func(string) string {
		t.Helper()
		return (&world{t: t, m: definition.Map{VisitGap: 30 * time.Minute}, events: map[string][]event.Event{}}).run
	})
}

// world is what a script has built up so far.
type world struct {
	t      *testing.T
	m      definition.Map
	names  []string
	stages []string
	events map[string][]event.Event
}

func (w *world) run(block string) string {
	var lines []string
	for l := range strings.SplitSeq(block, "\n") {
		if !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	command := strings.Fields(lines[0])
	switch command[0] {
	case "map":
		return w.declare(lines[1:])
	case "person":
		return w.live(command[1], command[2], lines[1:])
	case "atlas":
		return w.figures(instant(w.t, command[2]))
	case "who":
		return w.who(instant(w.t, command[2]), command[3:])
	case "survival":
		return w.survival(lines[1:])
	}
	w.t.Fatalf("unknown command %q", lines[0])
	return ""
}

func (w *world) declare(lines []string) string {
	for _, l := range lines {
		head, events, _ := strings.Cut(l, ": ")
		f := strings.Fields(head)
		switch f[0] {
		case "stage":
			w.m.Stages = append(w.m.Stages, definition.Stage{ID: f[1], Name: f[1]})
		case "touchpoint":
			w.m.Touchpoints = append(w.m.Touchpoints, definition.Touchpoint{
				ID: f[1], Name: f[1], Stage: f[2], Channel: f[3], Direction: definition.Direction(f[4]),
				Window: after(w.t, f[5]), Events: strings.Split(events, "; "),
			})
		default:
			w.t.Fatalf("map: %q", l)
		}
	}
	return fmt.Sprintf("%d stages, %d touchpoints", len(w.m.Stages), len(w.m.Touchpoints))
}

// live feeds a person's events in the order of arrival and says what became of
// each; figures are computed later from their order in time.
func (w *world) live(name, stage string, lines []string) string {
	c := lifecycle.New(&w.m)
	var walk profile.Walk
	var out strings.Builder
	for _, l := range lines {
		e := parseEvent(w.t, l)
		w.events[name] = append(w.events[name], e)
		in, ok := c.Step(&walk, e)
		if !ok {
			fmt.Fprintf(&out, "%s: not an interaction\n", l)
			continue
		}
		fmt.Fprintf(&out, "%s: %s at %s", l, in.Effort, in.Touchpoint)
		switch {
		case in.NewVisit:
			fmt.Fprintf(&out, ", begins visit %d", in.Visit)
		case in.Visit > 0:
			fmt.Fprintf(&out, ", visit %d", in.Visit)
		case in.Effort != lifecycle.Outreach:
			out.WriteString(", of an earlier visit")
		}
		out.WriteString("\n")
	}
	fmt.Fprintf(&out, "%d visits; %d outreach, %d response, %d unprompted; last own act %s", walk.Visits,
		walk.Effort.Outreach, walk.Effort.Response, walk.Effort.Unprompted, ago(walk.LastOwn))
	w.names, w.stages = append(w.names, name), append(w.stages, stage)
	slices.SortStableFunc(w.events[name], func(a, b event.Event) int { return int(a.Time - b.Time) })
	return out.String()
}

func (w *world) atlas() *lifecycle.Atlas {
	a := lifecycle.NewAtlas(lifecycle.New(&w.m))
	for i, n := range w.names {
		a.Add(person.ID{byte(i)}, w.stages[i], slices.Values(w.events[n]))
	}
	return a
}

func (w *world) figures(now event.Instant) string {
	r := w.atlas().Result(now)
	var out strings.Builder
	share := func(s lifecycle.Share) string {
		return fmt.Sprintf("%.3f (%.3f to %.3f) of %d people", s.Value, s.Low, s.High, s.People)
	}
	fmt.Fprintf(&out, "%d people, %d events from %s\n", r.People, r.Events, ago(r.From))
	fmt.Fprintf(&out, "initiative %s\n", share(r.Initiative))
	fmt.Fprintf(&out, "continued within %s %s\n", r.Window, share(r.Continued))
	for _, s := range r.Stages {
		fmt.Fprintf(&out, "stage %s: %d in it, initiative %s\n", s.ID, s.People, share(s.Initiative))
	}
	for _, p := range r.Touchpoints {
		fmt.Fprintf(&out, "touchpoint %s: %d interactions, %d/%d/%d; continuation %s: %d yes, %d no, %d open\n", p.ID, p.Interactions,
			p.Effort.Outreach, p.Effort.Response, p.Effort.Unprompted, share(p.Continuation),
			p.By[lifecycle.Yes], p.By[lifecycle.No], p.By[lifecycle.Open])
	}
	for _, f := range r.Flows {
		fmt.Fprintf(&out, "flow %s to %q: %d (%.3f)\n", f.From, f.To, f.People, f.Share)
	}
	for _, u := range r.Unmapped {
		fmt.Fprintf(&out, "not on the map: %s, %d times by %d people, last %s\n", u.Label, u.Count, u.People, ago(u.LastSeen))
	}
	return out.String()
}

func (w *world) who(now event.Instant, args []string) string {
	var f lifecycle.Filter
	fields := map[string]*string{
		"stage": &f.Stage, "at": &f.At, "touchpoint": &f.Touchpoint, "effort": &f.Effort,
		"next": &f.Next, "continued": &f.Continued, "event": &f.Event,
	}
	for _, a := range args {
		k, v, _ := strings.Cut(a, "=")
		require.Contains(w.t, fields, k)
		*fields[k] = v
	}
	match, err := w.atlas().Who(f, now)
	if err != nil {
		return "error: " + err.Error()
	}
	var out []string
	for i, n := range w.names {
		if match(i) {
			out = append(out, n)
		}
	}
	return strings.Join(append(out, ""), "\n") + fmt.Sprintf("%d people", len(out))
}

func (w *world) survival(lines []string) string {
	var obs []lifecycle.Observation
	for f := range strings.FieldsSeq(strings.Join(lines, " ")) {
		n, err := strconv.Atoi(strings.TrimSuffix(f, "+"))
		require.NoError(w.t, err)
		obs = append(obs, lifecycle.Observation{After: time.Duration(n) * time.Hour, Returned: !strings.HasSuffix(f, "+")})
	}
	c := lifecycle.Survive(obs)
	var out strings.Builder
	for i, o := range obs { // sorted by now
		again := i > 0 && obs[i-1].After == o.After && obs[i-1].Returned
		if last := i == len(obs)-1; again || !last && !o.Returned {
			continue
		}
		p := c.At(o.After)
		fmt.Fprintf(&out, "%3.0f  at risk %2d  survival %.4f  se %.4f  band %.4f to %.4f\n", o.After.Hours(), p.AtRisk, p.Survival, p.StandardError, p.Low, p.High)
	}
	return out.String()
}

func epoch() event.Instant { return event.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) }

func instant(t *testing.T, s string) event.Instant {
	t.Helper()
	return epoch().Add(after(t, s))
}

func ago(i event.Instant) string {
	if i == 0 {
		return "never"
	}
	return fmt.Sprintf("%gd", i.Sub(epoch()).Hours()/24)
}

func after(t *testing.T, s string) time.Duration {
	t.Helper()
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		days, rest = "0", s
	}
	n, err := strconv.Atoi(days)
	require.NoError(t, err, s)
	d := time.Duration(n) * 24 * time.Hour
	if rest != "" {
		r, err := time.ParseDuration(rest)
		require.NoError(t, err, s)
		d += r
	}
	return d
}

// parseEvent reads "1d2h track Order Completed", "3d email clicked",
// "3d email clicked by a robot", and " via D" for an act that carries a
// delivery id.
func parseEvent(t *testing.T, line string) event.Event {
	t.Helper()
	line, delivery, _ := strings.Cut(line, " via ")
	f := strings.SplitN(line, " ", 3)
	e := event.Event{Time: instant(t, f[0])}
	if delivery != "" {
		e.Context = []byte(`{"rapport_delivery":"` + delivery + `"}`)
	}
	if len(f) > 2 {
		e.Name = f[2]
	}
	switch f[1] {
	case "track":
		e.Kind = event.Track
	case "page":
		e.Kind = event.Page
	case "screen":
		e.Kind = event.Screen
	case "identify":
		e.Kind = event.Identify
	case "email", "webhook":
		outcome, machine := strings.CutSuffix(e.Name, " by a robot")
		e = event.Event{Kind: event.Receipt, Time: e.Time, Body: event.Pack(event.ReceiptBody{
			Delivery: "d", Channel: f[1], Outcome: event.Outcome(outcome), Machine: machine,
		})}
	default:
		t.Fatalf("event %q", line)
	}
	return e
}
