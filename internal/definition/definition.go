package definition

import (
	"time"

	"github.com/rapporthq/rapport/internal/definition/zone"
	"github.com/rapporthq/rapport/internal/event"
)

// Workspace is a whole set of definitions in force, checked and compiled.
type Workspace struct {
	Hash string // hex SHA-256 of the canonical source
	YAML []byte // the canonical source

	Name     string
	Currency string         // ISO 4217; amounts without a currency are in this one
	Zone     *time.Location // of the company; people without a zone are met in this one
	Seed     string         // salt of every hash assignment: changing it re-randomises

	zones *zone.Table

	Features []Feature
	Map      Map
	Goals    []Goal
	Policy   Policy
	Channels []Channel
}

// Goal returns the goal named id.
func (w *Workspace) Goal(id string) (Goal, bool) {
	for _, g := range w.Goals {
		if g.ID == id {
			return g, true
		}
	}
	return Goal{}, false
}

// ZoneOf returns the time zone of an IANA name, from the binary's own data.
func (w *Workspace) ZoneOf(name string) (*time.Location, error) {
	zones := w.zones
	if zones == nil { // a workspace made by hand
		zones = new(zone.Table)
	}
	return zones.Load(name)
}

// Aggregate says how a feature folds its events.
type Aggregate string

// The aggregates.
const (
	Count Aggregate = "count" // number of events
	Sum   Aggregate = "sum"   // sum of a property, as money in the workspace's currency
	First Aggregate = "first" // time of the first
	Last  Aggregate = "last"  // time of the last
)

// Feature is a computed attribute of a person.
type Feature struct {
	ID        string
	Name      string
	Aggregate Aggregate
	Events    []string // event names; any of them counts
	Property  string   // for Sum: path of the amount within the properties
	Less      []string // for Sum: events whose amount is taken off
	LessOf    string   // for Sum: path of the amount in those; defaults to Property
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
	Messages []Message
}

// Message is content authored once.
type Message struct {
	ID       string
	Channel  string // email or webhook for now
	Appeal   string // ethos, logos or pathos
	Subject  string // Liquid
	Body     string // Liquid in Markdown
	NextStep NextStep
}

// NextStep is the next conversation that a message offers.
type NextStep struct {
	Label string // Liquid
	URL   string // Liquid
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

// Channel is a way of reaching people.
type Channel struct {
	ID   string // email, webhook
	From string // sender, for email
}

// Vars is what an expression may speak of.
type Vars struct {
	Now      event.Instant
	Features map[string]any        // int64 for Count, float64 for Sum, event.Instant for First and Last
	Traits   func() map[string]any // asked only by expressions that speak of traits; nil: none
	Stage    string
	Event    *event.Event // nil outside of event rules
}
