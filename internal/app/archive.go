package app

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/rapporthq/rapport/internal/archive"
)

// archiveFolder is where a data folder has its archive.
func archiveFolder(dir string) archive.Folder {
	return archive.Folder{Path: filepath.Join(dir, "archive")}
}

// openArchive opens the archive beside the state. The fold has caught up.
func (a *App) openArchive() error {
	arc, err := archive.Open(archive.Options{
		Files: archiveFolder(a.data.Dir), Journal: a.data.Journal, State: a.data.State, Fold: a.proc, Now: a.opts.Now, Hurry: a.sending, Logger: a.opts.Logger,
	})
	if err != nil {
		return err
	}
	a.archive.Store(arc)
	return nil
}

// runArchive archives until ctx ends, by when the fold must have come to rest.
func (a *App) runArchive(ctx context.Context) error {
	arc := a.archive.Load()
	return errors.Join(arc.Run(ctx), arc.Close())
}
