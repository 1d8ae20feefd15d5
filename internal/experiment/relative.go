package experiment

import (
	"math"
	"slices"
)

// Relative is the ratio lift of a difference: treated over holdout, minus 1,
// both adjusted, with an interval as anytime-valid as the difference's.
//
// The error of log(Ȳ₁/Ȳ₀) is by the delta method, √(v₁/Ȳ₁² + v₀/Ȳ₀²) with v the
// variance of each mean (Deng, Knoblich & Lu 2018, "Applying the Delta Method in
// Metric Analytics", KDD, section 3), and the interval is exponentiated, so that
// it is the same whichever side is called the first. It needs positive means;
// otherwise, or without enough evidence, it is all numbers.
func Relative(treated, holdout Sample, o Options) Difference {
	d := Lift(treated, holdout, o)
	n1, n0 := float64(treated.N), float64(holdout.N)
	// The adjustment moves each arm to the pooled mean of the covariate.
	x := 0.0
	if n1+n0 > 0 {
		x = (n1*treated.x + n0*holdout.x) / (n1 + n0)
	}
	m1, m0 := treated.y-d.Slope*(treated.x-x), holdout.y-d.Slope*(holdout.x-x)
	out := d
	out.Value, out.Low, out.High, out.StandardError = m1/m0-1, math.Inf(-1), math.Inf(1), math.Inf(1)
	if m1 <= 0 || m0 <= 0 || n1 < 2 || n0 < 2 || d.StandardError == 0 {
		out.Enough = false
		if out.Missing == "" {
			out.Missing = "a ratio needs a mean above 0 on both sides, and outcomes that vary"
		}
		return out
	}
	v1, v0 := treated.adjusted(d.Slope)/n1, holdout.adjusted(d.Slope)/n0
	se := math.Sqrt(v1/(m1*m1) + v0/(m0*m0))
	i := Sequence(math.Log(m1/m0), se*d.guarded/d.StandardError, n1+n0, o)
	out.Low, out.High = math.Exp(i.Low)-1, math.Exp(i.High)-1
	out.StandardError = se * m1 / m0
	return out
}

// adjusted is the variance of one person's outcome less slope times covariate.
func (s *Sample) adjusted(slope float64) float64 {
	y, x, c := s.moments()
	return math.Max(0, y-2*slope*c+slope*slope*x)
}

// RatioOfSums is the difference, between arms, of a ratio metric: the sum of one
// quantity over the sum of another, such as revenue per visit, where people and
// not visits were randomised. Each arm's Sample holds the numerator as outcome
// and the denominator as covariate. Its variance is by the delta method
// (the same paper, equation 3): that of y - R·x over people, by X̄².
func RatioOfSums(treated, holdout Sample, o Options) Difference {
	o = o.withDefaults()
	d := Difference{Interval: Interval{Low: math.Inf(-1), High: math.Inf(1)}, Missing: missing(treated, holdout, o)}
	if treated.N < 2 || holdout.N < 2 || treated.x <= 0 || holdout.x <= 0 {
		if d.Missing == "" {
			d.Missing = "the sum below the line is 0 on one side"
		}
		return d
	}
	d.Enough = d.Missing == ""
	d.Treated, d.Holdout = treated.y/treated.x, holdout.y/holdout.x
	n1, n0 := float64(treated.N), float64(holdout.N)
	d.StandardError = math.Sqrt(treated.adjusted(d.Treated)/(treated.x*treated.x*n1) + holdout.adjusted(d.Holdout)/(holdout.x*holdout.x*n0))
	d.Interval = Sequence(d.Treated-d.Holdout, d.StandardError, n1+n0, o)
	return d
}

// Cap is the value at quantile q (0 to 1) of values, above which outcomes are to
// be cut (winsorised). Declare q, and take the values from people who are not
// compared or from both arms together, before looking at the difference. By
// interpolation, definition 7 of Hyndman & Fan 1996. Without values it is +Inf:
// nothing is cut.
func Cap(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.Inf(1)
	}
	v := slices.Sorted(slices.Values(values))
	at := min(1, max(0, q)) * float64(len(v)-1)
	i := int(at)
	if i+1 == len(v) {
		return v[i]
	}
	return v[i] + (at-float64(i))*(v[i+1]-v[i])
}
