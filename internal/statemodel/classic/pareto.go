package classic

import "math"

// ParetoNBD is the model in which a person acts at a rate that is Gamma(R, Alpha)
// over people, and leaves at a rate that is Gamma(S, Beta), at any time.
type ParetoNBD struct{ R, Alpha, S, Beta float64 }

// FitParetoNBD fits the Pareto/NBD.
func FitParetoNBD(people []Person) (ParetoNBD, Fit, error) {
	starts := func(rate, age float64) [][]float64 {
		return [][]float64{{0.5, 0.5 / rate, 0.5, age}, {1, 1 / rate, 0.3, 3 * age}}
	}
	fit, err := fitRepeats(people, []string{"r", "alpha", "s", "beta"}, starts, func(groups []group) likelihood {
		tables := newBGTables(mostRepeats(groups))
		return func(params, gradient []float64) float64 { return paretoLikelihood(groups, tables, params, gradient) }
	})
	if err != nil {
		return ParetoNBD{}, fit, err
	}
	p := fit.Params
	return ParetoNBD{R: p[0], Alpha: p[1], S: p[2], Beta: p[3]}, fit, nil
}

func paretoLikelihood(groups []group, tables bgTables, params, gradient []float64) float64 {
	r, alpha, s, beta := params[0], params[1], params[2], params[3]
	m := ParetoNBD{r, alpha, s, beta}
	tables.fill(r, 1, 1)
	logAlpha, logBeta, logS := math.Log(alpha), math.Log(beta), math.Log(s)
	var sum, dr, dalpha, ds, dbeta float64
	for i := range groups {
		g := &groups[i]
		k := r + float64(g.Repeats)
		logRate, logLeave := math.Log(alpha+g.Age), math.Log(beta+g.Age)
		value, here := -k*logRate-s*logLeave, 1.0
		left := m.leaving(g.Person)
		if left.sum > 0 {
			value, here = logSumExp(value, logS+left.log())
		}
		gone := 1 - here
		sum += g.n * (tables.r[g.Repeats] + r*logAlpha + s*logBeta + value)
		dr += g.n * (tables.dr[g.Repeats] + logAlpha - here*logRate)
		dalpha += g.n * (r/alpha - here*k/(alpha+g.Age))
		ds += g.n * (logBeta - here*logLeave)
		dbeta += g.n * (s/beta - here*s/(beta+g.Age))
		if gone > 0 && left.sum > 0 {
			w := g.n * gone
			dr -= w * (left.logRate + left.byR/left.sum)
			dalpha -= w * k * left.byAlpha / left.sum
			ds += w * (1/s - left.logLeave - left.byS/left.sum)
			dbeta -= w * (s + 1) * left.byBeta / left.sum
		}
	}
	gradient[0], gradient[1], gradient[2], gradient[3] = dr, dalpha, ds, dbeta
	return sum
}

// terms are the logs of the two ways to have acted as the person did: still there,
// and gone some time since the last act, both times Γ(r)/Γ(r+x) α^-r β^-s.
func (m ParetoNBD) terms(p Person) (here, gone float64) {
	here = -(m.R+float64(p.Repeats))*math.Log(m.Alpha+p.Age) - m.S*math.Log(m.Beta+p.Age)
	gone = math.Inf(-1)
	if left := m.leaving(p); left.sum > 0 {
		gone = math.Log(m.S) + left.log()
	}
	return here, gone
}

// LogLik implements [Model].
func (m ParetoNBD) LogLik(p Person) float64 {
	sum, _ := logSumExp(m.terms(p))
	return logRising(m.R, p.Repeats) + m.R*math.Log(m.Alpha) + m.S*math.Log(m.Beta) + sum
}

// Alive implements [Model].
func (m ParetoNBD) Alive(p Person) float64 {
	_, here := logSumExp(m.terms(p))
	return here
}

// Expected implements [Model]. Fader & Hardie (2005), "A note on deriving the
// Pareto/NBD model", equation 41, without its pole at s = 1.
func (m ParetoNBD) Expected(p Person, horizon float64) float64 {
	age := m.Beta + p.Age
	lived := math.Log1p(horizon / age)
	if e := m.S - 1; math.Abs(e*lived) > 1e-12 {
		lived = -math.Expm1(-e*lived) / e
	}
	return m.Alive(p) * (m.R + float64(p.Repeats)) / (m.Alpha + p.Age) * age * lived
}

// leave is the integral over when a person left, with what its slopes need: sums
// of the integrand times ln((α+u)/(α+t_x)), ln((β+u)/(β+t_x)), 1/(α+u), 1/(β+u).
type leave struct {
	sum, byR, byS, byAlpha, byBeta float64

	logRate, logLeave float64 // ln(α+t_x), ln(β+t_x)
	scale             float64 // the log of what sum is to be multiplied by
}

func (l leave) log() float64 { return l.scale + math.Log(l.sum) }

// leaving is ∫ (α+u)^-(r+x) (β+u)^-(s+1) du over u from t_x to T: the difference of
// two hypergeometric functions that the literature gives, as an integral of a
// positive function, which neither overflows nor cancels. In y = ln(m+u), with m the
// smaller of α and β, it is smooth at every scale, and Gauss and Legendre's rule with
// 24 points is exact to 12 digits on panels on which it falls by at most e^-40.
func (m ParetoNBD) leaving(p Person) leave {
	k, c := m.R+float64(p.Repeats), m.S+1
	low := math.Min(m.Alpha, m.Beta)
	start := low + p.Last
	l := leave{logRate: math.Log(m.Alpha + p.Last), logLeave: math.Log(m.Beta + p.Last)}
	l.scale = math.Log(start) - k*l.logRate - c*l.logLeave
	width := math.Log1p((p.Age - p.Last) / start)
	if !(width > 0) {
		return l
	}
	// It falls ever faster: where it has fallen by e^-37 at its first pace it is over.
	const over = 37
	if pace := k*start/(m.Alpha+p.Last) + c*start/(m.Beta+p.Last) - 1; pace*width > over {
		width = over / pace
	}
	end := start * math.Exp(width)
	fastest := k*end/(m.Alpha+end-low) + c*end/(m.Beta+end-low)
	panels := math.Ceil(math.Max(width/4, width*fastest/(over+3)))
	nodes, weights := legendre24()
	half := width / panels / 2
	at := integrand{k: k, c: c, start: start, rate: m.Alpha - low, gone: m.Beta - low}
	for panel := range int(panels) {
		middle := (2*float64(panel) + 1) * half
		for i, node := range nodes {
			l.add(at, middle-half*node, half*weights[i])
			l.add(at, middle+half*node, half*weights[i])
		}
	}
	return l
}

// integrand is (α+u)^-k (β+u)^-c (m+u), over its value at t_x.
type integrand struct {
	k, c, start float64
	rate, gone  float64 // α-m, β-m
}

func (l *leave) add(at integrand, y, weight float64) {
	u := at.start * math.Exp(y)
	rate, gone := u+at.rate, u+at.gone
	byRate, byLeave := y, y
	if at.rate == 0 {
		byLeave = math.Log(gone) - l.logLeave
	} else {
		byRate = math.Log(rate) - l.logRate
	}
	f := weight * math.Exp(y-at.k*byRate-at.c*byLeave)
	l.sum += f
	l.byR += f * byRate
	l.byS += f * byLeave
	l.byAlpha += f / rate
	l.byBeta += f / gone
}
