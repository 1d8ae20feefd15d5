package belief

import (
	"math"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// SoonDays is how far profile.Belief.Soon looks.
const SoonDays = 30

const (
	// hold is by how much another state must be more probable before a person is
	// said to be in it: so that nobody goes to and fro between two.
	hold = .1
	// How long after a look the next is, of somebody who is silent.
	lookLeast = 24 * time.Hour
	lookMost  = 30 * 24 * time.Hour
)

// at is what is believed at now: the belief at rest, and the silence since.
func (m *Model) at(b *profile.Belief, now event.Instant) (course, error) {
	c, err := m.resume(b)
	if err == nil {
		c.advance(now)
	}
	return c, err
}

// Note looks at what is believed at now, and writes into b what it says. It returns
// the state that the person was in and whether they are in another.
func (m *Model) Note(b *profile.Belief, now event.Instant) (from string, moved bool) {
	c, err := m.at(b, now)
	if err != nil {
		b.Late = true
		return b.State, false
	}
	live, gone := m.filter.States(c.law)
	b.Looked = now
	b.Active = thousandths(1 - gone)
	b.Soon = thousandths(m.filter.Soon(c.law, SoonDays))
	b.Value = micros(m.values.Mean(c.law))
	from = b.State
	if state := m.state(live, gone, from); state != from {
		b.State, b.Since = state, now
		return from, true
	}
	return from, false
}

// state is the most probable one, or that where the person is if it is nearly so.
func (m *Model) state(live []float64, gone float64, was string) string {
	best, p, own := Gone, gone, math.Inf(-1)
	if was == Gone {
		own = gone
	}
	for i, s := range m.Body.States {
		if live[i] > p {
			best, p = s.ID, live[i]
		}
		if s.ID == was {
			own = live[i]
		}
	}
	if own >= p-hold {
		return was
	}
	return best
}

// Again is when to look again at somebody who is silent from now on: the longer
// they have been, the less a day tells.
func (m *Model) Again(b *profile.Belief, now event.Instant) event.Instant {
	return now.Add(min(max(now.Sub(b.At)/4, lookLeast), lookMost))
}

func thousandths(p float64) uint16 { return uint16(math.Round(1000 * min(max(p, 0), 1))) }

func micros(v float64) event.Micros {
	const most = 9e12 // of units: beyond is not money
	return event.Micros(math.Round(min(max(v, -most), most)*1e4)) * 100
}

// Outlook is what is believed of a person at a time, and expected of them from
// then on, if nothing is done besides what is done as usual.
type Outlook struct {
	At     event.Instant `json:"at"`
	States []Probability `json:"states" doc:"the live ones by rate, and then gone"`
	Active float64       `json:"active" doc:"probability that the person is not gone"`
	Soon   float64       `json:"soon" doc:"probability of an own act within the days"`
	Days   float64       `json:"days" doc:"how far it looks"`
	Acts   []Expected    `json:"acts" doc:"within the days, by kind"`
	Better float64       `json:"better" doc:"probability of being in a better state at their end"`
	Worse  float64       `json:"worse" doc:"and of being in a worse one, or gone"`
	Value  Range         `json:"value" doc:"what the person is worth from then on, in money"`

	Activity Range `json:"activity" doc:"how active the person is, lastingly, as a multiple of the mean"`
}

// Probability is that of a state.
type Probability struct {
	State string  `json:"state"`
	Name  string  `json:"name"`
	P     float64 `json:"p"`
}

// Expected is what is expected of one kind of acts.
type Expected struct {
	Act   string `json:"act"`
	Name  string `json:"name"`
	Acts  Range  `json:"acts" doc:"how many"`
	Spend Range  `json:"spend" doc:"their amounts, in money"`
}

// Outlook says what is believed at now, and expected of the days after.
func (m *Model) Outlook(b *profile.Belief, now event.Instant, days float64) (Outlook, error) {
	c, err := m.at(b, now)
	if err != nil {
		return Outlook{}, err
	}
	ahead, err := m.filter.Expect(c.law, days)
	if err != nil {
		return Outlook{}, err
	}
	live, gone := m.filter.States(c.law)
	out := Outlook{
		At: max(now, b.At), States: m.probabilities(live, gone), Active: 1 - gone, Soon: ahead.Active, Days: days,
		Better: ahead.Better, Worse: ahead.Worse, Value: Range(m.values.Of(c.law)), Activity: Range(m.filter.Activity(c.law)),
	}
	for k, a := range m.Body.Acts {
		out.Acts = append(out.Acts, Expected{Act: a.ID, Name: a.Name, Acts: Range(ahead.Acts[k]), Spend: Range(ahead.Spend[k])})
	}
	return out, nil
}

// StateName is the name of a state by its id.
func (m *Model) StateName(id string) string {
	for _, s := range m.Body.States {
		if s.ID == id {
			return s.Name
		}
	}
	if id == Gone {
		return "Gone"
	}
	return id
}

func (m *Model) probabilities(live []float64, gone float64) []Probability {
	out := make([]Probability, 0, len(live)+1)
	for i, s := range m.Body.States {
		out = append(out, Probability{State: s.ID, Name: s.Name, P: live[i]})
	}
	return append(out, Probability{State: Gone, Name: "Gone", P: gone})
}
