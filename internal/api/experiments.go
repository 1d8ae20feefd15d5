package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/report"
)

// ExperimentList is all experiments.
type ExperimentList struct {
	Experiments []report.TrialRow `json:"experiments"`
}

// ExperimentPath is the experiment of an address.
type ExperimentPath struct {
	ID string `path:"id" maxLength:"64" doc:"experiment id" example:"which-reminder"`
}

// EndRequest ends an experiment.
type EndRequest struct {
	Winner  string `json:"winner,omitempty" maxLength:"64" doc:"arm by which everybody is met from now on; absent: people are met as if there were no experiment"`
	Base    string `json:"base,omitempty" maxLength:"64" doc:"hash of the version of the definitions that is in force as far as the caller knows; if it is not, nothing is applied. Absent: whichever is in force"`
	By      string `json:"by,omitempty" maxLength:"200" doc:"who asks; default admin"`
	Message string `json:"message,omitempty" maxLength:"2000" doc:"why, for whoever asks later"`
}

func registerExperiments(api huma.API, o Options, b boundary) {
	add(api, b, operation("list-experiments", http.MethodGet, "/experiments", "experiments", "All experiments, with the verdict of each"),
		func(ctx context.Context, _ *none) (ExperimentList, error) {
			rows, err := o.Reports.Trials(ctx)
			return ExperimentList{rows}, err
		})

	op := operation("get-experiment", http.MethodGet, "/experiments/{id}", "experiments", "How an experiment stands, by arm")
	op.Description = "The people behind its numbers are GET /api/v1/people?experiment=ID, with arm=ARM and outcome=measured or earned."
	add(api, b, op, func(ctx context.Context, in *ExperimentPath) (report.Trial, error) {
		return o.Reports.Trial(ctx, in.ID)
	})

	type endInput struct {
		ExperimentPath
		Body EndRequest
	}
	op = operation("end-experiment", http.MethodPost, "/experiments/{id}/end", "experiments", "End an experiment, and declare its winner if there is one")
	op.Description = "A version of the definitions that differs in ended and winner alone; bring the one of before back to undo it."
	add(api, b, op, func(ctx context.Context, in *endInput) (Applied, error) {
		w, err := o.Reports.Workspace(ctx)
		if err != nil {
			return Applied{}, err
		}
		if w.AsOf != 0 {
			return Applied{}, fault.New(fault.Conflict, "The workspace is looked at as of another time. Go back to the present before you end an experiment.")
		}
		now, err := o.Definitions.Version(ctx, "current")
		if err != nil {
			return Applied{}, err
		}
		source, err := definition.EndExperiment([]byte(now.YAML), in.ID, in.Body.Winner, w.Now)
		if err != nil {
			return Applied{}, err
		}
		base := in.Body.Base
		if base == "" {
			base = now.Hash // what was read is what is changed
		}
		return o.Definitions.Apply(ctx, source, base, about(in.Body.By, in.Body.Message))
	})
}
