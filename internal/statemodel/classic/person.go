package classic

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Person is all that the models of this package need to know of somebody: how
// often they acted again after their first act, when they last did, and how long
// they have been watched. Times are since the first act, in any one unit.
type Person struct {
	Repeats int     // acts after the first; x in the literature
	Last    float64 // age at the last act, 0 without repeats; t_x
	Age     float64 // at the end of watching; T
}

// Model is a model of when people act again.
type Model interface {
	// LogLik is the log density of the times of a person's repeat acts, and of
	// there being no more until their age. Unit: per unit of time to the power of
	// the repeats.
	LogLik(p Person) float64

	// Alive is the probability that the person has not left for good.
	Alive(p Person) float64

	// Expected is how many acts are expected of the person within a horizon from
	// now on, which includes the chance that they have left.
	Expected(p Person, horizon float64) float64
}

// HeldOut is the log density of what a person did between two ages, given what
// they did before. Until is the same person at the later age.
func HeldOut(m Model, before, until Person) float64 { return m.LogLik(until) - m.LogLik(before) }

func check(people []Person) error {
	for i, p := range people {
		switch {
		case !(p.Age >= 0 && p.Last >= 0 && p.Last <= p.Age && !math.IsInf(p.Age, 1)):
			return fmt.Errorf("person %d: last act at %v, age %v: ages are finite, and a last act is between 0 and the age", i, p.Last, p.Age)
		case p.Repeats < 0 || p.Repeats == 0 && p.Last != 0:
			return fmt.Errorf("person %d: %d repeats and a last act at %v: without repeats the last act is the first, at 0", i, p.Repeats, p.Last)
		}
	}
	return nil
}

// group is people who are the same to the models.
type group struct {
	Person
	n float64 // of them
}

// grouped counts equal people once, in a fixed order.
func grouped(people []Person) []group {
	sorted := slices.Clone(people)
	slices.SortFunc(sorted, func(a, b Person) int {
		return cmp.Or(cmp.Compare(a.Repeats, b.Repeats), cmp.Compare(a.Last, b.Last), cmp.Compare(a.Age, b.Age))
	})
	out := make([]group, 0, len(sorted))
	for _, p := range sorted {
		if n := len(out); n > 0 && out[n-1].Person == p {
			out[n-1].n++
			continue
		}
		out = append(out, group{p, 1})
	}
	return out
}

func mostRepeats(groups []group) int {
	most := 0
	for _, g := range groups {
		most = max(most, g.Repeats)
	}
	return most
}

// logSumExp is ln(e^a + e^b), and the share of e^a in the sum.
func logSumExp(a, b float64) (sum, share float64) {
	if math.IsInf(b, -1) {
		return a, 1
	}
	if d := b - a; d <= 0 {
		e := math.Exp(d)
		return a + math.Log1p(e), 1 / (1 + e)
	}
	e := math.Exp(a - b)
	return b + math.Log1p(e), e / (1 + e)
}
