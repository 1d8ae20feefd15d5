package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Erasures erase people, for good.
type Erasures interface {
	// Erase returns once the state holds nothing of the person and their erasure is on
	// the list.
	Erase(ctx context.Context, id person.ID) (Erasure, error)

	// Erased is the list, oldest first.
	Erased() []Erasure
}

// Erasure is that somebody was erased. There is nothing about them in it: ids are
// hashes.
type Erasure struct {
	Person  person.ID     `json:"person"`
	Records []person.ID   `json:"records" doc:"all that the person was made of: ids under which they were met, the person's own with them"`
	At      event.Instant `json:"at"`
	By      string        `json:"by"`
	Letters int           `json:"letters" doc:"dead letters that named the person, and went too"`
}

// ErasureList is everybody who was erased.
type ErasureList struct {
	Erasures []Erasure `json:"erasures"`
}

func registerErasures(api huma.API, o Options, b boundary) {
	if o.Erasures == nil {
		o.Erasures = noErasures{}
	}
	erase := operation("erase-person", http.MethodDelete, "/people/{id}", "people", "Erase a person: it cannot be undone")
	erase.Description = "Everything that is known of the person goes from the state at once, and soon from the archive: identities, traits, timeline, " +
		"segments, goals, what they added to accounts; and dead letters that name them. Deliveries that wait are given up. Who comes back is a stranger. What stays is in the answer."
	add(api, b, erase, func(ctx context.Context, in *PersonPath) (Erasure, error) {
		id, err := in.person()
		if err != nil {
			return Erasure{}, err
		}
		return o.Erasures.Erase(ctx, id)
	})
	add(api, b, operation("list-erasures", http.MethodGet, "/erasures", "people", "Who was erased, when, and by whom"),
		func(context.Context, *none) (ErasureList, error) {
			return ErasureList{Erasures: o.Erasures.Erased()}, nil
		})
}

// noErasures is for descriptions of the API: it is never asked.
type noErasures struct{}

func (noErasures) Erase(context.Context, person.ID) (Erasure, error) {
	return Erasure{}, fault.New(fault.Unsupported, "nobody can be erased here")
}

func (noErasures) Erased() []Erasure { return nil }
