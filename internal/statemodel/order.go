package statemodel

import (
	"math"
	"slices"
)

// Sort orders the live states by the rate of acts of a kind, the lowest first, as
// far as the chain of neighbours allows: it can be read from either end. It returns
// whether it was turned.
func (m *Model) Sort(kind int) bool {
	rate := m.Kinds[kind].Rate
	// By where most of the order is: the correlation of rate and place.
	sum, n := 0.0, float64(len(rate)-1)/2
	for i, r := range rate {
		sum += (float64(i) - n) * r
	}
	if sum >= 0 {
		return false
	}
	m.turn()
	return true
}

// turn numbers the states from the other end. Nothing else about the model changes.
func (m *Model) turn() {
	for k := range m.Kinds {
		slices.Reverse(m.Kinds[k].Rate)
		if s := m.Kinds[k].Spend; s != nil {
			slices.Reverse(s.Level)
		}
	}
	m.Up, m.Down = reversed(m.Down), reversed(m.Up)
	slices.Reverse(m.Exit)
	for c := range m.Start {
		slices.Reverse(m.Start[c])
	}
	for a := range m.Touches {
		t := &m.Touches[a]
		for b := range t.Move {
			turnMatrix(t.Move[b])
		}
		for _, o := range t.Outcomes {
			turnMatrix(o.Move)
		}
		slices.Reverse(t.Respond)
	}
}

func reversed(v []float64) []float64 {
	out := slices.Clone(v)
	slices.Reverse(out)
	return out
}

func turnMatrix(k [][]float64) {
	slices.Reverse(k)
	for i := range k {
		slices.Reverse(k[i])
	}
}

// Match pairs the states of m with those of an incumbent by what they do, so that
// names stay: the result gives for each state of m the incumbent's, or −1 for one
// that is new. The cost of a pair is the squared distance of the logarithms of
// rates and of exit; the assignment is the cheapest of all.
func (m *Model) Match(incumbent *Model) []int {
	const far = 9 // a factor of 20 in one of them
	n, k := m.States(), incumbent.States()
	cost := make([][]float64, n)
	for i := range n {
		cost[i] = make([]float64, k)
		for j := range k {
			cost[i][j] = distance(m, i, incumbent, j)
		}
	}
	best, out := far*float64(n)+1, make([]int, n)
	var try func(i int, used int, spent float64, pairs []int)
	try = func(i, used int, spent float64, pairs []int) {
		if spent >= best {
			return
		}
		if i == n {
			best = spent
			copy(out, pairs)
			return
		}
		for j := range k {
			if used>>j&1 == 0 && cost[i][j] < far {
				pairs[i] = j
				try(i+1, used|1<<j, spent+cost[i][j], pairs)
			}
		}
		pairs[i] = -1
		try(i+1, used, spent+far, pairs)
	}
	try(0, 0, 0, make([]int, n))
	return out
}

func distance(a *Model, i int, b *Model, j int) float64 {
	sum := 0.0
	add := func(x, y float64) {
		if x > 0 && y > 0 {
			d := math.Log(x / y)
			sum += d * d
		}
	}
	for k := range min(len(a.Kinds), len(b.Kinds)) {
		add(a.Kinds[k].Rate[i], b.Kinds[k].Rate[j])
	}
	add(math.Sqrt(a.Exit[i]), math.Sqrt(b.Exit[j])) // known less well than rates
	return sum
}
