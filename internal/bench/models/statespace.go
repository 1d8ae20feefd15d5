package models

import (
	"context"
	"errors"
	"math"

	"github.com/rapporthq/rapport/internal/statemodel"
	"github.com/rapporthq/rapport/internal/train"
)

// histories are the people of a log as the state-space model sees them.
func (l *Log) histories() []statemodel.History {
	out := make([]statemodel.History, len(l.People))
	for i, c := range l.People {
		h := statemodel.History{Start: c.Began, End: c.Began + c.Until*daysPerWeek}
		acts, touches := c.Acts, c.Touches
		for len(acts)+len(touches) > 0 {
			if len(touches) == 0 || len(acts) > 0 && acts[0].At < touches[0].At {
				h.Events = append(h.Events, statemodel.Event{At: c.Began + acts[0].At*daysPerWeek})
				acts = acts[1:]
				continue
			}
			h.Events = append(h.Events, statemodel.Event{At: c.Began + touches[0].At*daysPerWeek, Type: statemodel.Touch, Kind: uint8(touches[0].Class)}) //nolint:gosec // there are at most 64
			touches = touches[1:]
		}
		out[i] = h
	}
	return out
}

// perWeek turns a log density of so many times per day into one per week.
func perWeek(logLik float64, times int) float64 {
	return logLik + float64(times)*math.Log(daysPerWeek)
}

const stateSpaceName = "statespace"

// Beginnings of a fit of the state-space model: on trial, and in earnest.
const (
	trialStarts = 2
	fullStarts  = 4
)

// forms of the state-space model that are tried: the ladder of the product, the
// simplest first. How many parameters each has is known when it is fitted; until
// then it is its place on the ladder.
func forms(ctx context.Context, touches []string, starts int) []candidate {
	var base statemodel.Form
	for _, t := range touches {
		base.Touches = append(base.Touches, statemodel.TouchForm{Name: t})
	}
	var out []candidate
	for i, f := range statemodel.Ladder(base) {
		out = append(out, candidate{f.Name, i + 1, func(l *Log) (fitted, error) { return fitForm(ctx, l, f, starts) }})
	}
	return out
}

// often counts people who acted three times by the split.
func (l *Log) often() (n int) {
	for _, c := range l.People {
		if len(c.History(c.Before).Times) >= 2 {
			n++
		}
	}
	return n
}

func fitForm(ctx context.Context, l *Log, form statemodel.Named, starts int) (fitted, error) {
	out := fitted{about: form.Name}
	all := l.histories()
	known := make([]statemodel.History, len(all))
	repeats := 0
	for i, h := range all {
		known[i] = h.Until(l.splitDay())
		repeats += len(l.People[i].History(l.People[i].Before).Times)
	}
	res, err := train.Fit(ctx, known, train.Options{Form: form.Form, Starts: starts, Seed: 1})
	if err != nil {
		return out, err
	}
	each := train.Each(0)
	before, err := res.Model.LogLikelihood(known, each)
	if err != nil {
		return out, err
	}
	until, err := res.Model.LogLikelihood(all, each)
	if err != nil {
		return out, err
	}
	heldOut, logLik := map[string]float64{}, 0.0
	for i, c := range l.People {
		heldOut[c.ID] = perWeek(until[i]-before[i], len(c.Acts)-len(c.History(c.Before).Times))
		logLik += before[i]
	}
	out.logLik, out.parameters = perWeek(logLik, repeats), res.Trace.Parameters
	out.heldOut = func(c Customer) float64 { return heldOut[c.ID] }
	expected, err := expect(res.Model, known, l, each)
	out.expected = func(c Customer, _ float64) float64 { return expected[c.ID] }
	return out, err
}

// expect is how many acts the belief at the split expects of each person until the
// end of the log.
func expect(m *statemodel.Model, known []statemodel.History, l *Log, each statemodel.Each) (map[string]float64, error) {
	f, err := statemodel.NewFilter(m)
	if err != nil {
		return nil, err
	}
	acts, errs := make([]float64, len(known)), make([]error, len(known))
	each(len(known), func(i int) {
		h := known[i]
		b, err := f.Begin(h.Start, h.Class)
		for k := 0; err == nil && k < len(h.Events); k++ {
			_, err = f.Observe(b, h.Events[k])
		}
		if err == nil {
			err = f.Advance(b, h.End)
		}
		var o statemodel.Outlook
		if err == nil {
			o, err = f.Expect(b, (l.People[i].Until-l.People[i].Before)*daysPerWeek)
		}
		if errs[i] = err; err == nil {
			acts[i] = o.Acts[0].Mean
		}
	})
	out := map[string]float64{}
	for i, c := range l.People {
		out[c.ID] = acts[i]
	}
	return out, errors.Join(errs...)
}

// splitDay is the split as the ages of people say it, in days since 1970.
func (l *Log) splitDay() float64 {
	split := l.scale(l.Split)
	if !l.ByDay {
		split = math.Round(split*1e7) / 1e7
	}
	return split
}
