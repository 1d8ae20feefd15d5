package definition

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// shape is what the reference reads of a part of the schema.
type shape struct {
	Ref         string           `json:"$ref"`
	Description string           `json:"description"`
	Default     json.RawMessage  `json:"default"`
	Enum        []any            `json:"enum"`
	Type        any              `json:"type"`
	Required    []string         `json:"required"`
	Properties  map[string]shape `json:"properties"`
	Items       *shape           `json:"items"`
	AnyOf       []shape          `json:"anyOf"`
	Defs        map[string]shape `json:"$defs"`
}

// Reference is the schema as a page of Markdown: each kind of definition, and what
// may be said in it.
func Reference() []byte {
	var root shape
	if err := json.Unmarshal(Schema(), &root); err != nil {
		panic("definition: the schema is not read: " + err.Error()) // it is ours
	}
	var b strings.Builder
	b.WriteString("# Definitions\n\nEverything that may be declared, made of the schema by `rapport schema --markdown`.\n")
	for _, kind := range slices.Sorted(maps.Keys(root.Properties)) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", kind, root.Properties[kind].Description)
		for _, path := range slices.Sorted(maps.Keys(root.Defs)) {
			if path != kind && !strings.HasPrefix(path, kind+".") {
				continue
			}
			if path != kind {
				fmt.Fprintf(&b, "\n### %s\n", path)
			}
			writeShape(&b, root.Defs[path])
		}
	}
	return []byte(b.String())
}

func writeShape(b *strings.Builder, s shape) {
	b.WriteString("\n| key | takes | meaning |\n| --- | --- | --- |\n")
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[key]
		about := strings.ReplaceAll(strings.ReplaceAll(p.Description, "\n", " "), "|", "\\|")
		if slices.Contains(s.Required, key) {
			about += " **Required.**"
		}
		if len(p.Default) > 0 {
			about += fmt.Sprintf(" Default: `%s`.", p.Default)
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, takes(p), about)
	}
}

// takes says in a word or two what a key takes.
func takes(s shape) string {
	switch {
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			words[i] = fmt.Sprintf("`%v`", e)
		}
		return strings.Join(words, ", ")
	case s.Ref != "":
		return "[" + strings.TrimPrefix(s.Ref, "#/$defs/") + "](#" + strings.ReplaceAll(strings.TrimPrefix(s.Ref, "#/$defs/"), ".", "") + ")"
	case s.Items != nil:
		return "a list of " + takes(*s.Items)
	case len(s.AnyOf) > 0:
		return takes(s.AnyOf[0])
	}
	switch t := s.Type.(type) {
	case string:
		return t
	case []any:
		return "text"
	default:
		return "text"
	}
}
