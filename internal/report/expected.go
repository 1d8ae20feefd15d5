package report

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/experiment"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/lifecycle"
	"github.com/rapporthq/rapport/internal/person"
)

// mostExpected is of about how many people it is asked what would have come anyway:
// their histories are filtered again for it.
const mostExpected = 4000

// mostAgain is of how many it is asked about a period that somebody chose, and waits
// for.
const mostAgain = 1500

// expected is what the state model expected of the people of each touchpoint, and
// what came.
type expected struct {
	m      *belief.Model
	watch  *belief.Watch
	touch  []definition.Touchpoint
	limit  uint64    // ids whose number is below it are asked about
	asked  int       // people
	told   []told    // by touchpoint
	kept   []stay    // by place, then touchpoint
	seen   *[]sample // of who is asked about, by place
	asking bool      // about the person at hand

	moments []belief.Moment
	at      []int // touchpoint of each moment
}

// told adds people up: d is what came, 0 or 1, less its probability.
type told struct {
	people, came        int
	probability, square float64
}

// sample is one person who is asked about.
type sample struct {
	place int
	seen  belief.Seen
}

// stay is one person at one touchpoint of whom it is known.
type stay struct {
	place, touchpoint int32
	came              bool
}

// newExpected is nil without a model.
func newExpected(s State) *expected {
	if s.Model == nil {
		return nil
	}
	m := &s.defs().Map
	x := &expected{m: s.Model, watch: s.Model.Watch(), touch: m.Touchpoints, told: make([]told, len(m.Touchpoints)), seen: new([]sample), limit: math.MaxUint32 + 1}
	if s.People > mostExpected {
		x.limit = uint64(float64(x.limit) * mostExpected / float64(s.People))
	}
	return x
}

// begin begins with another person. The bytes of an id are as good as drawn, so
// those who are asked about are a sample, and the same people every time.
func (x *expected) begin(id person.ID) {
	if x == nil {
		return
	}
	if x.asking = uint64(binary.BigEndian.Uint32(id[8:])) < x.limit; x.asking {
		x.watch.Begin()
	}
}

// see takes the next event of the person at hand.
func (x *expected) see(e *event.Event) {
	if x != nil && x.asking {
		x.watch.See(e)
	}
}

// end adds the person at hand, who is at a place of the atlas and walked so.
func (x *expected) end(place int, walk []lifecycle.Interaction, now event.Instant) {
	if x == nil || !x.asking {
		return
	}
	*x.seen = append(*x.seen, sample{place, x.watch.Seen()})
	x.ask(place, walk, lifecycle.Always(), now)
}

// again begins again with nobody, so that the same people can be asked about another
// period.
func (x *expected) again() *expected {
	if x == nil {
		return nil
	}
	return &expected{m: x.m, watch: x.m.Watch(), touch: x.touch, told: make([]told, len(x.touch)), seen: x.seen}
}

// askAgain asks about the person at a place, if they are of the sample, in a period.
func (x *expected) askAgain(place int, walk []lifecycle.Interaction, period lifecycle.Period, now event.Instant) {
	if x == nil || x.asked >= mostAgain {
		return
	}
	i, ok := slices.BinarySearchFunc(*x.seen, place, func(s sample, place int) int { return s.place - place })
	if !ok {
		return
	}
	x.watch.Again((*x.seen)[i].seen)
	x.ask(place, walk, period, now)
}

func (x *expected) ask(place int, walk []lifecycle.Interaction, period lifecycle.Period, now event.Instant) {
	x.asked++
	x.moments, x.at = x.moments[:0], x.at[:0]
	for _, in := range walk {
		if !period.Holds(in.Time) || slices.Contains(x.at, in.Index) {
			continue
		}
		t := &x.touch[in.Index]
		x.at = append(x.at, in.Index)
		x.moments = append(x.moments, belief.Moment{At: in.Time, Within: t.Window, Ours: t.Direction == definition.Outbound})
	}
	if len(x.moments) == 0 {
		return
	}
	from := len(x.kept)
	for i, a := range x.watch.Anyway(x.moments, now) {
		if !a.Known {
			continue
		}
		t, d := &x.told[x.at[i]], -a.Expected
		t.people++
		t.probability += a.Expected
		if a.Came {
			t.came++
			d++
		}
		t.square += float64(d * d)
		x.kept = append(x.kept, stay{place: int32(place), touchpoint: int32(x.at[i]), came: a.Came}) //nolint:gosec // fewer than 2^31
	}
	slices.SortFunc(x.kept[from:], func(a, b stay) int { return int(a.touchpoint - b.touchpoint) })
}

// find returns how it stands with the person at a place and a touchpoint.
func (x *expected) find(place, touchpoint int) (came, known bool) {
	i, ok := slices.BinarySearchFunc(x.kept, stay{place: int32(place), touchpoint: int32(touchpoint)}, func(a, b stay) int { //nolint:gosec // as above
		if a.place != b.place {
			return int(a.place - b.place)
		}
		return int(a.touchpoint - b.touchpoint)
	})
	return ok && x.kept[i].came, ok
}

// difference is the mean of what came less what was expected, over the same people,
// with the interval of a mean of paired differences.
func (t told) difference() Estimate {
	n := float64(t.people)
	e := Estimate{People: t.people, Low: -1, High: 1, Enough: t.people >= lifecycle.MinPeople}
	if !e.Enough {
		e.Note = fmt.Sprintf("%d of the %d people needed have had their time", t.people, lifecycle.MinPeople)
	}
	if n < 2 {
		return e
	}
	e.Value = (float64(t.came) - t.probability) / n
	half := experiment.Z95 * math.Sqrt(max(0, t.square-n*e.Value*e.Value)/(n-1)/n)
	e.Low, e.High = max(-1, e.Value-half), min(1, e.Value+half)
	return e
}

// TouchpointExpectation is what the state model expected of the people of a touchpoint without
// it, and what they did: the same people, after the same moment.
type TouchpointExpectation struct {
	People     int      `json:"people" doc:"of whom something was believed then and whose window has passed: filter expected=any"`
	Back       int      `json:"back" doc:"who acted again: expected=back"`
	Away       int      `json:"away" doc:"who did not: expected=away"`
	Came       Estimate `json:"came" doc:"share who acted of their own accord within the window, later than in the same visit"`
	Expected   float64  `json:"expected" doc:"mean probability of that, by what was believed of each then; of an outbound touchpoint before the touch"`
	Difference Estimate `json:"difference" doc:"came less expected, person by person"`
	Verdict    string   `json:"verdict" enum:"engages,interacts,harms,unknown" doc:"whether the interval of the difference is above zero, contains it or is below"`
	Sentence   string   `json:"sentence"`
}

// The verdicts on a touchpoint.
const (
	Engages   = "engages"
	Interacts = "interacts"
	Harms     = "harms"
	Unsaid    = "unknown"
)

// of returns what is told of a touchpoint; nil without a model.
func (x *expected) of(i int) *TouchpointExpectation {
	if x == nil {
		return nil
	}
	t, def := x.told[i], x.touch[i]
	e := &TouchpointExpectation{
		People: t.people, Back: t.came, Away: t.people - t.came, Came: shareOf(lifecycle.Proportion(t.came, t.people)),
		Expected: t.probability / float64(max(1, t.people)), Difference: t.difference(), Verdict: Unsaid,
	}
	e.Came.Note = e.Difference.Note
	if !e.Difference.Enough {
		e.Sentence = sentence(fmt.Sprintf("Too few to say against what was expected of the same people: %s", e.Difference.Note))
		return e
	}
	e.Verdict = Interacts
	said := "No different from what was expected of them"
	switch {
	case e.Difference.Low > 0:
		e.Verdict, said = Engages, "Engages: more than was expected of them"
	case e.Difference.High < 0:
		e.Verdict, said = Harms, "Harms: fewer than was expected of them"
	}
	e.Sentence = fmt.Sprintf("%s. Of %s, %s acted again within %s, and %s were expected to: %s (%s to %s).",
		said, HowMany(t.people), percent(e.Came.Value), inDays(def.Window), percent(e.Expected), plus(e.Difference.Value)+" points", plus(e.Difference.Low), plus(e.Difference.High))
	if def.Direction == definition.Outbound {
		e.Sentence += " Whom we reach out to is our choice: the difference is associated with it, and need not be caused by it."
	}
	return e
}

// plus writes a difference between two shares in points, with its sign.
func plus(x float64) string {
	s := fmt.Sprintf("%+.1f", 100*x)
	if s == "-0.0" {
		return "+0.0"
	}
	return s
}

// MapExpectation says of whom it is told what was expected, or what is missing.
type MapExpectation struct {
	Needs    *Needs `json:"needs,omitempty" doc:"what is missing; absent where a model is in force"`
	People   int    `json:"people" doc:"whose histories were read for it"`
	Sentence string `json:"sentence"`
}

func (d *digest) mapExpectation(s *scope) MapExpectation {
	x := s.expected
	if x == nil {
		needs := d.standings.needs(len(d.ws.Relationship.Acts) > 0)
		return MapExpectation{Needs: needs, Sentence: "What would have come anyway is not known: no model is in force. " + needs.Sentence}
	}
	out := MapExpectation{People: x.asked, Sentence: "What would have come anyway is what the state model expected of the same people at the same moment."}
	if x.asked < s.people {
		out.Sentence += fmt.Sprintf(" It is told of %s drawn from %s.", HowMany(x.asked), HowMany(s.people))
	}
	return out
}

// match is the part of a filter that concerns what was expected.
func (x *expected) match(f Filter) (func(place int) bool, error) {
	if x == nil {
		return nil, fault.New(fault.Invalid, "expected %q: no model is in force that could have expected anything", f.Expected).At("expected")
	}
	at := slices.IndexFunc(x.touch, func(t definition.Touchpoint) bool { return t.ID == f.Touchpoint })
	if at < 0 {
		return nil, fault.New(fault.Invalid, "expected %q: say at which touchpoint", f.Expected).At("expected")
	}
	if !slices.Contains([]string{"back", "away", lifecycle.Any}, f.Expected) {
		return nil, fault.New(fault.Invalid, "expected %q: use back, away or any", f.Expected).At("expected")
	}
	return func(place int) bool {
		came, known := x.find(place, at)
		return known && (f.Expected == lifecycle.Any || came == (f.Expected == "back"))
	}, nil
}
