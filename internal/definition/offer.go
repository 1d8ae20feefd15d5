package definition

import (
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"
)

// Window is a part of the day, in the person's own zone. From equal to To means
// the whole of it. From may be after To: over midnight.
type Window struct {
	From time.Duration // since local midnight
	To   time.Duration
}

// Budget is money that a goal may spend on touches in each stretch of time.
type Budget struct {
	Money float64 // workspace currency; 0: no limit
	Per   time.Duration
}

// Stock is how often an action can be taken in each stretch of time.
type Stock struct {
	Units int // 0: no limit
	Per   time.Duration
}

// Measure is what a guardrail watches.
type Measure string

// The measures, each a share of what a goal sent in the last 30 days.
const (
	Complaints   Measure = "complaints"   // marked as unwanted by who got it
	Unsubscribes Measure = "unsubscribes" // consent withdrawn within 3 days of a touch
	Bounces      Measure = "bounces"
)

// Guardrail pauses a goal that does harm.
type Guardrail struct {
	Measure Measure
	AtMost  float64 // share, 0 to 1
}

// Parameter is something about an action that may be set one way or another, such
// as how much an offer takes off.
type Parameter struct {
	ID     string
	Values []string // in the order of the source; those of a range are numbers
	Cost   float64  // workspace currency a unit, of numbers; 0: settings cost the same
}

// Setting is one value for each of an action's parameters.
type Setting struct {
	Key    string            // such as discount=10; empty: the action has no parameters
	Values map[string]string // by parameter; nil: the action has none
	Cost   float64           // workspace currency, beyond the action's
}

// maxSettings is how many ways of setting its parameters an action may have: each
// is learned of on its own.
const maxSettings = 24

// Settings returns every way of setting the action's parameters; one that sets
// nothing where it has none. The order is that of the source.
func (a *Action) Settings() []Setting {
	out := []Setting{{}}
	for _, p := range a.Parameters {
		var next []Setting
		for _, s := range out {
			for _, v := range p.Values {
				n := Setting{Key: strings.TrimPrefix(s.Key+","+p.ID+"="+v, ","), Values: map[string]string{p.ID: v}, Cost: s.Cost}
				maps.Copy(n.Values, s.Values)
				if number, err := strconv.ParseFloat(v, 64); err == nil {
					n.Cost += float64(p.Cost * number)
				}
				next = append(next, n)
			}
		}
		out = next
	}
	return out
}

// Opening says which events open a request of a person, or a complaint, and which
// close it. While one is open nothing is sold to them.
type Opening struct {
	Events []string // labels as on the map
	Until  []string // labels
}

// Slot is a place on a page, in an app or on an agent's screen that asks what to
// show. Messages name it as their channel.
type Slot struct {
	ID   string
	Name string

	// Keep is for how long what was chosen stays. Within it the slot asks and gets the
	// same again, which is not another choice.
	Keep time.Duration

	// Fallback is shown where nothing was chosen, or not in time; nil: what is there
	// anyway. It speaks of nobody.
	Fallback *Message
}

const (
	defaultShown = time.Hour // longer than most visits
	maxShown     = 90 * day
)

// Slot returns the slot named id.
func (w *Workspace) Slot(id string) (Slot, bool) {
	for _, s := range w.Slots {
		if s.ID == id {
			return s, true
		}
	}
	return Slot{}, false
}

func (c *compiler) slots(v value) {
	seen := ids{}
	for _, item := range v.list() {
		o := item.object()
		at := o.take("id")
		s := Slot{ID: at.id()}
		seen.add(at, s.ID)
		if contains(c.reach, s.ID) {
			at.problem(fmt.Sprintf("%q is a channel as well", s.ID), "give the slot another id")
		}
		s.Name = o.take("name").titled(s.ID)
		keep, fallback := o.take("keep"), o.take("fallback")
		s.Keep = keep.duration(defaultShown)
		if s.Keep > maxShown {
			keep.problem("is too long", "write at most 90d")
		}
		if !fallback.absent() {
			f := fallback.object()
			s.Fallback = &Message{ID: s.ID, Channels: []string{s.ID}, Channel: s.ID, Parts: c.parts(f, true)}
			f.end()
		}
		o.end()
		c.w.Slots = append(c.w.Slots, s)
		c.places = append(c.places, s.ID)
	}
}

func (c *compiler) complaints(v value) {
	if v.absent() {
		return
	}
	o := v.object()
	events, until := o.take("events"), o.take("until")
	if events.need("name the events that open a complaint or a request, such as Complaint Raised") {
		c.w.Complaints.Events = events.texts()
	}
	if until.need("name the events that close it, such as Complaint Answered") {
		c.w.Complaints.Until = until.texts()
	}
	o.end()
}

// worth reads what an action costs and brings, and how often it can be taken.
func (c *compiler) worth(o *object, a *Action) {
	a.Cost = o.take("cost").amount()
	a.Margin = o.take("margin").amount()
	if v := o.take("stock"); !v.absent() {
		s := v.object()
		a.Stock = Stock{Units: s.take("units").count(1_000_000_000), Per: s.take("per").span(day)}
		s.end()
	}
	if v := o.take("hours"); !v.absent() {
		h := v.object()
		from, to := h.take("from"), h.take("to")
		from.need("write when it may begin to go out, such as 09:00")
		to.need("write until when it may go out, such as 18:00")
		a.Hours = Window{From: from.clock(), To: to.clock()}
		h.end()
	}
	within := o.take("within")
	a.Within = within.duration(0)
	if a.Within > maxWithin {
		within.problem("is too long", "write at most 7d: an hour of a week is chosen within it")
	}
	seen := ids{}
	parameters := o.take("parameters")
	for _, item := range parameters.list() {
		a.Parameters = append(a.Parameters, c.parameter(item, seen))
	}
	if n := len(a.Settings()); n > maxSettings {
		parameters.problem(fmt.Sprintf("can be set in %d ways", n), fmt.Sprintf("leave at most %d: each is learned of on its own", maxSettings))
	}
}

// maxWithin is the longest time in which the hour of a touch is chosen.
const maxWithin = 7 * day

// defaultSteps is how many values stand for a range.
const defaultSteps = 5

// parameter reads one parameter: a list of values, or a range that is cut into
// steps.
func (c *compiler) parameter(v value, seen ids) Parameter {
	o := v.object()
	at := o.take("id")
	p := Parameter{ID: at.id()}
	seen.add(at, p.ID)
	values, from, to, steps := o.take("values"), o.take("from"), o.take("to"), o.take("steps")
	p.Cost = o.take("cost").amount()
	switch {
	case !values.absent():
		p.Values = values.texts()
		if !from.absent() || !to.absent() || !steps.absent() {
			v.problem("has both values and a range", "write either values, or from and to")
		}
		for i, x := range p.Values {
			if contains(p.Values[:i], x) || strings.ContainsAny(x, ",=?\x00") {
				values.problem(fmt.Sprintf("%q is not possible here", x), "write each value once, without commas, question marks and equals signs")
			}
		}
		if len(p.Values) == 0 {
			values.problem("is empty", "write the values that are possible")
		}
	case from.need("write values, or a range: from and to") && to.need("write where the range ends"):
		n := defaultSteps
		if !steps.absent() {
			n = max(2, steps.count(maxSettings))
		}
		low, high := from.amount(), to.amount()
		if high <= low && from.isText() && to.isText() {
			to.problem("is not above from", "a range goes up")
		}
		for i := range n {
			x := low + (high-low)*float64(i)/float64(n-1)
			p.Values = append(p.Values, strconv.FormatFloat(x, 'g', 6, 64))
		}
	}
	o.end()
	return p
}

// limits reads what a goal earns, may spend and must not do.
func (c *compiler) limits(o *object, g *Goal) {
	g.Margin = o.take("margin").share(1, 1)
	g.Discount = o.take("discount").share(defaultDiscount, 1)
	if v := o.take("budget"); !v.absent() {
		b := v.object()
		money := b.take("money")
		money.need("write how much may be spent, such as 500")
		g.Budget = Budget{Money: money.amount(), Per: b.take("per").span(30 * day)}
		b.end()
	}
	for _, item := range o.take("guardrails").list() {
		r := item.object()
		rail := Guardrail{Measure: Measure(r.take("measure").oneOf(false, string(Complaints), string(Unsubscribes), string(Bounces)))}
		most := r.take("at_most")
		most.need("write the share of what is sent that is too much, such as 0.1%")
		rail.AtMost = most.share(0, 1)
		r.end()
		g.Guardrails = append(g.Guardrails, rail)
	}
}

// defaultDiscount is by how much a year makes money worth less.
const defaultDiscount = 0.1
