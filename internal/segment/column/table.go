// Package column holds what rules may ask of people by what is asked instead of
// by person: so that a rule is asked of a million people in the time of a
// keystroke. It is pure.
//
// A Table is filled with people, and follows them as they change. A Query is a
// rule planned against it: it gives what definition.Expr.Holds would give of each
// person, for it evaluates the parts of the rule with the same program, or, where
// a part is a comparison of numbers or a question of history, by the same order.
// What has few different values (traits, stages, windows) is decided once for
// each of them.
//
// Not everything is in columns: an account, loops, traits of very many values and
// histories that nobody keeps. Plan says so, and such a rule is asked of one
// person after another.
package column

import (
	"bytes"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

const (
	// mostStates is how many different values a trait may have to be a column: an
	// address or a name that each person has for themselves is none.
	mostStates = 1 << 16

	// mostTraits bounds how many traits are columns; further ones are not.
	mostTraits = 500
)

// Table is what rules may ask of people, in columns. Rows are numbered from 0 in
// the order in which people were put. It may be read from several goroutines
// while nobody writes.
type Table struct {
	ws *definition.Workspace

	ids    []person.ID
	sorted int                  // so many of the first are in the order of their ids
	later  map[person.ID]uint32 // rows of the others
	gone   []uint64             // a bit for each row of somebody who is nobody now
	people int

	stage    *dict
	segments *dict // ids of segments, sorted, each with a zero byte after it
	traits   map[string]*dict
	wide     map[string]bool // traits that are no columns, for having too many values
	features map[string]*feature
	scratch  []byte
}

// New returns an empty table for the rules of a workspace.
func New(ws *definition.Workspace) *Table {
	t := &Table{
		ws: ws, later: map[person.ID]uint32{}, stage: newDict(0), segments: newDict(0),
		traits: map[string]*dict{}, wide: map[string]bool{}, features: map[string]*feature{},
	}
	for _, f := range ws.Computed() {
		t.features[f.ID] = newFeature(f, ws.Currency)
	}
	return t
}

// Workspace returns the definitions that the columns follow.
func (t *Table) Workspace() *definition.Workspace { return t.ws }

// Rows is how many rows there are, those included of people who are gone.
func (t *Table) Rows() int { return len(t.ids) }

// People is how many people there are.
func (t *Table) People() int { return t.people }

// PeopleIn is how many people are in the rows from from up to to.
func (t *Table) PeopleIn(from, to int) (n int) {
	for row := from; row < to; row++ {
		if !t.isGone(row) {
			n++
		}
	}
	return n
}

// ID returns who is in a row; ok is false for somebody who is gone.
func (t *Table) ID(row int) (id person.ID, ok bool) { return t.ids[row], !t.isGone(row) }

func (t *Table) isGone(row int) bool { return t.gone[row/64]&(1<<(row%64)) != 0 }

// row finds somebody.
func (t *Table) row(id person.ID) (int, bool) {
	if at, found := slices.BinarySearchFunc(t.ids[:t.sorted], id, func(a, b person.ID) int { return bytes.Compare(a[:], b[:]) }); found {
		return at, true
	}
	at, found := t.later[id]
	return int(at), found
}

// Put adds p, or takes over how p has changed. p is not kept.
func (t *Table) Put(p *profile.Person) {
	row, found := t.row(p.ID)
	if !found {
		row = t.grow(p.ID)
	}
	if t.isGone(row) {
		t.gone[row/64] &^= 1 << (row % 64)
		t.people++
	}
	t.stage.set(row, append(t.scratch[:0], p.Stage...))
	t.putSegments(row, p)
	t.putTraits(row, p)
	for id, f := range t.features {
		f.put(row, p.Features.Get(id))
	}
}

// Drop takes out somebody who turned out to be somebody else.
func (t *Table) Drop(id person.ID) {
	if row, found := t.row(id); found && !t.isGone(row) {
		t.gone[row/64] |= 1 << (row % 64)
		t.people--
	}
}

// grow adds a row. It begins as gone.
func (t *Table) grow(id person.ID) int {
	row := len(t.ids)
	if t.sorted == row && (row == 0 || bytes.Compare(t.ids[row-1][:], id[:]) < 0) {
		t.sorted++
	} else {
		t.later[id] = uint32(row) //nolint:gosec // fewer than 2^32 people
	}
	t.ids = append(t.ids, id)
	if row/64 == len(t.gone) {
		t.gone = append(t.gone, 0)
	}
	t.gone[row/64] |= 1 << (row % 64)
	t.stage.grow()
	t.segments.grow()
	for _, d := range t.traits {
		d.grow()
	}
	for _, f := range t.features {
		f.grow()
	}
	return row
}

func (t *Table) putSegments(row int, p *profile.Person) {
	b := t.scratch[:0]
	for _, m := range p.Segments {
		b = append(append(b, m.Segment...), 0)
	}
	t.segments.set(row, b)
	t.scratch = b
}

func (t *Table) putTraits(row int, p *profile.Person) {
	for name, d := range t.traits {
		d.set(row, p.Traits.Get(name).Value)
		if d.states() > mostStates {
			delete(t.traits, name)
			t.wide[name] = true
		}
	}
	for _, v := range p.Traits {
		name := v.Key
		if t.traits[name] != nil || t.wide[name] || len(t.traits) >= mostTraits {
			continue
		}
		d := newDict(len(t.ids))
		d.set(row, v.Value.Value)
		t.traits[strings.Clone(name)] = d
	}
}

// Bytes is what the columns take of memory, about.
func (t *Table) Bytes() int64 {
	n := int64(len(person.ID{})*cap(t.ids)+8*cap(t.gone)) + 48*int64(len(t.later)) + t.stage.size() + t.segments.size()
	for _, d := range t.traits {
		n += d.size()
	}
	for _, f := range t.features {
		n += f.size()
	}
	return n
}
