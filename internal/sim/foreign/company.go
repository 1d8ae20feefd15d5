package foreign

import "fmt"

// Actions counts what can be done: nothing, content, discount, push, call.
const Actions = 5

// names of the actions, in order.
func names() [Actions]string {
	return [Actions]string{"silence", "content", "discount", "push", "call"}
}

// The states of a relationship. Nobody but the oracle is told.
const (
	away = iota
	drifting
	casual
	regular
	states
)

// Company is the truth. Times are in days.
type Company struct {
	Vigour float64 // shape of the Gamma law of how active people are, with mean 1
	Basket float64 // deviation of the logarithm of what they spend at a time

	Stay  [states]float64 // median of a stay
	Visit [states]float64 // visits a day at vigour 1
	Order [states]float64 // probability that a visit ends with an order

	// A touch is reacted to with probability Reacts, times Suits where it is to the
	// person's taste and Jars where it is not, less by a factor of e^-Dulls for each
	// unit of fatigue above 1. The reaction comes after a Weibull law of shape 1.5
	// and scale Delay. For a week from then on the rate of visits is Boosts times
	// higher; and with probability Lifts the relationship moves up a state, or stays
	// half as long again where there is none above.
	Reacts, Delay, Boosts, Lifts [Actions]float64
	Suits, Jars, Dulls           float64

	// A touch annoys with probability Annoys, and Wears more for each unit of fatigue
	// above 1; Dislike is added where it is not to the person's taste. Who is annoyed
	// moves down a state.
	Annoys, Wears, Dislike float64

	Tires [Actions]float64 // what a touch adds to fatigue, of which a week leaves 0.7
	Cost  [Actions]float64
	Gives float64 // share of the price that is given away on orders in the week after a discount

	// Drift is the day from which content does what a push did, a push what content
	// did, and everybody comes a sixth less. 0: never.
	Drift float64
}

// margin is the share of what is spent that is left.
const margin = 0.35

// Variants are the companies: the ordinary one; one where touches do nothing but
// cost; one where they only annoy; one that tires sooner and takes it worse; one
// that changes half-way; and one where people differ more.
func Variants() []string {
	return []string{"ordinary", "null", "harmful", "fatigue", "drift", "heterogeneous"}
}

// Variant returns the company of a name. Days are how long it is watched: drift
// comes at half of them.
func Variant(name string, days int) (*Company, error) {
	c := &Company{
		Vigour: 2, Basket: 0.5,
		Stay:   [states]float64{240, 45, 60, 90},
		Visit:  [states]float64{0, 0.04, 0.12, 0.30},
		Order:  [states]float64{0, 0.10, 0.16, 0.22},
		Reacts: [Actions]float64{0, 0.30, 0.35, 0.25, 0.55},
		Delay:  [Actions]float64{0, 6, 3, 1, 4},
		Boosts: [Actions]float64{0, 0.3, 1.0, 0.6, 0.5},
		Lifts:  [Actions]float64{0, 0.35, 0.08, 0.06, 0.60},
		Suits:  1.6, Jars: 0.7, Dulls: 0.6,
		Annoys: 0.01, Wears: 0.08,
		Tires: [Actions]float64{0, 1, 1, 0.6, 1.5},
		Cost:  [Actions]float64{0, 0.01, 0.02, 0.005, 2.5},
		Gives: 0.20,
	}
	switch name {
	case "ordinary":
	case "null":
		c.Reacts, c.Annoys, c.Wears = [Actions]float64{}, 0, 0
	case "harmful":
		c.Reacts, c.Annoys = [Actions]float64{}, 0.12
	case "fatigue":
		for a := range c.Tires {
			c.Tires[a] *= 2
		}
		c.Dulls, c.Wears = 1.2, 0.16
	case "drift":
		c.Drift = float64(days) / 2
	case "heterogeneous":
		c.Vigour, c.Basket, c.Suits, c.Jars, c.Dislike = 0.6, 1, 2, 0.2, 0.06
	default:
		return nil, fmt.Errorf("there is no company %q; there are %q", name, Variants())
	}
	return c, nil
}

// does is the action whose effects a has on a day: those of content and push
// change places when the company drifts.
func (c *Company) does(a int, day float64) int {
	const content, push = 1, 3
	if c.Drift == 0 || day < c.Drift {
		return a
	}
	switch a {
	case content:
		return push
	case push:
		return content
	}
	return a
}
