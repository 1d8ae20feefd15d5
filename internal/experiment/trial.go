package experiment

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Pair compares two arms, by their indices: A minus B.
type Pair struct {
	A, B int
	Difference
}

// Pairs compares every two arms, the later with the earlier, so that those with the
// first arm come first of each. All hold at once and at all times with probability
// 1 - Alpha: each is given Alpha/(k(k-1)/2) (Bonferroni).
func Pairs(arms []Sample, o Options) []Pair {
	o = o.eachOf(len(arms))
	var out []Pair
	for a := 1; a < len(arms); a++ {
		for b := range a {
			out = append(out, Pair{a, b, Lift(arms[a], arms[b], o)})
		}
	}
	return out
}

// eachOf is o for one of all pairs of k arms.
func (o Options) eachOf(k int) Options {
	o = o.withDefaults()
	o.Alpha /= float64(k*(k-1)) / 2
	return o
}

// Outcome is what a trial has come to.
type Outcome string

// What a trial may have come to. The first three say that it may stop.
const (
	Better  Outcome = "better"  // one arm is better than all others
	Alike   Outcome = "alike"   // no two arms differ by more than the effect that is worth knowing
	Among   Outcome = "among"   // some arms are worse than others, and the rest are alike
	Waiting Outcome = "waiting" // it is not known yet
)

// Verdict is what the pairs of a trial say.
type Verdict struct {
	Outcome Outcome
	Best    []int // arms that no other is better than
}

// Judge says what pairs say of so many arms. Nothing but their intervals is used, which
// hold at all times and all at once, so that a trial may stop as soon as it may.
func Judge(arms int, pairs []Pair, effect float64) Verdict {
	worse := make([]bool, arms)
	for _, p := range pairs {
		worse[p.A] = worse[p.A] || p.Enough && p.High < 0
		worse[p.B] = worse[p.B] || p.Enough && p.Low > 0
	}
	v := Verdict{Outcome: Waiting}
	for i, w := range worse {
		if !w {
			v.Best = append(v.Best, i)
		}
	}
	for _, p := range pairs {
		if !worse[p.A] && !worse[p.B] && !(p.Enough && max(math.Abs(p.Low), math.Abs(p.High)) < effect) {
			return v
		}
	}
	switch len(v.Best) {
	case 1:
		v.Outcome = Better
	case arms:
		v.Outcome = Alike
	default:
		v.Outcome = Among
	}
	return v
}

// Around is the mean of an arm with its own confidence sequence.
func Around(s Sample, o Options) Difference {
	o = o.withDefaults()
	d := Difference{Interval: Interval{Value: s.Mean(), Low: math.Inf(-1), High: math.Inf(1)}, Treated: s.Mean()}
	if s.N < 2 {
		return d
	}
	d.StandardError = math.Sqrt(s.adjusted(0) / float64(s.N))
	d.Interval = Sequence(d.Value, d.StandardError, float64(s.N), o)
	d.Enough = s.N >= o.MinPeople && s.distinguished
	return d
}

// PeopleToTell is how many people, both arms together, it takes until the interval of a
// difference excludes zero with probability power where the difference is effect. The
// standard error is one of n people as they are now. It is +Inf where that says nothing.
func PeopleToTell(standardError float64, n int, effect, power float64, o Options) float64 {
	o = o.withDefaults()
	if !(standardError > 0) || n < 1 || !(effect > 0) {
		return math.Inf(1)
	}
	one, z := standardError*math.Sqrt(float64(n)), distuv.UnitNormal.Quantile(power)
	tells := func(n float64) bool { return one*(Boundary(n, o.mixture(), o.Alpha)+z/math.Sqrt(n)) <= effect }
	low, high := 1.0, 2.0
	for !tells(high) {
		if low, high = high, 2*high; high > 1e12 {
			return math.Inf(1)
		}
	}
	for high-low > 1 {
		if middle := math.Floor((low + high) / 2); tells(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
