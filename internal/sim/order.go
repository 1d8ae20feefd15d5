package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// order is something bought.
type order struct {
	id     string
	total  event.Micros
	back   event.Micros // of which will be sent back
	item   product
	ticket bool // they ask before they send it back
}

// shopkeeping is the trade of a shop.
type shopkeeping struct{}

func (shopkeeping) onPhone() bool { return false }
func (shopkeeping) enter(*visit)  {}

func (shopkeeping) elsewhere(c *Company, p *someone, at event.Instant, r *rand.Rand) bool {
	if !chance(r, 0.05) {
		return false
	}
	c.buyInStore(p, at, r)
	return true
}

func (shopkeeping) sell(v *visit)   { v.buy() }
func (shopkeeping) dither(v *visit) { v.put(v.c.shop.something(v.r, &v.p.nature)) }

func (shopkeeping) question() question {
	return question{opened: "Support Ticket Opened", answered: "Support Ticket Answered", topics: []string{"order", "product", "delivery"}, hours: 5, chats: 0.4}
}

func (shopkeeping) look(v *visit) {
	v.pause(35)
	shop := &v.c.shop
	x := shop.something(v.r, &v.p.nature)
	switch u := v.r.Float64(); {
	case u < 0.12:
		v.track("Products Searched", new(object).text("query", x.name))
		v.pause(12)
	case u < 0.32:
		v.track("Product List Viewed", new(object).text("category", x.category))
		v.pause(18)
	}
	v.track("Product Viewed", x.write(new(object), v.c.opts.Currency))
}

// put puts a product into the cart.
func (v *visit) put(x product) {
	v.pause(50)
	v.track("Product Added", x.write(new(object), v.c.opts.Currency).number("quantity", 1))
}

// buy fills the cart, signs up or in where needed, and pays.
func (v *visit) buy() {
	c, p := v.c, v.p
	var cart []product
	for range 1 + v.r.IntN(3)*v.r.IntN(2) {
		x := c.shop.something(v.r, &p.nature)
		v.put(x)
		cart = append(cart, x)
	}
	v.pause(25)
	if !v.inApp && chance(v.r, 0.5) {
		v.track("Cart Viewed", new(object).number("products", len(cart)))
		v.pause(15)
	}
	v.track("Checkout Started", new(object).number("products", len(cart)))
	if !v.signedIn {
		if p.account {
			v.signIn()
		} else {
			v.signUp()
		}
	}
	v.pause(60)
	if chance(v.r, 0.4) {
		v.track("Payment Info Entered", new(object).text("payment_method", "card"))
		v.pause(20)
	}
	o := c.order(p, cart)
	channel := "web"
	if v.inApp {
		channel = "app"
	}
	properties := o.properties(c.opts.Currency).text("channel", channel).number("products", len(cart))
	v.track("Order Completed", properties)
	c.server(p, v.at.Add(20*time.Second), "Order Confirmation Sent", new(object).text("order_id", o.id))
	c.after(p, v.at, o, v.r)
}

// buyInStore is an order without a visit to the website.
func (c *Company) buyInStore(p *someone, at event.Instant, r *rand.Rand) {
	if !chance(r, 2*p.state.wants()) {
		return
	}
	o := c.order(p, []product{c.shop.something(r, &p.nature)})
	c.server(p, at, "Order Completed", o.properties(c.opts.Currency).text("channel", "store"))
	c.after(p, at, o, r)
}

func (c *Company) order(p *someone, cart []product) *order {
	p.orders++
	o := &order{id: fmt.Sprintf("o-%d-%d", 10_000+p.number, p.orders), item: cart[0]}
	for _, x := range cart {
		o.total += x.price
	}
	return o
}

func (o *order) properties(currency string) *object {
	return new(object).text("order_id", o.id).money("revenue", o.total).money("total", o.total).text("currency", currency)
}

// after is what an order brings: money, a parcel, sometimes its return, a
// review, a question, and another place in the relationship.
func (c *Company) after(p *someone, at event.Instant, o *order, r *rand.Rand) {
	p.ledger = append(p.ledger, sale{at, o.total})
	arrives := p.rhythm.moment(r, at, days(1.2+2.5*r.Float64()))
	if chance(r, 0.7) {
		c.server(p, arrives, "Order Delivered", new(object).text("order_id", o.id))
	}
	switch u := r.Float64(); {
	case u < p.returns:
		o.back = o.total
		if o.total > o.item.price && chance(r, 0.6) {
			o.back = o.item.price
		}
		o.ticket = chance(r, 0.5)
		c.plan(p, item{at: p.rhythm.moment(r, arrives, days(lognormal(r, 6, 0.6))), what: sendsBack, order: o})
	case u < p.returns+0.10:
		c.server(p, p.rhythm.moment(r, arrives, days(lognormal(r, 8, 0.7))), "Product Reviewed",
			new(object).text("product_id", o.item.id).number("rating", 3+r.IntN(3)))
	case u < p.returns+0.16:
		c.ask(p, p.rhythm.moment(r, at, days(0.5+3*r.Float64())), r)
	}
	c.bought(p, at, r)
}

// ask is a question to the company, and its answer.
func (c *Company) ask(p *someone, at event.Instant, r *rand.Rand) {
	q := c.trade.question()
	if chance(r, q.chats) {
		c.server(p, at, "Live Chat Conversation Started", new(object).text("topic", q.topics[0]))
		c.server(p, at.Add(time.Duration(20+r.IntN(90))*time.Second), "Live Chat Message Received", new(object).text("topic", q.topics[0]))
		return
	}
	c.server(p, at, q.opened, new(object).text("topic", pick(r, q.topics)))
	c.server(p, at.Add(time.Duration(lognormal(r, q.hours, 0.8)*float64(time.Hour))), q.answered, new(object))
}

// sendBack returns an order. It leaves its mark on the relationship.
func (c *Company) sendBack(p *someone, at event.Instant, o *order) {
	if o.ticket {
		c.server(p, at, "Support Ticket Opened", new(object).text("topic", "return"))
	}
	refunded := at.Add(26 * time.Hour)
	p.ledger = append(p.ledger, sale{refunded, -o.back})
	c.server(p, refunded, "Order Refunded", new(object).text("order_id", o.id).money("revenue", o.back).text("currency", c.opts.Currency))
	if p.state == customer || p.state == regular {
		c.shorten(p, at, 0.4)
	}
}
