package experiment

import "math"

// Betting is a confidence sequence for the difference in means between two arms
// of an outcome within [0, 1], such as a visit or a renewal. It is exact at any
// number of people, where that of [Lift] is so only in the limit: use it when
// events are few.
//
// Each person gives ψ = m + Z(Y-m)/e - (1-Z)(Y-m)/(1-e) - m, the augmented
// inverse-propensity outcome with the mean m of those before as regression,
// whose expectation given the past is the effect, and which is bounded. The
// sequence is that of hedged capital for the mean of ψ: Waudby-Smith & Ramdas
// 2024, "Estimating means of bounded random variables by betting", JRSS B 86(1),
// theorem 3, with the predictable plug-in bets of equation 26.
//
// The zero value is not ready: see [NewBetting].
type Betting struct {
	treated  float64 // probability of being treated
	alpha    float64
	low, top float64 // bounds of ψ

	bets []bet
	sum  float64 // of outcomes, for the regression

	// Of ψ scaled to [0, 1]: running mean and sum of squares, with the paper's
	// half an observation at 1/2 with variance 1/4 to begin with.
	mean, squares, scaled float64
}

// bet is one scaled observation, and the stake that was fixed before it.
type bet struct{ x, stake float64 }

// NewBetting returns an empty sequence for people who are treated with
// probability treated, strictly between 0 and 1, that is wrong at any time with
// probability at most alpha.
func NewBetting(treated, alpha float64) *Betting {
	return &Betting{treated: treated, alpha: alpha, low: -1 / (1 - treated), top: 1 / treated, mean: 0.5, squares: 0.25}
}

// Add counts one person with outcome y; what lies outside of [0, 1] is cut.
func (b *Betting) Add(treated bool, y float64) {
	y = min(1, max(0, y))
	n := float64(len(b.bets))
	m := (b.sum + 0.5) / (n + 1)
	psi := (m - y) / (1 - b.treated)
	if treated {
		psi = (y - m) / b.treated
	}
	b.sum += y
	x := min(1, max(0, (psi-b.low)/(b.top-b.low)))
	t := n + 1
	stake := math.Sqrt(2 * math.Log(2/b.alpha) / (b.squares * math.Log(1+t)))
	b.bets = append(b.bets, bet{x, stake})
	b.scaled += x
	b.mean = (0.5 + b.scaled) / (t + 1)
	b.squares += (x - b.mean) * (x - b.mean)
}

// People is how many were counted.
func (b *Betting) People() int { return len(b.bets) }

// Interval is the sequence as it stands. It costs some sixty passes over the
// people.
func (b *Betting) Interval() Interval {
	n := float64(len(b.bets))
	if n == 0 {
		return Interval{Low: -1, High: 1}
	}
	limit := math.Log(2 / b.alpha)
	mid := b.scaled / n
	low := b.edge(0, mid, func(m float64) bool { return b.capital(m, 1) < limit })
	high := b.edge(1, mid, func(m float64) bool { return b.capital(m, -1) < limit })
	value := func(m float64) float64 { return min(1, max(-1, b.low+m*(b.top-b.low))) }
	return Interval{Value: value(mid), Low: value(low), High: value(high)}
}

// edge finds, between outside and inside, where kept begins to hold. The capital
// is monotone in the mean that is bet against, so there is one such place.
func (b *Betting) edge(outside, inside float64, kept func(float64) bool) float64 {
	if kept(outside) {
		return outside
	}
	for range 30 {
		if m := (outside + inside) / 2; kept(m) {
			inside = m
		} else {
			outside = m
		}
	}
	return outside
}

// capital is the logarithm of the wealth of who bets, from 1, that the mean is
// above m (sign 1) or below (sign -1). Stakes are cut so that half the wealth
// is kept whatever comes.
func (b *Betting) capital(m, sign float64) float64 {
	most := math.Inf(1)
	if sign > 0 && m > 0 {
		most = 0.5 / m
	} else if sign < 0 && m < 1 {
		most = 0.5 / (1 - m)
	}
	sum, product := 0.0, 1.0
	for i, v := range b.bets {
		product *= 1 + sign*min(v.stake, most)*(v.x-m)
		if i%16 == 15 { // fewer logarithms; 2^±16·(largest stake) cannot overflow
			sum += math.Log(product)
			product = 1
		}
	}
	return sum + math.Log(product)
}
