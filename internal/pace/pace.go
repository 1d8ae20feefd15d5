// Package pace holds long work back while somebody else is in more of a hurry.
package pace

import (
	"context"
	"time"
)

// Pace is that of one goroutine's work, which is done in many short steps.
type Pace struct {
	// Behind reports whether somebody else is in a hurry.
	Behind func() bool

	// Share is the part of the time that the work may take then, above 0.
	Share float64

	steps int
	began time.Time // the steps since the last look
}

// looks is after how many steps Behind is asked.
const looks = 512

// Step is called between steps. While somebody else is in a hurry it rests for as
// long as makes the time that the steps took the share that they may take. It
// returns an error when ctx has ended.
func (p *Pace) Step(ctx context.Context) error {
	if p.steps%looks == 0 {
		if p.steps > 0 && p.Behind() {
			Rest(ctx, time.Duration(float64(time.Since(p.began))*(1/p.Share-1)))
		}
		p.began = time.Now()
	}
	p.steps++
	return ctx.Err()
}

// Rest waits for d. It reports false when ctx ended first.
func Rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
