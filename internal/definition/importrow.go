package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rapporthq/rapport/internal/event"
)

// Row is an event that an import map finds in one row of a file.
type Row struct {
	// Skip says why the map leaves the row out; nothing else is set then. Such
	// rows are counted by reason, not rejected.
	Skip string

	// Key is the same for rows that are one event. It is empty when the map does
	// not group.
	Key string

	// MessageID tells the event from others of maps of the same name; empty unless
	// the map is Keyed.
	MessageID string

	// Part is which of the events of one row this is, from 0.
	Part int

	UserID      string
	AnonymousID string
	Event       string        // "": the row only says something about the person
	Time        event.Instant // zero: when it is imported
	Amount      event.Micros  // in Currency
	Currency    string

	part       *eventPart // nil: no event
	properties []cell
	product    json.RawMessage
	traits     json.RawMessage
	said       []event.Event // of consent and of addresses
}

// cell is a property's value in one row.
type cell struct {
	json   string // "": the row has none
	number event.Micros
}

// Rows finds the events in a row of a file, as a reader of the map's format
// gives it. An error says what is wrong with the row and is fit for a reject
// file; none of its events is to be taken then.
func (m *ImportMap) Rows(line Line) ([]Row, error) {
	if line.Err != nil {
		return nil, line.Err
	}
	if len(line.Fields) != len(m.Columns) {
		return nil, fmt.Errorf("%d fields, and not the %d of the map", len(line.Fields), len(m.Columns))
	}
	in := values{texts: make([]string, len(line.Fields)), json: line.JSON}
	for i, f := range line.Fields {
		if !utf8.ValidString(f) {
			return nil, fmt.Errorf("column %s: not UTF-8; if the file is in an older encoding, say encoding: latin1", m.Columns[i].Name)
		}
		f = strings.TrimSpace(f)
		if slices.Contains(m.empty, f) {
			f = ""
		}
		in.texts[i] = f
	}
	vars := rowVars{columns: m.Columns, fields: in.texts}
	for _, s := range m.skip {
		skip, err := s.when.holds(&vars)
		if err != nil {
			return nil, fmt.Errorf("skip %q: %w", s.reason, err)
		}
		if skip {
			return []Row{{Skip: s.reason}}, nil
		}
	}
	rows, err := m.events(&vars, in)
	if err != nil {
		return nil, err
	}
	return m.tell(rows, &vars, in)
}

// events gives a row for each event that holds.
func (m *ImportMap) events(vars *rowVars, in values) ([]Row, error) {
	var rows []Row
	for i := range m.parts {
		p := &m.parts[i]
		rule, err := p.rule(vars)
		if err != nil {
			return nil, err
		}
		if rule == nil {
			if m.several {
				continue
			}
			return nil, errors.New("no rule says which event this is")
		}
		its := in
		if len(rule.negate) > 0 {
			its.texts = slices.Clone(in.texts)
			for _, c := range rule.negate {
				its.texts[c] = negated(its.texts[c])
			}
			if its.json != nil {
				its.json = slices.Clone(in.json)
				for _, c := range rule.negate {
					its.json[c] = its.texts[c]
				}
			}
		}
		r, err := m.row(p, rule, its)
		if err != nil {
			return nil, err
		}
		r.Part = len(rows)
		rows = append(rows, r)
	}
	return rows, nil
}

// tell adds to the first event of a row what the row says about the person.
func (m *ImportMap) tell(rows []Row, vars *rowVars, in values) ([]Row, error) {
	traits, err := m.jsonObject(m.traits, in)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		if len(m.traits)+len(m.consents)+len(m.bounces) == 0 {
			return []Row{{Skip: "nothing happened"}}, nil
		}
		r, err := m.begin(m.time, in)
		if err != nil {
			return nil, err
		}
		rows = []Row{r}
	}
	rows[0].traits = traits
	if rows[0].said, err = m.said(rows[0].Time, vars, in); err != nil {
		return nil, err
	}
	if r := rows[0]; r.part == nil && len(r.traits) == 0 && len(r.said) == 0 {
		return []Row{{Skip: "nothing is said"}}, nil
	}
	return rows, nil
}

// said gives what a row says of consent and of addresses, without whose it is.
func (m *ImportMap) said(at event.Instant, vars *rowVars, in values) ([]event.Event, error) {
	var out []event.Event
	for _, rules := range [][]consentRule{m.consents, m.bounces} {
		for _, r := range rules {
			if r.when != nil {
				if ok, err := r.when.holds(vars); err != nil || !ok {
					if err != nil {
						return nil, fmt.Errorf("consent: %w", err)
					}
					continue
				}
			}
			when := at
			if r.time.given(in.texts) {
				var column int
				var err error
				if when, column, err = r.time.read(in.texts); err != nil {
					return nil, m.inColumn(column, err)
				}
			}
			e := event.Event{Kind: event.Consented, Time: when, Imported: true, Body: event.Pack(event.ConsentBody{
				Channel: r.channel, Topic: r.topic, Given: r.given, Proof: r.proof.fill(in.texts),
			})}
			if r.outcome != "" {
				e.Kind = event.Receipt
				e.Body = event.Pack(event.ReceiptBody{Channel: r.channel, Outcome: r.outcome, Detail: r.proof.fill(in.texts)})
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// rule returns the rule that says which event a row is; nil if none does.
func (p *eventPart) rule(vars *rowVars) (*eventRule, error) {
	for i := range p.rules {
		r := &p.rules[i]
		if r.when == nil {
			return r, nil
		}
		ok, err := r.when.holds(vars)
		if err != nil {
			return nil, fmt.Errorf("event: %w", err)
		}
		if ok {
			return r, nil
		}
	}
	return nil, nil //nolint:nilnil // the comment says what it means
}

// begin makes a row that names its person and time.
func (m *ImportMap) begin(when timeRule, in values) (Row, error) {
	var r Row
	for _, id := range m.identities {
		r.UserID, r.AnonymousID = id.userID.render(in.texts), id.anonymousID.render(in.texts)
		if r.UserID != "" || r.AnonymousID != "" {
			break
		}
	}
	e := event.Event{UserID: r.UserID, AnonymousID: r.AnonymousID}
	switch {
	case r.UserID == "" && r.AnonymousID == "":
		return Row{}, errors.New("no identity: the columns that name the person are empty")
	case e.Primary().IsZero():
		return Row{}, fmt.Errorf("identity %q is a placeholder and names nobody", r.UserID+r.AnonymousID)
	}
	at, column, err := when.read(in.texts)
	if err != nil {
		return Row{}, m.inColumn(column, err)
	}
	if at == 0 && column >= 0 {
		return Row{}, m.inColumn(column, errors.New("1970-01-01T00:00:00Z stands for no time at all"))
	}
	r.Time = at
	if r.MessageID, err = m.id(in.texts); err != nil {
		return Row{}, err
	}
	return r, nil
}

func (m *ImportMap) row(p *eventPart, rule *eventRule, in values) (Row, error) {
	r, err := m.begin(p.time, in)
	if err != nil {
		return Row{}, err
	}
	r.part = p
	if r.Event = rule.event.render(in.texts); r.Event == "" {
		return Row{}, errors.New("no event: the columns that name it are empty")
	}
	if r.Amount, err = m.amountOf(p.amount, in.texts); err != nil {
		return Row{}, err
	}
	if p.amount.property != "" {
		if r.Currency = p.currency.render(in.texts); !isCurrency(r.Currency) {
			return Row{}, fmt.Errorf("%q is not a currency", r.Currency)
		}
	}
	r.properties = make([]cell, len(p.properties))
	for i, f := range p.properties {
		if r.properties[i], err = m.cell(f, in); err != nil {
			return Row{}, err
		}
	}
	if r.product, err = m.jsonObject(p.products, in); err != nil {
		return Row{}, err
	}
	r.Key = m.key(r, in.texts)
	return r, nil
}

// id joins the columns of message_id. A long one is hashed.
func (m *ImportMap) id(fields []string) (string, error) {
	if !m.Keyed {
		return "", nil
	}
	parts := make([]string, len(m.messageID))
	for i, c := range m.messageID {
		if parts[i] = fields[c]; parts[i] == "" {
			return "", m.inColumn(c, errors.New("empty, and message_id needs it to tell rows apart"))
		}
		if len(m.messageID) > 1 {
			parts[i] = strconv.Quote(parts[i])
		}
	}
	id := strings.Join(parts, "/")
	if len(id) > maxRowID {
		sum := sha256.Sum256([]byte(id))
		id = "sha256-" + hex.EncodeToString(sum[:16])
	}
	return id, nil
}

// maxRowID leaves room for what an importer writes around it.
const maxRowID = 64

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

func (m *ImportMap) amountOf(a amountRule, fields []string) (event.Micros, error) {
	var product event.Micros
	for i, c := range a.factors {
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
