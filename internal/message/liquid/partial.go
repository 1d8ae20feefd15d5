package liquid

import (
	"errors"
	"fmt"
	"maps"
)

// partialNode is an include or render of a snippet.
type partialNode struct {
	name     expr
	isolated bool // render: the snippet sees only its arguments
	with     expr
	each     bool   // with is a list, and the snippet is for each of it
	as       string // what the snippet calls with; defaults to the snippet's name
	args     map[string]expr
	line     int
}

func (partialNode) blank() bool { return false }

func (c *compiler) partial(p piece) (node, error) {
	n, err := parseAll(p.text, func(w *words) (partialNode, error) { return parsePartial(p, w) })
	if err != nil {
		return nil, err
	}
	if name, fixed := n.name.(literal); fixed {
		text, isText := name.value.(string)
		if !isText {
			return nil, fmt.Errorf("want {%% %s \"name\" %%}", p.name)
		}
		return n, c.snippet(text)
	}
	if n.isolated {
		return nil, errors.New(`want {% render "name" %}: the name must be written out`)
	}
	for name := range c.sources {
		if err := c.snippet(name); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func parsePartial(p piece, w *words) (partialNode, error) {
	n := partialNode{isolated: p.name == "render", args: map[string]expr{}, line: p.line}
	var err error
	if n.name, err = parseOperand(w); err != nil {
		return n, fmt.Errorf("want {%% %s \"name\" %%}", p.name)
	}
	if n.each = w.word("for"); n.each || w.word("with") {
		if n.with, err = parseOperand(w); err != nil {
			return n, err
		}
	}
	if w.word("as") {
		t := w.next()
		if t.kind != nameToken {
			return n, errors.New("a name is missing after as")
		}
		n.as = t.text
	}
	for w.peek().kind != endToken {
		if w.sign(",") {
			continue
		}
		name, ok := w.label()
		if !ok {
			return n, w.wanted("name: value")
		}
		if n.args[name], err = parseOperand(w); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (n partialNode) run(f *frame) (signal, error) {
	sig, err := n.runIn(f)
	return sig, atLine(n.line, err)
}

func (n partialNode) runIn(f *frame) (signal, error) {
	v, err := n.name.eval(f)
	if err != nil {
		return done, err
	}
	name, err := f.textOf(v)
	if err != nil {
		return done, err
	}
	t := f.snippets[name]
	if t == nil {
		return done, fmt.Errorf("there is no snippet %q", name)
	}
	if f.depth++; f.depth > MaxDepth {
		return done, fmt.Errorf("%w: snippets are nested more than %d deep", errWork, MaxDepth)
	}
	defer func() { f.depth-- }()
	args, err := n.arguments(f)
	if err != nil {
		return done, err
	}
	as := n.as
	if as == "" {
		as = name
	}
	if n.with == nil {
		return n.once(f, t, args)
	}
	with, err := n.with.eval(f)
	if err != nil {
		return done, err
	}
	list, isList := with.([]any)
	if !isList || n.isolated && !n.each {
		args[as] = with
		return n.once(f, t, args)
	}
	l := &loop{name: name, length: len(list)}
	for ; l.index < l.length; l.index++ {
		args[as] = list[l.index]
		if n.isolated {
			args["forloop"] = l
		}
		if sig, err := n.once(f, t, args); sig == stop || err != nil {
			return sig, err
		}
	}
	return done, nil
}

func (n partialNode) arguments(f *frame) (map[string]any, error) {
	out := make(map[string]any, len(n.args)+1)
	for _, name := range sortedNames(n.args) {
		v, err := n.args[name].eval(f)
		if err != nil {
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// once runs the snippet. What a rendered one assigns, counts and breaks off
// stays its own; it sees the person's data and its arguments.
func (n partialNode) once(f *frame, t *Template, args map[string]any) (signal, error) {
	if !n.isolated {
		return f.within(args, func() (signal, error) { return f.run(t.root) })
	}
	counts := f.counts
	f.counts = map[string]int{}
	defer func() { f.counts = counts }()
	inner := f.frame(maps.Clone(args))
	inner.out = f.out
	_, err := inner.run(t.root)
	return done, err
}
