package deliver

import (
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// Figures are what waits in the outbox for one channel.
type Figures struct {
	Rows    int // deliveries that have not ended
	Overdue int // of those, that could go out now

	// Due is when the earliest of them was due, by the clock of Options.Now; of those
	// that are not due yet, when it will be. Zero: there are none.
	Due event.Instant
}

// Figures returns what waits by channel, as of a few seconds ago at most. Nil:
// Run has not counted yet.
func (w *Worker) Figures() map[string]Figures {
	if f := w.figures.Load(); f != nil {
		return *f
	}
	return nil
}

// Overdue is how many deliveries could go out now, on all channels.
func (w *Worker) Overdue() (n int) {
	for _, f := range w.Figures() {
		n += f.Overdue
	}
	return n
}

// countEvery is how often the rows are counted, and countShare how much of the
// time that may take where the outbox is large.
const (
	countEvery = time.Second
	countShare = 100
)

// count counts what waits, now and then.
func (d *desk) count() {
	began := time.Now()
	if began.Sub(d.counted) < max(countEvery, countShare*d.counting) {
		return
	}
	found, now := map[string]Figures{}, d.w.opts.Now()
	for _, r := range d.rows {
		if r.state == settled || !r.gone.IsZero() {
			continue
		}
		f := found[r.delivery.Channel]
		f.Rows++
		due := max(r.delivery.After, r.delivery.Created)
		if due <= now {
			f.Overdue++
		}
		if f.Due == 0 || due < f.Due {
			f.Due = due
		}
		found[r.delivery.Channel] = f
	}
	d.w.figures.Store(&found)
	d.counted, d.counting = began, time.Since(began)
}
