package processor

import (
	"context"
	"fmt"
	"sync"

	"github.com/rapporthq/rapport/internal/catalogue"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
)

// catalogues reads each version once, and keeps the latest two: partitions do
// not move in step.
type catalogues struct {
	body func(ctx context.Context, hash string) ([]byte, error)

	mu struct {
		sync.Mutex

		hashes [2]string // newest first
		parsed [2]*catalogue.Catalogue
	}
}

// get returns the catalogue with that hash; nil, which is an empty one, for none.
func (c *catalogues) get(ctx context.Context, hash string) (*catalogue.Catalogue, error) {
	if hash == "" {
		return nil, nil //nolint:nilnil // a nil catalogue is an empty one
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, h := range c.mu.hashes {
		if h == hash {
			return c.mu.parsed[i], nil
		}
	}
	body, err := c.body(ctx, hash)
	if err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", hash, err)
	}
	parsed, err := catalogue.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", hash, err)
	}
	c.mu.hashes[1], c.mu.parsed[1] = c.mu.hashes[0], c.mu.parsed[0]
	c.mu.hashes[0], c.mu.parsed[0] = hash, parsed
	return parsed, nil
}

// Catalogue returns the catalogue with that hash; nil, which is an empty one,
// for none.
func (o *Processor) Catalogue(ctx context.Context, hash string) (*catalogue.Catalogue, error) {
	return o.catalogues.get(ctx, hash)
}

// PutCatalogue brings a catalogue into force in every partition, from its place
// in each journal on.
func PutCatalogue(ctx context.Context, j journal.Journal, c *catalogue.Catalogue, by string, now event.Instant) error {
	hash, err := j.PutBody(ctx, c.Encode())
	if err != nil {
		return fmt.Errorf("keep catalogue: %w", err)
	}
	body := event.CatalogueBody{Hash: hash, Items: len(c.Items()), By: by}
	return everywhere(ctx, j, event.Event{Kind: event.Catalogue, Time: now, Body: event.Pack(body)})
}
