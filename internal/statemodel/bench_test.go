package statemodel

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// five is a model of five states for the cost of a step.
func five() *Model {
	return &Model{
		Kinds: []Kind{{Rate: []float64{.005, .02, .06, .2, .6}}},
		Up:    []float64{.01, .01, .01, .01}, Down: []float64{.02, .02, .02, .02},
		Exit:  []float64{.01, .005, .002, .001, .0005},
		Start: [][]float64{{.2, .2, .2, .2, .2}},
		Grid:  Grid{Activity: .6},
	}
}

func TestFollowingAPersonAllocatesNothing(t *testing.T) { // not parallel: AllocsPerRun
	f, err := NewFilter(five())
	require.NoError(t, err)
	b, err := f.Begin(0, 0)
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := f.Observe(b, Event{At: b.At + 3}); err != nil {
			t.Fatal(err)
		}
		if err := f.Advance(b, b.At+1); err != nil {
			t.Fatal(err)
		}
	}))
}

// busy is the processor's time that the process has had: on a machine that others
// use too it is what a benchmark can say.
func busy(t testing.TB) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A person's life of 20 acts, over and over. It reports the time for an event and
// for a live node of one.
func BenchmarkFilterEvent(b *testing.B) {
	f, err := NewFilter(five())
	require.NoError(b, err)
	r := rand.New(rand.NewPCG(1, 1))
	const events = 20
	gaps := make([]float64, 1024)
	for i := range gaps {
		gaps[i] = r.ExpFloat64() * 12
	}
	belief, err := f.Begin(0, 0)
	require.NoError(b, err)
	nodes := 0
	b.ReportAllocs()
	b.ResetTimer()
	began := busy(b)
	for i := range b.N {
		if i%events == 0 {
			f.begin(belief, 0, 0)
		}
		nodes += len(belief.on)
		if _, err := f.Observe(belief, Event{At: belief.At + gaps[i%len(gaps)]}); err != nil {
			b.Fatal(err)
		}
	}
	spent := float64((busy(b) - began).Nanoseconds())
	b.ReportMetric(spent/float64(nodes), "cpu-ns/node")
	b.ReportMetric(spent/float64(b.N), "cpu-ns/event")
	b.ReportMetric(float64(nodes)/float64(b.N), "nodes/event")
}

// An E-step over people with 50 events each, at four states and 24 nodes, at times
// that are all different.
func BenchmarkEStep(b *testing.B) {
	m := five()
	for _, v := range []*[]float64{&m.Up, &m.Down} {
		*v = (*v)[:3]
	}
	m.Exit, m.Kinds[0].Rate = m.Exit[:4], m.Kinds[0].Rate[:4]
	m.Start = [][]float64{{.25, .25, .25, .25}}
	r := rand.New(rand.NewPCG(1, 1))
	c := &corpus{}
	compile := m.compiler()
	const people, events = 200, 50
	for range people {
		h := History{End: 1000}
		at := 0.0
		for range events {
			at += r.ExpFloat64() * 15
			h.Events = append(h.Events, Event{At: at})
		}
		h.End = max(h.End, at)
		c.paths = append(c.paths, compile.path(h))
	}
	c.split()
	b.ResetTimer()
	began := busy(b)
	for range b.N {
		if _, _, _, err := c.expect(m, InTurn); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((busy(b)-began).Nanoseconds())/float64(b.N*people*events), "cpu-ns/person-event")
}
