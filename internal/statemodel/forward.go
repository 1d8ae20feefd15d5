package statemodel

import "math"

// scratch is the memory of one pass over one path. It belongs to one goroutine.
type scratch struct {
	s     int
	emit  []float64 // by step, state: rate × density of the amount, scaled
	base  float64   // log of what no node and state changes
	ll    []float64 // by node
	lanes []lane    // by node
	beta  []float64
	tmp   []float64
	tmp2  []float64
}

// lane is what the forward pass at one node leaves for the backward pass.
type lane struct {
	pre   []float64 // by step: live vector at the end of the quiet time, sum free
	post  []float64 // by step+1: live vector after what ended it, sum 1
	hat   []float64 // by step: post in the eigenbasis, at the start of the step
	hatB  []float64 // the same of the second eigensystem of opWithin
	lpre  []float64 // logarithms of the scales
	lpost []float64
	flow  []*flow // by step
	flowB []*flow
	own   []flow // memory of flows that are not tabulated: two a step
}

func newScratch(s, nodes int) *scratch {
	return &scratch{
		s: s, beta: make([]float64, s), tmp: make([]float64, s), tmp2: make([]float64, s),
		ll: make([]float64, nodes), lanes: make([]lane, nodes),
	}
}

func (w *scratch) room(steps int) {
	n := (steps + 1) * w.s
	if len(w.emit) >= n {
		return
	}
	n += n / 2
	w.emit = make([]float64, n)
	for i := range w.lanes {
		l := &w.lanes[i]
		for _, p := range []*[]float64{&l.pre, &l.post, &l.hat, &l.hatB} {
			*p = make([]float64, n)
		}
		for _, p := range []*[]float64{&l.lpre, &l.lpost} {
			*p = make([]float64, n/w.s+1)
		}
		l.flow, l.flowB = make([]*flow, n/w.s+1), make([]*flow, n/w.s+1)
		l.own = make([]flow, 2*(n/w.s+1))
		memory := make([]float64, 2*w.s*len(l.own))
		for j := range l.own {
			l.own[j].ex, l.own[j].mean = memory[:w.s], memory[w.s:2*w.s]
			memory = memory[2*w.s:]
		}
	}
}

// prepare computes what is the same at every node.
func (t *tables) prepare(p *path, w *scratch) {
	w.room(len(p.steps))
	w.base = 0
	for j := range p.steps {
		st := &p.steps[j]
		if st.op != opOwn {
			continue
		}
		e := w.emit[j*w.s : (j+1)*w.s]
		for i := range e {
			e[i] = 1
		}
		if st.mark >= 0 {
			a := &p.amounts[st.mark]
			t.m.Kinds[a.kind].Spend.log(a.value, a.purse, e)
			top := math.Inf(-1)
			for _, v := range e {
				top = max(top, v)
			}
			for i := range e {
				e[i] = math.Exp(e[i] - top)
			}
			w.base += top
		}
		w.base += math.Log(st.speed)
		for i, r := range t.m.Kinds[st.kind].Rate {
			e[i] *= r
		}
	}
}

// logLikelihood is that of a path, over all nodes. It leaves those of the nodes,
// weights included, in w.ll.
func (t *tables) logLikelihood(p *path, w *scratch) float64 {
	t.prepare(p, w)
	top := math.Inf(-1)
	for i := range t.nodes {
		w.ll[i] = math.Inf(-1)
		if t.nodes[i].weight > 0 {
			w.ll[i] = t.forward(p, i, w) + t.logw[i]
		}
		top = max(top, w.ll[i])
	}
	if math.IsInf(top, -1) {
		return top
	}
	sum := 0.0
	for _, v := range w.ll {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum) + w.base
}

// forward runs over a path at one node, and returns the log likelihood there, less
// w.base. The vectors that backward needs stay in w.
func (t *tables) forward(p *path, n int, w *scratch) float64 {
	s := t.s
	r := &w.lanes[n]
	live := r.post[:s]
	copy(live, t.m.Start[p.class])
	r.lpost[0] = 0
	lgone := math.Inf(-1)
	theta := t.nodes[n].theta
	rec := t.m.Recovery
	for j := range p.steps {
		st := &p.steps[j]
		pre, hat := r.pre[j*s:(j+1)*s], r.hat[j*s:(j+1)*s]
		next := r.post[(j+1)*s : (j+2)*s]
		la := r.lpost[j]
		mask := st.mask
		if st.op == opWithin {
			mask &^= 1 << st.kind
		}
		sp, fl := t.spectrum(mask, n), t.flow(st, mask, n, &r.own[2*j])
		r.flow[j] = fl
		quiet(sp, live, fl, hat, pre)
		lp := la + fl.shift
		switch st.op {
		case opWithin:
			spB := t.spectrum(st.mask, n)
			flB := t.flow(st, st.mask, n, &r.own[2*j+1])
			r.flowB[j] = flB
			hatB := r.hatB[j*s : (j+1)*s]
			quiet(spB, live, flB, hatB, w.tmp)
			rel := math.Exp(flB.shift - fl.shift)
			fled := 0.0
			for q := range s {
				pre[q] = max(pre[q]-rel*w.tmp[q], 0)
				fled += hat[q]*sp.kill[q]*fl.mean[q] - hatB[q]*spB.kill[q]*flB.mean[q]
			}
			lgone = la + math.Log(max(fled, 0))
		case opOwn:
			lgone = math.Inf(-1)
		default:
			fled := 0.0
			for q := range s {
				fled += hat[q] * sp.kill[q] * fl.mean[q]
			}
			lgone = logAdd(lgone, la+math.Log(max(fled, 0)))
		}
		r.lpre[j] = lp
		lgone = t.act(st, w.emit[j*s:(j+1)*s], pre, next, lgone)
		if st.op == opOwn {
			f := t.factor[st.kind][n]
			if rec.Depth != 0 {
				f *= rec.factor(st.to, theta)
			}
			for q := range s {
				next[q] *= f
			}
		}
		sum := 0.0
		for q := range s {
			sum += next[q]
		}
		if sum > 0 {
			inv := 1 / sum
			for q := range s {
				next[q] *= inv
			}
		}
		r.lpost[j+1] = lp + math.Log(sum)
		live = next
	}
	return logAdd(r.lpost[len(p.steps)], lgone)
}

// quiet lets a time pass without an act: out is live·e^{D0·Δ}, less the factor
// e^{shift}.
func quiet(sp *spectrum, live []float64, fl *flow, hat, out []float64) {
	n := len(live)
	for p := range n {
		sum := 0.0
		for i := range n {
			sum += live[i] * sp.v[i*n+p]
		}
		hat[p] = sum
	}
	for i := range n {
		sum := 0.0
		for p := range n {
			sum += hat[p] * fl.ex[p] * sp.w[p*n+i]
		}
		out[i] = max(sum, 0)
	}
}

// act applies what ended a step to the live vector, and returns the log of the
// gone mass after it.
func (t *tables) act(st *step, emit, pre, next []float64, lgone float64) float64 {
	s := t.s
	switch st.op {
	case opNone, opWithin:
		copy(next, pre)
	case opOwn:
		for q := range s {
			next[q] = pre[q] * emit[q]
		}
	case opTouch:
		times(pre, t.move[st.kind][st.sub], next)
	case opRespond:
		class := &t.m.Touches[st.kind]
		if class.Respond != nil && st.sub > 0 {
			lgone = math.Inf(-1)
		}
		for q := range s {
			next[q] = pre[q]
			if class.Respond != nil {
				next[q] *= class.Respond[q][st.sub]
			}
		}
		if st.sub > 0 {
			if k := t.after[st.kind][st.sub-1]; k != nil {
				var moved [MaxStates]float64
				times(next, k, moved[:s])
				copy(next, moved[:s])
			}
		}
	}
	return lgone
}

func times(row, m, out []float64) {
	n := len(row)
	for j := range n {
		sum := 0.0
		for i := range n {
			sum += row[i] * m[i*n+j]
		}
		out[j] = sum
	}
}

// logAdd is log(e^a + e^b).
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
