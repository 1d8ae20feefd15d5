package importer

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
)

// lineEvery is how often progress is told where there is no terminal; barEvery
// how often a bar moves.
const (
	lineEvery = 5 * time.Second
	barEvery  = 100 * time.Millisecond
	askEvery  = 256 // rows between looks at the clock
)

// progress tells how far an import is. Its writer's errors are ignored: an
// import does not stop because nobody can watch.
type progress struct {
	w     io.Writer
	bar   *progressbar.ProgressBar // nil: lines
	now   func() time.Time
	size  int64 // of the text; not 0
	start time.Time
	last  time.Time
}

func newProgress(o Options, size int64, start time.Time) *progress {
	p := &progress{w: o.Progress, now: o.Now, size: max(size, 1), start: start, last: start}
	if p.w != nil && o.Terminal {
		p.bar = progressbar.NewOptions64(p.size,
			progressbar.OptionSetWriter(p.w),
			progressbar.OptionSetDescription(filepath.Base(o.Path)),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(barEvery),
		)
	}
	return p
}

// at says that so many rows and bytes have been read.
func (p *progress) at(rows int, read int64) {
	if p.w == nil || rows%askEvery != 0 {
		return
	}
	now := p.now()
	if p.bar != nil {
		if now.Sub(p.last) >= barEvery {
			p.last = now
			p.bar.Describe(fmt.Sprintf("%d rows, %.0f/s", rows, p.rate(rows, now)))
			_ = p.bar.Set64(min(read, p.size))
		}
		return
	}
	if now.Sub(p.last) < lineEvery {
		return
	}
	p.last = now
	share := float64(min(read, p.size)) / float64(p.size)
	left := time.Duration(float64(now.Sub(p.start)) * (1 - share) / max(share, 1e-9)).Round(time.Second)
	_, _ = fmt.Fprintf(p.w, "%3.0f %%  %d rows, %.0f rows/s, about %s left\n", 100*share, rows, p.rate(rows, now), left)
}

// done draws the last state.
func (p *progress) done(rows int, read int64) {
	switch now := p.now(); {
	case p.w == nil:
	case p.bar != nil:
		p.bar.Describe(fmt.Sprintf("%d rows, %.0f/s", rows, p.rate(rows, now)))
		_ = p.bar.Set64(min(read, p.size))
		_, _ = fmt.Fprintln(p.w)
	default:
		_, _ = fmt.Fprintf(p.w, "%3.0f %%  %d rows, %.0f rows/s\n", 100*float64(min(read, p.size))/float64(p.size), rows, p.rate(rows, now))
	}
}

func (p *progress) rate(rows int, now time.Time) float64 {
	return float64(rows) / max(now.Sub(p.start).Seconds(), 1e-3)
}
