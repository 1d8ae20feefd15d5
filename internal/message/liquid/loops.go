package liquid

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

type (
	// looping is what for and tablerow have in common.
	looping struct {
		variable string
		over     expr
		source   string // of over, as the author wrote it
		reversed bool
		limit    expr
		offset   expr
		onward   bool // offset: continue
		cols     expr
		line     int
		body     []node
	}
	forNode struct {
		looping
		orElse []node
	}
	tableNode struct{ looping }

	// items is what a loop runs over.
	items struct {
		len int
		at  func(int) any
	}

	// loop is what the word forloop stands for.
	loop struct {
		name    string
		index   int // from 0
		length  int
		outside *loop
	}
	// tableLoop is what the word tablerowloop stands for.
	tableLoop struct{ index, length, cols int }
)

func (n forNode) blank() bool { return allBlank(n.body) && allBlank(n.orElse) }
func (tableNode) blank() bool { return false }

func (c *compiler) loop(p piece) (node, error) {
	c.depth++
	defer func() { c.depth-- }()
	l, err := parseAll(p.text, parseLooping)
	if err != nil {
		return nil, err
	}
	l.line = p.line
	n := forNode{looping: l}
	body, ended, err := c.block([]string{"else", "endfor"})
	if err != nil {
		return nil, err
	}
	n.body = body
	if ended.name == "else" {
		if n.orElse, _, err = c.block([]string{"endfor"}); err != nil {
			return nil, err
		}
	}
	if n.blank() {
		n.body, n.orElse = withoutText(n.body), withoutText(n.orElse)
	}
	return n, nil
}

func (c *compiler) table(p piece) (node, error) {
	l, err := parseAll(p.text, parseLooping)
	if err != nil {
		return nil, err
	}
	l.line = p.line
	l.body, err = c.body("endtablerow")
	return tableNode{l}, err
}

func parseLooping(w *words) (looping, error) {
	var l looping
	name := w.next()
	if name.kind != nameToken || !w.word("in") {
		return l, errors.New("want {% for item in list %}, with limit, offset or reversed after it")
	}
	l.variable = name.text
	from := w.peek().at
	over, err := parseOperand(w)
	if err != nil {
		return l, err
	}
	l.over = over
	l.source = strings.TrimRight(w.src[from:w.peek().at], space)
	for w.peek().kind != endToken {
		if w.sign(",") {
			continue
		}
		if err := l.option(w); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l *looping) option(w *words) error {
	if w.word("reversed") {
		l.reversed = true
		return nil
	}
	name, ok := w.label()
	if !ok {
		return w.wanted("limit:, offset:, cols: or reversed")
	}
	if name == "offset" && w.word("continue") {
		l.onward = true
		return nil
	}
	v, err := parseOperand(w)
	switch name {
	case "limit":
		l.limit = v
	case "offset":
		l.offset = v
	case "cols":
		l.cols = v
	default:
		return fmt.Errorf("a loop has no %q; it has limit, offset, cols and reversed", name)
	}
	return err
}

// window evaluates what the loop runs over, and which of it.
func (l *looping) window(f *frame) (items, error) {
	v, err := l.over.eval(f)
	if err != nil {
		return items{}, err
	}
	it, err := f.itemsOf(v)
	if err != nil {
		return items{}, err
	}
	key := l.variable + "-" + l.source
	from := f.resume[key]
	if !l.onward {
		if from, err = f.numberOr(l.offset, 0, "offset"); err != nil {
			return items{}, err
		}
	}
	limit, err := f.numberOr(l.limit, it.len, "limit")
	if err != nil {
		return items{}, err
	}
	from = min(max(0, from), it.len)
	count := min(max(0, limit), it.len-from)
	f.resume[key] = from + count
	if l.reversed {
		return items{count, func(i int) any { return it.at(from + count - 1 - i) }}, nil
	}
	return items{count, func(i int) any { return it.at(from + i) }}, nil
}

func (f *frame) itemsOf(v any) (items, error) {
	switch v := v.(type) {
	case []any:
		return items{len(v), func(i int) any { return v[i] }}, nil
	case span:
		return items{v.len(), func(i int) any { return v.from + i }}, nil
	case map[string]any:
		keys := sortedKeys(v)
		return items{len(keys), func(i int) any { return []any{keys[i], v[keys[i]]} }}, f.work.spend(len(v) / 4)
	case string:
		if v != "" {
			return items{1, func(int) any { return v }}, nil
		}
	}
	return items{}, nil
}

// numberOr evaluates e to a whole number; a missing one is otherwise.
func (f *frame) numberOr(e expr, otherwise int, what string) (int, error) {
	if e == nil {
		return otherwise, nil
	}
	v, err := e.eval(f)
	if err != nil || v == nil {
		return otherwise, err
	}
	if n, isFloat := v.(float64); isFloat {
		return wholeOf(n), nil
	}
	if n, ok := toInteger(v); ok {
		return n, nil
	}
	return 0, fmt.Errorf("%s must be a whole number", what)
}

func (n forNode) run(f *frame) (signal, error) {
	it, err := n.window(f)
	if err != nil {
		return done, atLine(n.line, err)
	}
	if it.len == 0 {
		return f.run(n.orElse)
	}
	l := &loop{name: n.variable + "-" + n.source, length: it.len}
	if len(f.loops) > 0 {
		l.outside = f.loops[len(f.loops)-1]
	}
	f.loops = append(f.loops, l)
	defer func() { f.loops = f.loops[:len(f.loops)-1] }()
	scope := map[string]any{"forloop": l}
	return f.within(scope, func() (signal, error) {
		for ; l.index < it.len; l.index++ {
			if err := f.work.spend(1); err != nil {
				return done, atLine(n.line, err)
			}
			scope[n.variable] = it.at(l.index)
			sig, err := f.run(n.body)
			if err != nil || sig == stop {
				return done, err
			}
		}
		return done, nil
	})
}

func (n tableNode) run(f *frame) (signal, error) {
	it, err := n.window(f)
	if err != nil {
		return done, atLine(n.line, err)
	}
	cols, err := f.numberOr(n.cols, max(1, it.len), "cols")
	if err != nil {
		return done, atLine(n.line, err)
	}
	l := &tableLoop{length: it.len, cols: max(1, cols)}
	if err := f.out.text("<tr class=\"row1\">\n"); err != nil {
		return done, err
	}
	scope := map[string]any{"tablerowloop": l}
	sig, err := f.within(scope, func() (signal, error) {
		for ; l.index < it.len; l.index++ {
			scope[n.variable] = it.at(l.index)
			if sig, err := n.cell(f, l); err != nil || sig == stop {
				return done, atLine(n.line, err)
			}
		}
		return done, nil
	})
	if err != nil {
		return sig, err
	}
	return sig, f.out.text("</tr>\n")
}

func (n tableNode) cell(f *frame, l *tableLoop) (signal, error) {
	if err := f.work.spend(1); err != nil {
		return done, err
	}
	col := l.index%l.cols + 1
	if col == 1 && l.index > 0 {
		if err := f.out.text("</tr>\n<tr class=\"row" + strconv.Itoa(l.index/l.cols+1) + "\">"); err != nil {
			return done, err
		}
	}
	if err := f.out.text(`<td class="col` + strconv.Itoa(col) + `">`); err != nil {
		return done, err
	}
	sig, err := f.run(n.body)
	if err != nil {
		return sig, err
	}
	return sig, f.out.text("</td>")
}

func (l *loop) member(key any) any {
	switch key {
	case "first":
		return l.index == 0
	case "last":
		return l.index == l.length-1
	case "index":
		return l.index + 1
	case "index0":
		return l.index
	case "rindex":
		return l.length - l.index
	case "rindex0":
		return l.length - l.index - 1
	case "length":
		return l.length
	case "name":
		return l.name
	case "parentloop":
		if l.outside != nil {
			return l.outside
		}
	}
	return nil
}

func (l *tableLoop) member(key any) any {
	switch key {
	case "col":
		return l.index%l.cols + 1
	case "col0":
		return l.index % l.cols
	case "col_first":
		return l.index%l.cols == 0
	case "col_last":
		return l.index%l.cols == l.cols-1
	case "row":
		return l.index/l.cols + 1
	}
	return (&loop{index: l.index, length: l.length}).member(key)
}
