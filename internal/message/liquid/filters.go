package liquid

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// filter is a filter and how many arguments it takes, besides named ones.
type filter struct {
	min, max int
	run      func(c *call) (any, error)
}

func (d filter) arity() string {
	switch {
	case d.max == 0:
		return "no argument"
	case d.min == d.max && d.min == 1:
		return "1 argument"
	case d.min == d.max:
		return fmt.Sprintf("%d arguments", d.min)
	default:
		return fmt.Sprintf("%d to %d arguments", d.min, d.max)
	}
}

// call is one use of a filter.
type call struct {
	*frame
	in    any
	args  []any
	named map[string]any
}

// filters are Liquid's own, and date, item, json and money as messages need them.
//
//nolint:gochecknoglobals // immutable
var filters = func() map[string]filter {
	all := map[string]filter{}
	for _, group := range []map[string]filter{textFilters, markupFilters, numberFilters, listFilters, dataFilters} {
		maps.Copy(all, group)
	}
	return all
}()

// apply runs the filter within the bounds of the render.
func (fc filterCall) apply(f *frame, in any) (any, error) {
	c := &call{frame: f, in: in}
	size := weigh(in, MaxValue)
	for _, a := range fc.args {
		v, err := a.eval(f)
		if err != nil {
			return nil, err
		}
		c.args = append(c.args, v)
		size += weigh(v, MaxValue)
	}
	for _, name := range sortedNames(fc.named) {
		v, err := fc.named[name].eval(f)
		if err != nil {
			return nil, err
		}
		if c.named == nil {
			c.named = map[string]any{}
		}
		c.named[name] = v
		size += weigh(v, MaxValue)
	}
	if size > MaxValue {
		return nil, errValue
	}
	if err := f.work.spend(1 + size/64); err != nil {
		return nil, err
	}
	out, err := fc.run(c)
	if err != nil {
		return nil, err
	}
	made := weigh(out, MaxValue)
	if made > MaxValue {
		return nil, errValue
	}
	return out, f.work.spend(made / 64)
}

func sortedNames(m map[string]expr) []string {
	if len(m) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(m))
}

// arg returns an argument, nil where there is none.
func (c *call) arg(i int) any {
	if i < len(c.args) {
		return c.args[i]
	}
	return nil
}

// text returns what the filter is given as text.
func (c *call) text() (string, error) { return c.textOf(c.in) }

func (c *call) argText(i int) (string, error) { return c.textOf(c.arg(i)) }

// whole returns an argument that must be a whole number.
func (c *call) whole(i int) (int, error) {
	if n, ok := toInteger(c.arg(i)); ok && c.arg(i) != nil {
		return n, nil
	}
	return 0, fmt.Errorf("argument %d must be a whole number", i+1)
}

// wholeOr is whole for an argument that may be left out.
func (c *call) wholeOr(i, otherwise int) (int, error) {
	if i >= len(c.args) {
		return otherwise, nil
	}
	return c.whole(i)
}

// list returns what the filter is given as a flat list: of one if it is none, and
// empty if there is nothing.
func (c *call) list() ([]any, error) { return flatten(c.in) }

func flatten(v any) ([]any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case []any:
		out := make([]any, 0, len(v))
		for _, x := range v {
			if inner, ok := x.([]any); ok {
				flat, err := flatten(inner)
				if err != nil {
					return nil, err
				}
				out = append(out, flat...)
				continue
			}
			out = append(out, x)
		}
		return out, nil
	case span:
		if v.len() > MaxValue/8 {
			return nil, errValue
		}
		out := make([]any, v.len())
		for i := range out {
			out[i] = v.from + i
		}
		return out, nil
	default:
		return []any{v}, nil
	}
}

// wholeOf reads a whole number from the beginning of v, 0 if there is none.
func wholeOf(v any) int {
	switch v := v.(type) {
	case int:
		return v
	case float64:
		if math.Abs(v) < 1<<53 {
			return int(v)
		}
	case string:
		n := 0
		for n < len(v) && (isDigit(v[n]) || n == 0 && v[n] == '-') {
			n++
		}
		i, err := strconv.Atoi(v[:n])
		if err == nil {
			return i
		}
	}
	return 0
}

// toInteger reads v, all of it, as a whole number. Nothing is 0.
func toInteger(v any) (int, bool) {
	switch v := v.(type) {
	case nil:
		return 0, true
	case int:
		return v, true
	case float64:
		return int(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	case string:
		i, err := strconv.Atoi(v)
		return i, err == nil
	default:
		return 0, false
	}
}
