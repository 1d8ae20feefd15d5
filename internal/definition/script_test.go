package definition_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

var update = flag.Bool("update", false, "rewrite what the scripts under testdata expect")

// A script is a list of cases:
//
//	=== COMMAND: what it shows
//	input
//	----
//	what comes out
//
// The commands are compile, show, folder, ask, tree and import; see the functions.
func TestScripts(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, paths, "no scripts: this test looks in the wrong place")
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			runScript(t, path)
		})
	}
}

func runScript(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(text), "=== ")
	require.True(t, ok, "no cases")
	commands := map[string]func(*testing.T, string) string{
		"compile": compileCase, "show": showCase, "folder": folderCase, "ask": askCase, "import": importCase, "tree": treeCase,
		"experiments": experimentsCase,
	}
	var out strings.Builder
	out.WriteString(head)
	for c := range strings.SplitSeq(rest, "\n=== ") {
		title, body, _ := strings.Cut(c, "\n")
		input, want, ok := strings.Cut(body, "\n----\n")
		require.True(t, ok, "case %q has no ----", title)
		command, _, _ := strings.Cut(title, ":")
		require.Contains(t, commands, command)
		got := strings.TrimSpace(commands[command](t, input))
		if !*update {
			require.Equal(t, strings.TrimSpace(want), got, "%s: %s", path, title)
		}
		fmt.Fprintf(&out, "=== %s\n%s\n----\n%s\n\n", title, input, got)
	}
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o600))
	}
}

// shop is what compile and show add of the top-level keys that a case leaves out.
var shop = map[string]string{
	"workspace": "workspace: {name: Shop, currency: EUR}\n",
	"features":  "features:\n  - {id: orders, count: Order Completed}\n  - {id: last-order, last: Order Completed}\n",
	"map":       "map:\n  stages: [{id: new}, {id: buyer, when: orders > 0}]\n",
	"channels":  "channels: [{id: email, from: shop@shop.example}]\n",
}

func completed(input string) string {
	for _, key := range []string{"workspace", "features", "map", "channels"} {
		if !strings.Contains("\n"+input, "\n"+key+":") {
			input += "\n" + shop[key]
		}
	}
	return input
}

// compileCase compiles definitions and prints "ok" or the problems.
func compileCase(t *testing.T, input string) string {
	t.Helper()
	_, err := definition.Compile([]byte(completed(input)))
	return verdict(err)
}

func verdict(err error) string {
	if err != nil {
		return err.Error()
	}
	return "ok"
}

// showCase compiles definitions and prints what they became.
func showCase(t *testing.T, input string) string {
	t.Helper()
	w, err := definition.Compile([]byte(completed(input)))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "workspace %s, %s, %s, seed %s\n", w.Name, w.Currency, w.Zone, w.Seed)
	for _, f := range w.Features {
		fmt.Fprintf(&b, "feature %s %q: %s of %v %s less %v %s", f.ID, f.Name, f.Aggregate, f.Events, f.Property, f.Less, f.LessOf)
		if f.Where != nil {
			fmt.Fprintf(&b, " where %q", f.Where.Source())
		}
		if f.Within > 0 {
			fmt.Fprintf(&b, " within %s by %s", f.Within, f.Grain())
		}
		if f.Per > 0 {
			fmt.Fprintf(&b, " per %s", f.Per)
		}
		if f.Plain {
			b.WriteString(" as numbers")
		}
		b.WriteString("\n")
	}
	for _, s := range w.Segments {
		in := s.When.Inputs()
		fmt.Fprintf(&b, "segment %s %q: %s; asks", s.ID, s.Name, s.When.Source())
		for _, f := range in.Features {
			fmt.Fprintf(&b, " %s", f.ID)
		}
		fmt.Fprintf(&b, " segments %v traits %t stage %t time %t\n", in.Segments, in.Traits, in.Stage, in.Time)
	}
	fmt.Fprintf(&b, "visits end after %s\n", w.Map.VisitGap)
	for _, s := range w.Map.Stages {
		fmt.Fprintf(&b, "stage %s %q: %s\n", s.ID, s.Name, s.When.Source())
	}
	for _, p := range w.Map.Touchpoints {
		fmt.Fprintf(&b, "touchpoint %s %q: %s %s %s %v where %q within %s\n", p.ID, p.Name, p.Stage, p.Channel, p.Direction, p.Events, p.Where.Source(), p.Window)
	}
	for _, g := range w.Goals {
		fmt.Fprintf(&b, "goal %s %q: who %q from %v to %v, %+v, horizon %s, holdout %g, every %s\n",
			g.ID, g.Name, g.Who.Source(), g.From, g.To, g.KPI, g.Horizon, g.Holdout, g.Every)
		for _, a := range g.Actions {
			fmt.Fprintf(&b, "  action %s %q: %s when %q, again after %s\n", a.ID, a.Name, a.Kind, a.When.Source(), a.CoolDown)
			for _, m := range a.Messages {
				fmt.Fprintf(&b, "    message %+v\n", m)
			}
		}
	}
	fmt.Fprintf(&b, "policy %+v\nchannels", w.Policy)
	for _, ch := range w.Channels {
		fmt.Fprintf(&b, " {%s from %s by %+v}", ch.ID, ch.From, ch.Providers)
		if d := ch.DoubleOptIn; d != nil {
			fmt.Fprintf(&b, "\n  confirmed within %s, asked by %q of %q, reminded after %v", d.Expires, d.Message.ID, d.Sources, d.Reminders)
		}
	}
	return b.String()
}

// folderCase joins the files that lines "-- NAME" begin, prints the source and
// compiles it.
func folderCase(t *testing.T, input string) string {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, part := range strings.Split("\n"+input, "\n-- ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	source, err := definition.LoadDir(fsys)
	if err != nil {
		return err.Error()
	}
	_, err = definition.Compile(source)
	return string(source) + "\n" + verdict(err)
}

// askCase asks questions ("? EXPRESSION") of a person whom the lines before
// describe: "traits JSON", "stage ID", "orders N", "last-order 3d" (that long
// ago). It prints the answer, and for how long it stands.
func askCase(t *testing.T, input string) string {
	t.Helper()
	features := []definition.Feature{
		{ID: "orders", Aggregate: definition.Count},
		{ID: "revenue", Aggregate: definition.Sum},
		{ID: "first-order", Aggregate: definition.First},
		{ID: "last-order", Aggregate: definition.Last},
	}
	now := event.InstantOf(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	known := definition.Fixed{}
	v := definition.Vars{Now: now, Known: known}
	var b strings.Builder
	for line := range strings.SplitSeq(input, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "?":
			b.WriteString(answer(rest, features, v) + "\n")
		case "traits":
			var traits map[string]any
			require.NoError(t, json.Unmarshal([]byte(rest), &traits))
			v.Traits = func() map[string]any { return traits }
		case "stage":
			v.Stage = rest
		case "orders":
			var n int64
			_, err := fmt.Sscan(rest, &n)
			require.NoError(t, err)
			known[word] = n
		case "revenue":
			var n float64
			_, err := fmt.Sscan(rest, &n)
			require.NoError(t, err)
			known[word] = n
		default:
			ago, err := time.ParseDuration(rest)
			require.NoError(t, err)
			known[word] = now.Add(-ago)
		}
	}
	return b.String()
}

func answer(text string, features []definition.Feature, v definition.Vars) string {
	x, err := definition.NewExpr(text, features)
	if err != nil {
		return err.Error()
	}
	ok, err := x.Holds(v)
	if err != nil {
		return err.Error()
	}
	out := fmt.Sprint(ok)
	for _, at := range x.Boundaries(v) {
		out += fmt.Sprintf(", may change in %s", at.Sub(v.Now))
	}
	return out
}

// treeCase shows rules ("? RULE") over the definitions before them as trees, and
// which history nobody keeps for them.
func treeCase(t *testing.T, input string) string {
	t.Helper()
	definitions, rules, _ := strings.Cut(input, "\n? ")
	w, err := definition.Compile([]byte(completed(definitions)))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for rule := range strings.SplitSeq(rules, "\n? ") {
		x, err := w.Predicate(rule)
		if err != nil {
			b.WriteString(err.Error() + "\n")
			continue
		}
		b.WriteString(tree(x.Tree()))
		for _, f := range w.Unkept(x) {
			fmt.Fprintf(&b, "; nobody keeps %s, %d times", f.ID, f.Keep)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func tree(n definition.Node) string {
	parts := []string{string(n.Op)}
	if n.Name != "" {
		parts = append(parts, n.Name)
	}
	parts = append(parts, n.Path...)
	if n.Feature != nil {
		parts = append(parts, n.Feature.ID)
	}
	if h := n.History; h != nil {
		parts = append(parts, h.Of.ID, fmt.Sprint(h.Times), h.Within.String())
		if h.Not != nil {
			parts = append(parts, "not", h.Not.ID)
		}
	}
	if n.Op == definition.OpLiteral {
		parts = append(parts, fmt.Sprintf("%T:%v", n.Value, n.Value))
	}
	for _, a := range n.Args {
		parts = append(parts, tree(a))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

// importCase reads the lines after "---" as the map before it says, and prints
// events, skipped lines and rejected ones.
func importCase(t *testing.T, input string) string {
	t.Helper()
	source, text, _ := strings.Cut(input, "\n---\n")
	m, err := definition.CompileImportMap([]byte(source))
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	var order []string
	groups := map[string]*definition.Fold{}
	for _, sentence := range m.Invented {
		b.WriteString(sentence + "\n")
	}
	lines := m.Lines(strings.NewReader(text + "\n"))
	lines.File = "the-file.csv"
	for {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return b.String() + err.Error()
		}
		rows, err := m.Rows(line)
		if err != nil {
			fmt.Fprintf(&b, "line %d rejected: %v\n", line.Number, err)
		}
		for _, row := range rows {
			switch key := row.Key; {
			case row.Skip != "":
				fmt.Fprintf(&b, "line %d skipped: %s\n", line.Number, row.Skip)
			case key == "" || groups[key] == nil:
				if key == "" {
					key = fmt.Sprintf("line %d, event %d", line.Number, row.Part)
				}
				if row.MessageID != "" {
					fmt.Fprintf(&b, "line %d is message %s\n", line.Number, row.MessageID)
				}
				order = append(order, key)
				groups[key] = m.Begin(row)
			default:
				groups[key].Add(row)
			}
		}
	}
	for _, key := range order {
		for _, e := range groups[key].Events() {
			fmt.Fprintf(&b, "%s %q of %s at %s %s%s%s\n", e.Kind, e.Name, e.Primary(), e.Time, e.Properties, e.Traits, e.Body)
		}
	}
	return b.String()
}
