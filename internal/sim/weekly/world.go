// Package weekly is a company with known truth in which policies are tried
// against each other: four states, five things to do, one choice a person and a
// week, and fatigue. It is the "ordinary" company of research on this project and is
// kept exactly, so that figures stay comparable; package sim has companies that
// are not of the family of any model we fit.
//
// Whatever happens by chance hangs on the seed, the person, the week and the
// purpose alone, so that two policies differ only where they act.
package weekly

import "math"

// States and Actions count what the world tells apart.
const (
	States  = 4 // lost, dormant, active, loyal
	Actions = 5 // nothing, content, discount, push, call
)

// Discount is what a week later is worth.
const Discount = 0.97

// World is the truth. It is also the form of what is learned of it: [Fit] returns
// an estimate of one.
type World struct {
	Start    [States]float64
	Visits   [States]float64 // Poisson mean a week
	Open     [States]float64 // probability, of a touch
	Purchase [States]float64 // log-odds a week, untouched
	Spend    [States]float64 // mean of a Gamma law with shape Shape
	Shape    float64
	Lift     [Actions]float64 // of the log-odds to buy
	Margin   [Actions]float64 // share of what is spent, less the discount given
	Cost     [Actions]float64

	// Stay has the logits of a week's transitions, diagonal 0. Up and Down are added
	// to moves to better and to worse states; TiredUp and TiredDown times the fatigue
	// above 1 before the touch, when there is one.
	Stay               [States][States]float64
	Up, Down           [States][Actions]float64
	TiredUp, TiredDown [States]float64

	Fatigue [Actions]float64 // what a touch adds
}

// Keeps is the share of fatigue that a week leaves.
const Keeps = 0.7

// Ordinary is the company of the research notes, section 7.
func Ordinary() *World {
	w := &World{
		Start:  [States]float64{0.05, 0.35, 0.40, 0.20},
		Visits: [States]float64{0.02, 0.25, 1.2, 3},
		Open:   [States]float64{0.01, 0.12, 0.35, 0.60},
		Spend:  [States]float64{20, 25, 30, 38},
		Shape:  4,
		Lift:   [Actions]float64{0, 0.02, 0.75, 0.10, 0.35},
		Margin: [Actions]float64{0.35, 0.35, 0.10, 0.35, 0.35},
		Cost:   [Actions]float64{0, 0.01, 0.02, 0.005, 2.5},
		Stay: [States][States]float64{
			{0, -6, -8, -9}, {-4.2, 0, -3.3, -6}, {-6, -2.6, 0, -3.2}, {-7, -5, -2.5, 0},
		},
		Up:        [States][Actions]float64{{0, 1.2, 0.4, 0.3, 1.6}, {0, 0.9, 0.35, 0.5, 1.3}, {0, 0.55, -0.25, 0.2, 0.7}, {0, 0.05, -0.6, -0.3, 0.4}},
		Down:      [States][Actions]float64{{}, {0, -0.1, 0, 0.25, -0.6}, {0, -0.15, 0.15, 0.2, -0.6}, {0, -0.05, 0.45, 0.35, -0.5}},
		TiredUp:   [States]float64{-0.45, -0.45, -0.45, -0.45},
		TiredDown: [States]float64{0.55, 0.55, 0.55, 0.55},
		Fatigue:   [Actions]float64{0, 1, 1, 0.6, 1.5},
	}
	for s, p := range [States]float64{0.002, 0.02, 0.10, 0.22} {
		w.Purchase[s] = math.Log(p / (1 - p))
	}
	return w
}

// Logging is the mix of actions by which the log to learn from is made.
func Logging() [Actions]float64 { return [Actions]float64{0.4, 0.2, 0.15, 0.2, 0.05} }

// Buys is the probability of a purchase this week.
func (w *World) Buys(s, action int) float64 { return logistic(w.Purchase[s] + w.Lift[action]) }

// Earns is the expected margin of this week, less the cost.
func (w *World) Earns(s, action int) float64 {
	return w.Buys(s, action)*w.Spend[s]*w.Margin[action] - w.Cost[action]
}

// Moves gives the probabilities of next week's state.
func (w *World) Moves(s, action int, fatigue float64) (p [States]float64) {
	up, down := w.Up[s][action], w.Down[s][action]
	if action > 0 {
		tired := max(0, fatigue-1)
		up += tired * w.TiredUp[s]
		down += tired * w.TiredDown[s]
	}
	sum := 0.0
	for to := range States {
		l := w.Stay[s][to]
		switch {
		case to > s:
			l += up
		case to < s:
			l += down
		}
		p[to] = math.Exp(l)
		sum += p[to]
	}
	for to := range p {
		p[to] /= sum
	}
	return p
}

// Tire is the fatigue of the next week.
func (w *World) Tire(fatigue float64, action int) float64 { return Keeps*fatigue + w.Fatigue[action] }

// Week is what can be seen of a person in one week.
type Week struct {
	Action int
	Visits int
	Opened bool
	Spent  float64 // 0: bought nothing
}

// Earned is the margin of what was seen, less the cost.
func (w *World) Earned(k Week) float64 { return k.Spent*w.Margin[k.Action] - w.Cost[k.Action] }

// purposes of chance.
const (
	forStart = iota
	forVisits
	forOpen
	forPurchase
	forSpend
	forMove = forSpend + 4
	forRest = forMove + 1
)

// chance is uniform in (0, 1) and depends on its arguments alone.
func chance(seed uint64, person, week, purpose int) float64 {
	h := mix(mix(mix(seed^0x6a09e667f3bcc909)+uint64(person)+1)+uint64(week)*64+uint64(purpose)) >> 11 //nolint:gosec // a hash
	return (float64(h) + 0.5) / (1 << 53)
}

// mix is the finaliser of SplitMix64 (Steele, Lea & Flood 2014).
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// see draws what a person in state s does in a week.
func (w *World) see(seed uint64, person, week, s, action int) Week {
	k := Week{Action: action}
	u, p := chance(seed, person, week, forVisits), math.Exp(-w.Visits[s])
	for term := p; u > p && k.Visits < 60; p += term {
		k.Visits++
		term *= w.Visits[s] / float64(k.Visits)
	}
	k.Opened = action > 0 && chance(seed, person, week, forOpen) < w.Open[s]
	if chance(seed, person, week, forPurchase) < w.Buys(s, action) {
		for i := range 4 { // Gamma with shape 4
			k.Spent -= math.Log(chance(seed, person, week, forSpend+i)) * w.Spend[s] / 4
		}
	}
	return k
}

// draw picks an index by probability.
func draw(p []float64, u float64) int {
	for i, v := range p {
		if u < v {
			return i
		}
		u -= v
	}
	return len(p) - 1
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
