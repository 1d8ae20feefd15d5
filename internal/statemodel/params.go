package statemodel

import "math"

// A fit moves a model through unconstrained coordinates: the logarithm of each
// positive parameter, and for each distribution the log odds of its entries
// against one of them.

// scalar is a positive parameter: *p + offset is above 0.
type scalar struct {
	p      *float64
	offset float64
	// The prior is that of having seen pseudo events in the time that the centre
	// needs for them: pseudo·(ln(v/centre) − v/centre). 0 is none.
	centre, pseudo float64
}

// row is a distribution; entry pin is what the others are measured against. prior
// are pseudo counts (Dirichlet), or nil.
type row struct {
	p     []float64
	pin   int
	prior []float64
}

// Pseudo counts of the priors: weak, as they only keep a parameter that the data
// say nothing about where it can be.
const (
	priorRate   = .02 // own acts
	priorDrift  = .5  // drift and exit
	priorShape  = .1  // frailty, spend, recovery
	priorStart  = 1   // people
	priorTouch  = 4   // touches a state and class
	priorStay   = .95 // of which so much stay where they are
	priorAnswer = 1   // responses a state and class
)

// free lists the parameters of m that a fit may move. A zero exit rate, frailty or
// recovery is not moved: it says that the model has none.
func free(m *Model, sc scale) (scalars []scalar, rows []row) {
	s := m.States()
	add := func(p *float64, centre, pseudo float64) {
		scalars = append(scalars, scalar{p: p, centre: centre, pseudo: pseudo})
	}
	for k := range m.Kinds {
		for i := range s {
			add(&m.Kinds[k].Rate[i], sc.rate[k], priorRate)
		}
	}
	for i := range m.Up {
		add(&m.Up[i], sc.drift, priorDrift)
	}
	for i := range m.Down {
		add(&m.Down[i], sc.drift, priorDrift)
	}
	for i := range m.Exit {
		if m.Exit[i] > 0 {
			add(&m.Exit[i], sc.exit, priorDrift)
		}
	}
	if m.Grid.Activity > 0 {
		add(&m.Grid.Activity, 1, priorShape)
	}
	if m.Grid.Departure > 0 {
		add(&m.Grid.Departure, 1, priorShape)
	}
	if m.Recovery.Depth != 0 {
		scalars = append(scalars, scalar{p: &m.Recovery.Depth, offset: 1, centre: 1, pseudo: priorShape})
		add(&m.Recovery.Time, 1/sc.rate[0], priorShape)
	}
	for k := range m.Kinds {
		if sp := m.Kinds[k].Spend; sp != nil {
			add(&sp.Within, 1, priorShape)
			add(&sp.Between, 2, priorShape)
			add(&sp.Scale, sp.Scale, 0)
			for i := 1; i < s; i++ { // the first is the measure of the others
				add(&sp.Level[i], 1, priorShape)
			}
		}
	}
	if s == 1 {
		return scalars, freeAnswers(m, nil)
	}
	for c := range m.Start {
		rows = append(rows, row{p: m.Start[c], prior: even(s, priorStart)})
	}
	move := func(k [][]float64) {
		for i := range k {
			prior := even(s, 0)
			for j := range prior {
				prior[j] = priorTouch * (1 - priorStay) / float64(s-1)
			}
			prior[i] = priorTouch * priorStay
			rows = append(rows, row{p: k[i], pin: i, prior: prior})
		}
	}
	for a := range m.Touches {
		for b := range m.Touches[a].Move {
			move(m.Touches[a].Move[b])
		}
		for _, o := range m.Touches[a].Outcomes {
			if o.Move != nil {
				move(o.Move)
			}
		}
	}
	return scalars, freeAnswers(m, rows)
}

func freeAnswers(m *Model, rows []row) []row {
	for a := range m.Touches {
		for i := range m.Touches[a].Respond {
			p := m.Touches[a].Respond[i]
			rows = append(rows, row{p: p, prior: even(len(p), priorAnswer)})
		}
	}
	return rows
}

func even(n int, total float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = total / float64(n)
	}
	return out
}

// tiny keeps log odds finite.
const tiny = 1e-12

// pack returns the coordinates of the parameters.
func pack(scalars []scalar, rows []row) []float64 {
	var x []float64
	for _, s := range scalars {
		x = append(x, math.Log(*s.p+s.offset))
	}
	for _, r := range rows {
		for j, v := range r.p {
			if j != r.pin {
				x = append(x, math.Log(max(v, tiny)/max(r.p[r.pin], tiny)))
			}
		}
	}
	return x
}

// unpack sets the parameters to coordinates. What no data set bears, and what
// would overflow, is held at the edge.
func unpack(x []float64, scalars []scalar, rows []row) {
	const edge = 25
	for i, s := range scalars {
		*s.p = math.Exp(max(-edge, min(x[i], edge))) - s.offset
		if s.offset != 0 && *s.p == 0 {
			*s.p = 1e-12 // 0 would say that there is none
		}
	}
	x = x[len(scalars):]
	for _, r := range rows {
		top := 0.0
		for _, v := range x[:len(r.p)-1] {
			top = max(top, v)
		}
		sum := 0.0
		i := 0
		for j := range r.p {
			v := 0.0
			if j != r.pin {
				v = x[i]
				i++
			}
			r.p[j] = math.Exp(max(v-top, -2*edge))
			sum += r.p[j]
		}
		for j := range r.p {
			r.p[j] /= sum
		}
		x = x[len(r.p)-1:]
	}
}

// logPrior is the log prior density, up to a constant.
func logPrior(scalars []scalar, rows []row) float64 {
	sum := 0.0
	for _, s := range scalars {
		if s.pseudo > 0 {
			v := (*s.p + s.offset) / s.centre
			sum += s.pseudo * (math.Log(v) - v)
		}
	}
	for _, r := range rows {
		for j, c := range r.prior {
			sum += c * math.Log(max(r.p[j], tiny*tiny))
		}
	}
	return sum
}

// gradient is the gradient of the log likelihood by the coordinates: by Fisher's
// identity it is that of the expected complete log likelihood, which the settled
// sums hold.
func (t *tables) gradient(l *layout, sums []float64) []float64 {
	s, m := t.s, t.m
	var g []float64
	for k := range m.Kinds {
		for i := range s {
			g = append(g, t.rateSlope(l, sums, k, i, -1))
		}
	}
	up, down, exit := make([]float64, s), make([]float64, s), make([]float64, s)
	for n := range t.nodes {
		for slot := range l.slots {
			for k := -1; k < l.kinds; k++ {
				d := l.dwellOf(sums, n, slot, k)
				for i := range s {
					if i < s-1 {
						up[i] += m.Up[i] * (d[i*s+i+1] - d[i*s+i])
					}
					if i > 0 {
						down[i-1] += m.Down[i-1] * (d[i*s+i-1] - d[i*s+i])
					}
					exit[i] -= m.Exit[i] * t.nodes[n].eta * d[i*s+i]
				}
			}
			for i := range s {
				exit[i] += m.Exit[i] * t.nodes[n].eta * sums[l.fled+(n*l.slots+slot)*s+i]
			}
		}
	}
	g = append(append(g, up[:s-1]...), down[:s-1]...)
	for i := range s {
		if m.Exit[i] > 0 {
			g = append(g, exit[i])
		}
	}
	na, nd := m.Grid.sizes()
	if m.Grid.Activity > 0 {
		mean, weight := gammaSlopes(m.Grid.Activity, na)
		sum := 0.0
		for n, nd := range t.nodes {
			by := sums[l.stretch+n]
			for k := range m.Kinds {
				if m.Kinds[k].Common {
					continue
				}
				for i := range s {
					by += t.rateSlope(l, sums, k, i, n)
				}
			}
			sum += sums[l.mass+n]*weight[n%na] + by*mean[n%na]/nd.theta
		}
		g = append(g, sum)
	}
	if m.Grid.Departure > 0 {
		mean, weight := gammaSlopes(m.Grid.Departure, nd)
		sum := 0.0
		for n, at := range t.nodes {
			by := 0.0
			for i := range s {
				by += t.exitSlope(l, sums, i, n)
			}
			sum += sums[l.mass+n]*weight[n/na] + by*mean[n/na]/at.eta
		}
		g = append(g, sum)
	}
	if m.Recovery.Depth != 0 {
		depth, time := 0.0, 0.0
		for n := range t.nodes {
			depth += sums[l.depth+n]
			time += sums[l.time+n]
		}
		g = append(g, depth, time)
	}
	for k := range m.Kinds {
		if m.Kinds[k].Spend != nil {
			at := sums[l.spend[k]:]
			g = append(g, at[0], at[1], at[2])
			g = append(g, at[4:3+s]...)
		}
	}
	return t.rowGradient(l, sums, g)
}

func (t *tables) rowGradient(l *layout, sums, g []float64) []float64 {
	_, rows := free(t.m, scale{rate: fill(len(t.m.Kinds), 1)})
	for at, counts := range t.rowCounts(l, sums) {
		r, total := rows[at], 0.0
		for _, c := range counts {
			total += c
		}
		for j := range r.p {
			if j != r.pin {
				g = append(g, counts[j]-total*r.p[j])
			}
		}
	}
	return g
}

// rowCounts are the expected counts of the distributions, in the order of free.
func (t *tables) rowCounts(l *layout, sums []float64) [][]float64 {
	s, m := t.s, t.m
	var out [][]float64
	add := func(at, n int) { out = append(out, sums[at:at+n]) }
	if s > 1 {
		for c := range m.Start {
			add(l.start+c*s, s)
		}
		for a := range m.Touches {
			for b, k := range m.Touches[a].Move {
				for i := range k {
					add(l.move[a][b]+i*s, s)
				}
			}
			for o, way := range m.Touches[a].Outcomes {
				for i := range way.Move {
					add(l.after[a][o]+i*s, s)
				}
			}
		}
	}
	for a := range m.Touches {
		for i, p := range m.Touches[a].Respond {
			add(l.respond[a]+i*len(p), len(p))
		}
	}
	return out
}

// dwellOf is the block of dwell at a node and exposure; with k ≥ 0 that of hidden.
func (l *layout) dwellOf(sums []float64, n, slot, k int) []float64 {
	base := n*l.slots + slot
	if k < 0 {
		return sums[l.dwell+base*l.s*l.s:][:l.s*l.s]
	}
	return sums[l.hidden+(base*l.kinds+k)*l.s*l.s:][:l.s*l.s]
}

// rateSlope is the derivative by the logarithm of a rate, at one node or (−1) over
// all.
func (t *tables) rateSlope(l *layout, sums []float64, k, i, n int) float64 {
	if n < 0 {
		sum := 0.0
		for n := range t.nodes {
			sum += t.rateSlope(l, sums, k, i, n)
		}
		return sum
	}
	seen := 0.0
	for slot, mask := range t.masks {
		if mask>>k&1 == 0 {
			continue
		}
		for h := -1; h < l.kinds; h++ {
			seen += l.dwellOf(sums, n, slot, h)[i*t.s+i]
		}
	}
	return sums[l.count+(n*l.kinds+k)*t.s+i] - t.m.Kinds[k].Rate[i]*t.factor[k][n]*seen
}

func (t *tables) exitSlope(l *layout, sums []float64, i, n int) float64 {
	sum := 0.0
	for slot := range l.slots {
		for h := -1; h < l.kinds; h++ {
			sum -= l.dwellOf(sums, n, slot, h)[i*t.s+i]
		}
		sum += sums[l.fled+(n*l.slots+slot)*t.s+i]
	}
	return t.m.Exit[i] * t.nodes[n].eta * sum
}

// priorGradient adds the gradient of logPrior by the coordinates to g.
func priorGradient(scalars []scalar, rows []row, g []float64) {
	for i, s := range scalars {
		if s.pseudo > 0 {
			g[i] += s.pseudo * (1 - (*s.p+s.offset)/s.centre)
		}
	}
	at := len(scalars)
	for _, r := range rows {
		total := 0.0
		for _, c := range r.prior {
			total += c
		}
		for j := range r.p {
			if j == r.pin {
				continue
			}
			if r.prior != nil {
				g[at] += r.prior[j] - total*r.p[j]
			}
			at++
		}
	}
}
