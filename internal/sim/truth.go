package sim

import "github.com/rapporthq/rapport/internal/event"

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
	spans := make([]span, len(windows))
	for i, w := range windows {
		n, ok := c.known[w.UserID]
		spans[i] = span{n, ok, w.From, w.Until}
	}
	return against(c, c.untouched(), "", spans)
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
