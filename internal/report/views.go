// Package report answers the questions behind the console: the lifecycle map,
// lists of people, one person's page, and how a goal is doing. It reads state
// and changes nothing. The types here are the JSON of the API.
package report

import (
	"encoding/json"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Estimate is a number with its uncertainty. When Enough is false the console
// shows Note instead of pretending.
type Estimate struct {
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	People int     `json:"people" doc:"how many people the estimate rests on"`
	Enough bool    `json:"enough"`
	Note   string  `json:"note,omitempty" doc:"what is missing, in a sentence, when not enough"`
}

// Effort counts interactions by who made the effort.
type Effort struct {
	Outreach   int `json:"outreach" doc:"we started"`
	Response   int `json:"response" doc:"they acted on our outreach"`
	Unprompted int `json:"unprompted" doc:"they came by themselves"`
}

// Workspace is what every page needs to know first.
type Workspace struct {
	Name       string        `json:"name"`
	Currency   string        `json:"currency"`
	Live       event.Live    `json:"live"`
	Allow      []string      `json:"allow"`
	AsOf       event.Instant `json:"as_of" doc:"null: now"`
	Now        event.Instant `json:"now" doc:"the workspace's clock: as-of if set, else partition time"`
	Speed      float64       `json:"speed" doc:"how fast that clock runs; 1 but for the demo"`
	People     int           `json:"people"`
	Events     int64         `json:"events"`
	Lag        int64         `json:"lag" doc:"events acknowledged and not yet folded"`
	Demo       bool          `json:"demo"`
	Channels   []string      `json:"channels"`
	Definition string        `json:"definition" doc:"hash of the definitions in force"`
	Stages     []StageName   `json:"stages"`
}

// StageName is a stage in lifecycle order.
type StageName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Map is the lifecycle map with what was measured on it.
type Map struct {
	Answer      string         `json:"answer" doc:"the page's answer in a sentence"`
	Now         event.Instant  `json:"now"`
	From        event.Instant  `json:"from" doc:"event time of the first event counted"`
	Scope       ScopeView      `json:"scope"`
	People      int            `json:"people" doc:"who did anything in the period, or were met"`
	Events      int64          `json:"events"`
	Effort      Effort         `json:"effort"`
	Initiative  Estimate       `json:"initiative" doc:"unprompted / (unprompted + outreach)"`
	Continued   Estimate       `json:"continued" doc:"share of people who came back of their own accord within Window days of their first visit"`
	WindowDays  float64        `json:"window_days"`
	Stages      []MapStage     `json:"stages"`
	Channels    []string       `json:"channels"`
	Touchpoints []Touchpoint   `json:"touchpoints"`
	Flows       []Flow         `json:"flows" doc:"where people went next, by people, most first"`
	DeadEnds    []DeadEnd      `json:"dead_ends" doc:"worst first"`
	Unmapped    []Unmapped     `json:"unmapped" doc:"events that no touchpoint claims, most frequent first"`
	Expectation MapExpectation `json:"expectation"`
	ComputedMS  float64        `json:"computed_ms"`
}

// MapStage is a column of the map.
type MapStage struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Rule       string   `json:"rule" doc:"the CEL rule; empty for the first stage"`
	People     int      `json:"people" doc:"in this stage now"`
	Met        int      `json:"met" doc:"people with an interaction at one of its touchpoints: filter touchpoint=stage:ID"`
	Effort     Effort   `json:"effort" doc:"of the interactions at this stage's touchpoints"`
	Initiative Estimate `json:"initiative"`
}

// Touchpoint is a node of the map.
type Touchpoint struct {
	ID           string                 `json:"id"`
	Name         string                 `json:"name"`
	Stage        string                 `json:"stage"`
	Channel      string                 `json:"channel"`
	Direction    string                 `json:"direction"`
	People       int                    `json:"people"`
	Interactions int                    `json:"interactions"`
	Effort       Effort                 `json:"effort"`
	WindowDays   float64                `json:"window_days"`
	Continuation Estimate               `json:"continuation" doc:"share of people who came back of their own accord within the window after their first visit here (Kaplan-Meier)"`
	Curve        []CurvePoint           `json:"curve" doc:"1 minus survival by day"`
	Against      *float64               `json:"against,omitempty" doc:"continuation over all inbound touchpoints within the same window; left out when no other of them has people, so that there is nothing to compare with"`
	DeadEnd      bool                   `json:"dead_end"`
	Back         int                    `json:"back" doc:"people who came back of their own accord within the window: continued=yes"`
	Lost         int                    `json:"lost" doc:"people whose window passed without that: continued=no"`
	Open         int                    `json:"open" doc:"people still within the window: continued=open"`
	Expected     *TouchpointExpectation `json:"expected,omitempty" doc:"what the state model expected of the same people; left out where no model is in force"`
}

// CurvePoint is a step of a continuation curve.
type CurvePoint struct {
	Day    float64 `json:"day"`
	Value  float64 `json:"value"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	AtRisk int     `json:"at_risk" doc:"people still observed and not yet back"`
}

// Flow is an arc of the map. To is empty for people who went nowhere.
type Flow struct {
	From   string  `json:"from"`
	To     string  `json:"to"`
	People int     `json:"people"`
	Share  float64 `json:"share" doc:"of the people at From"`
}

// DeadEnd is a touchpoint after which people do not come back.
type DeadEnd struct {
	Touchpoint   string   `json:"touchpoint"`
	Lost         int      `json:"lost" doc:"people whose window passed without their coming back"`
	Continuation Estimate `json:"continuation"`
	Against      float64  `json:"against" doc:"continuation over all inbound touchpoints within the same window"`
	Sentence     string   `json:"sentence"`
}

// Unmapped is an event that is not yet on the map.
type Unmapped struct {
	Event    string        `json:"event"`
	Count    int64         `json:"count"`
	People   int           `json:"people"`
	LastSeen event.Instant `json:"last_seen"`
}

// Filter says which people. Every number of the console is such a filter, so
// that it can be opened. Empty fields do not restrict.
type Filter struct {
	Query      string // part of an identity, name or trait
	Identity   string // kind:value, exactly
	Stage      string // stage id: in it now
	Segment    string // segment id: belongs to it now
	Touchpoint string // touchpoint id: had an interaction there; "stage:ID" for any touchpoint of that stage, "any" for any at all
	Effort     string // outreach, response, unprompted or any: of that interaction
	Next       string // touchpoint id after Touchpoint; "none" for nowhere
	Continued  string // "yes", "no" (window passed), "open" (censored) or "any": after the first visit to Touchpoint, else after the first of all
	Expected   string // with Touchpoint: back, away or any: of those of whom it is known what the state model expected of them there, and whether they acted again
	Event      string // event label ("page:NAME" for pages): has at least one that no touchpoint claims
	Goal       string // goal id: joined it
	Arm        string // treated, goal_holdout, global_holdout, or "holdout" for both
	Outcome    string // with Goal: reached, mature, measured, chosen, silent, sent, held, failed, unknown or responded
	Action     string // with Goal: was sent this action; with Outcome chosen or responded, that of this action
	Withheld   string // with Goal: a reason code
	Experiment string // experiment id: was exposed in it; with Arm, in that arm; with Outcome, measured or earned
	Lately     string // came, back or away: of those who came in the period, as far as a window has passed since; outreach, response, unprompted, sent, silent or held in the period; the last quarter of a year where none is given

	State       string // state id: believed to be in it now; "none" for people of whom nothing is believed
	StateBefore string // state id: was in it so many days ago
	StateDays   int    // with StateBefore

	Journey string // journey id: began it, or what Stride says
	Stride  string // with Journey: began, held_out, inside, through, left, arrived, here, sent, not_sent, because, went or took
	Step    string // with Stride: a step, or an outcome or reason code; STEP>CODE with because, STEP>STEP with went, STEP>ARM with took

	// The period of Touchpoint, Effort, Next, Continued, Expected, Event, Lately, StageThen
	// and StateThen, as in Scope; by itself, who did anything in it or was met.
	Days     int
	From, To string

	StageThen string // stage id: was in it at the end of the period
	StateThen string // state id: was in it at the end of the period; StateBefore is then at its begin

	Limit  int    // at most this many; defaults to 50
	Cursor string // from the previous page
}

// People is a page of people.
type People struct {
	People     []PersonRow `json:"people"`
	Total      int         `json:"total" doc:"people who match"`
	Sentence   string      `json:"sentence" doc:"what the filter says, in words"`
	NextCursor string      `json:"next_cursor,omitempty"`
}

// PersonRow is one line of a list of people.
type PersonRow struct {
	ID        person.ID     `json:"id"`
	Name      string        `json:"name" doc:"name trait, else the strongest identity"`
	Email     string        `json:"email,omitempty"`
	Stage     string        `json:"stage"`
	FirstSeen event.Instant `json:"first_seen"`
	LastSeen  event.Instant `json:"last_seen"`
	LastOwn   event.Instant `json:"last_own" doc:"latest act of their own"`
	Events    int64         `json:"events"`
	Effort    Effort        `json:"effort"`
	Value     event.Micros  `json:"value" doc:"sum of the workspace's value feature, in millionths"`
	State     string        `json:"state,omitempty" doc:"id of the state that their relationship is believed to be in, as of the last look; absent: nothing is believed"`
	Why       string        `json:"why,omitempty" doc:"why this person is in the list"`
}

// Person is one person's page, without the timeline.
type Person struct {
	PersonRow
	Sentence   string            `json:"sentence" doc:"who this is and how things stand"`
	StageSince event.Instant     `json:"stage_since"`
	Belief     *Believed         `json:"belief,omitempty" doc:"what is believed of their relationship; absent: nothing, or no model is in force"`
	Identities []person.Identity `json:"identities"`
	Traits     []Trait           `json:"traits"`
	Features   []FeatureValue    `json:"features"`
	Consent    []ConsentRow      `json:"consent"`
	Suppressed []SuppressedRow   `json:"suppressed"`
	Segments   []PersonSegment   `json:"segments" doc:"those that the person belongs to now, by id"`
	Goals      []PersonGoal      `json:"goals"`
	Accounts   []PersonAccount   `json:"accounts" doc:"companies or households; those they have left last"`
	Deliveries []OpenDelivery    `json:"deliveries" doc:"open: queued, held, asked or granted"`
	Weeks      []Week            `json:"weeks" doc:"their acts and our touches by week, oldest first"`
	Definition string            `json:"definition" doc:"hash of the definitions that the person was last brought up to"`
	Current    bool              `json:"current" doc:"those are the ones in force; else a sweep is on its way to them, and stage, features and segments are by the former"`
}

// Trait is a declared attribute.
type Trait struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
	Time  event.Instant   `json:"time"`
}

// FeatureValue is a computed attribute.
type FeatureValue struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Kind       string          `json:"kind" doc:"count, sum, first, last, rate or distinct"`
	WithinDays float64         `json:"within_days,omitempty" doc:"the window that is looked back on; left out for a whole life"`
	Count      int64           `json:"count" doc:"of a count or distinct"`
	AtLeast    bool            `json:"at_least,omitempty" doc:"of a distinct: there may be more than count"`
	Money      []Money         `json:"money,omitempty" doc:"of a sum of money"`
	Number     float64         `json:"number,omitempty" doc:"of a rate, or of a sum of plain numbers"`
	At         event.Instant   `json:"at,omitempty" doc:"of a first or last"`
	Value      json.RawMessage `json:"value,omitempty" doc:"of a first or last of a property: what it was"`
}

// Money is an amount in one currency.
type Money struct {
	Currency string       `json:"currency"`
	Amount   event.Micros `json:"amount" doc:"in millionths"`
}

// ConsentRow is what a person said last about a channel and topic.
type ConsentRow struct {
	Channel string        `json:"channel"`
	Topic   string        `json:"topic,omitempty"`
	Given   bool          `json:"given"`
	Time    event.Instant `json:"time"`
	Proof   string        `json:"proof,omitempty"`

	Confirmation *ConfirmationRow `json:"confirmation,omitempty" doc:"of a channel whose yes counts once it is confirmed"`
}

// ConfirmationRow is where a person stands with confirming a channel.
type ConfirmationRow struct {
	Move     string        `json:"move" enum:"asked,reminded,confirmed,expired,dropped" doc:"asked and reminded wait for an answer: nothing but the question is sent"`
	Address  string        `json:"address" doc:"that was asked"`
	Asked    event.Instant `json:"asked"`
	Time     event.Instant `json:"time" doc:"of the move"`
	Until    event.Instant `json:"until,omitempty" doc:"when asking is over"`
	Reminded int           `json:"reminded,omitempty"`
}

// SuppressedRow is an address not to be used again.
type SuppressedRow struct {
	Address string        `json:"address"`
	Why     string        `json:"why"`
	Time    event.Instant `json:"time"`
}

// PersonGoal is where a person stands with a goal.
type PersonGoal struct {
	Goal    string        `json:"goal"`
	Name    string        `json:"name"`
	Journey bool          `json:"journey" doc:"it is a journey or a broadcast, which wants no stage"`
	Arm     string        `json:"arm"`
	Joined  event.Instant `json:"joined"`
	Reached event.Instant `json:"reached"`
	KPI     event.Micros  `json:"kpi"`
	Chosen  int           `json:"chosen"`
	Silent  int           `json:"silent"`
	Sent    int           `json:"sent"`
	Held    int           `json:"held"`
}

// OpenDelivery is a delivery without an outcome.
type OpenDelivery struct {
	ID      string        `json:"id"`
	Goal    string        `json:"goal"`
	Action  string        `json:"action"`
	Channel string        `json:"channel"`
	Phase   string        `json:"phase" doc:"queued, asked or granted"`
	After   event.Instant `json:"after"`
}

// Week counts one week of a person's life with us.
type Week struct {
	Start event.Instant `json:"start"`
	Effort
}

// Timeline is a page of one person's events, newest first.
type Timeline struct {
	Events     []TimelineEvent `json:"events"`
	NextCursor string          `json:"next_cursor,omitempty"`
}

// TimelineEvent is one event of a person.
type TimelineEvent struct {
	Event      string          `json:"event" doc:"the event name of a track call, else the kind"`
	Kind       string          `json:"kind"`
	MessageID  string          `json:"message_id"`
	Name       string          `json:"name,omitempty"`
	Time       event.Instant   `json:"time"`
	ReceivedAt event.Instant   `json:"received_at"`
	Source     string          `json:"source"`
	Imported   bool            `json:"imported,omitempty"`
	Identity   string          `json:"identity,omitempty" doc:"the identity it came under"`
	Touchpoint string          `json:"touchpoint,omitempty"`
	Effort     string          `json:"effort,omitempty"`
	Visit      int             `json:"visit,omitempty" doc:"number of the visit it belongs to, from 1"`
	Sentence   string          `json:"sentence" doc:"what happened, in words"`
	Properties json.RawMessage `json:"properties,omitempty"`
	Body       json.RawMessage `json:"body,omitempty" doc:"of Rapport's own kinds: a choice with its candidates, a grant with its content"`
}

// Why explains what would be done for a person now, and what not.
type Why struct {
	Sentence string        `json:"sentence"`
	Now      event.Instant `json:"now"`
	Goals    []WhyGoal     `json:"goals"`
}

// WhyGoal is one goal's view of a person.
type WhyGoal struct {
	Goal       string            `json:"goal"`
	Name       string            `json:"name"`
	Arm        string            `json:"arm,omitempty"`
	Considered bool              `json:"considered" doc:"the person is among those the goal works on"`
	Sentence   string            `json:"sentence"`
	Candidates []event.Candidate `json:"candidates"`
}

// Goal is a goal's page.
type Goal struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Answer      string         `json:"answer" doc:"the page's answer in a sentence"`
	Who         string         `json:"who"`
	From        []string       `json:"from"`
	To          []string       `json:"to"`
	KPIName     string         `json:"kpi_name"`
	HorizonDays float64        `json:"horizon_days"`
	Holdout     float64        `json:"holdout" doc:"share kept out for this goal"`
	Global      float64        `json:"global_holdout" doc:"share kept out of everything"`
	Arms        []Arm          `json:"arms"`
	Lift        Lift           `json:"lift" doc:"KPI a person, treated minus holdout"`
	Reached     Lift           `json:"reached" doc:"share who reached a desired stage, treated minus holdout"`
	Narrowing   []LiftPoint    `json:"narrowing" doc:"the lift's interval as it was at the end of each week"`
	Counts      GoalCounts     `json:"counts"`
	Withheld    []WithheldRow  `json:"withheld" doc:"what was not done and why, most people first"`
	Actions     []ActionRow    `json:"actions"`
	Stages      []GoalStage    `json:"stages" doc:"where the people of this goal are now, by arm"`
	Recent      []RecentChoice `json:"recent" doc:"the latest choices"`
	Gap         GoalGap        `json:"gap" doc:"how far they are from where the goal wants them"`
	Warning     string         `json:"warning,omitempty" doc:"why the comparison should not be trusted, if there is a reason"`
}

// Arm is one side of the comparison.
type Arm struct {
	Arm    string `json:"arm" doc:"treated, goal_holdout or global_holdout"`
	People int    `json:"people"`
	Mature int    `json:"mature" doc:"whose horizon has passed"`

	// Measured people are those whom the lift rests on.
	Measured int `json:"measured" doc:"mature, and reachable when they joined"`

	KPI     event.Micros `json:"kpi" doc:"total"`
	Mean    float64      `json:"mean" doc:"KPI a person"`
	Reached int          `json:"reached"`
}

// Lift is a randomised difference.
type Lift struct {
	Difference Estimate `json:"difference"`
	Treated    float64  `json:"treated"`
	Holdout    float64  `json:"holdout"`
	Sentence   string   `json:"sentence"`
	Method     string   `json:"method" doc:"how the interval was made"`
}

// LiftPoint is the lift as it was known at one time.
type LiftPoint struct {
	At         event.Instant `json:"at"`
	Difference Estimate      `json:"difference"`
}

// GoalCounts is what was done.
type GoalCounts struct {
	Joined  int `json:"joined" doc:"people"`
	Choices int `json:"choices"`
	Silent  int `json:"silent"`
	Sent    int `json:"sent"`
	Held    int `json:"held" doc:"deliveries suppressed or held"`
	Failed  int `json:"failed"`
	Unknown int `json:"unknown"`

	// The same in people, which is what opening a number shows.
	ChosenPeople  int `json:"chosen_people"`
	SilentPeople  int `json:"silent_people"`
	SentPeople    int `json:"sent_people"`
	HeldPeople    int `json:"held_people"`
	FailedPeople  int `json:"failed_people"`
	UnknownPeople int `json:"unknown_people"`
}

// WithheldRow counts one reason.
type WithheldRow struct {
	Code     string `json:"code"`
	Sentence string `json:"sentence" doc:"the reason in words that hold for everybody it concerned"`
	People   int    `json:"people"`
	Times    int    `json:"times"`
}

// ActionRow is one action's record under a goal.
type ActionRow struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Chosen    int    `json:"chosen"`
	Sent      int    `json:"sent"`
	Responded int    `json:"responded" doc:"people who followed the next step"`

	ChosenPeople int `json:"chosen_people"`
	SentPeople   int `json:"sent_people"`
}

// GoalStage counts a goal's people in one stage.
type GoalStage struct {
	Stage   string `json:"stage"`
	Treated int    `json:"treated"`
	Holdout int    `json:"holdout"`
	Desired bool   `json:"desired"`
}

// RecentChoice is one choice of a goal.
type RecentChoice struct {
	Person      person.ID     `json:"person"`
	Name        string        `json:"name"`
	At          event.Instant `json:"at"`
	Goal        string        `json:"goal" doc:"of what was chosen, which may be another one's"`
	Action      string        `json:"action"`
	Channel     string        `json:"channel,omitempty"`
	Probability float64       `json:"probability"`
	Reason      string        `json:"reason"`
}

// GoalRow is one line of the list of goals.
type GoalRow struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Joined int    `json:"joined"`
	Answer string `json:"answer"`
}
