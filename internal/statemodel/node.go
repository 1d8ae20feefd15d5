package statemodel

// NodeBelief is what is believed of one person at one level of their lasting
// traits.
type NodeBelief struct {
	Weight float64   // probability of the level
	States []float64 // probabilities of the live states, given it; what they lack to 1 is that of being gone
	Values []float64 // what each state is worth to the person, in money
}

// Nodes takes a belief apart by the person's lasting traits. Weights sum to 1.
func (v *Values) Nodes(b *Belief) []NodeBelief {
	s, total := v.f.t.s, v.f.nodeTotal(b)
	out := make([]NodeBelief, len(b.on))
	for i, n := range b.on {
		mass := v.f.nodeMass(b, i)
		node := NodeBelief{Weight: mass / total, States: make([]float64, s), Values: make([]float64, s)}
		for j := range s {
			if mass > 0 {
				node.States[j] = b.live[i*s+j] / mass
			}
			node.Values[j] = v.at(b, int(n), j)
		}
		out[i] = node
	}
	return out
}

// Fatigue is how much the person has been touched lately: see [Fatigue].
func (f *Filter) Fatigue(b *Belief) float64 {
	return f.t.m.Fatigue.decay(b.level, b.At-b.levelAt)
}

// Jump is the matrix by which a touch of a class moves the state of whom touches
// have worn to a level. The caller must not change it.
func (m *Model) Jump(class int, level float64) [][]float64 {
	return m.Touches[class].Move[m.Fatigue.bucket(level)]
}

// Mean is the mean of [Values.Of], for less work.
func (v *Values) Mean(b *Belief) float64 {
	s, sum := v.f.t.s, 0.0
	for i, n := range b.on {
		for j := range s {
			sum += float64(b.live[i*s+j] * v.at(b, int(n), j))
		}
	}
	return sum / v.f.nodeTotal(b)
}

// Soon is the probability of an own act of any kind within some days after b.At:
// [Outlook.Active] for less work.
func (f *Filter) Soon(b *Belief, days float64) float64 {
	sum := 0.0
	for i := range b.on {
		sum += f.activeMass(b, i, days)
	}
	return sum / f.nodeTotal(b)
}

// Ahead is what [Filter.States] is expected to be some days after b.At, if nothing
// but silence and the person's own acts comes.
func (f *Filter) Ahead(b *Belief, days float64) (live []float64, gone float64) {
	s, total := f.t.s, f.nodeTotal(b)
	live, gone = make([]float64, s), 1
	for i, n := range b.on {
		c := f.course(b, int(n), days)
		for from := range s {
			for to := range s {
				live[to] += float64(b.live[i*s+from] * c.state[from*s+to] / total)
			}
		}
	}
	for _, p := range live {
		gone -= p
	}
	return live, max(gone, 0)
}
