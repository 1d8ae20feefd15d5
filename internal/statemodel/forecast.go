package statemodel

import (
	"math"

	"github.com/rapporthq/rapport/internal/fault"
)

// States are the probabilities of the live states, and of being gone.
func (f *Filter) States(b *Belief) (live []float64, gone float64) {
	s := f.t.s
	live = make([]float64, s)
	total := 0.0
	for i := range b.on {
		for j := range s {
			live[j] += b.live[i*s+j]
			total += b.live[i*s+j]
		}
		gone += b.gone[i]
	}
	total += gone
	for j := range live {
		live[j] /= total
	}
	return live, gone / total
}

// Activity is the posterior mean of θ: how active the person is, lastingly, as a
// multiple of the mean.
func (f *Filter) Activity(b *Belief) Estimate {
	var w weighted
	for i, n := range b.on {
		w.add(f.t.nodes[n].theta, f.nodeMass(b, i))
	}
	return w.estimate()
}

func (f *Filter) nodeMass(b *Belief, i int) float64 {
	sum := b.gone[i]
	for j := range f.t.s {
		sum += b.live[i*f.t.s+j]
	}
	return sum
}

// Outlook is what is expected of a person within some days, if nothing is done
// besides what is done as usual.
type Outlook struct {
	Days float64 `json:"days"`
	// Acts is the number of own acts expected, by kind.
	Acts []Estimate `json:"acts"`
	// Spend is the money expected of kinds whose amounts are known, by kind.
	Spend []Estimate `json:"spend"`
	// Active is the probability of an own act of any kind within the days.
	Active float64 `json:"active"`
	// Gone is the probability of being gone by their end; Better that of being in a
	// higher state than now, and Worse in a lower one or gone.
	Gone   float64 `json:"gone"`
	Better float64 `json:"better"`
	Worse  float64 `json:"worse"`
}

// Expect foretells the days after b.At.
func (f *Filter) Expect(b *Belief, days float64) (Outlook, error) {
	if !(days >= 0) || math.IsInf(days, 0) {
		return Outlook{}, fault.New(fault.Invalid, "a horizon of %v days", days)
	}
	out := Outlook{Days: days}
	kinds, s := len(f.t.m.Kinds), f.t.s
	out.Gone = 1
	total := f.nodeTotal(b)
	for i, n := range b.on {
		c := f.course(b, int(n), days)
		out.Active += f.activeMass(b, i, days) / total
		for from := range s {
			p := b.live[i*s+from] / total
			for to := range s {
				m := p * c.state[from*s+to]
				out.Gone -= m
				if to > from {
					out.Better += m
				}
				if to < from {
					out.Worse += m
				}
			}
		}
	}
	out.Gone = max(0, min(out.Gone, 1))
	_, gone := f.States(b)
	out.Worse = min(1, out.Worse+max(0, out.Gone-gone))
	for k := range kinds {
		var acts, spend weighted
		f.collect(b, days, k, &acts, &spend)
		out.Acts = append(out.Acts, acts.estimate())
		out.Spend = append(out.Spend, spend.estimate())
	}
	return out, nil
}

// collect adds what is expected of a kind in each state and node, by its
// probability.
func (f *Filter) collect(b *Belief, days float64, k int, acts, spend *weighted) {
	s := f.t.s
	for i, n := range b.on {
		c := f.course(b, int(n), days)
		for from := range s {
			acts.add(c.acts[k][from], b.live[i*s+from])
			spend.add(c.spend[k][from], b.live[i*s+from])
		}
		acts.add(0, b.gone[i])
		spend.add(0, b.gone[i])
	}
}

func (f *Filter) nodeTotal(b *Belief) float64 {
	sum := 0.0
	for i := range b.on {
		sum += f.nodeMass(b, i)
	}
	return sum
}

// activeMass is the mass of node i that acts within the days: what is neither gone
// nor quiet to their end.
func (f *Filter) activeMass(b *Belief, i int, days float64) float64 {
	t, s := f.t, f.t.s
	n := int(b.on[i])
	sp := t.spectrum(f.all, n)
	clock, _ := f.dial.read(b.At + days)
	dt := f.length(t.m.Recovery, b.clock-b.act, clock-b.act, b.on[i])
	quiet := 0.0
	live := 0.0
	for p, mu := range sp.mu {
		hat := 0.0
		for j := range s {
			hat += b.live[i*s+j] * sp.v[j*s+p]
		}
		quiet += hat * (math.Exp(mu*dt)*sp.one[p] + meanExp(mu, dt)*sp.kill[p])
	}
	for j := range s {
		live += b.live[i*s+j]
	}
	return max(0, live-quiet)
}

// course is what comes of a node within some days, by the state at their start.
type course struct {
	state []float64   // flat: probabilities of states at the end
	acts  [][]float64 // by kind: acts expected
	spend [][]float64
}

// course follows the whole process, acts among it: its generator is that of the
// time in which no kind is seen.
func (f *Filter) course(b *Belief, n int, days float64) course {
	t, s := f.t, f.t.s
	sp := t.spectrum(0, n)
	clock, _ := f.dial.read(b.At + days)
	dt := clock - b.clock
	pace := f.pace(n)
	mean := 0.0
	for _, v := range pace {
		mean += v / float64(s)
	}
	dt *= mean
	c := course{state: make([]float64, s*s)}
	dwell := make([]float64, s*s)
	for p, mu := range sp.mu {
		e, m := math.Exp(mu*dt), meanExp(mu, dt)
		for i := range s {
			for j := range s {
				w := sp.v[i*s+p] * sp.w[p*s+j]
				c.state[i*s+j] += w * e
				dwell[i*s+j] += w * m
			}
		}
	}
	for k, kind := range t.m.Kinds {
		acts, spend := make([]float64, s), make([]float64, s)
		purse := 0.0
		if kind.Spend != nil {
			purse = kind.Spend.mean(b.purses[k])
		}
		for i := range s {
			for j, r := range kind.Rate {
				v := max(dwell[i*s+j], 0) / mean * pace[j] * r * t.factor[k][n]
				acts[i] += v
				if kind.Spend != nil {
					spend[i] += v * purse * kind.Spend.Level[j]
				}
			}
		}
		c.acts, c.spend = append(c.acts, acts), append(c.spend, spend)
	}
	return c
}

// pace is, by state, how fast a node's own clock runs on average: that of
// [Recovery] is set back by every act. It is 1/rate over the mean time between
// acts, in which the time on the clock between acts is exponential:
// ∫ exp(−r·elapsed(w)) dw = e^{−c} Σ_k c^k/k! / (r + k/τ), c = r·Depth·τ.
func (f *Filter) pace(n int) []float64 {
	rec := f.t.m.Recovery
	out := fill(f.t.s, 1)
	if rec.Depth == 0 {
		return out
	}
	theta := f.t.nodes[n].theta
	tau := rec.Time / theta
	for i := range out {
		rate := 0.0
		for k, kind := range f.t.m.Kinds {
			rate += kind.Rate[i] * f.t.factor[k][n]
		}
		c := rate * rec.Depth * tau
		if math.Abs(c) > 20 {
			continue
		}
		sum, term := 0.0, math.Exp(-c)
		for k := range 200 {
			sum += term / (rate + float64(k)/tau)
			term *= c / float64(k+1)
		}
		out[i] = 1 / (rate * sum)
	}
	return out
}
