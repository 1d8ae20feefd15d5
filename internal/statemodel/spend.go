package statemodel

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Spend is the law of the amounts of a kind of acts. A person's amounts are
// Gamma(Within, ν) with a personal ν that is Gamma(Between, Scale), as in the
// Gamma-Gamma model (Fader & Hardie 2013), times the level of the state. Each
// amount is judged given the person's earlier ones; with one state it is exactly
// Gamma-Gamma. Earlier amounts count as they are, not freed of the level of the
// state at the time: so the law has a closed form whatever the path was.
type Spend struct {
	Within  float64 `json:"within"`
	Between float64 `json:"between"`
	Scale   float64 `json:"scale"` // money
	// Level multiplies the amounts in each state.
	Level []float64 `json:"level"`
}

func (s *Spend) check(states int) error {
	if !positive(s.Within) || !positive(s.Between) || !positive(s.Scale) {
		return fmt.Errorf("spend %+v: shapes and scale must be above 0", *s)
	}
	if len(s.Level) != states {
		return fmt.Errorf("levels of spend for %d states of %d", len(s.Level), states)
	}
	for i, v := range s.Level {
		if !positive(v) {
			return fmt.Errorf("level %v of spend in state %d: it must be above 0", v, i)
		}
	}
	return nil
}

// purse is what is known of a person's amounts of one kind.
type purse struct {
	n   float64
	sum float64
}

// log is the log density of an amount in each state, given earlier ones.
func (s *Spend) log(z float64, p purse, out []float64) {
	shape, rate := s.Between+s.Within*p.n, s.Scale+p.sum
	fixed := (s.Within-1)*math.Log(z) + shape*math.Log(rate) + lgamma(s.Within+shape) - lgamma(s.Within) - lgamma(shape)
	for i, level := range s.Level {
		out[i] = fixed - s.Within*math.Log(level) - (s.Within+shape)*math.Log(rate+z/level)
	}
}

// slopes are the derivatives of log's result for state i by the logarithms of
// Within, Between, Scale and Level[i].
func (s *Spend) slopes(z float64, p purse, i int) (within, between, scale, level float64) {
	shape, rate := s.Between+s.Within*p.n, s.Scale+p.sum
	l := s.Level[i]
	total := s.Within + shape
	ln := math.Log(rate + z/l)
	byShape := math.Log(rate) + mathext.Digamma(total) - mathext.Digamma(shape) - ln
	within = s.Within * (math.Log(z) + mathext.Digamma(total) - mathext.Digamma(s.Within) - math.Log(l) - ln + p.n*byShape)
	between = s.Between * byShape
	scale = s.Scale * (shape/rate - total/(rate+z/l))
	level = -s.Within + total*(z/l)/(rate+z/l)
	return within, between, scale, level
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// mean is the mean of the next amount at level 1, given earlier ones. With one
// amount known or none it may have no finite mean: then the mode's order, the
// scale times Within, stands in for it.
func (s *Spend) mean(p purse) float64 {
	shape, rate := s.Between+s.Within*p.n, s.Scale+p.sum
	if shape <= 1 {
		return s.Within * rate
	}
	return s.Within * rate / (shape - 1)
}
