package experiment

import (
	"fmt"
	"math"
)

// Draw is one decision in which a learner drew an arm, and what it earned.
type Draw struct {
	Person int       // numbers those to whom draws belong, from 0
	Arm    int       // that was drawn
	Shares []float64 // how probable each arm was, by which it was drawn
	Y      float64   // outcome
}

// Adaptive gathers the draws of a trial whose shares a learner adapts, in their order.
// The zero value is not ready: see [NewAdaptive].
//
// Where shares follow outcomes, means of arms are biased; weighted by the inverse of
// the shares they are not (Horvitz & Thompson 1952). With m the mean of the outcomes
// so far, which does not depend on the next draw,
//
//	ψ_a = m + 1{A=a}/p_a · (Y - m)
//
// has the mean of arm a whatever the learner does, and ψ_a - ψ_b averages to their
// difference: a martingale, to which the confidence sequence of [Boundary] applies
// (Waudby-Smith et al., section 2.5, allows for dependence on the past). One person's
// draws share what that person is like, so errors are those of sums by person.
type Adaptive struct {
	Arms []Sample // outcomes as they came, by arm

	n       int
	sum     float64 // of outcomes
	people  []bool
	count   int
	pairs   []sums
	means   []sums
	drawn   []int     // by arm
	share   []float64 // sums of shares, by arm
	vary    []float64 // sums of p(1-p), by arm
	indices [][2]int
}

// sums are of S, a person's sum of ψ, and n, the number of a person's draws.
type sums struct {
	byPerson         []cluster
	s, n, ss, sn, nn float64
}

type cluster struct{ s, n float64 }

func (t *sums) add(person int, x float64) {
	for len(t.byPerson) <= person {
		t.byPerson = append(t.byPerson, cluster{})
	}
	c := &t.byPerson[person]
	t.ss -= c.s * c.s
	t.sn -= c.s * c.n
	t.nn -= c.n * c.n
	c.s, c.n = c.s+x, c.n+1
	t.ss += c.s * c.s
	t.sn += c.s * c.n
	t.nn += c.n * c.n
	t.s, t.n = t.s+x, t.n+1
}

// mean is that over draws, and its standard error by person.
func (t *sums) mean(people int) (value, standardError float64) {
	if people < 2 {
		return 0, math.Inf(1)
	}
	r := t.s / t.n
	v := t.ss - 2*r*t.sn + r*r*t.nn
	return r, math.Sqrt(max(0, v)*float64(people)/float64(people-1)) / t.n
}

// NewAdaptive gathers the draws of so many arms.
func NewAdaptive(arms int) *Adaptive {
	a := &Adaptive{Arms: make([]Sample, arms), drawn: make([]int, arms), share: make([]float64, arms), vary: make([]float64, arms), means: make([]sums, arms)}
	for i := 1; i < arms; i++ {
		for j := range i {
			a.indices = append(a.indices, [2]int{i, j})
		}
	}
	a.pairs = make([]sums, len(a.indices))
	return a
}

// Add takes the next draw. One in which two arms were not possible both says nothing of
// their difference.
func (a *Adaptive) Add(d Draw) {
	m := 0.0
	if a.n > 0 {
		m = a.sum / float64(a.n)
	}
	for len(a.people) <= d.Person {
		a.people = append(a.people, false)
	}
	if !a.people[d.Person] {
		a.people[d.Person] = true
		a.count++
	}
	a.n++
	a.sum += d.Y
	a.Arms[d.Arm].Add(d.Y, 0)
	a.drawn[d.Arm]++
	psi := func(arm int) float64 {
		if arm == d.Arm {
			return m + (d.Y-m)/d.Shares[arm]
		}
		return m
	}
	for i, p := range d.Shares {
		a.share[i] += p
		a.vary[i] += p * (1 - p)
		if p > 0 {
			a.means[i].add(d.Person, psi(i))
		}
	}
	for k, pair := range a.indices {
		if i, j := pair[0], pair[1]; d.Shares[i] > 0 && d.Shares[j] > 0 {
			a.pairs[k].add(d.Person, psi(i)-psi(j))
		}
	}
}

// Draws is how many there were; People is of how many people.
func (a *Adaptive) Draws() int { return a.n }

// People is to how many people the draws belong.
func (a *Adaptive) People() int { return a.count }

// Mean is that of an arm, weighted, with its confidence sequence.
func (a *Adaptive) Mean(arm int, o Options) Difference {
	d := a.difference(&a.means[arm], o.withDefaults())
	d.Enough = d.Enough && a.drawn[arm] >= o.withDefaults().MinPeople
	return d
}

func (a *Adaptive) difference(t *sums, o Options) Difference {
	d := Difference{Interval: Interval{Low: math.Inf(-1), High: math.Inf(1)}}
	people := 0
	for _, c := range t.byPerson {
		if c.n > 0 {
			people++
		}
	}
	if d.Value, d.StandardError = t.mean(people); people < 2 {
		return d
	}
	d.guarded, d.Enough = d.StandardError, d.StandardError > 0
	d.Interval = Sequence(d.Value, d.StandardError, t.n, o)
	return d
}

// Pairs compares every two arms, as [Pairs] does.
func (a *Adaptive) Pairs(o Options) []Pair {
	o = o.eachOf(len(a.Arms))
	out := make([]Pair, len(a.indices))
	for k, pair := range a.indices {
		d := a.difference(&a.pairs[k], o)
		d.Treated, _ = a.means[pair[0]].mean(a.count)
		d.Holdout, _ = a.means[pair[1]].mean(a.count)
		for _, arm := range pair {
			switch n, events := a.drawn[arm], a.Arms[arm].events; {
			case d.Missing != "":
			case n < o.MinPeople:
				d.Missing = fmt.Sprintf("%d of the %d decisions needed of each arm have a result so far", n, o.MinPeople)
			case events < o.MinEvents:
				d.Missing = fmt.Sprintf("%d of the %d decisions needed of each arm have a result other than 0 so far", events, o.MinEvents)
			}
		}
		d.Enough = d.Enough && d.Missing == ""
		out[k] = Pair{pair[0], pair[1], d}
	}
	return out
}

// Mismatch is the p-value of how often arms were drawn, given the shares by which they
// are said to have been: small where what is recorded is not what was done. It is the
// smallest of those of the arms, by the normal law, times their number (Bonferroni).
func (a *Adaptive) Mismatch() float64 {
	smallest := 1.0
	for i := range a.Arms {
		if a.vary[i] > 0 {
			z := math.Abs(float64(a.drawn[i])-a.share[i]) / math.Sqrt(a.vary[i])
			smallest = min(smallest, math.Erfc(z/math.Sqrt2))
		}
	}
	return min(1, smallest*float64(len(a.Arms)))
}
