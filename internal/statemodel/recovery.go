package statemodel

import (
	"fmt"
	"math"
)

// Recovery makes the rate of own acts depend on the time w since the last one, by
// the factor h(w) = 1 + Depth·exp(−w·θ/Time). A Depth of −1 is a refractory phase:
// timing is more regular than chance, as of people who shop weekly. Above 0 acts
// come in bursts. Time counts in multiples of a person's own rhythm, as regular
// people are regular at their own pace.
//
// It acts as a clock of the person's own, which every act sets back: in the time
// after an act drift and exit run at the same factor. So a step costs no more.
type Recovery struct {
	Depth float64 `json:"depth,omitempty"` // above −1; 0 is none
	Time  float64 `json:"time,omitempty"`  // days at θ = 1
}

func (r Recovery) check() error {
	if r.Depth == 0 {
		return nil
	}
	if !(r.Depth > -1) || r.Depth > 1e3 || !positive(r.Time) {
		return fmt.Errorf("recovery %+v: the depth must be above -1, and the time above 0", r)
	}
	return nil
}

// elapsed is ∫₀^w h at a node.
func (r Recovery) elapsed(w, theta float64) float64 {
	if r.Depth == 0 {
		return w
	}
	scale := r.Time / theta
	return w - r.Depth*scale*math.Expm1(-w/scale)
}

// factor is h(w) at a node.
func (r Recovery) factor(w, theta float64) float64 {
	if r.Depth == 0 {
		return 1
	}
	return 1 + r.Depth*math.Exp(-w*theta/r.Time)
}

// slopes are the derivatives of elapsed by log(1+Depth) and by log Time.
func (r Recovery) slopes(w, theta float64) (depth, time float64) {
	scale := r.Time / theta
	x := w / scale
	whole := -scale * math.Expm1(-x)
	return (1 + r.Depth) * whole, r.Depth * (whole - w*math.Exp(-x))
}

// factorSlopes are the derivatives of the logarithm of factor by the same.
func (r Recovery) factorSlopes(w, theta float64) (depth, time float64) {
	x := w * theta / r.Time
	e := math.Exp(-x)
	h := 1 + r.Depth*e
	return (1 + r.Depth) * e / h, r.Depth * e * x / h
}
