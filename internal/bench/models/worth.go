package models

import (
	"math"

	"github.com/rapporthq/rapport/internal/statemodel/classic"
)

// Worth is the model of spend beside that of acts: Gamma-Gamma, on the mean amount
// of repeats, fitted on what was known at the split, and with it what people were
// expected to spend after it.
type Worth struct {
	People     int         `json:"people,omitempty"` // whose repeats had an amount
	Parameters []Parameter `json:"parameters,omitempty"`
	LogLik     *float64    `json:"loglik,omitempty"`
	Expected   *float64    `json:"heldout_expected,omitempty"` // by BG/NBD × Gamma-Gamma
	Actual     *float64    `json:"heldout_actual,omitempty"`
	Error      string      `json:"error,omitempty"`
}

// worth is nil where the log has no amounts.
func (l *Log) worth() *Worth {
	var spend []classic.Spend
	actual := 0.0
	for _, c := range l.People {
		if s := c.Spend(c.Before); s.Acts > 0 {
			spend = append(spend, s)
		}
		for _, a := range c.Acts[len(c.History(c.Before).Times):] {
			actual += a.Amount
		}
	}
	if len(spend) == 0 {
		return nil
	}
	w := &Worth{People: len(spend), Actual: number(actual)}
	money, fit, err := classic.FitGammaGamma(spend)
	if err != nil {
		w.Error = err.Error()
		return w
	}
	w.Parameters, w.LogLik = parameters(fit), number(fit.LogLik)
	acts, _, err := classic.FitBGNBD(l.known(), false)
	if err != nil {
		w.Error = err.Error()
		return w
	}
	expected := 0.0
	for _, c := range l.People {
		each := money.Mean(c.Spend(c.Before))
		if math.IsInf(each, 1) {
			w.Error = "q is not above 1: amounts are so unequal that their mean over people does not exist"
			return w
		}
		expected += each * acts.Expected(c.History(c.Before).Person(), c.Until-c.Before)
	}
	w.Expected = number(expected)
	return w
}
