package definition_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/fault"
)

// inputs are what the scripts feed to a command.
func inputs(f *testing.F, command string) []string {
	f.Helper()
	paths, err := filepath.Glob("testdata/*.txt")
	require.NoError(f, err)
	var out []string
	for _, p := range paths {
		text, err := os.ReadFile(p)
		require.NoError(f, err)
		for _, c := range strings.Split(string(text), "=== ")[1:] {
			title, body, _ := strings.Cut(c, "\n")
			input, _, _ := strings.Cut(body, "\n----\n")
			if strings.HasPrefix(title, command+":") {
				out = append(out, input)
			}
		}
	}
	require.NotEmpty(f, out)
	return out
}

// requireVerdict demands that whatever is refused is refused with problems that
// help, the same ones each time.
func requireVerdict(t *testing.T, err, again error) {
	t.Helper()
	if err == nil {
		require.NoError(t, again)
		return
	}
	require.Error(t, again)
	require.Equal(t, err.Error(), again.Error())
	var problems definition.Problems
	require.ErrorAs(t, err, &problems)
	require.True(t, fault.Is(err, fault.Invalid))
	require.NotEmpty(t, problems)
	for _, p := range problems {
		require.NotEmpty(t, p.What)
		require.NotEmpty(t, p.Mend)
	}
}

func FuzzCompile(f *testing.F) {
	for _, name := range definition.Templates() {
		source, _ := definition.Template(name)
		f.Add(source)
	}
	for _, s := range append(inputs(f, "compile"), inputs(f, "show")...) {
		f.Add([]byte(completed(s)))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		w, err := definition.Compile(source)
		_, again := definition.Compile(source)
		requireVerdict(t, err, again)
		if err != nil {
			return
		}
		require.NotEmpty(t, w.Map.Stages)
		require.Equal(t, source, w.YAML)
		joined, err := definition.LoadDir(fstest.MapFS{"a.yaml": {Data: source}})
		require.NoError(t, err)
		require.Equal(t, source, joined)
		joinedWithNothing(t, w, source)
	})
}

// joinedWithNothing checks the law that an empty second file changes nothing
// about what a folder means.
func joinedWithNothing(t *testing.T, w *definition.Workspace, source []byte) {
	t.Helper()
	joined, err := definition.LoadDir(fstest.MapFS{"a.yaml": {Data: source}, "b.yaml": {Data: []byte("# nothing\n")}})
	if err != nil {
		return // YAML that cannot be cut by lines, such as JSON, is refused
	}
	other, err := definition.Compile(joined)
	require.NoError(t, err, "joined:\n%s", joined)
	require.Equal(t, w.Name, other.Name)
	require.Equal(t, w.Policy, other.Policy)
	require.Len(t, other.Features, len(w.Features))
	require.Len(t, other.Map.Touchpoints, len(w.Map.Touchpoints))
	require.Len(t, other.Goals, len(w.Goals))
}

func FuzzCompileImportMap(f *testing.F) {
	for _, name := range definition.ReadyImportMaps() {
		source, _ := definition.ReadyImportMap(name)
		f.Add(source, "00001 19970101 1 11.77")
	}
	for _, s := range inputs(f, "import") {
		source, lines, _ := strings.Cut(s, "\n---\n")
		f.Add([]byte(source), lines)
	}
	f.Fuzz(func(t *testing.T, source []byte, text string) {
		m, err := definition.CompileImportMap(source)
		_, again := definition.CompileImportMap(source)
		requireVerdict(t, err, again)
		if err != nil {
			return
		}
		lines := m.Lines(strings.NewReader(text))
		for {
			line, err := lines.Next()
			if err != nil {
				return
			}
			rows, err := m.Rows(line)
			if err != nil {
				continue
			}
			for _, row := range rows {
				if row.Skip != "" {
					continue
				}
				for _, e := range m.Begin(row).Events() {
					require.False(t, e.Primary().IsZero())
					require.NotZero(t, e.Kind)
					require.True(t, e.Properties == nil || validObject(e.Properties), "%s", e.Properties)
					require.True(t, e.Traits == nil || validObject(e.Traits), "%s", e.Traits)
				}
			}
		}
	})
}

func validObject(b []byte) bool {
	var o map[string]any
	return json.Unmarshal(b, &o) == nil
}

// Whatever bytes come, a row of JSON is what encoding/json reads, by members and
// by paths, and of two members of one name the last.
func FuzzObject(f *testing.F) {
	m, err := definition.CompileImportMap([]byte(`
format: json
columns: [a, {name: deep, path: b.c}, {name: first, path: l.0}]
identity: {user_id: a}
event: E
time: arrival
`))
	require.NoError(f, err)
	f.Add([]byte(`{"a":1.50,"b":{"c":"x"},"l":[true,2]}`))
	f.Add([]byte(`{"a":null,"\u0061":"\ud800","b":{"c":{}},"b":{"c":[]},"l":{"0":3}}`))
	f.Add([]byte(`{"a":"\u0000\"","b":[{"c":1}],"l":[]}`))
	f.Add([]byte(` {"a" : 12345678901234567890 } `))
	f.Add([]byte(strings.Repeat(`{"b":`, 70)))
	f.Add([]byte(`["a"]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		line := m.Object(raw)
		members := map[string]json.RawMessage{}
		valid := json.Unmarshal(raw, &members) == nil && members != nil
		if line.Err != nil {
			require.True(t, !valid || strings.Contains(line.Err.Error(), "levels deep"), "%v", line.Err)
			return
		}
		require.True(t, valid, "%s", raw)
		if !utf8.Valid(raw) {
			return
		}
		deep := map[string]json.RawMessage{}
		if json.Unmarshal(members["b"], &deep) != nil {
			deep = nil
		}
		var list []json.RawMessage
		first := map[string]json.RawMessage{}
		switch {
		case json.Unmarshal(members["l"], &list) == nil && len(list) > 0:
			first["0"] = list[0]
		case json.Unmarshal(members["l"], &first) != nil:
			first = nil
		}
		require.Equal(t, []string{string(members["a"]), string(deep["c"]), string(first["0"])}, line.JSON)
		for i, text := range line.JSON {
			var s string
			if text != "" && text[0] == '"' && json.Unmarshal([]byte(text), &s) == nil && !strings.Contains(text, `\u`) {
				require.Equal(t, s, line.Fields[i])
			}
		}
	})
}
