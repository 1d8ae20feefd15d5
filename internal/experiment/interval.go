package experiment

import "math"

// Interval is a value between two bounds.
type Interval struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Z95 is the 97.5 % point of the standard normal law.
const Z95 = 1.959963984540054

// Wilson returns the share k/n with its 95 % score interval (Wilson 1927), which
// stays within 0 and 1 and means something when k is 0 or n. With n = 0 it is
// 0 to 1. Both may be fractional: effective counts.
func Wilson(k, n float64) Interval {
	if n <= 0 {
		return Interval{Value: 0, Low: 0, High: 1}
	}
	p, z2 := k/n, Z95*Z95
	middle := (p + z2/(2*n)) / (1 + z2/n)
	half := Z95 / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return Interval{Value: p, Low: math.Max(0, middle-half), High: math.Min(1, middle+half)}
}
