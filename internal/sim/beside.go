package sim

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
)

// Side is how a rehearsal stands under the other definitions.
type Side struct {
	Sent   int          `json:"sent" doc:"letters, so far"`
	Hidden []int        `json:"hidden" doc:"people by true state"`
	Stages []Count      `json:"stages,omitempty" doc:"of measured frames: people by stage, as the engine sees them"`
	Goals  []GoalReport `json:"goals,omitempty" doc:"of measured frames"`
}

// Comparison is what the same people brought under both definitions from the
// beginning of the rehearsal. Chance is common to both: each person is compared
// with themselves, so the interval is narrow and shows what the definitions do.
type Comparison struct {
	Goal          string  `json:"goal" doc:"whose KPI is compared, as the definitions in force have it where both have the goal"`
	Name          string  `json:"name"`
	People        int     `json:"people"`
	These         float64 `json:"these" doc:"money a person"`
	Others        float64 `json:"others" doc:"under the other definitions"`
	Difference    float64 `json:"difference" doc:"others less these"`
	StandardError float64 `json:"standard_error"`
	Low           float64 `json:"low" doc:"of the difference, 95 %"`
	High          float64 `json:"high"`
	Alike         int     `json:"alike" doc:"people who brought the same under both"`
}

// compared is the key under which both worlds count for a comparison: the KPI of
// a goal may differ between the two.
func compared(goal string) string { return "compared:" + goal }

// compare has both worlds count what is compared.
func (o *RehearseOptions) compare() error {
	if o.Beside == nil {
		return nil
	}
	these, err := definition.Compile(o.Definitions)
	if err != nil {
		return fmt.Errorf("rehearse: definitions: %w", err)
	}
	others, err := definition.Compile(o.Beside)
	if err != nil {
		return fmt.Errorf("rehearse: the other definitions: %w", err)
	}
	all := measuresOf(these)
	for _, m := range measuresOf(others) {
		if !slices.ContainsFunc(all, func(x measure) bool { return x.goal == m.goal }) {
			all = append(all, m)
		}
	}
	for _, m := range all {
		m.name = m.goal
		if g, ok := these.Goal(m.goal); ok && g.Name != "" {
			m.name = g.Name
		} else if g, ok := others.Goal(m.goal); ok && g.Name != "" {
			m.name = g.Name
		}
		m.plain, m.goal = m.goal, compared(m.goal)
		o.also = append(o.also, m)
	}
	return nil
}

// beside opens the rehearsal of the other definitions.
func (p *Player) beside(ctx context.Context, o RehearseOptions) (err error) {
	o.Definitions, o.Store, o.Journal = o.Beside, nil, nil
	if p.other, err = open(ctx, o); err != nil {
		return err
	}
	p.also = p.other.world.alone()
	return nil
}

// lookBeside takes in how it stands under the other definitions.
func (p *Player) lookBeside(f *Frame) {
	if p.other == nil {
		return
	}
	f.Beside = &Side{Sent: p.other.sent, Hidden: make([]int, len(f.Hidden))}
	for n := range p.other.world.size() {
		if is, _, there := p.other.world.at(n); there {
			f.Beside.Hidden[is]++
		}
	}
}

// compare counts everybody under the other definitions, and beside each other.
func (p *Player) compare(ctx context.Context, f *Frame) error {
	var all Report
	t, err := p.other.count(ctx, &all, false)
	if err != nil {
		return err
	}
	for i := range all.Goals {
		t.lift(i, &all.Goals[i])
		all.Goals[i].Truth = against(p.other.world, p.also, all.Goals[i].Goal, t.windows[i])
	}
	f.Beside.Goals = all.Goals
	for _, s := range p.other.ws.Map.Stages {
		f.Beside.Stages = append(f.Beside.Stages, Count{s.ID, t.stages[s.ID]})
	}
	for _, m := range p.r.o.also {
		f.Compared = append(f.Compared, p.comparison(m))
	}
	return nil
}

func (p *Player) comparison(m measure) Comparison {
	c := Comparison{Goal: m.plain, Name: m.name}
	var sum, squares float64
	for n := range min(p.r.world.size(), p.other.world.size()) {
		if _, _, there := p.r.world.at(n); !there {
			continue
		}
		these, others := p.r.world.earned(n, m.goal, p.r.o.Start, p.r.now), p.other.world.earned(n, m.goal, p.r.o.Start, p.r.now)
		if these == others {
			c.Alike++
		}
		c.People++
		c.These += these.Float()
		c.Others += others.Float()
		d := (others - these).Float()
		sum += d
		squares += d * d
	}
	if c.People == 0 {
		return c
	}
	n := float64(c.People)
	c.These, c.Others, c.Difference = c.These/n, c.Others/n, sum/n
	c.StandardError = math.Sqrt(max(0, squares/n-c.Difference*c.Difference) / n)
	c.Low, c.High = c.Difference-1.96*c.StandardError, c.Difference+1.96*c.StandardError
	return c
}
