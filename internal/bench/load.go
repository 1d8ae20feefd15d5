package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// LoadOptions say what a load generator sends. It is a process of its own, so
// that what it costs can be told from what the server costs.
type LoadOptions struct {
	Load

	URL      string        // of the server
	Clients  int           // that send at once
	Batch    int           // events a request
	Rate     float64       // events a second to begin; 0: as fast as the answers come
	Duration time.Duration // how long; 0: until Load.Events were sent
}

// LoadResult is what a load generator found.
type LoadResult struct {
	Events     int     `json:"events"` // acknowledged
	Bytes      int64   `json:"bytes"`  // of JSON
	Seconds    float64 `json:"seconds"`
	P50        float64 `json:"p50_ms"` // from when a request was due
	P99        float64 `json:"p99_ms"`
	CPUSeconds float64 `json:"cpu_seconds"`
	PushedBack int     `json:"pushed_back"` // requests that were told to come again later
}

// Send makes load until it is done. Requests are made before the clock starts
// where there is no rate, and each when it is due where there is one.
func Send(ctx context.Context, o LoadOptions) (LoadResult, error) {
	o.Load = o.withDefaults()
	g := &generator{o: o}
	if o.Duration == 0 && o.Rate == 0 {
		g.prepare()
	}
	started, used := time.Now(), processorTime()
	var clients sync.WaitGroup
	took, errs := make([][]time.Duration, o.Clients), make([]error, o.Clients)
	for c := range o.Clients {
		clients.Go(func() { took[c], errs[c] = g.run(ctx, c, started) })
	}
	clients.Wait()
	seconds := time.Since(started).Seconds()
	all := slices.Concat(took...)
	slices.Sort(all)
	res := LoadResult{
		Events: int(g.events.Load()), Bytes: g.bytes.Load(), Seconds: seconds,
		CPUSeconds: (processorTime() - used).Seconds(), PushedBack: int(g.pushedBack.Load()),
	}
	if len(all) > 0 {
		res.P50, res.P99 = milliseconds(all[len(all)/2]), milliseconds(all[len(all)*99/100])
	}
	return res, errors.Join(errs...)
}

type generator struct {
	o     LoadOptions
	ready []request // made before

	begun      atomic.Int64 // requests
	events     atomic.Int64
	bytes      atomic.Int64
	pushedBack atomic.Int64
}

func (g *generator) prepare() {
	s := newShoppers(g.o.Load, event.InstantOf(time.Now()))
	for left := g.o.Events; left > 0; left -= g.o.Batch {
		var r request
		r.fill(s, min(left, g.o.Batch))
		g.ready = append(g.ready, r)
	}
}

// run is one client.
func (g *generator) run(ctx context.Context, c int, started time.Time) (took []time.Duration, err error) {
	l := g.o.Load
	l.Seed = l.Seed<<16 + uint64(c) //nolint:gosec // a small number
	s := newShoppers(l, event.InstantOf(started))
	conn, err := dial(ctx, g.o.URL)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var req request
	for ctx.Err() == nil {
		n := g.begun.Add(1) - 1
		due, n0, ok := g.next(n, started)
		if !ok {
			return took, nil
		}
		switch {
		case g.ready != nil:
			req = g.ready[n]
		default:
			s.now = event.InstantOf(time.Now())
			req.fill(s, n0)
		}
		if due.IsZero() {
			due = time.Now()
		}
		if err := g.post(ctx, conn, &req); err != nil {
			return took, err
		}
		took = append(took, time.Since(due))
		g.events.Add(int64(n0))
		g.bytes.Add(int64(len(req.body)))
	}
	return took, ctx.Err()
}

// next waits until request n is due, and says how many events it has.
func (g *generator) next(n int64, started time.Time) (due time.Time, events int, ok bool) {
	events = g.o.Batch
	if g.o.Rate > 0 {
		due = started.Add(time.Duration(float64(n) * float64(g.o.Batch) / g.o.Rate * 1e9))
		if g.o.Duration > 0 && due.Sub(started) >= g.o.Duration {
			return due, 0, false
		}
		time.Sleep(time.Until(due))
	} else if g.o.Duration > 0 && time.Since(started) >= g.o.Duration {
		return due, 0, false
	}
	if g.o.Duration == 0 {
		left := int64(g.o.Events) - n*int64(g.o.Batch)
		if left <= 0 {
			return due, 0, false
		}
		events = int(min(left, int64(events)))
	}
	return due, events, true
}

// post sends one request, again and again while the server is too busy.
func (g *generator) post(ctx context.Context, c *connection, r *request) error {
	for {
		status, err := c.post(r)
		switch {
		case err != nil:
			return err
		case status == http.StatusOK:
			return nil
		case status != http.StatusTooManyRequests:
			return fmt.Errorf("the server answered %d", status)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		g.pushedBack.Add(1)
		time.Sleep(100 * time.Millisecond)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
