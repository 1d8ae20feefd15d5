package definition

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits of a source. They keep the parser, which is recursive, within its stack.
const (
	maxSource  = 1 << 20 // bytes
	maxNesting = 1000    // levels of lists and maps
)

// source is one YAML document being read. Every reader method reports what it
// finds wrong and returns something usable, so that one pass finds everything.
type source struct {
	problems Problems
}

// value is a place in the document. An absent value has no node and the
// position of what should have held it.
type value struct {
	src       *source
	path      string
	node      ast.Node // nil: absent, or null
	line, col int
	quiet     bool // what should have held it is wrong already: its absence is no news
}

// parse reads src as one document. When it cannot be read at all, the problem
// is reported and the value is absent.
func parse(src []byte) (v value, s *source) {
	s = &source{}
	v = value{src: s, line: 1, col: 1}
	if len(src) > maxSource {
		v.problem("the source is too large", fmt.Sprintf("keep it under %d MB", maxSource>>20))
		return v, s
	}
	if tooDeep(src) {
		v.problem("lists and maps are nested too deeply", fmt.Sprintf("keep to %d levels", maxNesting))
		return v, s
	}
	file, err := parseYAML(src)
	if err != nil {
		s.syntax(err)
		return v, s
	}
	var docs []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			docs = append(docs, d.Body)
		}
	}
	if len(docs) > 1 {
		v.problem("there are several documents in one source", "remove the --- between them, or use several files")
	}
	if len(docs) > 0 {
		v = v.at("", docs[0])
	}
	return v, s
}

// parseYAML makes a panic of the YAML parser, which is not ours, an error.
func parseYAML(src []byte) (f *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not readable as YAML: %v", r)
		}
	}()
	f, err = parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	return f, nil
}

// tooDeep overestimates how deeply src is nested, by open brackets and by
// indicators and indentation at the start of each line.
func tooDeep(src []byte) bool {
	flow, lead, depth := 0, true, 0
	for _, c := range src {
		switch c {
		case '[', '{':
			flow, lead = flow+1, false
		case ']', '}':
			flow, lead = max(flow-1, 0), false
		case '\n', '\r':
			lead, depth = true, 0
		case ' ', '\t':
		case '-', '?', ':', '!', '&', '*':
			if lead {
				depth++
			}
		default:
			lead = false
		}
		if flow > maxNesting || depth > maxNesting {
			return true
		}
	}
	return false
}

func (s *source) syntax(err error) {
	p := Problem{What: err.Error(), Mend: "correct the YAML; nothing else could be checked"}
	if ye, ok := errors.AsType[yaml.Error](err); ok {
		p.What = "not valid YAML: " + ye.GetMessage()
		if strings.Contains(p.What, "mapping value is not allowed") {
			p.Mend = "put text with a colon in it in quotes, or correct the indentation; nothing else could be checked"
		}
		if tk := ye.GetToken(); tk != nil && tk.Position != nil {
			p.Line, p.Column = tk.Position.Line, tk.Position.Column
		}
	}
	s.problems = append(s.problems, p)
}

// problem reports what is wrong at v and how to mend it.
func (v value) problem(what, mend string) {
	v.src.problems = append(v.src.problems, Problem{Path: v.path, Line: v.line, Column: v.col, What: what, Mend: mend})
}

// problemAt is problem about a character of the expression that v is, from 1.
func (v value) problemAt(at int, what, mend string) {
	v.problem(what, mend)
	v.src.problems[len(v.src.problems)-1].At = at
}

// at returns the value of node n under path, seeing through what YAML wraps
// around it.
func (v value) at(path string, n ast.Node) value {
	c := value{src: v.src, path: path, node: n, line: v.line, col: v.col}
	if tk := firstToken(n); tk != nil && tk.Position != nil {
		c.line, c.col = tk.Position.Line, tk.Position.Column
	}
	switch n.(type) {
	case *ast.NullNode:
		c.node = nil
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		c.problem("YAML anchors, aliases, merges and tags are not used in definitions", "write the value out")
		c.node = nil
	}
	return c
}

// firstToken is where a reader would say that n begins.
func firstToken(n ast.Node) *token.Token {
	switch n := n.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return firstToken(n.Values[0])
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}

func (v value) absent() bool { return v.node == nil }

// need reports v missing, unless it is there.
func (v value) need(mend string) bool {
	if v.absent() && !v.quiet {
		v.problem("is missing", mend)
	}
	return !v.absent()
}

// needSome reports a list missing or empty, unless there is something in it.
func (v value) needSome(mend string) {
	if v.need(mend) && len(v.list()) == 0 {
		v.problem("is empty", mend)
	}
}

// isText reports whether v is a plain value rather than a list or a map.
func (v value) isText() bool {
	_, ok := v.node.(ast.ScalarNode)
	return ok
}

// text returns a plain value as it is written, and "" when absent.
func (v value) text() string {
	switch n := v.node.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.MappingNode, *ast.MappingValueNode:
		v.problem("is a map", "write a single value here")
		return ""
	case *ast.SequenceNode:
		v.problem("is a list", "write a single value here")
		return ""
	default:
		return n.GetToken().Value
	}
}

// list returns the items of a list; one plain value or map counts as a list of it.
func (v value) list() []value {
	seq, ok := v.node.(*ast.SequenceNode)
	switch {
	case v.absent():
		return nil
	case !ok:
		return []value{v}
	}
	items := make([]value, len(seq.Values))
	for i, n := range seq.Values {
		items[i] = v.at(fmt.Sprintf("%s[%d]", v.path, i), n)
	}
	return items
}

// texts returns the plain values of a list, or of one value.
func (v value) texts() []string {
	var out []string
	for _, item := range v.list() {
		if t := strings.TrimSpace(item.text()); t != "" {
			out = append(out, t)
		} else if item.absent() || item.isText() {
			item.problem("is empty", "remove it or fill it in")
		}
	}
	return out
}

// object is a map of which each key may be taken once.
type object struct {
	value
	keys   []string // in source order
	values map[string]value
	places map[string]value // of the keys themselves
	known  []string
}

func (v value) isMap() bool {
	switch v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	default:
		return false
	}
}

// object reads v as a map. It reports anything else, and doubled keys.
func (v value) object() *object {
	o := &object{value: v, values: map[string]value{}, places: map[string]value{}}
	for _, e := range v.entries() {
		key := strings.TrimSpace(e.Key.String())
		if s, ok := e.Key.(*ast.StringNode); ok {
			key = s.Value
		}
		place := v.at(join(v.path, key), e.Key)
		if _, dup := o.places[key]; dup {
			place.problem(fmt.Sprintf("%q is here twice", key), "keep one of them")
			continue
		}
		held := place.at(place.path, e.Value)
		if _, null := e.Value.(*ast.NullNode); null {
			held.line, held.col = place.line, place.col
		}
		o.keys = append(o.keys, key)
		o.places[key], o.values[key] = place, held
	}
	return o
}

func (v value) entries() []*ast.MappingValueNode {
	switch n := v.node.(type) {
	case nil:
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	default:
		v.problem("is not a map", "write keys and values here")
	}
	return nil
}

// take returns the value under key, absent if there is none, and makes the key
// known to end.
func (o *object) take(key string) value {
	o.known = append(o.known, key)
	if v, ok := o.values[key]; ok {
		return v
	}
	return value{src: o.src, path: join(o.path, key), line: o.line, col: o.col, quiet: o.quiet || !o.isMap() && !o.absent()}
}

func (o *object) has(key string) bool { return !o.values[key].absent() }

// end reports the keys that nobody took.
func (o *object) end() {
	for _, key := range o.keys {
		if contains(o.known, key) {
			continue
		}
		mend := "use one of: " + strings.Join(o.known, ", ")
		if near := nearest(key, o.known); near != "" {
			mend = fmt.Sprintf("did you mean %q?", near)
		}
		o.places[key].problem(fmt.Sprintf("unknown key %q", key), mend)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
