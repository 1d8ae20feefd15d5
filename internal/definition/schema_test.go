package definition_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/definition"
)

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(definition.Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("definitions.json", doc))
	s, err := c.Compile("definitions.json") // checks it against its metaschema too
	require.NoError(t, err)
	return s
}

// keptTo validates source against the schema, as an editor does.
func keptTo(t *testing.T, s *jsonschema.Schema, source string) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(source))
	require.NoError(t, err, source)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	require.NoError(t, err)
	return s.Validate(doc)
}

func TestTheSchemaAllowsWhatCompiles(t *testing.T) {
	t.Parallel()
	s := compiledSchema(t)
	for _, name := range definition.Templates() {
		source, _ := definition.Template(name)
		require.NoError(t, keptTo(t, s, string(source)), name)
	}
	paths, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	good := 0
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for c := range strings.SplitSeq(string(text), "\n=== ") {
			input, _, _ := strings.Cut(c, "\n----\n")
			title, input, _ := strings.Cut(input, "\n")
			source := completed(input)
			if _, err := definition.Compile([]byte(source)); err != nil {
				continue
			}
			good++
			require.NoError(t, keptTo(t, s, source), "%s: %s", path, title)
		}
	}
	require.Greater(t, good, 5, "the good definitions are not where they were")
}

func TestTheSchemaRefusesWhatIsNoDefinition(t *testing.T) {
	t.Parallel()
	s := compiledSchema(t)
	for _, source := range []string{
		"workspaces: {}",
		"workspace: {name: Shop}",
		"workspace: {name: Shop, currency: euro}",
		"features: [{id: Orders, count: Order Completed}]",
		"features: [{id: orders}]",
		"features: [{id: orders, count: A, sum: B}]",
		"map: {visit_gap: thirty, stages: [{id: new}]}",
		"policy: {consent: maybe}",
		"policy: {quiet_hours: {from: '21:00', til: '08:00'}}",
		"goals: {id: g}",
	} {
		require.Error(t, keptTo(t, s, source), source)
	}
}

// place is a key of the schema, or the document.
type place struct {
	path   []string
	schema map[string]any
}

// TestTheSchemaHasTheKeysAndOptionsOfTheCompiler gives the compiler a key and
// values that nobody knows at every place of the schema, and holds what it would
// have known to what the schema says.
func TestTheSchemaHasTheKeysAndOptionsOfTheCompiler(t *testing.T) {
	t.Parallel()
	var root map[string]any
	require.NoError(t, json.Unmarshal(definition.Schema(), &root))
	objects, options := 0, 0
	var walk func(p place)
	walk = func(p place) {
		s := p.schema
		for _, alternative := range asList(s["anyOf"]) {
			if a := alternative.(map[string]any); a["type"] != "array" && a["type"] != "null" {
				walk(place{p.path, a})
				return
			}
		}
		if ref, ok := s["$ref"].(string); ok {
			s = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		if enum, ok := s["enum"]; ok {
			options++
			require.ElementsMatch(t, enum, complaint(t, p.path, nonsense), "options of %v", p.path)
		}
		properties, ok := s["properties"].(map[string]any)
		if !ok {
			return
		}
		objects++
		var keys []any
		for key, below := range properties {
			keys = append(keys, key)
			walk(place{append(slices.Clone(p.path), key), below.(map[string]any)})
		}
		require.ElementsMatch(t, complaint(t, append(slices.Clone(p.path), nonsense), "1"), keys,
			"the compiler and schema_rows.go know other keys of %v", p.path)
	}
	walk(place{nil, root})
	require.Greater(t, objects, 15)
	require.Greater(t, options, 5)
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

const nonsense = "zzzzzzzzzzzzzzzzzzzzzzzz" // near no word, so that all are offered

// complaint compiles a source that has value at path and nothing else, and
// returns what the compiler says is possible there.
func complaint(t *testing.T, path []string, value string) []any {
	t.Helper()
	beside := map[string]string{"as": `"sum": "A", `, "per": `"rate": "A", `}
	source := value
	for i, key := range slices.Backward(path) {
		extra := ""
		if i == len(path)-1 && i > 0 && path[i-1] == "features" {
			extra = beside[key]
		}
		source = fmt.Sprintf("{%s%q: %s}", extra, key, source)
	}
	_, err := definition.Compile([]byte(source))
	problems, ok := definition.ProblemsOf(err)
	require.True(t, ok, "%s: %v", source, err)
	last := path[len(path)-1]
	var out []any
	for _, p := range problems {
		at := p.Path[strings.LastIndex(p.Path, ".")+1:]
		if rest, ok := strings.CutPrefix(p.Mend, "use one of: "); ok && at == last && strings.Contains(p.What, nonsense) {
			for word := range strings.SplitSeq(rest, ", ") {
				out = append(out, word)
			}
		}
	}
	require.NotEmpty(t, out, "no complaint about %s: %v", source, problems)
	return out
}
