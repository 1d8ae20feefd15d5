package report

import (
	"context"
	"fmt"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/profile"
)

// Goals returns every goal in the order of the definitions.
func (r *Reports) Goals(ctx context.Context) ([]GoalRow, error) {
	d, err := r.digest(ctx)
	if err != nil {
		return nil, err
	}
	out := []GoalRow{}
	for _, def := range d.ws.Goals {
		g := &d.goals[def.ID].view
		out = append(out, GoalRow{ID: g.ID, Name: g.Name, Joined: g.Counts.Joined, Answer: g.Answer})
	}
	return out, nil
}

// Goal returns a goal's page; NotFound if there is none of that id.
func (r *Reports) Goal(ctx context.Context, id string) (Goal, error) {
	d, err := r.digest(ctx)
	if err != nil {
		return Goal{}, err
	}
	g, ok := d.goals[id]
	if !ok {
		return Goal{}, fault.New(fault.NotFound, "There is no goal %q in the definitions in force.", id).At("id")
	}
	return g.view, nil
}

func (d *digest) goalView(g *goalDigest) Goal {
	def := g.def
	out := Goal{
		ID: def.ID, Name: def.Name, Who: "everyone", From: notNil(def.From), To: notNil(def.To), KPIName: def.KPI.Name,
		HorizonDays: inDaysNumber(def.Horizon), Holdout: def.Holdout, Global: d.ws.Policy.Holdout,
		Counts: g.counts(), Withheld: g.reasons(), Actions: g.actions(), Stages: d.goalStages(g), Recent: []RecentChoice{},
	}
	if def.Who != nil {
		out.Who = def.Who.Source()
	}
	out.Recent = append(out.Recent, g.recent...)
	out.Arms = g.arms()
	c := d.comparison(g)
	out.Lift, out.Reached, out.Narrowing = c.money(), c.reached(), c.narrowing(d.now)
	out.Gap = d.gapView(g)
	out.Warning = d.mismatch(g, out.Arms)
	out.Answer = d.goalAnswer(&out)
	return out
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (g *goalDigest) arms() []Arm {
	out := []Arm{{Arm: string(profile.Treated)}, {Arm: string(profile.GoalHoldout)}, {Arm: string(profile.GlobalHoldout)}}
	for i := range g.members {
		m := &g.members[i]
		for k := range out {
			a := &out[k]
			if a.Arm != string(m.arm) {
				continue
			}
			a.People++
			a.KPI += m.kpi
			if m.mature {
				a.Mature++
			}
			if m.measured() {
				a.Measured++
			}
			if m.reached != 0 {
				a.Reached++
			}
		}
	}
	for k := range out {
		if out[k].People > 0 {
			out[k].Mean = out[k].KPI.Float() / float64(out[k].People)
		}
	}
	return out
}

func (g *goalDigest) counts() GoalCounts {
	c := GoalCounts{Joined: len(g.members)}
	for i := range g.members {
		m := &g.members[i]
		for _, x := range []struct {
			n             int
			times, people *int
		}{
			{m.chosen, &c.Choices, &c.ChosenPeople},
			{m.silent, &c.Silent, &c.SilentPeople},
			{m.sent, &c.Sent, &c.SentPeople},
			{m.held, &c.Held, &c.HeldPeople},
			{m.failed, &c.Failed, &c.FailedPeople},
			{m.unknown, &c.Unknown, &c.UnknownPeople},
		} {
			*x.times += x.n
			if x.n > 0 {
				*x.people++
			}
		}
	}
	return c
}

func (g *goalDigest) actions() []ActionRow {
	out := make([]ActionRow, len(g.def.Actions))
	for i, a := range g.def.Actions {
		out[i] = ActionRow{ID: a.ID, Name: a.Name, Kind: a.Kind}
	}
	for i := range g.members {
		for k, t := range g.members[i].actions {
			row := &out[k]
			row.Chosen += t.chosen
			row.Sent += t.sent
			if t.chosen > 0 {
				row.ChosenPeople++
			}
			if t.sent > 0 {
				row.SentPeople++
			}
			if t.responded {
				row.Responded++
			}
		}
	}
	return out
}

func (d *digest) goalStages(g *goalDigest) []GoalStage {
	out := make([]GoalStage, len(d.ws.Map.Stages))
	for i, s := range d.ws.Map.Stages {
		out[i] = GoalStage{Stage: s.ID}
		for _, to := range g.def.To {
			out[i].Desired = out[i].Desired || to == s.ID
		}
		for k := range g.members {
			switch m := &g.members[k]; {
			case m.stage != s.ID:
			case m.holdout():
				out[i].Holdout++
			default:
				out[i].Treated++
			}
		}
	}
	return out
}

// mismatch checks that people fell into the arms as they should have.
func (d *digest) mismatch(g *goalDigest, arms []Arm) string {
	global, own := d.ws.Policy.Holdout, g.def.Holdout
	p := experiment.RatioMismatch([]int{arms[0].People, arms[1].People, arms[2].People},
		[]float64{(1 - global) * (1 - own), (1 - global) * own, global})
	if p >= experiment.MismatchLimit {
		return ""
	}
	return fmt.Sprintf("The arms do not have the shares that the definitions ask for: %s treated, %s in the goal's holdout and %s in the global one. "+
		"By chance that happens less than once in %s. The shares may have been changed after people joined; until this is explained, do not trust the lift.",
		Count(arms[0].People), Count(arms[1].People), Count(arms[2].People), Count(int(1/experiment.MismatchLimit)))
}

// goalAnswer answers: does it work?
func (d *digest) goalAnswer(g *Goal) string {
	what := g.KPIName
	if what == "" {
		what = "value"
	}
	what = strings.ToLower(what[:1]) + what[1:]
	e := g.Lift.Difference
	unit := d.ws.Currency
	switch {
	case g.Counts.Joined == 0:
		return "Nobody has come under this goal yet."
	case !e.Enough:
		return fmt.Sprintf("Not enough evidence yet: %s.", e.Note)
	case e.Low > 0:
		return fmt.Sprintf("Yes: it earns %s more %s a person (%s to %s).", amount(e.Value, unit), what, amount(e.Low, unit), amount(e.High, unit))
	case e.High < 0:
		return fmt.Sprintf("It does harm: %s less %s a person (%s to %s).", amount(-e.Value, unit), what, amount(-e.High, unit), amount(-e.Low, unit))
	default:
		return fmt.Sprintf("Not shown so far: the difference in %s a person is between %s and %s.", what, signed(e.Low, unit), signed(e.High, unit))
	}
}

// actionName is how an action is called in sentences.
func actionName(ws *definition.Workspace, goal, id string) string {
	if id == event.Silence {
		return "silence"
	}
	g := ws.Program(goal)
	if a := g.Action(id); a != nil && a.Name != "" {
		return quoted(a.Name)
	}
	return quoted(id)
}
