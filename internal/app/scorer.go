package app

import (
	"context"
	"errors"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/deliver/call"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// newScorer asks the company's own model what actions are worth.
func (a *App) newScorer() *call.Scorer {
	return call.NewScorer(call.ScorerOptions{
		Channel: a.calls, Definitions: a.Definitions, Subject: a.subject, Appender: a, Now: a.opts.Now, Heard: a.data.meters.scored, Log: a.opts.Logger,
	})
}

// score is called by the fold's goroutines.
func (a *App) score(p person.ID, choice event.Opportunity) { a.scorer.Score(p, choice) }

// subject describes a person to a model.
func (a *App) subject(_ context.Context, ws *definition.Workspace, id person.ID) (map[string]any, error) {
	p, err := a.data.State.Person(id)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errors.New("there is nobody any more whom it could be asked about")
	}
	identities := []string{}
	for _, i := range p.Identities {
		identities = append(identities, i.String())
	}
	return map[string]any{
		"id": p.ID.String(), "identities": identities, "traits": p.TraitValues(), "features": p.FeatureValues(ws, a.opts.Now()), "stage": p.Stage, "state": p.StateValues(),
	}, nil
}
