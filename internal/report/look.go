package report

import (
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/segment"
)

// Look sees people as they are at the workspace's clock. It serves one goroutine,
// for one person after another.
type Look struct {
	state State
	plan  *segment.Plan
	past  past
}

// NewLook looks at the people of a workspace.
func NewLook(s State) *Look { return &Look{state: s, plan: segment.New(s.defs())} }

// Person returns p, whose history is given, as they are at the clock, and their
// history until then; ok is false for who was not here yet. What it returns is good
// until the next call.
func (l *Look) Person(p profile.Person, history History) (then profile.Person, until History, ok bool, err error) {
	if l.state.Settings.AsOf == 0 {
		return p, history, true, nil
	}
	if err := l.past.read(history, l.state.clock()); err != nil {
		return p, nil, false, err
	}
	if !l.past.here() {
		return p, nil, false, nil
	}
	return asOf(l.state, l.plan, p, &l.past), l.past.each, true, nil
}

// here reports whether there is anything of the person's own by then.
func (b *past) here() bool {
	return slices.ContainsFunc(b.events, func(e event.Event) bool { return !e.Kind.Own() })
}

func (b *past) each(fn func(event.Event) bool) error {
	slices.Values(b.events)(fn)
	return nil
}

// Row is a person's line in a list.
func Row(ws *definition.Workspace, p *profile.Person) PersonRow { return rowOf(ws, p, p.Walk) }

// Clock is the workspace's: as-of if set, else partition time.
func (s State) Clock() event.Instant { return s.clock() }

// Defs are the definitions in force, or some that say nothing; never nil.
func (s State) Defs() *definition.Workspace { return s.defs() }

// Counted writes a number of people: "1,200 people".
func Counted(n int) string { return HowMany(n) }

// Percent writes a share between 0 and 1: "41 %".
func Percent(share float64) string { return percent(share) }
