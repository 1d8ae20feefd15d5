package train

import (
	"context"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Names of scores.
const (
	candidate = "this model"
	inForce   = "the model in force"
	plainName = "Pareto/NBD"
)

// calibrated is how many bins calibration has, of as many people each.
const calibrated = 10

// examine fits the form to four fifths of people in the first two thirds of the
// time, and holds it to the others in what followed.
func (w *work) examine(ctx context.Context, named statemodel.Named) (belief.Exam, error) {
	at := w.split()
	var fit, test []statemodel.History
	var asked []int
	for i, h := range w.job.Histories {
		switch {
		case h.Start >= at || h.End <= at:
		case i%5 == 0:
			test, asked = append(test, h), append(asked, i)
		default:
			fit = append(fit, h.Until(at))
		}
	}
	instant := func(day float64) event.Instant { return event.Instant(math.Round(day * 24 * 60 * 60 * 1e6)) }
	x := belief.Exam{People: len(test), From: instant(at), To: w.job.End, Scores: []belief.Score{}, Bins: []belief.Bin{}}
	if len(fit) < fewest/2 || len(test) < fewest/10 {
		x.People = 0
		return x, nil
	}
	m, err := Fit(ctx, fit, Options{Form: named.Form, Seed: w.job.Seed, Starts: starts, Workers: w.job.Workers})
	if err != nil {
		return x, err
	}
	own, err := w.score(candidate, m.Model, test, at, &x)
	if err != nil {
		return x, err
	}
	x.Scores = append(x.Scores, own)
	if in := w.job.Incumbent; in != nil {
		theirs := make([]statemodel.History, len(test))
		for i, of := range asked {
			theirs[i] = w.job.incumbents(of)
		}
		s, err := w.score(inForce, in.Model, theirs, at, nil)
		if err != nil {
			return x, err
		}
		x.Scores = append(x.Scores, s)
	}
	plain, err := Fit(ctx, w.without(fit), Options{Form: plainForm(w.base, true), Seed: w.job.Seed, Workers: w.job.Workers})
	if err != nil {
		return x, err
	}
	s, err := w.score(plainName, plain.Model, w.without(test), at, nil)
	x.Scores = append(x.Scores, s)
	return x, err
}

// score holds a model to what came after a day. Where exam is given it fills in
// calibration.
func (w *work) score(name string, m *statemodel.Model, test []statemodel.History, at float64, exam *belief.Exam) (belief.Score, error) {
	out := belief.Score{Name: name}
	held, err := m.Heldout(test, at, w.each)
	if err != nil {
		return out, err
	}
	f, err := statemodel.NewFilter(m)
	if err != nil {
		return out, err
	}
	var told []foretold
	for i, h := range test {
		out.HeldOut += max(held[i], -1e6) / float64(len(test))
		b, err := follow(f, h.Until(at))
		if err != nil {
			return out, err
		}
		ahead, err := f.Expect(b, h.End-at)
		if err != nil {
			return out, err
		}
		expected, came, soon := 0.0, 0.0, false
		for _, a := range ahead.Acts {
			expected += a.Mean
		}
		within := min(belief.SoonDays, h.End-at)
		for _, e := range h.Events {
			if e.Type == statemodel.Own && e.At > at {
				came++
				soon = soon || e.At <= at+within
			}
		}
		out.Acts, out.Came, out.Error = out.Acts+expected, out.Came+came, out.Error+math.Abs(expected-came)/float64(len(test))
		told = append(told, foretold{f.Soon(b, within), soon})
	}
	if exam != nil {
		calibrate(exam, told)
	}
	return out, nil
}

// foretold is the probability that was given to an act, and whether it came.
type foretold struct {
	p    float64
	came bool
}

func calibrate(x *belief.Exam, told []foretold) {
	slices.SortStableFunc(told, func(a, b foretold) int { return order(a.p, b.p) })
	for b := range calibrated {
		part := told[b*len(told)/calibrated : (b+1)*len(told)/calibrated]
		if len(part) == 0 {
			continue
		}
		bin := belief.Bin{People: len(part)}
		for _, t := range part {
			bin.Foretold += t.p / float64(len(part))
			if t.came {
				bin.Came += 1 / float64(len(part))
			}
		}
		x.Bins = append(x.Bins, bin)
		x.Error += math.Abs(bin.Foretold-bin.Came) * float64(len(part)) / float64(len(told))
	}
}

// follow filters a history to its end.
func follow(f *statemodel.Filter, h statemodel.History) (*statemodel.Belief, error) {
	b, err := f.Begin(h.Start, h.Class)
	if err != nil {
		return nil, err
	}
	for _, e := range h.Events {
		if _, err := f.Observe(b, e); err != nil {
			return nil, err
		}
	}
	return b, f.Advance(b, max(h.End, b.At))
}
