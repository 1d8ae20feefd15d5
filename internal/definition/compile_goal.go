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
		g.Actions = append(g.Actions, c.action(item, g.ID, topic, taken))
	}
	o.end()
	return g
}

// excluded reads which actions are not shown beside one of a goal, as goal/action.
// Whether they are there can be told when all goals are read.
func (c *compiler) excluded(v value, goal string) []string {
	out := v.texts()
	for i, item := range v.list() {
		written := out[i]
		if !strings.Contains(written, "/") {
			out[i] = goal + "/" + written
		}
		c.apart = append(c.apart, apart{item, written, out[i]})
	}
	return out
}

// apart is an action that another excludes, as it is written and as it is meant.
type apart struct {
	at             value
	written, meant string
}

// exclusions sees to it that every action that is excluded exists.
func (c *compiler) exclusions() {
	for _, x := range c.apart {
		if c.w.ActionOf(x.meant) == nil {
			x.at.problem(fmt.Sprintf("there is no action %q", x.written), "write the id of an action of this goal, or goal/action")
		}
	}
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
func (c *compiler) action(v value, goal, topic string, seen ids) Action {
	o := v.object()
	at := o.take("id")
	a := Action{ID: at.id()}
	seen.add(at, a.ID)
	a.Name = o.take("name").titled(a.ID)
	c.doing(o, &a, goal, topic)
	o.end()
	return a
}

// doing reads all of an action but what it is called.
func (c *compiler) doing(o *object, a *Action, goal, topic string) {
	a.Kind = o.take("kind").oneOf(false, "offer", "information", "education", "question", "repair")
	a.When = c.voc.expr(o.take("when"), c.voc.person, c.voc.names)
	a.CoolDown = o.take("cool_down").duration(0)
	c.worth(o, a)
	a.Excludes = c.excluded(o.take("excludes"), goal)
	a.Messages, a.Uses = c.said(o.take("messages"), o.take("uses"), topic)
}
