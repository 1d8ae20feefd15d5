package classic

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Spend is what somebody's acts were worth.
type Spend struct {
	Acts int     // that were counted
	Mean float64 // value of one of them, above 0
}

// GammaGamma is the model of spend: an act's value is Gamma with shape P around
// the person's own mean, and one over means are Gamma(Q, Gamma) over people. It takes
// spend not to depend on how often a person acts.
type GammaGamma struct{ P, Q, Gamma float64 }

// FitGammaGamma fits the Gamma-Gamma model. People without acts, or whose mean is
// not above 0, have nothing to say about it and are to be left out.
func FitGammaGamma(spend []Spend) (GammaGamma, Fit, error) {
	total, acts, shifted := 0.0, 0, false
	for i, s := range spend {
		if !(s.Acts > 0 && s.Mean > 0 && !math.IsInf(s.Mean, 1)) {
			return GammaGamma{}, Fit{}, fmt.Errorf("spend of person %d: %d acts of %v: leave out who has none above 0", i, s.Acts, s.Mean)
		}
		total += s.Mean
		acts = max(acts, s.Acts)
		shifted = shifted || s.Mean != spend[0].Mean
	}
	if !shifted {
		return GammaGamma{}, Fit{}, fmt.Errorf("spend of %d people: a model of spend needs people who differ", len(spend))
	}
	mean := total / float64(len(spend))
	fit, err := problem{
		names:  []string{"p", "q", "gamma"},
		starts: [][]float64{{4, 4, mean}, {1, 2, mean}},
		all:    func(params, gradient []float64) float64 { return gammaGammaLikelihood(spend, acts, params, gradient) },
		people: len(spend),
	}.solve()
	if err != nil {
		return GammaGamma{}, fit, fmt.Errorf("spend: %w", err)
	}
	return GammaGamma{P: fit.Params[0], Q: fit.Params[1], Gamma: fit.Params[2]}, fit, nil
}

func gammaGammaLikelihood(spend []Spend, most int, params, gradient []float64) float64 {
	p, q, gamma := params[0], params[1], params[2]
	type byActs struct{ value, rises, falls float64 }
	table := make([]byActs, most+1) // filled where needed
	logGamma, logQ := math.Log(gamma), lgamma(q)
	var sum, dp, dq, dgamma float64
	for _, s := range spend {
		x := float64(s.Acts)
		t := &table[s.Acts]
		if *t == (byActs{}) {
			*t = byActs{
				value: lgamma(p*x+q) - lgamma(p*x) - logQ + p*x*math.Log(x),
				rises: mathext.Digamma(p*x + q), falls: mathext.Digamma(p * x),
			}
		}
		logMean, logAll := math.Log(s.Mean), math.Log(gamma+x*s.Mean)
		sum += t.value + q*logGamma + (p*x-1)*logMean - (p*x+q)*logAll
		dp += x * (t.rises - t.falls + math.Log(x) + logMean - logAll)
		dq += t.rises + logGamma - logAll
		dgamma += q/gamma - (p*x+q)/(gamma+x*s.Mean)
	}
	dq -= float64(len(spend)) * mathext.Digamma(q)
	gradient[0], gradient[1], gradient[2] = dp, dq, dgamma
	return sum
}

// LogLik is the log density of a person's mean spend, given how many acts it is
// the mean of. Fader & Hardie (2013), "The gamma-gamma model of monetary value",
// equation 1a.
func (m GammaGamma) LogLik(s Spend) float64 {
	k := m.P * float64(s.Acts)
	return lgamma(k+m.Q) - lgamma(k) - lgamma(m.Q) + m.Q*math.Log(m.Gamma) + (k-1)*math.Log(s.Mean) +
		k*math.Log(float64(s.Acts)) - (k+m.Q)*math.Log(m.Gamma+float64(s.Acts)*s.Mean)
}

// Mean is the expected value of the person's next act; equation 5 of the same. Of
// somebody without acts, and of everybody where q is not above 1, it is the mean
// over people, which is +Inf in the second case.
func (m GammaGamma) Mean(s Spend) float64 {
	k := m.P * float64(s.Acts)
	if k+m.Q <= 1 {
		return math.Inf(1)
	}
	return m.P * (m.Gamma + float64(s.Acts)*s.Mean) / (k + m.Q - 1)
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
