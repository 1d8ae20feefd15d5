package sim

import (
	"math"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// world is who lives in a rehearsal, and what only a rehearsal knows of them:
// people of an invented company, or a copy of one's own.
type world interface {
	// Step lives on until a time, and returns what happened.
	Step(until event.Instant) []event.Event

	// Receive puts a letter into somebody's hands, if anybody has that address.
	Receive(l Letter, at event.Instant) bool

	// states are the true states, and gone the number of the one in which nobody acts.
	states() (names []string, gone int)

	// size is how many have a number by now.
	size() int
	name(n int) string

	// at is where somebody is; there is false before they turn up.
	at(n int) (state int, letters uint64, there bool)

	// life is what somebody went through.
	life(n int) (spells []spell, earned event.Micros)

	// records are those under which the engine may know them.
	records(n int) []person.ID

	// number is whom the engine knows as p.
	number(p *profile.Person) (n int, ok bool)

	// earned is what somebody brought for a goal between two times.
	earned(n int, goal string, from, until event.Instant) event.Micros

	// alone is the same world at its beginning, of people who get no letters.
	alone() world
}

// span is a stretch of the life of somebody with a number, from and until not
// included.
type span struct {
	who         int
	known       bool // else nobody has that name, and nothing was earned
	from, until event.Instant
}

// against compares stretches of lives with the same in a world without letters.
func against(lived, without world, goal string, spans []span) Truth {
	t := Truth{People: len(spans)}
	if t.People == 0 {
		return t
	}
	var sum, squares float64
	for _, s := range spans {
		if !s.known {
			continue
		}
		is, was := lived.earned(s.who, goal, s.from, s.until).Float(), without.earned(s.who, goal, s.from, s.until).Float()
		t.Lived += is
		t.Untouched += was
		sum += is - was
		squares += (is - was) * (is - was)
		if _, letters, _ := lived.at(s.who); letters > 0 {
			t.Reached++
		}
	}
	n := float64(t.People)
	t.Lived, t.Untouched, t.Effect = t.Lived/n, t.Untouched/n, sum/n
	t.StandardError = math.Sqrt(max(0, squares/n-t.Effect*t.Effect) / n)
	return t
}

// The world of an invented company.

var _ world = (*Company)(nil)

func (c *Company) states() (names []string, nobody int) {
	for s := curious; s <= gone; s++ {
		names = append(names, s.String())
	}
	return names, int(gone)
}

func (c *Company) size() int { return len(c.people) }

func (c *Company) name(n int) string {
	born := c.birth(n)
	return born.first + " " + born.last
}

func (c *Company) at(n int) (int, uint64, bool) {
	p := c.people[n]
	if p == nil {
		return 0, 0, false
	}
	return int(p.state), p.letters, true
}

func (c *Company) life(n int) (spells []spell, sum event.Micros) {
	for _, sale := range c.people[n].ledger {
		if sale.at <= c.now {
			sum += sale.amount
		}
	}
	return c.people[n].spells, sum
}

func (c *Company) records(n int) []person.ID {
	ids := []person.ID{person.IDOf(c.opts.Workspace, person.NewIdentity(person.UserID, c.people[n].user))}
	for d := 1; d <= c.people[n].devices; d++ {
		ids = append(ids, person.IDOf(c.opts.Workspace, person.NewIdentity(person.AnonymousID, c.deviceName(n, d))))
	}
	return ids
}

func (c *Company) number(p *profile.Person) (int, bool) {
	n, ok := c.known[userOf(p)]
	return n, ok
}

// earned does not ask for the goal: all money is one to an invented company.
func (c *Company) earned(n int, _ string, from, until event.Instant) (sum event.Micros) {
	for _, s := range c.people[n].ledger {
		if s.at > from && s.at < until && s.at <= c.now {
			sum += s.amount
		}
	}
	return sum
}

func (c *Company) alone() world { return c.twin() }
