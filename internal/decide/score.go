package decide

import (
	"fmt"
	"math"
)

// Parts is what the score of an action is made of, in money; see [Parts.Total].
// The learned effect of the context comes on top, and is drawn.
type Parts struct {
	Margin   float64 `json:"margin"`   // expected at once, over what would be without
	Cost     float64 `json:"cost"`     // of the touch itself
	Movement float64 `json:"movement"` // what moving the person's state is worth
	Price    float64 `json:"price"`    // of the attention that it takes
	Shadow   float64 `json:"shadow"`   // of the budgets and stock that it uses

	Outside float64 `json:"outside,omitempty"` // by a model of the company's own
}

// Total is margin - cost + movement - price - shadow + outside. Silence has 0.
//
// It is one step of policy improvement on business as usual ("rollout", Bertsekas
// 2019, "Reinforcement Learning and Optimal Control", section 2.1), if values are
// those of business as usual.
func (p Parts) Total() float64 {
	return p.Margin - p.Cost + p.Movement - p.Price - p.Shadow + p.Outside
}

// Node is one level of lasting difference between people ("frailty") as a state
// model keeps it: how probable it is of this person, the belief over states
// given it, and what each state is then worth, in money.
type Node struct {
	Weight        float64
	Belief, Value []float64
}

// States is what deciding asks of a state model about one person at one moment.
// A model that knows no states has none, and every movement is 0.
type States interface {
	// Nodes are the person's levels. Weights sum to 1, and beliefs to the
	// probability of not being gone.
	Nodes() []Node

	// Jump is the matrix K[class, fatigue], row-stochastic, by which a touch of a
	// class moves the state of who has been touched as much as fatigue says. Nil
	// means that it does not.
	Jump(class string, fatigue float64) [][]float64
}

// Movement is Σ_m p_m (b_m·K - b_m)·V_m, times the trust in the state's value
// (see [Calibrate]): what a touch is worth for where it moves the person.
func Movement(s States, class string, fatigue, trust float64) (float64, error) {
	k := s.Jump(class, fatigue)
	if k == nil {
		return 0, nil
	}
	sum := 0.0
	for i, n := range s.Nodes() {
		if len(n.Belief) != len(k) || len(n.Value) != len(k) {
			return 0, fmt.Errorf("node %d has %d states of %d values; the jump of %q has %d", i, len(n.Belief), len(n.Value), class, len(k))
		}
		sum += float64(n.Weight * moved(k, n))
	}
	return trust * sum, nil
}

func moved(k [][]float64, n Node) float64 {
	sum := 0.0
	for from, b := range n.Belief {
		gain := 0.0
		for to, p := range k[from] {
			gain += float64(p * (n.Value[to] - n.Value[from]))
		}
		sum += float64(b * gain)
	}
	return sum
}

// Attention is what is lost when a touch leaves the person more tired, or gone
// from the channel, for the next one.
type Attention struct {
	Next        string  // class of the touch that is likely to come next
	After       float64 // fatigue after this touch
	Unsubscribe float64 // probability that this touch makes them leave the channel
	Channel     float64 // value that reaches them by the channel, in money
}

// AttentionPrice is the expected loss on the next touch from K[a, after] against
// K[a, before], plus what leaving the channel would lose. It is never below 0:
// tiring people is not a gain, whatever an estimate says.
func AttentionPrice(s States, before float64, a Attention, trust float64) (float64, error) {
	fresh, err := Movement(s, a.Next, before, trust)
	if err != nil {
		return 0, err
	}
	tired, err := Movement(s, a.Next, a.After, trust)
	if err != nil {
		return 0, err
	}
	return math.Max(0, fresh-tired) + math.Max(0, a.Unsubscribe*a.Channel), nil
}

// Shadow is the price of one unit of a budget or of stock: what the best use of
// it elsewhere is worth. It is kept by projected subgradient steps, one a day
// (Bertsekas 2016, "Nonlinear Programming", section 7.5).
type Shadow struct {
	Price float64 `json:"price"` // money a unit, at least 0
	Step  float64 `json:"step"`  // by how much the price moves when a day's use is off by all that was planned
}

// Day returns the price after a day on which used of planned units went. A
// budget with nothing planned has no price that would keep it: it is a rule of
// policy, and not asked here.
func (s Shadow) Day(used, planned float64) Shadow {
	if planned > 0 {
		s.Price = math.Max(0, s.Price+s.Step*(used-planned)/planned)
	}
	return s
}

// Reward is what a decision earned by the end of its window, in money: the
// margin of days 0 to window, each discounted, less the cost, and the surprise
// in the state, as potential-based shaping (Ng, Harada & Russell 1999, "Policy
// invariance under reward transformations", ICML), so that ranking of policies is
// unchanged if values are right:
//
//	Σ_{t≤w} e^{-δt} margin_t - cost + trust·( e^{-δw} V(later) - V(expected) )
type Reward struct {
	Margins  []float64 // by day from the decision
	Cost     float64
	Discount float64 // δ, a day
	Later    float64 // value of the belief at the end of the window, b·V
	Expected float64 // the same as it was expected at the decision, with no touch, discounted
	Trust    float64 // see Calibrate
}

// Total is the reward.
func (r Reward) Total() float64 {
	sum := 0.0
	for day, m := range r.Margins {
		sum += float64(m * math.Exp(-r.Discount*float64(day)))
	}
	return sum - r.Cost + r.Trust*(math.Exp(-r.Discount*float64(len(r.Margins)))*r.Later-r.Expected)
}

// UntilCalibrated is the trust in the state's value until a cohort is old enough
// to say better.
const UntilCalibrated = 0.5

// Calibrate is how far the value of a state can be trusted: the slope of realised
// value on what the reward of the window said, among cohorts old enough for the
// first to be known, within arms that were randomised
// ([experiment.PooledSlope]), cut to [0, 1]. Outside of 0.5 to 1.5 it is worth
// an alarm: the state model says something else than what happens.
func Calibrate(slope float64) (trust float64, alarm bool) {
	if math.IsNaN(slope) {
		return UntilCalibrated, true
	}
	return min(1, max(0, slope)), slope < 0.5 || slope > 1.5
}
