package definition

import (
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition/zone"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Workspace is a whole set of definitions in force, checked and compiled.
type Workspace struct {
	Hash string // hex SHA-256 of the canonical source
	YAML []byte // the canonical source

	Name     string
	Currency string         // ISO 4217; amounts without a currency are in this one
	Zone     *time.Location // of the company; people without a zone are met in this one
	Locales  []string       // BCP 47, in which people are written to; messages are in the first
	Seed     string         // salt of every hash assignment: changing it re-randomises

	zones *zone.Table

	Features []Feature

	AccountFeatures []AccountFeature

	Segments []Segment         // in the order of the source
	Topics   []Topic           // what people may be written to about
	Messages []Message         // those that actions, journeys and broadcasts share
	Snippets map[string]string // Liquid that messages render, by name
	Brand    event.Brand
	Map      Map
	Goals    []Goal
	Journeys []Journey // and broadcasts
	Policy   Policy
	Channels []Channel
	Pulls    []Pull

	Experiments []Experiment

	Slots      []Slot
	Scorer     Scorer
	Complaints Opening // no events: there is no rule

	Conversations []Conversation
	Calls         []Call // of conversations
	Requests      Requests
	Relationship  Relationship

	// Basis is the hash of all that is computed from people's histories: features,
	// implicit ones too, touchpoints and KPIs. Where it stays the same, a new
	// version of the definitions needs nobody's history read again.
	Basis string

	identities map[person.Kind]int // limits that differ from the default

	programs []*Goal

	implicit []*Feature // of the history functions of expressions, by id
	watch    watch
	order    []int // of Segments: those that are spoken of come first
	voc      *vocabulary
}

// Segment returns the segment named id.
func (w *Workspace) Segment(id string) (Segment, bool) {
	for _, s := range w.Segments {
		if s.ID == id {
			return s, true
		}
	}
	return Segment{}, false
}

// SegmentOrder returns the places of all Segments in an order in which each comes
// after those that its rule speaks of.
func (w *Workspace) SegmentOrder() []int { return w.order }

// Goal returns the goal named id.
func (w *Workspace) Goal(id string) (Goal, bool) {
	for _, g := range w.Goals {
		if g.ID == id {
			return g, true
		}
	}
	return Goal{}, false
}

// Action returns the action named id; nil if the goal has none, or is none.
func (g *Goal) Action(id string) *Action {
	if g == nil {
		return nil
	}
	for i := range g.Actions {
		if g.Actions[i].ID == id {
			return &g.Actions[i]
		}
	}
	return nil
}

// ActionOf returns the action that goal/action names; nil if there is none.
func (w *Workspace) ActionOf(key string) *Action {
	goal, action, _ := strings.Cut(key, "/")
	return w.Program(goal).Action(action)
}

// ZoneOf returns the time zone of an IANA name, from the binary's own data.
func (w *Workspace) ZoneOf(name string) (*time.Location, error) {
	zones := w.zones
	if zones == nil { // a workspace made by hand
		zones = new(zone.Table)
	}
	return zones.Load(name)
}

// Map is the lifecycle map: stages × touchpoints × channels.
type Map struct {
	Stages      []Stage // in lifecycle order
	Touchpoints []Touchpoint
	VisitGap    time.Duration // silence that ends a visit; 30 minutes
}

// Stage is where a person is by rule. The last stage in map order whose rule
// holds is the person's; the first stage needs no rule.
type Stage struct {
	ID   string
	Name string
	When *Expr // nil: always
}

// Stage returns the stage named id and its place in lifecycle order.
func (m *Map) Stage(id string) (Stage, int) {
	for i, s := range m.Stages {
		if s.ID == id {
			return s, i
		}
	}
	return Stage{}, -1
}

// Direction says who starts at a touchpoint.
type Direction string

// The directions.
const (
	Inbound  Direction = "inbound"  // the customer comes to us
	Outbound Direction = "outbound" // we go to the customer
)

// Touchpoint is a place where person and company meet.
type Touchpoint struct {
	ID        string
	Name      string
	Stage     string // stage id
	Channel   string
	Direction Direction
	Events    []string      // event labels that belong here: track names, or "page", "page:NAME"
	Where     *Expr         // further condition on the event; nil: none
	Window    time.Duration // within which coming back counts as continuation
}

// Goal names where the company wants people to be, and what it may do about it.
type Goal struct {
	ID      string
	Name    string
	Who     *Expr    // nil: everyone
	From    []string // stage ids in which people are worked on
	To      []string // desired stage ids
	KPI     KPI
	Horizon time.Duration // a person is measured for this long after joining
	Holdout float64       // share kept out for this goal, 0 to 1
	Every   time.Duration // how often to reconsider a person
	Actions []Action

	// Transactional programs send what people are owed: no holdout keeps it from them,
	// and neither consent, caps nor quiet hours do.
	Transactional bool

	Margin     float64 // share of the KPI's money that is earned, 0 to 1
	Discount   float64 // by how much a year makes money worth less, 0 to 1
	Budget     Budget
	Guardrails []Guardrail
}

// KPI is the money a goal is measured by.
type KPI struct {
	Name     string
	Events   []string
	Property string
	Less     []string
	LessOf   string
}

// Action is something that could be done towards a goal.
type Action struct {
	ID       string
	Name     string
	Kind     string // offer, information, education, question or repair
	When     *Expr  // eligibility; nil: always
	CoolDown time.Duration
	Messages []Message // each once for each channel that it may go by
	Uses     []string  // ids of those among them that are shared

	Cost       float64 // of one touch, workspace currency
	Margin     float64 // expected at once, beyond what comes without it, workspace currency
	Stock      Stock
	Parameters []Parameter
	Hours      Window        // in which it may go out
	Within     time.Duration // after the choice, in which the hour is chosen; 0: at once

	// Firm actions are a journey's that has come to them: silence and what goals choose
	// among give way.
	Firm bool

	// Excludes are actions, as goal/action, that are not shown beside it: in other
	// slots of the same call. It excludes itself.
	Excludes []string
}

// Policy is what may be done at all.
type Policy struct {
	Holdout    float64 // global share never contacted by goals, 0 to 1
	Caps       []Cap
	QuietHours QuietHours
	Consent    ConsentMode
}

// ConsentMode says what counts as permission when nothing was said.
type ConsentMode string

// The consent modes.
const (
	OptIn  ConsentMode = "opt_in"  // silence is a no
	OptOut ConsentMode = "opt_out" // silence is a yes
)

// Cap limits touches in a sliding window.
type Cap struct {
	Channel string // empty: all channels together
	AtMost  int
	Per     time.Duration
}

// QuietHours is the part of the day, in the person's own zone, in which nothing
// is sent. From equal to To means none. From may be after To: over midnight.
type QuietHours struct {
	From time.Duration // since local midnight
	To   time.Duration
}

// Segment is a rule that says which people belong together. Membership is kept
// up with each event and each passing of time that changes it.
type Segment struct {
	ID   string
	Name string
	When *Expr

	// Version is a short hash of the rule and of everything that it rests on: the
	// features and segments that it names. It stays the same when only the name
	// of the segment changes.
	Version string
}

// Topic is something that people may want to hear about, or not.
type Topic struct {
	ID   string
	Name string
}

// Vars is what an expression may speak of.
type Vars struct {
	Now    event.Instant
	Known  Known                 // nil: nothing
	Traits func() map[string]any // asked only by expressions that speak of traits; nil: none

	// Account is asked only by expressions that speak of the person's account: its
	// id, role, members, traits and features, as far as they are known. Nil: none.
	Account func() map[string]any

	// State is asked only by expressions that speak of where the relationship is
	// believed to stand: name, active, soon and value, as of the last look. Nil, or
	// nothing: nothing is believed.
	State func() map[string]any

	Stage string
	Event *event.Event // nil outside of event rules

	Answers map[string]any // nil outside of conversations
	Channel string         // on which one is held
}

// Known is what is known of one person, as expressions ask for it. Answers do
// not change while an expression is evaluated.
type Known interface {
	// Feature gives the value of f at now: int64 for Count and Distinct, float64
	// for Sum and Rate, event.Instant for First and Last, and for a First or Last
	// of a property its plain JSON value, nil when there is none.
	Feature(f *Feature, now event.Instant) any

	// Changes returns the next instant after now at which the value of f changes
	// by the passing of time alone; zero is never.
	Changes(f *Feature, now event.Instant) event.Instant

	// Times gives the latest times of a Recent feature, the newest first.
	Times(f *Feature) []event.Instant

	InSegment(id string) bool

	// Bucket gives a number from 0 to 99.99 that depends on the person and the
	// salt and on nothing else.
	Bucket(salt string) float64
}

// Fixed is a Known that is written down: the values of features by id. A value
// does not change by the passing of time.
type Fixed map[string]any

// Feature implements Known.
func (k Fixed) Feature(f *Feature, _ event.Instant) any { return k[f.ID] }

// Changes implements Known.
func (Fixed) Changes(*Feature, event.Instant) event.Instant { return 0 }

// Times implements Known.
func (k Fixed) Times(f *Feature) []event.Instant {
	times, _ := k[f.ID].([]event.Instant)
	return times
}

// InSegment implements Known.
func (Fixed) InSegment(string) bool { return false }

// Bucket implements Known.
func (Fixed) Bucket(string) float64 { return 0 }
