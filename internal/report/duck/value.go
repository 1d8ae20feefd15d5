package duck

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// typeName is the type's name in SQL.
func typeName(s string) string {
	if s == "TIMESTAMPTZ" {
		return "TIMESTAMP WITH TIME ZONE"
	}
	return s
}

// appendValue appends the JSON of a value of DuckDB. Numbers have all their
// digits.
func appendValue(b []byte, v any, kind string) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendText(b, v)
	case []byte:
		return appendText(b, `\x`+hex.EncodeToString(v))
	case float32:
		return appendFloat(b, float64(v))
	case float64:
		return appendFloat(b, v)
	case duckdb.Decimal:
		return append(b, v.String()...), nil
	case *big.Int:
		return v.Append(b, 10), nil
	case time.Time:
		return appendText(b, v.Format(layout(kind)))
	case duckdb.Interval:
		return appendText(b, interval(v))
	case duckdb.UUID:
		return appendText(b, v.String())
	case duckdb.Union:
		return appendValue(b, v.Value, "")
	}
	return appendOther(b, reflect.ValueOf(v))
}

// layout is the form of a point in time.
func layout(kind string) string {
	switch kind {
	case "DATE":
		return time.DateOnly
	case "TIME":
		return "15:04:05.999999"
	case "TIMESTAMP WITH TIME ZONE", "TIMETZ", "TIME WITH TIME ZONE":
		return time.RFC3339Nano
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
		return "2006-01-02T15:04:05.999999999"
	default: // inside of something else
		return time.RFC3339Nano
	}
}

func appendText(b []byte, s string) ([]byte, error) {
	quoted, err := json.Marshal(s)
	return append(b, quoted...), err
}

// appendFloat writes what JSON has no number for as text.
func appendFloat(b []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return appendText(b, strconv.FormatFloat(f, 'g', -1, 64))
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64), nil
}

func interval(i duckdb.Interval) string {
	return fmt.Sprintf("%d months %d days %s", i.Months, i.Days, time.Duration(i.Micros)*time.Microsecond)
}

// appendOther writes integers, lists and objects.
func appendOther(b []byte, v reflect.Value) (_ []byte, err error) {
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(b, v.Uint(), 10), nil
	case reflect.Slice, reflect.Array:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendValue(b, v.Index(i).Interface(), ""); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	case reflect.Map:
		type entry struct {
			key   string
			value any
		}
		var entries []entry
		for it := v.MapRange(); it.Next(); {
			entries = append(entries, entry{fmt.Sprint(it.Key().Interface()), it.Value().Interface()})
		}
		slices.SortFunc(entries, func(x, y entry) int {
			if x.key < y.key {
				return -1
			}
			return 1
		})
		b = append(b, '{')
		for i, e := range entries {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendText(b, e.key); err != nil {
				return b, err
			}
			if b, err = appendValue(append(b, ':'), e.value, ""); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	default:
		return appendText(b, fmt.Sprint(v.Interface()))
	}
}
