package definition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SchemaFile is the name under which Schema is put beside definitions. LoadDir
// does not read it.
const SchemaFile = "definitions.schema.json"

// SchemaLine is the first line of a file of definitions that editors with YAML's
// language server find the schema by.
const SchemaLine = "# yaml-language-server: $schema=" + SchemaFile + "\n"

// Schema returns a JSON Schema (2020-12) of definitions, by which editors
// complete, explain and check keys and plain values: the same bytes each time. It
// allows all that Compile does. Compile asks for more, such as that what is
// spoken of is declared and that rules are CEL.
func Schema() []byte {
	b := schemaBuilder{defs: map[string]map[string]any{}}
	root := b.object("")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Rapport definitions"
	root["description"] = "What a company declares about itself. A folder's files are read together, so that no file needs all of it."
	for _, row := range schemaRows() {
		b.add(row)
	}
	for _, path := range featurePaths() {
		b.defs[path]["oneOf"] = eachRequired(aggregates())
	}
	delete(b.defs, "")
	root["$defs"] = b.defs
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic(fmt.Sprintf("definition: schema: %v", err)) // the table is fixed at compile time
	}
	return out.Bytes()
}

// schemaBuilder makes a schema of rows. Each map of the language is one of defs,
// by its path without brackets; the document is "".
type schemaBuilder struct {
	defs map[string]map[string]any
}

func (b schemaBuilder) object(path string) map[string]any {
	if b.defs[path] == nil {
		b.defs[path] = map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{}}
	}
	return b.defs[path]
}

func (b schemaBuilder) add(row schemaRow) {
	path, list := strings.CutSuffix(row.path, "[]")
	parent, key := "", path
	if i := strings.LastIndex(path, "."); i >= 0 {
		parent, key = path[:i], path[i+1:]
	}
	of := maps.Clone(row.of)
	if of == nil {
		name := strings.ReplaceAll(path, "[]", "")
		b.object(name)
		of = map[string]any{"$ref": "#/$defs/" + name}
	}
	if list { // one value will do
		of = map[string]any{"anyOf": []any{map[string]any{"type": "array", "items": of}, of}}
	}
	if parent == "" { // a section that is begun
		of = map[string]any{"anyOf": []any{of, map[string]any{"type": "null"}}}
	}
	of["description"] = row.about
	if row.def != nil {
		of["default"] = row.def
	}
	in := b.object(strings.ReplaceAll(parent, "[]", ""))
	in["properties"].(map[string]any)[key] = of
	if row.need {
		required, _ := in["required"].([]string)
		in["required"] = append(required, key)
	}
}

// eachRequired asks for exactly one of keys.
func eachRequired(keys []Aggregate) []any {
	out := make([]any, len(keys))
	for i, key := range keys {
		out[i] = map[string]any{"required": []string{string(key)}}
	}
	return out
}

// The makes of plain values, as value.go reads them.

func textSchema() map[string]any {
	return map[string]any{"type": []string{"string", "number", "boolean"}}
}

func patternSchema(pattern string, types ...string) map[string]any {
	return map[string]any{"type": append([]string{"string"}, types...), "pattern": pattern}
}

func idSchema() map[string]any {
	s := patternSchema(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	s["maxLength"] = 64
	return s
}

const spanPattern = `(0|(\d{1,9}(\.\d{1,6})?(ms|s|m|h|d|w)\s*)+)`

func spanSchema() map[string]any { return patternSchema(`^\s*`+spanPattern+`\s*$`, "number") }

func shareSchema() map[string]any { return patternSchema(`^\s*[0-9.]+\s*%?\s*$`, "number") }

func countSchema(most int) map[string]any {
	s := patternSchema(`^\+?[0-9]+$`, "integer")
	s["minimum"], s["maximum"] = 1, most
	return s
}

func flagSchema() map[string]any { return patternSchema(`^(true|false)$`, "boolean") }

func amountSchema() map[string]any {
	return patternSchema(`^\s*\+?[0-9.]+([eE][+-]?[0-9]+)?\s*$`, "number")
}

func clockSchema() map[string]any { return patternSchema(`^\s*[0-9]+:[0-5][0-9]\s*$`) }

func currencySchema() map[string]any { return patternSchema(`^[A-Z]{3}$`) }

func oneOfSchema(options ...string) map[string]any { return map[string]any{"enum": options} }

// featurePaths are the lists of features.
func featurePaths() []string { return []string{"features", "accounts.features"} }

// aggregateAbout says what each way of folding events is.
func aggregateAbout(a Aggregate) string {
	return map[Aggregate]string{
		Count:    "How many of these events there were.",
		Sum:      "What a property of these events adds up to; see of, less and as.",
		First:    "When the first of these events was; with of, what its property was.",
		Last:     "When the last of these events was; with of, what its property was.",
		Rate:     "How many of these events there were per day, week or month; see per.",
		Distinct: "How many different values a property of these events had, told apart up to 100; see of.",
	}[a] + " A name of a track call, page, page:NAME or screen, or a list of them."
}

// featureRows are the keys of the features in the list at path.
func featureRows(path string) []schemaRow {
	in := path + "[]."
	rows := []schemaRow{
		{path: in + "id", of: idSchema(), need: true, about: "What rules call it, with underscores for dashes."},
		{path: in + "name", of: textSchema(), about: "For people to read. Defaults to the id in words."},
	}
	for _, a := range aggregates() {
		rows = append(rows, schemaRow{path: in + string(a) + "[]", of: textSchema(), about: aggregateAbout(a)})
	}
	return slices.Concat(rows, []schemaRow{
		{path: in + "where", of: textSchema(), about: "Which of these events count, in CEL over event, properties and context, such as properties.revenue > 100."},
		{path: in + "of", of: textSchema(), about: "Path of the property. Defaults to revenue for sums."},
		{path: in + "less[]", of: textSchema(), about: "Events whose amounts are taken off a sum, such as Order Refunded."},
		{path: in + "less_of", of: textSchema(), about: "Path of the property that is taken off. Defaults to of."},
		{path: in + "as", of: oneOfSchema("money", "number"), def: "money", about: "Whether a sum is of money, kept by currency, or of plain numbers."},
		{path: in + "per", of: oneOfSchema("day", "week", "month"), about: "The unit of a rate."},
		{path: in + "within", of: spanSchema(), about: "How far back from now it looks, in whole hours to 7d or whole days to 400d. Without it: a whole life."},
	})
}
