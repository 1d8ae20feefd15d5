package belief

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/statemodel"
)

// weighed is of how many people the mean is taken over whom effects are told.
const weighed = 1000

// Weigh says what touches do to people as they are on average at the end of the
// histories: how many they move, and what that is worth, with an interval by the
// delta method for what is unsure about the parameters. The most helpful come
// first.
func (b *Body) Weigh(u *statemodel.Uncertainty, histories []statemodel.History) ([]Effect, error) {
	out := []Effect{}
	s := b.Model.States()
	if s < 2 {
		return out, nil // where there is one live state nothing can be moved
	}
	people, err := b.occupied(histories)
	if err != nil {
		return nil, err
	}
	for i, t := range b.Touches {
		e := Effect{Action: t.Action, Name: t.Name, Count: t.Count, Randomised: t.Randomised, Verdict: Unclear}
		worth := func(m *statemodel.Model) float64 { return b.moved(m, i, people) }
		mean, deviation := worth(b.Model), u.Deviation(worth)
		const z = 1.6449 // of the 95th percentile
		e.Value = Range{Mean: mean, Low: mean - z*deviation, High: mean + z*deviation}
		for from, row := range b.Model.Jump(i, 0) {
			for to, p := range row {
				switch {
				case to > from:
					e.Up += float64(people[from] * p)
				case to < from:
					e.Down += float64(people[from] * p)
				}
			}
		}
		switch {
		case e.Value.Low > 0:
			e.Verdict = Helps
		case e.Value.High < 0:
			e.Verdict = Harms
		}
		e.Sentence = b.effectSentence(&e)
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, c Effect) int {
		switch {
		case a.Value.Mean > c.Value.Mean:
			return -1
		case a.Value.Mean < c.Value.Mean:
			return 1
		default:
			return 0
		}
	})
	return out, nil
}

// occupied is how people who have not left are spread over the live states.
func (b *Body) occupied(histories []statemodel.History) ([]float64, error) {
	f, err := statemodel.NewFilter(b.Model)
	if err != nil {
		return nil, err
	}
	out, total := make([]float64, b.Model.States()), 0.0
	every := max(1, len(histories)/weighed)
	for i := 0; i < len(histories); i += every {
		h := histories[i]
		law, err := f.Begin(h.Start, h.Class)
		if err != nil {
			return nil, err
		}
		for _, e := range h.Events {
			if _, err := f.Observe(law, e); err != nil {
				return nil, err
			}
		}
		if err := f.Advance(law, max(h.End, law.At)); err != nil {
			return nil, err
		}
		live, _ := f.States(law)
		for j, p := range live {
			out[j] += p
			total += p
		}
	}
	for j := range out {
		if total > 0 {
			out[j] /= total
		}
	}
	return out, nil
}

// moved is the change in worth that a touch of a class brings to people who are
// spread so over the states, under a model.
func (b *Body) moved(m *statemodel.Model, class int, people []float64) float64 {
	f, err := statemodel.NewFilter(m)
	if err != nil {
		return 0 // an Uncertainty only asks of models of the form
	}
	v, err := f.Values(b.economics())
	if err != nil {
		return 0
	}
	worth, sum := v.ByState(), 0.0
	for from, row := range m.Jump(class, 0) {
		for to, p := range row {
			sum += float64(people[from] * p * (worth[to] - worth[from]))
		}
	}
	return sum
}

func (b *Body) effectSentence(e *Effect) string {
	grade := "is associated with it, and need not be caused by it"
	if e.Randomised {
		grade = "is caused by it, as whom it reached was drawn"
	}
	amount := fmt.Sprintf("%+.2f %s a person (%+.2f to %+.2f)", e.Value.Mean, b.Currency, e.Value.Low, e.Value.High)
	moves := fmt.Sprintf("of 100 people %.1f move to a better state and %.1f to a worse one", 100*e.Up, 100*e.Down)
	switch e.Verdict {
	case Helps:
		return fmt.Sprintf("%q helps: %s, worth %s; this %s.", e.Name, moves, amount, grade)
	case Harms:
		return fmt.Sprintf("%q does harm: %s, worth %s; this %s.", e.Name, moves, amount, grade)
	default:
		return fmt.Sprintf("What %q does cannot be told from nothing: worth %s.", e.Name, amount)
	}
}
