package classic

import "math"

// BGNBD is the beta-geometric/NBD model. While there, a person acts at a rate that
// is Gamma(R, Alpha) over people; after each repeat act they leave with a
// probability that is Beta(A, B). If Modified, it is the MBG/NBD, where they may
// also leave after their first act.
type BGNBD struct {
	R, Alpha, A, B float64
	Modified       bool
}

// FitBGNBD fits the BG/NBD, or the MBG/NBD.
func FitBGNBD(people []Person, modified bool) (BGNBD, Fit, error) {
	starts := func(rate, age float64) [][]float64 {
		return [][]float64{
			{0.5, 0.5 / rate, 0.8, 2.5},
			{1, 1 / rate, 0.1, 5},
			{0.5, age / 4, 0.5, 0.5},
		}
	}
	fit, err := fitRepeats(people, []string{"r", "alpha", "a", "b"}, starts, func(groups []group) likelihood {
		return (&bgLikelihood{groups: groups, after: chances(modified), tables: newBGTables(mostRepeats(groups))}).at
	})
	if err != nil {
		return BGNBD{}, fit, err
	}
	p := fit.Params
	return BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3], Modified: modified}, fit, nil
}

// chances is how many chances to leave there were before the first repeat.
func chances(modified bool) int {
	if modified {
		return 1
	}
	return 0
}

// stayed is by how many chances to leave the person has come.
func (m BGNBD) stayed(p Person) int { return p.Repeats + chances(m.Modified) }

// terms are the logs of the two ways to have acted as the person did: still there,
// and gone since the last act. Fader, Hardie & Lee (2005), equation 3, times
// Γ(r)/Γ(r+x) α^-r B(a,b)/B(a,b+x).
func (m BGNBD) terms(p Person) (here, gone float64) {
	k := m.R + float64(p.Repeats)
	here, gone = -k*math.Log(m.Alpha+p.Age), math.Inf(-1)
	if n := m.stayed(p); n > 0 {
		gone = math.Log(m.A/(m.B+float64(n-1))) - k*math.Log(m.Alpha+p.Last)
	}
	return here, gone
}

// LogLik implements [Model].
func (m BGNBD) LogLik(p Person) float64 {
	here, gone := m.terms(p)
	sum, _ := logSumExp(here, gone)
	return logRising(m.R, p.Repeats) + m.R*math.Log(m.Alpha) + m.logStay(m.B, m.stayed(p)) + sum
}

// logStay is the log of the expected chance to stay n times of somebody with b.
func (m BGNBD) logStay(b float64, n int) float64 { return logRising(b, n) - logRising(m.A+b, n) }

// Alive implements [Model].
func (m BGNBD) Alive(p Person) float64 {
	_, here := logSumExp(m.terms(p))
	return here
}

// Expected implements [Model]. Of somebody who is there it is the sum over i of
// P(at least i+1 acts, had they stayed) × P(they stayed i times), which is the
// closed form of the paper by a hypergeometric function without its pole at a = 1.
func (m BGNBD) Expected(p Person, horizon float64) float64 {
	return m.Alive(p) * m.there(m.R+float64(p.Repeats), m.Alpha+p.Age, m.B+float64(m.stayed(p)), horizon)
}

// FromStart is how many repeats are expected of somebody new within a time.
func (m BGNBD) FromStart(horizon float64) float64 {
	born := Person{}
	return m.Expected(born, horizon)
}

// there is Σ_n P(n acts, had they stayed) × Σ_{i<n} P(they stayed i times): all
// terms are positive, and the first sum has its mass around its mean.
func (m BGNBD) there(shape, rate, b, horizon float64) float64 {
	if horizon <= 0 {
		return 0
	}
	z := horizon / (rate + horizon)
	logPMF := shape * math.Log1p(-z)
	stay, stays, sum := 1.0, 0.0, 0.0
	for n := 1.0; ; n++ {
		logPMF += math.Log(z * (shape + n - 1) / n)
		stays += stay
		stay *= (b + n - 1) / (m.A + b + n - 1)
		term := math.Exp(logPMF) * stays
		sum += term
		// What is left is below a geometric series with this ratio.
		if ratio := z * (shape + n) / (n + 1) * (1 + stay/stays); ratio < 1 && term*ratio <= 1e-16*(1-ratio)*sum {
			return sum
		}
	}
}

// logRising is ln Γ(a+n)/Γ(a).
func logRising(a float64, n int) float64 {
	if n > 64 {
		high, _ := math.Lgamma(a + float64(n))
		low, _ := math.Lgamma(a)
		return high - low
	}
	product, sum := 1.0, 0.0
	for j := range n {
		product *= a + float64(j)
		if product > 1e280 || product < 1e-280 {
			sum += math.Log(product)
			product = 1
		}
	}
	return sum + math.Log(product)
}
