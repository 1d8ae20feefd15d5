package statemodel

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Grid is how much people differ, lastingly, and on what nodes it is integrated.
//
// The nodes are the bins of a fixed geometric partition: only their weights and
// their means within the bin depend on the law, smoothly, so that its shape is
// estimated like any other parameter. A grid that stops short of the heaviest
// buyers loses hundreds of nats: 24 nodes to 40 times the mean lose next to none.
type Grid struct {
	// Activity is the shape ρ of the Gamma law of θ, whose mean is 1: the smaller,
	// the more people differ. 0 says that they do not.
	Activity float64 `json:"activity,omitempty"`
	// Departure is the shape σ of the Gamma law of η. 0 says that everybody leaves
	// as easily.
	Departure float64 `json:"departure,omitempty"`
	// Nodes and DepartureNodes are the numbers of nodes for either. They default to
	// 24 and 8.
	Nodes          int `json:"nodes,omitempty"`
	DepartureNodes int `json:"departure_nodes,omitempty"`
}

const (
	gridFloor = .002 // the first edge, in multiples of the mean
	gridReach = 40   // the last
)

func (g Grid) check() error {
	bad := func(v float64) bool { return !(v >= 0) || v > 1e6 }
	if bad(g.Activity) || bad(g.Departure) {
		return fmt.Errorf("frailty shapes %v and %v: they must be between 0 and a million", g.Activity, g.Departure)
	}
	if g.Nodes < 0 || g.Nodes > 200 || g.DepartureNodes < 0 || g.DepartureNodes > 100 || g.Nodes == 1 || g.DepartureNodes == 1 {
		return fmt.Errorf("%d × %d frailty nodes: 2 to 200 and 2 to 100 are possible", g.Nodes, g.DepartureNodes)
	}
	return nil
}

func (g Grid) sizes() (activity, departure int) {
	activity, departure = 1, 1
	if g.Activity > 0 {
		activity = g.Nodes
		if activity == 0 {
			activity = 24
		}
	}
	if g.Departure > 0 {
		departure = g.DepartureNodes
		if departure == 0 {
			departure = 8
		}
	}
	return activity, departure
}

// node is one point of the grid.
type node struct {
	theta, eta float64
	weight     float64
}

// nodes lists the grid, activity running fastest.
func (g Grid) nodes() []node {
	n, k := g.sizes()
	theta, tw := gammaNodes(g.Activity, n)
	eta, ew := gammaNodes(g.Departure, k)
	out := make([]node, 0, n*k)
	for j := range k {
		for i := range n {
			out = append(out, node{theta: theta[i], eta: eta[j], weight: tw[i] * ew[j]})
		}
	}
	return out
}

// gammaNodes splits Gamma(shape, shape) into n bins: their conditional means and
// their probabilities. A shape of 0 is the constant 1.
func gammaNodes(shape float64, n int) (mean, weight []float64) {
	mean, weight = make([]float64, n), make([]float64, n)
	if n == 1 {
		mean[0], weight[0] = 1, 1
		return mean, weight
	}
	ratio := math.Pow(gridReach/gridFloor, 1/float64(n-1))
	lo := 0.0
	hi := gridFloor
	total := 0.0
	for i := range n {
		if i == n-1 {
			hi = math.Inf(1)
		}
		w := gammaMass(shape, shape, lo, hi)
		m := gammaMass(shape+1, shape, lo, hi)
		weight[i] = w
		mean[i] = m / w
		if !(w > 1e-290) || !(mean[i] > lo && mean[i] < hi) { // nothing is there: any point of the bin will do
			mean[i] = middle(lo, hi)
			weight[i] = max(w, 0)
		}
		total += weight[i]
		lo, hi = hi, hi*ratio
	}
	for i := range weight {
		weight[i] /= total
	}
	return mean, weight
}

func middle(lo, hi float64) float64 {
	switch {
	case math.IsInf(hi, 1):
		return lo * 1.2
	case lo == 0:
		return hi / 2
	default:
		return math.Sqrt(lo * hi)
	}
}

// gammaMass is the probability that Gamma(shape, rate) gives to lo..hi.
func gammaMass(shape, rate, lo, hi float64) float64 {
	if lo*rate > shape { // both near 1: subtract the small ends instead
		upper := 0.0
		if !math.IsInf(hi, 1) {
			upper = mathext.GammaIncRegComp(shape, rate*hi)
		}
		return mathext.GammaIncRegComp(shape, rate*lo) - upper
	}
	if math.IsInf(hi, 1) {
		return mathext.GammaIncRegComp(shape, rate*lo)
	}
	below := 0.0
	if lo > 0 {
		below = mathext.GammaIncReg(shape, rate*lo)
	}
	return mathext.GammaIncReg(shape, rate*hi) - below
}

// gammaSlopes are the derivatives of the means and of the logarithms of the
// weights by the logarithm of the shape.
func gammaSlopes(shape float64, n int) (mean, logWeight []float64) {
	const h = 1e-5
	m1, w1 := gammaNodes(shape*math.Exp(h), n)
	m0, w0 := gammaNodes(shape*math.Exp(-h), n)
	for i := range m1 {
		m1[i] = (m1[i] - m0[i]) / (2 * h)
		if w0[i] > 0 && w1[i] > 0 {
			w1[i] = math.Log(w1[i]/w0[i]) / (2 * h)
		} else {
			w1[i] = 0
		}
	}
	return m1, w1
}
