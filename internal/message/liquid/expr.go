package liquid

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// expr is what has a value.
type expr interface {
	eval(f *frame) (any, error)
}

type (
	literal   struct{ value any }
	rangeExpr struct{ from, to expr }

	// path is a variable and the way into it. A root that is not a name is an
	// expression in brackets.
	path struct {
		name  string
		root  expr
		steps []expr
	}

	// filtered is a value that goes through filters.
	filtered struct {
		base    expr
		filters []filterCall
	}
	filterCall struct {
		filter
		args  []expr
		named map[string]expr
	}

	comparison struct {
		op          string
		left, right expr
	}
	junction struct {
		and         bool
		left, right expr
	}
)

// parseAll reads s, all of it, by read.
func parseAll[T any](s string, read func(*words) (T, error)) (T, error) {
	var none T
	w, err := newWords(s)
	if err != nil {
		return none, err
	}
	v, err := read(w)
	if err != nil {
		return none, err
	}
	return v, w.done()
}

// parseValue reads a value with filters, as between {{ and }}.
func parseValue(w *words) (expr, error) {
	if w.peek().kind == endToken {
		return literal{}, nil
	}
	base, err := parseOperand(w)
	if err != nil {
		return nil, err
	}
	var calls []filterCall
	for w.sign("|") {
		c, err := parseFilter(w)
		if err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	if calls == nil {
		return base, nil
	}
	return filtered{base, calls}, nil
}

func parseFilter(w *words) (filterCall, error) {
	t := w.peek()
	if t.kind != nameToken {
		return filterCall{}, w.wanted("the name of a filter")
	}
	w.next()
	def, known := filters[t.text]
	if !known {
		return filterCall{}, fmt.Errorf("there is no filter %q; use one of %s", t.text, strings.Join(slices.Sorted(maps.Keys(filters)), ", "))
	}
	c := filterCall{filter: def}
	if w.sign(":") {
		for more := true; more; more = w.sign(",") {
			if name, ok := w.label(); ok {
				v, err := parseOperand(w)
				if err != nil {
					return c, err
				}
				if c.named == nil {
					c.named = map[string]expr{}
				}
				c.named[name] = v
				continue
			}
			v, err := parseOperand(w)
			if err != nil {
				return c, err
			}
			c.args = append(c.args, v)
		}
	}
	if n := len(c.args); n < def.min || n > def.max {
		return c, fmt.Errorf("the filter %s takes %s, not %d", t.text, def.arity(), n)
	}
	return c, nil
}

// parseOperand reads a literal, a range or a variable.
func parseOperand(w *words) (expr, error) {
	switch t := w.peek(); {
	case t.kind == stringToken:
		w.next()
		return literal{t.text}, nil
	case t.kind == numberToken:
		w.next()
		return literal{number(t.text)}, nil
	case t.kind == signToken && t.text == "(":
		return parseRange(w)
	case t.kind == signToken && t.text == "[":
		return parsePath(w)
	case t.kind == nameToken:
		if v, is := keywords[t.text]; is {
			w.next()
			return literal{v}, nil
		}
		return parsePath(w)
	default:
		return nil, w.wanted("a value")
	}
}

//nolint:gochecknoglobals // immutable
var keywords = map[string]any{"true": true, "false": false, "nil": nil, "null": nil, "empty": emptyValue{}, "blank": blankValue{}}

func parseRange(w *words) (expr, error) {
	w.next()
	from, err := parseOperand(w)
	if err != nil {
		return nil, err
	}
	if !w.sign("..") {
		return nil, w.wanted("the .. of a range")
	}
	to, err := parseOperand(w)
	if err != nil {
		return nil, err
	}
	if !w.sign(")") {
		return nil, w.wanted("the ) of a range")
	}
	return rangeExpr{from, to}, nil
}

func parsePath(w *words) (expr, error) {
	var p path
	if t := w.peek(); t.kind == nameToken {
		p.name = t.text
		w.next()
	} else {
		root, err := parseIndex(w)
		if err != nil {
			return nil, err
		}
		p.root = root
	}
	for {
		switch t := w.peek(); {
		case t.kind == signToken && t.text == "[":
			step, err := parseIndex(w)
			if err != nil {
				return nil, err
			}
			p.steps = append(p.steps, step)
		case t.kind == signToken && t.text == ".":
			w.next()
			name := w.peek()
			if name.kind != nameToken {
				return nil, w.wanted("a name after the .")
			}
			w.next()
			p.steps = append(p.steps, property(name.text))
		default:
			return p, nil
		}
	}
}

// property is a step that is written with a dot. Unlike one in brackets it may
// be size, first or last.
type property string

func (p property) eval(*frame) (any, error) { return p, nil }

func parseIndex(w *words) (expr, error) {
	w.next()
	e, err := parseOperand(w)
	if err != nil {
		return nil, err
	}
	if !w.sign("]") {
		return nil, w.wanted("a ]")
	}
	return e, nil
}

// parseCondition reads comparisons joined by and and or. Neither binds more
// tightly, and they are read from the right, as everywhere in Liquid.
func parseCondition(w *words) (expr, error) {
	left, err := parseComparison(w)
	if err != nil {
		return nil, err
	}
	and := w.word("and")
	if !and && !w.word("or") {
		return left, nil
	}
	right, err := parseCondition(w)
	if err != nil {
		return nil, err
	}
	return junction{and, left, right}, nil
}

func parseComparison(w *words) (expr, error) {
	left, err := parseOperand(w)
	if err != nil {
		return nil, err
	}
	op := w.peek()
	switch {
	case op.kind == nameToken && op.text == "contains":
	case op.kind == signToken && strings.ContainsAny(op.text, "=<>") && op.text != "=":
	default:
		return left, nil
	}
	w.next()
	right, err := parseOperand(w)
	if err != nil {
		return nil, err
	}
	return comparison{op.text, left, right}, nil
}

func (e literal) eval(*frame) (any, error) { return e.value, nil }

func (e rangeExpr) eval(f *frame) (any, error) {
	from, err := e.from.eval(f)
	if err != nil {
		return nil, err
	}
	to, err := e.to.eval(f)
	if err != nil {
		return nil, err
	}
	return span{wholeOf(from), wholeOf(to)}, nil
}

func (e path) eval(f *frame) (any, error) {
	if err := f.work.spend(1 + len(e.steps)); err != nil {
		return nil, err
	}
	name := e.name
	if e.root != nil {
		v, err := e.root.eval(f)
		if err != nil {
			return nil, err
		}
		if name, err = f.textOf(v); err != nil {
			return nil, err
		}
	}
	v := f.lookup(name)
	for _, s := range e.steps {
		key, err := s.eval(f)
		if err != nil {
			return nil, err
		}
		if v = member(v, key); v == nil {
			return nil, nil
		}
	}
	return v, nil
}

func (e filtered) eval(f *frame) (any, error) {
	v, err := e.base.eval(f)
	for i := 0; i < len(e.filters) && err == nil; i++ {
		v, err = e.filters[i].apply(f, v)
	}
	return v, err
}

func (e junction) eval(f *frame) (any, error) {
	left, err := e.left.eval(f)
	if err != nil || truthy(left) != e.and {
		return truthy(left), err
	}
	right, err := e.right.eval(f)
	return truthy(right), err
}

func (e comparison) eval(f *frame) (any, error) {
	left, err := e.left.eval(f)
	if err != nil {
		return nil, err
	}
	right, err := e.right.eval(f)
	if err != nil {
		return nil, err
	}
	if err := f.work.spend(1 + (weigh(left, MaxVars)+weigh(right, MaxVars))/64); err != nil {
		return nil, err
	}
	switch e.op {
	case "==":
		return equal(left, right), nil
	case "!=", "<>":
		return !equal(left, right), nil
	case "contains":
		return f.contains(left, right)
	default:
		return order(e.op, left, right)
	}
}
