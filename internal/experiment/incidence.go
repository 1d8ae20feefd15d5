package experiment

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Spell is how long one person was watched, in any unit, and what ended it.
type Spell struct {
	After float64
	Cause int // from 1: what happened; 0: nothing so far (censored)
}

// Incidence is the share of people to whom each of several things that exclude
// each other has happened first, by time: the estimator of Aalen & Johansen
// 1978, "An empirical transition matrix for non-homogeneous Markov chains based
// on censored observations", Scand. J. Statist. 5. With one cause it is one
// minus the product-limit estimator of Kaplan & Meier, which is also what
// remains of everybody here. Treating what excludes an event as censoring would
// overstate it.
type Incidence struct {
	people, causes int
	steps          []incidence
	ends           []float64 // ascending
}

// incidence is the state from a time at which something happened.
type incidence struct {
	at        float64
	survival  float64
	greenwood float64   // Σ d/(n(n-d)) over all causes
	share     []float64 // by cause - 1
	variance  []float64
}

// Incidences estimates the curves of causes 1 to causes from one spell a person.
// Other causes count as censored.
func Incidences(people []Spell, causes int) Incidence {
	people = slices.Clone(people)
	slices.SortFunc(people, func(a, b Spell) int {
		switch {
		case a.After < b.After:
			return -1
		case a.After > b.After:
			return 1
		default:
			return 0
		}
	})
	c := Incidence{people: len(people), causes: causes, ends: make([]float64, len(people))}
	// Greenwood's variance of each share needs sums weighted by F(t) - F(tⱼ),
	// which expand into the powers of F(tⱼ): see variance.
	sums := make([]powers, causes)
	survival, greenwood := 1.0, 0.0
	share := make([]float64, causes)
	for i := 0; i < len(people); {
		at, j, events := people[i].After, i, 0
		d := make([]float64, causes)
		for ; j < len(people) && people[j].After == at; j++ {
			c.ends[j] = at
			if k := people[j].Cause; k >= 1 && k <= causes {
				d[k-1]++
				events++
			}
		}
		if events > 0 {
			n, all := float64(len(people)-i), float64(events)
			s := incidence{at: at, share: make([]float64, causes), variance: make([]float64, causes)}
			for k := range d {
				share[k] += survival * d[k] / n
				sums[k].add(n, all, d[k], survival, share[k])
				s.variance[k] = sums[k].variance(share[k])
			}
			copy(s.share, share)
			survival *= (n - all) / n
			if all < n {
				greenwood += all / (n * (n - all))
			}
			s.survival, s.greenwood = survival, greenwood
			c.steps = append(c.steps, s)
		}
		i = j
	}
	return c
}

// powers are the sums over event times of which the variance of an incidence is
// made: the delta-method estimator of Marubini & Valsecchi 1995, "Analysing
// Survival Data from Clinical Trials and Observational Studies", equation 10.12,
//
//	Σ (F(t)-F(tⱼ))² d/(n(n-d)) + Σ S(tⱼ₋₁)² dₖ(n-dₖ)/n³ - 2 Σ (F(t)-F(tⱼ)) S(tⱼ₋₁) dₖ/n²
type powers struct{ g0, g1, g2, own, c0, c1 float64 }

func (p *powers) add(n, all, own, before, share float64) {
	if all < n {
		g := all / (n * (n - all))
		p.g0 += g
		p.g1 += g * share
		p.g2 += g * share * share
	}
	p.own += before * before * own * (n - own) / (n * n * n)
	c := before * own / (n * n)
	p.c0 += c
	p.c1 += c * share
}

func (p *powers) variance(f float64) float64 {
	return math.Max(0, f*f*p.g0-2*f*p.g1+p.g2+p.own-2*(f*p.c0-p.c1))
}

// Share is a curve at one time with a pointwise 95 % band.
type Share struct {
	Interval

	StandardError float64
	AtRisk        int // people watched for at least this long to whom nothing had happened
}

// At returns the share to whom cause has happened first by time t; cause 0 is
// the share to whom nothing has. The band is that of the complementary log-log
// transform (Kalbfleisch & Prentice 1980, section 1.3); where it is undefined,
// because it happened to nobody or to everybody, it is Wilson's interval on the
// people at risk, or on all.
func (c Incidence) At(cause int, t float64) Share {
	risk := len(c.ends) - sort.SearchFloat64s(c.ends, t)
	k := sort.Search(len(c.steps), func(i int) bool { return c.steps[i].at > t }) - 1
	f, se := 0.0, 0.0
	if k >= 0 {
		s := c.steps[k]
		if cause == 0 {
			f, se = 1-s.survival, s.survival*math.Sqrt(s.greenwood)
		} else {
			f, se = s.share[cause-1], math.Sqrt(s.variance[cause-1])
		}
	}
	out := Share{StandardError: se, AtRisk: risk}
	switch {
	case f <= 0:
		out.Interval = Wilson(0, float64(risk))
	case f >= 1 || se == 0:
		out.Interval = Wilson(f*float64(c.people), float64(c.people))
	default:
		out.Value = f
		e := Z95 * se / (-math.Log(1-f) * (1 - f))
		out.Low, out.High = 1-math.Pow(1-f, math.Exp(-e)), 1-math.Pow(1-f, math.Exp(e))
	}
	if cause == 0 {
		out.Interval = Interval{Value: 1 - f, Low: 1 - out.High, High: 1 - out.Low}
	}
	return out
}

// Remaining returns the probability that nothing happens by time to, to somebody to
// whom nothing had happened by time from, and its standard error by Greenwood's
// formula over what lies between.
func (c Incidence) Remaining(from, to float64) (p, se float64) {
	at := func(t float64) (survival, greenwood float64) {
		k := sort.Search(len(c.steps), func(i int) bool { return c.steps[i].at > t }) - 1
		if k < 0 {
			return 1, 0
		}
		return c.steps[k].survival, c.steps[k].greenwood
	}
	s0, g0 := at(from)
	s1, g1 := at(to)
	if s0 <= 0 {
		return 0, 0
	}
	p = s1 / s0
	return p, p * math.Sqrt(max(0, g1-g0))
}

// Band returns the share to whom nothing has happened at each of the times, with
// bounds that hold at all times between from and to at once with probability
// 0.95: the equal-precision band of Nair 1984, "Confidence Bands for Survival
// Functions with Censored Data", Technometrics 26, on the complementary log-log
// scale. Both ends are moved to event times at which the curve is strictly
// between 0 and 1; without two such the bounds are 0 and 1.
func (c Incidence) Band(from, to float64, times []float64) []Interval {
	inner := func(s incidence) bool { return s.at >= from && s.at <= to && s.survival > 0 && s.survival < 1 }
	first := slices.IndexFunc(c.steps, inner)
	out := make([]Interval, len(times))
	z := math.Inf(1)
	if first >= 0 {
		last := first
		for last+1 < len(c.steps) && inner(c.steps[last+1]) {
			last++
		}
		at := func(k int) float64 { v := float64(c.people) * c.steps[k].greenwood; return v / (1 + v) }
		z = equalPrecision(at(first), at(last))
	}
	for i, t := range times {
		k := sort.Search(len(c.steps), func(i int) bool { return c.steps[i].at > t }) - 1
		out[i] = Interval{Value: 1, Low: 0, High: 1}
		if k < 0 {
			continue
		}
		s := c.steps[k]
		out[i].Value = s.survival
		if math.IsInf(z, 1) || !inner(s) {
			continue
		}
		e := z * math.Sqrt(s.greenwood) / -math.Log(s.survival)
		out[i].Low, out[i].High = math.Pow(s.survival, math.Exp(e)), math.Pow(s.survival, math.Exp(-e))
	}
	return out
}

// equalPrecision solves Nair's equation 3.5 for a band of 95 %:
// 4φ(z)/z + φ(z)(z - 1/z)·log( u(1-l) / (l(1-u)) ) = 0.05, which holds for z > 1.
func equalPrecision(l, u float64) float64 {
	if !(l < u) {
		return Z95 // one time: the band is the pointwise one
	}
	odds := math.Log(u * (1 - l) / (l * (1 - u)))
	low, high := Z95, 10.0
	for range 60 {
		z := (low + high) / 2
		p := distuv.UnitNormal.Prob(z)
		if 4*p/z+p*(z-1/z)*odds > 0.05 {
			low = z
		} else {
			high = z
		}
	}
	return high
}
