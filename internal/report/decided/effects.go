package decided

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/experiment/offpolicy"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
)

// Period is a stretch of time: [Since, Until). Zero ends are open.
type Period struct{ Since, Until event.Instant }

// mostDecisions is how many are read for one answer, the newest first; mostRecords
// where each comes with everything that it was made of, which is some kilobytes.
const (
	mostDecisions = 100_000
	mostRecords   = 5_000
)

// known is a decision whose outcome is known.
type known struct {
	Person     person.ID `json:"person"`
	Action     string    `json:"action"` // goal/action, or silence
	Reward     float64   `json:"reward"`
	Definition string    `json:"definition"`
	Context    []float64 `json:"context"`
	Actions    []string  `json:"actions"`
	Offers     []float64 `json:"offers"` // probabilities of Actions
	Segments   []string  `json:"segments"`
	State      string    `json:"state"` // in which the relationship was believed to be when deciding; empty: in none

	Record json.RawMessage `json:"record"` // only where it was asked for
}

// where narrows decisions d.
func (p Period) where() (when string) {
	if p.Since != 0 {
		when += fmt.Sprintf(" AND epoch_us(d.time) >= %d", int64(p.Since))
	}
	if p.Until != 0 {
		when += fmt.Sprintf(" AND epoch_us(d.time) < %d", int64(p.Until))
	}
	return when
}

// read returns decisions of a period whose first window is over.
func (p Period) read(ctx context.Context, a Archive, records bool) ([]known, error) {
	record, most := "", mostDecisions
	if records {
		record, most = ", 'record': d.record", mostRecords
	}
	sql := "WITH " + came + ` AND CAST(body->>'$.window' AS INTEGER) = 14),
picked AS MATERIALIZED (SELECT d.decision_id FROM decisions d JOIN came c ON c.id = d.decision_id
  WHERE d.record IS NOT NULL` + p.where() + fmt.Sprintf(" ORDER BY d.time DESC, d.decision_id LIMIT %d)", most) + `
SELECT to_json({'person': d.person_id, 'action': d.expected->>'$.action', 'reward': c.reward, 'definition': d.definition,
  'context': d.expected->'$.context', 'actions': to_json(json_extract(d.record, '$.offers[*].action')), 'offers': d.record->'$.drawn.offers',
  'segments': coalesce(to_json(json_extract_string(p.segments, '$[*].segment')), '[]'), 'state': coalesce(m.state, '')` + record + `})::VARCHAR
FROM decisions d JOIN came c ON c.id = d.decision_id LEFT JOIN people p ON p.person_id = d.person_id
ASOF LEFT JOIN (SELECT person_id, time, to_value AS state FROM state_changes WHERE kind = 'state_moved') m ON m.person_id = d.person_id AND d.time >= m.time
WHERE d.decision_id IN (SELECT decision_id FROM picked) ORDER BY d.time DESC, d.decision_id`
	return read[known](ctx, a, sql, most)
}

// probability is that of the action that was taken.
func (k *known) probability() float64 { return k.of(k.Action) }

func (k *known) of(action string) float64 {
	if i := slices.Index(k.Actions, action); i >= 0 && i < len(k.Offers) {
		return k.Offers[i]
	}
	return 0
}

// stage is the stage that the person was in, as the context has it.
func (k *known) stage(ws *definition.Workspace) string {
	for i, s := range ws.Map.Stages {
		if 1+i < len(k.Context) && k.Context[1+i] == 1 {
			return s.ID
		}
	}
	return ""
}

// EffectCell is the effect of an action on a part of the people, against leaving them
// alone.
type EffectCell struct {
	Goal   string `json:"goal"`
	Action string `json:"action"`
	Part   string `json:"part" doc:"stage, segment or state"`

	Decisions int      `json:"decisions" doc:"in which it was taken, and what came of it is known"`
	Silences  int      `json:"silences" doc:"in which it could have been taken, and silence was"`
	Effect    float64  `json:"effect" doc:"reward of a decision over that of silence, workspace currency, weighted by the inverse of probabilities"`
	Low       *float64 `json:"low" doc:"null: nothing is known. Of an interval that may be looked at at any time, corrected for the number of cells"`
	High      *float64 `json:"high"`
	Enough    bool     `json:"enough" doc:"whether there is enough evidence for an interval"`
	Missing   string   `json:"missing,omitempty" doc:"what is lacking"`
	Found     bool     `json:"found" doc:"whether it stands out among all cells"`

	People []person.ID `json:"people" doc:"some of those with whom it was taken, the latest first"`
}

// EffectMap is what works for whom.
type EffectMap struct {
	By        string       `json:"by" enum:"stage,segment,state"`
	Cells     []EffectCell `json:"cells"`
	Decisions int          `json:"decisions" doc:"that were looked at"`
	Sentence  string       `json:"sentence"`
}

// peopleShown is how many people a cell names.
const peopleShown = 50

// cell gathers one cell: rewards with weights, of the action and of silence where
// both were possible.
type cell struct {
	EffectCell

	taken, left []weighted
}

type weighted struct{ reward, weight float64 }

// Measure tells what works for whom, by stage or state when deciding or by segment
// today.
// The rewards of each side are weighted by the inverse of the probability with
// which they were drawn (Hájek 1971), since a policy that has learned gives actions
// to those for whom it thinks them good.
func Measure(ctx context.Context, a Archive, p Period, by string, definitions func(ctx context.Context, hash string) (*definition.Workspace, error)) (EffectMap, error) {
	rows, err := p.read(ctx, a, false)
	if err != nil {
		return EffectMap{}, err
	}
	cells := map[[2]string]*cell{}
	for i := range rows {
		k := &rows[i]
		parts := k.Segments
		switch by {
		case "state":
			parts = []string{k.State}
		case "stage":
			ws, err := definitions(ctx, k.Definition)
			if err != nil {
				return EffectMap{}, err
			}
			parts = []string{k.stage(ws)}
		}
		for _, part := range parts {
			k.into(cells, part)
		}
	}
	return summed(cells, by, len(rows)), nil
}

// into adds the decision to the cells that it speaks of.
func (k *known) into(cells map[[2]string]*cell, part string) {
	w := weighted{k.Reward, 1 / k.probability()}
	if math.IsInf(w.weight, 0) {
		return
	}
	for _, action := range k.Actions {
		if action == event.Silence || k.Action != action && k.Action != event.Silence || k.of(action) == 0 || k.of(event.Silence) == 0 {
			continue
		}
		key := [2]string{action, part}
		c := cells[key]
		if c == nil {
			c = &cell{}
			c.Goal, c.Action, _ = strings.Cut(action, "/")
			c.Part, c.People = part, []person.ID{}
			cells[key] = c
		}
		if k.Action == event.Silence {
			c.left = append(c.left, w)
			continue
		}
		c.taken = append(c.taken, w)
		if len(c.People) < peopleShown && !slices.Contains(c.People, k.Person) {
			c.People = append(c.People, k.Person)
		}
	}
}

func sampleOf(ws []weighted) (s experiment.Sample) {
	sum := 0.0
	for _, w := range ws {
		sum += w.weight
	}
	for _, w := range ws {
		s.Add(w.reward*w.weight*float64(len(ws))/sum, 0)
	}
	return s
}

func summed(cells map[[2]string]*cell, by string, decisions int) EffectMap {
	out := EffectMap{By: by, Cells: []EffectCell{}, Decisions: decisions}
	var segments []experiment.Segment
	for _, c := range cells {
		c.Decisions, c.Silences = len(c.taken), len(c.left)
		out.Cells = append(out.Cells, c.EffectCell)
	}
	slices.SortFunc(out.Cells, func(a, b EffectCell) int {
		return cmp.Or(cmp.Compare(a.Goal, b.Goal), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Part, b.Part))
	})
	for _, c := range out.Cells {
		all := cells[[2]string{c.Goal + "/" + c.Action, c.Part}]
		segments = append(segments, experiment.Segment{Name: c.Action + " " + c.Part, Treated: sampleOf(all.taken), Holdout: sampleOf(all.left)})
	}
	found := 0
	for i, f := range experiment.Segments(segments, experiment.Options{}) {
		c := &out.Cells[i]
		c.Effect, c.Low, c.High, c.Enough, c.Missing, c.Found = finite(f.Value), limit(f.Low), limit(f.High), f.Enough, f.Missing, f.Found
		if c.Found {
			found++
		}
	}
	stand := "none stands out"
	if found > 0 {
		stand = fmt.Sprintf("%d stand out", found)
	}
	out.Sentence = fmt.Sprintf("Of %d effects %s from chance, after %d decisions whose outcome is known.", len(out.Cells), stand, decisions)
	if decisions == 0 {
		out.Sentence = "Nothing is known yet: what comes of a decision is looked at 14 days after it."
	}
	return out
}

// Evaluation is what another policy would have earned a decision, in the workspace's
// currency.
type Evaluation struct {
	Policy     string           `json:"policy"`
	Decisions  int              `json:"decisions"`
	Logged     PolicyEstimate   `json:"logged" doc:"what was earned"`
	Estimates  []PolicyEstimate `json:"estimates" doc:"go by DR; the others are to look at"`
	Effective  float64          `json:"effective" doc:"as many decisions as if all were the policy's own"`
	Largest    float64          `json:"largest" doc:"share of the largest weight"`
	MeanWeight float64          `json:"mean_weight" doc:"1 but for chance"`
	MeanError  float64          `json:"weight_error" doc:"standard error of mean_weight"`
	Refused    string           `json:"refused,omitempty" doc:"why the estimates are not to be acted upon; left out: they may be"`
	Uncounted  []string         `json:"uncounted,omitempty" doc:"of a draft: what it changes that is taken as it was at each decision"`
}

// PolicyEstimate is the value of a policy, by one estimator.
type PolicyEstimate struct {
	Name          string  `json:"name"`
	Value         float64 `json:"value"`
	Low           float64 `json:"low"`
	High          float64 `json:"high"`
	StandardError float64 `json:"standard_error,omitempty"`
	Tuning        float64 `json:"tuning,omitempty"`
}

func evaluation(policy string, r offpolicy.Report) Evaluation {
	out := Evaluation{
		Policy: policy, Decisions: r.Support.Decisions, Effective: r.Support.Effective, Largest: r.Support.Largest, MeanWeight: r.Support.Mean, MeanError: r.Support.MeanError, Refused: r.Support.Refused,
		Logged: PolicyEstimate{Name: "logged", Value: r.Logged.Value, Low: r.Logged.Low, High: r.Logged.High}, Estimates: []PolicyEstimate{},
	}
	for _, e := range r.Estimates {
		out.Estimates = append(out.Estimates, PolicyEstimate{e.Name, e.Value, e.Low, e.High, e.StandardError, finite(e.Tuning)})
	}
	return out
}

// limit is nil for a limit that does not bind.
func limit(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

// finite is 0 for what JSON cannot hold: a limit that does not bind.
func finite(x float64) float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	return x
}

// Policies that decide again by what is learned by now: as it is, or with definitions
// that are not in force.
const (
	InForce = "in-force"
	Draft   = "draft"
)

// Again is a decision made again.
type Again struct {
	Probabilities []float64 // of each action of the record, in its order
	Cheaper       float64   // by how much less what was done would have cost
}

// Evaluate tells what a policy would have earned a decision, of those of a period
// whose outcome is known: logged, uniform, silence, best, always:GOAL/ACTION, or
// in-force or draft. Where an action was not possible silence stands in for it.
//
// What is in force, and a draft, decide again by what has been learned meanwhile; nil
// is of other definitions, and such decisions are left out.
func Evaluate(ctx context.Context, a Archive, p Period, policy string, again func(record json.RawMessage) (*Again, error)) (Evaluation, error) {
	decides := policy == InForce || policy == Draft
	rows, err := p.read(ctx, a, decides)
	if err != nil {
		return Evaluation{}, err
	}
	l := offpolicy.Log{Actions: []string{event.Silence}}
	for i := range rows {
		for _, name := range rows[i].Actions {
			if !slices.Contains(l.Actions, name) {
				l.Actions = append(l.Actions, name)
			}
		}
	}
	size := 0
	for i := range rows {
		if size == 0 {
			size = len(rows[i].Context)
		}
	}
	for i := range size {
		l.Features = append(l.Features, fmt.Sprint("x", i))
	}
	var earned []offpolicy.Row // what was done, at what it cost
	for i := range rows {
		k := &rows[i]
		given := make([]float64, len(l.Actions))
		for n, name := range l.Actions {
			given[n] = k.of(name)
		}
		reward := k.Reward
		if decides {
			now, err := again(k.Record)
			switch {
			case err != nil:
				return Evaluation{}, fmt.Errorf("decide again: %w", err)
			case now == nil:
				continue
			}
			clear(given)
			reward += now.Cheaper
			for n, p := range now.Probabilities {
				given[slices.Index(l.Actions, k.Actions[n])] = p
			}
		}
		if k.probability() > 0 && len(k.Context) == size { // contexts of older stages cannot be compared
			l.Decisions = append(l.Decisions, offpolicy.Decision{
				Person: k.Person.String(), Context: k.Context, Action: slices.Index(l.Actions, k.Action), Propensity: k.probability(), Reward: reward, Given: given,
			})
			earned = append(earned, offpolicy.Row{Reward: k.Reward, Weight: 1})
		}
	}
	if len(l.Decisions) < 2 {
		if decides && len(rows) > 1 {
			return Evaluation{}, fault.New(fault.Invalid, "The %d decisions of that time whose outcome is known were made when other actions were declared than those in force: they cannot be decided again.", len(rows))
		}
		return Evaluation{}, fault.New(fault.Invalid, "There are %d decisions of that time whose outcome is known: what comes of one is looked at 14 days after it.", len(l.Decisions))
	}
	of, err := policyOf(policy, l.Actions)
	if err != nil {
		return Evaluation{}, err
	}
	weighed, err := l.Rows(of)
	if err != nil {
		return Evaluation{}, fault.Wrap(fault.Invalid, err, "The log cannot be evaluated: %v", err)
	}
	report, err := offpolicy.Evaluate(weighed, offpolicy.Options{})
	if err != nil || policy != Draft {
		return evaluation(policy, report), err
	}
	was, err := offpolicy.Evaluate(earned, offpolicy.Options{})
	report.Logged = was.Logged
	return evaluation(policy, report), err
}

// policyOf gives a policy among what was possible at each decision.
func policyOf(name string, actions []string) (offpolicy.Policy, error) {
	chosen := func(choose func(p []float64)) []float64 {
		p := make([]float64, len(actions))
		choose(p)
		return p
	}
	switch kind, action, _ := strings.Cut(name, ":"); kind {
	case "logged", InForce, Draft:
		return offpolicy.Given, nil
	case "silence":
		return offpolicy.Always(0), nil
	case "uniform":
		return func(d offpolicy.Decision, _ []float64) []float64 {
			return chosen(func(p []float64) {
				n := 0.0
				for _, g := range d.Given {
					if g > 0 {
						n++
					}
				}
				for i, g := range d.Given {
					if g > 0 {
						p[i] = 1 / n
					}
				}
			})
		}, nil
	case "best":
		return func(d offpolicy.Decision, foretold []float64) []float64 {
			return chosen(func(p []float64) {
				best := 0
				for i, g := range d.Given {
					if g > 0 && foretold[i] > foretold[best] {
						best = i
					}
				}
				p[best] = 1
			})
		}, nil
	case "always":
		i := slices.Index(actions, action)
		if i < 0 {
			return nil, fault.New(fault.Invalid, "policy %q: there is no action %q; there are %s", name, action, strings.Join(actions, ", ")).At("policy")
		}
		return func(d offpolicy.Decision, _ []float64) []float64 {
			return chosen(func(p []float64) {
				if d.Given[i] > 0 {
					p[i] = 1
				} else {
					p[0] = 1
				}
			})
		}, nil
	default:
		return nil, fault.New(fault.Invalid, "policy %q: use logged, in-force, uniform, silence, best, always:GOAL/ACTION, or draft with definitions", name).At("policy")
	}
}
