package liquid

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

//nolint:gochecknoglobals // immutable
var listFilters = map[string]filter{
	"compact": {0, 1, compact},
	"concat":  {1, 1, concat},
	"find": {1, 2, func(c *call) (any, error) {
		return c.search(func(list []any, i int) any { return element(list, i) }, nil)
	}},
	"find_index":   {1, 2, func(c *call) (any, error) { return c.search(func(_ []any, i int) any { return i }, nil) }},
	"first":        {0, 0, func(c *call) (any, error) { return firstOf(c.in), nil }},
	"has":          {1, 2, func(c *call) (any, error) { return c.search(func([]any, int) any { return true }, false) }},
	"join":         {0, 1, join},
	"last":         {0, 0, func(c *call) (any, error) { return lastOf(c.in), nil }},
	"map":          {1, 1, mapped},
	"reject":       {1, 2, func(c *call) (any, error) { return c.keep(false) }},
	"reverse":      {0, 0, reverse},
	"size":         {0, 0, func(c *call) (any, error) { n, _ := sizeOf(c.in); return n, nil }},
	"sort":         {0, 1, func(c *call) (any, error) { return c.sorted(compareForSort) }},
	"sort_natural": {0, 1, func(c *call) (any, error) { return c.sorted(compareNaturally) }},
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

// search returns what give makes of the first element that matches, or none.
func (c *call) search(give func(list []any, i int) any, none any) (any, error) {
	list, err := c.list()
	if err != nil {
		return nil, err
	}
	for i, v := range list {
		ok, err := c.matches(v)
		switch {
		case errors.Is(err, errNothing):
			return nil, nil
		case err != nil:
			return nil, err
		case ok:
			return give(list, i), nil
		}
	}
	return none, nil
}

func (c *call) keep(matching bool) (any, error) {
	list, err := c.list()
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(list))
	for _, v := range list {
		ok, err := c.matches(v)
		switch {
		case errors.Is(err, errNothing):
			return nil, nil
		case err != nil:
			return nil, err
		case ok == matching:
			out = append(out, v)
		}
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

// sorted sorts stably; what has nothing to sort by comes last.
func (c *call) sorted(order func(c *call, a, b any) (int, error)) (any, error) {
	list, keys, err := c.by()
	if err != nil {
		return nil, err
	}
	if err := c.work.spend(len(list)); err != nil {
		return nil, err
	}
	at := make([]int, len(list))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(i, j int) int {
		switch a, b := keys[i], keys[j]; {
		case a == nil && b == nil:
			return 0
		case a == nil:
			return 1
		case b == nil:
			return -1
		default:
			n, failed := order(c, a, b)
			if failed != nil && err == nil {
				err = failed
			}
			return n
		}
	})
	out := make([]any, len(list))
	for i, from := range at {
		out[i] = list[from]
	}
	return out, err
}

func compareForSort(_ *call, a, b any) (int, error) {
	n, ordered, err := compare(a, b)
	if err == nil && !ordered {
		err = fmt.Errorf("%s cannot be sorted with %s", kindOf(a), kindOf(b))
	}
	return n, err
}

// compareNaturally compares as text, without regard to case.
func compareNaturally(c *call, a, b any) (int, error) {
	s, err := c.textOf(a)
	if err != nil {
		return 0, err
	}
	t, err := c.textOf(b)
	return strings.Compare(strings.ToLower(s), strings.ToLower(t)), err
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
	if err := c.work.spend(len(list) * len(list) / 64); err != nil {
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
