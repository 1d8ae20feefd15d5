package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// View is how one goal sees a person now.
type View struct {
	Goal       string
	Name       string
	Arm        profile.Arm // empty until joined
	Considered bool
	Sentence   string
	Candidates []event.Candidate
}

// Explain says what each goal would do for p now, and why not the rest, by the
// functions that would decide it.
func Explain(env *Env, p *profile.Person) []View {
	views := make([]View, 0, len(env.Defs.Goals))
	for i := range env.Defs.Goals {
		def := &env.Defs.Goals[i]
		v := View{Goal: def.ID, Name: def.Name, Arm: p.Goals[def.ID].Arm, Considered: concerns(env, p, def), Candidates: []event.Candidate{}}
		if v.Considered {
			v.Candidates = Candidates(env, p, def)
		}
		v.Sentence = sentence(env, p, def, v)
		views = append(views, v)
	}
	return views
}

// Candidates lists everything the goal could do for p now, silence first, each
// with the reason why not, or how probable it would be and what it is thought to be
// worth. Other goals that compete are left aside.
func Candidates(env *Env, p *profile.Person, def *definition.Goal) []event.Candidate {
	v, err := env.arbitrate(p, []*definition.Goal{def}, asking{scores: env.outside(p, nil)}, 0)
	if err != nil {
		v.candidates = candidatesOf(env.options(p, []*definition.Goal{def}, asking{}, env.Settings.Levers))
	}
	v.candidates[0].Goal = def.ID
	return v.candidates
}

func sentence(env *Env, p *profile.Person, def *definition.Goal, v View) string {
	stage := p.Stage
	if s, i := env.Defs.Map.Stage(p.Stage); i >= 0 {
		stage = s.Name
	}
	if !v.Considered {
		if !slices.Contains(def.From, p.Stage) {
			return fmt.Sprintf("%s does not work on people in the stage %s.", def.Name, stage)
		}
		return fmt.Sprintf("%s is not for this person: %s does not hold.", def.Name, def.Who.Source())
	}
	eligible := 0
	for _, c := range v.Candidates {
		if c.Withheld.IsZero() && c.Action != event.Silence {
			eligible++
		}
	}
	g := p.Goals[def.ID]
	switch {
	case len(p.Settling) > 0:
		return "Silence, until two identities of this person have been joined."
	case env.Settings.Live == event.Stopped:
		return "Silence: everything is stopped."
	case g.Arm == profile.GlobalHoldout || g.Arm == profile.GoalHoldout:
		return "Silence, on purpose: this person is in the holdout, so that the effect on the others can be measured."
	case v.Arm == "" && !armed(env, p, def):
		return "Silence: the workspace is disarmed, and no address of this person is on the allow-list."
	case eligible == 0:
		return "Silence: everything else is withheld. " + mainReason(v.Candidates)
	case len(p.Deliveries) > 0:
		return "Nothing new: a delivery is on its way."
	case g.Next > env.Now:
		return fmt.Sprintf("Nothing before %s: the last choice was less than %s ago. Then a draw between silence and %d more.",
			g.Next.Time().In(policy.Zone(p, env.Defs)).Format("2 January 2006 15:04"), days(def), eligible)
	default:
		return fmt.Sprintf("A draw between silence and %d more.", eligible)
	}
}

func days(def *definition.Goal) string {
	if def.Every < 24*time.Hour {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", def.Every.Hours()), ".0") + " hours"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", def.Every.Hours()/24), ".0") + " days"
}

// mainReason is the reason that withholds most candidates; the first of equals.
func mainReason(candidates []event.Candidate) string {
	count := map[string]int{}
	best := event.Reason{}
	for _, c := range candidates {
		if c.Withheld.IsZero() {
			continue
		}
		count[c.Withheld.Code]++
	}
	for _, c := range candidates {
		if count[c.Withheld.Code] > count[best.Code] {
			best = c.Withheld
		}
	}
	return best.Sentence
}
