package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/source"
)

// sources returns the list of sources in force: what is folded, and what the
// journal holds beyond that. A key that was revoked just before a crash must not
// open while the fold catches up.
func (d *Data) sources() (list event.SourcesBody, err error) {
	if list, err = d.State.Sources(); err != nil {
		return list, fmt.Errorf("read sources: %w", err)
	}
	state, err := d.State.Partition(0)
	if err != nil {
		return list, err
	}
	var from journal.Positions
	from[0] = journal.Offset(state.Next)
	r, err := d.Journal.NewReader([]person.Partition{0}, from)
	if err != nil {
		return list, fmt.Errorf("read sources: %w", err)
	}
	for {
		records, err := r.Poll(0)
		if err != nil || len(records) == 0 {
			return list, errors.Join(err, r.Close())
		}
		for _, rec := range records {
			e, err := event.Decode(rec.Data)
			if err == nil && e.Kind == event.Sources {
				list, err = event.Unpack[event.SourcesBody](e)
			}
			if err != nil {
				return list, errors.Join(fmt.Errorf("read sources: %w", err), r.Close())
			}
		}
	}
}

// newSources opens what the workspace knows of its sources.
func (a *App) newSources() error {
	list, err := a.data.sources()
	if err != nil {
		return err
	}
	a.directory = source.NewDirectory(list, source.DirectoryOptions{Appender: a, Default: a.secrets.WriteKey, Now: a.opts.Now})
	a.postbox = source.NewPostbox()
	return nil
}

// countUnkept tells the journal, now and then, how much was refused without
// being kept.
func (a *App) countUnkept(ctx context.Context) error {
	t := time.NewTicker(10 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := a.postbox.Flush(ctx, a, a.opts.Now()); err != nil && ctx.Err() == nil {
				a.opts.Logger.ErrorContext(ctx, "count what was refused", "error", err)
			}
		}
	}
}
