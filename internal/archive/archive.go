package archive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/pace"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/statestore"
)

// Journal is what the archiver reads.
type Journal interface {
	NewReader(partitions []person.Partition, from journal.Positions) (journal.Reader, error)
}

// State is what the archiver needs of the state store.
type State interface {
	NotesFrom(p person.Partition) (uint64, error)
	Notes(p person.Partition, before uint64, use func(statestore.Note) error) error
	ForgetNotes(before [person.Partitions]uint64) error

	// Record returns the record as it stands; nil if there is none.
	Record(id person.ID) (*profile.Person, error)

	// EachRecord calls use with every record of one snapshot, forwards included.
	EachRecord(ctx context.Context, use func(*profile.Person) error) error
}

// Fold is what the archiver follows.
type Fold interface {
	// Positions are where the fold stands: everything before is committed.
	Positions() journal.Positions

	// Lag is how many records the fold has yet to apply.
	Lag() uint64

	// Version changes whenever people do.
	Version() uint64

	// Definitions compiles the definitions with that hash.
	Definitions(ctx context.Context, hash string) (*definition.Workspace, error)
}

// Options tell Open what to archive, and where.
type Options struct {
	Files   Files
	Journal Journal
	State   State
	Fold    Fold

	// Now is the workspace's clock, by which the archive says how fresh it is.
	Now func() event.Instant

	// Every is how often what has happened is archived. Defaults to 3 seconds.
	Every time.Duration

	// Share is how much of one processor the archiver may take while the fold is
	// behind. Defaults to 0.1. Otherwise it takes what it needs.
	Share float64

	// PeopleEvery is how often a snapshot of people is taken, when they have
	// changed. It is taken less often where it takes long: at most a twentieth of
	// the time goes into it. Defaults to 5 seconds.
	PeopleEvery time.Duration

	// Hurry reports whether the rest of the server has much to do: then a snapshot of
	// people waits for some minutes. Defaults to never.
	Hurry func() bool

	// StepRecords is how many records make a step at most. Defaults to 65,536.
	StepRecords int

	// Logger hears of trouble. Defaults to silence.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Every == 0 {
		o.Every = 3 * time.Second
	}
	if o.Hurry == nil {
		o.Hurry = func() bool { return false }
	}
	if o.Share == 0 {
		o.Share = 0.1
	}
	if o.PeopleEvery == 0 {
		o.PeopleEvery = 5 * time.Second
	}
	if o.StepRecords == 0 {
		o.StepRecords = 64 << 10
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

const (
	stepBytes    = 32 << 20 // of records, in a step
	behindBy     = 5_000    // records: then the fold goes first
	joinEvery    = 2 * time.Second
	peopleShare  = 0.05
	retryAfter   = 5 * time.Second
	pollRecords  = 8192
	closingSteps = 10 * time.Second
)

// Archive keeps an archive up to date. Step, SnapshotPeople and Run belong to one
// goroutine at a time; the rest is safe for concurrent use.
type Archive struct {
	opts    Options
	reader  journal.Reader   // nil: to be opened at the positions
	held    []journal.Record // read, and not folded yet
	atlases map[string]*lifecycle.Classifier
	version uint64 // of people, at the latest snapshot

	rewriting sync.Mutex // held by who replaces files by others

	mu struct {
		sync.Mutex
		m      Manifest
		fresh  event.Instant  // everything folded by then is archived
		leased map[string]int // files that are being read
		doomed map[string]bool
		unsure bool // a manifest was written, or not
	}
}

// Open opens the archive in o.Files, making it if there is none. The fold must
// have caught up and keep notes. The caller must Close it.
func Open(o Options) (*Archive, error) {
	a := &Archive{opts: o.withDefaults(), atlases: map[string]*lifecycle.Classifier{}}
	m, _, err := ReadManifest(a.opts.Files)
	if err != nil {
		return nil, err
	}
	if err := a.findGaps(&m); err != nil {
		return nil, err
	}
	a.mu.m, a.mu.fresh = m, m.AsOf
	a.mu.leased, a.mu.doomed = map[string]int{}, map[string]bool{}
	return a, a.removeStray()
}

// findGaps moves the positions past what can no longer be archived as it should.
func (a *Archive) findGaps(m *Manifest) error {
	lost := 0
	for p := range m.Positions {
		from, err := a.opts.State.NotesFrom(person.Partition(p))
		if err != nil {
			return err
		}
		if from == 0 {
			return fmt.Errorf("archive: the fold keeps no notes of partition %d", p)
		}
		m.Positions[p] = max(m.Positions[p], 1)
		if next := journal.Offset(from); next > m.Positions[p] {
			m.Gaps = append(m.Gaps, Gap{Partition: person.Partition(p), From: m.Positions[p], Before: next})
			lost += int(next - m.Positions[p]) //nolint:gosec // records
			m.Positions[p] = next
		}
	}
	if lost > 0 {
		a.opts.Logger.Warn("the archive begins later than the journal: it was not kept, or its folder lost, before",
			slog.Int("records_missing", lost))
	}
	return nil
}

// removeStray removes what a crash has left over.
func (a *Archive) removeStray() error {
	names, err := a.opts.Files.List()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, f := range a.mu.m.Files {
		known[f.Name] = true
	}
	for _, name := range names {
		if ours(name) && !known[name] {
			err = errors.Join(err, a.opts.Files.Remove(name))
		}
	}
	return err
}

// Close lets go of the journal.
func (a *Archive) Close() error {
	if a.reader == nil {
		return nil
	}
	r := a.reader
	a.reader, a.held = nil, nil
	return r.Close()
}

// Run keeps the archive up to date until ctx ends, and then takes in what was
// folded by then, as far as that takes no longer than some seconds.
func (a *Archive) Run(ctx context.Context) error {
	eg, joining := errgroup.WithContext(ctx)
	eg.Go(func() error { return a.runJoining(joining) })
	eg.Go(func() error { return a.runSteps(ctx) })
	err := eg.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingSteps)
	defer cancel()
	finish := a.Finish(last)
	if errors.Is(finish, context.DeadlineExceeded) {
		// What is not taken in by now is taken in after the next start.
		a.opts.Logger.WarnContext(ctx, "the archive was not finished in the time of a stop; it goes on at the next start")
		finish = nil
	}
	return errors.Join(err, finish)
}

// Finish takes in everything that is folded, people too.
func (a *Archive) Finish(ctx context.Context) error {
	for {
		more, err := a.Step(ctx)
		if err != nil {
			return err
		}
		if !more {
			return errors.Join(a.Erase(ctx), a.SnapshotPeople(ctx))
		}
	}
}

func (a *Archive) runSteps(ctx context.Context) error {
	nextPeople := time.Now()
	for {
		started := time.Now()
		more, err := a.Step(ctx)
		rest := a.opts.Every
		switch {
		case err != nil && ctx.Err() == nil:
			a.opts.Logger.ErrorContext(ctx, "archive", slog.Any("error", err))
			rest = retryAfter
		case a.behind(): // the fold goes first
			rest = max(time.Duration(float64(time.Since(started))*(1/a.opts.Share-1)), 100*time.Millisecond)
		case more:
			rest = 0
		case a.erases():
			if err := a.Erase(ctx); err != nil && ctx.Err() == nil {
				a.opts.Logger.ErrorContext(ctx, "archive: erase", slog.Any("error", err))
				rest = retryAfter
			}
		case time.Now().After(nextPeople) && (!a.opts.Hurry() || time.Now().After(nextPeople.Add(patience))):
			took := time.Now()
			if err := a.SnapshotPeople(ctx); err != nil && ctx.Err() == nil {
				a.opts.Logger.ErrorContext(ctx, "archive people", slog.Any("error", err))
			}
			nextPeople = time.Now().Add(max(a.opts.PeopleEvery, time.Duration(float64(time.Since(took))/peopleShare)))
			rest = max(rest-time.Since(started), 0)
		}
		if !pace.Rest(ctx, rest) {
			return nil
		}
	}
}

// patience is for how long a snapshot of people waits for those who are in a hurry.
const patience = 3 * time.Minute

// behind reports whether the fold has much to do.
func (a *Archive) behind() bool { return a.opts.Fold.Lag() > behindBy }

// erases reports whether rows are to be taken out of files.
func (a *Archive) erases() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.mu.m.Erase) > 0
}

func (a *Archive) runJoining(ctx context.Context) error {
	for pace.Rest(ctx, joinEvery) {
		if a.behind() {
			continue
		}
		if _, err := a.Join(ctx); err != nil && ctx.Err() == nil {
			a.opts.Logger.ErrorContext(ctx, "archive: join files", slog.Any("error", err))
		}
	}
	return nil
}

// change makes the next version of the manifest and puts it in force. What it
// no longer names is removed once nobody reads it.
func (a *Archive) change(with func(m *Manifest) error) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.makeSureLocked(); err != nil {
		return err
	}
	m := a.mu.m
	m.Files = slices.Clone(m.Files)
	m.Step++
	if err := with(&m); err != nil {
		return err
	}
	if err := m.write(a.opts.Files); err != nil {
		a.mu.unsure = true
		return err
	}
	for _, f := range a.mu.m.Files {
		a.mu.doomed[f.Name] = true
	}
	for _, f := range m.Files {
		delete(a.mu.doomed, f.Name)
	}
	a.mu.m = m
	a.mu.fresh = max(a.mu.fresh, m.AsOf)
	return a.removeDoomedLocked()
}

// makeSureLocked finds out which manifest is in force after the writing of one
// failed: it may have failed when all was done, and then the files of that step
// are not to be written again.
func (a *Archive) makeSureLocked() error {
	if !a.mu.unsure {
		return nil
	}
	m, ok, err := ReadManifest(a.opts.Files)
	if err != nil {
		return err
	}
	if ok && m.Step > a.mu.m.Step {
		for _, f := range a.mu.m.Files {
			a.mu.doomed[f.Name] = true
		}
		for _, f := range m.Files {
			delete(a.mu.doomed, f.Name)
		}
		a.mu.m = m
	}
	a.mu.unsure = false
	return nil
}

func (a *Archive) removeDoomedLocked() error {
	for name := range a.mu.doomed {
		if a.mu.leased[name] > 0 {
			continue
		}
		if err := a.opts.Files.Remove(name); err != nil {
			return err
		}
		delete(a.mu.doomed, name)
	}
	return nil
}

// Lease returns what the archive is made of now, and keeps those files until
// release is called.
func (a *Archive) Lease() (m Manifest, release func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m = a.mu.m
	m.Files = slices.Clone(m.Files)
	m.AsOf = a.mu.fresh
	for _, f := range m.Files {
		a.mu.leased[f.Name]++
	}
	return m, sync.OnceFunc(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, f := range m.Files {
			if a.mu.leased[f.Name]--; a.mu.leased[f.Name] <= 0 {
				delete(a.mu.leased, f.Name)
			}
		}
		if err := a.removeDoomedLocked(); err != nil {
			a.opts.Logger.Error("archive: remove files", slog.Any("error", err))
		}
	})
}

// Fresh is the moment, on the workspace's clock, up to which everything folded is
// archived.
func (a *Archive) Fresh() event.Instant {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.mu.fresh
}

// Positions are the offsets from which on the journal is not archived yet. The
// journal must keep everything from there on.
func (a *Archive) Positions() journal.Positions {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.mu.m.Positions
}
