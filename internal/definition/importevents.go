package definition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/event"
)

func (c *importCompiler) skips(v value) {
	for _, item := range v.list() {
		o := item.object()
		when, reason := o.take("when"), o.take("reason")
		when.need(`say which rows, such as row.customer == ""`)
		reason.need("say why, since it is counted and shown")
		c.m.skip = append(c.m.skip, skipRule{when: c.rowPredicate(when), reason: strings.TrimSpace(reason.text())})
		o.end()
	}
}

func (c *importCompiler) identity(v value) {
	if !v.need("say which column names the person, such as identity: {user_id: customer}") {
		return
	}
	for _, item := range v.list() {
		o := item.object()
		c.m.identities = append(c.m.identities, identityRule{
			userID: c.template(o.take("user_id"), true), anonymousID: c.template(o.take("anonymous_id"), true),
		})
		if !o.has("user_id") && !o.has("anonymous_id") {
			item.problem("names nobody", "give user_id or anonymous_id")
		}
		o.end()
	}
}

// events reads what a row becomes: by event, one event, of which the first rule
// that holds counts; by events, each that holds. A row of a map with neither
// only says something about a person.
func (c *importCompiler) events(o *object) {
	one, several := o.take("event"), o.take("events")
	told := !o.take("traits").absent() || o.has("consent") || o.has("bounced")
	when := o.take("time")
	c.m.time = c.time(when)
	switch {
	case !several.absent():
		if !one.absent() {
			several.problem("there is event as well", "keep one of them: events makes an event of each that holds")
		}
		if c.m.Grouped {
			several.problem("rows that are one event cannot be several", "remove group_by, or use event")
		}
		c.m.several = true
		c.blocks(several)
		for _, key := range []string{"amount", "currency", "properties", "products"} {
			if v := o.take(key); !v.absent() {
				v.problem("does not say of which of the events", "move it into the events that have it")
			}
		}
	case one.absent() && told:
		if c.m.Grouped {
			c.m.Grouped = false
			o.take("group_by").problem("there is no event to group rows into", "add event, or remove it")
		}
	default:
		one.need("name the event that a row is, such as event: Order Completed")
		p := c.money(o)
		p.rules, p.time = c.rules(one), c.m.time
		p.properties = c.fields(o.take("properties"), c.m.Grouped)
		p.products = c.fields(o.take("products"), false)
		c.m.parts = []eventPart{p}
	}
	timed := len(c.m.parts) > 0 && !slices.ContainsFunc(c.m.parts, func(p eventPart) bool { return len(p.time) == 0 })
	if !c.m.several || told || !timed {
		when.need("say when a row happened, such as time: {column: date, layout: YYYY-MM-DD}")
	}
}

// blocks reads events, of which each has its own condition, amount and properties.
func (c *importCompiler) blocks(v value) {
	for _, item := range v.list() {
		o := item.object()
		name := o.take("event")
		name.need("name the event, such as Order Completed")
		p := c.money(o)
		p.rules = []eventRule{{
			when: c.rowPredicate(o.take("when")), event: c.template(name, false), negate: c.columns(o.take("negate")),
		}}
		p.time = c.m.time
		if t := o.take("time"); !t.absent() {
			c.timed = name.text()
			p.time = c.time(t)
			c.timed = ""
		}
		p.properties = c.fields(o.take("properties"), false)
		p.products = c.fields(o.take("products"), false)
		o.end()
		c.m.parts = append(c.m.parts, p)
	}
}

func (c *importCompiler) rules(v value) []eventRule {
	var out []eventRule
	items := v.list()
	for i, item := range items {
		if item.isText() {
			out = append(out, eventRule{event: c.template(item, false)})
			continue
		}
		o := item.object()
		when, name := o.take("when"), o.take("event")
		name.need("name the event, such as Order Completed")
		if when.absent() && i < len(items)-1 {
			item.problem("has no when, so the rules after it are never reached", "move it to the end, or say when")
		}
		out = append(out, eventRule{
			when: c.rowPredicate(when), event: c.template(name, false), negate: c.columns(o.take("negate")),
		})
		o.end()
	}
	return out
}

func (c *importCompiler) money(o *object) (p eventPart) {
	amount := o.take("amount")
	currency := o.take("currency")
	if amount.absent() {
		if !currency.absent() {
			currency.problem("there is a currency and no amount", "add amount, or remove it")
		}
		return p
	}
	a := amount.object()
	p.amount.property = "revenue"
	if name := a.take("property"); !name.absent() {
		p.amount.property = name.text()
	}
	column, product := a.take("column"), a.take("product_of")
	switch {
	case column.absent() == product.absent():
		amount.problem("needs one of column and product_of", "write column: NAME, or product_of: [NAME, NAME]")
	case product.absent():
		p.amount.factors = []int{c.columnNamed(column)}
	default:
		p.amount.factors = c.columns(product)
	}
	a.end()
	if !currency.need("money always has a currency: write its three letters, or {column: NAME}") {
		return p
	}
	if currency.isText() {
		p.currency = template{constant: currency.currency("")}
		return p
	}
	k := currency.object()
	p.currency = template{parts: []templatePart{{column: c.columnNamed(k.take("column"))}}}
	k.end()
	return p
}

// consent reads what rows say of consent or, if given is false, of addresses
// that cannot be reached.
func (c *importCompiler) consent(v value, given bool) []consentRule {
	var out []consentRule
	for _, item := range v.list() {
		o := item.object()
		r := consentRule{when: c.rowPredicate(o.take("when"))}
		channel := o.take("channel")
		if channel.need(`name the channel, such as email`) {
			r.channel = strings.TrimSpace(channel.text())
		}
		if given {
			r.topic = strings.TrimSpace(o.take("topic").text())
			if g := o.take("given"); g.need("write true or false") {
				r.given = g.flag()
			}
		} else {
			r.outcome = event.Outcome(o.take("why").oneOf(true, string(event.Bounced), string(event.Complained)))
		}
		if t := o.take("time"); !t.absent() {
			r.time = c.time(t)
		}
		proof := o.take("proof")
		proof.need(fmt.Sprintf("say how it is known, such as proof: exported from Shop Mail on {%s}", "date"))
		r.proof = c.template(proof, false)
		o.end()
		out = append(out, r)
	}
	return out
}
