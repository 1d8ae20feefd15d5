package definition

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The longest window, and the longest text of a property that a feature keeps.
const longestWindow = 400 * day

func (c *compiler) features(v value) {
	seen := ids{}
	for _, item := range v.list() {
		c.w.Features = append(c.w.Features, c.feature(item, seen))
	}
}

func (c *compiler) feature(item value, seen ids) Feature {
	o := item.object()
	at := o.take("id")
	f := Feature{ID: at.id()}
	f.Name = o.take("name").titled(f.ID)
	seen.add(at, f.ID)
	if slices.Contains(reserved(), celName(f.ID)) {
		at.problem(fmt.Sprintf("%q means something else in expressions", f.ID), "choose another id")
	}
	c.aggregate(o, &f)
	f.Where = c.voc.expr(o.take("where"), c.voc.event, eventNames())
	o.end()
	return f
}

// aggregate reads what a feature folds and how.
func (c *compiler) aggregate(o *object, f *Feature) {
	names := make([]string, 0, len(aggregates()))
	for _, a := range aggregates() {
		names = append(names, string(a))
		events := o.take(string(a))
		if events.absent() {
			continue
		}
		if f.Aggregate != "" {
			events.problem(fmt.Sprintf("is a %s already", f.Aggregate), "use one of count, sum, first, last, rate and distinct")
			continue
		}
		f.Aggregate, f.Events = a, events.texts()
	}
	if f.Aggregate == "" {
		o.problem("computes nothing", "add "+strings.Join(names[:len(names)-1], ", ")+" or "+names[len(names)-1]+
			" with the name of an event, such as count: Order Completed")
	}
	c.property(o, f)
	as, per := o.take("as"), o.take("per")
	switch f.Aggregate {
	case Sum:
		f.Plain = as.oneOf(true, "money", "number") == "number"
	default:
		belongs(as, f, "sums", Sum)
	}
	switch f.Aggregate {
	case Rate:
		if per.need("say in which time, such as per: week") {
			f.Per = map[string]time.Duration{"day": day, "week": 7 * day, "month": 30 * day}[per.oneOf(false, "day", "week", "month")]
		}
	default:
		belongs(per, f, "rates", Rate)
	}
	c.within(o.take("within"), f)
}

// property reads of, less and less_of.
func (c *compiler) property(o *object, f *Feature) {
	of, less, lessOf := o.take("of"), o.take("less"), o.take("less_of")
	switch f.Aggregate {
	case Sum:
		f.Property, f.Less, f.LessOf = amounts(of, less, lessOf)
		return
	case First, Last:
		f.Property = strings.TrimSpace(of.text())
	case Distinct:
		if of.need("say of which property the values are told apart, such as of: product_id") {
			f.Property = strings.TrimSpace(of.text())
		}
	default:
		belongs(of, f, "sums, first, last and distinct", Sum)
	}
	belongs(less, f, "sums", Sum)
	belongs(lessOf, f, "sums", Sum)
}

// belongs reports a key that f's aggregate has no use for.
func belongs(extra value, f *Feature, to string, instead Aggregate) {
	if !extra.absent() && f.Aggregate != "" {
		extra.problem("belongs to "+to, fmt.Sprintf("remove it, or use %s instead of %s", instead, f.Aggregate))
	}
}

// within reads the window that a feature looks back on.
func (c *compiler) within(v value, f *Feature) {
	if v.absent() {
		return
	}
	if f.Aggregate == First || f.Aggregate == Last {
		v.problem("belongs to counts, sums, rates and distinct",
			fmt.Sprintf("remove it, and compare now - %s with days(N) where that is asked", celName(f.ID)))
		return
	}
	f.Within = v.span(0)
	switch {
	case f.Within > longestWindow:
		v.problem("is a longer window than people are remembered by", "write at most 400d, or leave within out for a whole life")
		f.Within = 0
	case f.Within%f.Grain() != 0:
		v.problem("is not whole", "windows move by hours up to 7d and by days beyond: write whole hours, or whole days")
		f.Within = 0
	}
}

// amounts reads which property of events is added, and which of others is taken off.
func amounts(of, less, lessOf value) (property string, minus []string, minusOf string) {
	property = strings.TrimSpace(of.text())
	if property == "" {
		property = defaultProperty
	}
	minus, minusOf = less.texts(), strings.TrimSpace(lessOf.text())
	if len(minus) == 0 && minusOf != "" {
		lessOf.problem("takes off nothing", "add less with the name of an event, or remove it")
	}
	if minusOf == "" {
		minusOf = property
	}
	return property, minus, minusOf
}
