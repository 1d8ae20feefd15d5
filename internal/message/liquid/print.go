package liquid

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// textOf returns v as it is printed.
func (f *frame) textOf(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	s := &sink{limit: MaxValue, over: errValue, work: f.work}
	err := printValue(s, v)
	return s.b.String(), err
}

// printValue writes v as Liquid prints it: a list without anything between its
// elements, a map as Ruby shows it, in the order of its keys.
func printValue(s *sink, v any) error {
	switch v := v.(type) {
	case string:
		return s.text(v)
	case bool:
		return s.text(strconv.FormatBool(v))
	case int:
		return s.text(strconv.Itoa(v))
	case float64:
		return s.text(formatFloat(v))
	case span:
		return s.text(strconv.Itoa(v.from) + ".." + strconv.Itoa(v.to))
	case []any:
		if err := s.work.spend(len(v) / 4); err != nil {
			return err
		}
		for _, x := range v {
			if err := printValue(s, x); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		return inspectMap(s, v)
	default:
		return nil
	}
}

// inspect writes v as it stands inside of a printed map.
func inspect(s *sink, v any) error {
	switch v := v.(type) {
	case nil:
		return s.text("nil")
	case string:
		return s.text(strconv.Quote(v))
	case []any:
		for i, x := range v {
			if err := s.text(map[bool]string{true: "[", false: ", "}[i == 0]); err != nil {
				return err
			}
			if err := inspect(s, x); err != nil {
				return err
			}
		}
		if len(v) == 0 {
			return s.text("[]")
		}
		return s.text("]")
	default:
		return printValue(s, v)
	}
}

func inspectMap(s *sink, m map[string]any) error {
	if err := s.work.spend(1 + len(m)); err != nil {
		return err
	}
	if len(m) == 0 {
		return s.text("{}")
	}
	sep := "{"
	for _, k := range sortedKeys(m) {
		if err := s.text(sep + strconv.Quote(k) + "=>"); err != nil {
			return err
		}
		if err := inspect(s, m[k]); err != nil {
			return err
		}
		sep = ", "
	}
	return s.text("}")
}

// formatFloat writes a float so that it shows that it is one, as Ruby does.
func formatFloat(f float64) string {
	if a := math.Abs(f); a != 0 && (a >= 1e16 || a < 1e-4) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		return mantissa + "e" + exponent
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") && !math.IsNaN(f) {
		s += ".0"
	}
	return s
}
