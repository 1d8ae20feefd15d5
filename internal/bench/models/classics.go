package models

import (
	"math"

	"github.com/rapporthq/rapport/internal/statemodel/classic"
)

// fitted is a model that was fitted on what was known at the split.
type fitted struct {
	logLik     float64
	parameters int // if it is not what the candidate says
	params     []Parameter
	about      string
	heldOut    func(c Customer) float64            // nil: it has no likelihood
	expected   func(c Customer, h float64) float64 // acts in so many weeks after the split
	total      func() (low, high float64, ok bool) // of what is expected of all, as far as parameters are unsure
}

// Parameter is a number of a model that was learned.
type Parameter struct {
	Name   string   `json:"name"`
	Value  float64  `json:"value"`
	StdErr *float64 `json:"std_err,omitempty"` // none: the data say nothing about it
}

// candidate is a model to compare.
type candidate struct {
	name       string
	parameters int // how many it learns, which says how simple it is
	fit        func(l *Log) (fitted, error)
}

// classics are the models of package classic, the simplest first, and before them
// what needs no model at all.
func classics() []candidate {
	return []candidate{
		{"never", 0, func(*Log) (fitted, error) {
			return fitted{about: "nobody acts again", expected: func(Customer, float64) float64 { return 0 }}, nil
		}},
		{"pace", 0, func(*Log) (fitted, error) {
			return fitted{about: "everybody goes on at the pace of their past", expected: func(c Customer, h float64) float64 {
				if c.Before <= 0 {
					return 0
				}
				return float64(len(c.History(c.Before).Times)) / c.Before * h
			}}, nil
		}},
		{"nbd", 2, func(l *Log) (fitted, error) {
			_, fit, err := classic.FitNBD(l.known())
			return repeats(l, "nobody leaves", fit, func(p []float64) classic.Model { return classic.NBD{R: p[0], Alpha: p[1]} }), err
		}},
		{"gammapoisson", 4, fitFilter},
		{"bgnbd", 4, func(l *Log) (fitted, error) {
			_, fit, err := classic.FitBGNBD(l.known(), false)
			return repeats(l, "people may leave after a repeat", fit, func(p []float64) classic.Model {
				return classic.BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3]}
			}), err
		}},
		{"mbgnbd", 4, func(l *Log) (fitted, error) {
			_, fit, err := classic.FitBGNBD(l.known(), true)
			return repeats(l, "people may leave after any act", fit, func(p []float64) classic.Model {
				return classic.BGNBD{R: p[0], Alpha: p[1], A: p[2], B: p[3], Modified: true}
			}), err
		}},
		{"paretonbd", 4, func(l *Log) (fitted, error) {
			_, fit, err := classic.FitParetoNBD(l.known())
			return repeats(l, "people may leave at any time", fit, func(p []float64) classic.Model {
				return classic.ParetoNBD{R: p[0], Alpha: p[1], S: p[2], Beta: p[3]}
			}), err
		}},
	}
}

// known is everybody as of the split.
func (l *Log) known() []classic.Person {
	out := make([]classic.Person, len(l.People))
	for i, c := range l.People {
		out[i] = c.History(c.Before).Person()
	}
	return out
}

func repeats(l *Log, about string, fit classic.Fit, with func(params []float64) classic.Model) fitted {
	if fit.Params == nil {
		return fitted{about: about}
	}
	m := with(fit.Params)
	out := fitted{logLik: fit.LogLik, params: parameters(fit), about: about}
	if len(fit.Degenerate) > 0 {
		out.about += "; the data do not show it, so this is a simpler model"
	}
	out.heldOut = func(c Customer) float64 {
		return classic.HeldOut(m, c.History(c.Before).Person(), c.History(c.Until).Person())
	}
	out.expected = func(c Customer, h float64) float64 { return m.Expected(c.History(c.Before).Person(), h) }
	out.total = func() (low, high float64, ok bool) {
		low, high = fit.Interval(func(p []float64) float64 {
			sum, m := 0.0, with(p)
			for _, c := range l.People {
				sum += m.Expected(c.History(c.Before).Person(), c.Until-c.Before)
			}
			return sum
		})
		return low, high, low > 0 && !math.IsInf(high, 1)
	}
	return out
}

// stepsOfFilter is in how many steps the longest life until the split is cut.
const stepsOfFilter = 40

func fitFilter(l *Log) (fitted, error) {
	longest := 0.0
	histories := make([]classic.History, len(l.People))
	for i, c := range l.People {
		histories[i] = c.History(c.Before)
		longest = math.Max(longest, c.Before)
	}
	step := math.Max(longest/stepsOfFilter, 1.0/daysPerWeek/24)
	m, fit, err := classic.FitFilter(histories, step)
	if err != nil {
		return fitted{about: "nobody leaves, rates wander"}, err
	}
	return fitted{
		logLik: fit.LogLik, params: parameters(fit), about: "nobody leaves, rates wander",
		heldOut:  func(c Customer) float64 { return m.LogLik(c.History(c.Until)) - m.LogLik(c.History(c.Before)) },
		expected: func(c Customer, h float64) float64 { return m.Expected(c.History(c.Before), h) },
	}, nil
}

func parameters(fit classic.Fit) []Parameter {
	out := make([]Parameter, len(fit.Params))
	for i := range out {
		out[i] = Parameter{Name: fit.Names[i], Value: fit.Params[i]}
		if e := fit.StdErr[i]; !math.IsInf(e, 0) && !math.IsNaN(e) {
			out[i].StdErr = &e
		}
	}
	return out
}
