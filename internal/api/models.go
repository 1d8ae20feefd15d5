package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/train"
)

// Models are the state models that were trained, and which of them is followed.
// Errors are faults. What changes which is followed returns once that is folded.
type Models interface {
	Models(ctx context.Context) ([]event.TrainedModel, error)
	InForce(ctx context.Context) (hash string, err error)

	// Model is NotFound where there is none of that number.
	Model(ctx context.Context, number uint64) (event.TrainedModel, *belief.Body, error)

	// Train begins to train; Conflict where it goes on already.
	Train(ctx context.Context, by string) error
	Training() train.Status

	Promote(ctx context.Context, number uint64, by, message string) error
	Retire(ctx context.Context, by, message string) error
}

// ModelList is all models.
type ModelList struct {
	Models   []ModelRow   `json:"models" doc:"newest first"`
	Training train.Status `json:"training"`
}

// ModelRow is one model.
type ModelRow struct {
	event.TrainedModel

	Followed bool `json:"followed" doc:"it is in force: people are followed by it"`
}

// ModelDetail is one model with what it says.
type ModelDetail struct {
	ModelRow
	Acts     []belief.OwnAct `json:"acts"`
	Touches  []belief.Touch  `json:"touches"`
	States   []belief.State  `json:"states"`
	Effects  []belief.Effect `json:"effects"`
	Trained  belief.Training `json:"trained"`
	Examined belief.Exam     `json:"examined"`
	Start    *ModelStart     `json:"start,omitempty" doc:"by what relationships begin differently; absent: by nothing that was declared"`
	Sentence string          `json:"sentence" doc:"how well it foretells"`
}

// ModelStart is by what relationships begin differently, and how.
type ModelStart struct {
	Trait    string       `json:"trait,omitempty"`
	Property string       `json:"property,omitempty" doc:"of the event that begins them"`
	Values   []ModelBegun `json:"values" doc:"the most frequent first"`
	Others   ModelBegun   `json:"others" doc:"any other value, and any that was first seen after the training"`
}

// ModelBegun is where people are when their relationship begins.
type ModelBegun struct {
	Value  string    `json:"value" doc:"empty: none was known"`
	People int       `json:"people" doc:"learned from"`
	P      []float64 `json:"p" doc:"probabilities, in the order of states"`
}

func modelStart(b *belief.Body) *ModelStart {
	s := b.Start
	if s == nil {
		return nil
	}
	out := &ModelStart{Trait: s.Trait, Property: s.Property, Values: []ModelBegun{}, Others: ModelBegun{People: s.Others, P: b.Model.Start[0]}}
	for i, v := range s.Values {
		out.Values = append(out.Values, ModelBegun{Value: v, People: s.People[i], P: b.Model.Start[1+i]})
	}
	return out
}

// ModelPath is the model of an address.
type ModelPath struct {
	Number uint64 `path:"number" minimum:"1" doc:"as listed"`
}

// ModelOrder is who asks for a change, and why.
type ModelOrder struct {
	By      string `json:"by,omitempty" maxLength:"200" doc:"who asks; default admin"`
	Message string `json:"message,omitempty" maxLength:"2000" doc:"why, for whoever asks later"`
}

func (o ModelOrder) by() string {
	if o.By == "" {
		return "admin"
	}
	return o.By
}

func registerModels(api huma.API, o Options, b boundary) {
	list := func(ctx context.Context) (ModelList, error) {
		out := ModelList{Models: []ModelRow{}, Training: o.Models.Training()}
		all, err := o.Models.Models(ctx)
		if err != nil {
			return out, err
		}
		hash, err := o.Models.InForce(ctx)
		for _, m := range slices.Backward(all) {
			out.Models = append(out.Models, ModelRow{TrainedModel: m, Followed: hash != "" && m.Hash == hash})
		}
		return out, err
	}
	type orderInput struct {
		Body ModelOrder
	}
	type promoteInput struct {
		ModelPath
		Body ModelOrder
	}
	add(api, b, operation("list-models", http.MethodGet, "/models", "states", "State models, the newest first, and how far training is"),
		func(ctx context.Context, _ *none) (ModelList, error) { return list(ctx) })

	add(api, b, operation("get-model", http.MethodGet, "/models/{number}", "states", "One state model: its states, what it says touches do, and how well it foretold what it had not seen"),
		func(ctx context.Context, in *ModelPath) (ModelDetail, error) {
			return modelDetail(ctx, o.Models, in.Number)
		})

	add(api, b, operation("train-model", http.MethodPost, "/models/train", "states", "Begin to train a state model on everybody's history, in a process of its own; GET /api/v1/models says how far it is"),
		func(ctx context.Context, in *orderInput) (ModelList, error) {
			if err := o.Models.Train(ctx, in.Body.by()); err != nil {
				return ModelList{}, err
			}
			return list(ctx)
		})

	add(api, b, operation("promote-model", http.MethodPost, "/models/{number}/promote", "states", "Follow everybody by a model from now on; by a former one, this is rolling back"),
		func(ctx context.Context, in *promoteInput) (ModelList, error) {
			if err := o.Models.Promote(ctx, in.Number, in.Body.by(), in.Body.Message); err != nil {
				return ModelList{}, err
			}
			return list(ctx)
		})

	add(api, b, operation("retire-models", http.MethodPost, "/models/retire", "states", "Follow nobody by a model from now on: stages serve"),
		func(ctx context.Context, in *orderInput) (ModelList, error) {
			if err := o.Models.Retire(ctx, in.Body.by(), in.Body.Message); err != nil {
				return ModelList{}, err
			}
			return list(ctx)
		})
}

func modelDetail(ctx context.Context, m Models, number uint64) (ModelDetail, error) {
	one, body, err := m.Model(ctx, number)
	if err != nil {
		return ModelDetail{}, err
	}
	hash, err := m.InForce(ctx)
	out := ModelDetail{
		ModelRow: ModelRow{TrainedModel: one, Followed: hash != "" && one.Hash == hash},
		Acts:     []belief.OwnAct{}, Touches: []belief.Touch{}, States: []belief.State{}, Effects: []belief.Effect{},
	}
	if body != nil {
		out.Acts, out.Touches, out.States, out.Effects = append(out.Acts, body.Acts...), append(out.Touches, body.Touches...), append(out.States, body.States...), append(out.Effects, body.Effects...)
		out.Trained, out.Examined, out.Sentence = body.Trained, body.Examined, body.Examined.Sentence()
		out.Start = modelStart(body)
	}
	return out, err
}
