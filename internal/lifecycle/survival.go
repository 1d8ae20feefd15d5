package lifecycle

import (
	"math"
	"slices"
	"sort"
	"time"

	"github.com/rapporthq/rapport/internal/experiment"
)

// Observation is how long one person was watched, and whether they came back at
// the end of it. Somebody who did not is censored: they may still.
type Observation struct {
	After    time.Duration
	Returned bool
}

// Curve is the share of people not yet back, by time: the product-limit
// estimator of Kaplan & Meier 1958, "Nonparametric Estimation from Incomplete
// Observations", JASA 53. Observations must be independent, so each person
// contributes one.
type Curve struct {
	steps []step
	ends  []time.Duration // when each observation ended, ascending
}

// step is the state of the curve from a time at which somebody came back.
type step struct {
	at       time.Duration
	survival float64
	spread   float64 // Greenwood's sum of d/(n(n-d))
}

// Point is a curve at one time. Low and High are a pointwise 95 % band.
type Point struct {
	Survival, Low, High float64

	// StandardError is Greenwood's (1926): S·√Σ d/(n(n-d)).
	StandardError float64
	AtRisk        int // people watched for at least this long and not back before
}

// Survive estimates a curve. It sorts its argument. People who came back are
// counted at risk together with those censored at the same time.
func Survive(people []Observation) Curve {
	slices.SortFunc(people, func(a, b Observation) int { return int(max(-1, min(1, a.After-b.After))) })
	c := Curve{ends: make([]time.Duration, len(people))}
	survival, spread := 1.0, 0.0
	for i := 0; i < len(people); {
		at, back, j := people[i].After, 0, i
		for ; j < len(people) && people[j].After == at; j++ {
			c.ends[j] = at
			if people[j].Returned {
				back++
			}
		}
		if back > 0 {
			n, d := float64(len(people)-i), float64(back)
			survival *= (n - d) / n
			spread += d / (n * (n - d)) // infinite when all are back; not used then
			c.steps = append(c.steps, step{at, survival, spread})
		}
		i = j
	}
	return c
}

// At returns the curve at time t. Beyond the last observation it is the last
// value: see AtRisk for how much that is worth.
//
// The band is that of the complementary log-log transform, S^exp(±1.96·σ) with
// σ = √Σ d/(n(n-d)) / |log S|, which stays within 0 and 1 (Kalbfleisch &
// Prentice 1980, "The Statistical Analysis of Failure Time Data", section 1.3).
// Where that is undefined, because nobody or everybody is back, it is the Wilson
// score interval on the people at risk, or on all.
func (c Curve) At(t time.Duration) Point {
	p := Point{Survival: 1, AtRisk: len(c.ends) - sort.Search(len(c.ends), func(i int) bool { return c.ends[i] >= t })}
	k := sort.Search(len(c.steps), func(i int) bool { return c.steps[i].at > t })
	spread := 0.0
	if k > 0 {
		p.Survival, spread = c.steps[k-1].survival, c.steps[k-1].spread
	}
	switch {
	case p.Survival >= 1:
		p.Low, p.High = wilson(float64(p.AtRisk), float64(p.AtRisk))
	case p.Survival <= 0:
		p.Low, p.High = wilson(0, float64(len(c.ends)))
	default:
		p.StandardError = p.Survival * math.Sqrt(spread)
		s := experiment.Z95 * math.Sqrt(spread) / -math.Log(p.Survival)
		p.Low = math.Pow(p.Survival, math.Exp(s))
		p.High = math.Pow(p.Survival, math.Exp(-s))
	}
	return p
}
