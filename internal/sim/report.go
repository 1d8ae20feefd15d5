package sim

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Report says how a rehearsal went. It is the same for the same options.
type Report struct {
	Seed    uint64        `json:"seed"`
	Days    int           `json:"days"`
	LiveDay int           `json:"live_day"`
	Now     event.Instant `json:"now"`

	Events     int `json:"events" doc:"of people"`
	Records    int `json:"records" doc:"in the journal"`
	Duplicates int `json:"duplicates"`
	People     int `json:"people" doc:"whom the engine tells apart"`
	Known      int `json:"known" doc:"of whom have an account"`
	Merged     int `json:"merged" doc:"anonymous records that became somebody"`
	Turned     int `json:"turned_up" doc:"people there really are"`

	Stages []Count `json:"stages"`
	Hidden []Count `json:"hidden" doc:"the true states, by people"`
	Held   []Count `json:"held" doc:"suppressed at the gate, by reason"`
	Told   []Count `json:"receipts" doc:"by outcome"`

	Goals []GoalReport `json:"goals"`

	State   string `json:"state" doc:"hash of the state"`
	Journal string `json:"journal" doc:"hash of the journal's bytes"`
}

// Count is how often there is something.
type Count struct {
	What string `json:"what"`
	N    int    `json:"n"`
}

// GoalReport is how one goal did. Lift and truth are of the people whose horizon
// has passed and who could be reached when they joined.
type GoalReport struct {
	Goal          string `json:"goal"`
	Joined        int    `json:"joined"`
	Treated       int    `json:"treated"`
	GoalHoldout   int    `json:"goal_holdout"`
	GlobalHoldout int    `json:"global_holdout"`
	Chosen        int    `json:"chosen"`
	Silent        int    `json:"silent"`
	Sent          int    `json:"sent"`
	Held          int    `json:"held"`

	MeasuredTreated int     `json:"measured_treated"`
	MeasuredHoldout int     `json:"measured_holdout"`
	TreatedKPI      float64 `json:"treated_kpi" doc:"money a person"`
	HoldoutKPI      float64 `json:"holdout_kpi"`
	Lift            float64 `json:"lift" doc:"adjusted"`
	Low             float64 `json:"low"`
	High            float64 `json:"high"`
	Missing         string  `json:"missing,omitempty" doc:"why there is no interval"`

	Truth Truth `json:"truth" doc:"of those treated"`
}

// tally adds up everybody.
type tally struct {
	timelines bool

	stages  map[string]int
	held    map[string]int
	told    map[string]int
	treated []experiment.Sample
	holdout []experiment.Sample
	windows [][]span // of those treated
}

func (r *rehearsal) report(ctx context.Context) (Report, error) {
	out := Report{
		Seed: r.o.Seed, Days: r.o.Days, LiveDay: max(0, r.o.LiveDay), Now: r.now, Events: r.events, Records: r.follow.records, Journal: r.follow.sum(),
	}
	if r.o.NoReport {
		return out, nil
	}
	t, err := r.count(ctx, &out, true)
	if err != nil {
		return Report{}, err
	}
	twin := r.world.alone()
	twin.Step(r.now)
	for i := range out.Goals {
		t.lift(i, &out.Goals[i])
		out.Goals[i].Truth = against(r.world, twin, out.Goals[i].Goal, t.windows[i])
	}
	for _, s := range r.ws.Map.Stages {
		out.Stages = append(out.Stages, Count{s.ID, t.stages[s.ID]})
	}
	names, _ := r.world.states()
	out.Hidden = make([]Count, len(names))
	for i, name := range names {
		out.Hidden[i].What = name
	}
	for n := range r.world.size() {
		if is, _, there := r.world.at(n); there {
			out.Hidden[is].N++
			out.Turned++
		}
	}
	out.Held, out.Told = mostFirst(t.held), mostFirst(t.told)
	out.State, err = r.store.Hash(ctx)
	return out, err
}

// count adds up everybody, and what their timelines show if that is wanted.
func (r *rehearsal) count(ctx context.Context, out *Report, timelines bool) (*tally, error) {
	t := &tally{
		timelines: timelines,
		stages:    map[string]int{}, held: map[string]int{}, told: map[string]int{}, treated: make([]experiment.Sample, len(r.ws.Goals)),
		holdout: make([]experiment.Sample, len(r.ws.Goals)), windows: make([][]span, len(r.ws.Goals)),
	}
	for _, g := range r.ws.Goals {
		out.Goals = append(out.Goals, GoalReport{Goal: g.ID})
	}
	for p := range person.Partitions {
		if err := r.countPartition(ctx, person.Partition(p), out, t); err != nil {
			return nil, fmt.Errorf("rehearse: count partition %d: %w", p, err)
		}
	}
	return t, nil
}

func (r *rehearsal) countPartition(ctx context.Context, part person.Partition, out *Report, t *tally) error {
	state, err := r.store.Partition(part)
	if err != nil {
		return err
	}
	out.Duplicates += int(state.Duplicates) //nolint:gosec // a count of what fits in memory
	ids, err := r.store.PeopleAfter(part, person.ID{}, 0)
	if err != nil {
		return err
	}
	for _, id := range ids {
		p, err := r.store.Record(id)
		if err != nil {
			return err
		}
		if p.IsForward() {
			out.Merged++
			continue
		}
		if err := r.countPerson(ctx, p, out, t); err != nil {
			return err
		}
	}
	return nil
}

func (r *rehearsal) countPerson(ctx context.Context, p *profile.Person, out *Report, t *tally) error {
	out.People++
	t.stages[p.Stage]++
	if userOf(p) != "" {
		out.Known++
	}
	who, known := r.world.number(p)
	if t.timelines {
		n, err := recount(ctx, r.store, r.ws, p)
		if err != nil {
			return err
		}
		for code, times := range n.held {
			t.held[code] += times
		}
		for outcome, times := range n.told {
			t.told[string(outcome)] += times
		}
	}
	for i := range r.ws.Goals {
		def := &r.ws.Goals[i]
		g, ok := p.Goals[def.ID]
		if !ok {
			continue
		}
		out.Goals[i].add(g)
		if r.o.Own != nil {
			t.since(r, i, g, who, known)
			continue
		}
		until := g.Joined.Add(def.Horizon)
		if until > r.now || !g.Reachable {
			continue
		}
		if g.Arm == profile.Treated {
			t.treated[i].Add(g.KPI.Float(), g.Before.Float())
			t.windows[i] = append(t.windows[i], span{who, known, g.Joined, until})
		} else {
			t.holdout[i].Add(g.KPI.Float(), g.Before.Float())
		}
	}
	return nil
}

// since counts what somebody of a copy brings from the beginning of the rehearsal,
// or from when they joined: what came before is the same in any rehearsal, and a
// horizon that ended then says nothing of it.
func (t *tally) since(r *rehearsal, i int, g profile.Goal, who int, known bool) {
	from := max(g.Joined, r.o.Start)
	if !known || from >= r.now || !g.Reachable {
		return
	}
	kpi := r.world.earned(who, r.ws.Goals[i].ID, from, r.now).Float()
	if g.Exposed() != profile.Treated {
		t.holdout[i].Add(kpi, g.Before.Float())
		return
	}
	t.treated[i].Add(kpi, g.Before.Float())
	t.windows[i] = append(t.windows[i], span{who, known, from, r.now})
}

func userOf(p *profile.Person) string {
	for _, i := range p.Identities {
		if i.Kind == person.UserID {
			return i.Value
		}
	}
	return ""
}

func (g *GoalReport) add(p profile.Goal) {
	g.Joined++
	g.Chosen, g.Silent, g.Sent, g.Held = g.Chosen+p.Chosen, g.Silent+p.Silent, g.Sent+p.Sent, g.Held+p.Held
	switch p.Arm {
	case profile.Treated:
		g.Treated++
	case profile.GoalHoldout:
		g.GoalHoldout++
	case profile.GlobalHoldout:
		g.GlobalHoldout++
	}
}

func (t *tally) lift(i int, g *GoalReport) {
	g.MeasuredTreated, g.MeasuredHoldout = t.treated[i].N, t.holdout[i].N
	d := experiment.Lift(t.treated[i], t.holdout[i], experiment.Options{})
	g.TreatedKPI, g.HoldoutKPI, g.Missing = d.Treated, d.Holdout, d.Missing
	if !math.IsInf(d.Low, 0) {
		g.Lift, g.Low, g.High = d.Value, d.Low, d.High
	}
}

func mostFirst(counts map[string]int) []Count {
	out := make([]Count, 0, len(counts))
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, Count{what, counts[what]})
	}
	slices.SortStableFunc(out, func(a, b Count) int { return cmp.Compare(b.N, a.N) })
	return out
}

// counts shows what a goal counts.
func counts(g profile.Goal) string {
	return fmt.Sprintf("%d choices (%d silent), %d sent, %d held, KPI %s", g.Chosen, g.Silent, g.Sent, g.Held, g.KPI)
}
