package sim

import (
	"math"

	"github.com/rapporthq/rapport/internal/event"
)

// Window is a stretch of one person's life.
type Window struct {
	UserID string
	From   event.Instant // not included
	Until  event.Instant // not included
}

// Truth is what letters really did to the people who were asked about, which
// only a simulation can know: each of them is compared with themselves in a
// world in which nobody gets a letter.
type Truth struct {
	People        int     `json:"people"`
	Reached       int     `json:"reached" doc:"of whom got a letter by now"`
	Lived         float64 `json:"lived" doc:"money a person, as it was"`
	Untouched     float64 `json:"untouched" doc:"money a person, had there been no letters"`
	Effect        float64 `json:"effect" doc:"the difference"`
	StandardError float64 `json:"standard_error" doc:"of the effect, from the chance in people's lives"`
}

// Truth compares the windows with the same in a world without letters. Users of
// whom the company has not heard count as people without money. It lives the
// whole story once more, so it is for the end of a rehearsal.
func (c *Company) Truth(windows []Window) Truth {
	if len(windows) == 0 {
		return Truth{}
	}
	return c.against(c.untouched(), windows)
}

// against is Truth with a twin that has lived as long.
func (c *Company) against(twin *Company, windows []Window) Truth {
	t := Truth{People: len(windows)}
	if t.People == 0 {
		return t
	}
	var sum, squares float64
	for _, w := range windows {
		n, ok := c.known[w.UserID]
		if !ok {
			continue
		}
		lived, without := c.people[n].earned(w, c.now).Float(), twin.people[n].earned(w, c.now).Float()
		t.Lived += lived
		t.Untouched += without
		sum += lived - without
		squares += (lived - without) * (lived - without)
		if c.people[n].letters > 0 {
			t.Reached++
		}
	}
	n := float64(t.People)
	t.Lived, t.Untouched, t.Effect = t.Lived/n, t.Untouched/n, sum/n
	t.StandardError = math.Sqrt(max(0, squares/n-t.Effect*t.Effect) / n)
	return t
}

// untouched is the same company at the same time without any letters.
func (c *Company) untouched() *Company {
	twin := c.twin()
	twin.Step(c.now)
	return twin
}

// twin is the same company at its beginning, of people who get no letters.
func (c *Company) twin() *Company {
	twin := New(c.opts)
	twin.mute = true
	return twin
}

func (p *someone) earned(w Window, now event.Instant) (sum event.Micros) {
	for _, s := range p.ledger {
		if s.at > w.From && s.at < w.Until && s.at <= now {
			sum += s.amount
		}
	}
	return sum
}
