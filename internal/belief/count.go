package belief

import (
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/statemodel"
)

// EnoughActs is how often somebody must have acted to tell of states: see
// [statemodel.FewestPeople].
const EnoughActs = 3

// EnoughPeople is how many such people a model needs.
const EnoughPeople = statemodel.FewestPeople

// Counter tells people of whom a model can learn.
type Counter struct {
	r    reader
	last event.Instant // of the person at hand; 0: none yet
}

// Begin begins with another person.
func (c *Counter) Begin() { c.last = 0 }

// NewCounter returns one of what definitions say of acts.
func NewCounter(ws *definition.Workspace) *Counter {
	b := Vocabulary(ws)
	return &Counter{r: newReader(&b)}
}

// Acts reports whether e is an own act, the next one of the person at hand.
func (c *Counter) Acts(e *event.Event) bool {
	if e.Kind.Own() {
		return false
	}
	s, ok := c.r.read(e)
	if !ok || c.last != 0 && c.r.same(s, c.last) {
		return false
	}
	c.last = s.time
	return true
}
