package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/report"
)

// none is the input of an endpoint that takes nothing.
type none struct{}

// answer is an output with a JSON body.
type answer[T any] struct{ Body T }

// GoalList is the list of goals.
type GoalList struct {
	Goals []report.GoalRow `json:"goals"`
}

// LiveRequest replaces who may be sent to.
type LiveRequest struct {
	Live  event.Live `json:"live" doc:"disarmed: only addresses on the allow-list; everyone: all who consent; stopped: nobody at all"`
	Allow []string   `json:"allow" maxItems:"500" doc:"addresses that may be sent to while disarmed; replaces the list"`
}

// AsOfRequest sets the workspace's clock.
type AsOfRequest struct {
	AsOf event.Instant `json:"as_of" doc:"null: now"`
}

// operation describes an endpoint. Method and path are together, as in ServeMux.
func operation(id, method, path, tag, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: "/api/v1" + path, Tags: []string{tag}, Summary: summary,
		MaxBodyBytes: maxBody,
	}
}

// add registers an endpoint behind the error boundary: nothing that f returns
// reaches the client without passing it.
func add[I, O any](api huma.API, b boundary, op huma.Operation, f func(context.Context, *I) (O, error)) {
	huma.Register(api, op, func(ctx context.Context, in *I) (*answer[O], error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, b.problem(ctx, err)
		}
		return &answer[O]{Body: out}, nil
	})
}

// register adds every endpoint that huma serves.
func register(api huma.API, o Options, b boundary) {
	registerWorkspace(api, o, b)
	registerPeople(api, o, b)
	registerSegments(api, o, b)
	registerStates(api, o, b)
	registerModels(api, o, b)
	registerDefinitions(api, o, b)
	registerSources(api, o, b)
	registerIdentities(api, o, b)
	registerResends(api, o, b)
	registerErasures(api, o, b)
	registerSuppressions(api, o, b)
	registerQuestions(api, o, b)
	registerRehearsals(api, o, b)
	registerWebhooks(api, o, b)
	registerPulls(api, o, b)
	registerLetters(api, o, b)
	registerAccounts(api, o, b)
	registerCatalogue(api, o, b)
	registerSettings(api, o, b)
	registerStart(api, o, b)
	registerDecisions(api, o, b)
	registerExperiments(api, o, b)
	registerSimulator(api, o, b)
	registerRequests(api, o, b)
	registerConversations(api, o, b)
	registerMessages(api, o, b)

	add(api, b, operation("get-map", http.MethodGet, "/map", "map", "The lifecycle map, with what was measured on it"),
		func(ctx context.Context, in *scopeInput) (report.Map, error) { return o.Reports.Map(ctx, in.scope()) })

	add(api, b, operation("get-loop", http.MethodGet, "/loop", "map", "Whether engagement is growing, and what needs attention"),
		func(ctx context.Context, in *scopeInput) (report.Loop, error) { return o.Reports.Loop(ctx, in.scope()) })

	add(api, b, operation("list-goals", http.MethodGet, "/goals", "goals", "All goals"),
		func(ctx context.Context, _ *none) (GoalList, error) {
			goals, err := o.Reports.Goals(ctx)
			return GoalList{Goals: goals}, err
		})

	add(api, b, operation("list-journeys", http.MethodGet, "/journeys", "journeys", "All journeys and broadcasts"),
		func(ctx context.Context, _ *none) (JourneyList, error) {
			journeys, err := o.Reports.Journeys(ctx)
			return JourneyList{Journeys: journeys}, err
		})

	type goalPath struct {
		ID string `path:"id"`
	}
	add(api, b, operation("get-journey", http.MethodGet, "/journeys/{id}", "journeys", "A journey, step by step, with the people at each"),
		func(ctx context.Context, in *goalPath) (report.Journey, error) { return o.Reports.Journey(ctx, in.ID) })

	add(api, b, operation("get-goal", http.MethodGet, "/goals/{id}", "goals", "How a goal is doing"),
		func(ctx context.Context, in *goalPath) (report.Goal, error) { return o.Reports.Goal(ctx, in.ID) })
}

func registerWorkspace(api huma.API, o Options, b boundary) {
	add(api, b, operation("get-workspace", http.MethodGet, "/workspace", "workspace", "What every page needs to know first"),
		func(ctx context.Context, _ *none) (report.Workspace, error) { return o.Reports.Workspace(ctx) })

	type liveInput struct{ Body LiveRequest }
	add(api, b, operation("set-live", http.MethodPut, "/workspace/live", "workspace", "Go live, disarm or stop"),
		func(ctx context.Context, in *liveInput) (report.Workspace, error) {
			if err := o.Control.SetLive(ctx, in.Body.Live, in.Body.Allow); err != nil {
				return report.Workspace{}, err
			}
			return o.Reports.Workspace(ctx)
		})

	type asOfInput struct{ Body AsOfRequest }
	add(api, b, operation("set-as-of", http.MethodPut, "/workspace/as-of", "workspace", "Look at the data as of another time"),
		func(ctx context.Context, in *asOfInput) (report.Workspace, error) {
			if err := o.Control.SetAsOf(ctx, in.Body.AsOf); err != nil {
				return report.Workspace{}, err
			}
			return o.Reports.Workspace(ctx)
		})

	type yamlOutput struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
	op := operation("get-definition", http.MethodGet, "/definition", "workspace", "The definitions in force, as YAML")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "OK",
		Content:     map[string]*huma.MediaType{"application/yaml": {}},
	}}
	huma.Register(api, op, func(ctx context.Context, _ *none) (*yamlOutput, error) {
		text, err := o.Control.Definition(ctx)
		if err != nil {
			return nil, b.problem(ctx, err)
		}
		return &yamlOutput{ContentType: "application/yaml; charset=utf-8", Body: text}, nil
	})
}

// JourneyList is the list of journeys and broadcasts.
type JourneyList struct {
	Journeys []report.JourneyRow `json:"journeys"`
}
