package statemodel

import "math"

// layout says where in a flat vector of sums each statistic is. One vector, so
// that shards merge by addition in a fixed order, whatever is in it.
type layout struct {
	s, nodes, slots, kinds int
	size                   int
	// By node. Dwell holds for each exposure ∫ P(state i at u, seen from the end in
	// state j) du, in the eigenbasis until settle turns it: its diagonal is the
	// expected time in a state, off it times q the expected drifts. Hidden is the
	// same of the times in which an act of a kind is known to have been, without
	// regard to it. Fled is the expected flow to gone, over exit rates.
	mass, dwell, hidden, fled, count int
	depth, time, stretch             int // of recovery: by log(1+Depth), log Time, log θ
	// Over all nodes.
	ll, people, start int
	move              [][]int // by class and bucket: s×s
	after             [][]int // by class and outcome-1: s×s, or -1
	respond           []int   // by class: s×(1+outcomes)
	spend             []int   // by kind: within, between, scale, levels
}

func (t *tables) layout() layout {
	l := layout{s: t.s, nodes: len(t.nodes), slots: len(t.masks), kinds: len(t.m.Kinds)}
	take := func(n int) int {
		at := l.size
		l.size += n
		return at
	}
	s2 := t.s * t.s
	l.ll, l.people = take(1), take(1)
	l.mass = take(l.nodes)
	l.dwell = take(l.nodes * l.slots * s2)
	l.hidden = take(l.nodes * l.slots * l.kinds * s2)
	l.fled = take(l.nodes * l.slots * t.s)
	l.count = take(l.nodes * l.kinds * t.s)
	l.depth, l.time, l.stretch = take(l.nodes), take(l.nodes), take(l.nodes)
	l.start = take(len(t.m.Start) * t.s)
	for _, c := range t.m.Touches {
		var buckets, outcomes []int
		for range c.Move {
			buckets = append(buckets, take(s2))
		}
		for _, o := range c.Outcomes {
			if o.Move == nil {
				outcomes = append(outcomes, -1)
			} else {
				outcomes = append(outcomes, take(s2))
			}
		}
		l.move, l.after = append(l.move, buckets), append(l.after, outcomes)
		l.respond = append(l.respond, take(t.s*(1+len(c.Outcomes))))
	}
	for range t.m.Kinds {
		l.spend = append(l.spend, take(3+t.s))
	}
	return l
}

// gather adds the log likelihood and the expected statistics of a path to sums:
// the E-step. Nodes that carry less than negligible of the person's weight are
// left out.
func (t *tables) gather(p *path, l *layout, w *scratch, sums []float64) {
	const negligible = 1e-8
	total := t.logLikelihood(p, w)
	sums[l.ll] += p.weight * total
	sums[l.people] += p.weight
	if math.IsInf(total, -1) {
		return
	}
	for n := range t.nodes {
		share := math.Exp(w.ll[n] + w.base - total)
		if share < negligible {
			continue
		}
		sums[l.mass+n] += p.weight * share
		t.backward(p, n, l, w, p.weight*share, w.ll[n]-t.logw[n], sums)
	}
}

// backward adds one node's statistics, weighted, after forward found ll there.
func (t *tables) backward(p *path, n int, l *layout, w *scratch, weight, ll float64, sums []float64) {
	s := t.s
	r := &w.lanes[n]
	beta, lb, lbg := w.beta, 0.0, 0.0
	for q := range s {
		beta[q] = 1
	}
	rec := t.m.Recovery
	theta := t.nodes[n].theta
	for j := len(p.steps) - 1; j >= 0; j-- {
		st := &p.steps[j]
		lb, lbg = t.unact(p, j, n, l, w, weight, ll, lb, lbg, sums)
		slope := 0.0
		if st.op == opWithin {
			lb, slope = t.unquietWithin(st, j, n, l, w, weight, ll, lb, lbg, sums)
			lbg = math.Inf(-1)
		} else {
			sp := t.spectrum(st.mask, n)
			base := (n*l.slots + int(t.slot[st.mask]))
			lb, slope = unquiet(sp, r.flow[j], r.lpost[j], r.hat[j*s:(j+1)*s], beta, lb, lbg, ll, weight,
				sums[l.dwell+base*s*s:][:s*s], sums[l.fled+base*s:][:s], w)
		}
		if rec.Depth != 0 {
			d1, t1 := rec.slopes(st.to, theta)
			d0, t0 := rec.slopes(st.from, theta)
			sums[l.depth+n] += slope * (d1 - d0)
			sums[l.time+n] += slope * (t1 - t0)
			sums[l.stretch+n] -= slope * (t1 - t0) // θ divides the time
		}
	}
	start := sums[l.start+int(p.class)*s:][:s]
	for q, b := range t.m.Start[p.class] {
		start[q] += weight * b * beta[q] * math.Exp(lb-ll)
	}
}

// unact takes the backward vector through what ended step j.
func (t *tables) unact(p *path, j, n int, l *layout, w *scratch, weight, ll, lb, lbg float64, sums []float64) (float64, float64) {
	s := t.s
	st, r := &p.steps[j], &w.lanes[n]
	beta := w.beta
	pre := r.pre[j*s : (j+1)*s]
	post := r.post[(j+1)*s : (j+2)*s]
	switch st.op {
	case opWithin: // the time itself holds the act
		return lb, lbg
	case opOwn:
		c := weight * math.Exp(r.lpost[j+1]+lb-ll)
		count := sums[l.count+(n*l.kinds+int(st.kind))*s:][:s]
		share := 0.0
		emit := w.emit[j*s : (j+1)*s]
		for q := range s {
			v := c * post[q] * beta[q]
			share += v
			count[q] += v
			w.tmp[q] = v
		}
		if st.mark >= 0 {
			t.gatherSpend(&p.amounts[st.mark], l, w.tmp, sums)
		}
		for q := range s {
			beta[q] *= emit[q]
		}
		f := t.factor[st.kind][n]
		if rec := t.m.Recovery; rec.Depth != 0 {
			theta := t.nodes[n].theta
			f *= rec.factor(st.to, theta)
			depth, time := rec.factorSlopes(st.to, theta)
			sums[l.depth+n] += share * depth
			sums[l.time+n] += share * time
			sums[l.stretch+n] -= share * time
		}
		for q := range s {
			beta[q] *= f
		}
		return normalise(beta, lb), math.Inf(-1)
	case opTouch:
		gatherMove(pre, t.move[st.kind][st.sub], beta, weight*math.Exp(r.lpre[j]+lb-ll), sums[l.move[st.kind][st.sub]:][:s*s], w.tmp)
	case opRespond:
		class := &t.m.Touches[st.kind]
		respond := sums[l.respond[st.kind]:]
		outcomes := 1 + len(class.Outcomes)
		c := weight * math.Exp(r.lpre[j]+lb-ll)
		if st.sub > 0 {
			if k := t.after[st.kind][st.sub-1]; k != nil {
				for q := range s {
					w.tmp2[q] = pre[q]
					if class.Respond != nil {
						w.tmp2[q] *= class.Respond[q][st.sub]
					}
				}
				gatherMove(w.tmp2, k, beta, c, sums[l.after[st.kind][st.sub-1]:][:s*s], w.tmp)
			}
		}
		if class.Respond != nil {
			for q := range s {
				beta[q] *= class.Respond[q][st.sub]
				respond[q*outcomes+int(st.sub)] += c * pre[q] * beta[q]
			}
			if st.sub > 0 {
				lbg = math.Inf(-1)
			}
		}
	case opNone:
	}
	return normalise(beta, lb), lbg
}

// gatherMove counts the moves of a matrix k between pre and beta, and replaces
// beta by k·beta.
func gatherMove(pre, k, beta []float64, c float64, out, tmp []float64) {
	s := len(pre)
	for i := range s {
		sum := 0.0
		for j := range s {
			v := k[i*s+j] * beta[j]
			sum += v
			out[i*s+j] += c * pre[i] * v
		}
		tmp[i] = sum
	}
	copy(beta, tmp[:s])
}

func (t *tables) gatherSpend(a *amount, l *layout, share []float64, sums []float64) {
	out := sums[l.spend[a.kind]:]
	law := t.m.Kinds[a.kind].Spend
	for q, r := range share[:t.s] {
		if r == 0 {
			continue
		}
		within, between, scale, level := law.slopes(a.value, a.purse, q)
		out[0] += r * within
		out[1] += r * between
		out[2] += r * scale
		out[3+q] += r * level
	}
}

// normalise makes the largest entry 1.
func normalise(v []float64, l float64) float64 {
	top := 0.0
	for _, x := range v {
		top = max(top, x)
	}
	if top > 0 && (top < 1e-3 || top > 1e3) {
		inv := 1 / top
		for i := range v {
			v[i] *= inv
		}
		l += math.Log(top)
	}
	return l
}

// unquiet takes the backward vector through a quiet time, and adds to dwell and
// fled, in the eigenbasis, the closed-form integrals over it. It returns the new
// scale of beta, and the weighted derivative of the log likelihood by the length
// of the time.
func unquiet(sp *spectrum, fl *flow, la float64, hat, beta []float64, lb, lbg, ll, weight float64, dwell, fled []float64, w *scratch) (scale, slope float64) {
	s := sp.n
	back := w.tmp[:s]
	for p := range s {
		sum := 0.0
		for i := range s {
			sum += sp.w[p*s+i] * beta[i]
		}
		back[p] = sum
	}
	live := weight * math.Exp(la+lb+fl.shift-ll)
	gone := 0.0
	leaving := !math.IsInf(lbg, -1)
	if leaving {
		gone = weight * math.Exp(la+lbg-ll)
	}
	for p := range s {
		x := live * hat[p]
		for q := range s {
			var both float64
			if fl.both != nil {
				both = fl.both[p*s+q]
			} else {
				both = between(sp.mu[p], sp.mu[q], fl.ex[p], fl.ex[q], fl.dt)
			}
			dwell[p*s+q] += x * back[q] * both
		}
		slope += x * back[p] * sp.mu[p] * fl.ex[p]
		if !leaving {
			continue
		}
		y := gone * hat[p]
		fled[p] += y * fl.mean[p]
		slope += y * sp.kill[p] * (1 + sp.mu[p]*fl.mean[p])
		for q := range s {
			var left float64
			if fl.both != nil {
				left = fl.gone[p*s+q]
			} else {
				left = betweenGone(sp.mu[p], sp.mu[q], fl.dt)
			}
			dwell[p*s+q] += y * sp.kill[q] * left
		}
	}
	// beta ← e^{shift}·V(ex∘back), and what flows to gone.
	scale = lb + fl.shift
	ratio := 0.0
	if leaving {
		if lbg > scale { // let the larger carry the scale
			ratio = 1
			r := math.Exp(scale - lbg)
			for p := range s {
				back[p] *= r
			}
			scale = lbg
		} else {
			ratio = math.Exp(lbg - scale)
		}
	}
	for p := range s {
		back[p] *= fl.ex[p]
		if ratio > 0 {
			back[p] += ratio * sp.kill[p] * fl.mean[p]
		}
	}
	for i := range s {
		sum := 0.0
		for p := range s {
			sum += sp.v[i*s+p] * back[p]
		}
		beta[i] = max(sum, 0)
	}
	return normalise(beta, scale), slope
}

// unquietWithin is unquiet for a time in which an act of the kind is known to have
// been: the time without regard to it, less the time without it.
func (t *tables) unquietWithin(st *step, j, n int, l *layout, w *scratch, weight, ll, lb, lbg float64, sums []float64) (scale, slope float64) {
	s, r := t.s, &w.lanes[n]
	free := st.mask &^ (1 << st.kind)
	spA, spB := t.spectrum(free, n), t.spectrum(st.mask, n)
	baseA := n*l.slots + int(t.slot[free])
	baseB := n*l.slots + int(t.slot[st.mask])
	var keep, without [MaxStates]float64
	copy(keep[:s], w.beta)
	lB, slopeB := unquiet(spB, r.flowB[j], r.lpost[j], r.hatB[j*s:(j+1)*s], w.beta, lb, lbg, ll, -weight,
		sums[l.dwell+baseB*s*s:][:s*s], sums[l.fled+baseB*s:][:s], w)
	copy(without[:s], w.beta)
	copy(w.beta, keep[:s])
	// Where the act is not looked at it may have been: the time is exposed to it.
	lA, slopeA := unquiet(spA, r.flow[j], r.lpost[j], r.hat[j*s:(j+1)*s], w.beta, lb, lbg, ll, weight,
		sums[l.hidden+(baseA*l.kinds+int(st.kind))*s*s:][:s*s], sums[l.fled+baseA*s:][:s], w)
	rel := math.Exp(lB - lA)
	for i := range s {
		w.beta[i] = max(w.beta[i]-rel*without[i], 0)
	}
	return normalise(w.beta, lA), slopeA + slopeB
}

// between is ∫₀^Δ e^{μ_p u} e^{μ_q (Δ−u)} du, less the factor e^{μ_0Δ} that ex is
// free of too.
func between(muP, muQ, exP, exQ, dt float64) float64 {
	d := muP - muQ
	if x := d * dt; math.Abs(x) < 1e-6 {
		return dt * exQ * (1 + x/2)
	}
	return (exP - exQ) / d
}

// betweenGone is ∫₀^Δ e^{μ_p u} ∫₀^{Δ−u} e^{μ_q v} dv du.
func betweenGone(muP, muQ, dt float64) float64 {
	x, y := math.Abs(muP*dt), math.Abs(muQ*dt)
	switch {
	case y > 1e-3:
		return (betweenAbs(muP, muQ, dt) - meanExp(muP, dt)) / muQ
	case x > .1: // by powers of μ_q
		i0 := meanExp(muP, dt)
		i1 := (i0 - dt) / muP
		i2 := (2*i1 - dt*dt) / muP
		i3 := (3*i2 - dt*dt*dt) / muP
		return i1 + muQ*i2/2 + muQ*muQ*i3/6
	default: // by powers of both: Σ_n Δ^{n+2}/(n+2)!·Σ_{a+b=n} μ_p^a μ_q^b
		sum, term, h, power := 0.0, dt*dt/2, 1.0, 1.0
		for n := range 12 {
			sum += term * h
			term *= dt / float64(n+3)
			power *= muQ
			h = h*muP + power
		}
		return sum
	}
}

func betweenAbs(muP, muQ, dt float64) float64 {
	if math.Abs((muP-muQ)*dt) < 1e-6 {
		return dt * math.Exp(muQ*dt) * (1 + (muP-muQ)*dt/2)
	}
	return (math.Exp(muP*dt) - math.Exp(muQ*dt)) / (muP - muQ)
}

// settle turns dwell, hidden and fled from the eigenbasis to states, once a node.
func (t *tables) settle(l *layout, sums []float64) {
	s := t.s
	tmp := make([]float64, s*s)
	turn := func(sp *spectrum, r []float64) {
		// I[i][j] = Σ_pq W[p][i]·R[p][q]·V[j][q].
		for p := range s {
			for j := range s {
				sum := 0.0
				for q := range s {
					sum += r[p*s+q] * sp.v[j*s+q]
				}
				tmp[p*s+j] = sum
			}
		}
		for i := range s {
			for j := range s {
				sum := 0.0
				for p := range s {
					sum += sp.w[p*s+i] * tmp[p*s+j]
				}
				r[i*s+j] = sum
			}
		}
	}
	for n := range l.nodes {
		for slot := range l.slots {
			sp := &t.spectra[slot*l.nodes+n]
			base := n*l.slots + slot
			turn(sp, sums[l.dwell+base*s*s:][:s*s])
			for k := range l.kinds {
				turn(sp, sums[l.hidden+(base*l.kinds+k)*s*s:][:s*s])
			}
			fled := sums[l.fled+base*s:][:s]
			for i := range s {
				sum := 0.0
				for p := range s {
					sum += sp.w[p*s+i] * fled[p]
				}
				tmp[i] = sum
			}
			copy(fled, tmp[:s])
		}
	}
}
