package bench

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/rapporthq/rapport/internal/app"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/processor"
)

// Load is what is put in: events of a shop, of about 610 bytes each as a client
// sends them.
type Load struct {
	Events int     // Defaults to 500,000.
	People int     // Defaults to 50,000.
	Groups int     // that fold. Defaults to 2.
	Seed   uint64  // Defaults to 1.
	Known  bool    // everybody is known before: an identify and a view each, which are not measured
	Zipf   float64 // exponent by which some people do more than others, above 1. 0: all the same

	Profile string // file for a processor profile of what is measured; empty: none
}

func (l Load) withDefaults() Load {
	if l.Events == 0 {
		l.Events = 500_000
	}
	if l.People == 0 {
		l.People = 50_000
	}
	if l.Groups == 0 {
		l.Groups = 2
	}
	if l.Seed == 0 {
		l.Seed = 1
	}
	return l
}

// FoldResult is how fast a journal becomes people.
type FoldResult struct {
	Machine       Machine `json:"machine"`
	Events        int     `json:"events"`
	People        int     `json:"people"`
	Groups        int     `json:"groups"`
	Seconds       float64 `json:"seconds"`
	PerSecond     float64 `json:"events_per_second"`
	CPUMicros     float64 `json:"cpu_microseconds_per_event"`
	JournalBytes  int64   `json:"journal_bytes"`
	StateBytes    int64   `json:"state_bytes"`
	BytesPerEvent float64 `json:"bytes_per_event"` // of both
}

// Fold fills a journal in dir and measures folding it into an empty store.
func Fold(ctx context.Context, dir string, l Load) (res FoldResult, err error) {
	l = l.withDefaults()
	d, err := app.OpenData(filepath.Join(dir, "data"), slog.New(slog.DiscardHandler))
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	now := event.InstantOf(time.Now())
	if err := begin(ctx, d, now); err != nil {
		return res, err
	}
	s := newShoppers(l, now)
	if l.Known {
		if err := fill(ctx, d, 2*l.People, s.known); err != nil {
			return res, err
		}
		if err := foldAll(ctx, d, l.Groups); err != nil {
			return res, err
		}
	}
	if err := fill(ctx, d, l.Events, s.next); err != nil {
		return res, err
	}
	stop, err := l.profile()
	if err != nil {
		return res, err
	}
	started, cpu := time.Now(), processorTime()
	err = foldAll(ctx, d, l.Groups)
	stop()
	if err != nil {
		return res, err
	}
	took, used := time.Since(started), processorTime()-cpu
	res = FoldResult{
		Machine: ThisMachine(), Events: l.Events, People: l.People, Groups: l.Groups, Seconds: took.Seconds(),
		PerSecond: float64(l.Events) / took.Seconds(), CPUMicros: micros(used, l.Events),
		JournalBytes: folderBytes(filepath.Join(d.Dir, "journal")), StateBytes: folderBytes(filepath.Join(d.Dir, "state")),
	}
	res.BytesPerEvent = float64(res.JournalBytes+res.StateBytes) / float64(l.Events)
	return res, nil
}

// fill appends n events to the journal.
func fill(ctx context.Context, d *app.Data, n int, next func() event.Event) error {
	for n > 0 {
		events := make([]event.Event, min(n, 2000))
		for i := range events {
			events[i] = next()
		}
		if _, err := d.Journal.Append(ctx, processor.Entries(events)); err != nil {
			return err
		}
		n -= len(events)
	}
	return nil
}

// foldAll folds to the journal's end and makes that survive.
func foldAll(ctx context.Context, d *app.Data, groups int) error {
	p := processor.New(d.Journal, d.State, processor.Options{Groups: groups})
	err := p.CatchUp(ctx, nil)
	return errors.Join(err, d.State.Flush(), p.Close())
}

// settle folds to the journal's end, and does what that makes due: definitions
// that are new are swept through while there is nobody.
func settle(ctx context.Context, d *app.Data) error {
	p := processor.New(d.Journal, d.State, processor.Options{})
	err := p.CatchUp(ctx, nil)
	if err == nil {
		err = p.GoLive(ctx)
	}
	if err == nil {
		err = p.Drain(ctx)
	}
	return errors.Join(err, p.Close())
}

// profile begins to write a processor profile, if one is asked for.
func (l Load) profile() (stop func(), err error) {
	if l.Profile == "" {
		return func() {}, nil
	}
	f, err := os.Create(l.Profile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // a figure more, not the result
	}, nil
}

func folderBytes(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error { // a file that goes while we look counts nothing
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return nil
	})
	return n
}
