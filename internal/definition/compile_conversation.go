package definition

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
)

const (
	mostSteps       = 200
	mostOptions     = 20
	defaultPatience = 24 * time.Hour
	defaultKeep     = 7 * day
	defaultTries    = 3
	mostTries       = 10
)

// conversations compiles all of them. Rules of conversations speak of people, and
// of answers and channel.
func (c *compiler) conversations(v value) error {
	if v.absent() {
		return nil
	}
	env, err := c.voc.person.Extend(
		cel.Variable("answers", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("channel", cel.StringType),
	)
	if err != nil {
		return fmt.Errorf("make the environment of conversations: %w", err)
	}
	seen := ids{}
	for _, item := range v.list() {
		o := item.object()
		at := o.take("id")
		t := Conversation{ID: at.id()}
		seen.add(at, t.ID)
		t.Name = o.take("name").titled(t.ID)
		t.About = strings.TrimSpace(o.take("about").text())
		if t.About == "" {
			t.About = "at “" + t.Name + "”"
		}
		t.Begin = c.begin(o.take("begin"))
		t.Patience, t.Keep = o.take("patience").span(defaultPatience), o.take("keep").span(defaultKeep)
		k := stepper{c: c, env: env}
		t.Steps = k.steps(o.take("steps"))
		for _, test := range o.take("tests").list() {
			t.Tests = append(t.Tests, c.conversationTest(test))
		}
		o.end()
		c.w.Conversations = append(c.w.Conversations, t)
	}
	return nil
}

func (c *compiler) begin(v value) Begin {
	o := v.object()
	words, events := o.take("words"), o.take("events")
	b := Begin{Words: words.texts(), Events: events.texts(), When: c.voc.expr(o.take("when"), c.voc.person, c.voc.names)}
	o.end()
	return b
}

// stepper reads the steps of one conversation.
type stepper struct {
	ways

	c   *compiler
	env *cel.Env
}

func (k *stepper) steps(v value) []Step {
	v.needSome("a conversation says something: write steps")
	items := v.list()
	if len(items) > mostSteps {
		v.problem(fmt.Sprintf("are more than %d", mostSteps), "make two conversations of it")
	}
	var out []Step
	seen := ids{}
	for i, item := range items {
		o := item.object()
		s := k.step(o, i)
		seen.add(o.values["id"], s.ID)
		out = append(out, s)
	}
	names := make([]string, len(out))
	for i, s := range out {
		names[i] = s.ID
	}
	k.check(names)
	return out
}

func (k *stepper) step(o *object, i int) Step {
	s := Step{ID: stepID(o, i)}
	deed, how, ok := theOne(o, Deeds())
	if s.Deed = deed; ok {
		k.deed(&s, how)
	}
	k.question(o, &s)
	s.With, s.On = o.take("with").strings(), o.take("on").strings()
	if go_ := o.take("go"); !go_.absent() {
		s.Go = k.leads(go_)
	}
	if other := o.take("otherwise"); !other.absent() {
		s.Otherwise = k.leads(other)
		if s.Deed != Ask && s.Deed != LookUp && s.Deed != Act && s.Deed != Decide {
			other.problem("nothing can go wrong here", "write otherwise where something is asked, looked up, done or decided")
		}
	}
	o.end()
	return s
}

func (k *stepper) deed(s *Step, v value) {
	switch s.Deed {
	case Say, Ask:
		if s.Text = strings.TrimSpace(v.text()); s.Text == "" && v.isText() {
			v.problem("is empty", "say something")
		}
	case HandOver:
		s.Text = strings.TrimSpace(v.text())
	case LookUp, Act:
		s.Call = v.oneKnown("call", k.c.systems)
	case Decide:
		s.Slot = k.slot(v)
	case End:
		s.Outcome = v.id()
	case Fork:
		for _, item := range v.list() {
			o := item.object()
			b := Branch{When: k.c.voc.expr(o.take("when"), k.env, append(slices.Clone(k.c.voc.names), "answers", "channel"))}
			if to := o.take("go"); to.need("say which step comes then") {
				b.Go = k.leads(to)
			}
			o.end()
			s.Branches = append(s.Branches, b)
		}
	}
}

// slot reads for which slot a step asks the arbiter.
func (k *stepper) slot(v value) string {
	if len(k.c.places) == 0 {
		v.problem("there are no slots", "declare one under slots, and name it among the channels of messages that may be said there")
		return ""
	}
	return v.oneKnown("slot", k.c.places)
}

func (k *stepper) question(o *object, s *Step) {
	q := &s.Question
	is, options, matches := o.take("for"), o.take("options"), o.take("matches")
	least, most, when := o.take("least"), o.take("most"), o.take("when")
	again, tries := o.take("again"), o.take("tries")
	q.For, q.Tries = Text, defaultTries
	if !is.absent() {
		q.For = Wanted(is.oneOf(false, string(Choice), string(YesNo), string(Number), string(Date), string(Amount), string(Text)))
	} else if !options.absent() {
		q.For = Choice
	}
	q.Options = k.options(options)
	q.Least, q.Most, q.Again = least.limit(), most.limit(), strings.TrimSpace(again.text())
	if !tries.absent() {
		q.Tries = tries.count(mostTries)
	}
	if !when.absent() {
		past := when.oneOf(false, "past", "future")
		q.Past, q.Future = past == "past", past == "future"
	}
	if q.Matches = strings.TrimSpace(matches.text()); q.Matches != "" {
		if _, err := regexp.Compile(q.Matches); err != nil {
			matches.problem("is no regular expression: "+err.Error(), `write one such as [A-Z]{2}\d{6}`)
		}
	}
	k.fits(s, map[string]value{"for": is, "options": options, "matches": matches, "least": least, "most": most, "when": when, "again": again, "tries": tries})
	if s.Deed == Ask && q.For == Choice && len(q.Options) < 2 {
		options.problem("are too few", "a choice has two options or more")
	}
}

// fits reports what belongs to questions of another make.
func (k *stepper) fits(s *Step, keys map[string]value) {
	only := map[string][]Wanted{"options": {Choice}, "matches": {Text}, "least": {Number, Amount}, "most": {Number, Amount}, "when": {Date}}
	for _, key := range slices.Sorted(mapKeys(keys)) {
		v, wanted := keys[key], only[key]
		switch {
		case v.absent():
		case s.Deed != Ask && s.Deed != "":
			v.problem("belongs to a question", "remove it, or write ask")
		case wanted != nil && !slices.Contains(wanted, s.Question.For):
			v.problem(fmt.Sprintf("means nothing for a question of the make %s", s.Question.For), fmt.Sprintf("write for: %s, or remove it", wanted[0]))
		}
	}
}

func (k *stepper) options(v value) []Option {
	items := v.list()
	if len(items) > mostOptions {
		v.problem(fmt.Sprintf("are more than %d, which nobody listens to", mostOptions), "ask in two steps")
	}
	var out []Option
	seen := ids{}
	for _, item := range items {
		o := item.object()
		at := o.take("id")
		p := Option{ID: at.id()}
		seen.add(at, p.ID)
		p.Label, p.Words = o.take("label").titled(p.ID), o.take("words").texts()
		o.end()
		out = append(out, p)
	}
	return out
}

// limit reads a number; nil when absent.
func (v value) limit() *float64 {
	if v.absent() {
		return nil
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(v.text()), 64)
	if err != nil && v.isText() {
		v.problem(fmt.Sprintf("%q is not a number", v.text()), "write a number such as 10")
	}
	return &n
}

// strings reads a map of plain values.
func (v value) strings() map[string]string {
	o := v.object()
	if len(o.keys) == 0 {
		return nil
	}
	out := make(map[string]string, len(o.keys))
	for _, key := range o.keys {
		out[key] = o.take(key).text()
	}
	return out
}
