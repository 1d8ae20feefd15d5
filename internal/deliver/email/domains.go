package email

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/fault"
)

// domains paces letters by the domain of their recipients: receivers take more of
// who sends evenly. Its zero value is ready for use.
type domains struct {
	mu    sync.Mutex
	turns map[string]time.Time
}

// What bounds pacing: how long a letter waits, and how many domains are kept in
// mind.
const (
	domainPatience = 30 * time.Second
	mostDomains    = 10_000
)

// wait waits for a letter's turn with its recipient's domain.
func (d *domains) wait(ctx context.Context, to string, perSecond float64) error {
	if perSecond == 0 {
		return nil
	}
	domain := strings.ToLower(to[strings.LastIndexByte(to, '@')+1:])
	pause, ok := d.book(domain, perSecond, time.Now())
	if !ok {
		return fault.New(fault.Transient, "%s gets %g letters a second, and its turn is too far off", domain, perSecond)
	}
	if pause <= 0 {
		return nil
	}
	t := time.NewTimer(pause)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.Transient, ctx.Err(), "stopped while waiting for a turn with %s", domain)
	}
}

// book takes the next turn.
func (d *domains) book(domain string, perSecond float64, now time.Time) (pause time.Duration, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.turns == nil || len(d.turns) > mostDomains {
		d.turns = map[string]time.Time{}
	}
	turn := d.turns[domain]
	if turn.Before(now) {
		turn = now
	}
	if pause = turn.Sub(now); pause > domainPatience {
		return 0, false
	}
	d.turns[domain] = turn.Add(time.Duration(float64(time.Second) / perSecond))
	return pause, true
}
