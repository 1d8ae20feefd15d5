package belief

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// bodyVersion is of the form of Body.
const bodyVersion = 1

// Body is a trained model and all that is needed to read people's histories by
// it. It is kept for ever under its hash; later definitions do not change it.
type Body struct {
	Version  int               `json:"version"`
	Acts     []OwnAct          `json:"acts"`
	Touches  []Touch           `json:"touches"`
	States   []State           `json:"states" doc:"the live ones, by rate"`
	Currency string            `json:"currency"`
	Discount float64           `json:"discount" doc:"by how much a year makes money worth less"`
	Answer   float64           `json:"answer" doc:"days in which a touch can be answered"`
	Gap      float64           `json:"gap,omitempty" doc:"days: an act without an amount that comes sooner after what moved the belief last is a part of the same visit, or a response"`
	Dark     []Dark            `json:"dark,omitempty" doc:"when acts could not be seen"`
	Start    *Start            `json:"start,omitempty" doc:"by what relationships begin differently; absent: by nothing"`
	Model    *statemodel.Model `json:"model"`
	Plain    *statemodel.Model `json:"plain,omitempty" doc:"of one state, that drift is measured against"`

	Trained  Training `json:"trained"`
	Effects  []Effect `json:"effects" doc:"what touches do, most helpful first"`
	Examined Exam     `json:"examined"`
}

// OwnAct is a kind of own acts: see [definition.OwnAct].
type OwnAct struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Events   []string `json:"events"`
	Property string   `json:"property,omitempty"`
	Margin   float64  `json:"margin,omitempty"`
	Worth    float64  `json:"worth,omitempty"`
}

// Touch is a class of touches: an action.
type Touch struct {
	Action     string  `json:"action"`
	Name       string  `json:"name"`
	Cost       float64 `json:"cost,omitempty" doc:"of one, in money"`
	PerDay     float64 `json:"per_day,omitempty" doc:"touches that a person gets a day, as usual"`
	Count      int     `json:"count" doc:"touches that were learned from"`
	Answered   int     `json:"answered" doc:"of which answered"`
	Randomised bool    `json:"randomised" doc:"each was drawn, with nothing as an alternative"`
}

// Training is what a model was trained on.
type Training struct {
	At     event.Instant `json:"at"`
	People int           `json:"people"`
	Acts   int           `json:"acts"`
	Touch  int           `json:"touches"`
	From   event.Instant `json:"from"`
	To     event.Instant `json:"to"`
	Seed   uint64        `json:"seed"`
	Form   string        `json:"form" doc:"what the model is made of, in words"`
	Reason string        `json:"reason" doc:"why this form"`

	LogLikelihood float64     `json:"log_likelihood"`
	Parameters    int         `json:"parameters"`
	Candidates    []FormTried `json:"candidates" doc:"forms compared on people and time held out"`

	Starts []StartTried `json:"starts,omitempty" doc:"what was declared to tell how relationships begin"`
}

// FormTried is a form that was compared, and how well it foretold: see
// [statemodel.Candidate].
type FormTried struct {
	Name       string  `json:"name"`
	HeldOut    float64 `json:"held_out" doc:"log likelihood a person"`
	Error      float64 `json:"error" doc:"standard error of it"`
	Parameters int     `json:"parameters"`
	Refused    string  `json:"refused,omitempty" doc:"why it cannot serve"`
}

// Range is an expectation, and what is unsure about it: see [statemodel.Estimate].
type Range struct {
	Mean float64 `json:"mean"`
	Low  float64 `json:"low" doc:"5th percentile"`
	High float64 `json:"high" doc:"95th percentile"`
}

// Effect is what a class of touches does to people as they are on average, at once.
type Effect struct {
	Action     string  `json:"action"`
	Name       string  `json:"name"`
	Up         float64 `json:"up" doc:"share of people moved to a better state"`
	Down       float64 `json:"down" doc:"and to a worse one"`
	Value      Range   `json:"value" doc:"change in what a person is worth, in money"`
	Count      int     `json:"count"`
	Randomised bool    `json:"randomised"`
	Verdict    Verdict `json:"verdict" enum:"helps,harms,unclear"`
	Sentence   string  `json:"sentence"`
}

// Verdict says whether what a touch does is told from nothing.
type Verdict string

// The verdicts.
const (
	Helps   Verdict = "helps"
	Harms   Verdict = "harms"
	Unclear Verdict = "unclear"
)

// Exam is how a model did on people and time that it had not seen.
type Exam struct {
	People int           `json:"people"`
	From   event.Instant `json:"from"`
	To     event.Instant `json:"to"`
	Scores []Score       `json:"scores" doc:"this one, the one in force, and plain ones"`
	Bins   []Bin         `json:"calibration" doc:"what was foretold beside what came, from unlikely to likely"`
	Error  float64       `json:"calibration_error" doc:"mean distance of the two, weighted by people"`
}

// Sentence says how the model did.
func (x Exam) Sentence() string {
	if len(x.Scores) == 0 || x.People == 0 {
		return "It has not been examined on people and time that it had not seen."
	}
	own, best := x.Scores[0], Score{HeldOut: math.Inf(-1)}
	for _, s := range x.Scores[1:] {
		if s.HeldOut > best.HeldOut {
			best = s
		}
	}
	s := fmt.Sprintf("Of %d people whom it had not seen it expected %.0f acts in the time that followed, and %.0f came; what it held for probable was off by %.1f points.",
		x.People, own.Acts, own.Came, 100*x.Error)
	if math.IsInf(best.HeldOut, 0) {
		return s
	}
	if gain := own.HeldOut - best.HeldOut; gain > 0 {
		return s + fmt.Sprintf(" It foretold them better than %s, by %.3f nats a person.", best.Name, gain)
	}
	return s + fmt.Sprintf(" It foretold them no better than %s (%.3f nats a person).", best.Name, own.HeldOut-best.HeldOut)
}

// Score is how well one model foretold.
type Score struct {
	Name    string  `json:"name"`
	HeldOut float64 `json:"held_out" doc:"log likelihood a person"`
	Acts    float64 `json:"acts" doc:"acts expected in all"`
	Came    float64 `json:"came" doc:"acts that came"`
	Error   float64 `json:"error" doc:"mean distance of the two, by person"`
}

// Bin are people of whom about the same was foretold.
type Bin struct {
	People   int     `json:"people"`
	Foretold float64 `json:"foretold" doc:"mean probability of an own act within the time"`
	Came     float64 `json:"came" doc:"share who acted"`
}

// Vocabulary is the body of a model that is yet to be trained: what the
// definitions say of acts.
func Vocabulary(ws *definition.Workspace) Body {
	b := Body{Version: bodyVersion, Currency: ws.Currency, Discount: ws.Relationship.Discount, Answer: answerDays, Gap: ws.Map.VisitGap.Hours() / 24}
	for _, a := range ws.Relationship.Acts {
		b.Acts = append(b.Acts, OwnAct(a))
	}
	return b
}

// answerDays is how long a touch can be answered, in days.
const answerDays = 7

// Encode writes a body as it is kept.
func (b *Body) Encode() ([]byte, error) {
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the model cannot be written")
	}
	return raw, nil
}

// Parse reads what Encode wrote, and checks it.
func Parse(raw []byte) (*Body, error) {
	b := new(Body)
	if err := json.Unmarshal(raw, b); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "this is no model: it is not JSON of the form that training writes")
	}
	switch {
	case b.Version != bodyVersion:
		return nil, fault.New(fault.Invalid, "a model of version %d: this program reads %d; train again", b.Version, bodyVersion)
	case b.Model == nil:
		return nil, fault.New(fault.Invalid, "a model without parameters: train again")
	case len(b.Acts) != len(b.Model.Kinds) || len(b.Touches) != len(b.Model.Touches) || len(b.States) != b.Model.States():
		return nil, fault.New(fault.Invalid, "a model of %d kinds of acts, %d of touches and %d states names %d, %d and %d: train again",
			len(b.Model.Kinds), len(b.Model.Touches), b.Model.States(), len(b.Acts), len(b.Touches), len(b.States))
	case len(b.Model.Start) != b.classes():
		return nil, fault.New(fault.Invalid, "a model of %d starting classes names %d: train again", len(b.Model.Start), b.classes())
	case b.Start != nil && len(b.Start.People) != len(b.Start.Values):
		return nil, fault.New(fault.Invalid, "a model of %d ways to begin counts the people of %d: train again", len(b.Start.Values), len(b.Start.People))
	case !(b.Answer > 0):
		return nil, fault.New(fault.Invalid, "a model in which touches can be answered for %v days: train again", b.Answer)
	}
	return b, b.Model.Check()
}

// classes is how many starting classes there are.
func (b *Body) classes() int {
	if b.Start == nil {
		return 1
	}
	return 1 + len(b.Start.Values)
}

// economics is what acts and touches are worth.
func (b *Body) economics() statemodel.Economics {
	e := statemodel.Economics{Discount: daily(b.Discount)}
	for k, a := range b.Acts {
		if b.Model.Kinds[k].Spend != nil {
			e.Margin = append(e.Margin, a.Margin)
		} else {
			e.Margin = append(e.Margin, a.Worth)
		}
	}
	for i, t := range b.Touches {
		if t.PerDay > 0 {
			e.Usual = append(e.Usual, statemodel.Usual{Class: uint8(i), Rate: t.PerDay, Cost: t.Cost}) //nolint:gosec // below MaxTouches
		}
	}
	return e
}

// daily is the rate per day of what a year makes less. Money that never became
// worth less would be worth without end: 1 % a year is the least.
func daily(year float64) float64 {
	return -math.Log1p(-min(max(year, .01), .99)) / 365.25
}

// day and instant go between instants and the model's days.
func day(at event.Instant) float64 { return statemodel.Day(at.Time()) }

func days(n float64) time.Duration { return time.Duration(n * 24 * float64(time.Hour)) }
