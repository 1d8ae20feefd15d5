package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/pull"
)

// Pulls fetch rows from the company's databases, as the definitions declare.
type Pulls interface {
	// States returns how each stands, in the order of the definitions.
	States() []pull.Standing

	// State returns how one stands.
	State(id string) (pull.Standing, error)

	// RunNow has one run without waiting for its time, and returns at once.
	RunNow(id string) (pull.Standing, error)
}

// PullList is the list of pulls.
type PullList struct {
	Pulls []pull.Standing `json:"pulls"`
}

// PullPath is the pull of an address.
type PullPath struct {
	ID string `path:"id" doc:"pull id" example:"orders"`
}

func registerPulls(api huma.API, o Options, b boundary) {
	pulls := o.Pulls
	if pulls == nil {
		pulls = noPulls{}
	}
	add(api, b, operation("list-pulls", http.MethodGet, "/pulls", "sources", "What is pulled from databases, and how it stands"),
		func(context.Context, *none) (PullList, error) { return PullList{Pulls: pulls.States()}, nil })

	add(api, b, operation("get-pull", http.MethodGet, "/pulls/{id}", "sources", "How one pull stands"),
		func(_ context.Context, in *PullPath) (pull.Standing, error) { return pulls.State(in.ID) })

	add(api, b, operation("run-pull", http.MethodPost, "/pulls/{id}/runs", "sources", "Run a pull now"),
		func(_ context.Context, in *PullPath) (pull.Standing, error) { return pulls.RunNow(in.ID) })
}

// noPulls stands for a server that pulls nothing.
type noPulls struct{}

func (noPulls) States() []pull.Standing { return nil }

func (noPulls) State(id string) (pull.Standing, error) {
	return pull.Standing{}, fault.New(fault.NotFound, "the definitions declare no pull %q", id).At("id")
}

func (n noPulls) RunNow(id string) (pull.Standing, error) { return n.State(id) }
