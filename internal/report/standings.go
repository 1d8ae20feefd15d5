package report

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/profile"
)

// standings are where everybody's relationship stands, by place in the atlas.
type standings struct {
	names   []string // ids of states, as they were met; the first is none
	people  []standing
	moves   []stateMove // by place, then time
	sample  []*profile.Belief
	counter *belief.Counter // nil: a model is in force
	ready   int             // people of whom a model could learn

	acts int // of the person at hand
}

// standing is where one person is.
type standing struct {
	state uint8 // place in names; 0: nothing is believed
	since event.Instant
	value event.Micros
}

// stateMove is one move of one person.
type stateMove struct {
	place    int32
	from, to uint8
	at       event.Instant
}

// sampled is of how many people drift is foretold: every so many, by their id.
const sampled = 200

func (t *standings) name(id string) uint8 {
	if i := slices.Index(t.names, id); i >= 0 {
		return uint8(i) //nolint:gosec // see below
	}
	if len(t.names) > 250 {
		return 0 // no history of models has so many
	}
	t.names = append(t.names, id)
	return uint8(len(t.names) - 1) //nolint:gosec // bounded
}

func newStandings(s State) standings {
	t := standings{names: []string{""}}
	if s.Model == nil {
		t.counter = belief.NewCounter(s.defs())
	}
	return t
}

func (t *standings) begin() {
	t.acts = 0
	if t.counter != nil {
		t.counter.Begin()
	}
}

// see notes what an event of the person at hand, who will have a place, says.
func (t *standings) see(place int, e *event.Event) {
	switch {
	case e.Kind == event.StateMoved:
		if b, err := event.Unpack[event.StateBody](*e); err == nil {
			t.moves = append(t.moves, stateMove{place: int32(place), from: t.name(b.From), to: t.name(b.To), at: e.Time}) //nolint:gosec // fewer than 2^31 people
		}
	case t.counter != nil && t.counter.Acts(e):
		t.acts++
	}
}

// end adds the person at hand.
func (t *standings) end(p *profile.Person) {
	if t.acts >= belief.EnoughActs {
		t.ready++
	}
	one := standing{}
	if b := p.Belief; b != nil && b.State != "" {
		one = standing{state: t.name(b.State), since: b.Since, value: b.Value}
		if len(t.sample) < sampled || p.ID[1] < uint8(256*sampled/max(len(t.people), sampled)) { //nolint:gosec // at most 256
			if len(t.sample) < 2*sampled {
				t.sample = append(t.sample, b)
			}
		}
	}
	t.people = append(t.people, one)
}

// before is the state that the person at a place was in at a time; 0 is none.
func (t *standings) before(place int, at event.Instant) uint8 {
	moves := t.movesOf(place)
	state, known := uint8(0), false
	for _, m := range moves {
		if m.at > at {
			if !known {
				return m.from
			}
			return state
		}
		state, known = m.to, true
	}
	if known {
		return state
	}
	if now := t.people[place]; now.since <= at {
		return now.state
	}
	return 0
}

func (t *standings) movesOf(place int) []stateMove {
	from, _ := slices.BinarySearchFunc(t.moves, int32(place), func(m stateMove, place int32) int { return int(m.place) - int(place) }) //nolint:gosec // as above
	to := from
	for to < len(t.moves) && t.moves[to].place == int32(place) { //nolint:gosec // as above
		to++
	}
	return t.moves[from:to]
}

// match is the part of a filter that concerns states.
func (t *standings) match(f Filter, now event.Instant) (func(place int) bool, error) {
	find := func(field, id string) (uint8, error) {
		if id == "none" {
			return 0, nil
		}
		i := slices.Index(t.names, id)
		if i < 0 {
			return 0, fault.New(fault.Invalid, "state %q: nobody is or was in it; GET /api/v1/states lists the states, and none is for people of whom nothing is believed", id).At(field)
		}
		return uint8(i), nil //nolint:gosec // bounded
	}
	state, err := find("state", f.State)
	if err != nil && f.State != "" {
		return nil, err
	}
	was, err := find("state_before", f.StateBefore)
	if err != nil && f.StateBefore != "" {
		return nil, err
	}
	if f.StateBefore != "" && f.StateDays <= 0 {
		return nil, fault.New(fault.Invalid, "state_before %q: say how many days ago, with state_days", f.StateBefore).At("state_days")
	}
	then := now - event.Instant(f.StateDays)*24*60*60*1e6
	return func(place int) bool {
		return (f.State == "" || t.people[place].state == state) && (f.StateBefore == "" || t.before(place, then) == was)
	}, nil
}

// matchIn is match with the states that somebody was in at the begin and the end of a
// period, if one is given.
func (t *standings) matchIn(f Filter, p lifecycle.Period, given bool, now event.Instant) (func(place int) bool, error) {
	if !given {
		if f.StateThen != "" {
			return nil, fault.New(fault.Invalid, "state_then %q: say of which period, by days, or by from and to", f.StateThen).At("state_then")
		}
		return t.match(f, now)
	}
	if f.StateDays > 0 {
		return nil, fault.New(fault.Invalid, "state_days %d: with a period, state_before is at its begin", f.StateDays).At("state_days")
	}
	was, then := f.StateBefore, f.StateThen
	stands, err := t.match(Filter{State: f.State}, now)
	if err != nil {
		return nil, err
	}
	at := make([]uint8, 2)
	for i, id := range []string{was, then} {
		if id == "" || id == "none" {
			continue
		}
		k := slices.Index(t.names, id)
		if k < 0 {
			return nil, fault.New(fault.Invalid, "state %q: nobody is or was in it", id).At([]string{"state_before", "state_then"}[i])
		}
		at[i] = uint8(k) //nolint:gosec // bounded by name
	}
	return func(place int) bool {
		return stands(place) && (was == "" || t.before(place, p.From) == at[0]) && (then == "" || t.at(place, min(p.To, now)) == at[1])
	}, nil
}

func (t *standings) needs(acts bool) *Needs {
	n := &Needs{People: belief.EnoughPeople, Acts: belief.EnoughActs, Have: t.ready}
	switch {
	case !acts:
		n.Sentence = "A model needs to know what people do of their own accord: declare relationship.acts, or a goal with a KPI."
	case t.ready >= n.People:
		n.Sentence = fmt.Sprintf("There are %s with %d events each, which is enough: a model can be trained.", HowMany(t.ready), n.Acts)
	default:
		n.Sentence = fmt.Sprintf("A model needs about %s with %d events each; you have %d.", HowMany(n.People), n.Acts, t.ready)
	}
	return n
}

// count fills in how many are in each state, and what they are worth.
func (t *standings) count(m *belief.Model, out *States) {
	for _, s := range m.Body.States {
		out.States = append(out.States, StateRow{State: s})
	}
	out.States = append(out.States, StateRow{State: belief.State{ID: belief.Gone, Name: "Gone", Sentence: "Has left for good."}})
	row := map[uint8]*StateRow{}
	for i := range out.States {
		row[t.name(out.States[i].ID)] = &out.States[i]
	}
	for _, p := range t.people {
		if r := row[p.state]; r != nil {
			r.People++
			r.Worth += float64(p.value) / 1e6
			out.Believed++
			out.Value += float64(p.value) / 1e6
		}
	}
	out.Others -= out.Believed
	for i := range out.States {
		r := &out.States[i]
		if out.Believed > 0 {
			r.Share = float64(r.People) / float64(out.Believed)
		}
		if out.Value > 0 {
			r.Of = r.Worth / out.Value
		}
	}
}

// flows fills in who went where in the period.
func (t *standings) flows(out *States) {
	out.Flows = append(out.Flows, t.flowsOf(func(int) bool { return true }, out.From, out.To)...)
}

// flowsOf are people who were in one state at a time and in another, or the same, at a
// later one.
func (t *standings) flowsOf(who func(int) bool, from, to event.Instant) (out []StateFlow) {
	count := map[[2]uint8]int{}
	for place := range t.people {
		if !who(place) {
			continue
		}
		if then := t.at(place, to); then != 0 {
			count[[2]uint8{t.before(place, from), then}]++
		}
	}
	name := func(i uint8) string {
		if i == 0 {
			return "none"
		}
		return t.names[i]
	}
	for k, n := range count {
		out = append(out, StateFlow{From: name(k[0]), To: name(k[1]), People: n})
	}
	slices.SortFunc(out, func(a, b StateFlow) int {
		if a.People != b.People {
			return b.People - a.People
		}
		return slices.Compare([]string{a.From, a.To}, []string{b.From, b.To})
	})
	return out
}

// at is the state that the person at a place was in at a time that may be now.
func (t *standings) at(place int, at event.Instant) uint8 {
	if moves := t.movesOf(place); len(moves) == 0 || moves[len(moves)-1].at <= at {
		return t.people[place].state
	}
	return t.before(place, at)
}

// drift fills in where people are expected to be.
func (t *standings) drift(m *belief.Model, now event.Instant, out *States) {
	crowd := m.Crowd()
	for _, b := range t.sample {
		crowd.Add(b, now)
	}
	for _, week := range driftWeeks() {
		out.Drift = append(out.Drift, StateDrift{Week: week, Shares: crowd.Ahead(float64(7 * week))})
	}
}
