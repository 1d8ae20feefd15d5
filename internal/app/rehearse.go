package app

import (
	"context"
	"io"

	"github.com/rapporthq/rapport/internal/sim/own"
)

// copyPeople writes a copy of the workspace's people for a rehearsal. It reads the
// state, and nothing is written to it.
func (a *App) copyPeople(ctx context.Context, seed uint64, most int, w io.Writer) error {
	return own.Take(ctx, own.Source{State: a.data.State, Body: a.data.Journal.Body, Now: a.opts.Now}, seed, most, w)
}
