package definition

import (
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// Experiment is a randomised comparison of ways of working towards goals.
type Experiment struct {
	ID    string
	Name  string
	Goals []string // ids; the KPI of the first is what is compared
	Split SplitOf  // of a journey, whose arms these are; zero: of goals

	Assignment Assignment
	Begin      event.Instant // zero: as soon as it is in force
	Within     time.Duration // after being exposed, in which a person is measured
	Stop       StopRule

	// Ended is when somebody ended it; zero: nobody has. From then on everybody is met
	// as Winner's arm says, or as if there were no experiment where it is empty.
	Ended  event.Instant
	Winner string

	Arms []Arm // the first is the one that the others are compared with
}

// SplitOf names a step of a journey that splits people.
type SplitOf struct{ Journey, Step string }

// KPI is what the experiment compares.
func (w *Workspace) KPI(e *Experiment) KPI {
	if e.Split != (SplitOf{}) {
		j, _ := w.Journey(e.Split.Journey)
		return j.Program.KPI
	}
	g, _ := w.Goal(e.Goals[0])
	return g.KPI
}

// Assignment says who decides in which arm somebody is.
type Assignment string

// The assignments.
const (
	ByHash    Assignment = "fixed"    // a hash, once for the life of the experiment
	ByLearner Assignment = "adaptive" // the learner, anew at each decision
)

// StopRule says when an experiment has been answered.
type StopRule struct {
	Alpha  float64       // chance of ever being wrong, 0 to 1
	Effect float64       // smallest difference in the KPI a person that is worth knowing
	End    event.Instant // from which on it is over, answered or not; zero: never
}

// Arm is a side of an experiment: what may be done, and who decides.
type Arm struct {
	ID     string
	Name   string
	Weight float64 // share of people, relative to the other arms; above 0

	Actions  []string            // as goal/action, those that may be taken; nil: all
	Messages map[string][]string // by goal/action, the messages that it may say; not in it: all

	Policy Policing
	Best   string // of BestSingle, as goal/action
}

// Policing says who decides what is done in an arm.
type Policing string

// The policies of an arm.
const (
	LearnedPolicy Policing = "learned"     // the learner, as without an experiment
	UniformPolicy Policing = "uniform"     // chance alone, evenly
	BestSingle    Policing = "best-single" // one action whenever it is possible
	SilencePolicy Policing = "silence"     // nothing is done
)

// Experiment returns the experiment named id.
func (w *Workspace) Experiment(id string) (Experiment, bool) {
	for _, e := range w.Experiments {
		if e.ID == id {
			return e, true
		}
	}
	return Experiment{}, false
}

// Arm returns the place of the arm named id; -1 if there is none.
func (e *Experiment) Arm(id string) int {
	return slices.IndexFunc(e.Arms, func(a Arm) bool { return a.ID == id })
}

// Concerns reports whether the experiment is about goal.
func (e *Experiment) Concerns(goal string) bool { return slices.Contains(e.Goals, goal) }

// Runs reports whether people are assigned to its arms at now.
func (e *Experiment) Runs(now event.Instant) bool {
	return e.Begin <= now && e.Ended == 0 && (e.Stop.End == 0 || now < e.Stop.End)
}

// Over reports whether nobody is assigned to its arms any more.
func (e *Experiment) Over(now event.Instant) bool {
	return e.Ended != 0 || e.Stop.End != 0 && e.Stop.End <= now
}

// Shares are the shares of the arms, which sum to 1.
func (e *Experiment) Shares() []float64 {
	out, sum := make([]float64, len(e.Arms)), 0.0
	for _, a := range e.Arms {
		sum += a.Weight
	}
	for i, a := range e.Arms {
		out[i] = a.Weight / sum
	}
	return out
}

// Allows reports whether the arm may take an action of one of the experiment's goals,
// by one of its messages.
func (a *Arm) Allows(goal, action, message string) bool {
	key := goal + "/" + action
	switch {
	case a.Policy == SilencePolicy, a.Policy == BestSingle && a.Best != key:
		return false
	case a.Actions != nil && !slices.Contains(a.Actions, key):
		return false
	}
	only, restricted := a.Messages[key]
	return !restricted || slices.Contains(only, message)
}
