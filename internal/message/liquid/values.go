package liquid

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Within a render a value is nil, a bool, int, float64 or string, a []any or a
// map[string]any. Anything else could carry methods, which the expression
// language would call.

func normaliseVars(in Input) (map[string]any, error) {
	scope := make(map[string]any, len(in.Vars)+1)
	scope["now"] = inZone(in.Now.Time(), in.Zone)
	for name, v := range in.Vars {
		scope[name] = normaliseIn(v, in.Zone)
	}
	if weigh(scope, MaxVars) > MaxVars {
		return nil, fault.New(fault.TooLarge, "the data for the message is over %d KiB", MaxVars>>10)
	}
	return scope, nil
}

func inZone(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.RFC3339) }

// closed returns v, which is in the closed set unless a library filter or a
// range made it.
func closed(v any) any {
	switch v.(type) {
	case nil, bool, int, float64, string, []any, map[string]any:
		return v
	default:
		return normalise(v)
	}
}

func normalise(v any) any { return normaliseIn(v, time.UTC) }

// normaliseIn copies v into the closed set. Instants become RFC 3339 in zone,
// and what has no place in the set becomes nil.
func normaliseIn(v any, zone *time.Location) any {
	switch v := v.(type) {
	case nil, bool, int, float64, string:
		return v
	case []byte:
		return string(v)
	case json.Number:
		if i, err := strconv.Atoi(v.String()); err == nil {
			return i
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	case event.Instant:
		if v.IsZero() {
			return nil
		}
		return inZone(v.Time(), zone)
	case event.Micros:
		return v.String()
	case time.Time:
		return inZone(v, zone)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = normaliseIn(x, zone)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = normaliseIn(x, zone)
		}
		return out
	default:
		return normaliseKind(reflect.ValueOf(v), zone)
	}
}

func normaliseKind(v reflect.Value, zone *time.Location) any {
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int(min(v.Uint(), math.MaxInt64))
	case reflect.Float32, reflect.Float64:
		return v.Float()
	case reflect.Slice, reflect.Array:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = normaliseIn(v.Index(i).Interface(), zone)
		}
		return out
	case reflect.Map:
		if v.Type().Key().Kind() != reflect.String {
			return nil
		}
		out := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			out[it.Key().String()] = normaliseIn(it.Value().Interface(), zone)
		}
		return out
	default:
		return nil
	}
}

// weigh returns the size of v in bytes, eight for each element; it stops
// counting soon after limit.
func weigh(v any, limit int) int {
	n := 8
	switch v := v.(type) {
	case string:
		n += len(v)
	case []any:
		for _, x := range v {
			if n > limit {
				break
			}
			n += weigh(x, limit-n)
		}
	case map[string]any:
		for k, x := range v {
			if n > limit {
				break
			}
			n += len(k) + weigh(x, limit-n)
		}
	}
	return n
}

func truthy(v any) bool { return v != nil && v != false }

func integer(v any) (int, bool) {
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

// printValue writes v as Liquid prints it. Maps print in the order of their keys.
func printValue(s *sink, v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return s.text(v)
	case bool:
		return s.text(strconv.FormatBool(v))
	case int:
		return s.text(strconv.Itoa(v))
	case float64:
		return s.text(formatFloat(v))
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
		return printMap(s, v)
	default:
		return s.text(fmt.Sprint(v))
	}
}

func printMap(s *sink, m map[string]any) error {
	if err := s.work.spend(len(m) / 4); err != nil {
		return err
	}
	sep := "{"
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if err := s.text(sep + strconv.Quote(k) + "=>"); err != nil {
			return err
		}
		if err := printValue(s, m[k]); err != nil {
			return err
		}
		sep = ", "
	}
	if len(m) == 0 {
		return s.text("{}")
	}
	return s.text("}")
}

// formatFloat writes 12 rather than 12.0: the library's arithmetic makes floats
// of whole numbers, and people read the result.
func formatFloat(f float64) string {
	if math.Abs(f) >= 1e21 {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
