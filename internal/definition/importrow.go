package definition

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/cel"

	"github.com/rapporthq/rapport/internal/event"
)

// Row is what an import map makes of one line.
type Row struct {
	// Skip says why the map leaves the line out; nothing else is set then. Such
	// lines are counted by reason, not rejected.
	Skip string

	// Key is the same for lines that are one event. It is empty when the map
	// does not group.
	Key string

	UserID      string
	AnonymousID string
	Event       string
	Time        event.Instant
	Amount      event.Micros // in Currency
	Currency    string

	properties []cell
	product    json.RawMessage
	traits     json.RawMessage
}

// cell is a property's value in one row.
type cell struct {
	json   string // "": the row has none
	number event.Micros
}

// Row reads the fields of one line, in the order of m.Columns. An error says
// what is wrong with the line and is fit for a reject file.
func (m *ImportMap) Row(fields []string) (Row, error) {
	if len(fields) != len(m.Columns) {
		return Row{}, fmt.Errorf("%d fields, and not the %d of the map", len(fields), len(m.Columns))
	}
	vars := rowVars{columns: m.Columns, fields: make([]string, len(fields))}
	for i, f := range fields {
		if !utf8.ValidString(f) {
			return Row{}, fmt.Errorf("column %s: not UTF-8; if the file is in an older encoding, say encoding: latin1", m.Columns[i].Name)
		}
		f = strings.TrimSpace(f)
		if slices.Contains(m.empty, f) {
			f = ""
		}
		vars.fields[i] = f
	}
	for _, s := range m.skip {
		skip, err := s.when.holds(&vars)
		if err != nil {
			return Row{}, fmt.Errorf("skip %q: %w", s.reason, err)
		}
		if skip {
			return Row{Skip: s.reason}, nil
		}
	}
	rule, err := m.rule(&vars)
	if err != nil {
		return Row{}, err
	}
	for _, c := range rule.negate {
		vars.fields[c] = negated(vars.fields[c])
	}
	return m.row(rule, vars.fields)
}

func (m *ImportMap) rule(vars *rowVars) (eventRule, error) {
	for _, r := range m.rules {
		if r.when == nil {
			return r, nil
		}
		ok, err := r.when.holds(vars)
		if err != nil {
			return eventRule{}, fmt.Errorf("event: %w", err)
		}
		if ok {
			return r, nil
		}
	}
	return eventRule{}, errors.New("no rule says which event this is")
}

func (m *ImportMap) row(rule eventRule, fields []string) (Row, error) {
	r := Row{UserID: m.userID.render(fields), AnonymousID: m.anonymousID.render(fields), Event: rule.event.render(fields)}
	e := event.Event{UserID: r.UserID, AnonymousID: r.AnonymousID}
	switch {
	case r.UserID == "" && r.AnonymousID == "":
		return Row{}, errors.New("no identity: the columns that name the person are empty")
	case e.Primary().IsZero():
		return Row{}, fmt.Errorf("identity %q is a placeholder and names nobody", r.UserID+r.AnonymousID)
	case r.Event == "":
		return Row{}, errors.New("no event: the columns that name it are empty")
	}
	var err error
	if r.Time, err = m.time.read(fields[m.time.column]); err != nil {
		return Row{}, m.inColumn(m.time.column, err)
	}
	if r.Amount, err = m.amountOf(fields); err != nil {
		return Row{}, err
	}
	if m.amount.property != "" {
		if r.Currency = m.currency.render(fields); !isCurrency(r.Currency) {
			return Row{}, fmt.Errorf("%q is not a currency", r.Currency)
		}
	}
	r.properties = make([]cell, len(m.properties))
	for i, p := range m.properties {
		if r.properties[i], err = m.cell(p, fields); err != nil {
			return Row{}, err
		}
	}
	if r.product, err = m.jsonObject(m.products, fields); err != nil {
		return Row{}, err
	}
	if r.traits, err = m.jsonObject(m.traits, fields); err != nil {
		return Row{}, err
	}
	r.Key = m.key(r, fields)
	return r, nil
}

// key joins what makes rows one event: the columns of group_by, and the person
// and event, so that a careless key never mixes two people.
func (m *ImportMap) key(r Row, fields []string) string {
	if !m.Grouped {
		return ""
	}
	var b strings.Builder
	for _, c := range m.groupBy {
		b.WriteString(strconv.Quote(fields[c]))
	}
	b.WriteString(strconv.Quote(r.UserID) + strconv.Quote(r.AnonymousID) + strconv.Quote(r.Event) + r.Currency)
	return b.String()
}

func (m *ImportMap) inColumn(c int, err error) error {
	return fmt.Errorf("column %s: %w", m.Columns[c].Name, err)
}

func (m *ImportMap) amountOf(fields []string) (event.Micros, error) {
	var product event.Micros
	for i, c := range m.amount.factors {
		n, err := event.ParseMicros(fields[c])
		if err != nil {
			return 0, m.inColumn(c, err)
		}
		if i == 0 {
			product = n
			continue
		}
		var ok bool
		if product, ok = times(product, n); !ok {
			return 0, m.inColumn(c, errors.New("the amount is too large"))
		}
	}
	return product, nil
}

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

// cell reads one property of a row.
func (m *ImportMap) cell(p importProperty, fields []string) (cell, error) {
	text := p.constant
	if p.column >= 0 {
		text = fields[p.column]
	}
	c, err := cellOf(p.kind, text)
	if err != nil && p.column >= 0 {
		err = m.inColumn(p.column, err)
	}
	return c, err
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
func (m *ImportMap) jsonObject(ps []importProperty, fields []string) (json.RawMessage, error) {
	var b []byte
	for _, p := range ps {
		c, err := m.cell(p, fields)
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
