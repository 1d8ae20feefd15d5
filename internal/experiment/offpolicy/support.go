package offpolicy

import (
	"fmt"
	"math"
	"slices"
)

// Support is how much of the log speaks about the policy.
type Support struct {
	Decisions int     `json:"decisions"`
	Effective float64 `json:"effective"`    // (Σw)²/Σw²: as many decisions as if all were the policy's own
	Largest   float64 `json:"largest"`      // share of the largest weight in their sum
	Mean      float64 `json:"mean_weight"`  // 1 but for chance, if propensities are what they claim
	MeanError float64 `json:"weight_error"` // standard error of Mean

	// Refused says why the estimates are not to be acted upon; empty if they may.
	Refused string `json:"refused,omitempty"`
}

// The limits of refusal.
const (
	leastEffective = 100
	mostShare      = 0.05
	mostErrors     = 4
)

// Overlap measures support, and refuses where the effective number of decisions
// is below 100, one weight is more than 5 % of all, or the mean weight is not 1
// within 4 standard errors (then the propensities are not those by which it was
// decided, or the policy does what the log never did).
func Overlap(rows []Row) Support {
	s := Support{Decisions: len(rows)}
	n, sum, squares, top := float64(len(rows)), 0.0, 0.0, 0.0
	for _, r := range rows {
		sum += r.Weight
		squares += r.Weight * r.Weight
		top = max(top, r.Weight)
	}
	if sum > 0 {
		s.Effective, s.Largest, s.Mean = sum*sum/squares, top/sum, sum/n
		s.MeanError = math.Sqrt(max(0, squares/n-s.Mean*s.Mean) / max(1, n-1))
	}
	switch {
	case sum == 0:
		s.Refused = "the log never did what the policy would do"
	case s.Effective < leastEffective:
		s.Refused = fmt.Sprintf("the %d decisions say as much about the policy as %.0f of its own would; %d are needed", len(rows), s.Effective, leastEffective)
	case s.Largest > mostShare:
		s.Refused = fmt.Sprintf("one decision carries %.0f %% of the weight; at most %.0f %% is trusted", 100*s.Largest, 100*mostShare)
	case math.Abs(s.Mean-1) > mostErrors*s.MeanError:
		s.Refused = fmt.Sprintf("the weights average to %.3f (± %.3f) and not to 1: the recorded probabilities are not those by which it was decided, or the policy does what the log never did", s.Mean, s.MeanError)
	}
	return s
}

// quantiles are candidates for τ: weights from the median up, ascending, and the
// largest, with which nothing is cut.
func quantiles(rows []Row) []float64 {
	w := make([]float64, 0, len(rows))
	for _, r := range rows {
		if r.Weight > 0 {
			w = append(w, r.Weight)
		}
	}
	slices.Sort(w)
	var out []float64
	for _, q := range []float64{0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1} {
		if len(w) > 0 {
			out = append(out, w[int(q*float64(len(w)-1))])
		}
	}
	return slices.Compact(out)
}

// slope chooses among estimators of ever less bias and ever more spread, given in
// the order of their tuning, ascending: the one of least spread whose interval
// still meets those of all with less bias (Su, Srinath & Krishnamurthy 2020,
// "Adaptive Estimator Selection for Off-Policy Evaluation", ICML, algorithm 1).
func slope(rows []Row, tuning []float64, of func(float64) func(Row) float64) float64 {
	if len(tuning) == 0 {
		return 1
	}
	low, high := math.Inf(-1), math.Inf(1)
	chosen := tuning[len(tuning)-1]
	spread := math.Inf(1)
	for _, t := range slices.Backward(tuning) {
		e := mean(rows, Options{}, of(t))
		// The theorem wants widths that do not grow as bias does. With more than one
		// standard error it would rather be biased than right.
		spread = min(spread, e.StandardError)
		if e.Value-2*spread > high || e.Value+2*spread < low {
			break
		}
		low, high = max(low, e.Value-2*spread), min(high, e.Value+2*spread)
		chosen = t
	}
	return chosen
}
