// Package catalogue holds what events and messages refer to by id: a company's
// products, plans and places. It is pure.
//
// A catalogue is one body of JSON Lines, an item a line in the order of their
// ids, kept by its hash like the definitions: an event in each partition says
// which one is in force from there on, so what a message said of an item can be
// told for ever.
package catalogue

import (
	"bytes"
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// Limits of a catalogue. It is held in memory whole.
const (
	MaxItems     = 50_000
	MaxItemBytes = 16 << 10
	MaxID        = 256 // bytes
)

// Item is a product, plan or place.
type Item struct {
	ID         string          `json:"id" doc:"what events call it, such as a product_id"`
	Kind       string          `json:"kind,omitempty" doc:"product, plan, place, or your own word; empty: product"`
	Name       string          `json:"name" doc:"what customers call it"`
	URL        string          `json:"url,omitempty"`
	Image      string          `json:"image,omitempty" doc:"address of a picture"`
	Price      *event.Micros   `json:"price,omitempty" doc:"in millionths of the currency"`
	Currency   string          `json:"currency,omitempty" doc:"ISO 4217"`
	Categories []string        `json:"categories,omitempty"`
	Properties json.RawMessage `json:"properties,omitempty" doc:"a JSON object of whatever else there is to say"`
}

// Catalogue is a set of items. It is immutable and safe for concurrent use.
type Catalogue struct {
	items  []Item // by id
	values map[string]any
}

// Parse reads the body that Encode wrote.
func Parse(body []byte) (*Catalogue, error) {
	var items []Item
	for line := range bytes.Lines(body) {
		var i Item
		if err := json.Unmarshal(line, &i); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "the stored catalogue cannot be read at item %d", len(items)+1)
		}
		items = append(items, i)
	}
	return of(items), nil
}

func of(items []Item) *Catalogue {
	c := &Catalogue{items: items, values: make(map[string]any, len(items))}
	for _, i := range items {
		c.values[i.ID] = i.values()
	}
	return c
}

// Encode returns the body of the catalogue: the same bytes for the same items.
func (c *Catalogue) Encode() []byte {
	var out bytes.Buffer
	for _, i := range c.Items() {
		line, err := json.Marshal(i)
		if err != nil {
			continue // Change has checked the one part that could not be JSON
		}
		out.Write(append(line, '\n'))
	}
	return out.Bytes()
}

// Items returns all items in the order of their ids. The caller must not change
// them. A nil catalogue is empty.
func (c *Catalogue) Items() []Item {
	if c == nil {
		return nil
	}
	return c.items
}

// Item returns the item called id.
func (c *Catalogue) Item(id string) (Item, bool) {
	at, found := slices.BinarySearchFunc(c.Items(), id, func(i Item, id string) int { return cmp.Compare(i.ID, id) })
	if !found {
		return Item{}, false
	}
	return c.items[at], true
}

// Values returns the items by id as templates see them. The caller must not
// change them.
func (c *Catalogue) Values() map[string]any {
	if c == nil {
		return nil
	}
	return c.values
}

func (i Item) values() map[string]any {
	v := map[string]any{"id": i.ID, "kind": i.Kind, "name": i.Name, "url": i.URL, "image": i.Image, "currency": i.Currency, "categories": i.Categories}
	if i.Price != nil {
		v["price"] = json.Number(i.Price.String())
	}
	props, _ := gjson.ParseBytes(i.Properties).Value().(map[string]any)
	v["properties"] = props
	return v
}

// Change returns a catalogue with items put in, or in place of those with their
// ids, and without those named by remove. The error names the item at fault.
func (c *Catalogue) Change(put []Item, remove []string) (*Catalogue, error) {
	byID := map[string]Item{}
	for _, i := range c.Items() {
		byID[i.ID] = i
	}
	for _, id := range remove {
		delete(byID, id)
	}
	for n, i := range put {
		i.ID, i.Name = strings.TrimSpace(i.ID), strings.TrimSpace(i.Name)
		i.Kind = cmp.Or(strings.TrimSpace(i.Kind), "product")
		i.Currency = strings.ToUpper(strings.TrimSpace(i.Currency))
		if err := check(n, i); err != nil {
			return nil, err
		}
		byID[i.ID] = i
	}
	if len(byID) > MaxItems {
		return nil, fault.New(fault.TooLarge, "the catalogue would have %d items, the limit is %d; remove some", len(byID), MaxItems)
	}
	items := make([]Item, 0, len(byID))
	for _, i := range byID {
		items = append(items, i)
	}
	slices.SortFunc(items, func(a, b Item) int { return cmp.Compare(a.ID, b.ID) })
	return of(items), nil
}

func check(n int, i Item) error {
	switch {
	case i.ID == "":
		return fault.New(fault.Invalid, "item %d has no id; give the id that your events use, such as a product_id", n+1).At("items")
	case len(i.ID) > MaxID:
		return fault.New(fault.Invalid, "the id of item %d is %d bytes, the limit is %d", n+1, len(i.ID), MaxID).At("items")
	case i.Name == "":
		return fault.New(fault.Invalid, "item %q has no name; give the one that customers read", i.ID).At("items")
	case i.Price != nil && i.Currency == "":
		return fault.New(fault.Invalid, "item %q has a price without a currency; add its three letters, such as EUR", i.ID).At("items")
	case len(i.Properties) > 0 && (!json.Valid(i.Properties) || !gjson.ParseBytes(i.Properties).IsObject()):
		return fault.New(fault.Invalid, "the properties of item %q are not a JSON object", i.ID).At("items")
	}
	if b, err := json.Marshal(i); err != nil || len(b) > MaxItemBytes {
		return fault.New(fault.TooLarge, "item %q is %d bytes, the limit is %d; shorten its properties", i.ID, len(b), MaxItemBytes).At("items")
	}
	return nil
}

// Refers returns the ids of the items that an event's properties name, each
// once: product_id, sku, item_id, plan_id and place_id, there and in each of
// products and items, as the Segment spec's e-commerce events have them.
func Refers(properties json.RawMessage) []string {
	var out []string
	name := func(o gjson.Result) {
		for _, key := range []string{"product_id", "sku", "item_id", "plan_id", "place_id"} {
			v := o.Get(key)
			if id := strings.TrimSpace(v.String()); (v.Type == gjson.String || v.Type == gjson.Number) && id != "" && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	root := gjson.ParseBytes(properties)
	name(root)
	for _, list := range []string{"products", "items"} {
		root.Get(list).ForEach(func(_, o gjson.Result) bool {
			name(o)
			return true
		})
	}
	return out
}

// Matching yields the items whose id, name or a category has query in it, in
// the order of their ids; all of them for an empty query.
func (c *Catalogue) Matching(query string) iter.Seq[Item] {
	query = strings.ToLower(strings.TrimSpace(query))
	has := func(s string) bool { return strings.Contains(strings.ToLower(s), query) }
	return func(yield func(Item) bool) {
		for _, i := range c.Items() {
			if (has(i.ID) || has(i.Name) || slices.ContainsFunc(i.Categories, has)) && !yield(i) {
				return
			}
		}
	}
}
