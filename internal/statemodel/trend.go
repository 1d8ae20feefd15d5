package statemodel

import "math"

// A calendar factor for trade that as a whole grows or slows down: the speed of
// everybody's time changes by a constant factor from one period to the next, and
// ever less so after the end of the histories (Gardner & McKenzie 1985).
const (
	trendParts  = 12 // periods in the time of the histories, of a week at least
	trendDamped = .8
	trendAhead  = 26 // periods
	trendSample = 1500
	trendSpread = 1.0 // of the prior: the logarithm of the change over all histories
)

// trended is the clock of a change by so much (in logarithms) over the histories.
func trended(c Clock, from, to, change float64) Clock {
	c = c.clone()
	weeks := max(1, int(math.Round((to-from)/7/trendParts)))
	periods := int(math.Ceil((to - from) / float64(7*weeks)))
	c.Origin, c.Weeks, c.Level = from, weeks, nil
	each := change / float64(max(periods, 1))
	level := -change / 2 // the middle has the speed 1
	for range periods {
		c.Level = append(c.Level, math.Exp(level))
		level += each
	}
	for range trendAhead {
		each *= trendDamped
		c.Level = append(c.Level, math.Exp(level))
		level += each
	}
	return c
}

// trend finds the change of speed under which a sample of the histories is most
// likely, by golden section, and returns the clock and the model there.
func (f *fitter) trend(m *Model, histories []History) (*Model, Clock, error) {
	from, to := math.Inf(1), math.Inf(-1)
	for _, h := range histories {
		from, to = min(from, h.Start), max(to, h.End)
	}
	var sample []History
	stride := max(1, len(histories)/trendSample)
	for i := 0; i < len(histories); i += stride {
		sample = append(sample, histories[i])
	}
	plain := f.o.Form.Clock
	at := func(change float64) (*Model, float64, error) {
		form := f.o.Form
		form.Clock = trended(plain, from, to, change)
		c, err := newCorpus(form, sample)
		if err != nil {
			return nil, 0, err
		}
		c.scale = f.c.scale
		start := coarse(m.Clone())
		start.Clock = form.Clock
		out, value, err := f.climb(start, c, "trend", 15, .05)
		return out, value - change*change/(2*trendSpread*trendSpread), err
	}
	const golden = .6180339887498949
	lo, hi := -2.0, 2.0
	a, b := hi-golden*(hi-lo), lo+golden*(hi-lo)
	ma, va, err := at(a)
	if err != nil {
		return nil, plain, err
	}
	mb, vb, err := at(b)
	if err != nil {
		return nil, plain, err
	}
	for hi-lo > .1 {
		if va > vb {
			hi, b, mb, vb = b, a, ma, va
			a = hi - golden*(hi-lo)
			if ma, va, err = at(a); err != nil {
				return nil, plain, err
			}
		} else {
			lo, a, ma, va = a, b, mb, vb
			b = lo + golden*(hi-lo)
			if mb, vb, err = at(b); err != nil {
				return nil, plain, err
			}
		}
	}
	if va > vb {
		mb = ma
	}
	return fine(mb, f.o.Form), mb.Clock, nil
}
