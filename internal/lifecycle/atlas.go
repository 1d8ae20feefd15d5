package lifecycle

import (
	"iter"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// Atlas is a digest of many people's walks over the map: about fifty bytes for
// each touchpoint that a person was ever at, whatever the number of events. It
// gives the figures of the map, and the people behind each of them, from the
// same rows. Add is not safe for concurrent use; the rest is, after the last Add.
type Atlas struct {
	c      *Classifier
	people []row
	cells  []cell  // of all people, each person's together in map order
	seen   []int32 // labels that no touchpoint claimed, each person's together, ascending

	unmapped []Unmapped
	labels   map[string]int32 // index into unmapped
	stages   map[string]int16 // index into the map's stages
	events   int64
	from     event.Instant

	log    log    // of everybody; empty in what Lens returns
	lens   bool   // it is of a period, and of some
	period Period // of it

	scratch scratch
}

// row is one person.
type row struct {
	id          person.ID
	stage       int16 // -1: not on the map
	cells, seen int32 // where theirs end in the Atlas
	last        event.Instant
	effort      profile.Effort
	first, back event.Instant // start of the first visit, and of the next unprompted one
	out         bool          // does not count: of a lens
	here        bool          // there is something of them in its period
}

// cell is one person at one touchpoint.
type cell struct {
	touchpoint int16
	next       int16 // touchpoint of the next own act elsewhere or in a later visit; -1: none yet
	effort     [3]uint32
	first      event.Instant // the first interaction here
	nextAt     event.Instant // when next happened
	back       event.Instant // start of the next unprompted visit after first; 0: none yet
}

// Unmapped is an event that no touchpoint claims.
type Unmapped struct {
	Label    string
	Count    int64
	People   int
	LastSeen event.Instant
}

// scratch is reused between people.
type scratch struct {
	walk  []Interaction
	next  []int32
	back  []event.Instant
	place []int32 // by touchpoint: index into the person's cells plus one
	seen  map[int32]struct{}
}

// NewAtlas starts an empty digest of the map that c was made for.
func NewAtlas(c *Classifier) *Atlas {
	a := &Atlas{c: c, labels: map[string]int32{}, stages: map[string]int16{}, period: Always()}
	for i, s := range c.m.Stages {
		a.stages[s.ID] = int16(i) //nolint:gosec // a map has fewer than 32,768 stages
	}
	a.scratch.place = make([]int32, len(c.m.Touchpoints))
	a.scratch.seen = map[int32]struct{}{}
	return a
}

// Grow makes room for so many people more.
func (a *Atlas) Grow(people int) {
	a.people, a.log.spans = slices.Grow(a.people, people), slices.Grow(a.log.spans, people)
}

// Add digests one person, who is in stage now, from their whole history in
// event-time order. Nobody may be added twice.
func (a *Atlas) Add(id person.ID, stage string, history iter.Seq[event.Event]) {
	r := row{id: id, stage: -1, here: true}
	if i, ok := a.stages[stage]; ok {
		r.stage = i
	}
	s := &a.scratch
	s.walk = s.walk[:0]
	clear(s.seen)
	var w profile.Walk
	for e := range history {
		a.count(&r, e)
		if in, ok := a.c.Step(&w, e); ok {
			s.walk = append(s.walk, in)
			a.log.add(e.Time, !e.Kind.Own(), in.NewVisit, in.Effort, in.Index)
		} else {
			a.miss(e)
		}
	}
	a.log.end()
	r.effort = w.Effort
	s.lookBack()
	a.fill(&r)
	r.cells, r.seen = int32(len(a.cells)), int32(len(a.seen)) //nolint:gosec // 2^31 rows would be 100 GB
	a.people = append(a.people, r)
}

func (a *Atlas) count(r *row, e event.Event) {
	if e.Kind.Own() {
		return
	}
	a.events++
	if a.from == 0 || e.Time < a.from {
		a.from = e.Time
	}
	r.last = max(r.last, e.Time)
}

// miss notes an event that no touchpoint claims.
func (a *Atlas) miss(e event.Event) {
	if e.Kind.Own() {
		return
	}
	label := Label(e)
	if label == "" {
		a.log.add(e.Time, true, false, 0, noLabel)
		return
	}
	i, ok := a.labels[label]
	if !ok {
		i = int32(len(a.unmapped)) //nolint:gosec // labels are few
		a.labels[label] = i
		a.unmapped = append(a.unmapped, Unmapped{Label: label})
	}
	a.log.add(e.Time, true, false, 0, int(i))
	a.missed(i, e.Time)
}

// missed counts an event of a label at a time.
func (a *Atlas) missed(i int32, at event.Instant) {
	u := &a.unmapped[i]
	u.Count++
	u.LastSeen = max(u.LastSeen, at)
	if _, ok := a.scratch.seen[i]; !ok {
		a.scratch.seen[i] = struct{}{}
		u.People++
	}
}

// lookBack finds, for each interaction, the next own act that is elsewhere or in
// a later visit (index plus one; 0 for none), and the next unprompted visit.
func (s *scratch) lookBack() {
	n := len(s.walk)
	s.next = slices.Grow(s.next[:0], n)[:n]
	s.back = slices.Grow(s.back[:0], n)[:n]
	own, visit := -1, event.Instant(0) // the next own act, the next unprompted visit
	for i := n - 1; i >= 0; i-- {
		in := &s.walk[i]
		s.back[i] = visit
		switch {
		case own < 0:
			s.next[i] = 0
		case in.Effort != Outreach && s.walk[own].Index == in.Index && s.walk[own].Visit == in.Visit:
			s.next[i] = s.next[own]
		default:
			s.next[i] = int32(own + 1) //nolint:gosec // far fewer interactions
		}
		if in.Effort == Outreach {
			continue
		}
		own = i
		if in.NewVisit && in.Effort == Unprompted {
			visit = in.Time
		}
	}
}

// fill makes the person's cells and labels from the scratch.
func (a *Atlas) fill(r *row) {
	s := &a.scratch
	start := len(a.cells)
	for i := range s.walk {
		in := &s.walk[i]
		if !a.period.Holds(in.Time) {
			continue
		}
		if r.first == 0 && in.NewVisit {
			r.first, r.back = in.Time, s.back[i]
		}
		at := s.place[in.Index]
		if at == 0 {
			c := cell{touchpoint: int16(in.Index), next: -1, first: in.Time, back: s.back[i]} //nolint:gosec // fewer than 32,768 touchpoints
			if n := s.next[i]; n > 0 {
				c.next, c.nextAt = int16(s.walk[n-1].Index), s.walk[n-1].Time //nolint:gosec // as above
			}
			a.cells = append(a.cells, c)
			at = int32(len(a.cells) - start) //nolint:gosec // as above
			s.place[in.Index] = at
		}
		a.cells[start+int(at)-1].effort[in.Effort-1]++
	}
	mine := a.cells[start:]
	for i := range mine {
		s.place[mine[i].touchpoint] = 0
	}
	slices.SortFunc(mine, func(x, y cell) int { return int(x.touchpoint) - int(y.touchpoint) })
	from := len(a.seen)
	for l := range s.seen {
		a.seen = append(a.seen, l)
	}
	slices.Sort(a.seen[from:])
}

// Walk returns the interactions of the person added last, in event-time order, and
// for each the start of the next unprompted visit; 0 for none. They are good until
// the next Add.
func (a *Atlas) Walk() (walk []Interaction, back []event.Instant) {
	return a.scratch.walk, a.scratch.back
}

// Len is the number of people added.
func (a *Atlas) Len() int { return len(a.people) }

// Classifier is the one that the atlas was made for.
func (a *Atlas) Classifier() *Classifier { return a.c }

// Person returns the i-th person added, their latest event of their own or of
// their systems, and their effort.
func (a *Atlas) Person(i int) (id person.ID, last event.Instant, effort profile.Effort) {
	r := &a.people[i]
	return r.id, r.last, r.effort
}

// Stage is the place in the map of the stage that the i-th person added is in; -1 is
// none.
func (a *Atlas) Stage(i int) int16 { return a.people[i].stage }

func (a *Atlas) cellsOf(i int) []cell {
	from := int32(0)
	if i > 0 {
		from = a.people[i-1].cells
	}
	return a.cells[from:a.people[i].cells]
}

func (a *Atlas) seenBy(i int) []int32 {
	from := int32(0)
	if i > 0 {
		from = a.people[i-1].seen
	}
	return a.seen[from:a.people[i].seen]
}
