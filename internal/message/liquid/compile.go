package liquid

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// node is one step of a template.
type node interface {
	run(f *frame) (signal, error)
	// blank reports that the node prints nothing but white space. A block of
	// nothing but these prints nothing at all.
	blank() bool
}

// compiler turns a template, and the snippets that it reaches, into nodes.
type compiler struct {
	sources Snippets
	done    map[string]*Template
	source  source // of the template that is being read
	depth   int
}

func (c *compiler) template(src string) (*Template, error) {
	if len(src) > MaxSource {
		return nil, fault.New(fault.TooLarge, "the template has %d bytes; at most %d are allowed", len(src), MaxSource)
	}
	inner := &compiler{sources: c.sources, done: c.done, source: &scanner{src: src, line: 1}}
	root, _, err := inner.block(nil)
	if err != nil {
		return nil, err
	}
	return &Template{root: root, snippets: c.done}, nil
}

// snippet makes the snippet of that name ready.
func (c *compiler) snippet(name string) error {
	if _, ready := c.done[name]; ready {
		return nil
	}
	src, known := c.sources[name]
	if !known {
		if len(c.sources) == 0 {
			return fmt.Errorf("there is no snippet %q", name)
		}
		return fmt.Errorf("there is no snippet %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(c.sources)), ", "))
	}
	t := &Template{snippets: c.done}
	c.done[name] = t
	read, err := c.template(src)
	if err != nil {
		return fmt.Errorf("in the snippet %q: %w", name, err)
	}
	t.root = read.root
	return nil
}

// block reads up to a tag that is named in ends, which it returns. Without ends
// it reads to the end of the template.
func (c *compiler) block(ends []string) ([]node, piece, error) {
	if c.depth > MaxDepth {
		return nil, piece{}, fault.New(fault.TooLarge, "blocks are nested more than %d deep", MaxDepth)
	}
	var out []node
	for {
		p, more, err := c.source.next()
		switch {
		case err != nil:
			return nil, p, err
		case !more && ends == nil:
			return out, p, nil
		case !more:
			return nil, p, fault.New(fault.Invalid, "{%% %s %%} is missing", ends[len(ends)-1])
		case p.kind == tagPiece && slices.Contains(ends, p.name):
			return out, p, nil
		}
		n, err := c.node(p)
		if err != nil {
			return nil, p, located(p.line, err)
		}
		if n != nil {
			out = append(out, n)
		}
	}
}

// body reads a block that has no clauses, up to its end.
func (c *compiler) body(end string) ([]node, error) {
	c.depth++
	defer func() { c.depth-- }()
	nodes, _, err := c.block([]string{end})
	return nodes, err
}

// located makes err a fault that says on which line it is, unless it is one.
func located(line int, err error) error {
	if _, is := errors.AsType[*fault.Error](err); is {
		return err
	}
	return fault.New(fault.Invalid, "line %d: %s", line, err)
}

func (c *compiler) node(p piece) (node, error) {
	switch p.kind {
	case textPiece:
		if p.text == "" {
			return nil, nil //nolint:nilnil // nothing to run
		}
		return textNode{p.text}, nil
	case outputPiece:
		return printing(p)
	default:
		return c.tag(p)
	}
}

// tag reads a tag and, if it is a block, all of it.
func (c *compiler) tag(p piece) (node, error) {
	switch p.name {
	case "assign":
		return parseAssign(p)
	case "echo":
		return printing(p)
	case "increment", "decrement":
		return parseCount(p)
	case "cycle":
		return parseAll(p.text, func(w *words) (node, error) { return parseCycle(p, w) })
	case "break":
		return signalNode{stop}, nil
	case "continue":
		return signalNode{next}, nil
	case "capture":
		return c.capture(p)
	case "ifchanged":
		body, err := c.body("endifchanged")
		return changedNode{body}, err
	case "if", "unless":
		return c.branches(p)
	case "case":
		return c.cases(p)
	case "for":
		return c.loop(p)
	case "tablerow":
		return c.table(p)
	case "include", "render":
		return c.partial(p)
	case "liquid":
		return c.lines(p)
	case "#":
		return nil, checkComment(p.text)
	case "comment":
		return nil, c.skipComment()
	case "raw", "doc":
		return c.verbatim(p)
	default:
		return nil, fmt.Errorf("there is no tag %q here; the tags are assign, break, capture, case, comment, continue, cycle, decrement, doc, "+
			"echo, for, if, ifchanged, include, increment, liquid, raw, render, tablerow and unless", p.name)
	}
}

func allBlank(nodes []node) bool {
	for _, n := range nodes {
		if !n.blank() {
			return false
		}
	}
	return true
}

// withoutText removes the white space of a block that prints nothing else.
func withoutText(nodes []node) []node {
	return slices.DeleteFunc(nodes, func(n node) bool { _, text := n.(textNode); return text })
}
