package offpolicy

import (
	"errors"
	"slices"
)

// Subject is one person of a randomised comparison, with a score by which a model
// would choose whom to treat.
type Subject struct {
	Score     float64
	Treated   bool
	Responded bool
}

// Qini is the area between the Qini curve of a score and that of chance, over the
// same of a score that knows the outcomes (Radcliffe 2007, "Using control groups to
// target on predicted lift"): 0 for chance. AUUC is the same for the uplift curve.
// Both are as scikit-uplift 0.5 has them (qini_auc_score with negative effects, and
// uplift_auc_score), so that figures compare: points at distinct scores only,
// joined by straight lines.
func Qini(people []Subject) (float64, error) {
	return area(people, qini, func(s Subject) float64 { // those whom treatment won, then those without an answer, then those whom it lost
		switch {
		case s.Responded && s.Treated:
			return 1
		case s.Responded:
			return -1
		default:
			return 0
		}
	})
}

// AUUC is the area under the uplift curve: see [Qini].
func AUUC(people []Subject) (float64, error) {
	won, lost := 0, 0
	for _, s := range people {
		if s.Responded && !s.Treated {
			won++
		} else if !s.Responded && s.Treated {
			lost++
		}
	}
	return area(people, uplift, func(s Subject) float64 {
		v := 0.0
		if s.Responded == s.Treated {
			v = 2
		}
		if won > lost && s.Responded || won <= lost && s.Treated {
			v++
		}
		return v
	})
}

// point is a curve after the best n people by score: how many of them were treated
// and how many of those, and of the others, responded.
type point struct{ n, treated, responded, left float64 }

func qini(p point) float64 {
	control := p.n - p.treated
	if control == 0 {
		return p.responded
	}
	return p.responded - p.left*p.treated/control
}

func uplift(p point) float64 {
	v, control := 0.0, p.n-p.treated
	if p.treated > 0 {
		v = p.responded / p.treated
	}
	if control > 0 {
		v -= p.left / control
	}
	return v * p.n
}

// area is that of the curve over chance, as a share of the perfect one's.
func area(people []Subject, height func(point) float64, perfect func(Subject) float64) (float64, error) {
	if len(people) == 0 {
		return 0, errors.New("there is nobody to rank")
	}
	actual, top := under(people, height, func(s Subject) float64 { return s.Score })
	ideal, _ := under(people, height, perfect)
	// All curves end at the same height, which is where that of chance goes.
	chance := float64(len(people)) * top / 2
	if ideal == chance {
		return 0, errors.New("everybody answered alike: no order is better than another")
	}
	return (actual - chance) / (ideal - chance), nil
}

// under is the area under the curve of an order, and the height at its end.
func under(people []Subject, height func(point) float64, score func(Subject) float64) (sum, last float64) {
	order := slices.Clone(people)
	slices.SortStableFunc(order, func(a, b Subject) int {
		switch x, y := score(a), score(b); {
		case x > y:
			return -1
		case x < y:
			return 1
		default:
			return 0
		}
	})
	var p point
	before := 0.0
	for i, s := range order {
		p.n++
		switch {
		case s.Treated && s.Responded:
			p.treated++
			p.responded++
		case s.Treated:
			p.treated++
		case s.Responded:
			p.left++
		}
		if i+1 < len(order) && score(order[i+1]) == score(s) {
			continue
		}
		h := height(p)
		sum += (p.n - before) * (last + h) / 2
		before, last = p.n, h
	}
	return sum, last
}
