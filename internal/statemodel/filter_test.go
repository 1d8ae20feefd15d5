package statemodel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/rapporthq/rapport/internal/fault"
)

func TestAYearOfSilenceIsEvidenceAndTenYearsAreOneStep(t *testing.T) {
	t.Parallel()
	m := rich(3)
	m.Clock = Clock{}
	f, err := NewFilter(m)
	require.NoError(t, err)
	b, err := f.Begin(0, 0)
	require.NoError(t, err)
	_, err = f.Observe(b, Event{At: 1. / 86400, Kind: 0})
	require.NoError(t, err)
	last := -1.0
	for _, day := range []float64{2. / 86400, 1, 30, 365, 3650} {
		require.NoError(t, f.Advance(b, day))
		_, gone := f.States(b)
		require.False(t, math.IsNaN(gone))
		require.Greater(t, gone, last)
		last = gone
	}
	require.Greater(t, last, .99)
	// In one step or in many.
	c, err := f.Begin(0, 0)
	require.NoError(t, err)
	_, err = f.Observe(c, Event{At: 1. / 86400, Kind: 0})
	require.NoError(t, err)
	require.NoError(t, f.Advance(c, 3650))
	_, gone := f.States(c)
	require.InDelta(t, last, gone, 1e-9)
	// And who comes back after all is not gone.
	score, err := f.Observe(c, Event{At: 3651, Kind: 1})
	require.NoError(t, err)
	require.Less(t, score, -3.0)
	_, gone = f.States(c)
	require.Zero(t, gone)
}

func TestSilenceOfADeadSourceIsNoEvidence(t *testing.T) {
	t.Parallel()
	m := rich(2)
	m.Kinds = m.Kinds[:1]
	m.Exit = []float64{0, 0}
	f, err := NewFilter(m)
	require.NoError(t, err)
	b, err := f.Begin(0, 1)
	require.NoError(t, err)
	before := f.Activity(b).Mean
	require.NoError(t, f.Expose(b, 0, 0))
	require.NoError(t, f.Advance(b, 300))
	require.InDelta(t, before, f.Activity(b).Mean, 1e-9)
	require.NoError(t, f.Expose(b, 300, 1))
	require.NoError(t, f.Advance(b, 600))
	require.Less(t, f.Activity(b).Mean, before/2)
}

func TestABeliefAtRestIsSmallAndNearlyTheSame(t *testing.T) {
	t.Parallel()
	m := rich(3)
	m.Grid = Grid{Activity: .6}
	m = widen(m, 5)
	f, err := NewFilter(m)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(3, 1))
	largest, off, worst := 0, 0.0, 0.0
	for range 300 {
		h := someone(r)
		exact, _ := follow(t, f, h)
		// At rest after every event.
		b, err := f.Begin(h.Start, h.Class)
		require.NoError(t, err)
		for _, e := range append(h.Events, Event{At: h.End, Type: Touch}) {
			if e.At > b.At && e.Span == 0 && len(h.Dark) == 0 {
				_, err = f.Observe(b, e)
				require.NoError(t, err)
				raw := f.Encode(nil, b)
				largest = max(largest, len(raw))
				b, err = f.Decode(raw)
				require.NoError(t, err)
			}
		}
		if len(h.Dark) > 0 || anySpan(h) {
			continue
		}
		_, err = f.Observe(exact, Event{At: h.End, Type: Touch})
		require.NoError(t, err)
		live, gone := f.States(exact)
		kept, left := f.States(b)
		off = max(off, math.Abs(gone-left))
		for j := range live {
			off = max(off, math.Abs(live[j]-kept[j]))
		}
		a, err := f.Expect(exact, 90)
		require.NoError(t, err)
		c, err := f.Expect(b, 90)
		require.NoError(t, err)
		for k := range a.Acts {
			worst = max(worst, math.Abs(a.Acts[k].Mean/c.Acts[k].Mean-1))
		}
	}
	require.LessOrEqual(t, largest, MaxBelief)
	require.Greater(t, largest, 150, "the test tries large beliefs")
	require.Less(t, off, .003)
	require.Less(t, worst, .01)
}

func anySpan(h History) bool {
	for _, e := range h.Events {
		if e.Span > 0 {
			return true
		}
	}
	return false
}

// widen gives a model of rich more states.
func widen(m *Model, s int) *Model {
	grow := func(v []float64) []float64 {
		for len(v) < s {
			v = append(v, v[len(v)-1]*1.5)
		}
		return v
	}
	m.Exit = grow(m.Exit)
	for k := range m.Kinds {
		m.Kinds[k].Rate = grow(m.Kinds[k].Rate)
		if m.Kinds[k].Spend != nil {
			m.Kinds[k].Spend.Level = grow(m.Kinds[k].Spend.Level)
		}
	}
	for len(m.Up) < s-1 {
		m.Up, m.Down = append(m.Up, .02), append(m.Down, .03)
	}
	for c := range m.Start {
		m.Start[c] = even(s, 1)
	}
	for a := range m.Touches {
		for i := range m.Touches[a].Move {
			m.Touches[a].Move[i] = mostly(s)
		}
		for i := range m.Touches[a].Outcomes {
			if m.Touches[a].Outcomes[i].Move != nil {
				m.Touches[a].Outcomes[i].Move = mostly(s)
			}
		}
		if m.Touches[a].Respond != nil {
			for len(m.Touches[a].Respond) < s {
				m.Touches[a].Respond = append(m.Touches[a].Respond, m.Touches[a].Respond[0])
			}
		}
	}
	return m
}

func TestABeliefOfAnotherModelIsRefused(t *testing.T) {
	t.Parallel()
	m := rich(2)
	f, err := NewFilter(m)
	require.NoError(t, err)
	b, err := f.Begin(0, 0)
	require.NoError(t, err)
	raw := f.Encode(nil, b)
	m.Exit[0] *= 1.01
	other, err := NewFilter(m)
	require.NoError(t, err)
	_, err = other.Decode(raw)
	require.ErrorContains(t, err, "another model")
	for n := range raw {
		_, err := f.Decode(raw[:n])
		require.Error(t, err, "cut to %d of %d bytes", n, len(raw))
	}
}

func TestEventsThatComeLateAreGoneOverAgain(t *testing.T) {
	t.Parallel()
	m := rich(3)
	f, err := NewFilter(m)
	require.NoError(t, err)
	var events []Event
	r := rand.New(rand.NewPCG(8, 8))
	for day := 1.0; day < 20; day++ {
		events = append(events, Event{At: day, Type: Type(r.IntN(2)), Kind: uint8(r.IntN(2)), Amount: 10})
	}
	b, err := f.Begin(0, 0)
	require.NoError(t, err)
	inOrder, shuffled := f.Recent(b), f.Recent(b)
	for _, e := range events {
		require.NoError(t, f.Add(inOrder, e))
	}
	r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for _, e := range events {
		require.NoError(t, f.Add(shuffled, e))
	}
	want, _ := f.States(inOrder.Belief())
	got, _ := f.States(shuffled.Belief())
	require.InDeltaSlice(t, want, got, 1e-12)
	for day := 21.0; day < 80; day++ {
		require.NoError(t, f.Add(shuffled, Event{At: day}))
	}
	require.True(t, fault.Is(f.Add(shuffled, Event{At: 22}), fault.Conflict))
}
