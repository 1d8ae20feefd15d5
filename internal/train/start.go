package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/statemodel"
)

const (
	fewestBegan = 60 // people of a value, for it to be told apart
	mostValues  = 12
	// surely is by how many of its standard errors what is declared must foretell
	// people held out better than nothing: of what tells nothing about one in twenty is
	// kept by chance, and harms little.
	surely = 1.645
)

// starting tries what was declared to tell how relationships begin, each against
// nothing on a fifth of the people, and gives everybody the starting class that the
// best tells, if one does.
func (w *work) starting(ctx context.Context, form statemodel.Form) error {
	j := w.job
	if len(j.By) == 0 {
		return nil
	}
	form.Touches = nil // they come later, and a fit is many times faster without
	plain, err := w.begun(ctx, form, nil, w.without(j.Histories), nil)
	if err != nil {
		return err
	}
	var best *belief.Start
	most := 0.0
	for i := range j.By {
		s := j.values(i)
		tried := belief.StartTried{Trait: s.Trait, Property: s.Property, Values: len(s.Values)}
		if len(s.Values) < 2 {
			tried.Sentence = fmt.Sprintf("%s is not used: fewer than two of its values are those of %d people or more.", capital(nameOf(s)), fewestBegan)
			w.starts = append(w.starts, tried)
			continue
		}
		f := form
		f.Classes = 1 + len(s.Values)
		with, err := w.begun(ctx, f, plain.model, w.classed(w.without(j.Histories), i, s), plain)
		if err != nil {
			return err
		}
		tried.Gain, tried.Error = with.gain, with.err
		if tried.Kept = with.gain > surely*with.err && with.gain > most; tried.Kept {
			for k := range w.starts {
				w.starts[k].Kept = false
			}
			best, most = s, with.gain
		}
		w.starts = append(w.starts, tried)
	}
	for i := range w.starts {
		w.starts[i].Sentence = sentence(&w.starts[i])
	}
	if best == nil {
		return nil
	}
	j.Body.Start = best
	w.base.Classes = 1 + len(best.Values)
	j.Histories = w.classed(j.Histories, slices.Index(j.By, best.By()), best)
	return nil
}

// begun is a fit to four fifths of the people, and how it does on the others.
type begun struct {
	model     *statemodel.Model
	unseen    []float64
	gain, err float64 // over another, in nats a person
}

// begun fits a form to four fifths of the people and asks it about the others; warm
// is a model without classes to begin from, and over is what it is held to.
func (w *work) begun(ctx context.Context, form statemodel.Form, warm *statemodel.Model, people []statemodel.History, over *begun) (*begun, error) {
	var fit, test []statemodel.History
	for i, h := range people {
		if i%5 == 0 {
			test = append(test, h)
		} else {
			fit = append(fit, h)
		}
	}
	if warm != nil {
		warm = warm.Clone()
		for len(warm.Start) < form.Classes {
			warm.Start = append(warm.Start, slices.Clone(warm.Start[0]))
		}
	}
	r, err := Fit(ctx, fit, Options{Form: form, Incumbent: warm, Seed: w.job.Seed, Starts: starts, Workers: w.job.Workers})
	if err != nil {
		return nil, err
	}
	out := &begun{model: r.Model}
	if out.unseen, err = r.Model.LogLikelihood(test, w.each); err != nil || over == nil {
		return out, err
	}
	n, squares := float64(len(test)), 0.0
	for i, v := range out.unseen {
		out.gain += (v - over.unseen[i]) / n
	}
	for i, v := range out.unseen {
		d := v - over.unseen[i] - out.gain
		squares += d * d
	}
	out.err = math.Sqrt(squares/(n-1)) / math.Sqrt(n)
	return out, nil
}

// values are those of what was declared i-th that enough people have, the most
// frequent first.
func (j *Job) values(i int) *belief.Start {
	count := map[string]int{}
	for _, values := range j.Began[:len(j.Histories)] {
		count[values[i]]++
	}
	s := &belief.Start{Trait: j.By[i].Trait, Property: j.By[i].Property, Values: []string{}, People: []int{}}
	for v, n := range count {
		if n >= fewestBegan {
			s.Values = append(s.Values, v)
		}
	}
	slices.SortFunc(s.Values, func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	s.Values = s.Values[:min(len(s.Values), mostValues)]
	s.Others = len(j.Histories)
	for _, v := range s.Values {
		s.People = append(s.People, count[v])
		s.Others -= count[v]
	}
	return s
}

// classed gives people the starting class that what was declared i-th tells.
func (w *work) classed(histories []statemodel.History, i int, s *belief.Start) []statemodel.History {
	body := belief.Body{Start: s}
	out := slices.Clone(histories)
	for k := range out {
		out[k].Class = body.Class(w.job.Began[k][i])
	}
	return out
}

// pooled makes those of no class begin as people do on the whole: it is what is
// known of a value that was first seen after the training.
func pooled(m *statemodel.Model, s *belief.Start) {
	total := float64(s.Others)
	for _, n := range s.People {
		total += float64(n)
	}
	own := slices.Clone(m.Start[0])
	for state := range own {
		sum := own[state] * float64(s.Others)
		for i, n := range s.People {
			sum += m.Start[1+i][state] * float64(n)
		}
		m.Start[0][state] = sum / total
	}
}

func nameOf(s *belief.Start) string {
	if s.Trait != "" {
		return fmt.Sprintf("trait %q", s.Trait)
	}
	return fmt.Sprintf("property %q of the first act", s.Property)
}

func sentence(t *belief.StartTried) string {
	if t.Sentence != "" {
		return t.Sentence
	}
	name := capital(nameOf(&belief.Start{Trait: t.Trait, Property: t.Property}))
	gain := fmt.Sprintf("with it people held out are foretold %.4f nats each better (standard error %.4f)", t.Gain, t.Error)
	if t.Gain < 0 {
		gain = fmt.Sprintf("with it people held out are foretold %.4f nats each worse (standard error %.4f)", -t.Gain, t.Error)
	}
	switch {
	case t.Kept:
		return name + " tells how relationships begin: " + gain + "."
	case t.Gain > surely*t.Error:
		return name + " is not used, as another tells more: " + gain + "."
	default:
		return name + " is not used: " + gain + ", which is not told from nothing."
	}
}
