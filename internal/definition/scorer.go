package definition

import "strings"

// Scorer is a model of the company's own, which says what actions are worth for a
// person, by goal/action, in the workspace's currency. That is added to the score of
// each.
type Scorer struct {
	Trait string // an object of scores that people have; empty: none
	Call  string // id of the call that is asked before each choice about a delivery; empty: none
}

func (c *compiler) scorer(v value) {
	o := v.object()
	trait, call := o.take("trait"), o.take("call")
	c.w.Scorer.Trait = strings.TrimSpace(trait.text())
	if !call.absent() {
		c.w.Scorer.Call = call.oneKnown("call", c.systems)
	}
	if !v.absent() && trait.absent() && call.absent() {
		v.problem("says neither trait nor call", "write trait, such as trait: scores, or call, the id of one of calls")
	}
	o.end()
}
