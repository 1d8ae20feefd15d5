package definition

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"

	"github.com/rapporthq/rapport/internal/event"
)

// times multiplies exactly and rounds half away from zero.
func times(a, b event.Micros) (event.Micros, bool) {
	const unit = 1_000_000
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	lo, carry := bits.Add64(lo, unit/2, 0)
	if hi += carry; hi >= unit {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, unit)
	if q > 1<<62 {
		return 0, false
	}
	if negative {
		return -event.Micros(q), true
	}
	return event.Micros(q), true
}

func magnitude(m event.Micros) uint64 {
	if m < 0 {
		return -uint64(m)
	}
	return uint64(m)
}

// values are the columns of one row.
type values struct {
	texts []string
	json  []string // of formats whose values have types; nil else
}

// cell reads one property of a row.
func (m *ImportMap) cell(p importProperty, in values) (cell, error) {
	if p.column < 0 {
		return cellOf(p.kind, p.constant)
	}
	text := in.texts[p.column]
	if p.kind == "json" && in.json != nil {
		if text == "" { // one of the map's empty texts, or nothing at all
			return cell{}, nil
		}
		if raw := in.json[p.column]; raw == "" || raw[0] != '"' {
			return rawCell(raw), nil
		}
		return cell{json: quote(text)}, nil // without the space around it, as in every format
	}
	c, err := cellOf(p.kind, text)
	if err != nil {
		err = m.inColumn(p.column, err)
	}
	return c, err
}

// rawCell keeps a JSON value as it is; null is none.
func rawCell(raw string) cell {
	if raw == "null" || raw == "" {
		return cell{}
	}
	c := cell{json: raw}
	if raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' {
		c.number, _ = event.ParseMicros(raw) // what is no amount is not summed
	}
	return c
}

func cellOf(kind, text string) (cell, error) {
	if text == "" {
		return cell{}, nil
	}
	switch kind {
	case "number":
		n, err := event.ParseMicros(text)
		return cell{json: n.String(), number: n}, err
	case "int":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n > 1e12 || n < -1e12 {
			return cell{}, fmt.Errorf("%q is not a whole number", text)
		}
		return cell{json: strconv.FormatInt(n, 10), number: event.Micros(n * 1_000_000)}, nil
	case "bool":
		switch strings.ToLower(text) {
		case "true", "t", "yes", "y", "1":
			return cell{json: "true"}, nil
		case "false", "f", "no", "n", "0":
			return cell{json: "false"}, nil
		}
		return cell{}, fmt.Errorf("%q is neither true nor false", text)
	case "json":
		if !validJSON([]byte(text)) {
			return cell{}, fmt.Errorf("%.40q is not JSON", text)
		}
		return rawCell(text), nil
	default:
		return cell{json: quote(text)}, nil
	}
}

// quote writes text as a JSON string.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(fmt.Sprintf("definition: text %q cannot be JSON: %v", text, err))
	}
	return string(b)
}

// jsonObject writes the properties that have a value, in the map's order; nil
// when none has.
func (m *ImportMap) jsonObject(ps []importProperty, in values) (json.RawMessage, error) {
	var b []byte
	for _, p := range ps {
		c, err := m.cell(p, in)
		if err != nil {
			return nil, err
		}
		if c.json != "" {
			b = appendMember(b, p.name, c.json)
		}
	}
	return closeObject(b), nil
}

func appendMember(b []byte, name, value string) []byte {
	if len(b) == 0 {
		b = append(b, '{')
	} else {
		b = append(b, ',')
	}
	b = append(b, quote(name)...)
	b = append(b, ':')
	return append(b, value...)
}

func closeObject(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return append(b, '}')
}

// negated turns the sign of a number as it is written.
func negated(s string) string {
	switch {
	case s == "":
		return ""
	case s[0] == '-':
		return s[1:]
	case s[0] == '+':
		return "-" + s[1:]
	default:
		return "-" + s
	}
}

// rowVars is a row as CEL sees it: the variable row, a map of texts.
type rowVars struct {
	columns []ImportColumn
	fields  []string
	row     map[string]string
}

// ResolveName implements cel.Activation.
func (v *rowVars) ResolveName(name string) (any, bool) {
	if name != "row" {
		return nil, false
	}
	if v.row == nil {
		v.row = make(map[string]string, len(v.columns))
		for i, c := range v.columns {
			v.row[c.Name] = v.fields[i]
		}
	}
	return v.row, true
}

// Parent implements cel.Activation.
func (v *rowVars) Parent() cel.Activation { return nil }
