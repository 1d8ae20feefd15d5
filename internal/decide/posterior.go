package decide

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"

	"github.com/rapporthq/rapport/internal/event"
)

const silence = event.Silence

func hash(parts []string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum64()
}

// Prior is what is assumed before anything is learned, in money.
type Prior struct {
	// Deviation of the coefficients of each level from those above it: action,
	// message, channel, hour. Thin cells shrink to what is above them by as much as
	// these are small.
	Deviation [levels]float64 `json:"deviation"`

	// Noise is the standard deviation of one reward.
	Noise float64 `json:"noise"`
}

// PriorOf is a prior for a company where one reward has the given standard
// deviation: an action moves it by about a tenth of that, and messages, channels
// and hours by less and less.
func PriorOf(noise float64) Prior {
	return Prior{Deviation: [levels]float64{0.1 * noise, 0.05 * noise, 0.03 * noise, 0.02 * noise}, Noise: noise}
}

// Posterior is what is believed of the coefficients of each action: jointly
// normal within an action, independent between actions. It is published as a
// whole, and a decision names the one that it was made by.
type Posterior struct {
	Version string
	Prior   Prior

	layout *Layout
	blocks []normal
}

type normal struct {
	mean   []float64
	cov    []float64 // full, row by row
	noise2 float64
	trials float64
}

// Learn is Bayesian linear regression with a normal prior by level: precision
// Σ ω φφᵀ/σ² + τ⁻², mean A⁻¹ Σ ω φ y/σ² (Bishop 2006, "Pattern Recognition and
// Machine Learning", equations 3.50 and 3.51), a hierarchy because the
// coefficients of a message are deviations from its action's, and so on
// (Gelman & Hill 2007, chapter 12). σ² is each action's own, by a few steps of
// evidence maximisation (Bishop, section 3.5.2).
func (l *Layout) Learn(s *Statistics, prior Prior) (*Posterior, error) {
	if s.Layout != l.Version || len(s.Blocks) != len(l.blocks) {
		return nil, fmt.Errorf("the statistics are of %s, not of %s", s.Layout, l.Version)
	}
	if !(prior.Noise > 0) {
		return nil, errors.New("the prior's noise must be above 0")
	}
	for i, d := range prior.Deviation {
		if !(d > 0) {
			return nil, fmt.Errorf("the prior's deviation of level %d must be above 0", i)
		}
	}
	out := &Posterior{Prior: prior, layout: l, blocks: make([]normal, len(l.blocks))}
	for i := range l.blocks {
		n := &out.blocks[i]
		n.noise2 = prior.Noise * prior.Noise
		for range 4 {
			if err := l.solve(i, &s.Blocks[i], prior, n); err != nil {
				return nil, fmt.Errorf("action %q: %w", l.blocks[i].id, err)
			}
			if s.Blocks[i].N < 1 {
				break
			}
			n.noise2 = residual(&s.Blocks[i], n, prior.Noise*prior.Noise)
		}
	}
	return out, nil
}

// solve computes one action's posterior for its present noise.
func (l *Layout) solve(i int, m *Moments, prior Prior, out *normal) error {
	b := &l.blocks[i]
	n := b.size
	a := make([]float64, n*n)
	for r := range n {
		for c := r; c < n; c++ {
			a[c*n+r] = m.XX[row(r, n)+c] / out.noise2
		}
		t := prior.Deviation[b.level[r]]
		a[r*n+r] += 1 / (t * t)
	}
	out.mean = make([]float64, n)
	for r := range n {
		out.mean[r] = m.XY[r] / out.noise2
	}
	if !cholesky(a, n) {
		return errors.New("the sums of what was learned are not those of any decisions")
	}
	solveLower(a, n, out.mean)
	solveUpper(a, n, out.mean)
	out.cov = inverse(a, n)
	out.trials = m.N
	return nil
}

// residual is the expected squared residual given the posterior, with one prior
// decision's worth of the prior's noise.
func residual(m *Moments, p *normal, prior2 float64) float64 {
	n := len(p.mean)
	sum := m.YY
	for r := range n {
		sum -= 2 * p.mean[r] * m.XY[r]
		for c := r; c < n; c++ {
			v := m.XX[row(r, n)+c] * (float64(p.mean[r]*p.mean[c]) + p.cov[r*n+c])
			if c > r {
				v *= 2
			}
			sum += v
		}
	}
	return max((sum+prior2)/(m.N+1), 1e-6*prior2)
}

// Reestimate returns the prior whose deviations agree with what was learned:
// each level's is the root mean square of its coefficients' posterior second
// moments, one step of evidence maximisation. Levels of which nothing has been
// seen keep theirs.
func (p *Posterior) Reestimate() Prior {
	out := p.Prior
	for level := range levels {
		sum, n := 0.0, 0.0
		for i := range p.blocks {
			b, d := &p.layout.blocks[i], &p.blocks[i]
			t2 := p.Prior.Deviation[level] * p.Prior.Deviation[level]
			for j, l := range b.level {
				if int(l) != level {
					continue
				}
				v := d.cov[j*b.size+j]
				if v < 0.99*t2 { // something was seen
					sum += d.mean[j]*d.mean[j] + v
					n++
				}
			}
		}
		if n > 0 {
			out.Deviation[level] = math.Sqrt(sum / n)
		}
	}
	return out
}

// Effect is what is believed of the coefficient part of the score of an action
// at a place in a context: its mean and standard deviation, in money, and by how
// many decisions (after forgetting) it is known.
func (p *Posterior) Effect(action string, at Place, context []float64) (mean, deviation, trials float64, err error) {
	i, ok := p.layout.index[action]
	if !ok || len(context) != p.layout.context {
		return 0, 0, 0, fmt.Errorf("action %q with a context of %d numbers is not of layout %s", action, len(context), p.layout.Version)
	}
	d, n := &p.blocks[i], p.layout.blocks[i].size
	idx, x := p.layout.features(at, context, nil, nil)
	return dot(d.mean, idx, x), math.Sqrt(quadratic(d.cov, n, idx, x)), d.trials, nil
}

// dot and quadratic are written with conversions that forbid the compiler to
// fuse a product and a sum, so that they give the same bits on every machine.

func dot(mean []float64, idx []int, x []float64) float64 {
	sum := 0.0
	for k, i := range idx {
		sum += float64(mean[i] * x[k])
	}
	return sum
}

func quadratic(cov []float64, n int, idx []int, x []float64) float64 {
	sum := 0.0
	for a, i := range idx {
		line, cross := cov[i*n:(i+1)*n], 0.0
		for b := range a {
			cross += float64(line[idx[b]] * x[b])
		}
		sum += float64(x[a] * (float64(2*cross) + float64(line[i]*x[a])))
	}
	return max(0, sum)
}
