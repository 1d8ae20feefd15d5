package experiment

import (
	"fmt"
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// MismatchLimit is the p-value below which a split is called wrong and blocks the
// number that rests on it. It is small because the check is looked at often
// (Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled
// Experiments", KDD).
const MismatchLimit = 0.001

// RatioMismatch returns the p-value of the observed counts against the shares
// that were intended (which need not sum to one). A small value means that
// people were lost or added on one side, so that a comparison of the sides means
// nothing. It is 1 when there is nothing to test.
//
// The test is exact: the two-sided binomial test for two arms, and for more the
// smallest of those of each arm against the rest, times the number of arms
// (Bonferroni).
func RatioMismatch(observed []int, shares []float64) float64 {
	n, total, arms := 0, 0.0, 0
	for i, o := range observed {
		n += o
		total += shares[i]
		if shares[i] > 0 {
			arms++
		} else if o > 0 {
			return 0
		}
	}
	if n == 0 || arms < 2 {
		return 1
	}
	smallest := 1.0
	for i, o := range observed {
		if shares[i] > 0 {
			smallest = min(smallest, binomialTest(o, n, shares[i]/total))
		}
	}
	if arms == 2 {
		return smallest // both arms say the same
	}
	return min(1, smallest*float64(arms))
}

// binomialTest is the probability, under Binomial(n, p), of all counts that are
// no more probable than k: Fisher's exact two-sided test.
func binomialTest(k, n int, p float64) float64 {
	b := distuv.Binomial{N: float64(n), P: p}
	at := b.LogProb(float64(k)) + 1e-7 // counts as probable as k belong to it in spite of rounding
	mean := b.Mean()
	switch {
	case float64(k) == mean:
		return 1
	case float64(k) < mean: // the other tail begins where the law, falling above its mean, is below at
		from := int(math.Ceil(mean))
		y := from + sort.Search(n+1-from, func(i int) bool { return b.LogProb(float64(from+i)) <= at })
		return min(1, b.CDF(float64(k))+b.Survival(float64(y)-1))
	default:
		last := int(math.Floor(mean))
		y := last - sort.Search(last+1, func(i int) bool { return b.LogProb(float64(last-i)) <= at })
		lower := 0.0
		if y >= 0 {
			lower = b.CDF(float64(y))
		}
		return min(1, lower+b.Survival(float64(k)-1))
	}
}

// Contamination says what is wrong when people who were to be left alone were
// not: touched of the held out got outreach that the comparison should have
// kept from them. It is empty when all is well. Any is too many: those touched
// may not be left out either, for whom it happens to is no accident.
func Contamination(heldOut, touched int) string {
	switch touched {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("1 of the %d people held out was reached by what they were to be spared; the difference is not that of treatment", heldOut)
	default:
		return fmt.Sprintf("%d of the %d people held out were reached by what they were to be spared; the difference is not that of treatment", touched, heldOut)
	}
}

// Novelty compares a lift among those who joined early with that among those
// who joined late, and says so when they differ by more than chance (two-sided,
// one time in a hundred): an effect that wears off, or one that is learned, is
// not told by their mean. It is empty otherwise, or without enough people.
func Novelty(early, late Difference) string {
	se := math.Hypot(early.StandardError, late.StandardError)
	if !early.Enough || !late.Enough || se == 0 {
		return ""
	}
	const z99 = 2.5758293035489004
	switch z := (late.Value - early.Value) / se; {
	case z < -z99:
		return "the effect is smaller on those who joined later: it may be wearing off"
	case z > z99:
		return "the effect is larger on those who joined later: it may still be growing"
	default:
		return ""
	}
}
