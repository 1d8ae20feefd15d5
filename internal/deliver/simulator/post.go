package simulator

import (
	"context"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/deliver"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/pace"
)

// due is a report and how long to wait before it is told.
type due struct {
	wait   time.Duration
	report deliver.Report
}

// post tells of receipts, in order, each until it is taken. Its goroutine ends
// with close.
type post struct {
	inbox  deliver.Inbox
	stop   context.CancelFunc
	ended  sync.WaitGroup
	bell   chan struct{}
	mu     sync.Mutex
	queued []due
}

func newPost(inbox deliver.Inbox) *post {
	ctx, stop := context.WithCancel(context.Background())
	p := &post{inbox: inbox, stop: stop, bell: make(chan struct{}, 1)}
	p.ended.Go(func() { p.run(ctx) })
	return p
}

func (p *post) close() {
	p.stop()
	p.ended.Wait()
}

func (p *post) put(reports []due) {
	p.mu.Lock()
	p.queued = append(p.queued, reports...)
	p.mu.Unlock()
	select {
	case p.bell <- struct{}{}:
	default: // it has yet to hear of the one before
	}
}

func (p *post) take() []due {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.queued
	p.queued = nil
	return out
}

func (p *post) run(ctx context.Context) {
	for {
		for _, d := range p.take() {
			if !pace.Rest(ctx, d.wait) || !p.tell(ctx, d.report) {
				return
			}
		}
		select {
		case <-p.bell:
		case <-ctx.Done():
			return
		}
	}
}

// tell reports false when ctx ended first.
func (p *post) tell(ctx context.Context, r deliver.Report) bool {
	for {
		err := p.inbox.Report(ctx, r)
		if err == nil || fault.Is(err, fault.Invalid) {
			return true
		}
		if !pace.Rest(ctx, time.Second) {
			return false
		}
	}
}
