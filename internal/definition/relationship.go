package definition

import (
	"fmt"
	"slices"
)

// Relationship is what the state model is told: what people do of their own
// accord, and what that is worth.
type Relationship struct {
	Acts     []OwnAct // none: there is nothing to learn from
	Discount float64  // by how much a year makes money worth less, 0 to 1
	// Begins may tell how relationships begin: acquisition channels, declared traits.
	// Training finds out whether they do.
	Begins []Beginning
}

// Beginning is something known of people when the relationship begins: a trait, or a
// property of the event that begins it.
type Beginning struct {
	Trait    string
	Property string // path in the properties, or after "context." in the context
}

// mostBegins is how many beginnings are tried: each takes a fit.
const mostBegins = 6

// OwnAct is a kind of what people do of their own accord.
type OwnAct struct {
	ID       string
	Name     string
	Events   []string // event labels, as on the map
	Property string   // path of its amount; empty: it has none
	Margin   float64  // share of the amount that is earned, 0 to 1
	Worth    float64  // of one without an amount, workspace currency
}

// mostActs is how many kinds of acts a state model tells apart.
const mostActs = 8

// relationship reads what the state model is told. Without it, the events of the
// first goal's KPI are what people do.
func (c *compiler) relationship(v value) {
	r := &c.w.Relationship
	o := v.object()
	acts, discount, begins := o.take("acts"), o.take("discount"), o.take("begins")
	o.end()
	c.begins(begins)
	r.Discount = defaultDiscount
	if len(c.w.Goals) > 0 {
		r.Discount = c.w.Goals[0].Discount
	}
	r.Discount = discount.share(r.Discount, 1)
	if v.absent() {
		r.Acts = c.impliedActs()
		return
	}
	acts.needSome("say what people do of their own accord, such as {id: order, events: Order Completed, of: revenue}")
	seen := ids{}
	for _, item := range acts.list() {
		r.Acts = append(r.Acts, c.ownAct(item, seen))
	}
	if len(r.Acts) > mostActs {
		acts.problem(fmt.Sprintf("%d kinds of acts are too many", len(r.Acts)), fmt.Sprintf("leave at most %d: those that show best how the relationship stands", mostActs))
	}
}

func (c *compiler) begins(v value) {
	r := &c.w.Relationship
	for _, item := range v.list() {
		o := item.object()
		b := Beginning{Trait: o.take("trait").text(), Property: o.take("property").text()}
		o.end()
		switch {
		case (b.Trait == "") == (b.Property == ""):
			item.problem("must name a trait or a property", "write {trait: plan}, or {property: context.campaign.source}: a path in the event that begins a relationship")
		case slices.Contains(r.Begins, b):
			item.problem("is there twice", "leave one of the two out")
		default:
			r.Begins = append(r.Begins, b)
		}
	}
	if len(r.Begins) > mostBegins {
		v.problem(fmt.Sprintf("%d are too many", len(r.Begins)), fmt.Sprintf("leave at most %d: each is tried in every training", mostBegins))
	}
}

// impliedActs are those of the first goal's KPI.
func (c *compiler) impliedActs() []OwnAct {
	if len(c.w.Goals) == 0 || len(c.w.Goals[0].KPI.Events) == 0 {
		return nil
	}
	g := &c.w.Goals[0]
	return []OwnAct{{ID: "act", Name: g.KPI.Events[0], Events: g.KPI.Events, Property: g.KPI.Property, Margin: g.Margin}}
}

func (c *compiler) ownAct(v value, seen ids) OwnAct {
	o := v.object()
	at := o.take("id")
	a := OwnAct{ID: at.id()}
	seen.add(at, a.ID)
	a.Name = o.take("name").titled(a.ID)
	events, of, margin, worth := o.take("events"), o.take("of"), o.take("margin"), o.take("worth")
	if events.need("name the events that people cause of their own accord, such as Order Completed") {
		a.Events = events.texts()
	}
	a.Property = of.text()
	a.Margin, a.Worth = margin.share(1, 1), worth.amount()
	if a.Property == "" && !margin.absent() {
		margin.problem("is a share of an amount, and this act has none", "add of with the path of its amount, or say worth: what one is worth")
	}
	if a.Property != "" && !worth.absent() {
		worth.problem("is for acts without an amount", "write margin: the share of the amount that is earned")
	}
	o.end()
	return a
}
