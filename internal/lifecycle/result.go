package lifecycle

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// Result is every figure of the map, without names.
type Result struct {
	Now        event.Instant
	From       event.Instant // event time of the first event
	People     int
	Events     int64 // from customers' systems and browsers
	Effort     profile.Effort
	Initiative Share // People: anybody who interacted
	Continued  Share // after a person's first visit, within Window
	Window     time.Duration

	Stages      []StageResult      // in map order
	Touchpoints []TouchpointResult // in map order
	Flows       []Flow             // most people first
	DeadEnds    []DeadEnd          // most people lost first
	Unmapped    []Unmapped         // most frequent first
}

// StageResult is a stage's figures.
type StageResult struct {
	ID         string
	People     int // in it now
	At         int // people who interacted at its touchpoints
	Effort     profile.Effort
	Initiative Share // at its touchpoints
}

// TouchpointResult is a touchpoint's figures.
type TouchpointResult struct {
	ID           string
	People       int
	Interactions int64
	Effort       profile.Effort
	Continuation Share
	Curve        []CurvePoint
	DeadEnd      bool

	// Against is continuation over all inbound touchpoints within the same window.
	// It says nothing unless Compared: some other inbound touchpoint has people.
	Against  float64
	Compared bool

	By map[Continued]int // people by how it stands with their coming back
}

// CurvePoint is the share of people back by a time, with its 95 % band.
type CurvePoint struct {
	At               time.Duration
	Value, Low, High float64
	AtRisk           int
}

// Flow counts people who went from one touchpoint to another, after their first
// interaction at From and within its window. One kind of step does not count:
// another act at the same touchpoint in the same visit.
type Flow struct {
	From, To string // To is Nowhere for those who did nothing more
	People   int
	Share    float64 // of the people at From
}

// deadShare is how much lower than usual the share who come back must be: with
// enough people every difference is certain, and few of them matter.
const deadShare = 0.9

// DeadEnd is an inbound touchpoint after which clearly fewer people come back
// than is usual: the interval of its continuation lies below Against, and its
// value is at most nine tenths of it.
type DeadEnd struct {
	Touchpoint   string
	Lost         int // people whose window passed without their coming back
	Continuation Share
	Against      float64 // continuation over all inbound touchpoints, within the same window
}

// Result computes all figures as of now. People not yet back are watched until
// then.
func (a *Atlas) Result(now event.Instant) Result {
	r := Result{
		Now: now, From: a.from, Events: a.events,
		Window: a.c.Window(), Unmapped: slices.DeleteFunc(slices.Clone(a.unmapped), func(u Unmapped) bool { return u.Count == 0 }),
	}
	slices.SortFunc(r.Unmapped, func(x, y Unmapped) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Label, y.Label))
	})
	a.overall(&r, now)
	a.stagesOf(&r)
	a.compare(&r, a.touchpointsOf(&r, now))
	a.deadEnds(&r)
	a.flows(&r, now)
	return r
}

func (a *Atlas) overall(r *Result, now event.Instant) {
	var initiative Ratio
	var back []Observation
	mature := 0
	for i := range a.people {
		p := &a.people[i]
		if p.out {
			continue
		}
		if p.here {
			r.People++
		}
		r.Effort.Outreach += p.effort.Outreach
		r.Effort.Response += p.effort.Response
		r.Effort.Unprompted += p.effort.Unprompted
		if len(a.cellsOf(i)) > 0 {
			initiative.Add(p.effort.Unprompted, p.effort.Unprompted+p.effort.Outreach)
		}
		if p.first != 0 {
			back = append(back, observation(p.first, p.back, now))
			if now.Sub(p.first) >= r.Window {
				mature++
			}
		}
	}
	r.Initiative = initiative.Share()
	r.Continued = continuation(Survive(back), len(back), mature, r.Window)
}

// continuation reads a curve at the window. It rests on people whose window has
// passed: among the others only those who came back soon are known, and they
// are not like the rest.
func continuation(c Curve, people, mature int, window time.Duration) Share {
	p := c.At(window)
	s := Share{Value: 1 - p.Survival, Low: 1 - p.High, High: 1 - p.Low, People: people, Enough: mature >= MinPeople}
	if !s.Enough {
		s.Missing = fmt.Sprintf("%d of the %d people needed have had their %s", mature, MinPeople, days(window))
	}
	return s
}

func days(d time.Duration) string {
	n := d.Hours() / 24
	if n == 1 {
		return "1 day"
	}
	if n == math.Trunc(n) {
		return fmt.Sprintf("%d days", int(n))
	}
	return d.String()
}

func (a *Atlas) stagesOf(r *Result) {
	m := a.c.m
	r.Stages = make([]StageResult, len(m.Stages))
	initiatives := make([]Ratio, len(m.Stages))
	stageOf := make([]int, len(m.Touchpoints))
	for i, t := range m.Touchpoints {
		_, stageOf[i] = m.Stage(t.Stage)
	}
	type own struct{ unprompted, outreach, all int64 }
	mine := make([]own, len(m.Stages))
	for i := range a.people {
		if s := a.people[i].stage; s >= 0 && !a.people[i].out {
			r.Stages[s].People++
		}
		clear(mine)
		for _, c := range a.cellsOf(i) {
			s := stageOf[c.touchpoint]
			if s < 0 {
				continue
			}
			e := c.efforts()
			mine[s].unprompted += e.Unprompted
			mine[s].outreach += e.Outreach
			mine[s].all += e.Unprompted + e.Outreach + e.Response
			r.Stages[s].Effort.Outreach += e.Outreach
			r.Stages[s].Effort.Response += e.Response
			r.Stages[s].Effort.Unprompted += e.Unprompted
		}
		for s, o := range mine {
			if o.all > 0 {
				initiatives[s].Add(o.unprompted, o.unprompted+o.outreach)
			}
		}
	}
	for i, s := range m.Stages {
		r.Stages[i].ID = s.ID
		r.Stages[i].At = initiatives[i].n
		r.Stages[i].Initiative = initiatives[i].Share()
	}
}

func (c *cell) efforts() profile.Effort {
	return profile.Effort{
		Outreach:   int64(c.effort[Outreach-1]),
		Response:   int64(c.effort[Response-1]),
		Unprompted: int64(c.effort[Unprompted-1]),
	}
}

// touchpointsOf fills r.Touchpoints and returns each touchpoint's observations.
func (a *Atlas) touchpointsOf(r *Result, now event.Instant) [][]Observation {
	m := a.c.m
	r.Touchpoints = make([]TouchpointResult, len(m.Touchpoints))
	watched := make([][]Observation, len(m.Touchpoints))
	mature := make([]int, len(m.Touchpoints))
	for i := range a.cells {
		c := &a.cells[i]
		t, window := &r.Touchpoints[c.touchpoint], m.Touchpoints[c.touchpoint].Window
		e := c.efforts()
		t.People++
		t.Effort.Outreach += e.Outreach
		t.Effort.Response += e.Response
		t.Effort.Unprompted += e.Unprompted
		t.Interactions += e.Outreach + e.Response + e.Unprompted
		watched[c.touchpoint] = append(watched[c.touchpoint], observation(c.first, c.back, now))
		if now.Sub(c.first) >= window {
			mature[c.touchpoint]++
		}
		if t.By == nil {
			t.By = map[Continued]int{}
		}
		t.By[continued(c.first, c.back, now, window)]++
	}
	for i := range r.Touchpoints {
		t, window := &r.Touchpoints[i], m.Touchpoints[i].Window
		t.ID = m.Touchpoints[i].ID
		curve := Survive(watched[i])
		t.Continuation = continuation(curve, t.People, mature[i], window)
		if t.People > 0 {
			t.Curve = sampled(curve, window)
		}
	}
	return watched
}

// sampled gives a curve for drawing: a point a day, at least 14 and at most 90.
func sampled(c Curve, window time.Duration) []CurvePoint {
	n := min(90, max(14, int(math.Ceil(window.Hours()/24))))
	points := make([]CurvePoint, n+1)
	for i := range points {
		at := window * time.Duration(i) / time.Duration(n)
		p := c.At(at)
		points[i] = CurvePoint{At: at, Value: 1 - p.Survival, Low: 1 - p.High, High: 1 - p.Low, AtRisk: p.AtRisk}
		if i == 0 && p.Survival == 1 {
			points[i].High = 0 // nobody can be back at once
		}
	}
	return points
}

// compare sets what each touchpoint's continuation is compared with: all inbound
// touchpoints together, within that touchpoint's own window.
func (a *Atlas) compare(r *Result, watched [][]Observation) {
	var all []Observation
	met := 0
	for i, t := range a.c.m.Touchpoints {
		if t.Direction == definition.Inbound && len(watched[i]) > 0 {
			all = append(all, watched[i]...)
			met++
		}
	}
	usual := Survive(all)
	for i, t := range a.c.m.Touchpoints {
		got := &r.Touchpoints[i]
		others := met
		if t.Direction == definition.Inbound && got.People > 0 {
			others--
		}
		if got.Compared = others > 0; got.Compared {
			got.Against = 1 - usual.At(t.Window).Survival
		}
	}
}

// deadEnds judges inbound touchpoints. Outbound ones are not judged here: whom we
// reach out to is our choice, so only a holdout can say what reaching out does.
func (a *Atlas) deadEnds(r *Result) {
	for i, t := range a.c.m.Touchpoints {
		got := &r.Touchpoints[i]
		if t.Direction != definition.Inbound || !got.Compared || !got.Continuation.Enough ||
			got.Continuation.High >= got.Against || got.Continuation.Value > deadShare*got.Against {
			continue
		}
		got.DeadEnd = true
		r.DeadEnds = append(r.DeadEnds, DeadEnd{
			Touchpoint: t.ID, Lost: got.By[No], Continuation: got.Continuation, Against: got.Against,
		})
	}
	slices.SortStableFunc(r.DeadEnds, func(x, y DeadEnd) int { return cmp.Compare(y.Lost, x.Lost) })
}

func (a *Atlas) flows(r *Result, now event.Instant) {
	n := len(a.c.m.Touchpoints)
	counts := make([]int, n*(n+1)) // the last column is Nowhere
	for i := range a.cells {
		c := &a.cells[i]
		to, known := a.following(c, now)
		if !known {
			continue
		}
		column := n
		if to != Nowhere {
			column = int(c.next)
		}
		counts[int(c.touchpoint)*(n+1)+column]++
	}
	for k, people := range counts {
		if people == 0 {
			continue
		}
		from, to := k/(n+1), k%(n+1)
		f := Flow{From: a.c.m.Touchpoints[from].ID, People: people, Share: float64(people) / float64(r.Touchpoints[from].People)}
		if to < n {
			f.To = a.c.m.Touchpoints[to].ID
		}
		r.Flows = append(r.Flows, f)
	}
	slices.SortStableFunc(r.Flows, func(x, y Flow) int { return cmp.Compare(y.People, x.People) })
}
