package profile

import (
	"encoding/binary"
	"reflect"
	"slices"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Format 2 is what nearly every person is made of, written by hand: the id (16
// bytes), a set of bits that says which of the parts below follow, and those
// parts in the order of their bits. Numbers are varints, instants their distance
// from FirstSeen, texts and lists have their length before them, and maps are in
// the order of their keys. What has no part is in the last, as format 1 writes a
// person who is nothing else: so that a field that is new to Person is never
// forgotten, and costs little where it is rare: hasRest is to name it.
//
// A struct inside of these begins with bits of its own. Bits are on disk: never
// reuse one. A field that is added to such a struct gets the next.
const (
	partFirstSeen = 1 << iota
	partLastSeen
	partEvents
	partIdentities
	partTraits
	partFeatures
	partConsent
	partDeclared
	partStage
	partStageSince
	partDefinition
	partBasis
	partGoals
	partTimers
	partLinked
	partWalk
	partEarned
	partSegments
	partRest
	partRank // these come before the rest, which is always the last
	partMet
	partModel
	partBelief
)

// writer appends to b. Instants are written as their distance from base.
type writer struct {
	b    []byte
	base event.Instant
}

func (w *writer) uint(v uint64)         { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)           { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) time(t event.Instant)  { w.int(int64(t - w.base)) }
func (w *writer) micros(m event.Micros) { w.int(int64(m)) }

func (w *writer) text(s string) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) bytes(s []byte) {
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

// hash writes a text that is mostly a SHA-256 in hex: 0 and its 32 bytes, or 1
// more than the length of the text, and the text.
func (w *writer) hash(s string) {
	if sum, ok := unhex(s); ok {
		w.b = append(append(w.b, 0), sum[:]...)
		return
	}
	w.uint(uint64(len(s)) + 1)
	w.b = append(w.b, s...)
}

// unhex reads 64 small hexadecimal digits.
func unhex(s string) (sum [32]byte, ok bool) {
	if len(s) != 2*len(sum) {
		return sum, false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		default:
			return sum, false
		}
		sum[i/2] = sum[i/2]<<4 | c
	}
	return sum, true
}

// entries writes a map by its keys in order.
func entries[V any](w *writer, m map[string]V, value func(*writer, *V)) {
	var room [24]string
	keys := room[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	w.uint(uint64(len(keys)))
	for _, k := range keys {
		w.text(k)
		v := m[k]
		value(w, &v)
	}
}

// sorted writes what entries does of a map.
func sorted[V any](w *writer, s Sorted[V], value func(*writer, *V)) {
	w.uint(uint64(len(s)))
	for i := range s {
		w.text(s[i].Key)
		value(w, &s[i].Value)
	}
}

func list[V any](w *writer, l []V, value func(*writer, *V)) {
	w.uint(uint64(len(l)))
	for i := range l {
		value(w, &l[i])
	}
}

// rare are the fields of Person that have no part.
type rare []int

func newRare() (fields rare) {
	var has struct{} // the part of each field below
	parts := map[string]struct{}{
		"ID": has, "FirstSeen": has, "LastSeen": has, "Events": has, "Identities": has, "Traits": has, "Features": has, "Consent": has,
		"Declared": has, "Stage": has, "StageSince": has, "Definition": has, "Basis": has, "Goals": has, "Timers": has, "Linked": has,
		"Walk": has, "Earned": has, "Segments": has, "Rank": has, "Met": has,
		"Model": has, "Belief": has,
	}
	for i := range reflect.TypeFor[Person]().NumField() {
		if _, ok := parts[reflect.TypeFor[Person]().Field(i).Name]; !ok {
			fields = append(fields, i)
		}
	}
	return fields
}

// hasRest reports whether p has something in one of them. Empty is as nothing: CBOR
// leaves both out.
func hasRest(p *Person) bool {
	return !p.Forward.IsZero() || p.Vacant || p.Epoch != 0 || !p.Erased.IsZero() || p.Choosing != nil || p.Home != nil ||
		len(p.Suppressed)+len(p.Deliveries)+len(p.Touches)+len(p.Settling)+len(p.Foreign) > 0 ||
		len(p.Merges)+len(p.Refusals)+len(p.Apart)+len(p.Accounts)+len(p.Views)+len(p.Shares) > 0 ||
		len(p.Conversations)+len(p.Requests)+len(p.Contacts)+len(p.Journeys)+len(p.Been) > 0 ||
		p.Complaint != nil || p.Maturing != nil || len(p.Stakes)+len(p.Showing)+len(p.Shown)+len(p.Confirming) > 0
}

// of returns p with nothing but the fields.
func (fields rare) of(p *Person) *Person {
	only := new(Person)
	from, to := reflect.ValueOf(p).Elem(), reflect.ValueOf(only).Elem()
	for _, i := range fields {
		to.Field(i).Set(from.Field(i))
	}
	return only
}

// encode appends format 2 of p to b, all but the last part, which is to follow if
// more is set.
func encode(b []byte, p *Person, more bool) []byte {
	w := writer{b: append(append(b, formatVersion), p.ID[:]...), base: p.FirstSeen}
	parts := uint64(0)
	for _, part := range [...]struct {
		bit uint64
		has bool
	}{
		{partFirstSeen, p.FirstSeen != 0},
		{partLastSeen, p.LastSeen != 0},
		{partEvents, p.Events != 0},
		{partIdentities, len(p.Identities) > 0},
		{partTraits, len(p.Traits) > 0},
		{partFeatures, len(p.Features) > 0},
		{partConsent, len(p.Consent) > 0},
		{partDeclared, len(p.Declared) > 0},
		{partStage, p.Stage != ""},
		{partStageSince, p.StageSince != 0},
		{partDefinition, p.Definition != ""},
		{partBasis, p.Basis != ""},
		{partGoals, len(p.Goals) > 0},
		{partTimers, len(p.Timers) > 0},
		{partLinked, len(p.Linked) > 0},
		{partWalk, p.Walk != Walk{}},
		{partEarned, len(p.Earned) > 0},
		{partSegments, len(p.Segments) > 0},
		{partRest, more},
		{partRank, p.Rank != 0},
		{partMet, len(p.Met) > 0},
		{partModel, p.Model != 0},
		{partBelief, p.Belief != nil},
	} {
		if part.has {
			parts |= part.bit
		}
	}
	w.uint(parts)
	w.parts(p, parts)
	return w.b
}

func (w *writer) parts(p *Person, parts uint64) {
	if parts&partFirstSeen != 0 {
		w.int(int64(p.FirstSeen))
	}
	if parts&partLastSeen != 0 {
		w.time(p.LastSeen)
	}
	if parts&partEvents != 0 {
		w.int(p.Events)
	}
	if parts&partIdentities != 0 {
		list(w, p.Identities, (*writer).identity)
	}
	if parts&partTraits != 0 {
		sorted(w, p.Traits, (*writer).trait)
	}
	if parts&partFeatures != 0 {
		sorted(w, p.Features, (*writer).feature)
	}
	if parts&partConsent != 0 {
		sorted(w, p.Consent, (*writer).consent)
	}
	if parts&partDeclared != 0 {
		sorted(w, p.Declared, (*writer).consent)
	}
	if parts&partStage != 0 {
		w.text(p.Stage)
	}
	if parts&partStageSince != 0 {
		w.time(p.StageSince)
	}
	if parts&partDefinition != 0 {
		w.hash(p.Definition)
	}
	if parts&partBasis != 0 {
		w.hash(p.Basis)
	}
	if parts&partGoals != 0 {
		entries(w, p.Goals, (*writer).goal)
	}
	if parts&partTimers != 0 {
		list(w, p.Timers, (*writer).timer)
	}
	if parts&partLinked != 0 {
		list(w, p.Linked, (*writer).identity)
	}
	if parts&partWalk != 0 {
		w.walk(&p.Walk)
	}
	if parts&partEarned != 0 {
		entries(w, p.Earned, func(w *writer, m *event.Micros) { w.micros(*m) })
	}
	if parts&partSegments != 0 {
		list(w, p.Segments, (*writer).membership)
	}
	if parts&partRank != 0 {
		w.uint(uint64(p.Rank))
	}
	if parts&partMet != 0 {
		list(w, p.Met, (*writer).met)
	}
	if parts&partModel != 0 {
		w.uint(p.Model)
	}
	if parts&partBelief != 0 {
		w.belief(p.Belief)
	}
}

// bits writes which of the fields of a struct follow.
func (w *writer) bits(has ...bool) {
	bits := uint64(0)
	for i, h := range has {
		if h {
			bits |= 1 << i
		}
	}
	w.uint(bits)
}

func (w *writer) identity(i *person.Identity) {
	w.text(string(i.Kind))
	w.text(i.Value)
}

func (w *writer) met(m *Met) {
	w.bits(m.Last != 0, m.Source != "", !m.Of.IsZero())
	w.time(m.First)
	if m.Last != 0 {
		w.time(m.Last)
	}
	if m.Source != "" {
		w.text(m.Source)
	}
	if !m.Of.IsZero() {
		w.b = append(w.b, m.Of[:]...)
	}
}

func (w *writer) trait(t *Trait) {
	w.bytes(t.Value)
	w.time(t.Time)
}

func (w *writer) feature(f *Feature) {
	w.bits(f.Count != 0, len(f.Money) > 0, f.At != 0, len(f.Value) > 0, len(f.Grain) > 0, len(f.Seen) > 0, len(f.Times) > 0)
	if f.Count != 0 {
		w.int(f.Count)
	}
	if len(f.Money) > 0 {
		w.money(f.Money)
	}
	if f.At != 0 {
		w.time(f.At)
	}
	if len(f.Value) > 0 {
		w.bytes(f.Value)
	}
	if len(f.Grain) > 0 {
		list(w, f.Grain, func(w *writer, g *Grain) {
			w.int(g.At)
			w.int(g.Count)
			w.money(g.Money)
		})
	}
	if len(f.Seen) > 0 {
		list(w, f.Seen, func(w *writer, s *Seen) {
			w.int(s.At)
			w.b = binary.BigEndian.AppendUint64(w.b, s.Hash)
		})
	}
	if len(f.Times) > 0 {
		list(w, f.Times, func(w *writer, t *event.Instant) { w.time(*t) })
	}
}

func (w *writer) money(m Sums) {
	sorted(w, m, func(w *writer, m *event.Micros) { w.micros(*m) })
}

func (w *writer) consent(c *Consent) {
	w.bits(c.Given, c.Proof != "")
	w.time(c.Time)
	if c.Proof != "" {
		w.text(c.Proof)
	}
}

func (w *writer) goal(g *Goal) {
	w.bits(g.Before != 0, g.KPI != 0, g.Reached != 0, g.Chosen != 0, g.Silent != 0, g.Sent != 0, g.Held != 0, g.Reachable, g.Next != 0, g.First != "", g.Yielded != 0)
	w.time(g.Joined)
	w.text(string(g.Arm))
	for _, n := range [...]int64{int64(g.Before), int64(g.KPI)} {
		if n != 0 {
			w.int(n)
		}
	}
	if g.Reached != 0 {
		w.time(g.Reached)
	}
	for _, n := range [...]int{g.Chosen, g.Silent, g.Sent, g.Held} {
		if n != 0 {
			w.int(int64(n))
		}
	}
	if g.Next != 0 {
		w.time(g.Next)
	}
	if g.First != "" {
		w.text(string(g.First))
	}
	if g.Yielded != 0 {
		w.int(int64(g.Yielded))
	}
}

func (w *writer) timer(t *Timer) {
	w.uint(uint64(t.Kind))
	w.time(t.Due)
	w.text(t.Ref)
}

func (w *writer) walk(k *Walk) {
	w.bits(k.Response, k.VisitStart != 0, k.LastOwn != 0, k.Touchpoint != "")
	w.int(k.Visits)
	if k.VisitStart != 0 {
		w.time(k.VisitStart)
	}
	if k.LastOwn != 0 {
		w.time(k.LastOwn)
	}
	w.int(k.Effort.Outreach)
	w.int(k.Effort.Response)
	w.int(k.Effort.Unprompted)
	if k.Touchpoint != "" {
		w.text(k.Touchpoint)
	}
}

func (w *writer) membership(m *Membership) {
	w.text(m.Segment)
	w.time(m.Since)
	w.hash(m.Version)
}
