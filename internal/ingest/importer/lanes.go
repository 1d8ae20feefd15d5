package importer

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// laneBytes bounds a batch by weight, for files whose events are large.
const laneBytes = 4 << 20

// lanes append batches side by side. A person's home decides the lane, and a
// lane appends one batch after the other, so a person's events keep their order.
type lanes struct {
	opts    Options
	work    *errgroup.Group
	lanes   []chan []event.Event
	filling [][]event.Event
	weight  []int
}

// startLanes starts the goroutines; close ends them. The context that it returns
// ends when one of them fails.
func startLanes(ctx context.Context, o Options) (*lanes, context.Context) {
	l := &lanes{
		opts: o, lanes: make([]chan []event.Event, o.Lanes),
		filling: make([][]event.Event, o.Lanes), weight: make([]int, o.Lanes),
	}
	l.work, ctx = errgroup.WithContext(ctx)
	for i := range l.lanes {
		lane := make(chan []event.Event)
		l.lanes[i] = lane
		l.work.Go(func() error {
			for batch := range lane {
				if err := l.append(ctx, batch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return l, ctx
}

func (l *lanes) put(ctx context.Context, e event.Event) error {
	i := int(e.To.Home()) % len(l.lanes)
	l.filling[i] = append(l.filling[i], e)
	l.weight[i] += len(e.Properties) + len(e.Traits)
	if len(l.filling[i]) < l.opts.Batch && l.weight[i] < laneBytes {
		return nil
	}
	return l.flush(ctx, i)
}

func (l *lanes) flush(ctx context.Context, i int) error {
	if len(l.filling[i]) == 0 {
		return nil
	}
	select {
	case l.lanes[i] <- l.filling[i]:
		l.filling[i], l.weight[i] = make([]event.Event, 0, l.opts.Batch), 0
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close waits for the lanes, after giving them what is left if it is all there,
// and returns the first error of any.
func (l *lanes) close(ctx context.Context, whole bool) error {
	var err error
	for i := range l.lanes {
		if whole && err == nil {
			err = l.flush(ctx, i)
		}
		close(l.lanes[i])
	}
	if laneErr := l.work.Wait(); laneErr != nil {
		return laneErr
	}
	return err
}

// append makes a batch durable, waiting out failures that may pass.
func (l *lanes) append(ctx context.Context, batch []event.Event) error {
	const shortest, longest = 100 * time.Millisecond, 5 * time.Second
	var waited time.Duration
	for wait := shortest; ; wait = min(2*wait, longest) {
		err := l.opts.Appender.Append(ctx, batch)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case fault.Is(err, fault.Busy):
		case fault.Is(err, fault.Transient) && waited < l.opts.Patience:
		default:
			return fmt.Errorf("append events: %w", err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
			waited += wait
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}
