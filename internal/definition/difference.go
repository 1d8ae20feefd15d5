package definition

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Verb is what became of an object between two versions.
type Verb string

// The verbs.
const (
	Added   Verb = "added"
	Removed Verb = "removed"
	Changed Verb = "changed"
)

// Difference is what one version of the definitions changes in another, by
// object.
type Difference struct {
	From    string   `json:"from" doc:"hash"`
	To      string   `json:"to" doc:"hash"`
	Changes []Change `json:"changes"`

	// Recompute says that everybody's history is read again; without it, people
	// are only judged again by what is known of them.
	Recompute bool   `json:"recompute" doc:"everybody's history is read again"`
	Sentence  string `json:"sentence"`
}

// Change is one object that is not as it was.
type Change struct {
	Kind   string        `json:"kind" doc:"workspace, feature, segment, topic, stage, touchpoint, map, goal, journey, broadcast, experiment, message, snippet, brand, policy or channel"`
	ID     string        `json:"id,omitempty"`
	Verb   Verb          `json:"verb" enum:"added,removed,changed"`
	Fields []FieldChange `json:"fields" doc:"of what was changed"`
	Effect string        `json:"effect" doc:"what that does to people, in a sentence"`
}

// FieldChange is one value that is not as it was. Empty is absent.
type FieldChange struct {
	Path string `json:"path" doc:"such as actions[reminder].messages[mail].subject"`
	From string `json:"from"`
	To   string `json:"to"`
}

// objects are the parts of a source by kind and id.
type objectKey struct{ kind, id string }

// Compare says what b changes in a. It compares what was written, so that
// whatever the language can say is compared, and leaves out comments and the
// order of things, but for that of the stages.
func Compare(a, b *Workspace) Difference {
	d := Difference{From: a.Hash, To: b.Hash, Recompute: a.Basis != b.Basis, Changes: []Change{}}
	was, is := objectsOf(a.YAML), objectsOf(b.YAML)
	keys := maps.Clone(was)
	maps.Copy(keys, is)
	for _, k := range slices.SortedFunc(maps.Keys(keys), compareKeys) {
		x, before := was[k]
		y, after := is[k]
		c := Change{Kind: k.kind, ID: k.id, Verb: Changed, Fields: []FieldChange{}}
		switch {
		case !before:
			c.Verb = Added
		case !after:
			c.Verb = Removed
		default:
			fields(&c.Fields, "", x, y)
			if len(c.Fields) == 0 && segmentVersion(a, k) == segmentVersion(b, k) {
				continue
			}
		}
		c.Effect = effect(c, a, b)
		d.Changes = append(d.Changes, c)
	}
	d.Sentence = d.sentence()
	return d
}

// kinds in the order in which they are told.
func kinds() []string {
	return []string{"workspace", "feature", "segment", "topic", "map", "stage", "touchpoint", "policy", "channel", "brand", "snippet", "message", "goal", "journey", "broadcast", "experiment"}
}

func compareKeys(a, b objectKey) int {
	return cmp.Or(cmp.Compare(slices.Index(kinds(), a.kind), slices.Index(kinds(), b.kind)), cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id))
}

// objectsOf takes a source that compiles apart.
func objectsOf(source []byte) map[objectKey]any {
	var root map[string]any
	out := map[objectKey]any{}
	if yaml.Unmarshal(source, &root) != nil {
		return out // what compiles can be read
	}
	m, _ := root["map"].(map[string]any)
	settings := map[string]any{}
	for key, v := range m {
		if key != "stages" && key != "touchpoints" {
			settings[key] = v
		}
	}
	order := []any{}
	for _, s := range asList(m["stages"]) {
		if id := idOf(s); id != "" {
			order = append(order, id)
		}
	}
	settings["order_of_stages"] = order
	root["stages"], root["touchpoints"], root["map"] = m["stages"], m["touchpoints"], settings
	for key, v := range root {
		kind := strings.TrimSuffix(key, "s")
		if list, ok := v.([]any); ok {
			for i, item := range list {
				out[objectKey{kind, cmp.Or(idOf(item), fmt.Sprint(i))}] = item
			}
		} else if v != nil {
			out[objectKey{kind, idOf(v)}] = v
		}
	}
	return out
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

func idOf(v any) string {
	m, _ := v.(map[string]any)
	if id, ok := m["id"]; ok {
		return fmt.Sprint(id)
	}
	return ""
}

// fields appends what differs between two values.
func fields(out *[]FieldChange, path string, a, b any) {
	if reflect.DeepEqual(a, b) {
		return
	}
	x, y := byKey(a), byKey(b)
	if x == nil || y == nil {
		*out = append(*out, FieldChange{Path: path, From: written(a), To: written(b)})
		return
	}
	keys := maps.Clone(x)
	maps.Copy(keys, y)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		at := key
		if path != "" {
			at = path + "." + key
		}
		if strings.HasPrefix(key, "[") {
			at = path + key
		}
		fields(out, at, x[key], y[key])
	}
}

// byKey sees maps, and lists of things with ids, as values by key; nil for all
// else.
func byKey(v any) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		return v
	case []any:
		out := map[string]any{}
		for _, item := range v {
			id := idOf(item)
			if id == "" {
				return nil
			}
			out["["+id+"]"] = item
		}
		return out
	default:
		return nil
	}
}

func written(v any) string {
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	text, err := yaml.MarshalWithOptions(v, yaml.Flow(true))
	if err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(string(text))
}

func segmentVersion(w *Workspace, k objectKey) string {
	if k.kind != "segment" {
		return ""
	}
	s, _ := w.Segment(k.id)
	return s.Version
}

// effect says what a change does to people.
func effect(c Change, a, b *Workspace) string {
	named := func(names ...string) bool { // nothing but these has changed
		return c.Verb == Changed && len(c.Fields) > 0 && !slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return !slices.Contains(names, f.Path) })
	}
	switch {
	case named("name"):
		return "It is shown under another name; nothing changes for people."
	case c.Kind == "feature" && c.Verb == Removed:
		return "Nobody has it any more."
	case c.Kind == "feature":
		return "It is computed for everyone from their whole history."
	case c.Kind == "segment" && c.Verb == Removed:
		return "Nobody belongs to it any more."
	case c.Kind == "segment" && c.Verb == Changed && len(c.Fields) == 0:
		return "Its rule rests on something that has changed; everyone is judged again."
	case c.Kind == "segment" && c.Verb == Changed:
		return "Its rule has changed; everyone is judged again."
	case c.Kind == "segment":
		return "Everyone is judged by its rule."
	case c.Kind == "stage" || c.Kind == "map":
		return "Everyone's stage is found again."
	case c.Kind == "touchpoint":
		return "Everyone's meetings with the company are counted again."
	case c.Kind == "goal" && c.Verb == Removed:
		return "Nothing more is done towards it."
	case c.Kind == "goal":
		return "Whoever it concerns is reconsidered by it; what was chosen before stays as it was recorded."
	case c.Kind == "experiment" && c.Verb == Removed:
		return "Nobody is met by its arms any more, and what it would have shown is not shown."
	case c.Kind == "experiment" && named("ended", "winner"):
		return "It has ended: nobody else is counted, and people are met as its winner says, or as before where it has none."
	case c.Kind == "experiment":
		return "Whoever its goals concern is met as their arm says; who was counted before stays in the arm that they were in."
	case (c.Kind == "journey" || c.Kind == "broadcast") && c.Verb == Removed:
		return "Whoever is inside is through at once; nothing more is sent."
	case c.Kind == "journey" && c.Verb == Changed && slices.ContainsFunc(b.Journeys, func(j Journey) bool { return j.ID == c.ID && j.Moves }):
		return "Whoever is inside goes on by the changed steps."
	case c.Kind == "journey" && c.Verb == Changed:
		return "Whoever is inside finishes by the steps that they began under, in today's words; whoever begins goes by the changed ones."
	case c.Kind == "journey" || c.Kind == "broadcast":
		return "Whoever it is for begins it from then on."
	case c.Kind == "message" || c.Kind == "snippet" || c.Kind == "brand":
		return "Whatever is written from then on is written so; what was granted before goes out as it was."
	case c.Kind == "policy" || c.Kind == "topic" || c.Kind == "channel":
		return "It counts for every choice and every delivery from then on."
	case c.Kind == "workspace" && a.Seed != b.Seed:
		return "The seed has changed: everyone is assigned anew, and running experiments begin again."
	default:
		return "It counts for everyone from then on."
	}
}

func (d *Difference) sentence() string {
	if len(d.Changes) == 0 {
		if d.From != d.To {
			return "Only comments and layout differ; nothing changes for people."
		}
		return "Nothing differs."
	}
	counts := map[Verb]int{}
	features := 0
	for _, c := range d.Changes {
		counts[c.Verb]++
		if c.Kind == "feature" && c.Verb != Removed {
			features++
		}
	}
	s := fmt.Sprintf("%d added, %d changed, %d removed", counts[Added], counts[Changed], counts[Removed])
	switch {
	case features == 1:
		s += "; 1 feature is computed for everyone"
	case features > 1:
		s += fmt.Sprintf("; %d features are computed for everyone", features)
	}
	if d.Recompute {
		return s + "; everybody's history is read again."
	}
	return s + "; everybody is judged again by what is known of them."
}
