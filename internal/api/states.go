package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/report"
)

// States answers where relationships are believed to stand. Errors are faults.
type States interface {
	// States has flows of the last so many days.
	States(ctx context.Context, days int) (report.States, error)

	// Belief is NotFound for somebody who is not there.
	Belief(ctx context.Context, id person.ID) (report.PersonBelief, error)
}

func registerStates(api huma.API, o Options, b boundary) {
	type periodInput struct {
		Days int `query:"days" minimum:"1" maximum:"3660" default:"28" doc:"period of the flows, up to now"`
	}
	add(api, b, operation("get-states", http.MethodGet, "/states", "states", "Where relationships are believed to stand, who moved between states, where people drift by themselves, and what moves them"),
		func(ctx context.Context, in *periodInput) (report.States, error) {
			return o.States.States(ctx, in.Days)
		})

	add(api, b, operation("get-person-belief", http.MethodGet, "/people/{id}/belief", "people", "What is believed of a person's relationship, what is expected of it, and how that came about"),
		func(ctx context.Context, in *PersonPath) (report.PersonBelief, error) {
			id, err := in.person()
			if err != nil {
				return report.PersonBelief{}, err
			}
			return o.States.Belief(ctx, id)
		})
}
