package decide

import (
	"fmt"
	"slices"
)

// Record is everything that a decision was made of, as it is archived with it.
// With the posterior of the version that it names it gives the same choice, bit
// for bit: see [Record.Again].
type Record struct {
	Posterior string      `json:"posterior"`
	Layout    string      `json:"layout"`
	Seed      uint64      `json:"seed"`
	Context   []float64   `json:"context"`
	Explore   Exploration `json:"explore"`
	Offers    []Offer     `json:"offers"`
	Drawn     Drawn       `json:"drawn"`
}

// Decide resolves the ways of offers, chooses, and returns the record. It is
// [Chooser.Choose] for who wants to keep the answer.
func (c *Chooser) Decide(p *Posterior, offers []Offer, context []float64, seed uint64, e Exploration) (Record, error) {
	if err := p.layout.resolve(offers); err != nil {
		return Record{}, err
	}
	d, err := c.Choose(p, offers, context, seed, e)
	if err != nil {
		return Record{}, err
	}
	d.Offers, d.Ways = slices.Clone(d.Offers), slices.Clone(d.Ways)
	return Record{
		Posterior: p.Version, Layout: p.layout.Version, Seed: seed, Context: slices.Clone(context),
		Explore: e.withDefaults(), Offers: offers, Drawn: d,
	}, nil
}

// resolve fills in where the ways of offers lie.
func (l *Layout) resolve(offers []Offer) error {
	for i := range offers {
		for w := range offers[i].Ways {
			way := &offers[i].Ways[w]
			at, err := l.Place(offers[i].Action, way.Message, way.Channel, way.Hour)
			if err != nil {
				return err
			}
			way.Place = at
		}
	}
	return nil
}

// Again makes the decision again from what was archived and says how the two
// differ, if they do: that would mean that the record, the posterior or this
// program is not what it was.
func (r Record) Again(p *Posterior) (Drawn, error) {
	if p.Version != r.Posterior || p.layout.Version != r.Layout {
		return Drawn{}, fmt.Errorf("the decision was made by posterior %q of %s, not by %q of %s", r.Posterior, r.Layout, p.Version, p.layout.Version)
	}
	var c Chooser
	again, err := c.Decide(p, r.Offers, r.Context, r.Seed, r.Explore)
	if err != nil {
		return Drawn{}, err
	}
	d := again.Drawn
	if d.Offer != r.Drawn.Offer || d.Way != r.Drawn.Way || d.Policy != r.Drawn.Policy || d.Probability != r.Drawn.Probability || //nolint:gocritic // exact on purpose
		!slices.Equal(d.Offers, r.Drawn.Offers) || !slices.Equal(d.Ways, r.Drawn.Ways) {
		return d, fmt.Errorf("made again, the decision is offer %d by way %d with probability %v, and was recorded as offer %d by way %d with probability %v",
			d.Offer, d.Way, d.Probability, r.Drawn.Offer, r.Drawn.Way, r.Drawn.Probability)
	}
	return d, nil
}

// Line is one line of an explanation: what stood for an action.
type Line struct {
	Action      string  `json:"action"`
	Parts       Parts   `json:"parts"`
	Learned     float64 `json:"learned"`   // mean of the learned effect of the context, at the action's best way
	Deviation   float64 `json:"deviation"` // its standard deviation
	Trials      float64 `json:"trials"`    // decisions it was learned from, after forgetting
	Probability float64 `json:"probability"`
	Chosen      bool    `json:"chosen"`
}

// Explain lists what stood for each action, in the order of the offers.
func (r Record) Explain(p *Posterior) ([]Line, error) {
	if _, err := r.Again(p); err != nil {
		return nil, err
	}
	return r.Lines(p)
}

// Lines is Explain of a decision that was made just now.
func (r Record) Lines(p *Posterior) ([]Line, error) {
	out := make([]Line, len(r.Offers))
	for i := range r.Offers {
		o := &r.Offers[i]
		at, top := Place{}, 0.0
		for w := range o.Ways {
			mean, _, _, err := p.Effect(o.Action, o.Ways[w].Place, r.Context)
			if err != nil {
				return nil, err
			}
			if w == 0 || o.Ways[w].More+mean > top {
				at, top = o.Ways[w].Place, o.Ways[w].More+mean
			}
		}
		mean, dev, trials, err := p.Effect(o.Action, at, r.Context)
		if err != nil {
			return nil, err
		}
		out[i] = Line{Action: o.Action, Parts: o.Parts, Learned: mean, Deviation: dev, Trials: trials, Probability: r.Drawn.Offers[i], Chosen: i == r.Drawn.Offer}
	}
	return out, nil
}
