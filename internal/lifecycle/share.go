package lifecycle

import (
	"fmt"
	"math"

	"github.com/rapporthq/rapport/internal/experiment"
)

// MinPeople is how many people a share must rest on before it is offered.
const MinPeople = 30

// Share is a part of a whole with its 95 % interval.
type Share struct {
	Value, Low, High float64
	People           int // whom it is about

	// Enough is false when the interval should not be trusted. Missing then says
	// what is lacking, as a sentence without its full stop.
	Enough  bool
	Missing string
}

// wilson returns the 95 % score interval of k out of n (Wilson 1927).
func wilson(k, n float64) (low, high float64) {
	i := experiment.Wilson(k, n)
	return i.Low, i.High
}

// Ratio estimates Σu/Σm over people, where each person brings u out of m
// interactions. People are the independent units, so its variance is that of the
// ratio estimator by the delta method, n/(n-1)·Σ(u-Rm)²/(Σm)² (Cochran 1977,
// "Sampling Techniques", section 6.3). The zero value is empty.
type Ratio struct {
	n, active  int // people, and those with m > 0
	u, m       float64
	uu, um, mm float64
}

// Add counts one person, who brings u out of m.
func (r *Ratio) Add(u, m int64) {
	r.n++
	if m > 0 {
		r.active++
	}
	a, b := float64(u), float64(m)
	r.u += a
	r.m += b
	r.uu += a * a
	r.um += a * b
	r.mm += b * b
}

// Share returns the estimate.
func (r *Ratio) Share() Share {
	s := Share{People: r.n, Low: 0, High: 1}
	if r.m > 0 {
		s.Value = r.u / r.m
		n := float64(r.active)
		residual := math.Max(0, r.uu-2*s.Value*r.um+s.Value*s.Value*r.mm)
		if s.Value > 0 && s.Value < 1 && n > 1 {
			half := experiment.Z95 * math.Sqrt(n/(n-1)*residual) / r.m
			s.Low, s.High = math.Max(0, s.Value-half), math.Min(1, s.Value+half)
		} else {
			s.Low, s.High = wilson(s.Value*n, n)
		}
	}
	s.Enough = r.active >= MinPeople
	if !s.Enough {
		s.Missing = fmt.Sprintf("%d of the %d people needed have interacted here unprompted or been reached out to", r.active, MinPeople)
	}
	return s
}

// Proportion estimates k out of n people, with Wilson's interval.
func Proportion(k, n int) Share {
	s := Share{Low: 0, High: 1, People: n, Enough: n >= MinPeople}
	if n > 0 {
		s.Value = float64(k) / float64(n)
		s.Low, s.High = wilson(float64(k), float64(n))
	}
	if !s.Enough {
		s.Missing = fmt.Sprintf("%d of the %d people needed are there", n, MinPeople)
	}
	return s
}

// Minus estimates how much larger s is than b, from their own intervals (Newcombe
// 1998, method 10: "Interval estimation for the difference between independent
// proportions"). It takes them as of different people; where the same people are in
// both and stay as they are, the interval is wider than it had to be.
func (s Share) Minus(b Share) Share {
	square := func(x float64) float64 { return x * x }
	d := Share{Value: s.Value - b.Value, People: s.People + b.People, Enough: s.Enough && b.Enough, Missing: s.Missing}
	d.Low = d.Value - math.Sqrt(square(s.Value-s.Low)+square(b.High-b.Value))
	d.High = d.Value + math.Sqrt(square(s.High-s.Value)+square(b.Value-b.Low))
	if s.Enough && !b.Enough {
		d.Missing = b.Missing + ", for the time before"
	}
	return d
}
