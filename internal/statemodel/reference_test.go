package statemodel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// reference is the log likelihood by brute force: at each node the whole generator,
// gone among its states, is exponentiated over each quiet time (Padé, by gonum).
func reference(m *Model, h History) float64 {
	total := 0.0
	for _, n := range m.Grid.nodes() {
		total += n.weight * math.Exp(referenceAt(m, h, n))
	}
	return math.Log(total)
}

func referenceAt(m *Model, h History, n node) float64 {
	s := m.States()
	d := m.Clock.dial()
	row := mat.NewDense(1, s+1, append(append([]float64(nil), m.Start[h.Class]...), 0))
	log, zero, at := 0.0, h.Start, h.Start
	fatigue, fatigueAt := 0.0, h.Start
	purses := make([]purse, len(m.Kinds))
	clock := func(day float64) float64 { v, _ := d.read(day); return v }
	generator := func(seen func(k int) bool) *mat.Dense {
		q := mat.NewDense(s+1, s+1, nil)
		for i := range s {
			out := m.Exit[i] * n.eta
			q.Set(i, s, out)
			if i < s-1 {
				q.Set(i, i+1, m.Up[i])
				out += m.Up[i]
			}
			if i > 0 {
				q.Set(i, i-1, m.Down[i-1])
				out += m.Down[i-1]
			}
			for k, kind := range m.Kinds {
				if !seen(k) {
					continue
				}
				r := kind.Rate[i]
				if !kind.Common {
					r *= n.theta
				}
				out += r
			}
			q.Set(i, i, -out)
		}
		return q
	}
	exp := func(q *mat.Dense, dt float64) *mat.Dense {
		var scaled, e mat.Dense
		scaled.Scale(dt, q)
		e.Exp(&scaled)
		return &e
	}
	elapsed := func(from, to float64) float64 {
		z := clock(zero)
		return m.Recovery.elapsed(clock(to)-z, n.theta) - m.Recovery.elapsed(clock(from)-z, n.theta)
	}
	// In small pieces, in each of which exposure is what it is in the middle.
	quiet := func(to float64) {
		edges := []float64{at}
		for _, x := range h.Dark {
			for _, v := range []float64{x.From, x.To} {
				if v > at && v < to {
					edges = append(edges, v)
				}
			}
		}
		edges = append(edges, to)
		for i := 1; i < len(edges); i++ {
			for j := i; j > 1 && edges[j] < edges[j-1]; j-- {
				edges[j], edges[j-1] = edges[j-1], edges[j]
			}
		}
		for i := 1; i < len(edges); i++ {
			middle := (edges[i-1] + edges[i]) / 2
			q := generator(func(k int) bool { return !dark(h, middle, k) })
			var next mat.Dense
			next.Mul(row, exp(q, elapsed(edges[i-1], edges[i])))
			row = &next
		}
		at = to
	}
	multiply := func(by []float64) {
		for i, v := range by {
			row.Set(0, i, row.At(0, i)*v)
		}
	}
	move := func(k [][]float64) {
		full := mat.NewDense(s+1, s+1, nil)
		full.Set(s, s, 1)
		for i := range k {
			for j := range k[i] {
				full.Set(i, j, k[i][j])
			}
		}
		var next mat.Dense
		next.Mul(row, full)
		row = &next
	}
	for _, e := range h.Events {
		if e.Span > 0 {
			quiet(max(e.At-e.Span, at))
			start := at
			a := exp(generator(func(k int) bool { return k != int(e.Kind) && !dark(h, start, k) }), elapsed(at, e.At))
			b := exp(generator(func(k int) bool { return k == int(e.Kind) || !dark(h, start, k) }), elapsed(at, e.At))
			row.Set(0, s, 0)
			a.Sub(a, b)
			var next mat.Dense
			next.Mul(row, a)
			row, at, zero = &next, e.At, e.At
			continue
		}
		quiet(e.At)
		by := make([]float64, s+1)
		switch e.Type {
		case Own:
			_, speed := d.read(e.At)
			for i := range s {
				by[i] = m.Kinds[e.Kind].Rate[i] * speed * m.Recovery.factor(clock(e.At)-clock(zero), n.theta)
				if !m.Kinds[e.Kind].Common {
					by[i] *= n.theta
				}
			}
			if law := m.Kinds[e.Kind].Spend; law != nil && e.Amount > 0 {
				density := make([]float64, s)
				law.log(e.Amount, purses[e.Kind], density)
				for i := range s {
					by[i] *= math.Exp(density[i])
				}
				purses[e.Kind].n++
				purses[e.Kind].sum += e.Amount
			}
			multiply(by)
			zero = e.At
		case Touch:
			fatigue = m.Fatigue.decay(fatigue, e.At-fatigueAt)
			fatigueAt = e.At
			move(m.Touches[e.Kind].Move[m.Fatigue.bucket(fatigue)])
			fatigue += m.Touches[e.Kind].weight()
		case Response:
			c := m.Touches[e.Kind]
			if c.Respond != nil {
				for i := range s {
					by[i] = c.Respond[i][e.Outcome]
				}
				if e.Outcome == 0 {
					by[s] = 1
				}
				multiply(by)
			}
			if e.Outcome > 0 && c.Outcomes[e.Outcome-1].Move != nil {
				move(c.Outcomes[e.Outcome-1].Move)
			}
		}
	}
	quiet(h.End)
	sum := 0.0
	for i := range s + 1 {
		sum += row.At(0, i)
	}
	return log + math.Log(sum)
}

func dark(h History, at float64, k int) bool {
	for _, d := range h.Dark {
		if int(d.Kind) == k && d.From <= at && at < d.To {
			return true
		}
	}
	return false
}

func TestTheLikelihoodIsThatOfTheWholeGenerator(t *testing.T) {
	t.Parallel()
	for s := 1; s <= 3; s++ {
		m := rich(s)
		r := rand.New(rand.NewPCG(7, uint64(s)))
		for range 30 {
			h := someone(r)
			got, err := m.LogLikelihood([]History{h}, nil)
			require.NoError(t, err)
			require.InDelta(t, reference(m, h), got[0], 1e-9*(1+math.Abs(got[0])), "%d states, %+v", s, h)
		}
	}
}

// follow filters a history to its end, and returns the sum of the scores.
func follow(t testing.TB, f *Filter, h History) (*Belief, float64) {
	t.Helper()
	b, err := f.Begin(h.Start, h.Class)
	require.NoError(t, err)
	total := 0.0
	events := h.Events
	for {
		// The next change of exposure, if it comes before the next event.
		mask, change := uint8(1<<len(f.t.m.Kinds)-1), math.Inf(1)
		for _, d := range h.Dark {
			switch {
			case d.From <= b.At && b.At < d.To:
				mask &^= 1 << d.Kind
				change = min(change, d.To)
			case b.At < d.From:
				change = min(change, d.From)
			}
		}
		require.NoError(t, f.Expose(b, b.At, mask))
		next := h.End
		if len(events) > 0 {
			next = events[0].At - events[0].Span
		}
		if change < next {
			require.NoError(t, f.Advance(b, change))
			continue
		}
		if len(events) == 0 {
			break
		}
		score, err := f.Observe(b, events[0])
		require.NoError(t, err)
		total += score
		events = events[1:]
	}
	require.NoError(t, f.Advance(b, h.End))
	return b, total + b.silence
}

func TestTheScoresOfTheFilterAddUpToTheLikelihood(t *testing.T) {
	t.Parallel()
	for s := 1; s <= 3; s++ {
		m := rich(s)
		f, err := NewFilter(m)
		require.NoError(t, err)
		r := rand.New(rand.NewPCG(9, uint64(s)))
		for range 300 {
			h := someone(r)
			want, err := m.LogLikelihood([]History{h}, nil)
			require.NoError(t, err)
			_, got := follow(t, f, h)
			// Nodes lighter than a ten-millionth of the heaviest are dropped on the way.
			require.InDelta(t, want[0], got, 1e-3, "%d states, %+v", s, h)
		}
	}
}

func TestTheFilterIsExactUntilItDropsANode(t *testing.T) {
	t.Parallel()
	m := rich(3)
	m.Grid.Nodes, m.Grid.DepartureNodes = 3, 2
	f, err := NewFilter(m)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(11, 3))
	exact := 0
	for range 150 {
		h := someone(r)
		b, got := follow(t, f, h)
		if len(b.on) < len(f.t.nodes) {
			continue
		}
		exact++
		require.InDelta(t, reference(m, h), got, 1e-9*(1+math.Abs(got)), "%+v", h)
	}
	require.Greater(t, exact, 20)
}
