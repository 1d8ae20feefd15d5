// Package offpolicy says what another policy would have earned, from decisions
// that were logged with the probability of each: inverse propensity, doubly robust
// and what lies between, with an interval that may be looked at at any time, and a
// refusal where the log does not say enough. It is pure.
//
// One decision a row. For questions about sequences of decisions a log of this
// kind answers only what changes one decision at a time.
package offpolicy

import (
	"errors"
	"fmt"
	"math"

	"github.com/rapporthq/rapport/internal/experiment"
)

// Row is what a logged decision says about a policy.
type Row struct {
	Reward    float64
	Weight    float64 // probability of the logged action under the policy, over that under the log's
	Predicted float64 // reward that a model foretells of the logged action, from other people
	Expected  float64 // the same of the policy: Σ_a π(a|x)·q(x, a)
}

// Options are those of all estimators. The zero value is the default.
type Options struct {
	// Switch is τ of switch-DR: rows with larger weights are left to the model.
	// Shrink is λ of DRos: a weight w counts as λw/(w²+λ). 0: chosen by SLOPE.
	Switch, Shrink float64

	Alpha float64 // chance that an interval is ever wrong. Defaults to 0.05.
}

// Estimate is the value of a policy, a row.
type Estimate struct {
	Name string `json:"name"`
	experiment.Interval
	StandardError float64 `json:"standard_error"`
	Tuning        float64 `json:"tuning,omitempty"` // τ or λ
}

// Report is what a log says of a policy.
type Report struct {
	Logged    experiment.Interval `json:"logged"` // what the log's own policy earned
	Support   Support             `json:"support"`
	Estimates []Estimate          `json:"estimates"` // also when refused: to look at, not to act upon
}

// Evaluate estimates the value of a policy in all ways.
//
//	IPS        mean(w·r)                         Horvitz & Thompson 1952
//	SNIPS      Σ w·r / Σ w                       Swaminathan & Joachims 2015
//	DM         mean(v)                           v: expected by the model
//	DR         mean(v + w(r - q))                Dudík, Langford & Li 2011
//	SNDR       mean(v) + Σ w(r - q) / Σ w
//	Switch-DR  mean(v + w(r - q)·1{w ≤ τ})       Wang, Agarwal & Dudík 2017
//	DRos       mean(v + λw/(w²+λ)·(r - q))       Su, Dimakopoulou, Krishnamurthy & Dudík 2020
//
// Intervals are confidence sequences on the pseudo-outcomes, of which the estimate
// is the mean (Waudby-Smith, Wu, Ramdas, Karampatziakis & Mineiro 2022, arXiv
// 2210.10768, have them for these; the asymptotic form is [experiment.Sequence]).
// Those of DM, Switch-DR and DRos do not know how wrong the model is, and SLOPE
// allows a bias of several times the spread: decide by DR.
func Evaluate(rows []Row, o Options) (Report, error) {
	if len(rows) < 2 {
		return Report{}, errors.New("there are fewer than two logged decisions to learn from")
	}
	for i, r := range rows {
		for _, v := range []float64{r.Reward, r.Weight, r.Predicted, r.Expected} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return Report{}, fmt.Errorf("decision %d has a number that is none: %+v", i+1, r)
			}
		}
		if r.Weight < 0 {
			return Report{}, fmt.Errorf("decision %d has weight %v: it must be at least 0", i+1, r.Weight)
		}
	}
	logged := mean(rows, o, func(r Row) float64 { return r.Reward })
	out := Report{Logged: logged.Interval, Support: Overlap(rows)}
	out.Estimates = []Estimate{
		IPS(rows, o), SNIPS(rows, o), DM(rows, o), DR(rows, o), SNDR(rows, o), SwitchDR(rows, o), DRos(rows, o),
	}
	return out, nil
}

// IPS is the inverse propensity estimate.
func IPS(rows []Row, o Options) Estimate {
	return mean(rows, o, func(r Row) float64 { return r.Weight * r.Reward }).called("IPS")
}

// DM is the direct method: the model's word for it.
func DM(rows []Row, o Options) Estimate {
	return mean(rows, o, func(r Row) float64 { return r.Expected }).called("DM")
}

// DR is the doubly robust estimate: right if the model or the propensities are.
func DR(rows []Row, o Options) Estimate {
	return mean(rows, o, robust(func(w float64) float64 { return w })).called("DR")
}

// SwitchDR trusts the model where weights are large.
func SwitchDR(rows []Row, o Options) Estimate {
	tau := o.Switch
	if tau == 0 {
		tau = slope(rows, quantiles(rows), func(t float64) func(Row) float64 { return robust(below(t)) })
	}
	e := mean(rows, o, robust(below(tau))).called("Switch-DR")
	e.Tuning = tau
	return e
}

// DRos shrinks large weights.
func DRos(rows []Row, o Options) Estimate {
	lambda := o.Shrink
	if lambda == 0 {
		var candidates []float64
		for _, q := range quantiles(rows) {
			candidates = append(candidates, q*q)
		}
		lambda = slope(rows, candidates, func(l float64) func(Row) float64 { return robust(shrunk(l)) })
	}
	e := mean(rows, o, robust(shrunk(lambda))).called("DRos")
	e.Tuning = lambda
	return e
}

func below(tau float64) func(float64) float64 {
	return func(w float64) float64 {
		if w > tau {
			return 0
		}
		return w
	}
}

func shrunk(lambda float64) func(float64) float64 {
	return func(w float64) float64 {
		if w == 0 {
			return 0
		}
		return lambda * w / (w*w + lambda)
	}
}

func robust(weight func(float64) float64) func(Row) float64 {
	return func(r Row) float64 { return r.Expected + weight(r.Weight)*(r.Reward-r.Predicted) }
}

// SNIPS is IPS, normalised by the weights there are. Its error is by the delta
// method, with weights w(r - estimate)/mean(w).
func SNIPS(rows []Row, o Options) Estimate {
	return ratio(rows, o, 0, func(r Row) float64 { return r.Reward }, func(Row) float64 { return 0 }).called("SNIPS")
}

// SNDR is DR, normalised by the weights there are.
func SNDR(rows []Row, o Options) Estimate {
	expected := mean(rows, o, func(r Row) float64 { return r.Expected }).Value
	return ratio(rows, o, expected, func(r Row) float64 { return r.Reward - r.Predicted }, func(r Row) float64 { return r.Expected - expected }).called("SNDR")
}

// ratio is base + Σ w·x / Σ w, with rest added to each row's influence.
func ratio(rows []Row, o Options, base float64, x, rest func(Row) float64) Estimate {
	sum, weights := 0.0, 0.0
	for _, r := range rows {
		sum += r.Weight * x(r)
		weights += r.Weight
	}
	if weights == 0 {
		return Estimate{Interval: experiment.Interval{Value: math.NaN(), Low: math.Inf(-1), High: math.Inf(1)}, StandardError: math.Inf(1)}
	}
	at, average := sum/weights, weights/float64(len(rows))
	e := mean(rows, o, func(r Row) float64 { return base + at + r.Weight/average*(x(r)-at) + rest(r) })
	shift := base + at - e.Value // rounding
	e.Value, e.Low, e.High = base+at, e.Low+shift, e.High+shift
	return e
}

func (e Estimate) called(name string) Estimate {
	e.Name = name
	return e
}

// mean is the mean of pseudo-outcomes.
func mean(rows []Row, o Options, of func(Row) float64) Estimate {
	n, sum := float64(len(rows)), 0.0
	for _, r := range rows {
		sum += of(r)
	}
	m, squares := sum/n, 0.0
	for _, r := range rows {
		squares += (of(r) - m) * (of(r) - m)
	}
	se := math.Sqrt(squares / (n - 1) / n)
	return Estimate{Interval: experiment.Sequence(m, se, n, experiment.Options{Alpha: o.Alpha, Tune: len(rows)}), StandardError: se}
}
