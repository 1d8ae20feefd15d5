package models

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Choice is the model that the evidence before the split supports.
type Choice struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// trialShare is the part of the time before the split on which models are fitted
// for a trial; they are scored on the rest of it.
const trialShare = 2.0 / 3

// trialPeople is of how many people a trial is at most: evenly chosen, so that it
// takes no longer on a log of millions. With a third of it, states that foretell CDNOW
// better by 80 nats are within a standard error of none.
const trialPeople = 3000

// trial is the log as it would have been compared some time before the split.
// What came after the split is not in it.
func (l *Log) trial() (*Log, bool) {
	split := l.splitDay()
	first := split
	for _, c := range l.People {
		first = math.Min(first, c.Began)
	}
	at := first + (split-first)*trialShare
	if l.ByDay {
		at = math.Floor(at)
	}
	t := &Log{
		Split: event.Instant(at * microsPerDay), End: l.Split, Touches: l.Touches, ByDay: l.ByDay, FromStart: l.FromStart,
	}
	acts := 0
	every := max(1, (len(l.People)+trialPeople-1)/trialPeople)
	for i, c := range l.People {
		if c.Began > at || i%every != 0 {
			continue
		}
		known := c
		known.Until = c.Before
		known.Before = (at - c.Began) / daysPerWeek
		known.Acts = slices.Clip(c.Acts[:len(c.History(c.Before).Times)])
		known.Touches = nil
		for _, touch := range c.Touches {
			if touch.At <= c.Before {
				known.Touches = append(known.Touches, touch)
			}
		}
		t.People = append(t.People, known)
		acts += len(known.Acts) - len(known.History(known.Before).Times)
	}
	return t, acts > 0 && len(t.People) > 1
}

// score is what a model made of the trial.
type score struct {
	candidate
	byPerson []float64 // nil: it could not be fitted
	sum      float64
}

// scores tries candidates on a trial.
func (l *Log) scores(ctx context.Context, all []candidate, progress io.Writer) ([]score, error) {
	var out []score
	for _, c := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fmt.Fprintf(progress, "trying %s on the time before the split\n", c.name)
		s := score{candidate: c}
		if f, err := c.fit(l); err == nil && f.heldOut != nil {
			if f.parameters > 0 {
				s.parameters = f.parameters
			}
			for _, p := range l.People {
				v := f.heldOut(p)
				s.byPerson = append(s.byPerson, v)
				s.sum += v
			}
			if math.IsNaN(s.sum) || math.IsInf(s.sum, 0) {
				s.byPerson = nil
			}
		}
		out = append(out, s)
	}
	return out, nil
}

// simplest is the model with the fewest parameters that is not worse than the best
// by more than a standard error; of several, the better one.
func simplest(all []score) (chosen, best int) {
	best, chosen = -1, -1
	for i, s := range all {
		if s.byPerson != nil && (best < 0 || s.sum > all[best].sum) {
			best = i
		}
	}
	for i, s := range all {
		if s.byPerson == nil {
			continue
		}
		if worse, se := difference(all[best].byPerson, s.byPerson); i != best && !(worse <= se) {
			continue
		}
		if chosen < 0 || s.parameters < all[chosen].parameters || s.parameters == all[chosen].parameters && s.sum > all[chosen].sum {
			chosen = i
		}
	}
	return chosen, best
}

// tried tries every model on the time before the split. It returns the form of the
// state-space model that is worth fitting, and the model of all that should serve.
func (l *Log) tried(ctx context.Context, progress io.Writer) (candidate, *Choice, error) {
	all, earnest := forms(ctx, l.Touches, trialStarts), forms(ctx, l.Touches, fullStarts)
	state := func(c candidate, why string) candidate {
		return candidate{stateSpaceName, c.parameters, func(l *Log) (fitted, error) {
			f, err := c.fit(l)
			f.about += why
			return f, err
		}}
	}
	t, enough := l.trial()
	if !enough {
		return state(earnest[0], "; there is too little to try more on"), nil, nil
	}
	few := ""
	if n := l.often(); n < statemodel.FewestPeople {
		few = fmt.Sprintf("; %d people acted three times, and states need about %d", n, statemodel.FewestPeople)
		all, earnest = single(all), single(earnest)
	}
	classical, err := t.scores(ctx, classics(), progress)
	if err != nil {
		return candidate{}, nil, err
	}
	states, err := t.scores(ctx, all, progress)
	if err != nil {
		return candidate{}, nil, err
	}
	form, _ := simplest(states)
	if form < 0 {
		return state(earnest[0], few), serving(classical, nil), nil
	}
	why := few
	if few == "" {
		why = fmt.Sprintf("; the simplest of %d forms that the time before the split supports", len(all))
	}
	states[form].name = stateSpaceName
	return state(earnest[form], why), serving(classical, &states[form]), nil
}

// single are the forms that tell no states apart.
func single(all []candidate) (out []candidate) {
	for i, f := range statemodel.Ladder(statemodel.Form{}) {
		if f.Form.States == 1 {
			out = append(out, all[i])
		}
	}
	return out
}

// serving is the choice among all.
func serving(classical []score, state *score) *Choice {
	all := slices.Clone(classical)
	if state != nil {
		all = append(all, *state)
	}
	chosen, best := simplest(all)
	if chosen < 0 {
		return nil
	}
	const how = "Fitted on the first two thirds of the time before the split and asked about the rest, "
	if chosen == best {
		return &Choice{all[chosen].name, how + "it foresaw it best, and nothing simpler came within a standard error."}
	}
	worse, se := difference(all[best].byPerson, all[chosen].byPerson)
	return &Choice{all[chosen].name, how + fmt.Sprintf("%s foresaw it better by %.1f ± %.1f, which is not enough for its %d parameters over %d.",
		all[best].name, worse, se, all[best].parameters, all[chosen].parameters)}
}
