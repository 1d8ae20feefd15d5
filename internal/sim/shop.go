package sim

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/rapporthq/rapport/internal/event"
)

// shop is what the company sells.
type shop struct {
	categories []string
	products   [][]product // by category
}

type product struct {
	id       string
	name     string
	category string
	price    event.Micros
}

const cent event.Micros = 10_000

func newShop() shop {
	s := shop{categories: []string{"Kitchen", "Garden", "Bath", "Desk", "Travel", "Light"}}
	things := [][]string{
		{"Bread Knife", "Cast Iron Pan", "Pepper Mill", "Tea Towel", "Mixing Bowl", "Coffee Dripper", "Storage Jar", "Apron"},
		{"Hand Trowel", "Watering Can", "Seed Box", "Bird Feeder", "Garden Twine", "Pruning Shears", "Planter", "Work Gloves"},
		{"Bath Towel", "Soap Dish", "Nail Brush", "Laundry Basket", "Bath Mat", "Shaving Set", "Wash Cloth", "Olive Soap"},
		{"Notebook", "Fountain Pen", "Desk Tidy", "Paper Knife", "Letter Tray", "Pencil Set", "Wall Planner", "Book Stand"},
		{"Wash Bag", "Travel Mug", "Luggage Tag", "Picnic Rug", "Folding Umbrella", "Day Pack", "Money Belt", "Water Bottle"},
		{"Table Lamp", "Candle Holder", "Reading Light", "Lantern", "Paper Shade", "Bicycle Light", "Torch", "Beeswax Candles"},
	}
	for c, names := range things {
		var list []product
		for i, name := range names {
			price := event.Micros(900+((i*7+c*5)%8)*1150+(i*137+c*59)%400) * cent
			list = append(list, product{id: fmt.Sprintf("%c%c-%02d", s.categories[c][0], s.categories[c][2]-32, i+1), name: name, category: s.categories[c], price: price})
		}
		s.products = append(s.products, list)
	}
	return s
}

// something draws a product, mostly from the person's favourite category and
// near the price that they like.
func (s *shop) something(r *rand.Rand, p *nature) product {
	category := p.category
	if chance(r, 0.4) {
		category = r.IntN(len(s.categories))
	}
	a, b := pick(r, s.products[category]), pick(r, s.products[category])
	if abs(a.price.Float()-p.basket) < abs(b.price.Float()-p.basket) {
		return a
	}
	return b
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}

// object writes a flat JSON object. The zero value is empty.
type object struct{ b []byte }

func (o *object) key(k string) {
	if len(o.b) == 0 {
		o.b = append(make([]byte, 0, 160), '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, k...)
	o.b = append(o.b, '"', ':')
}

func (o *object) text(k, v string) *object {
	o.key(k)
	o.b = strconv.AppendQuote(o.b, v) // names here have nothing that JSON quotes otherwise
	return o
}

func (o *object) number(k string, n int) *object {
	o.key(k)
	o.b = strconv.AppendInt(o.b, int64(n), 10)
	return o
}

func (o *object) money(k string, m event.Micros) *object {
	o.key(k)
	o.b = append(o.b, m.String()...)
	return o
}

func (o *object) raw(k string, json []byte) *object {
	o.key(k)
	o.b = append(o.b, json...)
	return o
}

// done returns the object, or nil when nothing was written.
func (o *object) done() []byte {
	if len(o.b) == 0 {
		return nil
	}
	return append(o.b, '}')
}

func (x product) write(o *object, currency string) *object {
	return o.text("product_id", x.id).text("name", x.name).text("category", x.category).money("price", x.price).text("currency", currency)
}
