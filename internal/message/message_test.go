package message_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/message"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

var march = event.InstantOf(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))

// TestMessagesReadAsScripted composes and dresses the message in each script
// and compares what the person gets.
func TestMessagesReadAsScripted(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	for _, file := range scripts {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(file)
			require.NoError(t, err)
			in := map[string]string{}
			for _, f := range ar.Files {
				in[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
			}
			got := script(t, in)
			if *update {
				rewrite(t, file, ar, got)
				return
			}
			for _, f := range got {
				require.Empty(t, cmp.Diff(in[f.Name], strings.TrimSuffix(string(f.Data), "\n")), "%s of %s; if it is right, run again with -update", f.Name, file)
			}
		})
	}
}

func script(t *testing.T, in map[string]string) []txtar.File {
	t.Helper()
	vars := message.Vars{Now: march, Workspace: message.Workspace{Name: "Corner Shop", Currency: "EUR"}}
	d := json.NewDecoder(strings.NewReader(in["vars.json"]))
	d.UseNumber()
	require.NoError(t, d.Decode(&vars))
	m := definition.Message{
		Parts: definition.Parts{
			Headline: in["subject"], Body: in["body"],
			NextSteps: []event.Step{{Label: in["next_step.label"], URL: in["next_step.url"]}},
		},
	}
	require.Empty(t, message.Check(m, vars.Workspace))
	r, err := message.ComposeFull(m, vars)
	require.NoError(t, err)
	again, err := message.Compose(m, vars)
	require.NoError(t, err)
	require.Equal(t, r.Content, again)

	var b strings.Builder
	fmt.Fprintf(&b, "subject: %s\nnext step: %s -> %s\n", r.Content.Subject, r.Content.NextStep.Label, r.Content.NextStep.URL)
	for _, x := range r.Missing {
		fmt.Fprintf(&b, "missing in %s: %s\n", x.Part, x.Expression)
	}
	return []txtar.File{
		{Name: "want", Data: []byte(b.String())},
		{Name: "want text", Data: []byte(r.Content.Text)},
		{Name: "want html", Data: []byte(r.Content.HTML)},
	}
}

func rewrite(t *testing.T, file string, ar *txtar.Archive, got []txtar.File) {
	t.Helper()
	kept := ar.Files[:0]
	for _, f := range ar.Files {
		if !strings.HasPrefix(f.Name, "want") {
			kept = append(kept, f)
		}
	}
	ar.Files = append(kept, got...)
	require.NoError(t, os.WriteFile(file, txtar.Format(ar), 0o644))
}

func good() definition.Message {
	return definition.Message{
		Parts: definition.Parts{
			Headline: "Hello", Body: "Hello there.",
			NextSteps: []event.Step{{Label: "Go on", URL: "https://shop.example/"}},
		},
	}
}

func TestAMessageWithoutAPartIsRefused(t *testing.T) {
	t.Parallel()
	for part, spoil := range map[string]func(*definition.Message){
		"headline":        func(m *definition.Message) { m.Headline = " " },
		"body":            func(m *definition.Message) { m.Body = "" },
		"next_step.label": func(m *definition.Message) { m.NextSteps[0].Label = "" },
		"next_step.url":   func(m *definition.Message) { m.NextSteps[0].URL = "" },
	} {
		m := good()
		spoil(&m)
		errs := message.Check(m, message.Workspace{})
		require.Len(t, errs, 1, part)
		_, err := message.Compose(m, message.Vars{})
		require.Equal(t, errs[0], err)
		var f *fault.Error
		require.ErrorAs(t, err, &f)
		require.Equal(t, part, f.Field)
		require.Equal(t, fault.Invalid, f.Kind)
	}
}

func TestAMessageThatIsEmptyForSomebodyIsRefusedForThem(t *testing.T) {
	t.Parallel()
	for part, spoil := range map[string]func(*definition.Message){
		"headline":        func(m *definition.Message) { m.Headline = "{{ x }}" },
		"body":            func(m *definition.Message) { m.Body = "{{ x }}" },
		"next_step.label": func(m *definition.Message) { m.NextSteps[0].Label = "{{ x }}" },
	} {
		m := good()
		spoil(&m)
		require.Empty(t, message.Check(m, message.Workspace{}), "it may be well for others")
		_, err := message.Compose(m, message.Vars{})
		var f *fault.Error
		require.ErrorAs(t, err, &f)
		require.Equal(t, part, f.Field)
		_, err = message.Compose(m, message.Vars{Traits: map[string]any{"x": "something"}})
		require.NoError(t, err)
	}
}

func TestTheNextStepsHostIsTheAuthors(t *testing.T) {
	t.Parallel()
	for _, u := range []string{
		"{{ url }}", "https://{{ host }}/", "https://{{ sub }}.example.com/", "https://example.com{{ tail }}", "javascript:alert(1)",
		"//example.com/", "/path", "ftp://example.com/", "https://user@example.com/", "https://example.com:{{ port }}/", `https:\\example.com`,
	} {
		m := good()
		m.NextSteps[0].URL = u
		require.NotEmpty(t, message.Check(m, message.Workspace{}), u)
	}
	for _, u := range []string{"https://example.com", "http://localhost:8080/x", "https://example.com?a={{ a }}", "https://example.com/{{ a }}#x"} {
		m := good()
		m.NextSteps[0].URL = u
		require.Empty(t, message.Check(m, message.Workspace{}), u)
	}
}

func TestFirstNameIsWhatThePersonIsCalled(t *testing.T) {
	t.Parallel()
	m := good()
	m.Headline = `{{ first_name | default: "-" }}`
	for _, c := range []struct {
		traits map[string]any
		want   string
	}{
		{map[string]any{"first_name": "Ada", "name": "Countess"}, "Ada"},
		{map[string]any{"firstName": json.RawMessage(`" Ada "`)}, "Ada"},
		{map[string]any{"first_name": "", "name": "Ada Lovelace"}, "Ada"},
		{map[string]any{"name": "ada@example.com"}, "-"},
		{map[string]any{"first_name": 7}, "-"},
		{nil, "-"},
	} {
		got, err := message.Compose(m, message.Vars{Traits: c.traits})
		require.NoError(t, err)
		require.Equal(t, c.want, got.Subject, "%v", c.traits)
	}
}

// FuzzDataNeverBecomesMarkup puts anything at all where a person's data goes
// and checks that the structure of the letter stays as the author made it.
func FuzzDataNeverBecomesMarkup(f *testing.F) {
	for _, seed := range []string{"Ada", "<script>", "](https://evil.example)", "\n\n# x", "`", "&lt;", "\\", "*_~[]()!<>#+-.|{}", "\u202e", "1. a\n2. b", "    code", "---", "\x00"} {
		f.Add(seed)
	}
	m := good()
	m.Body = "Hi {{ x }}, *{{ x }}* [go](https://shop.example/{{ x }}/z)\n\n- {{ x }}\n\n{{ x }}\n\nend"
	m.Headline = "{{ x }}"
	m.NextSteps[0].URL = "https://shop.example/{{ x }}?q={{ x }}"
	reference, err := message.Compose(m, message.Vars{Traits: map[string]any{"x": "w"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, x string) {
		got, err := message.Compose(m, message.Vars{Traits: map[string]any{"x": x}})
		if err != nil {
			return // nothing of it can be seen, so the subject is empty
		}
		require.Equal(t, tags(reference.HTML), tags(got.HTML), "%q", x)
		require.True(t, strings.HasPrefix(got.NextStep.URL, "https://shop.example/"))
		require.Equal(t, 3, strings.Count(got.NextStep.URL, "/"))
		require.NotContains(t, got.Subject, "\n")
	})
}

// tags lists the names of the tags of a fragment in order.
func tags(fragment string) []string {
	var out []string
	for _, s := range strings.Split(fragment, "<")[1:] {
		name, _, _ := strings.Cut(strings.TrimRight(s, "\n"), " ")
		name, _, _ = strings.Cut(name, ">")
		out = append(out, name)
	}
	return out
}

func BenchmarkCompose(b *testing.B) {
	m := good()
	m.Body = "Dear {{ first_name | default: \"friend\" }},\n\nYou have **{{ features.orders }}** orders.\n\n{% if stage == \"lapse\" %}We miss you.{% endif %}\n"
	vars := message.Vars{Now: march, Traits: map[string]any{"first_name": "Ada"}, Features: map[string]any{"orders": 3}, Stage: "lapse"}
	for b.Loop() {
		if _, err := message.Compose(m, vars); err != nil {
			b.Fatal(err)
		}
	}
}
