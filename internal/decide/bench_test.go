package decide_test

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/event"
)

// Acceptance figure S6: a decision over 200 candidates by the two-level choice,
// 11 actions and silence, 64 draws at each level.
func BenchmarkChoiceOf200Candidates(b *testing.B) {
	l, os := twoHundred(b)
	r := rand.New(rand.NewPCG(1, 0))
	s := l.NewStatistics()
	for _, o := range os {
		for range 500 {
			at := decide.Place{}
			if len(o.Ways) > 0 {
				at = o.Ways[r.IntN(len(o.Ways))].Place
			}
			x := make([]float64, 10)
			x[0], x[1+r.IntN(4)] = 1, 1
			require.NoError(b, l.Observe(s, o.Action, at, x, r.NormFloat64(), 1))
		}
	}
	p, err := l.Learn(s, decide.PriorOf(1))
	require.NoError(b, err)
	x := []float64{1, 0.1, 0.4, 0.3, 0.2, 0.5, 1, 0, 0, 0.3}
	for _, draws := range []int{64, 256} {
		b.Run(fmt.Sprint(draws, " draws"), func(b *testing.B) {
			var c decide.Chooser
			b.ReportAllocs()
			seed, before := uint64(0), processor(b)
			for b.Loop() {
				seed++
				if _, err := c.Choose(p, os, x, seed, decide.Exploration{Draws: draws}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(processor(b)-before)/float64(b.N)/1e3, "cpu-µs/op")
		})
	}
}

// processor is the processor time of this process: on a shared machine it says
// more than the clock.
func processor(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func twoHundred(t testing.TB) (*decide.Layout, []decide.Offer) {
	t.Helper()
	var shapes []decide.ActionShape
	channels := []string{"email", "push", "sms"}
	for a := range 11 {
		s := decide.ActionShape{ID: fmt.Sprint("a", a)}
		for m := range 3 {
			s.Messages = append(s.Messages, decide.MessageShape{ID: fmt.Sprint("m", m), Channels: channels})
		}
		shapes = append(shapes, s)
	}
	l, err := decide.NewLayout(10, 4, shapes)
	require.NoError(t, err)
	os := []decide.Offer{{Action: event.Silence}}
	n := 1
	for _, s := range shapes {
		o := decide.Offer{Action: s.ID}
		for _, m := range s.Messages {
			for _, c := range channels {
				for h := range 2 {
					at, err := l.Place(s.ID, m.ID, c, 20+h)
					require.NoError(t, err)
					o.Ways = append(o.Ways, decide.Way{Message: m.ID, Channel: c, Hour: 20 + h, Place: at})
				}
			}
		}
		n += len(o.Ways)
		os = append(os, o)
	}
	require.Equal(t, 199, n, "11 actions of 18 ways, and silence")
	return l, os
}
