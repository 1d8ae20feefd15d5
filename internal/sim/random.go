package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// purpose keeps the random streams of one person apart, so that what happens to
// one side of a life moves the others as little as possible.
type purpose uint64

const (
	forNature purpose = iota + 1
	forArrival
	forLife
	forHabit
	forVisit
	forLetter
	forAfter
)

// stream returns the n-th random stream of a person for a purpose. It depends
// on nothing else.
func stream(seed uint64, who int, why purpose, n uint64) *rand.Rand {
	pcg := streamOf(seed, who, why, n)
	return rand.New(&pcg)
}

func streamOf(seed uint64, who int, why purpose, n uint64) rand.PCG {
	h := mix(mix(seed, uint64(who)+1), uint64(why)<<40^n)
	return *rand.NewPCG(h, mix(h, 0x9e3779b97f4a7c15))
}

// mix is the finaliser of SplitMix64 (Steele, Lea & Flood 2014).
func mix(h, v uint64) uint64 {
	h += v*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

const day = 24 * time.Hour

func days(d float64) time.Duration { return time.Duration(d * float64(day)) }

// gamma draws from a Gamma law with that shape (at least 1) and mean, by the
// method of Marsaglia & Tsang 2000.
func gamma(r *rand.Rand, shape, mean float64) float64 {
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v *= v * v
		if math.Log(1-r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return d * v * mean / shape
		}
	}
}

func lognormal(r *rand.Rand, median, sigma float64) float64 {
	return median * math.Exp(sigma*r.NormFloat64())
}

func weibull(r *rand.Rand, shape, scale float64) float64 {
	return scale * math.Pow(-math.Log(1-r.Float64()), 1/shape)
}

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
