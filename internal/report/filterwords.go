package report

import (
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// filterSentence says in words what f asks for, and how many that are.
func (d *digest) filterSentence(f Filter, n int) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if f.Identity != "" {
		add("known as %s", f.Identity)
	}
	if f.Query != "" {
		add("with %s in an identity, name or trait", quoted(f.Query))
	}
	if f.Stage != "" {
		add("in stage %s now", stageName(d.ws, f.Stage))
	}
	if f.Segment != "" {
		add("in the segment %s now", segmentName(d.ws, f.Segment))
	}
	if f.State != "" {
		add("believed to be in the state %s now", quoted(f.State))
	}
	d.periodWords(f, add)
	d.placeWords(f, add)
	switch f.Expected {
	case "back":
		add("acted again of their own accord, of those of whom something was expected there")
	case "away":
		add("did not act again, of those of whom something was expected there")
	case lifecycle.Any:
		add("it is known what was expected of them there")
	}
	if f.Event != "" {
		add("did %s, which is not on the map", quoted(f.Event))
	}
	if f.Lately != "" {
		if r, err := d.recentOf(f); err == nil {
			add("%s", r.lateWords(f.Lately, d.zone()))
		}
	}
	if f.Journey != "" {
		add("%s", d.journeyWords(f))
	}
	d.goalWords(f, add)
	d.trialWords(f, add)
	s := HowMany(n)
	if len(parts) > 0 {
		s += ": " + strings.Join(parts, "; ")
	}
	return sentence(s)
}

// periodWords say what f asks for of a period.
func (d *digest) periodWords(f Filter, add func(string, ...any)) {
	s, given, err := d.scopeOf(f)
	if err != nil {
		return // match says so
	}
	words := periodWords(s.period, d.now, d.zone())
	then, before := "at the end of the period", fmt.Sprintf("%d days ago", f.StateDays)
	if given {
		before = "at the begin of the period"
		if s.period.To > d.now {
			then = "now"
		}
	}
	switch {
	case !given:
	case !f.spans():
		add("did anything or were met %s", words)
	case f.Lately == "":
		add("%s", words)
	}
	if f.StageThen != "" {
		add("in stage %s %s", stageName(d.ws, f.StageThen), then)
	}
	if f.StateBefore != "" {
		add("in the state %s %s", quoted(f.StateBefore), before)
	}
	if f.StateThen != "" {
		add("in the state %s %s", quoted(f.StateThen), then)
	}
}

func (d *digest) placeWords(f Filter, add func(string, ...any)) {
	place := ""
	window := inDays(d.figures.Window)
	first := "their first visit"
	if stage, ok := stageOf(f.Touchpoint); ok {
		place = "a touchpoint of stage " + stageName(d.ws, stage)
	} else if f.Touchpoint != "" && f.Touchpoint != lifecycle.Any {
		t := d.touchpoint(f.Touchpoint)
		place, window = quoted(t.Name), inDays(t.Window)
		first = "their first time there"
	}
	how := map[string]string{
		lifecycle.Outreach.String():   "reached out to by us",
		lifecycle.Response.String():   "responded to us",
		lifecycle.Unprompted.String(): "came by themselves",
		"":                            "met",
		lifecycle.Any:                 "met",
	}[f.Effort]
	switch {
	case place != "":
		add("%s at %s", how, place)
	case f.Effort == lifecycle.Any || f.Effort == "" && f.Touchpoint == lifecycle.Any:
		add("interacted at all")
	case f.Effort != "":
		add("%s", how)
	}
	switch f.Next {
	case "":
	case lifecycle.None:
		add("did nothing more within %s of %s", window, first)
	default:
		add("went on to %s", quoted(d.touchpoint(f.Next).Name))
	}
	switch f.Continued {
	case "yes":
		add("came back of their own accord within %s of %s", window, first)
	case "no":
		add("did not come back of their own accord within %s of %s", window, first)
	case "open":
		add("not back of their own accord yet, and still may be within %s of %s", window, first)
	case lifecycle.Any:
		add("came at least once")
	}
}

func (d *digest) goalWords(f Filter, add func(string, ...any)) {
	if f.Goal == "" {
		return
	}
	add("under the goal %s", quoted(goalName(d.ws, f.Goal)))
	switch f.Arm {
	case "":
	case "holdout":
		add("kept out to measure against")
	default:
		add("%s", armWords(profile.Arm(f.Arm)))
	}
	action := ""
	if f.Action != "" {
		action = actionName(d.ws, f.Goal, f.Action)
	}
	if action != "" && f.Outcome != "chosen" && f.Outcome != "responded" {
		add("sent %s", action)
	}
	switch f.Outcome {
	case "reached":
		add("reached a desired stage")
	case "mature":
		add("their horizon has passed")
	case "measured":
		add("reachable when they joined, and their horizon has passed: the lift rests on them")
	case "under_way":
		add("under way: treated, not arrived, and their time has not passed")
	case "was_under_way":
		add("were under way one horizon ago")
	case "arrived_since":
		add("were under way one horizon ago, and arrived in time")
	case "chosen":
		add("%s was chosen for them", orElse(action, "something, or silence,"))
	case "silent":
		add("silence was chosen for them")
	case "sent":
		if action == "" {
			add("sent something")
		}
	case "held":
		add("a delivery to them was stopped or held")
	case "failed":
		add("a delivery to them failed")
	case "unknown":
		add("a delivery may or may not have reached them")
	case "responded":
		add("followed the next step of %s", orElse(action, "a message"))
	}
	if f.Withheld != "" {
		add("something was withheld from them: %s", lower(strings.TrimSuffix(reasonWords(f.Withheld), ".")))
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// why says why one person is in a list; empty where the filter says it all.
func (d *digest) why(f Filter, id person.ID) string {
	i, ok := d.place(id)
	if !ok {
		return ""
	}
	zone := d.ws.Zone
	if f.Experiment != "" {
		return d.whyInTrial(f.Experiment, int32(i)) //nolint:gosec // fewer than 2^31 people
	}
	if f.Goal != "" {
		if _, under := d.goals[f.Goal].byPlace[int32(i)]; !under { //nolint:gosec // fewer than 2^31 people
			return ""
		}
		m := d.goals[f.Goal].member(i)
		return sentence(fmt.Sprintf("Joined on %s, %s; %s, %s sent", day(m.joined, d.now, zone), armWords(m.arm),
			Plural(m.chosen, "choice"), Count(m.sent)))
	}
	in, _, err := d.scopeOf(f)
	if err != nil {
		return ""
	}
	var s lifecycle.Stay
	what := "First visit"
	_, stage := stageOf(f.Touchpoint)
	switch {
	case f.Touchpoint != "" && f.Touchpoint != lifecycle.Any && !stage:
		s, ok = in.atlas.Stay(i, f.Touchpoint, d.now)
		what = "First at " + quoted(d.touchpoint(f.Touchpoint).Name)
	case f.Continued != "":
		s, ok = in.atlas.FirstVisit(i, d.now)
	default:
		return ""
	}
	if !ok {
		return ""
	}
	words := fmt.Sprintf("%s on %s", what, day(s.First, d.now, zone))
	if s.Followed && s.Next != lifecycle.Nowhere {
		words += fmt.Sprintf("; then %s", quoted(d.touchpoint(s.Next).Name))
	}
	if s.Back != 0 {
		words += fmt.Sprintf("; back of their own accord on %s", day(s.Back, d.now, zone))
	} else {
		words += "; not back of their own accord since"
	}
	return sentence(words)
}

// journeyWords says what f asks for of a journey.
func (d *digest) journeyWords(f Filter) string {
	name, step := quoted(f.Journey), f.Step
	if j, ok := d.journeys[f.Journey]; ok {
		name = quoted(j.def.Name)
		parts := strings.Split(f.Step, ">")
		for i := range parts {
			if s := j.def.Step(parts[i]); s != nil {
				parts[i] = quoted(s.Name)
			}
		}
		step = strings.Join(parts, " to ")
	}
	in := " in the journey " + name
	switch f.Stride {
	case "held_out":
		return "kept out of the journey " + name
	case "inside":
		return "inside the journey " + name + " now"
	case "through":
		return strings.TrimSuffix("through the journey "+name+" with the outcome "+step, " with the outcome ")
	case "left":
		return strings.TrimSuffix("left the journey "+name+" before its end: "+reasonWords(f.Step), ": "+reasonWords(""))
	case "arrived":
		return "came to " + step + in
	case "here":
		return "at " + step + in + " now"
	case "sent":
		return strings.Join(strings.Fields("were sent "+step+in), " ")
	case "not_sent":
		return strings.Join(strings.Fields("were not sent "+step+in), " ")
	case "because":
		at, code, _ := strings.Cut(f.Step, ">")
		return fmt.Sprintf("were not sent %s%s: %s", quoted(at), in, reasonWords(code))
	case "went":
		return "went from " + step + in
	case "took":
		return "went by " + step + in
	default:
		return "began the journey " + name
	}
}
