package models

import (
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/rapporthq/rapport/internal/statemodel"
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

// inParallel runs the parts of a fit on all processors.
func inParallel(n int, f func(i int)) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error { f(i); return nil })
	}
	_ = g.Wait() // none of them fails
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

// forms of the state-space model that are tried, the simplest first.
func forms(touches []string, starts int) []candidate {
	kinds := []struct {
		name       string
		parameters int
		form       statemodel.Form
	}{
		{"1 live state, people differ in how easily they leave", 4, statemodel.Form{States: 1, Departure: true}},
		{"2 live states", 8, statemodel.Form{States: 2}},
		{"2 live states, and a pause after each act", 10, statemodel.Form{States: 2, Recovery: true}},
	}
	var out []candidate
	for _, k := range kinds {
		for _, t := range touches {
			k.form.Touches = append(k.form.Touches, statemodel.TouchForm{Name: t})
		}
		out = append(out, candidate{k.name, k.parameters, func(l *Log) (fitted, error) { return fitForm(l, k.name, k.form, starts) }})
	}
	return out
}

// fewPeople is how many must have acted three times before states are told apart;
// with fewer one live state has to do.
const fewPeople = 500

// often counts people who acted three times by the split.
func (l *Log) often() (n int) {
	for _, c := range l.People {
		if len(c.History(c.Before).Times) >= 2 {
			n++
		}
	}
	return n
}

func fitForm(l *Log, about string, form statemodel.Form, starts int) (fitted, error) {
	all := l.histories()
	known := make([]statemodel.History, len(all))
	repeats := 0
	for i, h := range all {
		known[i] = h.Until(l.splitDay())
		repeats += len(l.People[i].History(l.People[i].Before).Times)
	}
	m, trace, err := statemodel.Fit(known, statemodel.Options{Form: form, Starts: starts, Each: inParallel, Seed: 1})
	if err != nil {
		return fitted{about: about}, err
	}
	before, err := m.LogLikelihood(known, inParallel)
	if err != nil {
		return fitted{about: about}, err
	}
	until, err := m.LogLikelihood(all, inParallel)
	if err != nil {
		return fitted{about: about}, err
	}
	heldOut := map[string]float64{}
	for i, c := range l.People {
		heldOut[c.ID] = perWeek(until[i]-before[i], len(c.Acts)-len(c.History(c.Before).Times))
	}
	return fitted{
		logLik: perWeek(trace.LogLikelihood, repeats), about: about,
		heldOut: func(c Customer) float64 { return heldOut[c.ID] },
	}, nil
}

// splitDay is the split as the ages of people say it, in days since 1970.
func (l *Log) splitDay() float64 {
	split := l.scale(l.Split)
	if !l.ByDay {
		split = math.Round(split*1e7) / 1e7
	}
	return split
}
