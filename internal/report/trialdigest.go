package report

import (
	"cmp"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/profile"
)

// till collects one person's money by the KPIs of experiments. It is reused between
// people.
type till struct {
	trials   []*trialDigest
	currency string
	money    [][]takings // by place among trials; nil where an earlier one has the same goal's
	same     []int       // the place of the one that has it
}

// takings is money that came in, or went back.
type takings struct {
	at     event.Instant
	amount event.Micros
}

func (t *till) begin(d *digest) {
	if t.same == nil {
		t.trials, t.currency, t.money = d.trials, d.ws.Currency, make([][]takings, len(d.trials))
		for i, x := range d.trials {
			first := slices.IndexFunc(d.trials[:i], func(o *trialDigest) bool { return o.measure() == x.measure() })
			if first < 0 {
				first = i
			}
			t.same = append(t.same, first)
		}
	}
	for i := range t.money {
		t.money[i] = t.money[i][:0]
	}
}

// see notes e if it is money.
func (t *till) see(e *event.Event) {
	for i, x := range t.trials {
		if t.same[i] != i {
			continue
		}
		if m, ok := profile.MoneyOf(e, x.kpi, t.currency); ok && m.Currency == t.currency {
			t.money[i] = append(t.money[i], takings{e.Time, m.Amount})
		}
	}
}

// of is what counts in the i-th experiment.
func (t *till) of(i int) []takings { return t.money[t.same[i]] }

// trialDigest is everybody in one experiment.
type trialDigest struct {
	def *definition.Experiment
	kpi definition.KPI
	now event.Instant

	members []trialMember // in the order in which their results are complete; where the learner decides, one a decision
	byPlace map[int32]int // first of members with that place, once finished
	exposed int           // people
	strange int           // people exposed in an arm that is no longer defined
	turns   []turning     // of the person at hand; reused between people

	// latest are when the goals last had a choice made about each person, and base what
	// people earned after the first: from them it is foretold how long it takes.
	latest []event.Instant
	base   experiment.Sample
}

// trialMember is the part of somebody in an experiment: from the first decision on that
// the arms would have made differently; where the learner decides, from each.
type trialMember struct {
	place  int32
	person int32 // numbers those who were exposed
	arm    int8
	mature bool
	at     event.Instant
	before event.Micros // earned until then
	early  event.Micros // earned in the first half of the time in which one is measured
	late   event.Micros // and in the second
	shares []float64    // of the arms, by which it was drawn
}

func (m *trialMember) kpi() float64 { return (m.early + m.late).Float() }

func newTrialDigest(ws *definition.Workspace, def *definition.Experiment, now event.Instant) *trialDigest {
	return &trialDigest{def: def, kpi: ws.KPI(def), now: now, byPlace: map[int32]int{}}
}

// measure names the program whose KPI is compared.
func (t *trialDigest) measure() string {
	if len(t.def.Goals) > 0 {
		return t.def.Goals[0]
	}
	return t.def.Split.Journey
}

// until is when results stop counting: what comes after the end is not of the arms.
func (t *trialDigest) until() event.Instant {
	out := t.now
	for _, end := range []event.Instant{t.def.Ended, t.def.Stop.End} {
		if end != 0 {
			out = min(out, end)
		}
	}
	return out
}

// turning is a moment at which a person came under an experiment, or might have.
type turning struct {
	at   event.Instant
	arms []event.ChoiceArm // of experiments that bear on it
}

// turnings are those of the person at hand: choices of the experiment's goals, or
// arrivals at its split. They are good until it is called again.
func (t *trialDigest) turnings(s *scan) []turning {
	out := t.turns[:0]
	defer func() { t.turns = out }()
	if t.def.Split == (definition.SplitOf{}) {
		for i := range s.choices {
			if c := &s.choices[i]; slices.ContainsFunc(t.def.Goals, c.Concerns) {
				out = append(out, turning{c.at, c.Arms})
			}
		}
		return out
	}
	for i := range s.journeyed {
		m := &s.journeyed[i]
		if m.Stride != event.Arrived || m.Arm == "" || m.Journey != t.def.Split.Journey || m.Step != t.def.Split.Step {
			continue
		}
		out = append(out, turning{m.at, []event.ChoiceArm{{Experiment: t.def.ID, Arm: m.Arm, Exposed: m.at >= t.def.Begin && m.Shares != nil, Shares: m.Shares}}})
	}
	return out
}

func (t *trialDigest) add(place int, s *scan, money []takings) {
	known := false
	turnings := t.turnings(s)
	for i := range turnings {
		c := &turnings[i]
		if known && t.def.Assignment == definition.ByHash || c.at >= t.until() && t.def.Over(t.now) {
			continue
		}
		for _, a := range c.arms {
			if a.Experiment != t.def.ID || !a.Exposed {
				continue
			}
			arm := t.def.Arm(a.Arm)
			if arm < 0 {
				t.strange++
				known = known || t.def.Assignment == definition.ByHash
				continue
			}
			if !known {
				t.exposed++
			}
			known = true
			t.members = append(t.members, t.member(place, arm, c.at, t.shares(a), money))
		}
	}
	if len(turnings) == 0 || t.def.Over(t.now) {
		return
	}
	t.latest = append(t.latest, turnings[len(turnings)-1].at)
	if m := t.member(place, 0, turnings[0].at, nil, money); m.mature {
		t.base.Add(m.kpi(), m.before.Float())
	}
}

// shares are those of the arms as they are defined now; of one that is new, 0.
func (t *trialDigest) shares(a event.ChoiceArm) []float64 {
	out := make([]float64, len(t.def.Arms))
	for i := range t.def.Arms {
		out[i] = a.Shares[t.def.Arms[i].ID]
	}
	if n := len(t.members); n > 0 && slices.Equal(t.members[n-1].shares, out) {
		return t.members[n-1].shares
	}
	return out
}

func (t *trialDigest) member(place, arm int, at event.Instant, shares []float64, money []takings) trialMember {
	m := trialMember{
		place: int32(place), person: int32(t.exposed - 1), arm: int8(arm), at: at, shares: shares, //nolint:gosec // few arms, fewer than 2^31 people
		mature: at.Add(t.def.Within) <= t.until(),
	}
	half, end := at.Add(t.def.Within/2), at.Add(t.def.Within)
	for _, x := range money {
		switch {
		case x.at <= at:
			m.before += x.amount
		case x.at <= half:
			m.early += x.amount
		case x.at <= end:
			m.late += x.amount
		}
	}
	return m
}

// finish brings members into the order in which results are complete.
func (t *trialDigest) finish() {
	slices.SortStableFunc(t.members, func(a, b trialMember) int { return cmp.Compare(a.at, b.at) })
	slices.Sort(t.latest)
	clear(t.byPlace)
	for i, m := range slices.Backward(t.members) {
		t.byPlace[m.place] = i
	}
}

// of returns the parts of the person at a place.
func (t *trialDigest) of(place int32) []trialMember {
	i, ok := t.byPlace[place]
	if !ok {
		return nil
	}
	if t.def.Assignment == definition.ByHash {
		return t.members[i : i+1]
	}
	var out []trialMember
	for _, m := range t.members[i:] {
		if m.place == place {
			out = append(out, m)
		}
	}
	return out
}
