package liquid

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/filters"
	"github.com/osteele/liquid/values"
	"github.com/osteele/tuesday"

	"github.com/rapporthq/rapport/internal/event"
)

// collect receives the library's filters.
type collect map[string]any

// AddFilter implements filters.FilterDictionary.
func (c collect) AddFilter(name string, fn any) { c[name] = fn }

// standard returns the library's filters less those that look at the host: its
// date reads the clock and the local zone, and type shows Go's types.
func standard() collect {
	c := collect{}
	filters.AddStandardFilters(c)
	delete(c, "date")
	delete(c, "type")
	return c
}

// own are the filters that are ours.
var own = []string{"date", "item", "money"} //nolint:gochecknoglobals // immutable

// filterNames lists every filter there is, for messages.
func filterNames(lib collect) string {
	return strings.Join(slices.Sorted(maps.Keys(lib)), ", ") + ", " + strings.Join(own, ", ")
}

// filterConfig gives the expression language the filters that a template uses,
// for one render, each charged to work.
func (t *Template) filterConfig(in Input, work *budget) expressions.Config {
	cfg := expressions.NewConfig()
	for name, fn := range t.filters {
		cfg.AddFilter(name, guard(name, fn, work))
	}
	cfg.AddFilter("date", func(v, format any) (any, error) {
		if err := work.spend(16); err != nil {
			return nil, err
		}
		return date(v, format, in.Now, in.Zone)
	})
	cfg.AddFilter("money", money)
	cfg.AddFilter("item", func(id any) (any, error) {
		var found map[string]any
		if in.Item != nil {
			found = in.Item(fmt.Sprint(id))
		}
		if found == nil {
			return nil, work.spend(1)
		}
		v := normaliseIn(found, in.Zone)
		return v, work.spend(1 + weigh(v, MaxValue)/64)
	})
	return cfg
}

// guard wraps a filter so that neither what it is given nor what it makes can
// be large, and so that nothing it returns depends on map order.
func guard(name string, fn reflect.Value, work *budget) func(args ...any) (any, error) {
	return func(args ...any) (any, error) {
		size := 0
		for i, a := range args {
			args[i] = closed(a)
			size += weigh(args[i], MaxValue)
		}
		if size > MaxValue || amplified(name, args) > MaxValue {
			return nil, errValue
		}
		if err := work.spend(1 + size/64 + quadratic(name, args)); err != nil {
			return nil, err
		}
		takesList := fn.Type().In(0).Kind() == reflect.Slice
		if m, ok := args[0].(map[string]any); ok && takesList {
			args[0] = []any{m}
		}
		v, err := values.Call(fn, args)
		if err != nil {
			return nil, err
		}
		out := normalise(v)
		made := weigh(out, MaxValue)
		if made > MaxValue {
			return nil, errValue
		}
		return out, work.spend(made / 64)
	}
}

// amplified foretells the size of what filters make that can be much more than
// they are given.
func amplified(name string, args []any) int {
	switch {
	case name == "replace" && len(args) == 3:
		s, old, with := fmt.Sprint(args[0]), fmt.Sprint(args[1]), fmt.Sprint(args[2])
		return len(s) + strings.Count(s, old)*len(with)
	case name == "join" && len(args) == 2:
		list, _ := args[0].([]any)
		return len(list) * len(fmt.Sprint(args[1]))
	default:
		return 0
	}
}

// quadratic is the extra work of a filter that compares each with each.
func quadratic(name string, args []any) int {
	if list, ok := args[0].([]any); ok && name == "uniq" {
		return len(list) * len(list) / 64
	}
	return 0
}

var errDate = errors.New("not a date")

// widePadding finds a strftime width of three or more digits.
var widePadding = regexp.MustCompile(`%[-_0^#:]*\d{3,}`)

// date formats v with strftime. "now" and "today" are the render's instant; a
// number is seconds since 1970; a text without a zone is in zone.
func date(v, format any, now event.Instant, zone *time.Location) (any, error) {
	f, _ := format.(string)
	if f == "" {
		return v, nil
	}
	t, err := parseDate(v, now, zone)
	if err != nil {
		return v, nil //nolint:nilerr // Liquid prints what is not a date as it is
	}
	if len(f) > 1000 || widePadding.MatchString(f) {
		return nil, fmt.Errorf("date format %.40q is too wide", f)
	}
	return tuesday.Strftime(f, t.In(zone))
}

func parseDate(v any, now event.Instant, zone *time.Location) (time.Time, error) {
	switch v := v.(type) {
	case int:
		return time.Unix(int64(v), 0), nil
	case float64:
		return time.UnixMicro(int64(v * 1e6)), nil
	case string:
		if v == "now" || v == "today" {
			return now.Time(), nil
		}
		if sec, err := strconv.ParseInt(v, 10, 64); err == nil {
			return time.Unix(sec, 0), nil
		}
		for _, layout := range []string{
			time.RFC3339Nano, time.RFC1123Z, time.RFC1123, time.RFC822Z, time.RubyDate, time.ANSIC,
			"2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
			"2 January 2006", "2 Jan 2006", "January 2, 2006", "Jan 2, 2006", "January 2 2006", "Jan 2 2006",
		} {
			if t, err := time.ParseInLocation(layout, v, zone); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, errDate
}

// money prints a number with exactly two decimals.
func money(v any) (any, error) {
	m, err := event.ParseMicros(fmt.Sprint(v))
	if err != nil {
		return "", nil //nolint:nilerr // as with dates: nothing to print, and it is reported as missing
	}
	const cent = 10_000
	half := event.Micros(cent / 2)
	if m < 0 {
		half = -half
	}
	rounded := (m + half) / cent * cent
	return rounded.String(), nil
}
