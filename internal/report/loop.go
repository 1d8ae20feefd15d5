package report

import (
	"context"
	"fmt"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/lifecycle"
)

// mostAttention is how many things may ask for attention at once.
const mostAttention = 5

// Loop answers whether engagement is growing, and what to do about it. Now is the
// period, the last quarter of a year unless another was asked for; before is the
// equally long one before that.
type Loop struct {
	Answer     string        `json:"answer" doc:"the page's answer in a sentence"`
	Now        event.Instant `json:"now"`
	Scope      ScopeView     `json:"scope"`
	Days       float64       `json:"days" doc:"of which now is, and of which before is"`
	Before     string        `json:"before" doc:"when before is, in words"`
	StepDays   float64       `json:"step_days" doc:"how finely steps draw it"`
	WindowDays float64       `json:"window_days"`
	People     int           `json:"people"`
	Currency   string        `json:"currency"`

	Continued       Estimate `json:"continued" doc:"of those who came in the period, as far as a window has passed since: share who came back of their own accord within a window. Filters lately=came, back and away"`
	ContinuedBefore Estimate `json:"continued_before" doc:"the same a period earlier"`
	ContinuedChange Estimate `json:"continued_change" doc:"their difference"`
	Came            int      `json:"came" doc:"people: lately=came"`
	Back            int      `json:"back" doc:"people: lately=back"`
	Away            int      `json:"away" doc:"people: lately=away"`

	Initiative       Estimate `json:"initiative" doc:"unprompted / (unprompted + outreach)"`
	InitiativeBefore Estimate `json:"initiative_before"`
	InitiativeChange Estimate `json:"initiative_change"`
	Effort           Effort   `json:"effort" doc:"interactions now"`
	EffortBefore     Effort   `json:"effort_before"`
	EffortPeople     Effort   `json:"effort_people" doc:"people with such an interaction now: lately=outreach, response and unprompted"`

	Value       event.Micros `json:"value" doc:"sum of the value feature's money now, in Currency"`
	ValueBefore event.Micros `json:"value_before"`
	Valued      bool         `json:"valued" doc:"there is a value feature"`

	Stages    []LoopStage `json:"stages" doc:"in lifecycle order"`
	Steps     []LoopStep  `json:"steps" doc:"of the period, oldest first"`
	States    LoopStates  `json:"states" doc:"where the value that is still to come lies"`
	Acting    LoopActing  `json:"acting"`
	Goals     []LoopGoal  `json:"goals" doc:"what each earned against its holdout"`
	Attention []Attention `json:"attention" doc:"what most needs somebody, most pressing first"`
}

// LoopStage is how many people are in a stage.
type LoopStage struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	People int    `json:"people" doc:"at the end of the period: filter stage_then with the period; where that is now, filter stage"`
	Before int    `json:"before" doc:"at its begin"`
}

// LoopStep is one step of a period: a day, a week or four.
type LoopStep struct {
	End    event.Instant `json:"end"`
	Stages []int         `json:"stages" doc:"people in each stage at its end, in the order of the loop's stages"`
	Value  event.Micros  `json:"value"`
	Effort
}

// LoopActing is what was done in the period, in people.
type LoopActing struct {
	Period   string `json:"period" doc:"in words"`
	Sent     int    `json:"sent" doc:"lately=sent"`
	Silent   int    `json:"silent" doc:"silence was chosen for them: lately=silent"`
	Held     int    `json:"held" doc:"something was stopped or held: lately=held"`
	Sentence string `json:"sentence"`
}

// LoopGoal is what a goal earned.
type LoopGoal struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Difference Estimate `json:"difference" doc:"KPI a person, treated minus holdout"`
	Sentence   string   `json:"sentence"`
}

// Attention is one thing that somebody should look at.
type Attention struct {
	Kind     string `json:"kind" enum:"harm,mismatch,dead_end,unmapped" doc:"harm: a goal does harm; mismatch: its comparison cannot be trusted; dead_end: people do not come back from a touchpoint; unmapped: an event has no place on the map"`
	ID       string `json:"id" doc:"of the goal or touchpoint, or the label of the event"`
	Sentence string `json:"sentence"`
	People   int    `json:"people" doc:"whom it is about; 0 where it is about all of a goal"`
}

// Loop returns how the loop as a whole is doing.
func (r *Reports) Loop(ctx context.Context, of Scope) (Loop, error) {
	d, err := r.digest(ctx)
	if err != nil {
		return Loop{}, err
	}
	s, err := d.scope(of, quarterDays)
	if err != nil {
		return Loop{}, err
	}
	return d.loopView(s, of), nil
}

func (d *digest) loopView(s *scope, of Scope) Loop {
	n := s.recent
	continued := [2]lifecycle.Share{lifecycle.Proportion(n.back[0], n.came[0]), lifecycle.Proportion(n.back[1], n.came[1])}
	initiative := [2]lifecycle.Share{n.initiative[0].Share(), n.initiative[1].Share()}
	l := Loop{
		Now: d.now, Scope: d.scopeView(s, of), Days: inDaysNumber(n.length), StepDays: inDaysNumber(n.step), WindowDays: inDaysNumber(n.window), People: s.people, Currency: d.ws.Currency,
		Continued: shareOf(continued[0]), ContinuedBefore: shareOf(continued[1]), ContinuedChange: shareOf(continued[0].Minus(continued[1])),
		Came: n.came[0], Back: n.counts[cameBack], Away: n.counts[stayedAway],
		Initiative: shareOf(initiative[0]), InitiativeBefore: shareOf(initiative[1]), InitiativeChange: shareOf(initiative[0].Minus(initiative[1])),
		Effort: effort(n.effort[0]), EffortBefore: effort(n.effort[1]),
		EffortPeople: Effort{Outreach: n.counts[reachedOut], Response: n.counts[responded], Unprompted: n.counts[cameUnasked]},
		Value:        n.value[0], ValueBefore: n.value[1], Valued: d.facts.kpi != nil,
		Stages: []LoopStage{}, Steps: []LoopStep{}, Goals: []LoopGoal{}, Attention: []Attention{},
	}
	l.Before = beforeWords(n.length)
	last := n.steps[len(n.steps)-1]
	for i, stage := range d.ws.Map.Stages {
		l.Stages = append(l.Stages, LoopStage{ID: stage.ID, Name: stage.Name, People: last.stages[i], Before: n.stagesBefore[i]})
	}
	for i, w := range n.steps {
		l.Steps = append(l.Steps, LoopStep{End: min(n.end(i), d.now), Stages: w.stages, Value: w.value, Effort: effort(w.effort)})
	}
	l.States = d.loopStates(s)
	goals := d.loopGoals(&l)
	l.Acting = LoopActing{Period: periodWords(n.period, d.now, d.zone()), Sent: n.counts[wasSent], Silent: n.counts[wasLeftAlone], Held: n.counts[wasHeld]}
	l.Acting.Sentence = actingSentence(l.Acting)
	l.Attention = d.attention(s, goals)
	l.Answer = d.loopAnswer(n, &l)
	return l
}

// loopGoals fills the loop's goals in, and returns what asks for attention there.
func (d *digest) loopGoals(l *Loop) []Attention {
	var out []Attention
	for _, def := range d.ws.Goals {
		g := &d.goals[def.ID].view
		e := g.Lift.Difference
		l.Goals = append(l.Goals, LoopGoal{ID: g.ID, Name: g.Name, Difference: e, Sentence: g.Answer})
		switch {
		case g.Warning != "":
			out = append(out, Attention{Kind: "mismatch", ID: g.ID, Sentence: sentence(fmt.Sprintf("The goal %s cannot be measured as it is: %s", quoted(g.Name), lower(g.Warning)))})
		case e.Enough && e.High < 0:
			out = append(out, Attention{Kind: "harm", ID: g.ID, Sentence: fmt.Sprintf("The goal %s does harm: %s a person (%s to %s), against those who are held out.",
				quoted(g.Name), amount(e.Value, d.ws.Currency), amount(e.Low, d.ws.Currency), amount(e.High, d.ws.Currency))})
		}
	}
	return out
}

// attention adds what the map asks for to what the goals do: first what does harm,
// then where the most people are lost, then what is not seen at all.
func (d *digest) attention(s *scope, out []Attention) []Attention {
	for i, e := range s.figures.DeadEnds {
		if i == 2 {
			break
		}
		out = append(out, Attention{Kind: "dead_end", ID: e.Touchpoint, Sentence: d.deadEnd(e).Sentence, People: e.Lost})
	}
	for i, u := range s.figures.Unmapped {
		if i == 2 {
			break
		}
		out = append(out, Attention{Kind: "unmapped", ID: u.Label, People: u.People, Sentence: fmt.Sprintf("%s has no place on the map: it came %s, from %s.", quoted(u.Label), Plural(int(u.Count), "time"), HowMany(u.People))})
	}
	if out == nil {
		return []Attention{}
	}
	return out[:min(len(out), mostAttention)]
}

func actingSentence(a LoopActing) string {
	if a.Sent+a.Silent+a.Held == 0 {
		return "Nothing was done " + a.Period + "."
	}
	return fmt.Sprintf("%s %s were sent something; silence was chosen for %s, and something was held or stopped for %s.",
		capital(a.Period), HowMany(a.Sent), HowMany(a.Silent), HowMany(a.Held))
}

// loopAnswer answers: is engagement growing?
func (d *digest) loopAnswer(n *recent, l *Loop) string {
	window, before := inDays(n.window), l.Before
	c, was := l.Continued, l.ContinuedBefore
	switch {
	case len(d.ws.Map.Touchpoints) == 0:
		return "That cannot be said yet: there is no map. Apply definitions to draw one."
	case l.People == 0:
		return "Nobody is here yet: send a first event, or import history."
	case !c.Enough:
		return fmt.Sprintf("It is too early to say: %s. A person counts once they have been watched for %s after a visit.", c.Note, window)
	}
	now := fmt.Sprintf("%s of those who came were back of their own accord within %s", estimated(c), window)
	switch change := l.ContinuedChange; {
	case !was.Enough:
		return now + "; there is nothing to compare with yet " + before + "."
	case change.Low > 0:
		return fmt.Sprintf("Yes: %s, up from %s %s.", now, percent(was.Value), before)
	case change.High < 0:
		return fmt.Sprintf("No, it shrinks: %s, down from %s %s.", now, percent(was.Value), before)
	default:
		return fmt.Sprintf("It holds: %s, against %s %s, which is no more than chance.", now, percent(was.Value), before)
	}
}

// beforeWords say when the time was that a period is compared with.
func beforeWords(length time.Duration) string {
	if length == quarter {
		return "a quarter before"
	}
	return "in the " + inDays(length) + " before"
}
