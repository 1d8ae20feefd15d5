package processor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/engine"
)

// published is what the coordinator makes known: the sums of all that was learned,
// from which every partition computes the same posterior.
type published struct {
	Definition string       `json:"definition"` // whose layout the pieces have
	Pieces     [][]byte     `json:"pieces"`
	Prior      decide.Prior `json:"prior"`
	Terms      engine.Terms `json:"terms"`
}

func (b *published) encode() (body []byte, hash string, err error) {
	if body, err = json.Marshal(b); err != nil {
		return nil, "", fmt.Errorf("encode what was learned: %w", err)
	}
	sum := sha256.Sum256(body)
	return body, hex.EncodeToString(sum[:]), nil
}

// untaught is the version of what is known before anything was learned.
const untaught = "untaught"

// posteriors learns each body once for each version of the definitions, and keeps
// the latest few: partitions do not move in step.
type posteriors struct {
	body        func(ctx context.Context, hash string) ([]byte, error)
	definitions *definitions

	mu struct {
		sync.Mutex

		made []madePosterior // newest first
	}
}

type madePosterior struct {
	hash, definition string
	learned          *engine.Learned
}

const posteriorsKept = 4

// get returns what was published under hash, laid out for definitions; with an empty hash
// what is known from the start.
func (m *posteriors) get(ctx context.Context, hash, definition string) (*engine.Learned, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.mu.made {
		if x.hash == hash && x.definition == definition {
			return x.learned, nil
		}
	}
	learned, err := m.learn(ctx, hash, definition)
	if err != nil {
		return nil, fmt.Errorf("what was learned, %s: %w", hash, err)
	}
	m.mu.made = append([]madePosterior{{hash, definition, learned}}, m.mu.made...)
	m.mu.made = m.mu.made[:min(len(m.mu.made), posteriorsKept)]
	return learned, nil
}

func (m *posteriors) learn(ctx context.Context, hash, definition string) (*engine.Learned, error) {
	c, err := m.definitions.get(ctx, definition)
	if err != nil {
		return nil, err
	}
	if hash == "" {
		return engine.Untaught(c.ws)
	}
	raw, err := m.body(ctx, hash)
	if err != nil {
		return nil, err
	}
	var b published
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, err
	}
	was, err := m.definitions.get(ctx, b.Definition)
	if err != nil {
		return nil, err
	}
	s, err := gather(was.ws, b.Pieces)
	if err != nil {
		return nil, err
	}
	if s, err = move(s, was.ws, c.ws); err != nil {
		return nil, err
	}
	return engine.Teach(c.ws, s, b.Prior, b.Terms, hash)
}

// gather adds pieces up, in the layout of ws.
func gather(ws *definition.Workspace, pieces [][]byte) (*decide.Statistics, error) {
	l, err := engine.LayoutOf(ws)
	if err != nil {
		return nil, err
	}
	s := l.NewStatistics()
	for _, p := range pieces {
		if err := s.Add(p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// move carries statistics from the layout of one version of the definitions to that
// of another. Where their contexts differ nothing can be carried over: learning
// begins again.
func move(s *decide.Statistics, from, to *definition.Workspace) (*decide.Statistics, error) {
	if from.Hash == to.Hash {
		return s, nil
	}
	old, err1 := engine.LayoutOf(from)
	is, err2 := engine.LayoutOf(to)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if moved, err := is.Move(s, old); err == nil {
		return moved, nil
	}
	return is.NewStatistics(), nil
}

// Learned returns what decisions were made by: the posterior of that version, in the
// layout of the definitions with that hash.
func (o *Processor) Learned(ctx context.Context, version, definition string) (*engine.Learned, error) {
	if version == untaught {
		version = ""
	}
	return o.posteriors.get(ctx, version, definition)
}
