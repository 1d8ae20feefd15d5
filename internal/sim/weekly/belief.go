package weekly

import "math"

// Belief is what is known of a person: how probable each state is at the
// beginning of a week, and their fatigue, which is no secret.
type Belief struct {
	State   [States]float64
	Fatigue float64
}

// Begin is the belief about a person of whom nothing has been seen.
func (w *World) Begin() Belief { return Belief{State: w.Start} }

// emissions is what likelihoods of one world are made of.
type emissions struct {
	none, rate, scale [States]float64
	buys              [States][Actions]float64
}

func (w *World) emissions() *emissions {
	e := &emissions{}
	for s := range States {
		e.none[s] = math.Exp(-w.Visits[s])
		e.rate[s] = w.Shape / w.Spend[s]
		e.scale[s] = math.Pow(e.rate[s], w.Shape)
		for a := range Actions {
			e.buys[s][a] = w.Buys(s, a)
		}
	}
	return e
}

// likelihood is that of what was seen in a week by state, but for a factor that
// does not depend on it.
func (w *World) likelihood(e *emissions, k Week) (l [States]float64) {
	power := 1.0
	if k.Spent > 0 {
		power = math.Pow(k.Spent, w.Shape-1)
	}
	for s := range l {
		l[s] = e.none[s]
		for range k.Visits {
			l[s] *= w.Visits[s]
		}
		if k.Action > 0 {
			if k.Opened {
				l[s] *= w.Open[s]
			} else {
				l[s] *= 1 - w.Open[s]
			}
		}
		if k.Spent > 0 {
			l[s] *= e.buys[s][k.Action] * e.scale[s] * math.Exp(-e.rate[s]*k.Spent) * power
		} else {
			l[s] *= 1 - e.buys[s][k.Action]
		}
	}
	return l
}
