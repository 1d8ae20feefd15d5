package liquid

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

//nolint:gochecknoglobals // immutable
var listFilters = map[string]filter{
	"compact": {0, 1, compact},
	"concat":  {1, 1, concat},
	"find": {1, 2, func(c *call) (any, error) {
		return c.search(func(_ int, v any) any { return v }, nil)
	}},
	"find_index":   {1, 2, func(c *call) (any, error) { return c.search(func(i int, _ any) any { return i }, nil) }},
	"first":        {0, 0, func(c *call) (any, error) { return firstOf(c.in), nil }},
	"has":          {1, 2, func(c *call) (any, error) { return c.search(func(int, any) any { return true }, false) }},
	"join":         {0, 1, join},
	"last":         {0, 0, func(c *call) (any, error) { return lastOf(c.in), nil }},
	"map":          {1, 1, mapped},
	"reject":       {1, 2, func(c *call) (any, error) { return c.keep(false) }},
	"reverse":      {0, 0, reverse},
	"size":         {0, 0, func(c *call) (any, error) { n, _ := sizeOf(c.in); return n, nil }},
	"sort":         {0, 1, func(c *call) (any, error) { return c.sorted(nil) }},
	"sort_natural": {0, 1, func(c *call) (any, error) { return c.sorted(naturally) }},
	"sum":          {0, 1, sum},
	"uniq":         {0, 1, uniq},
	"where":        {1, 2, func(c *call) (any, error) { return c.keep(true) }},
}

// errNothing is met when a property of nothing, or of true or false, is asked
// for; the filter then gives nothing.
var errNothing = errors.New("no properties")

// propertyOf looks key up in an element of a list. A text has what is in it, and
// a whole number its bits, as in the reference.
func propertyOf(v, key any) (any, error) {
	switch v := v.(type) {
	case nil, bool:
		return nil, errNothing
	case map[string]any:
		return member(v, key), nil
	case string:
		if key == nil {
			return nil, errNothing
		}
		s, isText := key.(string)
		if isText && strings.Contains(v, s) {
			return s, nil
		}
		return nil, nil
	case int:
		if bit, ok := key.(int); ok {
			return v >> min(63, max(0, bit)) & 1, nil
		}
	}
	return nil, fmt.Errorf("%s has no property %v", kindOf(v), key)
}

// matches reports whether an element has the property that the arguments name,
// with the value that they name if they do.
func (c *call) matches(v any) (bool, error) {
	found, err := propertyOf(v, c.arg(0))
	if err != nil {
		return false, err
	}
	if want := c.arg(1); want != nil {
		return equal(found, want), nil
	}
	return truthy(found), nil
}

// ask calls use with each element and whether it matches, until use returns false.
// It reports false where the filter gives nothing: see errNothing.
func (c *call) ask(use func(i int, v any, matches bool) bool) (ok bool, err error) {
	list, err := c.list()
	if err != nil {
		return false, err
	}
	for i, v := range list {
		matches, err := c.matches(v)
		if errors.Is(err, errNothing) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if !use(i, v, matches) {
			break
		}
	}
	return true, nil
}

// search returns what give makes of the first element that matches, or none.
func (c *call) search(give func(i int, v any) any, none any) (any, error) {
	found := none
	ok, err := c.ask(func(i int, v any, matches bool) bool {
		if matches {
			found = give(i, v)
		}
		return !matches
	})
	if !ok {
		return nil, err
	}
	return found, nil
}

func (c *call) keep(matching bool) (any, error) {
	out := []any{}
	ok, err := c.ask(func(_ int, v any, matches bool) bool {
		if matches == matching {
			out = append(out, v)
		}
		return true
	})
	if !ok {
		return nil, err
	}
	return out, nil
}

// by returns the list and of each element what is looked at: a property if one
// is named, else the element.
func (c *call) by() (list, keys []any, err error) {
	if list, err = c.list(); err != nil || c.arg(0) == nil {
		return list, list, err
	}
	keys = make([]any, len(list))
	for i, v := range list {
		if keys[i], err = propertyOf(v, c.arg(0)); err != nil && !errors.Is(err, errNothing) {
			return nil, nil, err
		}
	}
	return list, keys, nil
}

func compact(c *call) (any, error) {
	list, keys, err := c.by()
	out := make([]any, 0, len(list))
	for i, v := range list {
		if keys[i] != nil {
			out = append(out, v)
		}
	}
	return out, err
}

func concat(c *call) (any, error) {
	list, err := c.list()
	if err != nil {
		return nil, err
	}
	switch c.arg(0).(type) {
	case []any, span:
	default:
		return nil, errors.New("concat takes a list")
	}
	more, err := flatten(c.arg(0))
	return append(list, more...), err
}

func join(c *call) (any, error) {
	list, err := c.list()
	if err != nil {
		return nil, err
	}
	glue := " "
	if len(c.args) > 0 {
		if glue, err = c.argText(0); err != nil {
			return nil, err
		}
	}
	if len(list)*len(glue) > MaxValue {
		return nil, errValue
	}
	s := &sink{limit: MaxValue, over: errValue, work: c.work}
	for i, v := range list {
		if i > 0 {
			if err := s.text(glue); err != nil {
				return nil, err
			}
		}
		if err := printValue(s, v); err != nil {
			return nil, err
		}
	}
	return s.b.String(), nil
}

func mapped(c *call) (any, error) {
	list, err := c.list()
	if err != nil {
		return nil, err
	}
	out := make([]any, len(list))
	for i, v := range list {
		if out[i], err = propertyOf(v, c.arg(0)); err != nil {
			return nil, fmt.Errorf("map: %w", err)
		}
	}
	return out, nil
}

func reverse(c *call) (any, error) {
	list, err := c.list()
	list = slices.Clone(list)
	slices.Reverse(list)
	return list, err
}

// sorted sorts stably by what key makes of that which is to be sorted by, if
// there is a key; what has nothing to sort by comes last.
func (c *call) sorted(key func(c *call, v any) (any, error)) (any, error) {
	list, by, err := c.by()
	if err != nil {
		return nil, err
	}
	if err := c.work.spend((len(list) + weigh(by, MaxValue)/64) * bits.Len(uint(len(list)))); err != nil {
		return nil, err
	}
	at, keys := make([]int, len(list)), slices.Clone(by)
	for i := range at {
		at[i] = i
		if key != nil && keys[i] != nil {
			if keys[i], err = key(c, keys[i]); err != nil {
				return nil, err
			}
		}
	}
	slices.SortStableFunc(at, func(i, j int) int {
		n, failed := sortsBefore(keys[i], keys[j])
		if failed != nil && err == nil {
			err = failed
		}
		return n
	})
	out := make([]any, len(list))
	for i, from := range at {
		out[i] = list[from]
	}
	return out, err
}

func sortsBefore(a, b any) (int, error) {
	switch {
	case a == nil && b == nil:
		return 0, nil
	case a == nil:
		return 1, nil
	case b == nil:
		return -1, nil
	}
	n, ordered, err := compare(a, b)
	if err == nil && !ordered {
		err = fmt.Errorf("%s cannot be sorted with %s", kindOf(a), kindOf(b))
	}
	return n, err
}

// naturally makes a text of v that does not show case.
func naturally(c *call, v any) (any, error) {
	s, err := c.textOf(v)
	return strings.ToLower(s), err
}

func sum(c *call) (any, error) {
	list, keys, err := c.by()
	if err != nil {
		return nil, err
	}
	total := toNum(0)
	for i := range list {
		n := toNum(keys[i])
		total = num{total.isFloat || n.isFloat, total.r.Add(total.r, n.r)}
	}
	return total.value(), nil
}

func uniq(c *call) (any, error) {
	list, keys, err := c.by()
	if err != nil {
		return nil, err
	}
	if err := c.work.spend(len(list) * (len(list) + weigh(keys, MaxValue)) / 64); err != nil {
		return nil, err
	}
	var out, seen []any
	for i, v := range list {
		if !slices.ContainsFunc(seen, func(k any) bool { return equal(k, keys[i]) }) {
			out, seen = append(out, v), append(seen, keys[i])
		}
	}
	return out, nil
}
