package report

import (
	"context"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Store is what reports read. It is safe for concurrent use. Events and people
// that it hands out are shared: they are not to be changed.
type Store interface {
	// Version is a number that changes whenever anything that can be read does.
	// It costs next to nothing.
	Version() uint64

	// State returns the workspace as it stands.
	State(ctx context.Context) (State, error)

	// EachPerson calls fn for every person in the order of their ids, from one
	// consistent snapshot; forwards are left out. history, which is only good
	// during the call, hands the person's events to its argument, oldest first by
	// event time, until that returns false. EachPerson stops at fn's first error
	// and returns it.
	EachPerson(ctx context.Context, fn func(p profile.Person, history History) error) error

	// Person returns a person, following forwards; false if there is none.
	Person(ctx context.Context, id person.ID) (profile.Person, bool, error)

	// History hands the person's events to fn, oldest first by event time, until
	// fn returns false.
	History(ctx context.Context, id person.ID, fn func(event.Event) bool) error

	// HistoryPage returns up to limit of the person's events, newest first by
	// event time, from before on; empty is from the newest. next continues; empty
	// is the end.
	HistoryPage(ctx context.Context, id person.ID, before string, limit int) (events []event.Event, next string, err error)

	// SegmentCounts returns how many people belong to each segment that anybody
	// belongs to.
	SegmentCounts(ctx context.Context) (map[string]int64, error)

	// SegmentMoves returns who entered and left each segment on the present day
	// and the seven before it.
	SegmentMoves(ctx context.Context) (map[string]Moves, error)

	// ByIdentity returns the people with exactly that identity.
	ByIdentity(ctx context.Context, i person.Identity) ([]person.ID, error)

	// Search returns up to limit people with an identity, name or trait that
	// begins with prefix.
	Search(ctx context.Context, prefix string, limit int) ([]person.ID, error)
}

// History hands events to fn, oldest first, until fn returns false.
type History func(fn func(event.Event) bool) error

// State is a workspace as it stands.
type State struct {
	Definitions *definition.Workspace // nil until there are any
	Settings    event.SettingsBody
	Now         event.Instant // the latest partition time
	People      int
	Events      int64 // of people, whatever their kind
	Lag         int64 // events acknowledged and not yet folded
	Sweep       SweepState
	Model       *belief.Model // nil: there is none
	ModelNumber uint64        // how many came into force, with it
	Told        decide.Told   // what outcomes say of it, which is how far it is trusted
}

// SweepState is how far the people have been brought up to the definitions and
// settings in force. Its zero value is that they are.
type SweepState struct {
	Running bool
	Rules   bool          // it may change stages and segments
	Done    float64       // people, estimated
	Since   event.Instant // partition time when it began
}

// Moves counts people who entered and left a segment because something happened
// to them.
type Moves struct {
	Entered int64
	Left    int64
}

// clock is the workspace's: as-of if set, else partition time.
func (s State) clock() event.Instant {
	if s.Settings.AsOf != 0 {
		return s.Settings.AsOf
	}
	return s.Now
}

// defs is never nil.
func (s State) defs() *definition.Workspace {
	if s.Definitions == nil {
		return &definition.Workspace{}
	}
	return s.Definitions
}
