package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/report/decided"
)

// decisions tells what was decided, from the archive and the journal, and moves
// levers.
type decisions struct {
	*control
	archive decided.Archive
}

var _ api.Decisions = decisions{}

// Decisions implements api.Decisions.
func (d decisions) Decisions(ctx context.Context, f decided.Filter) ([]decided.DecisionRow, error) {
	return decided.List(ctx, d.archive, f)
}

// Effects implements api.Decisions.
func (d decisions) Effects(ctx context.Context, p decided.Period, by string) (decided.EffectMap, error) {
	return decided.Measure(ctx, d.archive, p, by, d.proc.Definitions)
}

// Evaluate implements api.Decisions.
func (d decisions) Evaluate(ctx context.Context, p decided.Period, policy string, yaml []byte) (decided.Evaluation, error) {
	part, err := d.data.State.Partition(0)
	if err != nil {
		return decided.Evaluation{}, err
	}
	known, err := d.proc.Learned(ctx, part.Posterior, part.Definition)
	if err != nil {
		return decided.Evaluation{}, err
	}
	ws, err := d.proc.Definitions(ctx, part.Definition)
	if err != nil {
		return decided.Evaluation{}, err
	}
	draft := ws
	switch drafted := len(yaml) > 0; {
	case drafted != (policy == decided.Draft):
		return decided.Evaluation{}, fault.New(fault.Invalid, "a draft is definitions, and only the policy %q has them: send them with it", decided.Draft).At("policy")
	case drafted:
		if draft, err = definition.Compile(yaml); err != nil {
			return decided.Evaluation{}, err
		}
	}
	var chooser decide.Chooser
	out, err := decided.Evaluate(ctx, d.archive, p, policy, func(raw json.RawMessage) (*decided.Again, error) {
		var r decide.Record
		if err := json.Unmarshal(raw, &r); err != nil || r.Layout != known.Layout.Version {
			return nil, err
		}
		return again(&chooser, known.Posterior, &r, draft, policy == decided.Draft)
	})
	if policy == decided.Draft {
		out.Uncounted = engine.Uncounted(ws, draft)
	}
	return out, err
}

// again decides again by what is learned by now, as draft would have had it if asked.
func again(chooser *decide.Chooser, known *decide.Posterior, r *decide.Record, draft *definition.Workspace, drafted bool) (*decided.Again, error) {
	now := engine.Redrafted{Offers: r.Offers}
	if drafted {
		now = engine.Redraft(r, draft)
	}
	made, err := chooser.Decide(known, now.Offers, r.Context, r.Seed, r.Explore)
	if err != nil {
		return nil, err
	}
	out := &decided.Again{Probabilities: make([]float64, len(r.Offers)), Cheaper: now.Cheaper}
	for i, p := range made.Drawn.Offers {
		if drafted {
			i = now.Was[i]
		}
		out.Probabilities[i] = p
	}
	return out, nil
}

// Decision implements api.Decisions.
func (d decisions) Decision(ctx context.Context, id string) (api.Decision, error) {
	kept, err := decided.Find(ctx, d.archive, strings.ReplaceAll(id, "-", "/"))
	if err != nil {
		return api.Decision{}, err
	}
	out := api.Decision{Kept: kept, Lines: []api.DecisionLine{}, Again: "impossible", Why: "It was made before choices kept what it takes to make them again."}
	if len(kept.Record) == 0 {
		return out, nil
	}
	var record decide.Record
	if err := json.Unmarshal(kept.Record, &record); err != nil {
		return out, fmt.Errorf("record of decision %s: %w", id, err)
	}
	out.Posterior, out.Seed = record.Posterior, fmt.Sprint(record.Seed)
	known, err := d.proc.Learned(ctx, record.Posterior, kept.Definition)
	if err != nil {
		out.Why = fmt.Sprintf("What was learned by then cannot be read: %v", err)
		return out, nil
	}
	ws, err := d.proc.Definitions(ctx, kept.Definition)
	if err != nil {
		return out, err
	}
	out.Again, out.Why = "same", ""
	if _, err := record.Again(known.Posterior); err != nil {
		out.Again, out.Why = "different", err.Error()
	}
	lines, err := record.Lines(known.Posterior)
	if err != nil {
		return out, err
	}
	for _, l := range lines {
		out.Lines = append(out.Lines, lineOf(ws, l))
	}
	return out, nil
}

func lineOf(ws *definition.Workspace, l decide.Line) api.DecisionLine {
	goal, action, within := strings.Cut(l.Action, "/")
	if !within {
		goal, action = "", l.Action
	}
	out := api.DecisionLine{
		Goal: goal, Action: action, Name: "Silence", Margin: l.Parts.Margin, Cost: l.Parts.Cost, Movement: l.Parts.Movement, Price: l.Parts.Price, Shadow: l.Parts.Shadow, Outside: l.Parts.Outside,
		Learned: l.Learned, Deviation: l.Deviation, Trials: l.Trials, Score: l.Parts.Total() + l.Learned, Probability: l.Probability, Chosen: l.Chosen,
	}
	g := ws.Program(goal)
	if a := g.Action(action); a != nil {
		out.Name = a.Name
	}
	return out
}

// Levers implements api.Decisions.
func (d decisions) Levers(context.Context) ([]event.Lever, error) {
	part, err := d.data.State.Partition(0)
	if err != nil {
		return nil, err
	}
	return on(part.Settings.Levers, d.now()), nil
}

// LeverCost implements api.Decisions.
func (d decisions) LeverCost(ctx context.Context, p decided.Period) (decided.LeverCost, error) {
	ws, err := d.inForce(ctx)
	if err != nil {
		return decided.LeverCost{}, err
	}
	return decided.Forgone(ctx, d.archive, p, ws.Currency)
}

func on(levers []event.Lever, now event.Instant) []event.Lever {
	out := []event.Lever{}
	for _, l := range levers {
		if l.Holds(now) {
			out = append(out, l)
		}
	}
	return out
}

// mostLevers keeps the settings of a workspace small.
const mostLevers = 100

// Pull implements api.Decisions.
func (d decisions) Pull(ctx context.Context, l event.Lever) (event.Lever, error) {
	yaml, err := d.Definition(ctx)
	if err != nil {
		return l, err
	}
	ws, err := definition.Compile(yaml)
	if err != nil {
		return l, err
	}
	now := d.now()
	if err := checkLever(ws, l, now); err != nil {
		return l, err
	}
	l.ID, l.Since = "lvr-"+randomText(6), now
	if l.By == "" {
		l.By = "admin"
	}
	var many error
	err = d.change(ctx, func(s *event.SettingsBody) {
		s.Levers = on(s.Levers, now)
		if len(s.Levers) >= mostLevers {
			many = fault.New(fault.Conflict, "%d levers are on already: release some first", mostLevers)
			return
		}
		s.Levers = append(s.Levers, l)
	})
	if many != nil {
		return l, many
	}
	return l, err
}

func checkLever(ws *definition.Workspace, l event.Lever, now event.Instant) error {
	g := ws.Program(l.Goal)
	a := g.Action(l.Action)
	wrong := func(field, format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...).At(field)
	}
	switch needs := l.On == event.OnGoal || l.On == event.OnAction || l.On == event.OnMessage; {
	case needs && g == nil:
		return wrong("goal", "there is no goal, journey or broadcast %q", l.Goal)
	case (l.On == event.OnAction || l.On == event.OnMessage) && a == nil:
		return wrong("action", "goal %q has no action %q", l.Goal, l.Action)
	case l.On == event.OnMessage && !slices.ContainsFunc(a.Messages, func(m definition.Message) bool { return m.ID == l.Message }):
		return wrong("message", "action %q has no message %q", l.Action, l.Message)
	case l.On == event.OnChannel && !slices.ContainsFunc(ws.Channels, func(c definition.Channel) bool { return c.ID == l.Channel }):
		return wrong("channel", "there is no channel %q", l.Channel)
	case l.Kind == event.Boost && !(l.Factor > 0 && l.Factor <= 1000):
		return wrong("factor", "a boost multiplies odds: give a factor above 0 and up to 1000, such as 2")
	case l.Kind == event.Pause && l.Until <= now:
		return wrong("until", "a pause ends: say until when, in the future; to end it by hand, block instead")
	case l.Kind == event.Pin && l.On == event.OnEverything:
		return wrong("on", "everything cannot be pinned: name a goal, an action, a message or a channel")
	}
	return nil
}

// Release implements api.Decisions.
func (d decisions) Release(ctx context.Context, id string) error {
	found := false
	err := d.change(ctx, func(s *event.SettingsBody) {
		s.Levers = slices.DeleteFunc(on(s.Levers, d.now()), func(l event.Lever) bool {
			found = found || l.ID == id
			return l.ID == id
		})
	})
	if err == nil && !found {
		return fault.New(fault.NotFound, "no lever %s is on", id).At("id")
	}
	return err
}

// goal returns a goal of the definitions in force.
func (d decisions) goal(ctx context.Context, id string) (*definition.Workspace, definition.Goal, error) {
	yaml, err := d.Definition(ctx)
	if err != nil {
		return nil, definition.Goal{}, err
	}
	ws, err := definition.Compile(yaml)
	if err != nil {
		return nil, definition.Goal{}, err
	}
	g, ok := ws.Goal(id)
	if !ok {
		return nil, g, fault.New(fault.NotFound, "there is no goal %q", id).At("id")
	}
	return ws, g, nil
}

// GoalCourse implements api.Decisions.
func (d decisions) GoalCourse(ctx context.Context, id string) (decided.Course, error) {
	ws, g, err := d.goal(ctx, id)
	if err != nil {
		return decided.Course{}, err
	}
	return decided.Follow(ctx, d.archive, ws, &g, d.now())
}

// GoalPlan implements api.Decisions.
func (d decisions) GoalPlan(ctx context.Context, id string, effect float64) (api.GoalPlan, error) {
	ws, g, err := d.goal(ctx, id)
	if err != nil {
		return api.GoalPlan{}, err
	}
	out := api.GoalPlan{Goal: id, Treated: 1 - g.Holdout}
	sum, squares, recent := 0.0, 0.0, 0
	const weeks = 28 * 24 * time.Hour
	err = d.data.State.EachPerson(ctx, func(p *profile.Person, _ func(func(event.Event) bool) error) error {
		if s, joined := p.Goals[id]; joined {
			v := s.KPI.Float()
			sum, squares, out.Joined = sum+v, squares+v*v, out.Joined+1
			if d.now().Sub(s.Joined) < weeks {
				recent++
			}
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	if n := float64(out.Joined); n > 1 {
		out.Mean = sum / n
		out.Deviation = math.Sqrt(max(0, (squares-n*out.Mean*out.Mean)/(n-1)))
	}
	out.PerDay = float64(recent) / 28
	if out.Effect = effect; effect == 0 {
		out.Effect = out.Mean / 10
	}
	plan := experiment.Plan{Deviation: out.Deviation, Effect: out.Effect, Treated: out.Treated}
	if err := plan.Validate(); err != nil {
		out.Sentence = fmt.Sprintf("Nothing can be foretold yet: %v.", err)
		return out, nil
	}
	out.People, out.FixedPeople = math.Ceil(plan.People()), math.Ceil(plan.FixedPeople())
	if out.Joined > 0 {
		out.Detectable = plan.Detectable(float64(out.Joined))
	}
	missing := max(0, out.People-float64(out.Joined))
	if out.PerDay > 0 || missing == 0 {
		out.Answered = true
		out.Days = g.Horizon.Hours() / 24
		if missing > 0 {
			out.Days += math.Ceil(missing / out.PerDay)
		}
	}
	out.Sentence = fmt.Sprintf("A difference of %.2f %s a person needs about %s people, of whom %s have joined.", out.Effect, ws.Currency, report.Count(int64(out.People)), report.Count(out.Joined))
	return out, nil
}
