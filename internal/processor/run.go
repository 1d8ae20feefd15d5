package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/journal"
	"github.com/rapporthq/rapport/internal/pace"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/statestore"
)

const (
	sendQueue   = 64    // stretches of emissions that may wait for the journal
	sendEntries = 4_096 // entries of one append
)

// GoLive sends what was still owed when the last run ended, and lets the groups
// send from now on. It returns the outbox through Options.Changed. CatchUp must
// have returned.
func (o *Processor) GoLive(ctx context.Context) error {
	for _, g := range o.groups {
		g.live = true
		for _, p := range g.parts {
			if p == nil {
				continue
			}
			if err := o.owed(ctx, g, p); err != nil {
				return fmt.Errorf("resume partition %d: %w", p.id, err)
			}
		}
		if err := g.commit(); err != nil {
			return err
		}
	}
	return nil
}

// owed queues what partition p began and the journal may not have, or appends it
// where it is much: after a fold that sent nothing it can be as much as the journal.
func (o *Processor) owed(ctx context.Context, g *group, p *part) error {
	err := o.store.Outgoing(p.id, func(e event.Event) error {
		to := o.groups[int(e.To.Home())%o.opts.Groups].parts[e.To.Home()]
		if to.seen[p.id] >= e.Origin.Seq {
			g.acked = append(g.acked, e.Origin)
			return nil
		}
		g.send(e.To.Home(), e)
		return o.sendFull(ctx, g)
	})
	if err != nil {
		return err
	}
	waiting, err := o.store.Choosing(p.id)
	if err != nil {
		return err
	}
	for _, id := range waiting {
		who, err := o.store.Record(id)
		if err != nil {
			return err
		}
		g.choose(who)
		g.show(who)
		if err := o.sendFull(ctx, g); err != nil {
			return err
		}
	}
	g.score()
	if p.state.Sweeping {
		g.sendSweep(p)
	}
	if p.all != nil && p.all.stored.Published != p.state.Posterior {
		body, err := o.store.Posterior()
		if err != nil {
			return err
		}
		g.spread(p, body)
	}
	changes, err := o.store.Outbox(p.id)
	g.o.opts.Changed(changes)
	return err
}

// sendFull appends what g has queued, if it fills an append.
func (o *Processor) sendFull(ctx context.Context, g *group) error {
	if len(g.out) < sendEntries {
		return nil
	}
	done, err := o.append(ctx, g.out)
	g.out, g.acked = nil, append(g.acked, done...)
	return err
}

// Run folds until ctx ends, or something fails that folding on would make
// worse. CatchUp and GoLive must have returned.
func (o *Processor) Run(ctx context.Context) error {
	eg, ctx := errgroup.WithContext(ctx)
	for _, g := range o.groups {
		queue := make(chan []outgoing, sendQueue)
		acked := make(chan []event.Origin, sendQueue)
		eg.Go(func() error { return o.runGroup(ctx, g, queue, acked) })
		eg.Go(func() error { return o.runSender(ctx, queue, acked) })
	}
	eg.Go(func() error { return o.runClock(ctx) })
	err := eg.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (o *Processor) runGroup(ctx context.Context, g *group, queue chan<- []outgoing, acked <-chan []event.Origin) error {
	for few := false; ; {
		for len(g.out) > 0 {
			select {
			case queue <- g.out:
				g.out = nil
			case done := <-acked:
				g.acked = append(g.acked, done...)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		for more := true; more; {
			select {
			case done := <-acked:
				g.acked = append(g.acked, done...)
			default:
				more = false
			}
		}
		if few {
			pace.Rest(ctx, gathering)
		}
		records, err := g.reader.Next(ctx, foldRecords)
		if err != nil {
			return err
		}
		if err := g.fold(ctx, records); err != nil {
			return err
		}
		few = len(records) < fewRecords
	}
}

// After a short stretch a group rests, so that what arrives meanwhile is committed
// together: every commit writes a row for each partition that it touches, and at
// a request a commit those were as many as the events. What comes after a pause is
// folded at once.
const (
	fewRecords = 2_048
	gathering  = 5 * time.Millisecond
)

// runSender appends emissions in order. It tries for ever: what it carries is
// owed, and the group does not wait for it until the queue is full.
func (o *Processor) runSender(ctx context.Context, queue <-chan []outgoing, acked chan<- []event.Origin) error {
	for {
		var out []outgoing
		select {
		case out = <-queue:
		case <-ctx.Done():
			return ctx.Err()
		}
		for wait := 10 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
			done, err := o.append(ctx, out)
			if err == nil {
				select {
				case acked <- done:
				case <-ctx.Done():
					return ctx.Err()
				}
				break
			}
			if ctx.Err() != nil || errors.Is(err, journal.ErrClosed) {
				return ctx.Err()
			}
			o.opts.Logger.ErrorContext(ctx, "append emissions", slog.Any("error", err))
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// append puts emissions into the journal, in order.
func (o *Processor) append(ctx context.Context, out []outgoing) ([]event.Origin, error) {
	var done []event.Origin
	for len(out) > 0 {
		n := min(len(out), sendEntries)
		entries := make([]journal.Entry, n)
		for i, x := range out[:n] {
			if x.keep != nil {
				if _, err := o.journal.PutBody(ctx, x.keep); err != nil {
					return nil, fmt.Errorf("keep what was learned: %w", err)
				}
			}
			entries[i] = journal.Entry{Partition: x.partition, Data: x.event.AppendTo(nil)}
		}
		if _, err := o.journal.Append(ctx, entries); err != nil {
			return nil, fmt.Errorf("append emissions: %w", err)
		}
		for _, x := range out[:n] {
			if x.event.Origin.Seq != 0 {
				done = append(done, x.event.Origin)
			}
			if x.shown != nil {
				o.opts.Shown(x.event.To, x.shown)
			}
		}
		out = out[n:]
	}
	return done, nil
}

func (o *Processor) runClock(ctx context.Context) error {
	t := time.NewTicker(o.opts.Tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
			if err := o.Tick(ctx, o.opts.Now()); err != nil && ctx.Err() == nil {
				o.opts.Logger.ErrorContext(ctx, "tick", slog.Any("error", err))
			}
		}
	}
}

// Drain folds and appends until nothing is left to do at the present time. The
// groups fold side by side and append one after another, so that the journal is
// the same each time. A rehearsal runs on it.
func (o *Processor) Drain(ctx context.Context) error {
	for {
		for _, g := range o.groups {
			if len(g.out) == 0 {
				continue
			}
			done, err := o.append(ctx, g.out)
			if err != nil {
				return err
			}
			g.out, g.acked = nil, append(g.acked, done...)
		}
		idle, err := o.foldPolled(ctx)
		if idle || err != nil {
			return err
		}
	}
}

// foldPolled folds what each group finds, and reports that there was nothing and
// that nothing is to be appended.
func (o *Processor) foldPolled(ctx context.Context) (idle bool, err error) {
	found := make([]int, len(o.groups))
	fold := func(n int, g *group) error {
		records, err := g.reader.Poll(foldRecords)
		if found[n] = len(records); err != nil || len(records) == 0 {
			return err
		}
		return g.fold(ctx, records)
	}
	var others errgroup.Group
	for n, g := range o.groups[1:] {
		others.Go(func() error { return fold(n+1, g) })
	}
	err = errors.Join(fold(0, o.groups[0]), others.Wait())
	idle = true
	for n, g := range o.groups {
		idle = idle && found[n] == 0 && len(g.out) == 0
	}
	return idle, err
}

// Positions returns the offset of the next record to be folded, by partition.
func (o *Processor) Positions() (at journal.Positions) {
	for p := range o.next {
		at[p] = journal.Offset(o.next[p].Load())
	}
	return at
}

// Replay folds the journal into a store, from where the store stands up to end,
// and sends nothing. The state that results is the state that was.
func Replay(ctx context.Context, j journal.Journal, s *statestore.Store, end journal.Positions, opts Options, progress func(left uint64)) error {
	o := New(j, s, opts)
	return errors.Join(o.foldTo(ctx, end, true, progress), o.Close())
}

// PositionsOf returns where a store stands.
func PositionsOf(s *statestore.Store) (at journal.Positions, err error) {
	for p := range at {
		state, err := s.Partition(person.Partition(p))
		if err != nil {
			return at, err
		}
		at[p] = journal.Offset(state.Next)
	}
	return at, nil
}
