package train

import (
	"context"
	"fmt"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// Outcome is what a training came to.
type Outcome struct {
	Body   *belief.Body `json:"body"`
	Why    string       `json:"why"`    // what speaks for it, or against it
	Better bool         `json:"better"` // than the one in force, on what neither was fitted to
	Drift  *Drift       `json:"drift,omitempty"`
}

// fewest is how many people a training needs at least, to begin at all.
const fewest = 50

// plainForm is the Pareto/NBD model: what a model of states must be better than.
// Where all leave as easily it is many times faster to follow.
func plainForm(base statemodel.Form, departure bool) statemodel.Form {
	base.States, base.Classes, base.Departure, base.Touches, base.Nodes, base.DepartureNodes = 1, 1, departure, nil, coarse, leaving
	return base
}

// Work trains a model: it chooses a form by people and time held out, examines it
// on people and time that it has not seen, and fits it to everybody. It is
// deterministic for the job.
func Work(ctx context.Context, j *Job, say func(stage Stage, done float64, message string)) (Outcome, error) {
	if j.Look {
		w := &work{job: j, each: Each(j.Workers)}
		drift, err := w.drift()
		return Outcome{Drift: drift}, err
	}
	if len(j.Body.Acts) == 0 {
		return Outcome{}, fault.New(fault.Conflict, "Nothing says what people do of their own accord: declare relationship.acts, or a goal with a KPI.")
	}
	if len(j.Histories) < fewest {
		return Outcome{}, fault.New(fault.Conflict, "%d people have acted of their own accord: a model needs %d at least, and about %d with %d events each to tell states apart.",
			len(j.Histories), fewest, belief.EnoughPeople, belief.EnoughActs)
	}
	own := *j // it is changed where relationships begin differently
	j = &own
	w := &work{job: j, each: Each(j.Workers), base: baseForm(j)}
	say(Choose, .05, fmt.Sprintf("Comparing forms on people and time held out of %d.", len(j.Histories)))
	choice, err := statemodel.Choose(j.Histories, statemodel.ChooseOptions{
		Forms: ladder(w.base), After: w.split(), Folds: folds, People: compared, Starts: starts, Seed: j.Seed, Each: w.each,
	})
	if err != nil {
		return Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	settle(&choice)
	if err := w.starting(ctx, ladder(w.base)[choice.Chosen].Form); err != nil {
		return Outcome{}, err
	}
	named := ladder(w.base)[choice.Chosen]
	say(Examine, .6, fmt.Sprintf("Examining %s on people that it has not seen.", named.Name))
	exam, err := w.examine(ctx, named)
	if err != nil {
		return Outcome{}, err
	}
	say(Finish, .75, fmt.Sprintf("Fitting %s to everybody.", named.Name))
	if err := w.fit(ctx, named, &choice); err != nil {
		return Outcome{}, err
	}
	w.out.Examined = exam
	out := Outcome{Body: &w.out, Better: true, Why: exam.Sentence()}
	for _, s := range exam.Scores {
		if s.Name == inForce && s.HeldOut > exam.Scores[0].HeldOut {
			out.Better = false
		}
	}
	out.Drift, err = w.drift()
	return out, err
}

// How much is spent on choosing a form. Which of them foretells best is plain from
// fewer people, and fewer levels of lasting traits, than its numbers are fitted to.
const (
	compared = 1000 // people
	folds    = 2
	starts   = 2 // beginnings of each fit
	coarse   = 12
	leaving  = 4
)

// ladder is the forms that are compared, the simplest first: those of
// [statemodel.Ladder] but for clocks, which take many minutes.
func ladder(base statemodel.Form) []statemodel.Named {
	var out []statemodel.Named
	for _, f := range statemodel.Ladder(base) {
		if !f.Form.Trend && !f.Form.Recovery {
			f.Form.Nodes, f.Form.DepartureNodes = coarse, leaving
			out = append(out, f)
		}
	}
	return out
}

// admitted is by how much, in nats a person, a form must foretell unseen people
// better to serve although one of its states is seldom lived in: such a state is
// mostly a quirk of the fit, but a company whose people come by in spells has one.
const admitted = .25

// worthwhile is by how much, in nats a person, a richer form must foretell better
// than a simpler one. A state that adds less may be one in which next to nobody
// acts: what a touch does there cannot be seen, and intervals do not say so.
const worthwhile = .05

// settle takes the simplest form that is as good as the one chosen for all that
// matters, and lets one serve that was refused if it is much better.
func settle(c *statemodel.Choice) {
	for i, f := range c.Candidates[:c.Chosen] {
		if f.Refused == "" && f.HeldOut > c.Candidates[c.Chosen].HeldOut-worthwhile {
			c.Chosen = i
			c.Reason = "it is the simplest that foretells unseen people about as well as the best"
			break
		}
	}
	best := c.Candidates[c.Chosen].HeldOut
	for i, f := range c.Candidates {
		if f.Refused != "" && f.Parameters > 0 && f.HeldOut > best+admitted {
			c.Chosen = i
			c.Reason = "it foretells unseen people so much better that it serves, although " + f.Refused
			return
		}
	}
}

// baseForm is what every form has: kinds of acts, and classes of touches.
func baseForm(j *Job) statemodel.Form {
	form := statemodel.Form{}
	count, priced := make([]int, len(j.Body.Acts)), make([]int, len(j.Body.Acts))
	for _, h := range j.Histories {
		for _, e := range h.Events {
			if e.Type != statemodel.Own {
				continue
			}
			if count[e.Kind]++; e.Amount > 0 {
				priced[e.Kind]++
			}
		}
	}
	for k, a := range j.Body.Acts {
		form.Kinds = append(form.Kinds, statemodel.KindForm{Name: a.ID, Spend: priced[k] > 0 && 2*priced[k] > count[k]})
	}
	for _, t := range j.Body.Touches {
		form.Touches = append(form.Touches, statemodel.TouchForm{
			Name: t.Action, Outcomes: []string{belief.Clicked}, Evidence: t.Answered >= fewestAnswer, Randomised: t.Randomised,
		})
	}
	return form
}

// work is one training.
type work struct {
	job  *Job
	each statemodel.Each
	base statemodel.Form
	out  belief.Body

	starts []belief.StartTried
}

// split is the day from which on events are held out: after two thirds of the
// time.
func (w *work) split() float64 {
	from, to := w.job.Histories[0].Start, w.job.Histories[0].End
	for _, h := range w.job.Histories {
		from, to = min(from, h.Start), max(to, h.End)
	}
	return from + (to-from)*2/3
}

// fit fits the chosen form to everybody, and makes a body of it.
func (w *work) fit(ctx context.Context, named statemodel.Named, choice *statemodel.Choice) error {
	j := w.job
	named.Form.Nodes, named.Form.DepartureNodes = 0, 0 // all that there are
	r, err := Fit(ctx, j.Histories, Options{Form: named.Form, Seed: j.Seed, Starts: starts, Workers: j.Workers})
	if err != nil {
		return err
	}
	r.Model.Sort(0)
	plain, err := Fit(ctx, w.without(j.Histories), Options{Form: plainForm(w.base, false), Seed: j.Seed, Workers: j.Workers})
	if err != nil {
		return err
	}
	w.out = j.Body
	w.out.Model, w.out.Plain = r.Model, plain.Model
	w.out.Trained = belief.Training{
		At: j.End, People: len(j.Histories), Seed: j.Seed, Form: named.Name, Reason: capital(choice.Reason) + ".", To: j.End,
		LogLikelihood: r.Trace.LogLikelihood, Parameters: r.Trace.Parameters, From: w.first(), Starts: w.starts,
	}
	for _, c := range choice.Candidates {
		w.out.Trained.Candidates = append(w.out.Trained.Candidates, belief.FormTried{Name: c.Name, HeldOut: c.HeldOut, Error: c.Error, Parameters: c.Parameters, Refused: c.Refused})
	}
	for _, h := range j.Histories {
		w.out.Trained.Acts++
		for _, e := range h.Events {
			switch e.Type {
			case statemodel.Own:
				w.out.Trained.Acts++
			case statemodel.Touch:
				w.out.Trained.Touch++
			default: // what became of touches
			}
		}
	}
	if err := w.out.Name(j.Incumbent); err != nil {
		return err
	}
	form := named.Form
	form.Clock = r.Model.Clock
	u, err := r.Model.Uncertainty(form, j.Histories, w.each)
	if err != nil {
		return err
	}
	if w.out.Start != nil {
		pooled(w.out.Model, w.out.Start)
	}
	w.out.Effects, err = w.out.Weigh(u, j.Histories)
	return err
}

func (w *work) first() event.Instant {
	first := w.job.Histories[0].Start
	for _, h := range w.job.Histories {
		first = min(first, h.Start)
	}
	return event.Instant(first * 24 * 60 * 60 * 1e6)
}

// without leaves touches and what became of them out.
func (w *work) without(histories []statemodel.History) []statemodel.History {
	out := make([]statemodel.History, len(histories))
	for i, h := range histories {
		out[i] = h
		out[i].Class = 0
		out[i].Events = renumber(h.Events, nil, nil)
	}
	return out
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
