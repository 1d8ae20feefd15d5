package definition

import (
	"encoding/json"
	"fmt"

	"github.com/rapporthq/rapport/internal/event"
)

// Fold gathers the rows that are one event. The zero value is not usable: see
// [ImportMap.Begin].
type Fold struct {
	m        *ImportMap
	first    Row
	rows     int
	amount   event.Micros
	cells    []cell
	products []byte
}

// Begin starts an event with its first row, which must not be a skipped one.
func (m *ImportMap) Begin(r Row) *Fold {
	f := &Fold{m: m, first: r, rows: 1, amount: r.Amount, cells: r.properties}
	f.addProduct(r)
	f.first.properties, f.first.product = nil, nil
	return f
}

// Add takes in another row with the same Key. The event keeps the earliest time,
// the sum of the amounts, and of each property what its fold says.
func (f *Fold) Add(r Row) {
	f.rows++
	f.amount += r.Amount
	f.first.Time = min(f.first.Time, r.Time)
	for i, p := range f.properties() {
		old, next := &f.cells[i], r.properties[i]
		switch {
		case next.json == "":
		case old.json == "" || p.fold == "last":
			*old = next
		case p.fold == "sum":
			old.number += next.number
			old.json = amountJSON(p.kind, old.number)
		}
	}
	f.addProduct(r)
}

func (f *Fold) addProduct(r Row) {
	if len(r.product) == 0 {
		return
	}
	if len(f.products) > 0 {
		f.products = append(f.products, ',')
	}
	f.products = append(f.products, r.product...)
}

// Rows is how many lines the event was made of.
func (f *Fold) Rows() int { return f.rows }

func (f *Fold) properties() []importProperty {
	if f.first.part == nil {
		return nil
	}
	return f.first.part.properties
}

// Events returns the event, preceded by what its first row says about the
// person: an identify call with traits, consent, and addresses that cannot be
// reached. What a row cannot know is left for the importer to set: To, Source,
// MessageID, ReceivedAt. An importer may leave out an identify call that says
// what the last one for the same person said.
func (f *Fold) Events() []event.Event {
	e := event.Event{
		Kind: event.Track, Name: f.first.Event, UserID: f.first.UserID, AnonymousID: f.first.AnonymousID,
		Time: f.first.Time, Imported: true, Properties: f.propertiesJSON(),
	}
	var out []event.Event
	if len(f.first.traits) > 0 || len(f.first.said) > 0 {
		identify := e
		identify.Kind, identify.Name, identify.Properties, identify.Traits = event.Identify, "", nil, f.first.traits
		out = append(out, identify)
	}
	for _, said := range f.first.said {
		said.UserID, said.AnonymousID = e.UserID, e.AnonymousID
		out = append(out, said)
	}
	if f.first.part != nil {
		out = append(out, e)
	}
	return out
}

// Named is Events with message ids made of one for the whole: id itself for the
// event, and more behind it for what is said about the person and for further
// events of the same row.
func (f *Fold) Named(id string) []event.Event {
	if f.first.Part > 0 {
		id += fmt.Sprintf(":%d", f.first.Part+1)
	}
	events := f.Events()
	said := 0
	for i := range events {
		e := &events[i]
		e.MessageID = id
		switch e.Kind {
		case event.Identify:
			e.MessageID += ":traits"
		case event.Consented, event.Receipt:
			said++
			e.MessageID += fmt.Sprintf(":said:%d", said)
		default:
		}
	}
	return events
}

func (f *Fold) propertiesJSON() json.RawMessage {
	var b []byte
	for i, p := range f.properties() {
		if f.cells[i].json != "" {
			b = appendMember(b, p.name, f.cells[i].json)
		}
	}
	if f.first.part != nil && f.first.part.amount.property != "" {
		b = appendMember(b, f.first.part.amount.property, f.amount.String())
		b = appendMember(b, "currency", quote(f.first.Currency))
	}
	if len(f.products) > 0 {
		b = appendMember(b, "products", "["+string(f.products)+"]")
	}
	return closeObject(b)
}

func amountJSON(kind string, n event.Micros) string {
	if kind == "int" {
		return fmt.Sprint(int64(n) / 1_000_000)
	}
	return n.String()
}
