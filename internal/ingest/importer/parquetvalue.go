package importer

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// valueWriter appends a value that is there as JSON.
type valueWriter func(b []byte, v parquet.Value) ([]byte, error)

// is reports whether a group is annotated as a T, or in the old way as c.
func is[T format.LogicalTypeValue](n parquet.Node, c deprecated.ConvertedType) bool {
	t := n.Type()
	if l := t.LogicalType(); l != nil {
		_, ok := l.Value.(T)
		return ok
	}
	old := t.ConvertedType()
	return old != nil && *old == c
}

// writerOf says how the values of a leaf are written. Times are RFC 3339, without
// a zone where the file does not say that they are in UTC; decimals are exact;
// bytes that are not text are base64.
func writerOf(t parquet.Type) (valueWriter, error) {
	if l := t.LogicalType(); l != nil {
		if w, err := writerOfLogical(t.Kind(), l.Value); w != nil || err != nil {
			return w, err
		}
	}
	if c := t.ConvertedType(); c != nil && *c == deprecated.Interval {
		return nil, fmt.Errorf("values of type %s cannot be read; leave the column out of the map", t)
	}
	switch t.Kind() {
	case parquet.Boolean:
		return func(b []byte, v parquet.Value) ([]byte, error) { return strconv.AppendBool(b, v.Boolean()), nil }, nil
	case parquet.Int32:
		return func(b []byte, v parquet.Value) ([]byte, error) {
			return strconv.AppendInt(b, int64(v.Int32()), 10), nil
		}, nil
	case parquet.Int64:
		return func(b []byte, v parquet.Value) ([]byte, error) { return strconv.AppendInt(b, v.Int64(), 10), nil }, nil
	case parquet.Int96: // an old form of times: nanoseconds of a Julian day, which writers give in UTC
		return func(b []byte, v parquet.Value) ([]byte, error) {
			n := v.Int96()
			days := int64(n[2]) - 2_440_588 // 1970-01-01
			nanos := int64(uint64(n[1])<<32 | uint64(n[0]))
			return appendTime(b, time.Unix(days*86_400, nanos), true)
		}, nil
	case parquet.Float:
		return func(b []byte, v parquet.Value) ([]byte, error) { return appendFloat(b, float64(v.Float()), 32), nil }, nil
	case parquet.Double:
		return func(b []byte, v parquet.Value) ([]byte, error) { return appendFloat(b, v.Double(), 64), nil }, nil
	default:
		return appendBytes, nil
	}
}

// writerOfLogical is writerOf for annotated types; nil where the annotation
// changes nothing.
func writerOfLogical(kind parquet.Kind, l format.LogicalTypeValue) (valueWriter, error) {
	switch l := l.(type) {
	case *format.DecimalType:
		return func(b []byte, v parquet.Value) ([]byte, error) { return appendDecimal(b, v, int(l.Scale)) }, nil
	case *format.DateType:
		return func(b []byte, v parquet.Value) ([]byte, error) {
			return appendText(b, time.Unix(int64(v.Int32())*86_400, 0).UTC().Format(time.DateOnly)), nil
		}, nil
	case *format.TimeType:
		return func(b []byte, v parquet.Value) ([]byte, error) {
			n := v.Int64()
			if kind == parquet.Int32 {
				n = int64(v.Int32())
			}
			return appendText(b, unix(n, l.Unit).Format("15:04:05.999999999")), nil
		}, nil
	case *format.TimestampType:
		return func(b []byte, v parquet.Value) ([]byte, error) {
			return appendTime(b, unix(v.Int64(), l.Unit), l.IsAdjustedToUTC)
		}, nil
	case *format.IntType:
		switch {
		case l.IsSigned:
			return nil, nil //nolint:nilnil // as the comment says
		case kind == parquet.Int32:
			return func(b []byte, v parquet.Value) ([]byte, error) {
				return strconv.AppendUint(b, uint64(v.Uint32()), 10), nil
			}, nil
		default:
			return func(b []byte, v parquet.Value) ([]byte, error) { return strconv.AppendUint(b, v.Uint64(), 10), nil }, nil
		}
	case *format.JsonType:
		return func(b []byte, v parquet.Value) ([]byte, error) {
			if raw := v.ByteArray(); json.Valid(raw) {
				return append(b, raw...), nil
			}
			return appendBytes(b, v)
		}, nil
	case *format.UUIDType:
		return func(b []byte, v parquet.Value) ([]byte, error) {
			h := hex.EncodeToString(v.ByteArray())
			if len(h) != 32 {
				return b, fmt.Errorf("a UUID of %d bytes", len(h)/2)
			}
			return appendText(b, h[:8]+"-"+h[8:12]+"-"+h[12:16]+"-"+h[16:20]+"-"+h[20:]), nil
		}, nil
	case *format.Float16Type, *format.BsonType, *format.VariantType, *format.GeometryType, *format.GeographyType:
		return nil, fmt.Errorf("values of type %s cannot be read; leave the column out of the map", l)
	default: // text, enumerations and what is always null
		return nil, nil //nolint:nilnil // as the comment says
	}
}

// unix is the time that n units after 1970 began.
func unix(n int64, unit format.TimeUnit) time.Time {
	switch unit.Value.(type) {
	case *format.MilliSeconds:
		return time.UnixMilli(n).UTC()
	case *format.MicroSeconds:
		return time.UnixMicro(n).UTC()
	default:
		return time.Unix(0, n).UTC()
	}
}

// appendTime writes RFC 3339, without a zone for a local time.
func appendTime(b []byte, t time.Time, utc bool) ([]byte, error) {
	layout := "2006-01-02T15:04:05.999999999"
	if utc {
		layout = time.RFC3339Nano
	}
	return appendText(b, t.UTC().Format(layout)), nil
}

// appendFloat writes the shortest decimal that is read back as f. What is no
// number is null.
func appendFloat(b []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(b, "null"...)
	case math.Abs(f) < 1e21:
		return strconv.AppendFloat(b, f, 'f', -1, bits)
	default:
		return strconv.AppendFloat(b, f, 'e', -1, bits)
	}
}

// appendBytes writes text, and bytes that are not text as base64.
func appendBytes(b []byte, v parquet.Value) ([]byte, error) {
	raw := v.ByteArray()
	if utf8.Valid(raw) {
		return appendText(b, string(raw)), nil
	}
	return appendText(b, base64.StdEncoding.EncodeToString(raw)), nil
}

// appendDecimal writes an unscaled number with its point.
func appendDecimal(b []byte, v parquet.Value, scale int) ([]byte, error) {
	n := new(big.Int)
	switch v.Kind() {
	case parquet.Int32:
		n.SetInt64(int64(v.Int32()))
	case parquet.Int64:
		n.SetInt64(v.Int64())
	default: // big-endian two's complement
		raw := v.ByteArray()
		n.SetBytes(raw)
		if len(raw) > 0 && raw[0]&0x80 != 0 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(raw))))
		}
	}
	digits := new(big.Int).Abs(n).String()
	if scale < 0 || scale > 1000 {
		return b, fmt.Errorf("a decimal of scale %d", scale)
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	if n.Sign() < 0 {
		b = append(b, '-')
	}
	b = append(b, digits[:len(digits)-scale]...)
	if scale > 0 {
		b = append(b, '.')
		b = append(b, digits[len(digits)-scale:]...)
	}
	return b, nil
}
