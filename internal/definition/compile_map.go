package definition

import (
	"fmt"
	"strings"
)

// lifecycle compiles the map.
func (c *compiler) lifecycle(v value) {
	v.need("add map: with stages and touchpoints")
	o := v.object()
	c.w.Map.VisitGap = o.take("visit_gap").span(defaultVisitGap)
	stages, touchpoints := o.take("stages"), o.take("touchpoints")
	o.end()
	if !v.absent() {
		stages.needSome("a map has at least one stage, the first without a rule")
	}
	seen := ids{}
	for i, item := range stages.list() {
		s := c.stage(item, i, seen)
		c.w.Map.Stages = append(c.w.Map.Stages, s)
		c.stages = append(c.stages, s.ID)
	}
	seen = ids{}
	for _, item := range touchpoints.list() {
		c.w.Map.Touchpoints = append(c.w.Map.Touchpoints, c.touchpoint(item, seen))
	}
}

func (c *compiler) stage(v value, place int, seen ids) Stage {
	o := v.object()
	at, when := o.take("id"), o.take("when")
	s := Stage{ID: at.id()}
	seen.add(at, s.ID)
	s.Name = o.take("name").titled(s.ID)
	s.When = c.voc.expr(when, c.voc.stage, c.voc.stageNames())
	switch {
	case place == 0 && !when.absent():
		when.problem("the first stage has a rule, so people may be in no stage", "remove the rule: everyone begins here")
	case place > 0 && when.absent():
		v.problem("has no rule, so nobody is ever in a stage before it", "add when, such as when: orders > 0")
	}
	o.end()
	return s
}

func (c *compiler) touchpoint(v value, seen ids) Touchpoint {
	o := v.object()
	at := o.take("id")
	t := Touchpoint{ID: at.id()}
	seen.add(at, t.ID)
	t.Name = o.take("name").titled(t.ID)
	if stage := o.take("stage"); stage.need("say at which stage, one of: " + strings.Join(c.stages, ", ")) {
		t.Stage = stage.oneKnown("stage", c.stages)
	}
	channel, direction, events := o.take("channel"), o.take("direction"), o.take("events")
	if channel.need("say where people and company meet, such as web, email or store") {
		t.Channel = channel.id()
	}
	t.Direction = Direction(direction.oneOf(false, string(Inbound), string(Outbound)))
	if events.need("name the events that belong here, such as [Order Completed]") {
		t.Events = events.texts()
		if len(t.Events) == 0 {
			events.problem("is empty", "name an event, or page:NAME")
		}
	}
	t.Where = c.voc.expr(o.take("where"), c.voc.event, eventNames())
	t.Window = o.take("window").span(defaultWindow)
	o.end()
	c.receipts(t, channel, direction)
	return t
}

// receipts checks a touchpoint for what becomes of our own deliveries: they have
// a channel of ours, and a direction that follows from what they are.
func (c *compiler) receipts(t Touchpoint, channel, direction value) {
	for _, e := range t.Events {
		verb, ours := strings.CutPrefix(e, "Delivery ")
		if !ours {
			continue
		}
		if !contains(c.reach, t.Channel) && isID(t.Channel) {
			channel.problem(fmt.Sprintf("%s happens on a channel of ours, and %q is none", e, t.Channel), "declare it under channels, or use one that is")
		}
		want := map[string]Direction{"Sent": Outbound, "Clicked": Inbound, "Opened": Inbound, "Complained": Inbound}[verb]
		if want != "" && t.Direction != want && (t.Direction == Inbound || t.Direction == Outbound) {
			direction.problem(fmt.Sprintf("%s is %s", e, want), fmt.Sprintf("write direction: %s", want))
		}
	}
}
