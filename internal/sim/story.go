package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/belief"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Story is one life of a rehearsal: what really went on, and what the engine saw
// of it and did.
type Story struct {
	Person int           `json:"person" doc:"number of the person"`
	Name   string        `json:"name"`
	Until  event.Instant `json:"until"`
	Came   bool          `json:"came" doc:"whether they have turned up"`
	Stage  string        `json:"stage,omitempty" doc:"as the engine sees them"`
	Earned string        `json:"earned,omitempty" doc:"money so far"`
	Spells []Spell       `json:"spells" doc:"the true states they went through"`
	Acts   []Act         `json:"acts" doc:"what happened, oldest first"`
	Belief *belief.Path  `json:"belief,omitempty" doc:"what was believed, over time; absent where people are followed by no state model"`
}

// Spell is a stay in a true state.
type Spell struct {
	From  event.Instant `json:"from"`
	State int           `json:"state" doc:"in the order of the cast's states"`
}

// Act is something that happened.
type Act struct {
	At   event.Instant `json:"at"`
	Who  string        `json:"who" enum:"person,company,engine"`
	What string        `json:"what"`
}

// maxActs is how many of a life's acts are told: the latest.
const maxActs = 400

// Story tells the life of person n so far.
func (p *Player) Story(ctx context.Context, n int) (Story, error) {
	c := p.r.world
	if n < 0 || n >= c.size() {
		return Story{}, fmt.Errorf("there is no person %d; there are %d", n, c.size())
	}
	s := Story{Person: n, Name: c.name(n), Until: p.r.now}
	if _, _, s.Came = c.at(n); !s.Came {
		return s, nil
	}
	spells, sum := c.life(n)
	s.Earned = sum.String()
	for _, spell := range spells {
		s.Spells = append(s.Spells, Spell{From: spell.at, State: int(spell.state)})
	}
	path, err := p.path(ctx, n)
	if err != nil {
		return s, err
	}
	s.Belief = path
	seen := map[person.ID]bool{}
	for _, id := range c.records(n) {
		found, err := p.r.store.Person(id)
		if err != nil {
			return s, err
		}
		if found == nil || seen[found.ID] {
			continue
		}
		seen[found.ID] = true
		s.Stage = found.Stage
		if err := p.r.store.History(ctx, found.ID, func(e event.Event) bool { s.tell(e); return true }); err != nil {
			return s, err
		}
	}
	slices.SortStableFunc(s.Acts, func(a, b Act) int { return cmp.Compare(a.At, b.At) }) // of several records, if nobody linked them
	if len(s.Acts) > maxActs {
		s.Acts = s.Acts[len(s.Acts)-maxActs:]
	}
	return s, nil
}

// tell adds what an event says of a life.
func (s *Story) tell(e event.Event) {
	act := Act{At: e.Time, Who: "person", What: e.Name}
	switch e.Kind {
	case event.Track, event.Page, event.Screen:
	case event.Identify:
		act.What = "Said who they are"
	case event.Choice:
		b, err := event.Unpack[event.ChoiceBody](e)
		if err != nil || b.Chosen >= len(b.Candidates) {
			return
		}
		act.Who = "engine"
		chosen := b.Candidates[b.Chosen]
		act.What = "Chose " + chosen.Action
		if chosen.Action == event.Silence {
			act.What = "Chose to say nothing"
		}
	case event.Suppressed:
		b, err := event.Unpack[event.SuppressedBody](e)
		if err != nil {
			return
		}
		act.Who, act.What = "engine", "Held back: "+b.Reason.Code
	case event.Receipt:
		b, err := event.Unpack[event.ReceiptBody](e)
		if err != nil || b.Machine {
			return
		}
		act.What = map[event.Outcome]string{event.Opened: "Opened the letter", event.Clicked: "Followed its next step", event.Complained: "Complained"}[b.Outcome]
		if b.Outcome == event.Sent {
			act.Who, act.What = "company", "Sent a letter"
		}
		if act.What == "" {
			return
		}
	default:
		return
	}
	s.Acts = append(s.Acts, act)
}
