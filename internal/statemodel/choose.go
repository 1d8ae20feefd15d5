package statemodel

import (
	"math"
	"math/rand/v2"
	"sort"

	"github.com/rapporthq/rapport/internal/fault"
)

// FewestPeople is how many people must have acted three times or more before
// states are told apart: with fewer one live state serves, and nothing is claimed
// of states.
const FewestPeople = 500

// Candidate is a form and how well it foretells.
type Candidate struct {
	Name string `json:"name"`
	Form Form   `json:"-"`
	// HeldOut is the log likelihood a person of the last part of the time, of people
	// who were not fitted to, given their first; Error is its standard error.
	HeldOut    float64 `json:"held_out"`
	Error      float64 `json:"error"`
	Parameters int     `json:"parameters"`
	// Refused says why the form cannot serve, and is empty if it can.
	Refused string `json:"refused,omitempty"`
}

// Choice is what [Choose] found.
type Choice struct {
	Candidates []Candidate `json:"candidates"` // the simplest first
	Chosen     int         `json:"chosen"`
	// Reason is a sentence about why.
	Reason string `json:"reason"`
}

// ChooseOptions say how forms are compared.
type ChooseOptions struct {
	// Forms are compared; the simplest first. Defaults to those of [Ladder].
	Forms []Named
	// After is the day from which on events are held out. Defaults to two thirds of
	// the way through the time of the histories.
	After float64
	// Folds is into how many parts people are split. Defaults to 5.
	Folds int
	// People is how many are asked at most. Defaults to 3,000.
	People int
	Seed   uint64
	Starts int
	Each   Each
}

// Named is a form with a name for people to read.
type Named struct {
	Name string
	Form Form
}

// Ladder is the forms worth trying for a base, the simplest first.
func Ladder(base Form) []Named {
	with := func(states int, change func(*Form)) Form {
		f := base
		f.States = states
		if change != nil {
			change(&f)
		}
		return f
	}
	return []Named{
		{"one state", with(1, nil)},
		{"one state, some leave sooner", with(1, func(f *Form) { f.Departure = true })},
		{"one state, a trend", with(1, func(f *Form) { f.Trend = true })},
		{"one state, a pause after acts", with(1, func(f *Form) { f.Departure, f.Recovery = true, true })},
		{"one state, a pause after acts, a trend", with(1, func(f *Form) { f.Departure, f.Recovery, f.Trend = true, true, true })},
		{"two states", with(2, nil)},
		{"two states, a pause after acts", with(2, func(f *Form) { f.Recovery = true })},
		{"two states, a pause after acts, a trend", with(2, func(f *Form) { f.Recovery, f.Trend = true, true })},
		{"three states", with(3, nil)},
	}
}

// Choose compares forms by people and time held out together, and takes the
// simplest within a standard error of the best. With little data it takes the first
// form and says so.
func Choose(histories []History, o ChooseOptions) (Choice, error) {
	if len(histories) == 0 {
		return Choice{}, fault.New(fault.Invalid, "no histories to choose a form by")
	}
	if len(o.Forms) == 0 {
		o.Forms = Ladder(Form{})
	}
	if o.Folds < 2 {
		o.Folds = 5
	}
	if o.People == 0 {
		o.People = 3000
	}
	if o.After == 0 {
		from, to := math.Inf(1), math.Inf(-1)
		for _, h := range histories {
			from, to = min(from, h.Start), max(to, h.End)
		}
		o.After = from + (to-from)*2/3
	}
	active := 0
	for _, h := range histories {
		n := 1
		for _, e := range h.Events {
			if e.Type == Own {
				n++
			}
		}
		if n >= 3 {
			active++
		}
	}
	choice := Choice{}
	for _, f := range o.Forms {
		choice.Candidates = append(choice.Candidates, Candidate{Name: f.Name, Form: f.Form.withDefaults()})
	}
	people := known(histories, o)
	scores := make([][]float64, len(o.Forms))
	for i := range choice.Candidates {
		c := &choice.Candidates[i]
		if c.Form.States > 1 && active < FewestPeople {
			c.Refused = "too few people have acted three times to tell states apart"
			continue
		}
		var err error
		if scores[i], err = c.score(people, o); err != nil {
			return choice, err
		}
		c.HeldOut, c.Error = meanError(scores[i])
	}
	choice.pick(scores, active)
	return choice, nil
}

// known are the people who had begun by the time held out, shuffled.
func known(histories []History, o ChooseOptions) []History {
	var out []History
	for _, h := range histories {
		if h.Start < o.After && h.End > o.After {
			out = append(out, h)
		}
	}
	r := rand.New(rand.NewPCG(o.Seed, 1))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(len(out), o.People)]
}

// score is the held-out log likelihood of each person, fitted to the first part of
// the time of the other folds' people.
func (c *Candidate) score(people []History, o ChooseOptions) ([]float64, error) {
	out := make([]float64, len(people))
	var warm *Model
	for fold := range o.Folds {
		var fit, test []History
		var at []int
		for i, h := range people {
			if i%o.Folds == fold {
				test, at = append(test, h), append(at, i)
			} else {
				fit = append(fit, h.Until(o.After))
			}
		}
		if len(fit) == 0 || len(test) == 0 {
			return nil, fault.New(fault.Invalid, "%d people are too few to hold some out", len(people))
		}
		form := c.Form
		form.Trend = form.Trend && warm == nil // the clock of the first fold serves all
		if warm != nil {
			form.Clock = warm.Clock
		}
		m, trace, err := Fit(fit, Options{Form: form, Warm: warm, Starts: o.Starts, Seed: o.Seed, Each: o.Each})
		if err != nil {
			return nil, err
		}
		if c.Parameters == 0 {
			c.Parameters = trace.Parameters
		}
		warm = m
		if why := m.thin(fit, o.Each); why != "" && c.Refused == "" {
			c.Refused = why
		}
		held, err := m.Heldout(test, o.After, o.Each)
		if err != nil {
			return nil, err
		}
		for i, j := range at {
			out[j] = held[i]
		}
	}
	return out, nil
}

// thin says whether a state is too rarely lived in to be one: below 2 % of the
// time.
func (m *Model) thin(histories []History, each Each) string {
	const least = .02
	if m.States() == 1 {
		return ""
	}
	c, err := newCorpus(m.form(), histories)
	if err != nil {
		return err.Error()
	}
	if each == nil {
		each = InTurn
	}
	t, l, sums, err := c.sample(sampleSize).expect(m, each)
	if err != nil {
		return err.Error()
	}
	dwell, total := make([]float64, t.s), 0.0
	for n := range t.nodes {
		for slot := range l.slots {
			for k := -1; k < l.kinds; k++ {
				d := l.dwellOf(sums, n, slot, k)
				for i := range t.s {
					dwell[i] += d[i*t.s+i]
					total += d[i*t.s+i]
				}
			}
		}
	}
	for _, v := range dwell {
		if v < least*total {
			return "one of its states holds less than 2 % of the time"
		}
	}
	return ""
}

// form is a form that compiles the histories of a model.
func (m *Model) form() Form {
	f := Form{States: m.States(), Classes: len(m.Start), Clock: m.Clock, Fatigue: m.Fatigue, Recovery: m.Recovery.Depth != 0}
	for _, k := range m.Kinds {
		f.Kinds = append(f.Kinds, KindForm{Name: k.Name, Common: k.Common, Spend: k.Spend != nil})
	}
	for _, t := range m.Touches {
		made := TouchForm{Name: t.Name, Weight: t.Weight, Evidence: t.Respond != nil}
		for _, o := range t.Outcomes {
			made.Outcomes = append(made.Outcomes, o.Name)
			made.Moving = made.Moving || o.Move != nil
		}
		f.Touches = append(f.Touches, made)
	}
	return f
}

func meanError(v []float64) (mean, deviation float64) {
	n := float64(len(v))
	for _, x := range v {
		mean += x / n
	}
	sum := 0.0
	for _, x := range v {
		sum += (x - mean) * (x - mean)
	}
	return mean, math.Sqrt(sum/max(n-1, 1)) / math.Sqrt(n)
}

// pick takes the simplest candidate that is within a standard error, of the
// difference person by person, of the best.
func (c *Choice) pick(scores [][]float64, active int) {
	best := -1
	for i, cand := range c.Candidates {
		if cand.Refused == "" && (best < 0 || cand.HeldOut > c.Candidates[best].HeldOut) {
			best = i
		}
	}
	if best < 0 {
		c.Reason = "no form could serve: the simplest does"
		return
	}
	var order []int
	for i, cand := range c.Candidates {
		if cand.Refused == "" {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(i, j int) bool {
		return c.Candidates[order[i]].Parameters < c.Candidates[order[j]].Parameters
	})
	c.Chosen = best
	for _, i := range order {
		diff := make([]float64, len(scores[i]))
		for j := range diff {
			diff[j] = scores[best][j] - scores[i][j]
		}
		if mean, deviation := meanError(diff); mean <= deviation {
			c.Chosen = i
			break
		}
	}
	switch {
	case active < FewestPeople:
		c.Reason = "few people have acted three times or more: one live state serves, and nothing is claimed of states"
	case c.Chosen == best:
		c.Reason = "it foretells unseen people best"
	default:
		c.Reason = "it is the simplest that foretells unseen people as well as the best, to within a standard error"
	}
}
