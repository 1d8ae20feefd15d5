package report

import (
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/profile"
)

// journeyDigest is everybody who ever came to a journey.
type journeyDigest struct {
	def       *definition.Journey
	travelers []traveler
	byPlace   map[int32]int32
	words     []string // what marks speak of: steps, ways, outcomes and reason codes
	index     map[string]uint16
}

// traveler is one person on a journey.
type traveler struct {
	place int32
	marks []trace // sorted, each once
}

// trace is something that happened to a traveler, or is so now.
type trace struct {
	what sign
	of   uint16 // index of words
}

// sign is what a trace says.
type sign uint8

// The signs. Inside and at are so now; the others were so once.
const (
	began   sign = iota + 1
	heldOut      // kept out
	inside       // now
	through      // by the steps, with the outcome
	left         // before that, for the reason
	arrived      // at the step
	at           // the step, now
	sentAt       // the step
	notSent      // at the step
	because      // step and reason code of what was not sent
	went         // by a way: from and to
	took         // an arm of a split: step and arm
)

// signs are the words by which people are asked for.
func signs() map[string]sign {
	return map[string]sign{
		"began": began, "held_out": heldOut, "inside": inside, "through": through, "left": left, "arrived": arrived, "here": at,
		"sent": sentAt, "not_sent": notSent, "because": because, "went": went, "took": took,
	}
}

// pair names two things by one word.
func pair(a, b string) string { return a + ">" + b }

func newJourneyDigest(def *definition.Journey) *journeyDigest {
	return &journeyDigest{def: def, byPlace: map[int32]int32{}, index: map[string]uint16{}}
}

func (j *journeyDigest) word(s string) uint16 {
	i, ok := j.index[s]
	if !ok {
		i = uint16(len(j.words)) //nolint:gosec // steps are bounded, and reasons and outcomes few
		j.index[s], j.words = i, append(j.words, s)
	}
	return i
}

// add adds a person by what happened to them in the journey, oldest first.
func (j *journeyDigest) add(place int, p *profile.Person, happened []strideFact) {
	t := traveler{place: int32(place)} //nolint:gosec // fewer than 2^31 people
	put := func(what sign, of string) {
		m := trace{what, j.word(of)}
		if i, there := slices.BinarySearchFunc(t.marks, m, trace.compare); !there {
			t.marks = slices.Insert(t.marks, i, m)
		}
	}
	from := map[string]string{} // where each run was last
	for i := range happened {
		m := &happened[i]
		if m.Journey != j.def.ID {
			continue
		}
		switch m.Stride {
		case event.Entered:
			put(began, "")
		case event.HeldOut:
			put(heldOut, "")
		case event.Arrived:
			put(arrived, m.Step)
			put(went, pair(from[m.Run], m.Step))
			if m.Arm != "" {
				put(took, pair(m.Step, m.Arm))
			}
			from[m.Run] = m.Step
		case event.SentIt:
			put(sentAt, m.Step)
			put(sentAt, "")
		case event.NotSent:
			put(notSent, m.Step)
			put(notSent, "")
			put(because, pair(m.Step, m.Reason.Code))
		case event.Ran:
			put(through, m.Outcome)
			put(through, "")
		case event.Quit:
			put(left, m.Reason.Code)
			put(left, "")
		}
	}
	for i := range p.Journeys {
		if s := &p.Journeys[i]; s.Of == j.def.ID {
			put(inside, "")
			put(at, s.Step)
		}
	}
	if len(t.marks) > 0 {
		j.byPlace[t.place] = int32(len(j.travelers)) //nolint:gosec // as above
		j.travelers = append(j.travelers, t)
	}
}

func (m trace) compare(o trace) int {
	if m.what != o.what {
		return int(m.what) - int(o.what)
	}
	return int(m.of) - int(o.of)
}

// count returns of how many people each thing is so.
func (j *journeyDigest) count() map[trace]int {
	out := map[trace]int{}
	for i := range j.travelers {
		for _, m := range j.travelers[i].marks {
			out[m]++
		}
	}
	return out
}

// match returns the test that the journey's part of f is of people by their place.
func (j *journeyDigest) match(f Filter) (func(int) bool, error) {
	what := began
	if f.Stride != "" {
		var ok bool
		if what, ok = signs()[f.Stride]; !ok {
			return nil, fault.New(fault.Invalid, "stride %q: use began, held_out, inside, through, left, arrived, here, sent, not_sent, because, went or took", f.Stride).At("stride")
		}
	}
	of, known := j.index[f.Step]
	m := trace{what, of}
	return func(i int) bool {
		n, here := j.byPlace[int32(i)] //nolint:gosec // fewer than 2^31 people
		if !here || !known {
			return false
		}
		_, is := slices.BinarySearchFunc(j.travelers[n].marks, m, trace.compare)
		return is
	}, nil
}
