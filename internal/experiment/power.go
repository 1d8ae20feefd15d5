package experiment

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"
)

// Plan is what is known before a comparison starts.
type Plan struct {
	Deviation float64 // standard deviation of one person's outcome
	Effect    float64 // the smallest difference in means that matters, above 0
	Treated   float64 // share of people treated, strictly between 0 and 1

	// Explained is the share of the variance that the prediction takes away
	// (CUPED's R²), 0 if there is none.
	Explained float64

	Alpha float64 // chance of ever being wrong. Defaults to 0.05.
	Power float64 // chance of finding the effect. Defaults to 0.8.
}

func (p Plan) withDefaults() Plan {
	if p.Alpha == 0 {
		p.Alpha = 0.05
	}
	if p.Power == 0 {
		p.Power = 0.8
	}
	return p
}

// Validate says what makes the plan impossible.
func (p Plan) Validate() error {
	p = p.withDefaults()
	switch {
	case !(p.Deviation > 0):
		return fmt.Errorf("deviation is %v: the outcome must vary between people", p.Deviation)
	case !(p.Effect > 0):
		return fmt.Errorf("effect is %v: say the smallest difference that matters, above 0", p.Effect)
	case !(p.Treated > 0 && p.Treated < 1):
		return fmt.Errorf("treated share is %v: it must be between 0 and 1, and neither", p.Treated)
	case !(p.Explained >= 0 && p.Explained < 1):
		return fmt.Errorf("explained share of the variance is %v: it must be at least 0 and below 1", p.Explained)
	case !(p.Alpha > 0 && p.Alpha < 1 && p.Power > 0 && p.Power < 1):
		return fmt.Errorf("alpha %v and power %v must be between 0 and 1", p.Alpha, p.Power)
	default:
		return nil
	}
}

// error1 is the standard error of the difference if there were one person.
func (p Plan) error1() float64 {
	return p.Deviation * math.Sqrt((1-p.Explained)*(1/p.Treated+1/(1-p.Treated)))
}

// FixedPeople is how many people, in both arms together, a single look at the
// end needs: (z₁₋α/₂ + z_power)²·σ²(1/e + 1/(1-e))/δ².
func (p Plan) FixedPeople() float64 {
	p = p.withDefaults()
	z := distuv.UnitNormal.Quantile(1-p.Alpha/2) + distuv.UnitNormal.Quantile(p.Power)
	return math.Pow(z*p.error1()/p.Effect, 2)
}

// People is how many people, in both arms together, the confidence sequence
// needs when it is tuned to that number ([Options].Tune) and is looked at no
// sooner: the price of looking at any time. Who looks earlier may find earlier.
func (p Plan) People() float64 {
	p = p.withDefaults()
	// At the tuned time the boundary is c/√n with c free of n.
	c := Boundary(1, Rho(p.Alpha, 1), p.Alpha) + distuv.UnitNormal.Quantile(p.Power)
	return math.Pow(c*p.error1()/p.Effect, 2)
}

// Detectable is the effect that a number of people, both arms together, would
// show with the plan's power, by the confidence sequence tuned to it.
func (p Plan) Detectable(people float64) float64 {
	p.Effect = 1
	return math.Sqrt(p.People() / people)
}

// TimeToAnswer is how long after the start the answer is due, if joining people
// a day come under the comparison and the outcome of each is known after
// horizon. It is false if nobody joins, or if it would take more than a century.
func (p Plan) TimeToAnswer(joining float64, horizon time.Duration) (time.Duration, bool) {
	const day = 24 * time.Hour
	days := math.Ceil(p.People() / joining)
	if !(days < 36500) {
		return 0, false
	}
	return time.Duration(days)*day + horizon, true
}
