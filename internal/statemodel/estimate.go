package statemodel

import "sort"

// IntervalMass is the probability that intervals hold: from the 5th to the 95th
// percentile.
const IntervalMass = .9

// Estimate is an expectation and what is unsure about it: Low and High hold
// [IntervalMass] of what it would be if the person's state and traits were known
// and, where an [Ensemble] was asked, if the model's parameters were.
type Estimate struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// weighted collects values with their probabilities.
type weighted struct {
	value, weight []float64
}

func (w *weighted) add(value, weight float64) {
	if weight > 0 {
		w.value, w.weight = append(w.value, value), append(w.weight, weight)
	}
}

func (w *weighted) Len() int           { return len(w.value) }
func (w *weighted) Less(i, j int) bool { return w.value[i] < w.value[j] }
func (w *weighted) Swap(i, j int) {
	w.value[i], w.value[j] = w.value[j], w.value[i]
	w.weight[i], w.weight[j] = w.weight[j], w.weight[i]
}

func (w *weighted) estimate() Estimate {
	if len(w.value) == 0 {
		return Estimate{}
	}
	sort.Sort(w)
	total, mean := 0.0, 0.0
	for i, p := range w.weight {
		total += p
		mean += p * w.value[i]
	}
	out := Estimate{Mean: mean / total, Low: w.value[0], High: w.value[len(w.value)-1]}
	sum, tail := 0.0, (1-IntervalMass)/2
	low := false
	for i, p := range w.weight {
		sum += p / total
		if !low && sum >= tail {
			out.Low, low = w.value[i], true
		}
		if sum >= 1-tail {
			out.High = w.value[i]
			break
		}
	}
	return out
}
