package definition

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

const (
	defaultTried    = 24 * time.Hour // a message of a journey
	defaultMeasured = 60 * day       // a journey that names no horizon
)

// journeys compiles journeys and broadcasts. Their ids are those of programs, as of
// goals.
func (c *compiler) journeys(journeys, broadcasts value) {
	seen := ids{}
	for _, g := range c.w.Goals {
		seen[g.ID] = true
	}
	for _, item := range journeys.list() {
		c.w.Journeys = append(c.w.Journeys, c.journey(item, seen))
	}
	for _, item := range broadcasts.list() {
		c.w.Journeys = append(c.w.Journeys, c.broadcast(item, seen))
	}
}

func (c *compiler) journey(v value, seen ids) Journey {
	o := v.object()
	j, topic := c.flow(o, seen, "journey")
	j.Begin = c.entry(o.take("begin"))
	j.Leave = c.voc.expr(o.take("leave"), c.voc.person, c.voc.names)
	j.Moves = o.take("inside").oneOf(true, "finish", "move") == "move"
	steps := o.take("steps")
	k := router{c: c, j: &j, topic: topic}
	k.steps(steps)
	o.end()
	return j
}

// flow reads what journeys and broadcasts have in common.
func (c *compiler) flow(o *object, seen ids, what string) (j Journey, topic string) {
	at := o.take("id")
	j.ID = at.id()
	if seen[j.ID] && j.ID != "" {
		at.problem(fmt.Sprintf("the id %q is taken", j.ID), "goals, journeys and broadcasts each need an id of their own")
	}
	seen[j.ID] = true
	j.Name = o.take("name").titled(j.ID)
	g := &j.Program
	g.ID, g.Name, g.From = j.ID, j.Name, c.stages
	g.Holdout, g.Horizon, g.Margin = o.take("holdout").share(0, maxHoldout), o.take("horizon").span(defaultMeasured), 1
	transactional := o.take("transactional")
	g.Transactional = transactional.flag()
	if g.Transactional && g.Holdout > 0 {
		transactional.problem("stands beside a holdout", "what people are owed is kept from nobody: remove one of the two")
	}
	if kpi := o.take("kpi"); !kpi.absent() {
		g.KPI = c.kpi(kpi)
	}
	if !o.isMap() {
		o.problem("is no "+what, "write a map with an id")
	}
	return j, c.topic(o.take("topic"))
}

func (c *compiler) entry(v value) Entry {
	if !v.need("say who begins it: {events: Signed Up}, or {when: orders >= 1}") {
		return Entry{}
	}
	o := v.object()
	events, when, again := o.take("events"), o.take("when"), o.take("again")
	e := Entry{Events: events.texts(), When: c.voc.expr(when, c.voc.person, c.voc.names), Again: again.span(0)}
	already := o.take("already")
	e.Already = already.flag()
	if len(e.Events) == 0 && e.When == nil && o.isMap() {
		o.problem("begins for nobody", "write events, or when, or both")
	}
	if e.Already && len(e.Events) > 0 {
		already.problem("means nothing beside events", "remove it: an event happens, or not")
	}
	o.end()
	return e
}

// broadcast reads one message to those of whom a rule holds at a time.
func (c *compiler) broadcast(v value, seen ids) Journey {
	o := v.object()
	j, topic := c.flow(o, seen, "broadcast")
	j.Broadcast = true
	at := o.take("at")
	if at.need("say when, such as 2026-12-01 09:00") {
		j.Begin.At = at.wallTime()
	}
	j.Begin.Local = o.take("local").flag()
	j.Begin.When = c.voc.expr(o.take("to"), c.voc.person, c.voc.names)
	s := JourneyStep{ID: "send", Name: j.Name, Kind: SendStep, Within: o.take("try").span(defaultTried)}
	c.sends(o, &j, &s, topic)
	j.Steps = []JourneyStep{s}
	o.end()
	return j
}

// sends reads the action of a step.
func (c *compiler) sends(o *object, j *Journey, s *JourneyStep, topic string) {
	a := Action{ID: s.ID, Name: s.Name, Firm: !o.take("weigh").flag()}
	c.doing(o, &a, j.ID, topic)
	for _, m := range a.Messages {
		if slices.Contains(c.places, m.Channel) {
			o.problem(fmt.Sprintf("message %q is for the slot %q, which asks by itself", m.ID, m.Channel), "send by channels; let an action of a goal fill the slot")
		}
	}
	j.Program.Actions = append(j.Program.Actions, a)
}

// wallTime reads a date and a time of day.
func (v value) wallTime() time.Time {
	text := strings.TrimSpace(strings.Replace(v.text(), "T", " ", 1))
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil && v.isText() {
		v.problem(fmt.Sprintf("%q is not a date and time", v.text()), "write for instance 2026-12-01 09:00; the clock is the company's, or with local: true the person's own")
	}
	return t
}

// router reads the steps of one journey.
type router struct {
	ways

	c     *compiler
	j     *Journey
	topic string
}

func (k *router) steps(v value) {
	v.needSome("a journey leads somewhere: write steps")
	items := v.list()
	if len(items) > mostSteps {
		v.problem(fmt.Sprintf("are more than %d", mostSteps), "make two journeys of it")
	}
	seen := ids{}
	for i, item := range items {
		o := item.object()
		s := k.step(o, i)
		seen.add(o.values["id"], s.ID)
		k.j.Steps = append(k.j.Steps, s)
	}
	names := make([]string, len(k.j.Steps))
	for i, s := range k.j.Steps {
		names[i] = s.ID
	}
	k.check(names)
}

func (k *router) step(o *object, i int) JourneyStep {
	s := JourneyStep{ID: stepID(o, i)}
	s.Name = o.take("name").titled(s.ID)
	kind, how, ok := theOne(o, StepKinds())
	if s.Kind = kind; ok {
		k.deed(&s, how)
	}
	if owner := o.take("owner"); !owner.absent() {
		if s.Owner = strings.TrimSpace(owner.text()); s.Kind != HandStep {
			owner.problem("belongs to a step that hands over", "remove it, or write hand_over")
		}
	}
	if to := o.take("go"); !to.absent() {
		s.Go = k.leads(to)
	}
	if to := o.take("otherwise"); !to.absent() {
		s.Otherwise = k.leads(to)
		if s.Kind != SendStep && !s.Wait.Something() {
			to.problem("nothing can go otherwise here", "write it where something is sent, or waited for")
		}
	}
	o.end()
	return s
}

func (k *router) deed(s *JourneyStep, v value) {
	switch s.Kind {
	case SendStep:
		o := v.object()
		s.Within = o.take("try").span(defaultTried)
		k.c.sends(o, k.j, s, k.topic)
		o.end()
	case WaitStep:
		s.Wait = k.wait(v)
	case BranchStep:
		for _, item := range v.list() {
			o := item.object()
			b := Branch{When: k.c.voc.expr(o.take("when"), k.c.voc.person, k.c.voc.names)}
			if to := o.take("go"); to.need("say which step comes then") {
				b.Go = k.leads(to)
			}
			o.end()
			s.Branches = append(s.Branches, b)
		}
	case SplitStep:
		s.Shares = k.shares(v)
	case HandStep:
		if s.Text = strings.TrimSpace(v.text()); s.Text == "" && v.isText() {
			v.problem("is empty", "say what there is to see to")
		}
	case EndStep:
		s.Outcome = v.id()
	}
}

// wait reads a length of time, or what is waited for.
func (k *router) wait(v value) Wait {
	w := Wait{At: -1}
	if !v.isMap() {
		w.For = v.span(0)
		return w
	}
	o := v.object()
	at, days := o.take("at"), o.take("days")
	w.Events, w.When = o.take("events").texts(), k.c.voc.expr(o.take("when"), k.c.voc.person, k.c.voc.names)
	span, most := o.take("for"), o.take("at_most")
	switch {
	case w.Something():
		if most.need("say after how long to stop waiting, such as 7d") {
			w.For = most.span(0)
		}
		if !span.absent() {
			span.problem("means nothing where something is waited for", "write at_most")
		}
	case !most.absent():
		most.problem("means nothing where nothing is waited for", "write events or when beside it, or for")
	default:
		w.For = span.span(0)
		if span.absent() && at.absent() && days.absent() {
			span.need("say how long, such as 3d, or until which time of day")
		}
	}
	if !at.absent() {
		w.At = at.clock()
	}
	for _, item := range days.list() {
		day := item.oneOf(false, weekdays()...)
		if i := slices.Index(weekdays(), day); i >= 0 {
			w.Days = append(w.Days, time.Weekday(i))
		}
	}
	o.end()
	return w
}

// weekdays are the days by their names, in the order of time.Weekday.
func weekdays() []string {
	return []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
}

func (k *router) shares(v value) []Share {
	var out []Share
	seen, sum := ids{}, 0.0
	items := v.list()
	for _, item := range items {
		o := item.object()
		at := o.take("arm")
		s := Share{Arm: at.id(), Share: o.take("share").share(0, 1)}
		seen.add(at, s.Arm)
		if to := o.take("go"); to.need("say which step comes then") {
			s.Go = k.leads(to)
		}
		o.end()
		out, sum = append(out, s), sum+s.Share
	}
	if len(items) < 2 {
		v.problem("has too few ways", "write two or more, such as {arm: a, share: 50%, go: short}")
	} else if math.Abs(sum-1) > 1e-9 {
		v.problem(fmt.Sprintf("adds up to %g%%", math.Round(sum*1e4)/100), "let the shares add up to 100%")
	}
	return out
}
