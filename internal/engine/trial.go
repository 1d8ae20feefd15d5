package engine

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/policy"
	"github.com/rapporthq/rapport/internal/profile"
)

// trial is where a person stands with an experiment that bears on a choice.
type trial struct {
	def *definition.Experiment
	arm int  // of def; -1: the learner decides, by what it chooses
	won bool // it has ended, and the arm is everybody's
}

// trials are the experiments that bear on a choice among goals, in the order of the
// definitions. The arm of a person is a hash: it is stored nowhere and stays the same.
func (env *Env) trials(p *profile.Person, goals ...*definition.Goal) []trial {
	var out []trial
	for i := range env.Defs.Experiments {
		def := &env.Defs.Experiments[i]
		if !slices.ContainsFunc(goals, func(g *definition.Goal) bool { return def.Concerns(g.ID) }) {
			continue
		}
		switch t := (trial{def: def, arm: -1}); {
		case def.Runs(env.Now) && def.Assignment == definition.ByLearner:
			out = append(out, t)
		case def.Runs(env.Now):
			t.arm = experiment.Pick(env.Defs.Seed, def.ID, p.ID, def.Shares())
			out = append(out, t)
		case def.Winner != "" && def.Ended <= env.Now:
			t.arm, t.won = def.Arm(def.Winner), true
			out = append(out, t)
		}
	}
	return out
}

// withholds says why the person's arm goes without something; nothing where it does
// not.
func (t *trial) withholds(goal, action, message string) event.Reason {
	if t.arm < 0 || !t.def.Concerns(goal) {
		return event.Reason{}
	}
	arm := &t.def.Arms[t.arm]
	switch {
	case arm.Allows(goal, action, message):
		return event.Reason{}
	case t.won:
		return event.Reason{Code: policy.OtherArm, Sentence: fmt.Sprintf("The arm %q has won the experiment %q, and leaves this out.", arm.Name, t.def.Name)}
	default:
		return event.Reason{Code: policy.OtherArm, Sentence: fmt.Sprintf("This person is in the arm %q of the experiment %q, which leaves this out.", arm.Name, t.def.Name)}
	}
}

// ofOtherArms says why p's arms go without a message that was chosen before they did.
func (env *Env) ofOtherArms(p *profile.Person, g *definition.Goal, action, message string) event.Reason {
	for _, t := range env.trials(p, g) {
		if why := t.withholds(g.ID, action, message); !why.IsZero() {
			return why
		}
	}
	return event.Reason{}
}

// restrict withholds from options what the arms go without. Where an arm is to take one
// action, everything else gives way to it as to something that is pinned.
func restrict(options []option, trials []trial) {
	for i := range options {
		o := &options[i]
		for k := range trials {
			if o.why.IsZero() {
				o.why = trials[k].withholds(o.goal.ID, o.action.ID, o.message.ID)
			}
		}
	}
	for k := range trials {
		t := &trials[k]
		if t.arm < 0 || t.def.Arms[t.arm].Policy != definition.BestSingle {
			continue
		}
		arm := &t.def.Arms[t.arm]
		best := func(o option) bool { return o.why.IsZero() && ActionKey(o.goal.ID, o.action.ID) == arm.Best }
		if !slices.ContainsFunc(options, best) {
			continue
		}
		for i := range options {
			o := &options[i]
			if o.pinned = best(*o); !o.pinned && o.why.IsZero() {
				o.why = event.Reason{Code: policy.OtherArm, Sentence: fmt.Sprintf("This person is in the arm %q of the experiment %q, which always takes %q.", arm.Name, t.def.Name, arm.Best)}
			}
		}
	}
}

// exploration is how much the arms leave to chance.
func exploration(trials []trial) decide.Exploration {
	for k := range trials {
		if t := &trials[k]; t.arm >= 0 && t.def.Arms[t.arm].Policy == definition.UniformPolicy {
			return decide.Exploration{Mix: 1, Floor: 1e-12} // a floor that nothing is below: all of it is even
		}
	}
	return decide.Exploration{}
}

// exposure says in which arms a choice was made, and whether the arms would have made
// it differently.
func (env *Env) exposure(v *verdict, trials []trial) []event.ChoiceArm {
	var out []event.ChoiceArm
	for k := range trials {
		t := &trials[k]
		switch {
		case t.won:
		case t.arm < 0:
			if a := t.drawn(v); a.Exposed {
				out = append(out, a)
			}
		default:
			a := event.ChoiceArm{Experiment: t.def.ID, Arm: t.def.Arms[t.arm].ID, Exposed: env.differs(v.options, trials, k)}
			if a.Exposed {
				a.Shares = map[string]float64{}
				for i, share := range t.def.Shares() {
					a.Shares[t.def.Arms[i].ID] = share
				}
			}
			out = append(out, a)
		}
	}
	return out
}

// drawn is the arm that the learner chose by what it chose: the one that may do it.
// The shares are how probable each arm was, given that it would be one of them.
func (t *trial) drawn(v *verdict) event.ChoiceArm {
	out := event.ChoiceArm{Experiment: t.def.ID, Shares: map[string]float64{}}
	sum := 0.0
	for i := range v.candidates {
		c := &v.candidates[i]
		arm := t.of(c)
		if arm < 0 || c.Probability == 0 {
			continue
		}
		id := t.def.Arms[arm].ID
		out.Shares[id] += c.Probability
		sum += c.Probability
		if i == v.chosen {
			out.Arm = id
		}
	}
	for id := range out.Shares {
		out.Shares[id] /= sum
	}
	out.Exposed = out.Arm != "" && len(out.Shares) > 1
	return out
}

// of is the arm of an adaptive experiment that a candidate belongs to; -1: none.
func (t *trial) of(c *event.Candidate) int {
	for i := range t.def.Arms {
		a := &t.def.Arms[i]
		switch {
		case c.Action == event.Silence:
			if a.Policy == definition.SilencePolicy {
				return i
			}
		case t.def.Concerns(c.Goal) && a.Allows(c.Goal, c.Action, c.Message):
			return i
		}
	}
	return -1
}

// differs reports whether the choice would have been made differently in another arm
// of the k-th of trials: among other things, or in another way among the same.
func (env *Env) differs(options []option, trials []trial, k int) bool {
	plain := slices.Clone(options)
	for i := range plain {
		o := &plain[i]
		o.levers, o.favour, o.pinned = nil, 0, false
		switch o.why.Code {
		case policy.OtherArm, policy.Blocked, policy.Paused, policy.Pinned:
			o.why = event.Reason{}
		}
	}
	others := slices.Clone(trials)
	first := ""
	for arm := range trials[k].def.Arms {
		others[k].arm = arm
		is := env.manner(slices.Clone(plain), others)
		if arm == 0 {
			first = is
		} else if is != first {
			return true
		}
	}
	return false
}

// manner says among what, and how, a choice among options is made in arms: two choices
// of the same manner are the same. Where nothing is possible there is only one.
func (env *Env) manner(options []option, trials []trial) string {
	restrict(options, trials)
	pull(options, env.Settings.Levers, env.Now)
	out := make([]byte, 0, len(options)+2)
	possible := false
	for i := range options {
		switch {
		case !options[i].why.IsZero():
			out = append(out, '-')
			continue
		case options[i].pinned:
			out = append(out, '!')
		default:
			out = append(out, '+')
		}
		possible = true
	}
	if !possible {
		return ""
	}
	if exploration(trials).Mix == 1 {
		out = append(out, '=')
	}
	return string(out)
}
