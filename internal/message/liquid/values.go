package liquid

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Within a render a value is nil, a bool, int, float64 or string, a []any or a
// map[string]any, a span, one of the words empty and blank, or what forloop and
// tablerowloop stand for.

type (
	emptyValue struct{} // the word empty: equal to what has nothing in it
	blankValue struct{} // the word blank: equal also to nil and false

	// span is a range of whole numbers, both ends included. It is never made into
	// a list before its length is known to be allowed.
	span struct{ from, to int }
)

func (s span) len() int {
	if s.to < s.from {
		return 0
	}
	if n := s.to - s.from + 1; n > 0 {
		return n
	}
	return math.MaxInt
}

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

// normaliseIn copies v into the closed set. Instants become RFC 3339 in zone,
// and what has no place in the set becomes nil.
func normaliseIn(v any, zone *time.Location) any {
	switch v := v.(type) {
	case nil, bool, int, string:
		return v
	case float64:
		return whole(v)
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
		return whole(v.Float())
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

// whole makes an int of a float that is one: JSON has one kind of number, and 12
// should print as 12.
func whole(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f)
	}
	return f
}

func truthy(v any) bool { return v != nil && v != false }
