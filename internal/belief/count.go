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
type Counter struct{ r reader }

// NewCounter returns one of what definitions say of acts.
func NewCounter(ws *definition.Workspace) *Counter {
	b := Vocabulary(ws)
	return &Counter{r: newReader(&b)}
}

// Acts reports whether e is an own act.
func (c *Counter) Acts(e *event.Event) bool {
	if e.Kind.Own() {
		return false
	}
	_, ok := c.r.read(e)
	return ok
}
