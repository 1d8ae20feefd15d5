package statemodel

import "math"

// maximise is the M-step: it moves the parameters of t.m to where the expected
// complete log posterior is highest, one group after the other, so that the
// observed log posterior cannot fall (Meng & Rubin 1993). Amounts and recovery have
// no closed form and stay: the climb that follows moves them too.
func (t *tables) maximise(l *layout, sums []float64, sc scale) *Model {
	s := t.s
	m := t.m.Clone()
	// Expected acts and exposure, by kind and state; drifts and exits likewise.
	for k := range m.Kinds {
		for i := range s {
			acts, seen := t.expectedActs(l, sums, k, i)
			m.Kinds[k].Rate[i] = (acts + priorRate) / (seen + priorRate/sc.rate[k])
		}
	}
	up, down, stay, left := make([]float64, s), make([]float64, s), make([]float64, s), make([]float64, s)
	exposed := make([]float64, s)
	for n := range t.nodes {
		for slot := range l.slots {
			for k := -1; k < l.kinds; k++ {
				d := l.dwellOf(sums, n, slot, k)
				for i := range s {
					stay[i] += d[i*s+i]
					exposed[i] += t.nodes[n].eta * d[i*s+i]
					if i < s-1 {
						up[i] += t.m.Up[i] * d[i*s+i+1]
					}
					if i > 0 {
						down[i-1] += t.m.Down[i-1] * d[i*s+i-1]
					}
				}
			}
			for i := range s {
				left[i] += t.m.Exit[i] * t.nodes[n].eta * sums[l.fled+(n*l.slots+slot)*s+i]
			}
		}
	}
	for i := range s {
		if i < s-1 {
			m.Up[i] = (up[i] + priorDrift) / (stay[i] + priorDrift/sc.drift)
			m.Down[i] = (down[i] + priorDrift) / (stay[i+1] + priorDrift/sc.drift)
		}
		if m.Exit[i] > 0 {
			m.Exit[i] = (left[i] + priorDrift) / (exposed[i] + priorDrift/sc.exit)
		}
	}
	t.maximiseRows(l, sums, m, sc)
	t.maximiseShapes(l, sums, m)
	return m
}

// expectedActs are the acts of a kind expected in a state, and the time in it in
// which they could be seen, weighted by frailty.
func (t *tables) expectedActs(l *layout, sums []float64, k, i int) (acts, seen float64) {
	s := t.s
	for n := range t.nodes {
		f := t.factor[k][n]
		acts += sums[l.count+(n*l.kinds+k)*s+i]
		for slot, mask := range t.masks {
			hidden := l.dwellOf(sums, n, slot, k)[i*s+i]
			acts += t.m.Kinds[k].Rate[i] * f * hidden
			seen += f * hidden
			if mask>>k&1 == 0 {
				continue
			}
			for h := -1; h < l.kinds; h++ {
				if h != k {
					seen += f * l.dwellOf(sums, n, slot, h)[i*s+i]
				}
			}
		}
	}
	return acts, seen
}

// maximiseRows sets the distributions to expected counts plus pseudo counts.
func (t *tables) maximiseRows(l *layout, sums []float64, m *Model, sc scale) {
	_, rows := free(m, sc)
	at := 0
	for _, counts := range t.rowCounts(l, sums) {
		r := rows[at]
		at++
		total := 0.0
		for j := range r.p {
			r.p[j] = max(counts[j], 0) + r.prior[j]
			total += r.p[j]
		}
		for j := range r.p {
			r.p[j] /= total
		}
	}
}

// maximiseShapes moves the shapes of the frailties, given the new rates: nodes
// shift with the shape, and weights too.
func (t *tables) maximiseShapes(l *layout, sums []float64, m *Model) {
	s := t.s
	na, nd := m.Grid.sizes()
	if m.Grid.Activity > 0 {
		q := func(shape float64) float64 {
			mean, weight := gammaNodes(shape, na)
			sum := priorShape * (math.Log(shape) - shape)
			for n := range t.nodes {
				if mass := sums[l.mass+n]; mass > 0 {
					sum += mass * math.Log(weight[n%na])
				}
				for k := range m.Kinds {
					if m.Kinds[k].Common {
						continue
					}
					for i := range s {
						acts, seen := t.nodeActs(l, sums, k, i, n)
						if acts > 0 {
							sum += acts * math.Log(mean[n%na])
						}
						sum -= m.Kinds[k].Rate[i] * mean[n%na] * seen
					}
				}
			}
			return sum
		}
		m.Grid.Activity = climbShape(m.Grid.Activity, q)
	}
	if m.Grid.Departure > 0 {
		q := func(shape float64) float64 {
			mean, weight := gammaNodes(shape, nd)
			sum := priorShape * (math.Log(shape) - shape)
			for n := range t.nodes {
				if mass := sums[l.mass+n]; mass > 0 {
					sum += mass * math.Log(weight[n/na])
				}
				for i := range s {
					exits, stay := 0.0, 0.0
					for slot := range l.slots {
						exits += t.m.Exit[i] * t.nodes[n].eta * sums[l.fled+(n*l.slots+slot)*s+i]
						for h := -1; h < l.kinds; h++ {
							stay += l.dwellOf(sums, n, slot, h)[i*s+i]
						}
					}
					if exits > 0 {
						sum += exits * math.Log(mean[n/na])
					}
					sum -= m.Exit[i] * mean[n/na] * stay
				}
			}
			return sum
		}
		m.Grid.Departure = climbShape(m.Grid.Departure, q)
	}
}

// nodeActs is expectedActs at one node, free of frailty.
func (t *tables) nodeActs(l *layout, sums []float64, k, i, n int) (acts, seen float64) {
	s := t.s
	acts = sums[l.count+(n*l.kinds+k)*s+i]
	for slot, mask := range t.masks {
		hidden := l.dwellOf(sums, n, slot, k)[i*s+i]
		acts += t.m.Kinds[k].Rate[i] * t.factor[k][n] * hidden
		seen += hidden
		if mask>>k&1 == 0 {
			continue
		}
		for h := -1; h < l.kinds; h++ {
			if h != k {
				seen += l.dwellOf(sums, n, slot, h)[i*s+i]
			}
		}
	}
	return acts, seen
}

// climbShape maximises q about a shape by golden section, within a factor of e.
// It never returns a shape that is worse.
func climbShape(shape float64, q func(float64) float64) float64 {
	const golden = .6180339887498949
	lo, hi := math.Log(shape)-1, math.Log(shape)+1
	a, b := hi-golden*(hi-lo), lo+golden*(hi-lo)
	qa, qb := q(math.Exp(a)), q(math.Exp(b))
	for range 25 {
		if qa > qb {
			hi, b, qb = b, a, qa
			a = hi - golden*(hi-lo)
			qa = q(math.Exp(a))
		} else {
			lo, a, qa = a, b, qb
			b = lo + golden*(hi-lo)
			qb = q(math.Exp(b))
		}
	}
	best := math.Exp((lo + hi) / 2)
	if !(q(best) >= q(shape)) {
		return shape
	}
	return best
}
