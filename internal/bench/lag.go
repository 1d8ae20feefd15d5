package bench

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Lag is how the distance between what is durable and what is folded went while
// events came at an even rate.
type Lag struct {
	Slope  float64 `json:"slope_per_second"` // events that it grew by a second
	Within float64 `json:"slope_interval"`   // half of the slope's 95% interval
	Last   int64   `json:"last"`
	Most   int64   `json:"most"`
	Flat   bool    `json:"flat"`
}

// flatShare is the share of the rate by which lag may grow, at the upper end of
// its interval, and still be called flat.
const flatShare = 0.01

// trend fits a line through lag by least squares. The first fifth of the samples
// is left out: the server warms up. Samples that follow each other resemble each
// other, so the interval is of the means of ten stretches.
func trend(at []float64, lag []int64, rate float64) (l Lag) {
	at, lag = at[len(at)/5:], lag[len(lag)/5:]
	if len(lag) == 0 {
		return l
	}
	l.Last, l.Most = lag[len(lag)-1], slices.Max(lag)
	const stretches = 10
	if len(lag) < 2*stretches {
		return l
	}
	var x, y [stretches]float64
	for i := range stretches {
		from, to := i*len(lag)/stretches, (i+1)*len(lag)/stretches
		for k := from; k < to; k++ {
			x[i] += at[k] / float64(to-from)
			y[i] += float64(lag[k]) / float64(to-from)
		}
	}
	var mx, my, sxx, sxy float64
	for i := range stretches {
		mx, my = mx+x[i]/stretches, my+y[i]/stretches
	}
	for i := range stretches {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxy += (x[i] - mx) * (y[i] - my)
	}
	l.Slope = sxy / sxx
	var rest float64
	for i := range stretches {
		d := y[i] - my - l.Slope*(x[i]-mx)
		rest += d * d
	}
	const student = 2.306 // 97.5% point of the t distribution with eight degrees of freedom
	l.Within = student * math.Sqrt(rest/(stretches-2)/sxx)
	l.Flat = l.Slope+l.Within < flatShare*rate
	return l
}

// watcher samples a server's lag, and how long an event takes to be seen on the
// page of the person who did it.
type watcher struct {
	s     *server
	start time.Time

	at      []float64
	lag     []int64
	visible []time.Duration
	err     error

	stop context.CancelFunc
	done sync.WaitGroup
}

func watch(ctx context.Context, s *server) *watcher {
	w := &watcher{s: s, start: time.Now()}
	ctx, w.stop = context.WithCancel(ctx)
	w.done.Go(func() {
		for ; ctx.Err() == nil; pause(ctx, 250*time.Millisecond) {
			if lag, err := s.lag(ctx); err == nil {
				w.at, w.lag = append(w.at, time.Since(w.start).Seconds()), append(w.lag, lag)
			}
		}
	})
	w.done.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			took, err := s.visible(ctx, n)
			if ctx.Err() == nil && err != nil {
				w.err = err
				return
			}
			if err == nil {
				w.visible = append(w.visible, took)
			}
			pause(ctx, 100*time.Millisecond)
		}
	})
	return w
}

func (w *watcher) close() error {
	w.stop()
	w.done.Wait()
	slices.Sort(w.visible)
	return w.err
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// track sends one event of a user, whose name is unlike all others, until it is taken.
func (s *server) track(ctx context.Context, user, name string) error {
	e := event.Event{Kind: event.Track, Name: name, UserID: user, MessageID: name, Time: event.InstantOf(time.Now())}
	e.Properties, e.Context = []byte("{}"), []byte("{}")
	conn, err := dial(ctx, s.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it has done its work
	r := request{body: append(appendWire([]byte(`{"batch":[`), e), "]}"...)}
	r.address()
	return new(generator).post(ctx, conn, &r)
}

// visible sends an event that can be told from all others, and asks for its
// person's timeline until it is there.
func (s *server) visible(ctx context.Context, n int) (time.Duration, error) {
	user := fmt.Sprintf("probe-%d", n%20)
	name := fmt.Sprintf("Probe %d at %d", n, time.Now().UnixNano())
	id := person.IDOf(0, person.NewIdentity(person.UserID, user))
	begun := time.Now()
	if err := s.track(ctx, user, name); err != nil {
		return 0, err
	}
	for ctx.Err() == nil {
		b, err := s.get(ctx, "/api/v1/people/"+id.String()+"/timeline?limit=5")
		if err != nil {
			return 0, err
		}
		if bytes.Contains(b, []byte(name)) {
			return time.Since(begun), nil
		}
		pause(ctx, 5*time.Millisecond)
	}
	return 0, ctx.Err()
}
