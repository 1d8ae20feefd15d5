package statemodel

import "github.com/rapporthq/rapport/internal/fault"

// Ensemble is a model and others that its histories might as well have given: by
// it intervals also hold what is unsure about the parameters. The belief is that
// of the model itself.
type Ensemble struct {
	f     *Filter
	drawn []*Filter
}

// Ensemble prepares models of the same form, such as [Uncertainty.Draw] gives.
func (f *Filter) Ensemble(drawn []*Model) (*Ensemble, error) {
	e := &Ensemble{f: f}
	for _, m := range drawn {
		d, err := NewFilter(m)
		if err != nil {
			return nil, err
		}
		if d.t.s != f.t.s || len(d.t.nodes) != len(f.t.nodes) || d.shape != f.shape {
			return nil, fault.New(fault.Invalid, "a drawn model is not of the form of the model")
		}
		e.drawn = append(e.drawn, d)
	}
	if len(e.drawn) == 0 {
		return nil, fault.New(fault.Invalid, "an ensemble needs drawn models")
	}
	return e, nil
}

// Expect is [Filter.Expect] with wider intervals for acts and spend.
func (e *Ensemble) Expect(b *Belief, days float64) (Outlook, error) {
	out, err := e.f.Expect(b, days)
	if err != nil {
		return out, err
	}
	for k := range out.Acts {
		var acts, spend weighted
		for _, d := range e.drawn {
			d.collect(b, days, k, &acts, &spend)
		}
		out.Acts[k] = out.Acts[k].within(acts.estimate())
		out.Spend[k] = out.Spend[k].within(spend.estimate())
	}
	return out, nil
}

// Value is [Values.Of] with a wider interval.
func (e *Ensemble) Value(b *Belief, economics Economics) (Estimate, error) {
	point, err := e.f.Values(economics)
	if err != nil {
		return Estimate{}, err
	}
	var w weighted
	for _, d := range e.drawn {
		v, err := d.Values(economics)
		if err != nil {
			return Estimate{}, err
		}
		v.collect(b, &w)
	}
	return point.Of(b).within(w.estimate()), nil
}

// within widens an interval to hold another's: the grid of nodes is coarse, so that
// by chance of where the nodes are the interval over many models can be narrower
// than that of one.
func (e Estimate) within(other Estimate) Estimate {
	return Estimate{Mean: e.Mean, Low: min(e.Low, other.Low), High: max(e.High, other.High)}
}
