package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Identities tells by which names a person is known and how they came to be one,
// and joins and parts people. Merge and Undo return once what they ask for is
// folded; whether it was done is in what List returns then.
type Identities interface {
	List(ctx context.Context, id person.ID) (PersonIdentities, error)

	// Merge says that other is the same person as id.
	Merge(ctx context.Context, id, other person.ID, reason string) error

	// Undo takes the record out of the person, and keeps them apart.
	Undo(ctx context.Context, id, record person.ID, reason string) error

	// Suppress lets nothing be sent to the addresses any more, whoever has them.
	Suppress(ctx context.Context, why event.Outcome, addresses []person.Identity) error
}

// PersonIdentities is how a person came to be one.
type PersonIdentities struct {
	Person     person.ID         `json:"person" doc:"who survived; may be another id than the one asked for"`
	Identities []PersonIdentity  `json:"identities"`
	Merges     []PersonMerge     `json:"merges" doc:"records that were found to be this person, oldest first; each can be undone"`
	Refused    []RefusedIdentity `json:"refused" doc:"identities that events named and that are not this person's, oldest first"`
	Apart      []ApartPair       `json:"apart" doc:"records that were taken apart: only an operator joins them again"`
	Settling   []person.Identity `json:"settling" doc:"joins under way; until they are done the person is met with silence"`
}

// PersonIdentity is one name of a person.
type PersonIdentity struct {
	Kind      person.Kind   `json:"kind" doc:"user_id, anonymous_id, email, phone, device_token or external:TYPE"`
	Value     string        `json:"value"`
	FirstSeen event.Instant `json:"first_seen"`
	LastSeen  event.Instant `json:"last_seen"`
	Source    string        `json:"source,omitempty" doc:"of the first event to arrive that named it"`
	Record    person.ID     `json:"record" doc:"the record that it came with: it goes when that is taken out"`
}

// PersonMerge is a record that was found to be a person.
type PersonMerge struct {
	Record   person.ID       `json:"record" doc:"to undo it: POST /people/{id}/merges/{record}/undo"`
	Into     person.ID       `json:"into" doc:"the record that it joined"`
	Identity person.Identity `json:"identity" doc:"that both had"`
	At       event.Instant   `json:"at"`
	Events   int             `json:"events" doc:"that came with it"`
	Force    event.Force     `json:"force,omitempty" enum:",alias,operator" doc:"alias: an alias call said so; operator: somebody in charge; empty: events named both"`
	By       string          `json:"by,omitempty"`
}

// RefusedIdentity is an identity that a person does not have, and why.
type RefusedIdentity struct {
	Identity person.Identity `json:"identity"`
	Code     string          `json:"code" doc:"over_limit, belongs_to_another, kept_apart or too_many_merges"`
	Sentence string          `json:"sentence"`
	At       event.Instant   `json:"at"`
	Person   person.ID       `json:"person" doc:"whose it is; empty when it is for want of room"`
}

// ApartPair is two records that are not to be joined.
type ApartPair struct {
	A person.ID `json:"a"`
	B person.ID `json:"b"`
}

// MergeRequest names the other half of a merge.
type MergeRequest struct {
	Person person.ID `json:"person" doc:"who is the same person" example:"prs_3q88fafcwvy4tjbb80jkp8ycdc"`
	Reason string    `json:"reason,omitempty" maxLength:"1000" doc:"how we know"`
}

// UndoRequest says why a merge is undone.
type UndoRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

func registerIdentities(api huma.API, o Options, b boundary) {
	if o.Identities == nil {
		o.Identities = noIdentities{}
	}
	list := func(ctx context.Context, path PersonPath, act func(id person.ID) error) (PersonIdentities, error) {
		id, err := path.person()
		if err == nil && act != nil {
			err = act(id)
		}
		if err != nil {
			return PersonIdentities{}, err
		}
		return o.Identities.List(ctx, id)
	}
	add(api, b, operation("get-identities", http.MethodGet, "/people/{id}/identities", "people", "By which names a person is known, and who was found to be them"),
		func(ctx context.Context, in *PersonPath) (PersonIdentities, error) { return list(ctx, *in, nil) })

	type mergeInput struct {
		PersonPath
		Body MergeRequest
	}
	add(api, b, operation("merge-people", http.MethodPost, "/people/{id}/merges", "people", "Say that another person is this one"),
		func(ctx context.Context, in *mergeInput) (PersonIdentities, error) {
			return list(ctx, in.PersonPath, func(id person.ID) error {
				if in.Body.Person.IsZero() {
					return fault.New(fault.Invalid, "person is missing; name who is the same person").At("person")
				}
				return o.Identities.Merge(ctx, id, in.Body.Person, in.Body.Reason)
			})
		})

	type undoInput struct {
		PersonPath
		Record string `path:"record" doc:"a record of the person's merges, or that of an identity" example:"prs_3q88fafcwvy4tjbb80jkp8ycdc"`
		Body   UndoRequest
	}
	add(api, b, operation("undo-merge", http.MethodPost, "/people/{id}/merges/{record}/undo", "people", "Take a record out of a person again, with all that came with it"),
		func(ctx context.Context, in *undoInput) (PersonIdentities, error) {
			return list(ctx, in.PersonPath, func(id person.ID) error {
				record, err := PersonPath{ID: in.Record}.person()
				if err != nil {
					return err
				}
				return o.Identities.Undo(ctx, id, record, in.Body.Reason)
			})
		})
}

// noIdentities is for descriptions of the API: it is never asked.
type noIdentities struct{}

func (noIdentities) List(context.Context, person.ID) (PersonIdentities, error) {
	return PersonIdentities{}, fault.New(fault.Unsupported, "identities are not kept here")
}

func (noIdentities) Merge(context.Context, person.ID, person.ID, string) error {
	return fault.New(fault.Unsupported, "identities are not kept here")
}

func (noIdentities) Undo(context.Context, person.ID, person.ID, string) error {
	return fault.New(fault.Unsupported, "identities are not kept here")
}

func (noIdentities) Suppress(context.Context, event.Outcome, []person.Identity) error {
	return fault.New(fault.Unsupported, "addresses cannot be suppressed here")
}
