package processor

import (
	"context"
	"fmt"
	"sync"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
)

// models makes each ready once, and keeps the latest two: partitions do not move
// in step.
type models struct {
	body func(ctx context.Context, hash string) ([]byte, error)

	mu struct {
		sync.Mutex

		made [2]*belief.Model // newest first
	}
}

// get returns the model with that hash; nil for none.
func (m *models) get(ctx context.Context, hash string) (*belief.Model, error) {
	if hash == "" {
		return nil, nil //nolint:nilnil // there is none, and stages serve
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, made := range m.mu.made {
		if made != nil && made.Hash == hash {
			return made, nil
		}
	}
	raw, err := m.body(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", hash, err)
	}
	made, err := belief.New(raw)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", hash, err)
	}
	m.mu.made[1], m.mu.made[0] = m.mu.made[0], made
	return made, nil
}

// Model returns the state model with that hash; nil for none.
func (o *Processor) Model(ctx context.Context, hash string) (*belief.Model, error) {
	return o.models.get(ctx, hash)
}

// PutModel brings a state model into force in every partition, from its place in
// each journal on. Without a hash there is none from there on. The body must be
// in the journal's body store.
func PutModel(ctx context.Context, j journal.Journal, about event.ModelBody, now event.Instant) error {
	if about.Hash != "" {
		raw, err := j.Body(ctx, about.Hash)
		if err != nil {
			return fmt.Errorf("model %s: %w", about.Hash, err)
		}
		if _, err := belief.New(raw); err != nil {
			return err
		}
	}
	return everywhere(ctx, j, event.Event{Kind: event.Model, Time: now, Body: event.Pack(about)})
}

// PutTrained keeps what a training came to; body is the candidate, or nil.
func PutTrained(ctx context.Context, j journal.Journal, body []byte, about event.TrainedBody, now event.Instant) (string, error) {
	if body != nil {
		hash, err := j.PutBody(ctx, body)
		if err != nil {
			return "", fmt.Errorf("keep model: %w", err)
		}
		about.Hash = hash
	}
	e := event.Event{Kind: event.Trained, Source: "control", Time: now, ReceivedAt: now, Body: event.Pack(about)}
	if _, err := j.Append(ctx, []journal.Entry{{Partition: 0, Data: e.AppendTo(nil)}}); err != nil {
		return "", fmt.Errorf("append %s: %w", e.Kind, err)
	}
	return about.Hash, nil
}

// follow brings a model into force in p. number counts those that did.
func (g *group) follow(ctx context.Context, p *part, hash string, number uint64) error {
	m, err := g.o.models.get(ctx, hash)
	if err != nil {
		return err
	}
	p.state.Model, p.state.ModelNumber = hash, number
	p.env.Model, p.env.ModelNumber = m, number
	return nil
}

// applyModel applies that a model comes into force, or was trained.
func (g *group) applyModel(ctx context.Context, p *part, e event.Event) error {
	if e.Kind == event.Trained {
		body, err := event.Unpack[event.TrainedBody](e)
		if err != nil || p.id != 0 {
			return err
		}
		n, err := g.o.store.TrainedModels()
		if err != nil {
			return err
		}
		return g.open().PutTrainedModel(event.TrainedModel{
			Number: uint64(len(n)) + 1, Hash: body.Hash, At: e.ReceivedAt, By: body.By, Why: body.Why, People: body.People, Took: body.Took,
		})
	}
	body, err := event.Unpack[event.ModelBody](e)
	if err != nil {
		return err
	}
	if err := g.follow(ctx, p, body.Hash, p.state.ModelNumber+1); err != nil {
		return err
	}
	if p.id == 0 {
		if err := g.placeModel(e, body); err != nil {
			return err
		}
	}
	g.beginSweep(p, true)
	return nil
}

// placeModel notes where models are listed which came into force.
func (g *group) placeModel(e event.Event, body event.ModelBody) error {
	all, err := g.o.store.TrainedModels()
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if body.Hash != "" && all[i].Hash == body.Hash {
			all[i].InForce, all[i].Placed = e.ReceivedAt, body.By
			return g.open().PutTrainedModel(all[i])
		}
	}
	if body.Hash == "" {
		return nil
	}
	return g.open().PutTrainedModel(event.TrainedModel{ // made elsewhere
		Number: uint64(len(all)) + 1, Hash: body.Hash, At: e.ReceivedAt, By: body.By, Why: body.Message, InForce: e.ReceivedAt, Placed: body.By,
	})
}
