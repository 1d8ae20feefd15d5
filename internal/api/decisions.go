package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report/decided"
)

// Decisions tells what was decided and why, what works for whom, and moves levers.
// Errors are faults; NotFound for what is not there.
type Decisions interface {
	Decisions(ctx context.Context, f decided.Filter) ([]decided.DecisionRow, error)
	Decision(ctx context.Context, id string) (Decision, error)
	Effects(ctx context.Context, p decided.Period, by string) (decided.EffectMap, error)
	Evaluate(ctx context.Context, p decided.Period, policy string, draft []byte) (decided.Evaluation, error)
	GoalPlan(ctx context.Context, goal string, effect float64) (GoalPlan, error)
	GoalCourse(ctx context.Context, goal string) (decided.Course, error)

	Levers(ctx context.Context) ([]event.Lever, error)
	LeverCost(ctx context.Context, p decided.Period) (decided.LeverCost, error)
	Pull(ctx context.Context, l event.Lever) (event.Lever, error)
	Release(ctx context.Context, id string) error
}

// DecisionList is decisions, the newest first.
type DecisionList struct {
	Decisions []decided.DecisionRow `json:"decisions"`
}

// Decision is one decision, explained.
type Decision struct {
	decided.Kept

	Lines     []DecisionLine `json:"lines" doc:"an action each, silence first: what stood for it"`
	Again     string         `json:"again" enum:"same,different,impossible" doc:"whether made again from what was archived it comes out the same, to the bit"`
	Why       string         `json:"again_why,omitempty" doc:"how it differs, or why it cannot be made again"`
	Posterior string         `json:"posterior,omitempty" doc:"version of what was learned by then"`
	Seed      string         `json:"seed" doc:"of the draw"`
}

// DecisionLine is what stood for an action, in money and in the draw.
type DecisionLine struct {
	Goal        string  `json:"goal,omitempty"`
	Action      string  `json:"action"`
	Name        string  `json:"name"`
	Margin      float64 `json:"margin" doc:"expected at once"`
	Cost        float64 `json:"cost"`
	Movement    float64 `json:"movement" doc:"what moving the person's state is worth"`
	Price       float64 `json:"price" doc:"of the attention that it takes"`
	Shadow      float64 `json:"shadow" doc:"of the budgets and stock that it uses"`
	Outside     float64 `json:"outside" doc:"by a model of the company's own"`
	Learned     float64 `json:"learned" doc:"from what came of earlier decisions"`
	Deviation   float64 `json:"deviation" doc:"standard deviation of learned"`
	Trials      float64 `json:"trials" doc:"decisions that it was learned from, after forgetting"`
	Score       float64 `json:"score" doc:"all of it"`
	Probability float64 `json:"probability"`
	Chosen      bool    `json:"chosen"`
}

// GoalPlan is what a comparison needs to be answered.
type GoalPlan struct {
	Goal        string  `json:"goal"`
	Deviation   float64 `json:"deviation" doc:"standard deviation of a person's KPI, workspace currency"`
	Mean        float64 `json:"mean" doc:"of a person's KPI"`
	Effect      float64 `json:"effect" doc:"smallest difference a person that matters"`
	Treated     float64 `json:"treated" doc:"share of people who are treated"`
	Joined      int     `json:"joined" doc:"people so far"`
	PerDay      float64 `json:"per_day" doc:"people who join a day, over the last four weeks"`
	People      float64 `json:"people" doc:"needed, looking at any time"`
	FixedPeople float64 `json:"fixed_people" doc:"needed, looking once"`
	Detectable  float64 `json:"detectable" doc:"difference that the people so far would show; 0: there are none"`
	Days        float64 `json:"days" doc:"until it is answered, from now; 0 with answered false: never"`
	Answered    bool    `json:"answered" doc:"whether it would ever be"`
	Sentence    string  `json:"sentence"`
}

// LeverList is the levers that are on.
type LeverList struct {
	Levers []event.Lever `json:"levers"`
}

// LeverRequest moves a lever.
type LeverRequest struct {
	Kind    event.LeverKind `json:"kind" enum:"pin,boost,block,pause"`
	On      event.LeverOn   `json:"on" enum:"everything,goal,action,message,channel"`
	Goal    string          `json:"goal,omitempty" maxLength:"64"`
	Action  string          `json:"action,omitempty" maxLength:"64"`
	Message string          `json:"message,omitempty" maxLength:"64"`
	Channel string          `json:"channel,omitempty" maxLength:"64"`
	Factor  float64         `json:"factor,omitempty" doc:"of a boost: by how much its odds are multiplied"`
	Until   event.Instant   `json:"until,omitempty" doc:"when it ends by itself; a pause needs one"`
	By      string          `json:"by,omitempty" maxLength:"200" doc:"who asks; default admin"`
	Why     string          `json:"why,omitempty" maxLength:"2000"`
}

// EvaluateDraft asks what definitions would have earned.
type EvaluateDraft struct {
	YAML  string        `json:"yaml" minLength:"1" doc:"the definitions"`
	Since event.Instant `json:"since,omitempty" doc:"left out: from the beginning"`
	Until event.Instant `json:"until,omitempty" doc:"left out: until now"`
}

// PeriodQuery is a period in an address; both ends may be left out.
type PeriodQuery struct {
	Since time.Time `query:"since" doc:"RFC 3339; left out: from the beginning"`
	Until time.Time `query:"until" doc:"RFC 3339; left out: until now"`
}

func (p PeriodQuery) period() decided.Period {
	return decided.Period{Since: instant(p.Since), Until: instant(p.Until)}
}

// instant is t, and never where t was left out.
func instant(t time.Time) event.Instant {
	if t.IsZero() {
		return 0
	}
	return event.InstantOf(t)
}

func registerDecisions(api huma.API, o Options, b boundary) {
	type listInput struct {
		Person  string    `query:"person" maxLength:"40"`
		Goal    string    `query:"goal" maxLength:"64"`
		Action  string    `query:"action" maxLength:"64" doc:"an action, or silence"`
		Channel string    `query:"channel" maxLength:"64"`
		Policy  string    `query:"policy" maxLength:"64" doc:"such as fair/1 or thompson/1"`
		Outcome string    `query:"outcome" enum:"silence,waiting,sent,shown,opened,clicked,suppressed,failed,bounced,complained,earned,levered"`
		Lever   string    `query:"lever" maxLength:"64" doc:"a lever that made a difference"`
		Before  time.Time `query:"before" doc:"only those before; to go on"`
		Limit   int       `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	}
	op := operation("list-decisions", http.MethodGet, "/decisions", "decisions", "What was decided, the newest first")
	op.Description = "From the archive, which is some seconds behind."
	add(api, b, op, func(ctx context.Context, in *listInput) (DecisionList, error) {
		f := decided.Filter{Goal: in.Goal, Action: in.Action, Channel: in.Channel, Policy: in.Policy, Outcome: in.Outcome, Lever: in.Lever, Before: instant(in.Before), Limit: in.Limit}
		if in.Person != "" {
			var err error
			if f.Person, err = (&PersonPath{ID: in.Person}).person(); err != nil {
				return DecisionList{}, err
			}
		}
		rows, err := o.Decisions.Decisions(ctx, f)
		return DecisionList{rows}, err
	})

	type oneInput struct {
		ID string `path:"id" maxLength:"60" doc:"partition-offset-number, as in a decision's id with hyphens for slashes"`
	}
	add(api, b, operation("get-decision", http.MethodGet, "/decisions/{id}", "decisions", "One decision, explained: everything considered, what stood for it, and whether it comes out the same again"),
		func(ctx context.Context, in *oneInput) (Decision, error) { return o.Decisions.Decision(ctx, in.ID) })

	type effectsInput struct {
		PeriodQuery
		By string `query:"by" enum:"stage,segment,state" default:"stage"`
	}
	add(api, b, operation("get-effects", http.MethodGet, "/effects", "decisions", "What works for whom: the effect of each action against silence, by stage, segment or state"),
		func(ctx context.Context, in *effectsInput) (decided.EffectMap, error) {
			return o.Decisions.Effects(ctx, in.period(), in.By)
		})

	type evaluateInput struct {
		PeriodQuery
		Policy string `query:"policy" required:"true" maxLength:"200" doc:"logged, in-force (what is learned by now), uniform, silence, best, or always:GOAL/ACTION"`
	}
	add(api, b, operation("evaluate-policy", http.MethodGet, "/evaluation", "decisions", "What another policy would have earned a decision, from the log"),
		func(ctx context.Context, in *evaluateInput) (decided.Evaluation, error) {
			return o.Decisions.Evaluate(ctx, in.period(), in.Policy, nil)
		})
	op = operation("evaluate-draft", http.MethodPost, "/evaluation", "decisions", "What definitions that are not in force would have earned a decision, from the log")
	op.Description = "Of the decisions of a period, made again by what is learned by now: actions, messages, channels and values of parameters that the draft leaves out are not offered, and margins and costs are its own. All else that it changes is taken as it was at each decision, and named in uncounted."
	op.MaxBodyBytes = maxSource
	type draftInput struct{ Body EvaluateDraft }
	add(api, b, op, func(ctx context.Context, in *draftInput) (decided.Evaluation, error) {
		return o.Decisions.Evaluate(ctx, decided.Period{Since: in.Body.Since, Until: in.Body.Until}, decided.Draft, []byte(in.Body.YAML))
	})

	type planInput struct {
		ID     string  `path:"id" maxLength:"64"`
		Effect float64 `query:"effect" minimum:"0" doc:"smallest difference a person that matters; left out: a tenth of the mean"`
	}
	add(api, b, operation("get-goal-plan", http.MethodGet, "/goals/{id}/plan", "goals", "How many people and how much time an answer about a goal needs"),
		func(ctx context.Context, in *planInput) (GoalPlan, error) {
			return o.Decisions.GoalPlan(ctx, in.ID, in.Effect)
		})
	type courseInput struct {
		ID string `path:"id" maxLength:"64"`
	}
	add(api, b, operation("get-goal-course", http.MethodGet, "/goals/{id}/course", "goals", "What a goal brought by each day, and who still comes, treated beside held out"),
		func(ctx context.Context, in *courseInput) (decided.Course, error) {
			return o.Decisions.GoalCourse(ctx, in.ID)
		})
	registerLevers(api, o, b)
}

func registerLevers(api huma.API, o Options, b boundary) {
	add(api, b, operation("list-levers", http.MethodGet, "/levers", "decisions", "Levers that people have moved, and that are on"),
		func(ctx context.Context, _ *none) (LeverList, error) {
			levers, err := o.Decisions.Levers(ctx)
			return LeverList{levers}, err
		})

	type costInput struct{ PeriodQuery }
	add(api, b, operation("get-lever-cost", http.MethodGet, "/levers/cost", "decisions", "What levers cost: the expected score without them less that with them, over all decisions that they made a difference to"),
		func(ctx context.Context, in *costInput) (decided.LeverCost, error) {
			return o.Decisions.LeverCost(ctx, in.period())
		})

	type pullInput struct{ Body LeverRequest }
	add(api, b, operation("pull-lever", http.MethodPost, "/levers", "decisions", "Pin, boost, block or pause an action, a message, a channel, a goal or everything"),
		func(ctx context.Context, in *pullInput) (event.Lever, error) {
			l := in.Body
			return o.Decisions.Pull(ctx, event.Lever{
				Kind: l.Kind, On: l.On, Goal: l.Goal, Action: l.Action, Message: l.Message, Channel: l.Channel, Factor: l.Factor, Until: l.Until, By: l.By, Why: l.Why,
			})
		})

	type releaseInput struct {
		ID string `path:"id" maxLength:"64"`
	}
	add(api, b, operation("release-lever", http.MethodDelete, "/levers/{id}", "decisions", "Release a lever"),
		func(ctx context.Context, in *releaseInput) (LeverList, error) {
			if err := o.Decisions.Release(ctx, in.ID); err != nil {
				return LeverList{}, err
			}
			levers, err := o.Decisions.Levers(ctx)
			return LeverList{levers}, err
		})
}
