package engine

import (
	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/profile"
)

// complain keeps up whether a complaint or request of p is open, by the rule of the
// definitions. The answer does not depend on the order in which events arrive.
func complain(env *Env, p *profile.Person, e event.Event) {
	rule := &env.Defs.Complaints
	opens, closes := definition.Names(rule.Events, &e), definition.Names(rule.Until, &e)
	if !opens && !closes {
		return
	}
	if p.Complaint == nil {
		p.Complaint = &profile.Complaint{}
	}
	if c := p.Complaint; opens && e.Time > c.Since {
		c.Since, c.What = e.Time, e.Label()
	}
	if c := p.Complaint; closes {
		c.Closed = max(c.Closed, e.Time)
	}
}
