package belief

import (
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// Crowd foretells where people will be, from what is believed of some of them.
type Crowd struct {
	m     *Model
	law   []course
	count int
}

// Crowd begins to gather people as of now.
func (m *Model) Crowd() *Crowd { return &Crowd{m: m} }

// Add takes one person in, as they are believed to be at now.
func (c *Crowd) Add(b *profile.Belief, now event.Instant) {
	if one, err := c.m.at(b, now); err == nil {
		c.law = append(c.law, one)
		c.count++
	}
}

// Ahead are the mean probabilities of the live states, by rate, and of being gone,
// after some days in which nothing is done.
func (c *Crowd) Ahead(days float64) []float64 {
	out := make([]float64, len(c.m.Body.States)+1)
	if c.count == 0 {
		return out
	}
	for i := range c.law {
		live, gone := c.m.filter.Ahead(c.law[i].law, days)
		for j, p := range append(live, gone) {
			out[j] += float64(p / float64(c.count))
		}
	}
	return out
}
