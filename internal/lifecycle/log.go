package lifecycle

import (
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// log keeps everybody's walks, and what no touchpoint claimed, to a millisecond and
// in eight bytes each, so that figures of any period can be made without reading
// histories again. It is a part of an Atlas.
type log struct {
	since event.Instant // what is older is not kept
	pages [][]uint64
	spans []span // by person
}

// span is where one person's entries are.
type span struct {
	page, from, to int32
}

const (
	pageSize = 1 << 15 // entries

	// An entry is, from the highest bit on: 42 of milliseconds since 1970 (until
	// 2109), one that says that it counts as an event, one that a visit begins, two
	// of the effort (none: nothing claimed it) and 18 of the touchpoint or label.
	whenShift   = 22
	countedBit  = 1 << 21
	visitBit    = 1 << 20
	effortShift = 18
	effortMask  = 3
	indexMask   = 1<<effortShift - 1
	noLabel     = indexMask // of an event that no map can claim
)

func entryOf(at event.Instant, counted, visit bool, effort Effort, index int) uint64 {
	x := uint64(max(0, at)/1000)<<whenShift | uint64(effort)<<effortShift | uint64(min(index, indexMask)) //nolint:gosec // not negative
	if counted {
		x |= countedBit
	}
	if visit {
		x |= visitBit
	}
	return x
}

func entryTime(x uint64) event.Instant { return event.Instant(x>>whenShift) * 1000 } //nolint:gosec // 42 bits

// add appends an entry of the person at hand.
func (l *log) add(at event.Instant, counted, visit bool, effort Effort, index int) {
	if at < l.since {
		return
	}
	last := len(l.pages) - 1
	if last < 0 || len(l.pages[last]) == cap(l.pages[last]) {
		l.turn()
		last = len(l.pages) - 1
	}
	l.pages[last] = append(l.pages[last], entryOf(at, counted, visit, effort, index))
}

// turn begins a page; the entries of the person at hand move there, so that they
// stay together.
func (l *log) turn() {
	var mine []uint64
	if n := len(l.pages); n > 0 {
		from := int32(0)
		if k := len(l.spans); k > 0 && l.spans[k-1].page == int32(n-1) { //nolint:gosec // pages are few
			from = l.spans[k-1].to
		}
		mine = l.pages[n-1][from:]
		l.pages[n-1] = l.pages[n-1][:from:from]
	}
	l.pages = append(l.pages, append(make([]uint64, 0, max(pageSize, 2*len(mine))), mine...))
}

// end ends the person at hand.
func (l *log) end() {
	n := len(l.pages) - 1
	if n < 0 {
		l.spans = append(l.spans, span{})
		return
	}
	from := int32(0)
	if k := len(l.spans); k > 0 && l.spans[k-1].page == int32(n) { //nolint:gosec // as above
		from = l.spans[k-1].to
	}
	l.spans = append(l.spans, span{page: int32(n), from: from, to: int32(len(l.pages[n]))}) //nolint:gosec // as above
}

// of returns the entries of the i-th person.
func (l *log) of(i int) []uint64 {
	s := l.spans[i]
	if s.to == s.from {
		return nil
	}
	return l.pages[s.page][s.from:s.to]
}

// Period is a stretch of time: from a moment on, and before another.
type Period struct {
	From, To event.Instant
}

// Holds reports whether a moment is in the period.
func (p Period) Holds(at event.Instant) bool { return at >= p.From && at < p.To }

// Always is the whole of time.
func Always() Period { return Period{To: 1 << 62} }

// Length of the period.
func (p Period) Length() time.Duration { return p.To.Sub(p.From) }

// Reaches reports whether all entries of the period are kept.
func (a *Atlas) Reaches(p Period) bool { return a.log.since == 0 || p.From >= a.log.since }

// Since bounds what is kept for Lens to what comes after a moment. It is to be
// called before the first Add.
func (a *Atlas) Since(at event.Instant) { a.log.since = at }

// Lens is the digest of the same people, in the same places, of whom only those
// whom keep holds for count, with what they did in a period. Coming back and where
// they went next are looked for beyond its end. each, which may be nil, is called
// for everybody who counts with their whole walk, and for each step of it the start
// of the next unprompted visit; both are good during the call.
func (a *Atlas) Lens(p Period, keep func(i int) bool, each func(i int, walk []Interaction, back []event.Instant)) *Atlas {
	b := &Atlas{c: a.c, labels: a.labels, stages: a.stages, period: p, lens: true}
	b.people = make([]row, 0, len(a.people))
	b.unmapped = make([]Unmapped, len(a.unmapped))
	for i, u := range a.unmapped {
		b.unmapped[i].Label = u.Label
	}
	b.scratch.place = make([]int32, len(a.c.m.Touchpoints))
	b.scratch.seen = map[int32]struct{}{}
	for i := range a.people {
		r := row{id: a.people[i].id, stage: a.people[i].stage, last: a.people[i].last, out: !keep(i)}
		if !r.out {
			b.replay(&r, a.log.of(i))
			if each != nil {
				each(i, b.scratch.walk, b.scratch.back)
			}
		}
		r.cells, r.seen = int32(len(b.cells)), int32(len(b.seen)) //nolint:gosec // as in Add
		b.people = append(b.people, r)
	}
	return b
}

// replay digests a person from their entries.
func (a *Atlas) replay(r *row, entries []uint64) {
	s := &a.scratch
	s.walk, s.back = s.walk[:0], s.back[:0]
	clear(s.seen)
	visit, own := int64(0), false
	for _, x := range entries {
		at := entryTime(x)
		in := a.period.Holds(at)
		r.here = r.here || in
		if in && x&countedBit != 0 {
			a.events++
			if a.from == 0 || at < a.from {
				a.from = at
			}
		}
		effort, index := Effort(x>>effortShift&effortMask), int(x&indexMask)
		if effort == 0 {
			if in && index != noLabel {
				a.missed(int32(index), at) //nolint:gosec // 18 bits
			}
			continue
		}
		i := Interaction{Index: index, Touchpoint: a.c.m.Touchpoints[index].ID, Effort: effort, Time: at, NewVisit: x&visitBit != 0}
		if effort != Outreach {
			if i.NewVisit || !own {
				visit++
			}
			own, i.Visit = true, visit
		}
		if in {
			switch effort {
			case Outreach:
				r.effort.Outreach++
			case Response:
				r.effort.Response++
			case Unprompted:
				r.effort.Unprompted++
			}
		}
		s.walk = append(s.walk, i)
	}
	s.lookBack()
	a.fill(r)
}
