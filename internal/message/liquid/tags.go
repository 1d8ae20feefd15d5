package liquid

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

type (
	textNode  struct{ text string }
	printNode struct {
		value  expr
		source string // as the author wrote it, without filters
		line   int
	}
	assignNode struct {
		name  string
		value expr
		line  int
	}
	captureNode struct {
		name string
		body []node
	}
	changedNode struct{ body []node }
	countNode   struct {
		name string
		step int
	}
	cycleNode struct {
		group expr   // nil: the items make the group
		key   string // of the items
		items []expr
		line  int
	}
	signalNode struct{ signal signal }
	linesNode  struct{ body []node }
)

func (n textNode) blank() bool  { return strings.Trim(n.text, space) == "" }
func (printNode) blank() bool   { return false }
func (assignNode) blank() bool  { return true }
func (captureNode) blank() bool { return true }
func (changedNode) blank() bool { return false }
func (countNode) blank() bool   { return false }
func (cycleNode) blank() bool   { return false }
func (signalNode) blank() bool  { return false }
func (n linesNode) blank() bool { return allBlank(n.body) }

func printing(p piece) (node, error) {
	v, err := parseAll(p.text, parseValue)
	source, _, _ := strings.Cut(p.text, "|")
	return printNode{v, strings.Trim(source, space), p.line}, err
}

func (n textNode) run(f *frame) (signal, error) { return done, f.out.text(n.text) }

func (n signalNode) run(*frame) (signal, error) { return n.signal, nil }

func (n linesNode) run(f *frame) (signal, error) { return f.run(n.body) }

func (n printNode) run(f *frame) (signal, error) {
	v, err := n.value.eval(f)
	if err != nil {
		return done, atLine(n.line, err)
	}
	text, err := f.textOf(v)
	if err != nil {
		return done, atLine(n.line, err)
	}
	if text == "" && n.source != "" && len(f.missing) < 100 && !slices.Contains(f.missing, n.source) {
		f.missing = append(f.missing, n.source)
	}
	return done, atLine(n.line, f.out.value(text))
}

func parseAssign(p piece) (node, error) {
	return parseAll(p.text, func(w *words) (node, error) {
		t := w.next()
		isName := t.kind == nameToken && !strings.HasSuffix(t.text, "?") || t.kind == numberToken
		if !isName || !w.sign("=") {
			return nil, errors.New("want {% assign name = value %}")
		}
		v, err := parseValue(w)
		return assignNode{t.text, v, p.line}, err
	})
}

func (n assignNode) run(f *frame) (signal, error) {
	v, err := n.value.eval(f)
	if err == nil {
		f.locals[n.name] = v
	}
	return done, atLine(n.line, err)
}

func (c *compiler) capture(p piece) (node, error) {
	name := strings.Trim(p.text, `"'`)
	if name == "" || nameLen(name) != len(name) && numberLen(name) != len(name) {
		return nil, errors.New("want {% capture name %}")
	}
	body, err := c.body("endcapture")
	return captureNode{name, body}, err
}

func (n captureNode) run(f *frame) (signal, error) {
	text, sig, err := f.capture(n.body)
	f.locals[n.name] = text
	return sig, err
}

func (n changedNode) run(f *frame) (signal, error) {
	text, sig, err := f.capture(n.body)
	if err != nil || text == f.changed {
		return sig, err
	}
	f.changed = text
	return sig, f.out.text(text)
}

func parseCount(p piece) (node, error) {
	if p.text == "" || nameLen(p.text) != len(p.text) {
		return nil, fmt.Errorf("want {%% %s name %%}", p.name)
	}
	if p.name == "increment" {
		return countNode{p.text, 1}, nil
	}
	return countNode{p.text, -1}, nil
}

// An increment prints the number and then adds to it; a decrement subtracts first.
func (n countNode) run(f *frame) (signal, error) {
	before := f.counts[n.name]
	f.counts[n.name] = before + n.step
	return done, f.out.text(strconv.Itoa(min(before, before+n.step)))
}

func parseCycle(p piece, w *words) (node, error) {
	n := cycleNode{key: p.text, line: p.line}
	first, err := parseOperand(w)
	if err != nil {
		return nil, errors.New(`want {% cycle "a", "b" %}`)
	}
	if w.sign(":") {
		n.group = first
	} else {
		n.items = append(n.items, first)
	}
	for n.items == nil || w.sign(",") {
		item, err := parseOperand(w)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	return n, nil
}

func (n cycleNode) run(f *frame) (signal, error) {
	key := "items " + n.key
	if n.group != nil {
		v, err := n.group.eval(f)
		if err != nil {
			return done, atLine(n.line, err)
		}
		name, err := f.textOf(v)
		if err != nil {
			return done, atLine(n.line, err)
		}
		key = "group " + name
	}
	i := f.cycles[key]
	f.cycles[key] = i + 1
	if i+1 >= len(n.items) {
		f.cycles[key] = 0
	}
	if i >= len(n.items) { // the group has other items elsewhere
		return done, nil
	}
	v, err := n.items[i].eval(f)
	if err != nil {
		return done, atLine(n.line, err)
	}
	text, err := f.textOf(v)
	if err != nil {
		return done, atLine(n.line, err)
	}
	return done, f.out.value(text)
}

// lines reads a liquid tag, of which each line is a tag.
func (c *compiler) lines(p piece) (node, error) {
	outer := c.source
	c.source = newLines(p.text, p.args)
	c.depth++
	body, _, err := c.block(nil)
	c.source = outer
	c.depth--
	return linesNode{body}, err
}

func checkComment(text string) error {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.Trim(line, space); line != "" && !strings.HasPrefix(line, "#") {
			return errors.New("each line of a comment must begin with #")
		}
	}
	return nil
}

// skipComment leaves out what stands in a comment, which may hold others.
func (c *compiler) skipComment() error {
	for depth := 1; ; {
		p, more, err := c.source.next()
		switch {
		case err != nil:
			return err
		case !more:
			return errors.New("{% endcomment %} is missing")
		case p.kind != tagPiece:
		case p.name == "raw":
			if _, found := c.source.verbatim("endraw"); !found {
				return errors.New("{% endraw %} is missing")
			}
		case p.name == "comment":
			depth++
		case p.name == "endcomment":
			if depth--; depth == 0 {
				return nil
			}
		}
	}
}

// verbatim reads raw, which is printed as it stands, and doc, which is not.
func (c *compiler) verbatim(p piece) (node, error) {
	if p.text != "" {
		return nil, fmt.Errorf("want {%% %s %%}", p.name)
	}
	body, found := c.source.verbatim("end" + p.name)
	switch {
	case !found:
		return nil, fmt.Errorf("{%% end%s %%} is missing", p.name)
	case p.name == "raw":
		return textNode{body}, nil
	case strings.Contains(body, "{% doc"):
		return nil, errors.New("a doc cannot hold another")
	default:
		return nil, nil //nolint:nilnil // nothing to run
	}
}
