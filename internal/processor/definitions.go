package processor

import (
	"context"
	"fmt"
	"sync"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/lifecycle"
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
	c := &compiled{ws: ws, atl: lifecycle.New(&ws.Map)}
	d.mu.byHash[hash] = c
	return c, nil
}
