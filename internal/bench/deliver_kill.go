package bench

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// killDeliver kills a server with signal 9 when half of its letters have gone out,
// starts it again, lets it finish, and compares what it chose to send with what
// came.
func killDeliver(ctx context.Context, dir string, o DeliverOptions) (*KillResult, error) {
	d, err := newDelivering(ctx, dir, o)
	if err != nil {
		return nil, err
	}
	res, err := d.kill(ctx)
	if err := errors.Join(err, d.close()); err != nil {
		return nil, err
	}
	kept, err := readOutcomes(ctx, d.data)
	if err != nil {
		return nil, err
	}
	res.compare(kept, d.sink.received)
	return res, nil
}

func (d *delivering) kill(ctx context.Context) (*KillResult, error) {
	pause(ctx, 3*time.Second) // the outbox is counted now and then
	chosen, err := d.s.metric(ctx, `rapport_deliver_outbox_rows{channel="email"}`)
	if err != nil {
		return nil, err
	}
	d.sink.open()
	for deadline := time.Now().Add(10 * time.Minute); ; pause(ctx, time.Millisecond) {
		n, _, _ := d.sink.count()
		if n >= int(chosen)/2 {
			break
		}
		if ctx.Err() != nil || time.Now().After(deadline) {
			return nil, fmt.Errorf("half of the letters did not come within ten minutes: %d of %.0f did", n, chosen)
		}
	}
	if err := d.s.stop(syscall.SIGKILL); err != nil {
		return nil, err
	}
	var res KillResult
	res.AtKill, _, _ = d.sink.count()
	fmt.Fprintf(d.o.Out, "killed when %d letters had come\n", res.AtKill)
	begun := time.Now()
	if err := d.start(ctx); err != nil {
		return nil, err
	}
	res.Ready = time.Since(begun).Seconds()
	return &res, d.quiet(ctx)
}

// compare holds what was kept against what came.
func (r *KillResult) compare(kept outcomes, received map[string]int) {
	for delivery := range kept.chosen {
		if len(kept.outcome[delivery]) == 0 && !kept.suppressed[delivery] {
			r.Lost++ // it still waits, or nobody knows of it
			continue
		}
		switch out := kept.outcome[delivery]; {
		case len(out) == 0:
		case out[0] == event.Unknown:
			r.Unknown++
			if received[delivery] > 0 {
				r.UnknownReceived++
			}
		case received[delivery] == 0:
			r.Lost++ // said to be sent, or refused by a sink that refuses nothing
		}
	}
	r.Chosen = len(kept.chosen)
	for delivery, n := range received {
		r.Received += n
		if n > 1 || !kept.granted[delivery] {
			r.Repeated++ // or sent without leave
		}
	}
}
