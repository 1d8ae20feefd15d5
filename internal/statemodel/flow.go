package statemodel

import "math"

// flow is what a quiet time does at one node: what the eigensystem gives for its
// length. Logs kept by the day have few different lengths: then flows are computed
// once for all people.
type flow struct {
	dt    float64
	shift float64   // μ_0·Δ, that ex is free of
	ex    []float64 // e^{(μ_p−μ_0)Δ}
	mean  []float64 // ∫₀^Δ e^{μ_p u} du
	// The integrals of the E-step, S×S; nil if not tabulated.
	both []float64 // between
	gone []float64 // betweenGone
}

// fill computes ex into the flow's memory.
func (fl *flow) fill(sp *spectrum, dt float64) {
	fl.dt, fl.shift = dt, sp.mu[0]*dt
	fl.ex[0] = 1
	for p := 1; p < sp.n; p++ {
		fl.ex[p] = math.Exp((sp.mu[p] - sp.mu[0]) * dt)
	}
}

// means computes mean, which is not needed where an act ends the time.
func (fl *flow) means(sp *spectrum) {
	for p, mu := range sp.mu {
		fl.mean[p] = meanExp(mu, fl.dt)
	}
}

// span is a stretch of the model's clock since the last own act.
type span struct{ from, to float64 }

// maxSpans is how many different lengths are tabulated at most.
const maxSpans = 3000

// spansOf gives every step of the paths the number of its span, if there are so
// few different ones that a table pays. Without recovery only lengths matter.
func spansOf(paths []path, recovery bool) []span {
	seen := map[span]int32{}
	var out []span
	steps := 0
	key := func(st *step) span {
		if recovery {
			return span{st.from, st.to}
		}
		// Lengths that differ by rounding alone are one.
		return span{0, math.Round((st.to-st.from)*1e9) / 1e9}
	}
	for i := range paths {
		for j := range paths[i].steps {
			steps++
			k := key(&paths[i].steps[j])
			if _, ok := seen[k]; !ok {
				seen[k] = int32(len(out)) //nolint:gosec // at most maxSpans
				out = append(out, k)
			}
			if len(out) > maxSpans {
				return nil
			}
		}
	}
	if len(out)*2 > steps {
		return nil
	}
	for i := range paths {
		for j := range paths[i].steps {
			st := &paths[i].steps[j]
			st.span = seen[key(st)]
		}
	}
	return out
}

// tabulate computes the flows of all spans; deep says that the E-step is wanted.
func (t *tables) tabulate(spans []span, deep bool) {
	if len(spans) == 0 {
		return
	}
	s := t.s
	per := 2 * s
	if deep {
		per += 2 * s * s
	}
	t.spans = len(spans)
	t.flows = make([]flow, len(t.spectra)*len(spans))
	memory := make([]float64, len(t.flows)*per)
	for i := range t.spectra {
		sp := &t.spectra[i]
		theta := t.nodes[i%len(t.nodes)].theta
		for j, span := range spans {
			fl := &t.flows[i*len(spans)+j]
			mem := memory[:per]
			memory = memory[per:]
			fl.ex, fl.mean = mem[:s], mem[s:2*s]
			fl.fill(sp, t.length(span.from, span.to, theta))
			fl.means(sp)
			if !deep {
				continue
			}
			fl.both, fl.gone = mem[2*s:2*s+s*s], mem[2*s+s*s:]
			for p := range s {
				for q := range s {
					fl.both[p*s+q] = between(sp.mu[p], sp.mu[q], fl.ex[p], fl.ex[q], fl.dt)
					fl.gone[p*s+q] = betweenGone(sp.mu[p], sp.mu[q], fl.dt)
				}
			}
		}
	}
}

// length is a stretch of time on a node's own clock.
func (t *tables) length(from, to, theta float64) float64 {
	if t.m.Recovery.Depth == 0 {
		return to - from
	}
	return t.m.Recovery.elapsed(to, theta) - t.m.Recovery.elapsed(from, theta)
}

// flow is that of a step, from the table or computed into own.
func (t *tables) flow(st *step, mask uint8, n int, own *flow) *flow {
	at := int(t.slot[mask])*len(t.nodes) + n
	if t.flows != nil && st.span >= 0 {
		return &t.flows[at*t.spans+int(st.span)]
	}
	own.fill(&t.spectra[at], t.length(st.from, st.to, t.nodes[n].theta))
	if st.op != opOwn {
		own.means(&t.spectra[at])
	}
	return own
}
