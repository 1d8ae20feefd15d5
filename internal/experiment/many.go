package experiment

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Evidence is the e-value of a difference against there being none: the wealth
// of who bet against it by the mixture that [Boundary] is the edge of,
//
//	exp( S²ρ²/(2(nρ²+1)) ) / √(nρ²+1),  S = n·difference/deviation.
//
// It is above 1/Alpha exactly when the interval excludes zero, and it may be
// multiplied over independent comparisons. n is the people of both arms. Without
// enough evidence it is 1. It is for what [Lift] returned.
func (d Difference) Evidence(n int, o Options) float64 {
	o = o.withDefaults()
	if !d.Enough || d.guarded <= 0 {
		return 1
	}
	z := d.Value / d.guarded // S = √n·z
	u := float64(n) * math.Pow(o.mixture(), 2)
	return math.Exp(z*z*u/(2*(u+1))) / math.Sqrt(u+1)
}

// Segment is one of many comparisons looked at together.
type Segment struct {
	Name             string
	Treated, Holdout Sample
}

// Finding is what is left of a segment's effect when it is known how many were
// looked at.
type Finding struct {
	Name string
	Difference

	// Found is whether the effect stands out. Among all segments ever shown as
	// found, the expected share of those without effect is at most Alpha.
	Found bool
}

// Segments compares each segment and corrects for their number. It may be looked
// at as often as one likes, and segments may overlap.
//
// What is found is by the e-BH procedure: Wang & Ramdas 2022, "False discovery
// rate control with e-values", JRSS B 84(3). The intervals of those found are
// widened to Alpha·found/all, so that the expected share of them that miss is at
// most Alpha: Xu, Wang & Ramdas 2022, "Post-selection inference for e-value
// based confidence intervals" (arXiv 2203.12572); those of the rest, which
// nobody selected, to Alpha/all.
func Segments(segments []Segment, o Options) []Finding {
	o = o.withDefaults()
	o.rho = o.mixture() // the theorem wants one e-value, whatever is found
	type ranked struct {
		i int
		e float64
	}
	order := make([]ranked, len(segments))
	for i := range segments {
		s := &segments[i]
		order[i] = ranked{i, Lift(s.Treated, s.Holdout, o).Evidence(s.Treated.N+s.Holdout.N, o)}
	}
	slices.SortStableFunc(order, func(a, b ranked) int { return cmp.Compare(b.e, a.e) })
	found, all := 0, float64(len(segments))
	for k, r := range order {
		if r.e >= all/(o.Alpha*float64(k+1)) {
			found = k + 1
		}
	}
	out := make([]Finding, len(segments))
	for k, r := range order {
		s, wider := &segments[r.i], o
		wider.Alpha = o.Alpha * float64(max(1, found)) / all
		if k >= found {
			wider.Alpha = o.Alpha / all
		}
		out[r.i] = Finding{Name: s.Name, Difference: Lift(s.Treated, s.Holdout, wider), Found: k < found}
	}
	return out
}

// Standing is one arm of an experiment with several.
type Standing struct {
	Name     string
	People   int
	Mean     float64
	Versus   Difference // against the first arm; of the first itself, zero
	BehindBy Difference // the leader minus this arm; of the leader, zero
}

// Race is how an experiment with several arms stands.
type Race struct {
	Arms   []Standing
	Leader int // index of the arm with the highest mean

	// Decided is whether the leader is ahead of every other arm by more than
	// chance, so that the experiment may stop. Sentence says it, or what is
	// missing.
	Decided  bool
	Sentence string
}

// Named is an arm of an A/B/n experiment.
type Named struct {
	Name string
	Sample
}

// Compare sums up an experiment of two or more arms, to which people were
// assigned with shares that did not depend on outcomes. All comparisons hold at
// once and at all times with probability 1 - Alpha: each pair is given
// Alpha/(k(k-1)/2) (Bonferroni). For shares that are adapted, weigh by recorded
// probabilities instead: package offpolicy.
func Compare(arms []Named, o Options) (Race, error) {
	if len(arms) < 2 {
		return Race{}, fmt.Errorf("an experiment needs at least two arms, and has %d", len(arms))
	}
	o = o.withDefaults()
	k := float64(len(arms))
	pair := o
	pair.Alpha = o.Alpha / (k * (k - 1) / 2)
	r := Race{Arms: make([]Standing, len(arms))}
	for i := range arms {
		if arms[i].Mean() > arms[r.Leader].Mean() {
			r.Leader = i
		}
	}
	r.Decided = true
	lead := &arms[r.Leader]
	for i := range arms {
		a := &arms[i]
		s := Standing{Name: a.Name, People: a.N, Mean: a.Mean()}
		if i > 0 {
			s.Versus = Lift(a.Sample, arms[0].Sample, pair)
		}
		if i != r.Leader {
			s.BehindBy = Lift(lead.Sample, a.Sample, pair)
			if !s.BehindBy.Enough && r.Sentence == "" {
				r.Sentence = fmt.Sprintf("Not enough evidence yet between %q and %q: they need %d people each, and %d with a result other than 0.", lead.Name, a.Name, pair.MinPeople, pair.MinEvents)
			}
			r.Decided = r.Decided && s.BehindBy.Enough && s.BehindBy.Low > 0
		}
		r.Arms[i] = s
	}
	switch {
	case r.Decided:
		r.Sentence = fmt.Sprintf("%q is ahead of all others by more than chance.", lead.Name)
	case r.Sentence == "":
		r.Sentence = fmt.Sprintf("%q leads, which may be chance.", lead.Name)
	}
	return r, nil
}
