package engine

import (
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// rethink is how long after something came too late the history is filtered again:
// what comes late seldom comes alone.
const rethink = 10 * time.Minute

// doubtless is the probability of not being gone, in thousandths, below which
// silence tells nothing more.
const doubtless = 20

// believe moves what is believed of p by everything that came onto their timeline,
// and looks at it if it moved. History that came with an import or from another
// record makes no event of its own. It reports whether rules on states are to be
// asked again.
func believe(env *Env, fx *Effects, p *profile.Person, imported bool) bool {
	if env.Model == nil || p.Model != env.ModelNumber || p.IsForward() {
		return false
	}
	was := event.Instant(-1)
	if p.Belief != nil {
		was = p.Belief.At
	}
	for i := range fx.Timeline {
		p.Belief = env.Model.Observe(p.Belief, &fx.Timeline[i], p)
	}
	switch {
	case p.Belief == nil:
		return false
	case p.Belief.Late:
		env.lookBy(p, env.Now.Add(rethink))
		return false
	case p.Belief.At == was:
		return false
	case imported:
		look(env, nil, p)
	default:
		look(env, fx, p)
	}
	return true
}

// believeAgain filters p's history by the model in force.
func believeAgain(env *Env, fx *Effects, p *profile.Person, history func(yield func(event.Event) bool)) {
	p.Model = env.ModelNumber
	if env.Model == nil {
		p.Belief = nil
		p.ClearTimer(profile.BeliefTimer, "")
		return
	}
	if p.Belief = env.Model.Refilter(p.Belief, history); p.Belief != nil {
		look(env, fx, p)
	}
}

// Unfiltered reports whether p's history is to be filtered again before the timer
// fires, because something came too late to be taken in.
func Unfiltered(env *Env, p *profile.Person, t profile.Timer) bool {
	return t.Kind == profile.BeliefTimer && env.Model != nil && p.Belief != nil && p.Belief.Late
}

// Refilter takes in what came too late. history is the person's timeline, oldest
// first.
func Refilter(env *Env, p *profile.Person, history func(yield func(event.Event) bool)) {
	p.Belief = env.Model.Refilter(p.Belief, history)
}

// look writes down what is believed of p by now, and that they are in another
// state if they are. It sets the timer for when silence may have changed that.
func look(env *Env, fx *Effects, p *profile.Person) {
	b := p.Belief
	if env.Model == nil || b == nil || b.Late {
		return
	}
	from, moved := env.Model.Note(b, env.Clock())
	if moved && fx != nil {
		env.note(fx, p, event.StateMoved, event.StateBody{From: from, To: b.State, Active: b.Active, Value: b.Value, Sweep: env.sweeping})
	}
	if b.Active < doubtless {
		p.ClearTimer(profile.BeliefTimer, "")
		return
	}
	env.lookBy(p, env.Model.Again(b, env.Now))
}

// lookBy sets the timer, unless it is set and earlier: when it fires it is set
// anew.
func (env *Env) lookBy(p *profile.Person, due event.Instant) {
	if set, ok := p.Timer(profile.BeliefTimer, ""); !ok || set > due || env.Settings.AsOf != 0 {
		env.setTimer(p, profile.BeliefTimer, due)
	}
}
