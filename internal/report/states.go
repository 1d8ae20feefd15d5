package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/decide"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// States is where relationships are believed to stand, and what moves them.
type States struct {
	Now    event.Instant `json:"now"`
	Answer string        `json:"answer" doc:"in a sentence"`
	Needs  *Needs        `json:"needs,omitempty" doc:"what is missing; absent where a model is in force"`
	Model  *ModelBrief   `json:"model,omitempty" doc:"the one in force"`
	Trust  *StateTrust   `json:"trust,omitempty" doc:"how far decisions trust the value of states; absent without a model"`

	States   []StateRow      `json:"states" doc:"the live ones by rate, the least active first, and then gone; empty without a model"`
	Believed int             `json:"believed" doc:"people of whom something is believed: who has acted at least once"`
	Others   int             `json:"others" doc:"people of whom nothing is"`
	Value    float64         `json:"value" doc:"what all of them are worth from now on, in money"`
	Currency string          `json:"currency"`
	From     event.Instant   `json:"from" doc:"begin of the period of flows"`
	To       event.Instant   `json:"to"`
	Flows    []StateFlow     `json:"flows" doc:"people by the state at the begin and the end of the period, those who stayed too"`
	Drift    []StateDrift    `json:"drift" doc:"where the same people are expected to be if nothing is done, from now on"`
	Moves    []belief.Effect `json:"moves" doc:"what each action does to the people it is done to, most helpful first"`
	Note     string          `json:"note" doc:"how far moves can be trusted"`
}

// Needs is what a model needs and there is not yet.
type Needs struct {
	People   int    `json:"people" doc:"how many people are needed"`
	Acts     int    `json:"acts" doc:"with at least so many acts of their own each"`
	Have     int    `json:"have" doc:"how many there are"`
	Sentence string `json:"sentence"`
}

// ModelBrief says which model is in force.
type ModelBrief struct {
	Hash     string        `json:"hash"`
	Trained  event.Instant `json:"trained"`
	People   int           `json:"people" doc:"who were learned from"`
	Form     string        `json:"form" doc:"what it is made of, in words"`
	Sentence string        `json:"sentence" doc:"how well it foretells"`
}

// StateRow is one state.
type StateRow struct {
	belief.State
	People int     `json:"people" doc:"in it now; GET /api/v1/people?state=ID"`
	Share  float64 `json:"share" doc:"of all of whom something is believed"`
	Worth  float64 `json:"worth" doc:"what its people are worth from now on, in money"`
	Of     float64 `json:"share_of_value"`
}

// StateTrust is how far what the model says a state is worth counts in decisions, and
// what that rests on: the money that came in half a year after choices, beside how the
// state of the same people had moved in the first two weeks.
type StateTrust struct {
	Trust    float64  `json:"trust" doc:"0 to 1"`
	Slope    Estimate `json:"slope" doc:"money that came for each of surprise in the value of the state; 1 is right. 90 %, of choices of which half a year has passed, one a person at a time; what is long ago counts less"`
	Sentence string   `json:"sentence"`
}

func trustOf(told decide.Told) *StateTrust {
	const ninety = 1.6449
	out := &StateTrust{Trust: told.Trust, Slope: Estimate{
		Value: told.Slope, Low: told.Slope - ninety*told.Error, High: told.Slope + ninety*told.Error, People: int(math.Round(told.People)), Enough: true,
	}}
	out.Sentence = fmt.Sprintf("Decisions count %s of what the model says a state is worth", percent(told.Trust))
	switch {
	case told.Error == 0 || told.Trust == decide.UntilCalibrated:
		out.Slope = Estimate{People: out.Slope.People, Note: fmt.Sprintf("Half a year has passed since about %s made under it; it takes more.", Plural(out.Slope.People, "choice"))}
		out.Sentence += ", until more is known of what came in half a year after choices made under it."
	case told.Alarm:
		out.Sentence += ", and states are not worth what it says: train another."
	default:
		out.Sentence += "."
	}
	return out
}

// StateFlow are people who were in one state at the begin of a period and are in
// another, or the same, at its end.
type StateFlow struct {
	From   string `json:"from"`
	To     string `json:"to"`
	People int    `json:"people" doc:"GET /api/v1/people?state=TO&state_before=FROM&state_days=N"`
}

// StateDrift is where people are expected to be.
type StateDrift struct {
	Week   int       `json:"week" doc:"from now; 0 is now"`
	Shares []float64 `json:"shares" doc:"by state, in the order of states"`
}

// driftWeeks are how far ahead drift is foretold.
func driftWeeks() []int { return []int{0, 1, 2, 4, 8, 12} }

// States returns where relationships stand, with flows of the last so many days.
func (r *Reports) States(ctx context.Context, days int) (States, error) {
	d, err := r.digest(ctx)
	if err != nil {
		return States{}, err
	}
	return d.statesView(days), nil
}

func (d *digest) statesView(days int) States {
	t := &d.standings
	m := d.state.Model
	out := States{
		Now: d.now, To: d.now, From: d.now.Add(-time.Duration(days) * 24 * time.Hour), Currency: d.ws.Currency,
		States: []StateRow{}, Flows: []StateFlow{}, Drift: []StateDrift{}, Moves: []belief.Effect{}, Others: d.atlas.Len(),
	}
	if m == nil {
		out.Needs = t.needs(len(d.ws.Relationship.Acts) > 0)
		out.Answer = "No model is in force: stages serve. " + out.Needs.Sentence
		return out
	}
	out.Model = briefOf(m)
	out.Trust = trustOf(d.state.Told)
	t.count(m, &out)
	t.flows(&out)
	t.drift(m, d.now, &out)
	out.Moves = append(out.Moves, m.Body.Effects...)
	out.Note = effectsNote(out.Moves, len(m.Body.States))
	out.Answer = statesAnswer(&out)
	return out
}

func briefOf(m *belief.Model) *ModelBrief {
	t := m.Body.Trained
	return &ModelBrief{Hash: m.Hash, Trained: t.At, People: t.People, Form: t.Form, Sentence: m.Body.Examined.Sentence()}
}

func effectsNote(moves []belief.Effect, states int) string {
	switch {
	case states < 2:
		return "The model tells one live state: nothing can be said of what moves people between states."
	case len(moves) == 0:
		return "Nothing was done to enough people to tell what it does."
	case slices.ContainsFunc(moves, func(e belief.Effect) bool { return !e.Randomised }):
		return "Where it was not left to chance whom an action reached, its effect is associated with it, and need not be caused by it."
	default:
		return "Whom each action reached was drawn among those it could reach, with nothing as an alternative."
	}
}

func statesAnswer(s *States) string {
	if s.Believed == 0 {
		return "Nothing is believed of anybody yet: nobody has acted since the model came into force, or people are still being brought up to it."
	}
	best, gone := s.States[0], s.States[len(s.States)-1]
	for _, row := range s.States {
		if row.Of > best.Of {
			best = row
		}
	}
	out := fmt.Sprintf("%s hold %s of the value that is still to come; %s of %s have left.", HowMany(best.People)+" in the state "+best.Name,
		percent(best.Of), percent(gone.Share), HowMany(s.Believed))
	for _, e := range s.Moves {
		if e.Verdict == belief.Harms {
			return out + " " + e.Sentence
		}
	}
	return out
}

// Believed is what is believed of one person.
type Believed struct {
	State    string         `json:"state" doc:"id; gone for who has left"`
	Name     string         `json:"name"`
	Since    event.Instant  `json:"since" doc:"when they came to be in the state"`
	Sentence string         `json:"sentence" doc:"in plain words"`
	Outlook  belief.Outlook `json:"outlook"`
	Model    string         `json:"model" doc:"hash"`
	Current  bool           `json:"current" doc:"false: something came late and is taken in soon"`
}

// PersonBelief is what is believed of one person and how it came about.
type PersonBelief struct {
	Belief *Believed    `json:"belief,omitempty" doc:"absent: nothing is believed of them"`
	Needs  *Needs       `json:"needs,omitempty" doc:"what is missing where no model is in force"`
	Answer string       `json:"answer" doc:"in a sentence"`
	Path   *belief.Path `json:"path,omitempty" doc:"how it came about, for drawing"`
}

// Belief returns what is believed of a person, and how that came about.
func (r *Reports) Belief(ctx context.Context, id person.ID) (PersonBelief, error) {
	s, err := r.state(ctx)
	if err != nil {
		return PersonBelief{}, err
	}
	l, err := r.live(ctx, s, id)
	if err != nil {
		return PersonBelief{}, err
	}
	if s.Model == nil {
		d, err := r.digest(ctx)
		if err != nil {
			return PersonBelief{}, err
		}
		needs := d.standings.needs(len(s.defs().Relationship.Acts) > 0)
		return PersonBelief{Needs: needs, Answer: "No model is in force: stages serve. " + needs.Sentence}, nil
	}
	out := PersonBelief{Belief: believed(s, l)}
	if out.Belief == nil {
		out.Answer = "Nothing is believed of this person yet: they have not acted of their own accord."
		return out, nil
	}
	out.Answer = out.Belief.Sentence
	var past []event.Event
	if err := r.store.History(ctx, l.p.ID, func(e event.Event) bool { past = append(past, e); return ctx.Err() == nil }); err != nil {
		return PersonBelief{}, fault.Wrap(fault.Internal, err, "This person's history cannot be read at the moment.")
	}
	path := s.Model.Path(slices.Values(past), s.clock())
	out.Path = &path
	return out, nil
}

// believed is what is believed of a person by now; nil is nothing. Where the
// workspace is looked at as of a time, or the person has not been brought up to
// the model in force, nothing is at hand.
func believed(s State, l *life) *Believed {
	m, b := s.Model, l.p.Belief
	if m == nil || b == nil || l.p.Model != s.ModelNumber {
		return nil
	}
	ahead, err := m.Outlook(b, s.clock(), belief.SoonDays)
	if err != nil {
		return nil
	}
	out := &Believed{
		State: b.State, Name: m.StateName(b.State), Since: b.Since, Outlook: ahead, Model: m.Hash, Current: !b.Late,
		Sentence: m.Sentence(b, s.clock(), s.defs().Zone),
	}
	return out
}
