package liquid

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// equal is Liquid's ==. Numbers are equal by value whatever their kind; nothing
// else is equal to what is of another kind, but for empty and blank.
func equal(a, b any) bool {
	if _, special := b.(emptyValue); special {
		return isEmpty(a)
	}
	if _, special := b.(blankValue); special {
		return isBlank(a)
	}
	switch a := a.(type) {
	case emptyValue:
		return isEmpty(b)
	case blankValue:
		return isBlank(b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			if w, has := b[k]; !has || !equal(v, w) {
				return false
			}
		}
		return true
	case nil, bool, string, span:
		return a == b
	}
	if x, ok := numeric(a); ok {
		y, ok := numeric(b)
		return ok && x == y
	}
	return false
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	case emptyValue:
		return true
	default:
		return false
	}
}

func isBlank(v any) bool {
	switch v := v.(type) {
	case nil, blankValue:
		return true
	case bool:
		return !v
	case string:
		return strings.Trim(v, space) == ""
	case emptyValue:
		return false
	default:
		return isEmpty(v)
	}
}

func numeric(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	default:
		return 0, false
	}
}

// order is <, <=, > and >=. What has no order, such as nil and lists, is neither
// less nor more; a text and a number cannot be compared at all.
func order(op string, a, b any) (bool, error) {
	c, ordered, err := compare(a, b)
	if err != nil || !ordered {
		return false, err
	}
	switch op {
	case "<":
		return c < 0, nil
	case "<=":
		return c <= 0, nil
	case ">":
		return c > 0, nil
	default:
		return c >= 0, nil
	}
}

func compare(a, b any) (c int, ordered bool, err error) {
	x, aNumber := numeric(a)
	y, bNumber := numeric(b)
	s, aText := a.(string)
	t, bText := b.(string)
	switch {
	case aNumber && bNumber:
		return cmp.Compare(x, y), true, nil
	case aText && bText:
		return strings.Compare(s, t), true, nil
	case aNumber && bText, aText && bNumber:
		return 0, false, fmt.Errorf("%s cannot be compared with %s", kindOf(a), kindOf(b))
	default:
		return 0, false, nil
	}
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case bool:
		return "true or false"
	case int, float64:
		return "a number"
	case string:
		return "a text"
	case []any, span:
		return "a list"
	default:
		return "an object"
	}
}

func (f *frame) contains(in, what any) (bool, error) {
	if !truthy(in) || !truthy(what) {
		return false, nil
	}
	switch in := in.(type) {
	case string:
		s, err := f.textOf(what)
		return strings.Contains(in, s), err
	case []any:
		return slices.ContainsFunc(in, func(v any) bool { return equal(v, what) }), nil
	case span:
		n, is := what.(int)
		return is && in.from <= n && n <= in.to, nil
	case map[string]any:
		s, err := f.textOf(what)
		_, has := in[s]
		return has, err
	default:
		return false, nil
	}
}

// member looks key up in v: by name in an object, by place in a list, from the
// end if it is negative. With a dot, size, first and last are what they say.
func member(v, key any) any {
	dotted, isDotted := key.(property)
	if isDotted {
		key = string(dotted)
	}
	switch v := v.(type) {
	case map[string]any:
		if name, ok := key.(string); ok {
			if found, has := v[name]; has {
				return found
			}
		}
	case []any:
		if i, ok := key.(int); ok {
			return element(v, i)
		}
	case *loop:
		return v.member(key)
	case *tableLoop:
		return v.member(key)
	}
	if !isDotted {
		return nil
	}
	switch dotted {
	case "size":
		if n, has := sizeOf(v); has {
			return n
		}
	case "first":
		return firstOf(v)
	case "last":
		return lastOf(v)
	}
	return nil
}

func element(list []any, i int) any {
	if i < 0 {
		i += len(list)
	}
	if i < 0 || i >= len(list) {
		return nil
	}
	return list[i]
}

func sizeOf(v any) (int, bool) {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(v), true
	case []any:
		return len(v), true
	case map[string]any:
		return len(v), true
	case span:
		return v.len(), true
	default:
		return 0, false
	}
}

func firstOf(v any) any {
	switch v := v.(type) {
	case []any:
		return element(v, 0)
	case span:
		return v.from
	case map[string]any:
		if keys := sortedKeys(v); len(keys) > 0 {
			return []any{keys[0], v[keys[0]]}
		}
	}
	return nil
}

func lastOf(v any) any {
	switch v := v.(type) {
	case []any:
		return element(v, -1)
	case span:
		return v.to
	}
	return nil
}
