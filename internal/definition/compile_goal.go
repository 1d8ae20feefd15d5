package definition

import (
	"fmt"
	"slices"
	"strings"
)

func (c *compiler) goals(v value) {
	seen := ids{}
	for _, item := range v.list() {
		c.w.Goals = append(c.w.Goals, c.goal(item, seen))
	}
}

func (c *compiler) goal(v value, seen ids) Goal {
	o := v.object()
	at := o.take("id")
	g := Goal{ID: at.id()}
	seen.add(at, g.ID)
	g.Name = o.take("name").titled(g.ID)
	g.Who = c.voc.expr(o.take("who"), c.voc.person, c.voc.names)
	g.From, g.To = c.stagesOf(o.take("from"), "where people are"), c.stagesOf(o.take("to"), "where they should be")
	for _, s := range g.To {
		if slices.Contains(g.From, s) {
			o.values["to"].problem(fmt.Sprintf("%q is in from as well", s), "a goal moves people: name other stages")
		}
	}
	g.KPI = c.kpi(o.take("kpi"))
	if horizon := o.take("horizon"); horizon.need("say for how long a person is measured, such as 60d") {
		g.Horizon = horizon.span(0)
	}
	g.Holdout = o.take("holdout").share(defaultHoldout, maxHoldout)
	g.Every = o.take("every").span(defaultEvery)
	topic := c.topic(o.take("topic"))
	c.limits(o, &g)
	actions := o.take("actions")
	actions.needSome("say what may be done towards the goal")
	taken := ids{}
	for _, item := range actions.list() {
		g.Actions = append(g.Actions, c.action(item, topic, taken))
	}
	o.end()
	return g
}

func (c *compiler) stagesOf(v value, what string) []string {
	if !v.need("name the stages " + what) {
		return nil
	}
	var out []string
	for _, item := range v.list() {
		out = append(out, item.oneKnown("stage", c.stages))
	}
	if len(out) == 0 {
		v.problem("is empty", "name the stages "+what)
	}
	return out
}

func (c *compiler) kpi(v value) KPI {
	if !v.need("say which money measures the goal, such as kpi: {events: Order Completed}") {
		return KPI{}
	}
	o := v.object()
	k := KPI{Name: strings.TrimSpace(o.take("name").text())}
	if k.Name == "" {
		k.Name = "Revenue"
	}
	if events := o.take("events"); events.need("name the events whose money counts, such as Order Completed") {
		k.Events = events.texts()
	}
	k.Property, k.Less, k.LessOf = amounts(o.take("of"), o.take("less"), o.take("less_of"))
	o.end()
	return k
}

// topic reads the id of a declared topic.
func (c *compiler) topic(v value) string { return v.oneKnown("topic", c.subjects) }

// action reads an action of a goal whose messages are about topic.
func (c *compiler) action(v value, topic string, seen ids) Action {
	o := v.object()
	at := o.take("id")
	a := Action{ID: at.id()}
	seen.add(at, a.ID)
	a.Name = o.take("name").titled(a.ID)
	a.Kind = o.take("kind").oneOf(false, "offer", "information", "education", "question", "repair")
	a.When = c.voc.expr(o.take("when"), c.voc.person, c.voc.names)
	a.CoolDown = o.take("cool_down").duration(0)
	c.worth(o, &a)
	messages := o.take("messages")
	messages.needSome("an action says something: add a message")
	taken := ids{}
	for _, item := range messages.list() {
		m := c.message(item, taken)
		if m.Topic == "" {
			m.Topic = topic
		}
		a.Messages = append(a.Messages, m)
	}
	o.end()
	return a
}

func (c *compiler) message(v value, seen ids) Message {
	o := v.object()
	at := o.take("id")
	m := Message{ID: at.id()}
	seen.add(at, m.ID)
	channel, subject, body := o.take("channel"), o.take("subject"), o.take("body")
	reach := slices.Concat(c.reach, c.places)
	if channel.need("say on which channel, one of: " + strings.Join(reach, ", ")) {
		m.Channel = channel.oneKnown("channel", reach)
	}
	m.Topic = c.topic(o.take("topic"))
	m.Appeal = o.take("appeal").oneOf(false, "ethos", "logos", "pathos")
	subject.need("say in a few words what it is about")
	m.Subject = strings.TrimSpace(subject.text())
	if body.need("a message says something") && strings.TrimSpace(body.text()) == "" && body.isText() {
		body.problem("is empty", "a message says something")
	}
	m.Body = body.text()
	m.NextStep = c.nextStep(o.take("next_step"))
	o.end()
	return m
}

// nextStep enforces the rule behind every message: an interaction is engaging
// when it leads to another that the customer wants.
func (c *compiler) nextStep(v value) NextStep {
	const rule = "every message must offer the next conversation: write next_step: {label, url}"
	if !v.need(rule) {
		return NextStep{}
	}
	o := v.object()
	label, url := o.take("label"), o.take("url")
	label.need(rule)
	url.need(rule)
	n := NextStep{Label: strings.TrimSpace(label.text()), URL: strings.TrimSpace(url.text())}
	if !url.absent() && url.isText() && !writtenHost(n.URL) {
		url.problem("does not begin with a written-out address",
			"begin with https:// and a host, so that nobody's data can lead people elsewhere; Liquid may follow")
	}
	o.end()
	return n
}

// writtenHost reports whether the scheme and host of a URL are the author's own
// words rather than Liquid.
func writtenHost(url string) bool {
	rest, ok := strings.CutPrefix(url, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(url, "http://")
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	return ok && host != "" && !strings.ContainsAny(host, "{}%@\\ \t")
}
