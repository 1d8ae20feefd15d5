package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Bounds beyond which the model in force is said to have drifted.
const (
	mostApart  = .05 // of the share of gaps that end by when they are foretold to, and the share that do
	mostOff    = .05 // mean distance of what is foretold from what comes
	tenths     = 10
	fewestGaps = 200
	fewestDays = 7. // in which somebody may act, to hold probabilities to that
)

// drift looks in three ways whether the model in force still holds, in what came
// since it was trained: is it better than a plain one; do gaps end when it says they
// do; do as many act as it says.
func (w *work) drift() (*Drift, error) {
	in := w.job.Incumbent
	if in == nil || in.Plain == nil {
		return nil, nil //nolint:nilnil // there is nothing to watch
	}
	v := &watched{since: statemodel.Day(in.Trained.To.Time()), end: statemodel.Day(w.job.End.Time())}
	var err error
	if v.model, err = statemodel.NewFilter(in.Model); err != nil {
		return nil, err
	}
	if v.plain, err = statemodel.NewFilter(in.Plain); err != nil {
		return nil, err
	}
	for i, h := range w.job.Histories {
		if slices.ContainsFunc(h.Dark, func(d statemodel.Dark) bool { return d.To > v.since }) {
			continue // what they did since is not known
		}
		if err := v.person(w.job.incumbents(i)); err != nil {
			return nil, err
		}
	}
	out := &Drift{At: w.job.End, Events: len(v.bets), Capital: 1, Timing: timing(v.gaps), Calibration: v.calibration()}
	slices.SortStableFunc(v.bets, func(a, b bet) int { return order(a.at, b.at) })
	d := statemodel.Drift{Capital: 1}
	for _, x := range v.bets {
		out.Raised = d.Add(x.model, x.plain) || out.Raised
		out.Capital = d.Capital
	}
	out.Sentence = out.words()
	out.Raised = out.Raised || out.Timing.Raised || out.Calibration.Raised
	return out, nil
}

func order(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// bet is the scores of two models of one act.
type bet struct{ at, model, plain float64 }

// watched is what came since the model in force was trained.
type watched struct {
	model, plain *statemodel.Filter
	since, end   float64
	bets         []bet
	gaps         []float64 // by when in their law gaps ended, 0 to 1
	told         []foretold
}

// person follows one of them. How a gap was foretold is read off the belief as silence
// and touches move it; of gaps that had ended by now, so that each is uniform on 0 to
// 1 where the model is right (Rosenblatt 1952), however short the time was.
func (v *watched) person(h statemodel.History) error {
	a, err := v.model.Begin(h.Start, h.Class)
	if err != nil {
		return err
	}
	b, err := v.plain.Begin(h.Start, 0)
	if err != nil {
		return err
	}
	quiet := 1.0 // the probability that nothing came since the last act
	asked := h.Start > v.since
	within := min(belief.SoonDays, v.end-v.since)
	for i, e := range h.Events {
		if !asked && e.At > v.since {
			asked, quiet = true, 1 // nothing had come until then: the rest of the gap is foretold from there
			if err := v.model.Advance(a, v.since); err != nil {
				return err
			}
			v.ask(a, h.Events[i:], within)
		}
		quiet *= 1 - v.model.Soon(a, e.At-a.At)
		if e.Type == statemodel.Own && e.At > v.since && quiet < 1 {
			silent := v.model.Copy(a)
			if err := v.model.Advance(silent, e.At); err != nil {
				return err
			}
			never := quiet * (1 - v.model.Soon(silent, v.end-e.At)) // had come by now
			v.gaps = append(v.gaps, (1-quiet)/(1-never))
		}
		x, err := v.model.Observe(a, e)
		if err != nil {
			return err
		}
		if e.Type != statemodel.Own {
			continue
		}
		quiet = 1
		y, err := v.plain.Observe(b, e)
		if err != nil {
			return err
		}
		if e.At > v.since {
			v.bets = append(v.bets, bet{e.At, x, y})
		}
	}
	if asked {
		return nil
	}
	if err := v.model.Advance(a, v.since); err != nil {
		return err
	}
	v.ask(a, nil, within)
	return nil
}

// ask is what a belief of the end of the training foretells, beside what came.
func (v *watched) ask(a *statemodel.Belief, later []statemodel.Event, within float64) {
	if within < fewestDays {
		return
	}
	came := slices.ContainsFunc(later, func(e statemodel.Event) bool { return e.Type == statemodel.Own && e.At <= v.since+within })
	v.told = append(v.told, foretold{v.model.Soon(a, within), came})
}

// timing holds gaps to the uniform law (Kolmogorov's distance), and raises where even
// the lower end of its 95 % interval (Massart 1990) is beyond the bound.
func timing(gaps []float64) Timing {
	out := Timing{Gaps: len(gaps), Bins: make([]float64, tenths)}
	slices.Sort(gaps)
	n := float64(len(gaps))
	for i, u := range gaps {
		out.Bins[min(int(u*tenths), tenths-1)] += 1 / n
		out.Apart = max(out.Apart, math.Abs(u-float64(i)/n), math.Abs(u-float64(i+1)/n))
	}
	out.Raised = len(gaps) >= fewestGaps && out.Apart-math.Sqrt(math.Log(2/.05)/(2*n)) > mostApart
	return out
}

// calibration holds probabilities to what came, and raises where the distance is
// beyond the bound, and more than one time in a thousand makes it by chance.
func (v *watched) calibration() Calibration {
	var x belief.Exam
	calibrate(&x, v.told)
	out := Calibration{People: len(v.told), Days: min(belief.SoonDays, v.end-v.since), Bins: append([]belief.Bin{}, x.Bins...), Error: x.Error}
	apart := 0.0 // about a chi-squared of as many degrees of freedom as there are bins
	for _, b := range x.Bins {
		apart += float64(b.People) * (b.Came - b.Foretold) * (b.Came - b.Foretold) / max(b.Foretold*(1-b.Foretold), 1e-3)
	}
	const rare = 29.59 // its 99.9th percentile, of ten
	out.Raised = len(v.told) >= fewestGaps && out.Error > mostOff && apart > rare
	return out
}

// words says what is wrong; empty: nothing is.
func (d *Drift) words() string {
	var out []string
	if d.Raised {
		out = append(out, fmt.Sprintf("it foretells worse than a plain one, on %d events", d.Events))
	}
	if d.Timing.Raised {
		out = append(out, fmt.Sprintf("people come at other times than it says: of %d gaps, %.0f points more or fewer had ended by some time than it foretold", d.Timing.Gaps, 100*d.Timing.Apart))
	}
	if c := d.Calibration; c.Raised {
		out = append(out, fmt.Sprintf("what it holds for probable within %.0f days was off by %.0f points, of %d people", c.Days, 100*c.Error, c.People))
	}
	if out == nil {
		return ""
	}
	return "Since it was trained the model in force has drifted: " + strings.Join(out, "; ") + "."
}
