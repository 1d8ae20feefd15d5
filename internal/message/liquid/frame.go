package liquid

import (
	"fmt"
	"maps"
	"slices"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/values"
)

// signal is how a sequence ended.
type signal uint8

const (
	done signal = iota
	stop        // break
	next        // continue
)

// frame is one render under way.
type frame struct {
	scope   map[string]any // shared with expr
	expr    expressions.Context
	work    *budget
	out     *sink
	missing []string
	cycles  map[string]int
	counts  map[string]int
}

func (f *frame) run(nodes []node) (signal, error) {
	for _, n := range nodes {
		if err := f.work.spend(1); err != nil {
			return done, err
		}
		if s, err := n.run(f); s != done || err != nil {
			return s, err
		}
	}
	return done, nil
}

func (f *frame) eval(e expr) (any, error) {
	if err := f.work.spend(e.cost); err != nil {
		return nil, err
	}
	v, err := e.Evaluate(f.expr)
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", e.line, err)
	}
	return closed(v), nil
}

func (n textNode) run(f *frame) (signal, error) { return done, f.out.text(n.text) }

func (n signalNode) run(*frame) (signal, error) { return n.signal, nil }

func (n printNode) run(f *frame) (signal, error) {
	v, err := f.eval(n.expr)
	if err != nil {
		return done, err
	}
	s := &sink{limit: MaxOutput, over: errOutput, work: f.work}
	if err := printValue(s, v); err != nil {
		return done, err
	}
	if s.b.Len() == 0 && !slices.Contains(f.missing, n.source) && len(f.missing) < 100 {
		f.missing = append(f.missing, n.source)
	}
	return done, f.out.value(s.b.String())
}

func (n assignNode) run(f *frame) (signal, error) {
	v, err := f.eval(n.expr)
	if err == nil {
		f.scope[n.name] = v
	}
	return done, err
}

func (n captureNode) run(f *frame) (signal, error) {
	outer := f.out
	f.out = &sink{limit: MaxValue, over: errValue, work: f.work}
	sig, err := f.run(n.body)
	f.scope[n.name] = f.out.b.String()
	f.out = outer
	return sig, err
}

func (n ifNode) run(f *frame) (signal, error) {
	for _, b := range n.branches {
		if b.when.Expression != nil {
			v, err := f.eval(b.when)
			if err != nil {
				return done, err
			}
			if truthy(v) == b.not {
				continue
			}
		}
		return f.run(b.body)
	}
	return done, nil
}

func (n caseNode) run(f *frame) (signal, error) {
	subject, err := f.eval(n.subject)
	if err != nil {
		return done, err
	}
	for _, c := range n.clauses {
		match := len(c.when) == 0
		for _, w := range c.when {
			v, err := f.eval(expr{w, c.cost, n.subject.line})
			if err != nil {
				return done, err
			}
			match = match || values.Equal(subject, v)
		}
		if match {
			return f.run(c.body)
		}
	}
	return done, nil
}

func (n cycleNode) run(f *frame) (signal, error) {
	key := n.Group
	if key == "" {
		key = fmt.Sprintf("%q", n.Values)
	}
	if f.cycles == nil {
		f.cycles = map[string]int{}
	}
	i := f.cycles[key]
	f.cycles[key] = i + 1
	return done, f.out.text(n.Values[i%len(n.Values)])
}

func (n countNode) run(f *frame) (signal, error) {
	if f.counts == nil {
		f.counts = map[string]int{}
	}
	if n.step < 0 {
		f.counts[n.name]--
		return done, f.out.text(fmt.Sprint(f.counts[n.name]))
	}
	f.counts[n.name]++
	return done, f.out.text(fmt.Sprint(f.counts[n.name] - 1))
}

// items is what a loop runs over.
type items struct {
	len int
	at  func(int) any
}

func (n forNode) items(f *frame) (items, error) {
	if err := f.work.spend(n.cost); err != nil {
		return items{}, err
	}
	v, err := n.loop.Expr.Evaluate(f.expr)
	if err != nil {
		return items{}, fmt.Errorf("line %d: %w", n.line, err)
	}
	if r, ok := v.(values.Range); ok {
		return items{len: max(0, r.Len()), at: r.Index}, nil
	}
	switch v := closed(v).(type) {
	case []any:
		return items{len(v), func(i int) any { return v[i] }}, nil
	case map[string]any:
		if err := f.work.spend(len(v) / 4); err != nil {
			return items{}, err
		}
		keys := slices.Sorted(maps.Keys(v))
		return items{len(keys), func(i int) any { return []any{keys[i], v[keys[i]]} }}, nil
	case string:
		if v != "" {
			return items{1, func(int) any { return v }}, nil
		}
	}
	return items{}, nil
}

// window applies offset, limit and reversed, in that order.
func (n forNode) window(f *frame, it items) (items, error) {
	from, count := 0, it.len
	if n.loop.Offset != nil {
		offset, err := n.number(f, n.loop.Offset, "offset")
		if err != nil {
			return items{}, err
		}
		from = min(max(0, offset), it.len)
		count = it.len - from
	}
	if n.loop.Limit != nil {
		limit, err := n.number(f, n.loop.Limit, "limit")
		if err != nil {
			return items{}, err
		}
		count = min(max(0, limit), count)
	}
	at := it.at
	if n.loop.Reversed {
		return items{count, func(i int) any { return at(from + count - 1 - i) }}, nil
	}
	return items{count, func(i int) any { return at(from + i) }}, nil
}

func (n forNode) number(f *frame, e expressions.Expression, what string) (int, error) {
	v, err := f.eval(expr{e, 1, n.line})
	if err != nil {
		return 0, err
	}
	if i, ok := integer(v); ok {
		return i, nil
	}
	return 0, fmt.Errorf("line %d: %s must be a whole number", n.line, what)
}

func (n forNode) run(f *frame) (signal, error) {
	it, err := n.items(f)
	if err != nil {
		return done, err
	}
	if it, err = n.window(f, it); err != nil {
		return done, err
	}
	if it.len == 0 {
		return f.run(n.orElse)
	}
	defer f.restore(n.loop.Variable)()
	parent := f.scope["forloop"]
	defer f.restore("forloop")()
	for i := range it.len {
		if err := f.work.spend(1); err != nil {
			return done, err
		}
		f.scope[n.loop.Variable] = it.at(i)
		f.scope["forloop"] = map[string]any{
			"first": i == 0, "last": i == it.len-1, "length": it.len,
			"index": i + 1, "index0": i, "rindex": it.len - i, "rindex0": it.len - i - 1,
			"parentloop": parent, "name": n.loop.Variable,
		}
		sig, err := f.run(n.body)
		if err != nil {
			return done, err
		}
		if sig == stop {
			break
		}
	}
	return done, nil
}

// restore returns a function that gives name the binding that it has now.
func (f *frame) restore(name string) func() {
	old, bound := f.scope[name]
	return func() {
		if bound {
			f.scope[name] = old
		} else {
			delete(f.scope, name)
		}
	}
}
