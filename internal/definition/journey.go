package definition

import (
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// Journey is an authored flow with waits and branches. A broadcast is one that
// begins for everybody at one time and has a single step, which sends.
type Journey struct {
	ID        string
	Name      string
	Broadcast bool
	Begin     Entry
	Leave     *Expr // where it holds the journey is over, wherever it stands; nil: nowhere
	Moves     bool  // people inside go on by the definitions in force; else by those that they began under
	Steps     []JourneyStep

	// Program is what the journey sends and how that is measured, as of a goal: an
	// action for each step that sends, called as the step is. It works on people in
	// whatever stage, and no money measures it unless a KPI is named.
	Program Goal
}

// Entry says who begins a journey, and when: at an event, once a rule holds, or at a
// time.
type Entry struct {
	Events  []string      // labels of their own events
	When    *Expr         // for whom; without Events and At: as soon as it holds
	Already bool          // also for those of whom When holds when the journey comes into force
	Again   time.Duration // after which somebody may begin it again; 0: never

	At    time.Time // on the clock of a wall, in UTC; zero: at no time
	Local bool      // the wall is each person's own; else the company's
}

// Due is when a journey that begins at a time does so for somebody in a zone.
func (e *Entry) Due(own, company *time.Location) event.Instant {
	if e.At.IsZero() {
		return 0
	}
	zone := company
	if e.Local {
		zone = own
	}
	y, m, d := e.At.Date()
	return event.InstantOf(time.Date(y, m, d, e.At.Hour(), e.At.Minute(), 0, 0, zone))
}

// StepKind is what a step of a journey does.
type StepKind string

// The kinds of step.
const (
	SendStep   StepKind = "send"
	WaitStep   StepKind = "wait"
	BranchStep StepKind = "branch"
	SplitStep  StepKind = "split"
	HandStep   StepKind = "hand_over"
	EndStep    StepKind = "end"
)

// StepKinds returns all of them.
func StepKinds() []StepKind {
	return []StepKind{SendStep, WaitStep, BranchStep, SplitStep, HandStep, EndStep}
}

// JourneyStep is one step of a journey.
type JourneyStep struct {
	ID   string // its own, or step-N
	Name string
	Kind StepKind

	// Within is how long a message is tried; then the journey goes on without.
	Within time.Duration // of SendStep

	Wait     Wait     // of WaitStep
	Branches []Branch // of BranchStep; the first that holds is taken
	Shares   []Share  // of SplitStep
	Won      string   // arm of SplitStep that an experiment has found to be better: everybody takes it; empty: by chance
	Text     string   // of HandStep: what there is to see to
	Owner    string   // of HandStep
	Outcome  string   // of EndStep

	Go        string // id of the next; empty: the one below
	Otherwise string // id, where nothing could be sent, or what was waited for did not come; empty: as Go
}

// Wait is what a journey waits for. With neither Events nor When it is the passing of
// time alone.
type Wait struct {
	For    time.Duration // at most, where something is waited for
	Events []string
	When   *Expr
	At     time.Duration  // then on until this time of day, in the person's zone; negative: at any
	Days   []time.Weekday // then on until one of these; none: any
}

// Something reports whether the wait may end before its time.
func (w *Wait) Something() bool { return len(w.Events) > 0 || w.When != nil }

// Share is a way on that part of the people take, by chance.
type Share struct {
	Arm   string
	Share float64 // 0 to 1; those of a split add up to 1
	Go    string
}

// Journey returns the journey or broadcast named id.
func (w *Workspace) Journey(id string) (*Journey, bool) {
	for i := range w.Journeys {
		if w.Journeys[i].ID == id {
			return &w.Journeys[i], true
		}
	}
	return nil, false
}

// Step returns the step named id; nil if there is none.
func (j *Journey) Step(id string) *JourneyStep {
	for i := range j.Steps {
		if j.Steps[i].ID == id {
			return &j.Steps[i]
		}
	}
	return nil
}

// Next returns the step that follows s, or follows it where what s wanted did not
// come about; nil when the journey is over.
func (j *Journey) Next(s *JourneyStep, came bool) *JourneyStep {
	to := s.Go
	if !came && s.Otherwise != "" {
		to = s.Otherwise
	}
	if to != "" {
		return j.Step(to)
	}
	for i := range j.Steps {
		if j.Steps[i].ID == s.ID && i+1 < len(j.Steps) {
			return &j.Steps[i+1]
		}
	}
	return nil
}

// Program returns what sends under id: a goal, or the program of a journey; nil if
// there is neither.
func (w *Workspace) Program(id string) *Goal {
	for _, g := range w.Programs() {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// Programs returns everything that sends: the goals, then the programs of journeys.
// The caller must not change it.
func (w *Workspace) Programs() []*Goal {
	if w.programs == nil || len(w.programs) != len(w.Goals)+len(w.Journeys) { // a workspace made by hand
		return w.listPrograms()
	}
	return w.programs
}

func (w *Workspace) listPrograms() []*Goal {
	out := make([]*Goal, 0, len(w.Goals)+len(w.Journeys))
	for i := range w.Goals {
		out = append(out, &w.Goals[i])
	}
	for i := range w.Journeys {
		out = append(out, &w.Journeys[i].Program)
	}
	return out
}
