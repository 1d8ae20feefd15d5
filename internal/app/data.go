package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/rapporthq/rapport/internal/config"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Data is an open data folder: the journal, and the state folded from it. One
// process has it at a time.
type Data struct {
	Dir     string
	Journal journal.Journal
	State   *statestore.Store

	meters    *meters
	diskBytes func() uint64 // of the journal
}

// OpenData opens the data folder dir, making it if there is none. The caller
// must Close it.
func OpenData(dir string, log *slog.Logger) (*Data, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	m := newMeters()
	j, err := journal.Open(filepath.Join(dir, "journal"), journal.Options{Logger: log, Committed: m.committed})
	if errors.Is(err, syscall.EAGAIN) { // how a lock that somebody else holds is told
		return nil, fault.Wrap(fault.Conflict, err, "another process has the data folder %s open; stop it first, or name another folder with --data", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", dir, err)
	}
	if err := restoreState(dir, j); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	s, err := statestore.Open(filepath.Join(dir, "state"), statestore.Options{Logger: log})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s: %w", dir, err), j.Close())
	}
	return &Data{Dir: dir, Journal: meteredJournal{j, m}, State: s, meters: m, diskBytes: j.DiskBytes}, nil
}

// Close flushes the state and closes both.
func (d *Data) Close() error { return errors.Join(d.State.Close(), d.Journal.Close()) }

// begin gives a new data folder its definitions and disarms it; an old one gets
// the definitions of the configured folder if they have changed.
func (d *Data) begin(ctx context.Context, cfg config.Config, now event.Instant) error {
	first := d.Journal.End()[0] <= 1
	yaml, err := definitionsOf(cfg, first)
	if err != nil || yaml == nil {
		return err
	}
	ws, err := CheckDefinitions(yaml)
	if err != nil {
		return err
	}
	state, err := d.State.Partition(0)
	if err != nil {
		return err
	}
	if state.Definition != ws.Hash {
		about := event.DefinitionBody{By: "start", Message: "definitions of the folder that the server was started with"}
		if cfg.Definitions == "" {
			about.Message = "template " + cfg.Template
		}
		if _, err := processor.PutVersion(ctx, d.Journal, yaml, about, now); err != nil {
			return err
		}
	}
	if first {
		return processor.PutSettings(ctx, d.Journal, event.SettingsBody{Live: event.Disarmed, By: "first start"}, now)
	}
	return nil
}

// definitionsOf returns the definitions to bring into force at this start, or
// nil for those already in force.
func definitionsOf(cfg config.Config, first bool) ([]byte, error) {
	if cfg.Definitions != "" {
		yaml, _, err := ReadDefinitions(cfg.Definitions)
		return yaml, err
	}
	if !first {
		return nil, nil
	}
	yaml, ok := definition.Template(cfg.Template)
	if !ok {
		return nil, fmt.Errorf("template %q: there is none; use one of %s", cfg.Template, strings.Join(definition.Templates(), ", "))
	}
	return yaml, nil
}

const checkpointsKept = 2

// Checkpoint copies the state, so that a replay has somewhere to begin, and lets
// the oldest copies go.
func (d *Data) Checkpoint(now event.Instant) error {
	root := filepath.Join(d.Dir, "checkpoints")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	// A copy that was cut short has the suffix. Its links keep tables on the disk.
	name := filepath.Join(root, now.Time().Format("20060102T150405.000000Z"))
	entries, err := os.ReadDir(root)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".partial") {
			if err := os.RemoveAll(filepath.Join(root, e.Name())); err != nil {
				return fmt.Errorf("checkpoint: %w", err)
			}
		}
	}
	at, err := processor.PositionsOf(d.State) // at least these are in it
	if err != nil {
		return err
	}
	if err := d.State.Checkpoint(name + ".partial"); err != nil {
		return err
	}
	if err := writePositions(name+".partial", at); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := os.Rename(name+".partial", name); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	all, err := d.Checkpoints()
	if err != nil {
		return err
	}
	for len(all) > checkpointsKept {
		if err := os.RemoveAll(all[0]); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
		all = all[1:]
	}
	return nil
}

// Checkpoints returns the folders of the complete checkpoints, oldest first.
func (d *Data) Checkpoints() ([]string, error) {
	root := filepath.Join(d.Dir, "checkpoints")
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	var out []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".partial") {
			out = append(out, filepath.Join(root, e.Name()))
		}
	}
	slices.Sort(out)
	return out, nil
}
