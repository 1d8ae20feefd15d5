package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
)

// peopleQuery is report.Filter as query parameters.
type peopleQuery struct {
	Query      string `query:"query" maxLength:"200" doc:"part of an identity, name or trait"`
	Identity   string `query:"identity" maxLength:"400" doc:"kind:value, exactly; looked up directly" example:"user_id:42"`
	Stage      string `query:"stage" doc:"stage id: in it now"`
	Segment    string `query:"segment" doc:"segment id: belongs to it now"`
	Touchpoint string `query:"touchpoint" doc:"touchpoint id: had an interaction there; stage:ID for any of that stage, any for any at all"`
	Effort     string `query:"effort" enum:"outreach,response,unprompted,any" doc:"of that interaction"`
	Next       string `query:"next" doc:"touchpoint id that came after touchpoint; none for nowhere"`
	Continued  string `query:"continued" enum:"yes,no,open,any" doc:"after the first visit to touchpoint, else after the first of all: came back, did not within the window, is still within it"`
	Expected   string `query:"expected" enum:"back,away,any" doc:"with touchpoint: of whom it is known what the state model expected of them there; back for who acted again of their own accord, away for who did not"`
	Event      string `query:"event" doc:"event label, page:NAME for pages: has at least one that no touchpoint claims"`
	Goal       string `query:"goal" doc:"goal id: joined it"`
	Arm        string `query:"arm" maxLength:"64" doc:"with goal, the side of the comparison: treated, goal_holdout, global_holdout, or holdout for both holdouts; with experiment, an arm id"`
	Outcome    string `query:"outcome" enum:"reached,mature,measured,under_way,was_under_way,arrived_since,chosen,silent,sent,held,failed,unknown,responded,earned" doc:"with goal; with experiment measured, whose result is complete, or earned, whose result is not 0 either"`
	Action     string `query:"action" doc:"with goal: was sent this action; with outcome chosen or responded, that of this action"`
	Withheld   string `query:"withheld" doc:"with goal: reason code"`
	Experiment string `query:"experiment" maxLength:"64" doc:"experiment id: came under it"`
	Lately     string `query:"lately" enum:"came,back,away,outreach,response,unprompted,sent,silent,held" doc:"came, back, away: in the period, as far as a window has passed since, and whether again of their own accord within one; outreach, response, unprompted, sent, silent, held: in the period; the last quarter of a year where none is given"`

	State       string `query:"state" maxLength:"80" doc:"state id: believed to be in it now; none for people of whom nothing is believed"`
	StateBefore string `query:"state_before" maxLength:"80" doc:"state id: was in it state_days ago; none for people of whom nothing was believed then"`
	StateDays   int    `query:"state_days" minimum:"0" maximum:"4000" doc:"with state_before"`

	Journey string `query:"journey" maxLength:"80" doc:"journey or broadcast id: began it, or what stride says"`
	Stride  string `query:"stride" enum:"began,held_out,inside,through,left,arrived,here,sent,not_sent,because,went,took" doc:"with journey"`
	Step    string `query:"step" maxLength:"200" doc:"with stride: a step, or an outcome or reason code; STEP>CODE with because, STEP>STEP with went, STEP>ARM with took"`

	Days      int    `query:"days" minimum:"0" maximum:"3660" doc:"period of touchpoint, effort, next, continued, expected, event, lately, stage_then, state_then and state_before: the last so many days; by itself, who did anything in it or was met"`
	From      string `query:"from" maxLength:"10" example:"2026-03-01" doc:"in place of days: begin of the period, a day in the workspace's time zone"`
	To        string `query:"to" maxLength:"10" example:"2026-03-31" doc:"its last day; without it, until now"`
	StageThen string `query:"stage_then" maxLength:"80" doc:"stage id: was in it at the end of the period"`
	StateThen string `query:"state_then" maxLength:"80" doc:"state id: was in it at the end of the period; state_before is then at its begin"`

	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor string `query:"cursor" maxLength:"1000" doc:"next_cursor of the page before"`
}

// scopeInput is report.Scope as query parameters.
type scopeInput struct {
	Days    int    `query:"days" minimum:"0" maximum:"3660" doc:"the last so many days"`
	From    string `query:"from" maxLength:"10" example:"2026-03-01" doc:"in place of days: begin of the period, a day in the workspace's time zone"`
	To      string `query:"to" maxLength:"10" example:"2026-03-31" doc:"its last day; without it, until now"`
	Segment string `query:"segment" maxLength:"80" doc:"segment id: only who belongs to it now"`
	State   string `query:"state" maxLength:"80" doc:"state id: only who is believed to be in it now; none for people of whom nothing is believed"`
}

func (in *scopeInput) scope() report.Scope {
	return report.Scope{Days: in.Days, From: in.From, To: in.To, Segment: in.Segment, State: in.State}
}

// PersonPath is the person of an address.
type PersonPath struct {
	ID string `path:"id" doc:"person id" example:"prs_3q88fafcwvy4tjbb80jkp8ycdc"`
}

// person reads the id. What is not an id names nobody.
func (p PersonPath) person() (person.ID, error) {
	id, err := person.ParseID(p.ID)
	if err != nil || id.IsZero() {
		return person.ID{}, fault.New(fault.NotFound,
			"There is no person %q. A person's id starts with prs_; find it with GET /api/v1/people?identity=user_id:ID.", p.ID).At("id")
	}
	return id, nil
}

// Consent is what a person said about a channel.
type Consent struct {
	Channel string `json:"channel" minLength:"1" maxLength:"100" doc:"a channel, or * for all"`
	Topic   string `json:"topic,omitempty" maxLength:"100" doc:"empty: every topic"`
	Given   bool   `json:"given" doc:"false withdraws"`
	Proof   string `json:"proof,omitempty" maxLength:"1000" doc:"how we know: the form, the link, the call"`
}

func registerPeople(api huma.API, o Options, b boundary) {
	add(api, b, operation("list-people", http.MethodGet, "/people", "people", "People who match every given condition"),
		func(ctx context.Context, in *peopleQuery) (report.People, error) {
			return o.Reports.People(ctx, report.Filter(*in))
		})

	add(api, b, operation("get-person", http.MethodGet, "/people/{id}", "people", "One person"),
		func(ctx context.Context, in *PersonPath) (report.Person, error) {
			id, err := in.person()
			if err != nil {
				return report.Person{}, err
			}
			return o.Reports.Person(ctx, id)
		})

	type timelineInput struct {
		PersonPath
		Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
		Cursor string `query:"cursor" maxLength:"1000" doc:"next_cursor of the page before"`
	}
	add(api, b, operation("get-timeline", http.MethodGet, "/people/{id}/timeline", "people", "A person's events, newest first"),
		func(ctx context.Context, in *timelineInput) (report.Timeline, error) {
			id, err := in.person()
			if err != nil {
				return report.Timeline{}, err
			}
			return o.Reports.Timeline(ctx, id, in.Limit, in.Cursor)
		})

	add(api, b, operation("get-why", http.MethodGet, "/people/{id}/why", "people", "What would be done for a person now, and what not"),
		func(ctx context.Context, in *PersonPath) (report.Why, error) {
			id, err := in.person()
			if err != nil {
				return report.Why{}, err
			}
			return o.Reports.Why(ctx, id)
		})

	type consentInput struct {
		PersonPath
		Body Consent
	}
	add(api, b, operation("set-consent", http.MethodPost, "/people/{id}/consent", "people", "Record consent given or withdrawn"),
		func(ctx context.Context, in *consentInput) (report.Person, error) {
			id, err := in.person()
			if err != nil {
				return report.Person{}, err
			}
			if err := o.Control.SetConsent(ctx, id, event.ConsentBody{Channel: in.Body.Channel, Topic: in.Body.Topic, Given: in.Body.Given, Proof: in.Body.Proof}); err != nil {
				return report.Person{}, err
			}
			return o.Reports.Person(ctx, id)
		})
}
