package app

import (
	"context"
	"time"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/train"
)

// newTrainer trains what is kept in the journal. A simulated company has its model
// promoted by itself, so that there is something to see.
func (a *App) newTrainer() *train.Trainer {
	o := train.TrainerOptions{
		Command: a.opts.Trainer, Source: a.data.State, Definitions: a.Definitions, Now: a.opts.Now, Logger: a.opts.Logger,
		Every: a.opts.Config.TrainEvery, First: time.Hour, Look: 24 * time.Hour, Dark: a.dark,
		Incumbent: func(ctx context.Context) (*belief.Body, error) {
			state, err := a.data.State.Partition(0)
			if err != nil || state.Model == "" {
				return nil, err
			}
			m, err := a.proc.Model(ctx, state.Model)
			if err != nil {
				return nil, err
			}
			return m.Body, nil
		},
		Keep: func(ctx context.Context, body []byte, about event.TrainedBody) (string, error) {
			return processor.PutTrained(ctx, a.data.Journal, body, about, a.opts.Now())
		},
	}
	if a.opts.Demo {
		o.Every, o.First, o.Look = demoTraining, demoFirst, demoTraining
	}
	if a.opts.Demo || a.opts.Config.PromoteModels {
		o.Promote = func(ctx context.Context, hash string) error {
			return models{a}.follow(ctx, event.ModelBody{Hash: hash, By: "schedule", Message: "no worse than the one in force, on people and time that neither had seen"})
		}
	}
	return train.NewTrainer(o)
}

// demoTraining is how often a simulated company's model is trained, and demoFirst
// how soon, where there is none.
const (
	demoTraining = 15 * time.Minute
	demoFirst    = 5 * time.Second
)

// models are the state models of a running workspace.
type models struct{ *App }

// Models returns all that were trained, the oldest first.
func (m models) Models(context.Context) ([]event.TrainedModel, error) {
	return m.data.State.TrainedModels()
}

// InForce returns the hash of the one that is followed; empty for none.
func (m models) InForce(context.Context) (string, error) {
	state, err := m.data.State.Partition(0)
	return state.Model, err
}

// Model returns one of them, and its body if there is one.
func (m models) Model(ctx context.Context, number uint64) (event.TrainedModel, *belief.Body, error) {
	all, err := m.data.State.TrainedModels()
	if err != nil {
		return event.TrainedModel{}, nil, err
	}
	if number == 0 || number > uint64(len(all)) {
		return event.TrainedModel{}, nil, fault.New(fault.NotFound, "There is no model %d; there are %d. GET /api/v1/models lists them.", number, len(all)).At("number")
	}
	one := all[number-1]
	if one.Hash == "" {
		return one, nil, nil
	}
	raw, err := m.data.Journal.Body(ctx, one.Hash)
	if err != nil {
		return one, nil, err
	}
	body, err := belief.Parse(raw)
	return one, body, err
}

// Training is how far it is.
func (m models) Training() train.Status { return m.trainer.Status() }

// Train begins to train.
func (m models) Train(ctx context.Context, by string) error { return m.trainer.Begin(ctx, by) }

// Promote has everybody followed by a model.
func (m models) Promote(ctx context.Context, number uint64, by, message string) error {
	one, body, err := m.Model(ctx, number)
	if err != nil {
		return err
	}
	if body == nil {
		return fault.New(fault.Invalid, "Training %d came to no model: %s", number, one.Why).At("number")
	}
	return m.follow(ctx, event.ModelBody{Hash: one.Hash, By: by, Message: message})
}

// Retire has nobody followed by a model.
func (m models) Retire(ctx context.Context, by, message string) error {
	return m.follow(ctx, event.ModelBody{By: by, Message: message})
}

func (m models) follow(ctx context.Context, about event.ModelBody) error {
	if about.Hash != "" {
		hash, err := m.lit(ctx, about.Hash)
		if err != nil {
			return err
		}
		about.Hash = hash
	}
	if err := processor.PutModel(ctx, m.data.Journal, about, m.opts.Now()); err != nil {
		return err
	}
	if err := m.proc.WaitFolded(ctx); err != nil {
		return err
	}
	return m.control.refresh(ctx)
}
