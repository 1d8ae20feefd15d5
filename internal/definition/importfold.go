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
	for i, p := range f.m.properties {
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

// Events returns the event, preceded by an identify call when the map has
// traits. What a row cannot know is left for the importer to set: To, Source,
// MessageID, ReceivedAt. An importer may leave out an identify call that says
// what the last one for the same person said.
func (f *Fold) Events() []event.Event {
	e := event.Event{
		Kind: event.Track, Name: f.first.Event, UserID: f.first.UserID, AnonymousID: f.first.AnonymousID,
		Time: f.first.Time, Imported: true, Properties: f.propertiesJSON(),
	}
	if len(f.first.traits) == 0 {
		return []event.Event{e}
	}
	identify := e
	identify.Kind, identify.Name, identify.Properties, identify.Traits = event.Identify, "", nil, f.first.traits
	return []event.Event{identify, e}
}

func (f *Fold) propertiesJSON() json.RawMessage {
	var b []byte
	for i, p := range f.m.properties {
		if f.cells[i].json != "" {
			b = appendMember(b, p.name, f.cells[i].json)
		}
	}
	if f.m.amount.property != "" {
		b = appendMember(b, f.m.amount.property, f.amount.String())
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
