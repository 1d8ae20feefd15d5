package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/journal"
)

// Of the time that the journal is kept, each part is a mark, and a few are left to
// spare: so the oldest record is gone by the time, not from then on.
const (
	marksKept  = 720
	marksSpare = 2
)

// trim marks the journal's end, and lets go of what is older than it is kept.
func (a *App) trim(ctx context.Context) error {
	now := a.opts.Now().Time()
	if every := a.opts.Config.KeepJournal / marksKept; now.Sub(a.marked) >= every {
		if err := a.data.Journal.Mark(ctx, now); err != nil {
			return err
		}
		a.marked = now
	}
	before, err := a.old(ctx)
	if err != nil {
		return err
	}
	taken, err := a.data.taken()
	if err != nil {
		return err
	}
	return a.data.Journal.Trim(ctx, lower(before, lower(taken, a.archive.Load().Positions())))
}

// old returns the positions before which everything is about to be as old as it
// may become.
func (a *App) old(ctx context.Context) (journal.Positions, error) {
	keep := a.opts.Config.KeepJournal * (marksKept - marksSpare) / marksKept
	return a.data.Journal.Marked(ctx, a.opts.Now().Time().Add(-keep))
}

// overdue counts the records that are held though they are old: a checkpoint or the
// archive still needs them.
func (a *App) overdue(ctx context.Context) (held, overdue float64, err error) {
	before, err := a.old(ctx)
	begin, end := a.data.Journal.Begin(), a.data.Journal.End()
	for p := range begin {
		held += float64(end[p] - begin[p])
		overdue += float64(max(before[p], begin[p]) - begin[p])
	}
	return held, overdue, err
}

// lower returns what comes before both.
func lower(a, b journal.Positions) journal.Positions {
	for p := range a {
		a[p] = min(a[p], b[p])
	}
	return a
}

// positionsFile is where a checkpoint says which records it has taken in.
const positionsFile = "positions.json"

// writePositions says, in the folder of a checkpoint, which records it has taken in.
func writePositions(dir string, at journal.Positions) error {
	b, err := json.Marshal(at)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, positionsFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // a folder of ours
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// taken returns the positions that every checkpoint has taken in: whichever a replay
// begins with, it finds the records that follow. Without checkpoints, or with one of
// before they said so, that is nothing.
func (d *Data) taken() (at journal.Positions, err error) {
	all, err := d.Checkpoints()
	if err != nil || len(all) == 0 {
		return at, err
	}
	for i, c := range all {
		b, err := os.ReadFile(filepath.Join(c, positionsFile)) //nolint:gosec // a folder of ours
		if errors.Is(err, fs.ErrNotExist) {
			return journal.Positions{}, nil
		}
		var one journal.Positions
		if err == nil {
			err = json.Unmarshal(b, &one)
		}
		if err != nil {
			return at, fmt.Errorf("checkpoint %s: %w", c, err)
		}
		if i == 0 {
			at = one
		}
		at = lower(at, one)
	}
	return at, nil
}

// restoreState puts the latest checkpoint in the place of a state that is not there,
// where the journal no longer holds what it was folded from.
func restoreState(dir string, j journal.Journal) error {
	state := filepath.Join(dir, "state")
	if _, err := os.Stat(state); err == nil || !trimmed(j) {
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore state: %w", err)
	}
	all, err := (&Data{Dir: dir}).Checkpoints()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fault.New(fault.Invalid, "the data folder %s has no state and no checkpoint, and its journal begins later than what they are made of; restore the folder from a backup", dir)
	}
	partial := state + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return fmt.Errorf("restore state: %w", err)
	}
	if err := copyFolder(partial, all[len(all)-1]); err != nil {
		return fmt.Errorf("restore state: %w", err)
	}
	return os.Rename(partial, state)
}

// trimmed reports whether the journal has let go of anything.
func trimmed(j journal.Journal) bool {
	begin := j.Begin()
	return slices.Max(begin[:]) > 1
}

// notHeld explains why the state cannot be folded on from where it stands.
func notHeld(err error) error {
	if !errors.Is(err, journal.ErrTrimmed) {
		return err
	}
	return fault.Wrap(fault.Invalid, err, "the state is of before what the journal still holds: move the folder state away, and the latest checkpoint takes its place; or restore the whole folder from a backup")
}

// whole refuses a fold from the beginning where the beginning is gone.
func whole(j journal.Journal) error {
	if !trimmed(j) {
		return nil
	}
	return fault.New(fault.Invalid, "the journal does not hold its beginning any more, for records are kept as long as --keep-journal says; replay from a checkpoint, without --from-start")
}
