package definition

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

const (
	defaultAlpha = 0.05
	maxAlpha     = 0.5
	maxWeight    = 1000
	drawnWithin  = 14 * day // in which a decision is measured whose arm the learner drew

	fewestArms = 2
	mostArms   = 8
)

func (c *compiler) experiments(v value) {
	seen := ids{}
	for _, item := range v.list() {
		c.w.Experiments = append(c.w.Experiments, c.experiment(item, seen))
	}
}

func (c *compiler) experiment(v value, seen ids) Experiment {
	o := v.object()
	at := o.take("id")
	e := Experiment{ID: at.id()}
	seen.add(at, e.ID)
	e.Name = o.take("name").titled(e.ID)
	goals, split := o.take("goals"), o.take("split")
	assignment, arms := o.take("assignment"), o.take("arms")
	e.Assignment = Assignment(assignment.oneOf(true, string(ByHash), string(ByLearner)))
	if split.absent() {
		goals.needSome("name the goals whose people are compared, or the split of a journey")
		for _, item := range goals.list() {
			e.Goals = append(e.Goals, item.oneKnown("goal", c.goalIDs()))
		}
	} else {
		c.overSplit(split, &e)
		for _, x := range []value{goals, arms} {
			if !x.absent() {
				x.problem("stands beside split", "leave it out: the arms are the split's, and the journey's kpi measures it")
			}
		}
		if e.Assignment == ByLearner {
			assignment.problem("means nothing beside split", "leave it out: a split has shares that are fixed")
		}
	}
	e.Begin = c.moment(o.take("begin"))
	within := drawnWithin
	if len(e.Goals) > 0 && e.Assignment == ByHash {
		g, _ := c.w.Goal(e.Goals[0])
		within = g.Horizon
	}
	if j, ok := c.w.Journey(e.Split.Journey); ok {
		within = j.Program.Horizon
	}
	e.Within = o.take("within").span(within)
	c.stopRule(o.take("stop"), &e)
	c.ending(o.take("ended"), &e)
	winner := o.take("winner")
	if split.absent() {
		c.arms(arms, &e)
	}
	var known []string
	for _, a := range e.Arms {
		known = append(known, a.ID)
	}
	if e.Winner = winner.oneKnown("arm", known); e.Winner != "" && e.Ended == 0 {
		winner.problem("is declared while the experiment runs", "say since when with ended, such as ended: 2026-03-01")
	}
	c.settle(&e)
	o.end()
	return e
}

// overSplit makes the arms of a journey's split those of the experiment.
func (c *compiler) overSplit(v value, e *Experiment) {
	var known []string
	for i := range c.w.Journeys {
		j := &c.w.Journeys[i]
		for k := range j.Steps {
			if s := &j.Steps[k]; s.Kind == SplitStep {
				known = append(known, j.ID+"/"+s.ID)
			}
		}
	}
	name := v.oneKnown("split of a journey", known)
	if !slices.Contains(known, name) {
		return
	}
	e.Split.Journey, e.Split.Step, _ = strings.Cut(name, "/")
	j, _ := c.w.Journey(e.Split.Journey)
	if len(j.Program.KPI.Events) == 0 {
		v.problem(fmt.Sprintf("the journey %q has no kpi, so that nothing measures it", j.ID), "write in the journey what measures it, such as kpi: {events: Order Completed}")
	}
	for _, s := range j.Step(e.Split.Step).Shares {
		e.Arms = append(e.Arms, Arm{ID: s.Arm, Name: titleOf(s.Arm), Weight: s.Share, Policy: LearnedPolicy})
	}
	if n := len(e.Arms); n > mostArms {
		v.problem(fmt.Sprintf("has %d arms", n), fmt.Sprintf("an experiment has %d to %d arms", fewestArms, mostArms))
	}
}

// settle lets the split go the way that has won, for who comes to it from now on.
func (c *compiler) settle(e *Experiment) {
	if j, ok := c.w.Journey(e.Split.Journey); ok && e.Winner != "" {
		j.Step(e.Split.Step).Won = e.Winner
	}
}

func (c *compiler) goalIDs() []string {
	out := make([]string, len(c.w.Goals))
	for i, g := range c.w.Goals {
		out[i] = g.ID
	}
	return out
}

func (c *compiler) stopRule(v value, e *Experiment) {
	if !v.need("say which difference is worth knowing, such as stop: {effect: 0.50}") {
		return
	}
	o := v.object()
	effect, alpha, end := o.take("effect"), o.take("alpha"), o.take("end")
	e.Stop.Alpha = alpha.share(defaultAlpha, maxAlpha)
	if e.Stop.Alpha == 0 {
		alpha.problem("0 is out of range", "write the chance of being wrong that you accept, such as 5%")
	}
	if effect.need("write the smallest difference in the KPI a person that is worth knowing, such as 0.50") {
		e.Stop.Effect = effect.amount()
		if e.Stop.Effect == 0 && effect.isText() {
			effect.problem("must be above 0", "write the smallest difference in the KPI a person that is worth knowing, such as 0.50")
		}
	}
	if e.Stop.End = c.moment(end); e.Stop.End != 0 && e.Stop.End <= e.Begin {
		end.problem("is not after begin", "write a later day")
	}
	o.end()
}

func (c *compiler) ending(v value, e *Experiment) {
	if e.Ended = c.moment(v); e.Ended != 0 && e.Ended < e.Begin {
		v.problem("is before begin", "write a later day")
	}
}

// moment reads a day, which begins at midnight in the company's zone, or an instant.
func (c *compiler) moment(v value) event.Instant {
	if v.absent() || !v.isText() {
		return 0
	}
	t := strings.TrimSpace(v.text())
	if at, err := time.Parse(time.RFC3339, t); err == nil {
		return event.InstantOf(at)
	}
	at, err := time.ParseInLocation(time.DateOnly, t, c.w.Zone)
	if err != nil {
		v.problem(fmt.Sprintf("%q is not a day", t), "write it as 2026-03-01, or with its time as 2026-03-01T09:00:00Z")
		return 0
	}
	return event.InstantOf(at)
}

func (c *compiler) arms(v value, e *Experiment) {
	before := len(v.src.problems)
	v.needSome("say what is compared: arms, of which the first is the one that the others are compared with")
	seen := ids{}
	items := v.list()
	for _, item := range items {
		e.Arms = append(e.Arms, c.arm(item, e, seen))
	}
	if n := len(items); n > 0 && (n < fewestArms || n > mostArms) {
		v.problem(fmt.Sprintf("has %d arms", n), fmt.Sprintf("an experiment has %d to %d arms", fewestArms, mostArms))
	}
	if len(v.src.problems) == before { // what is not read says nothing about what differs
		c.differ(items, e)
	}
}

// differ sees to it that each arm is another than those before it.
func (c *compiler) differ(items []value, e *Experiment) {
	for i := range e.Arms {
		a := &e.Arms[i]
		for j := range i {
			b := &e.Arms[j]
			if a.same(b) {
				items[i].problem(fmt.Sprintf("differs in nothing from the arm %q", b.ID), "say what differs: actions, messages or policy")
				break
			}
			if e.Assignment == ByLearner && !a.apart(b, c.w, e.Goals) {
				items[i].problem(fmt.Sprintf("shares what it may do with the arm %q, so that the learner's choice would not tell in which it is", b.ID),
					"with assignment: adaptive, give each arm actions or messages of its own")
				break
			}
		}
	}
}

func (c *compiler) arm(v value, e *Experiment, seen ids) Arm {
	o := v.object()
	at := o.take("id")
	a := Arm{ID: at.id(), Weight: 1}
	seen.add(at, a.ID)
	a.Name = o.take("name").titled(a.ID)
	if weight := o.take("weight"); !weight.absent() {
		a.Weight = weight.amount()
		switch {
		case e.Assignment == ByLearner:
			weight.problem("has no meaning where the learner decides", "leave weight out, or write assignment: fixed")
		case weight.isText() && (a.Weight <= 0 || a.Weight > maxWeight):
			weight.problem(fmt.Sprintf("%q is out of range", weight.text()), fmt.Sprintf("write a number above 0, to %d", maxWeight))
			a.Weight = 1
		}
	}
	for _, item := range o.take("actions").list() {
		if key, ok := c.armAction(item, e); ok {
			a.Actions = append(a.Actions, key)
		}
	}
	for _, item := range o.take("messages").list() {
		if key, message, ok := c.armMessage(item, e); ok {
			if a.Messages == nil {
				a.Messages = map[string][]string{}
			}
			a.Messages[key] = append(a.Messages[key], message)
		}
	}
	c.policing(o.take("policy"), e, &a)
	o.end()
	return a
}

func (c *compiler) policing(v value, e *Experiment, a *Arm) {
	t := strings.TrimSpace(v.text())
	kind, of, _ := strings.Cut(t, " ")
	switch a.Policy = Policing(kind); {
	case v.absent() || !v.isText():
		a.Policy = LearnedPolicy
	case a.Policy == BestSingle:
		if action, ok := c.named(strings.TrimSpace(of), e); ok {
			a.Best = action
		} else {
			v.problem(fmt.Sprintf("there is no action %q among those of the experiment's goals", strings.TrimSpace(of)), "write best-single and an action, such as best-single reminder")
		}
	case of != "" || !slices.Contains([]Policing{LearnedPolicy, UniformPolicy, SilencePolicy}, a.Policy):
		v.problem(fmt.Sprintf("%q is not possible here", t), "use one of: learned, uniform, best-single ACTION, silence")
		a.Policy = LearnedPolicy
	}
	if e.Assignment == ByLearner && a.Policy != LearnedPolicy && a.Policy != SilencePolicy {
		v.problem("decides instead of the learner, which decides where the assignment is adaptive", "leave policy out, or write assignment: fixed")
	}
}

// named finds the action that is written as action, or goal/action.
func (c *compiler) named(t string, e *Experiment) (key string, ok bool) {
	if strings.Contains(t, "/") {
		goal, _, _ := strings.Cut(t, "/")
		return t, slices.Contains(e.Goals, goal) && c.w.ActionOf(t) != nil
	}
	for _, goal := range e.Goals {
		if key := goal + "/" + t; c.w.ActionOf(key) != nil {
			return key, true
		}
	}
	return "", false
}

func (c *compiler) armAction(v value, e *Experiment) (key string, ok bool) {
	t := strings.TrimSpace(v.text())
	if key, ok = c.named(t, e); !ok && v.isText() {
		v.problem(fmt.Sprintf("there is no action %q among those of the experiment's goals", t), mendOf(t, c.armActions(e), "write the id of an action, or goal/action"))
	}
	return key, ok
}

// armMessage finds the message that is written as its id, action/message or
// goal/action/message.
func (c *compiler) armMessage(v value, e *Experiment) (key, message string, ok bool) {
	t := strings.TrimSpace(v.text())
	if !v.isText() {
		return "", "", false
	}
	within, message := "", t
	if i := strings.LastIndex(t, "/"); i >= 0 {
		within, message = t[:i], t[i+1:]
	}
	var found, all []string
	for _, action := range c.armActions(e) {
		for _, m := range c.w.ActionOf(action).Messages {
			all = append(all, m.ID)
			_, short, _ := strings.Cut(action, "/")
			if m.ID == message && (within == "" || within == short || within == action) && !slices.Contains(found, action) {
				found = append(found, action)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], message, true
	case 0:
		v.problem(fmt.Sprintf("there is no message %q among those of the experiment's goals", t), mendOf(message, all, "write the id of a message, or action/message"))
	default:
		v.problem(fmt.Sprintf("%q is a message of %s", t, strings.Join(found, " and of ")), "write which, such as "+found[0]+"/"+message)
	}
	return "", "", false
}

// armActions are the actions of the experiment's goals, as goal/action.
func (c *compiler) armActions(e *Experiment) (out []string) {
	for _, goal := range e.Goals {
		g, _ := c.w.Goal(goal)
		for _, a := range g.Actions {
			out = append(out, goal+"/"+a.ID)
		}
	}
	return out
}

func mendOf(word string, known []string, otherwise string) string {
	short := make([]string, len(known))
	for i, k := range known {
		short[i] = k[strings.LastIndex(k, "/")+1:]
	}
	if near := nearest(word, short); near != "" {
		return "did you mean " + strconv.Quote(near) + "?"
	}
	return otherwise
}

// same reports whether two arms do the same.
func (a *Arm) same(b *Arm) bool {
	return a.Policy == b.Policy && a.Best == b.Best && sameSet(a.Actions, b.Actions) && maps.EqualFunc(a.Messages, b.Messages, sameSet)
}

func sameSet(a, b []string) bool {
	return (a == nil) == (b == nil) && slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// apart reports whether two arms have nothing in common that they may do. Silence is
// one arm's where it names it, and nobody's otherwise.
func (a *Arm) apart(b *Arm, w *Workspace, goals []string) bool {
	for _, id := range goals {
		g, _ := w.Goal(id)
		for _, action := range g.Actions {
			for _, m := range action.Messages {
				if a.Allows(id, action.ID, m.ID) && b.Allows(id, action.ID, m.ID) {
					return false
				}
			}
		}
	}
	return true
}
