package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Resends lets deliveries that failed, or of which nobody knows whether they arrived, go
// out once more under their key.
type Resends interface {
	// Resend does so with one of a person's.
	Resend(ctx context.Context, of person.ID, delivery string) error

	// ResendAll does so with those of a stretch of time, at most so many.
	ResendAll(ctx context.Context, from, to event.Instant, most int) (Resent, error)
}

// ResendRequest says what is to go out once more: a delivery of a person, or all that
// went wrong in a stretch of time.
type ResendRequest struct {
	Person   person.ID     `json:"person,omitzero" doc:"whose delivery it is; with delivery"`
	Delivery string        `json:"delivery,omitempty" doc:"one, by its id" example:"dlv-31/1848/2"`
	From     event.Instant `json:"from,omitempty" doc:"or those granted from then on, at most 1,000 at once"`
	To       event.Instant `json:"to,omitempty" doc:"and before; left out: until now"`
}

// Resent is what was put back into the outbox. Each passes the gate once more, which
// may stop it with a reason, on the person's timeline.
type Resent struct {
	Resent int           `json:"resent"`
	Left   int           `json:"left" doc:"that went wrong too, and were more than are taken at once: ask again"`
	Not    []ResendFault `json:"not" doc:"that cannot go out once more"`
}

// ResendFault is a delivery that cannot go out once more, and why.
type ResendFault struct {
	Person   person.ID `json:"person"`
	Delivery string    `json:"delivery"`
	Why      string    `json:"why"`
}

const mostResent = 1000

func registerResends(api huma.API, o Options, b boundary) {
	if o.Resends == nil {
		o.Resends = noResends{}
	}
	type input struct{ Body ResendRequest }
	add(api, b, operation("resend-deliveries", http.MethodPost, "/deliveries/resend", "people", "Let deliveries by webhook that went wrong go out once more"),
		func(ctx context.Context, in *input) (Resent, error) {
			r := in.Body
			switch {
			case r.Delivery != "" && r.Person.IsZero():
				return Resent{}, fault.New(fault.Invalid, "person is missing; name whose delivery it is").At("person")
			case r.Delivery != "":
				if err := o.Resends.Resend(ctx, r.Person, r.Delivery); err != nil {
					return Resent{}, err
				}
				return Resent{Resent: 1, Not: []ResendFault{}}, nil
			case r.From == 0:
				return Resent{}, fault.New(fault.Invalid, "name one delivery, or from when on").At("from")
			case r.To != 0 && r.To <= r.From:
				return Resent{}, fault.New(fault.Invalid, "to is not after from").At("to")
			}
			return o.Resends.ResendAll(ctx, r.From, r.To, mostResent)
		})
}

// noResends is for descriptions of the API: it is never asked.
type noResends struct{}

func (noResends) Resend(context.Context, person.ID, string) error {
	return fault.New(fault.Unsupported, "nothing is delivered here")
}

func (noResends) ResendAll(context.Context, event.Instant, event.Instant, int) (Resent, error) {
	return Resent{}, fault.New(fault.Unsupported, "nothing is delivered here")
}
