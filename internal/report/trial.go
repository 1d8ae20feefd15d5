package report

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/fault"
)

// Trials returns every experiment in the order of the definitions.
func (r *Reports) Trials(ctx context.Context) ([]TrialRow, error) {
	d, err := r.digest(ctx)
	if err != nil {
		return nil, err
	}
	out := []TrialRow{}
	for _, t := range d.trials {
		out = append(out, d.trialView(t).TrialRow)
	}
	return out, nil
}

// Trial returns an experiment's page; NotFound if there is none of that id.
func (r *Reports) Trial(ctx context.Context, id string) (Trial, error) {
	d, err := r.digest(ctx)
	if err != nil {
		return Trial{}, err
	}
	t, err := d.trial(id)
	if err != nil {
		return Trial{}, err
	}
	return d.trialView(t), nil
}

func (d *digest) trial(id string) (*trialDigest, error) {
	if i := slices.IndexFunc(d.trials, func(t *trialDigest) bool { return t.def.ID == id }); i >= 0 {
		return d.trials[i], nil
	}
	return nil, fault.New(fault.NotFound, "There is no experiment %q in the definitions in force.", id).At("experiment")
}

func (d *digest) trialView(t *trialDigest) Trial {
	def := t.def
	out := Trial{
		TrialRow: TrialRow{
			ID: def.ID, Name: def.Name, Goals: []TrialGoal{}, Assignment: string(def.Assignment), Status: t.status(), Begin: def.Begin, End: def.Stop.End,
			Ended: def.Ended, Winner: def.Winner, Arms: len(def.Arms), People: t.exposed,
		},
		KPIName: t.kpi.Name, Unit: t.unit(), WithinDays: inDaysNumber(def.Within), Alpha: def.Stop.Alpha, Effect: def.Stop.Effect,
		Best: []string{}, Warnings: []string{},
	}
	for _, id := range def.Goals {
		out.Goals = append(out.Goals, TrialGoal{ID: id, Name: goalName(d.ws, id)})
	}
	if j, ok := d.ws.Journey(def.Split.Journey); ok {
		out.Split = &TrialSplit{Journey: j.ID, Name: j.Name, Step: def.Split.Step}
	}
	s := t.results(t.members)
	pairs := s.pairs()
	verdict := experiment.Judge(len(def.Arms), pairs, def.Stop.Effect)
	out.Outcome = string(verdict.Outcome)
	for _, i := range verdict.Best {
		out.Best = append(out.Best, def.Arms[i].ID)
	}
	out.Sides = d.trialArms(t, s, pairs)
	out.Course = t.course()
	out.Ratio = t.ratio(out.Sides)
	out.Forecast = d.foretell(t, pairs)
	if verdict.Outcome != experiment.Waiting {
		out.Forecast.Sentence = "It is known already: nobody else is needed."
	}
	out.Stop = out.Status == "running" && verdict.Outcome != experiment.Waiting && out.Ratio.OK
	out.Warnings = t.warnings(&out)
	out.Answer = d.trialAnswer(t, &out, verdict, pairs)
	out.Method = t.method()
	return out
}

func (t *trialDigest) status() string {
	switch {
	case t.def.Ended != 0:
		return "ended"
	case t.def.Over(t.now):
		return "over"
	case t.def.Begin > t.now:
		return "planned"
	default:
		return "running"
	}
}

// drawn reports whether the learner decides the arm, and each decision counts.
func (t *trialDigest) drawn() bool { return t.def.Assignment == definition.ByLearner }

func (t *trialDigest) unit() string {
	if t.drawn() {
		return "decision"
	}
	return "person"
}

// units writes a number of people, or of decisions where these count.
func (t *trialDigest) units(n int) string {
	if t.drawn() {
		return Plural(n, "decision")
	}
	return HowMany(n)
}

func (t *trialDigest) options() experiment.Options {
	return experiment.Options{Alpha: t.def.Stop.Alpha, MinPeople: measuredPeople}
}

// results are what members add up to.
type results struct {
	t     *trialDigest
	arms  []experiment.Sample // KPI of people, beside what they earned before
	early []experiment.Sample
	late  []experiment.Sample
	turn  []experiment.Sample // late minus early
	drawn *experiment.Adaptive
	n     int
}

// results adds up those that are complete.
func (t *trialDigest) results(members []trialMember) *results {
	k := len(t.def.Arms)
	s := &results{t: t, arms: make([]experiment.Sample, k), early: make([]experiment.Sample, k), late: make([]experiment.Sample, k), turn: make([]experiment.Sample, k), drawn: experiment.NewAdaptive(k)}
	for i := range members {
		if members[i].mature {
			s.add(&members[i])
		}
	}
	return s
}

func (s *results) add(m *trialMember) {
	s.n++
	if s.t.drawn() {
		s.drawn.Add(experiment.Draw{Person: int(m.person), Arm: int(m.arm), Shares: m.shares, Y: m.kpi()})
		return
	}
	x := m.before.Float()
	s.arms[m.arm].Add(m.kpi(), x)
	s.early[m.arm].Add(m.early.Float(), x)
	s.late[m.arm].Add(m.late.Float(), x)
	s.turn[m.arm].Add((m.late - m.early).Float(), x)
}

func (s *results) pairs() []experiment.Pair {
	if s.t.drawn() {
		return s.drawn.Pairs(s.t.options())
	}
	return experiment.Pairs(s.arms, s.t.options())
}

func (s *results) mean(arm int) experiment.Difference {
	if s.t.drawn() {
		return s.drawn.Mean(arm, s.t.options())
	}
	return experiment.Around(s.arms[arm], s.t.options())
}

// withFirst is the pair of an arm and the first; nil of the first itself.
func withFirst(pairs []experiment.Pair, arm int) *experiment.Pair {
	for i := range pairs {
		if pairs[i].A == arm && pairs[i].B == 0 {
			return &pairs[i]
		}
	}
	return nil
}

func estimateOf(d experiment.Difference, n int) Estimate {
	e := Estimate{Value: finite(d.Value), People: n, Enough: d.Enough, Note: d.Missing}
	if d.Enough {
		e.Low, e.High = d.Low, d.High
	}
	return e
}

func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

func (d *digest) trialArms(t *trialDigest, s *results, pairs []experiment.Pair) []TrialArm {
	out := make([]TrialArm, len(t.def.Arms))
	shares := t.def.Shares()
	var seen []map[int32]bool
	for i := range t.def.Arms {
		a := &t.def.Arms[i]
		out[i] = TrialArm{ID: a.ID, Name: a.Name, What: d.armWhat(t.def, a), Share: shares[i]}
		seen = append(seen, map[int32]bool{})
	}
	for i := range t.members {
		m := &t.members[i]
		o := &out[m.arm]
		o.Decisions++
		if !seen[m.arm][m.person] {
			seen[m.arm][m.person] = true
			o.People++
		}
		if m.mature {
			o.Measured++
			if m.kpi() != 0 {
				o.Earned++
			}
		}
		for k, p := range m.shares {
			out[k].Expected += p
		}
	}
	for i := range out {
		o := &out[i]
		if n := len(t.members); t.drawn() && n > 0 {
			o.Share = float64(o.Decisions) / float64(n)
		}
		mean := s.mean(i)
		o.Mean = estimateOf(mean, o.Measured)
		if !mean.Enough {
			o.Mean.Note = fmt.Sprintf("%d of the %d needed have a complete result, or all of them have the same", o.Measured, measuredPeople)
		}
		if p := withFirst(pairs, i); p != nil {
			d.versus(t, s, o, i, p)
		}
	}
	return out
}

// versus fills in how an arm differs from the first.
func (d *digest) versus(t *trialDigest, s *results, o *TrialArm, arm int, p *experiment.Pair) {
	is := estimateOf(p.Difference, t.first(arm))
	is.Note = t.note(p.Missing)
	o.Versus = &is
	o.Plain = d.versusWords(t, is)
	if t.drawn() {
		return
	}
	part := func(of []experiment.Sample) *Estimate {
		for _, x := range experiment.Pairs(of, t.options()) {
			if x.A == arm && x.B == 0 {
				e := estimateOf(x.Difference, t.first(arm))
				e.Note = t.note(x.Missing)
				return &e
			}
		}
		return nil
	}
	o.Early, o.Late, o.Change = part(s.early), part(s.late), part(s.turn)
	o.Novelty = noveltyWords(o)
}

// noveltyWords says whether the effect changes while people are in it.
func noveltyWords(o *TrialArm) string {
	c := o.Change
	if !c.Enough || c.Low <= 0 && c.High >= 0 {
		return ""
	}
	if (c.Value < 0) == (o.Early.Value > 0) {
		return fmt.Sprintf("The effect of %s is smaller in the second half of people's time than in the first: it may be wearing off.", quoted(o.Name))
	}
	return fmt.Sprintf("The effect of %s is larger in the second half of people's time than in the first: it may still be growing.", quoted(o.Name))
}

// first is how many the comparison of an arm with the first rests on.
func (t *trialDigest) first(arm int) (n int) {
	for i := range t.members {
		if m := &t.members[i]; m.mature && (int(m.arm) == arm || m.arm == 0) {
			n++
		}
	}
	return n
}

// note says what is lacking, and when a result is complete.
func (t *trialDigest) note(missing string) string {
	if missing == "" {
		return ""
	}
	missing = strings.NewReplacer("in the holdout", "in the first arm", "among the treated", "in this arm").Replace(missing)
	since := "the first decision that differs"
	if t.def.Split != (definition.SplitOf{}) {
		since = "they come to the split"
	}
	return fmt.Sprintf("%s; a result is complete %s after %s", missing, inDays(t.def.Within), since)
}

// course recomputes the differences as they stood at the end of each week.
func (t *trialDigest) course() []TrialPoint {
	out := []TrialPoint{}
	end := t.until()
	first := slices.IndexFunc(t.members, func(m trialMember) bool { return m.mature })
	if first < 0 {
		return out
	}
	const week = 7 * 24 * time.Hour
	from := t.members[first].at.Add(t.def.Within)
	step := week
	for end.Sub(from) > step*narrowingPoints {
		step += week
	}
	s, done := t.results(nil), first
	for at := from.Add(step); ; at = at.Add(step) {
		at = min(at, end)
		for done < len(t.members) && t.members[done].at.Add(t.def.Within) <= at {
			s.add(&t.members[done])
			done++
		}
		point := TrialPoint{At: at}
		for _, p := range s.pairs() {
			if p.B == 0 && p.Enough {
				point.Arms = append(point.Arms, TrialPointArm{Arm: t.def.Arms[p.A].ID, Difference: estimateOf(p.Difference, s.n)})
			}
		}
		if len(point.Arms) > 0 {
			out = append(out, point)
		}
		if at >= end {
			return out
		}
	}
}

// ratio checks that people fell into the arms by the shares that were recorded.
func (t *trialDigest) ratio(sides []TrialArm) TrialRatio {
	out := TrialRatio{P: 1}
	if len(t.members) == 0 {
		out.OK, out.Sentence = true, "Nobody has come under it yet."
		return out
	}
	what := "people have the arms"
	if t.drawn() {
		a := experiment.NewAdaptive(len(sides))
		for i := range t.members {
			m := &t.members[i]
			a.Add(experiment.Draw{Person: int(m.person), Arm: int(m.arm), Shares: m.shares})
		}
		out.P, what = a.Mismatch(), "decisions have the arms"
	} else {
		observed, expected := make([]int, len(sides)), make([]float64, len(sides))
		for i, o := range sides {
			observed[i], expected[i] = o.Decisions, o.Expected
		}
		out.P = experiment.RatioMismatch(observed, expected)
	}
	out.OK = out.P >= experiment.MismatchLimit
	if out.OK {
		out.Sentence = fmt.Sprintf("As many %s as the shares led to expect.", what)
		return out
	}
	out.Sentence = fmt.Sprintf("Not as many %s as the shares led to expect: by chance that happens less than once in %s. Until this is explained, do not trust the comparison.",
		what, Count(int(1/experiment.MismatchLimit)))
	return out
}

func (t *trialDigest) warnings(out *Trial) []string {
	w := []string{}
	if !out.Ratio.OK {
		w = append(w, out.Ratio.Sentence)
	}
	if t.strange > 0 {
		w = append(w, fmt.Sprintf("%s came under arms that are no longer defined, and are not counted.", t.units(t.strange)))
	}
	for _, o := range out.Sides {
		if o.Novelty != "" {
			w = append(w, o.Novelty)
		}
	}
	return w
}
