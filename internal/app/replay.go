package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/statestore"
)

// ReplayResult is what a replay found.
type ReplayResult struct {
	From     string  `json:"from"`   // the checkpoint it began with, or "the beginning"
	Events   uint64  `json:"events"` // journal records folded again
	Seconds  float64 `json:"seconds"`
	Live     string  `json:"live_hash"`
	Rebuilt  string  `json:"rebuilt_hash"`
	Same     bool    `json:"same"`
	PerSec   float64 `json:"events_per_second"`
	TailOnly bool    `json:"tail_only"` // whether a checkpoint saved folding the beginning
}

// ReplayOptions say how to replay.
type ReplayOptions struct {
	Data      string
	FromStart bool // fold the whole journal, whatever checkpoints there are
	Groups    int  // defaults to the processor's default
	Progress  func(left uint64)
	Logger    *slog.Logger
}

// Replay rebuilds the state of a data folder from its latest checkpoint and the
// journal's tail, beside the state that is there, and compares the two by hash.
// Nothing in the folder changes. It cannot run while a server has the folder.
func Replay(ctx context.Context, o ReplayOptions) (ReplayResult, error) {
	if _, err := os.Stat(filepath.Join(o.Data, "journal")); err != nil {
		return ReplayResult{}, fmt.Errorf("replay: %s holds no journal: %w", o.Data, err)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	d, err := OpenData(o.Data, o.Logger)
	if err != nil {
		return ReplayResult{}, err
	}
	res, err := replay(ctx, d, o)
	return res, errors.Join(err, d.Close())
}

func replay(ctx context.Context, d *Data, o ReplayOptions) (res ReplayResult, err error) {
	if err := sweepReplays(d.Dir); err != nil {
		return res, err
	}
	scratch, err := os.MkdirTemp(d.Dir, "replay-*")
	if err != nil {
		return res, fmt.Errorf("replay: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()

	state := filepath.Join(scratch, "state")
	res.From = "the beginning"
	all, err := d.Checkpoints()
	switch {
	case err != nil:
		return res, err
	case len(all) == 0 || o.FromStart:
		if err := whole(d.Journal); err != nil {
			return res, err
		}
	default:
		from := all[len(all)-1]
		if err := copyFolder(state, from); err != nil {
			return res, err
		}
		res.From, res.TailOnly = filepath.Base(from), true
	}
	again, err := statestore.Open(state, statestore.Options{Logger: o.Logger})
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, again.Close()) }()

	end, err := processor.PositionsOf(d.State)
	if err != nil {
		return res, err
	}
	begin, err := processor.PositionsOf(again)
	if err != nil {
		return res, err
	}
	for p := range end {
		res.Events += uint64(end[p] - begin[p])
	}
	started := time.Now()
	if err := processor.Replay(ctx, d.Journal, again, end, processor.Options{Groups: o.Groups, Logger: o.Logger}, o.Progress); err != nil {
		return res, err
	}
	res.Seconds = time.Since(started).Seconds()
	res.PerSec = float64(res.Events) / max(res.Seconds, 1e-9)
	if res.Live, err = d.State.Hash(ctx); err != nil {
		return res, err
	}
	if res.Rebuilt, err = again.Hash(ctx); err != nil {
		return res, err
	}
	res.Same = res.Live == res.Rebuilt
	return res, nil
}

// sweepReplays removes what replays that were killed have left behind.
func sweepReplays(dir string) error {
	left, err := filepath.Glob(filepath.Join(dir, "replay-*"))
	for _, l := range left {
		err = errors.Join(err, os.RemoveAll(l))
	}
	return err
}

// copyFolder copies a checkpoint by links where the file system can, since its
// tables and the values beside them never change, and by copying where it must.
func copyFolder(to, from string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return fmt.Errorf("copy checkpoint: %w", err)
	}
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		target := filepath.Join(to, e.Name())
		if ext := filepath.Ext(path); (ext == ".sst" || ext == ".blob") && os.Link(path, target) == nil {
			return nil
		}
		b, err := os.ReadFile(path) //nolint:gosec // a file of our own data folder
		if err != nil {
			return fmt.Errorf("copy checkpoint: %w", err)
		}
		return os.WriteFile(target, b, 0o600)
	})
}
