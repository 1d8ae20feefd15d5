package processor

import (
	"context"
	"fmt"
	"sync"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/segment"
	"github.com/rapporthq/rapport/internal/statestore"
)

// definitions compiles each version once.
type definitions struct {
	body func(ctx context.Context, hash string) ([]byte, error)

	mu struct {
		sync.Mutex
		byHash map[string]*compiled
	}
}

type compiled struct {
	ws  *definition.Workspace
	atl *lifecycle.Classifier
	seg *segment.Plan
	txt *engine.Templates
}

func newDefinitions(body func(context.Context, string) ([]byte, error)) *definitions {
	d := &definitions{body: body}
	d.mu.byHash = map[string]*compiled{}
	return d
}

func (d *definitions) get(ctx context.Context, hash string) (*compiled, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c, ok := d.mu.byHash[hash]; ok {
		return c, nil
	}
	yaml, err := d.body(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("definitions %s: %w", hash, err)
	}
	ws, err := definition.Compile(yaml)
	if err != nil {
		return nil, fmt.Errorf("definitions %s: %w", hash, err)
	}
	c := &compiled{ws: ws, atl: lifecycle.New(&ws.Map), seg: segment.New(ws), txt: engine.ReadTemplates(ws)}
	d.mu.byHash[hash] = c
	return c, nil
}

// Definitions returns the compiled version with that hash.
func (o *Processor) Definitions(ctx context.Context, hash string) (*definition.Workspace, error) {
	c, err := o.definitions.get(ctx, hash)
	if err != nil {
		return nil, err
	}
	return c.ws, nil
}

// Env returns the surroundings of a person of partition p at now, for looking
// and not for folding.
func (o *Processor) Env(ctx context.Context, p person.Partition, state statestore.Partition, now event.Instant) (*engine.Env, error) {
	if state.Definition == "" {
		return nil, fault.New(fault.Busy, "no definitions are in force yet")
	}
	c, err := o.definitions.get(ctx, state.Definition)
	if err != nil {
		return nil, err
	}
	items, err := o.catalogues.get(ctx, state.Catalogue)
	if err != nil {
		return nil, err
	}
	model, err := o.models.get(ctx, state.Model)
	if err != nil {
		return nil, err
	}
	learned, err := o.posteriors.get(ctx, state.Posterior, state.Definition)
	if err != nil {
		return nil, err
	}
	return &engine.Env{
		Learned: learned,
		Model:   model, ModelNumber: state.ModelNumber,
		Workspace: o.opts.Workspace, Defs: c.ws, Map: c.atl, Segments: c.seg, Templates: c.txt, Catalogue: items, Settings: state.Settings, Now: now, Partition: p, Offset: state.Next,
	}, nil
}
