package experiment

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// MismatchLimit is the p-value below which a split is called wrong. It is small
// because the check is looked at often (Fabijan et al. 2019, "Diagnosing Sample
// Ratio Mismatch in Online Controlled Experiments", KDD).
const MismatchLimit = 0.0005

// RatioMismatch returns the p-value of Pearson's chi-square test of the observed
// counts against the shares that were intended (which need not sum to one).
// A small value means that people were lost or added on one side, so that a
// comparison of the sides means nothing. It is 1 when there is nothing to test.
func RatioMismatch(observed []int, shares []float64) float64 {
	var n, total float64
	for i, o := range observed {
		n += float64(o)
		total += shares[i]
	}
	if n == 0 || total <= 0 {
		return 1
	}
	var x float64
	cells := 0
	for i, o := range observed {
		want := n * shares[i] / total
		if want == 0 {
			if o > 0 {
				return 0
			}
			continue
		}
		cells++
		x += (float64(o) - want) * (float64(o) - want) / want
	}
	if cells < 2 {
		return 1
	}
	return distuv.ChiSquared{K: float64(cells - 1)}.Survival(x)
}

// Interval is a value between two bounds.
type Interval struct{ Value, Low, High float64 }

// z95 is the 97.5 % point of the standard normal law.
const z95 = 1.959963984540054

// Wilson returns the share k/n with its 95 % score interval (Wilson 1927), which
// stays within 0 and 1 and means something when k is 0 or n. With n = 0 it is
// 0 to 1. Both may be fractional: effective counts.
func Wilson(k, n float64) Interval {
	if n <= 0 {
		return Interval{Value: 0, Low: 0, High: 1}
	}
	p, z2 := k/n, z95*z95
	middle := (p + z2/(2*n)) / (1 + z2/n)
	half := z95 / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return Interval{Value: p, Low: math.Max(0, middle-half), High: math.Min(1, middle+half)}
}
