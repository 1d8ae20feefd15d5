package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rapporthq/rapport/internal/api"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/ingest"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/processor"
	"github.com/rapporthq/rapport/internal/source"
	"github.com/rapporthq/rapport/web"
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
	a.directory = source.NewDirectory(list, source.DirectoryOptions{Appender: a, Default: a.secrets.WriteKey, Sealing: a.secrets.Signing, Now: a.opts.Now})
	a.postbox = source.NewPostbox()
	a.figures = source.NewFigures(a.data.State, a.opts.Now)
	a.live = source.NewLive(a.opts.Now(), a.whose)
	a.tracking = ingest.New(ingest.Options{
		Bots:     a.bots,
		Appender: a, Keys: a.directory.Source, Revoked: a.directory.Revoked, Hooks: a.hook, Keeper: a.postbox, Witness: door{a.figures, a.live},
		PublicURL: a.reachedAt(), Library: web.Library(),
		Now: a.opts.Now, Busy: a.busy, Log: a.opts.Logger,
	})
	a.letters = source.NewLetters(source.LettersOptions{
		Store: a.data.State, Decoder: a.tracking, Appender: a, Now: a.opts.Now, Folded: a.WaitFolded,
	})
	return nil
}

// reachedAt is the address that browser libraries are told to send to; empty
// where nobody set one, and the address that they asked at is the best guess.
func (a *App) reachedAt() string {
	if c := a.opts.Config; c.PublicURL != "http://"+c.Listen {
		return c.PublicURL
	}
	return ""
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

// door hears of what arrives and tells those who measure and show it.
type door struct {
	figures *source.Figures
	live    *source.Live
}

var _ ingest.Witness = door{}

func (d door) Arrived(a *ingest.Arrival) {
	heard := source.Arrival{Path: a.Path, Source: a.Source, At: a.At, SentAt: a.SentAt, Bytes: a.Bytes, Events: a.Events}
	for _, r := range a.Rejected {
		heard.Rejected = append(heard.Rejected, source.Rejection{Index: r.Index, Field: r.Field, Message: r.Message, Raw: r.Raw()})
	}
	if a.Err != nil {
		heard.Failed, heard.Busy = "it could not be stored", fault.Is(a.Err, fault.Busy)
		if f, ok := errors.AsType[*fault.Error](a.Err); ok {
			heard.Failed = f.Message
		}
	}
	d.figures.Arrived(&heard)
	d.live.Arrived(&heard)
}

// whose says whom a record leads to, as far as that is folded.
func (a *App) whose(id person.ID) person.ID {
	if p, err := a.data.State.Person(id); err == nil && p != nil {
		return p.ID
	}
	return id
}

// heard makes known what the demo's people do, who do not come by the door.
func (a *App) heard(events []event.Event) {
	by := map[string][]event.Event{}
	for _, e := range events {
		if !e.Kind.Own() {
			by[e.Source] = append(by[e.Source], e)
		}
	}
	for id, its := range by {
		arr := source.Arrival{Path: "simulator", Source: id, At: a.opts.Now(), Events: its}
		a.figures.Arrived(&arr)
		a.live.Arrived(&arr)
	}
}

// folded measures how long events took.
func (a *App) folded(sample []processor.Folded) {
	now := a.opts.Now()
	for _, f := range sample {
		took := time.Duration(float64(now.Sub(f.ReceivedAt)) / a.opts.Speed) // on the wall's clock
		a.figures.Folded(f.Source, took)
		a.data.meters.lag.WithLabelValues(f.Source).Observe(took.Seconds())
	}
}

// hook finds an inbound webhook.
func (a *App) hook(name string) (hook ingest.Hook, open, found bool) {
	h, open, found := a.directory.Hook(name)
	if !found {
		return ingest.Hook{}, false, false
	}
	return ingest.Hook{Source: h.Source, Map: h.Map, Verify: h.Verify, RefuseWith: h.RefuseWith}, open, true
}

// webhooks tries maps.
type webhooks struct{ a *App }

var _ api.Webhooks = webhooks{}

func (w webhooks) Try(id, text string, body []byte) (source.Tried, error) {
	s, err := w.a.directory.Find(id)
	if err != nil {
		return source.Tried{}, err
	}
	if text == "" && s.Webhook != nil {
		text = s.Webhook.Map
	}
	m, err := source.CompileWebhookMap(text)
	if err != nil {
		return source.Tried{}, err
	}
	events, skipped, err := w.a.tracking.Preview(id, m, body)
	tried := source.TriedOf(events, skipped)
	if f, ok := errors.AsType[*fault.Error](err); ok {
		tried.Message = f.Message
		err = nil
	}
	return tried, err
}
