package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/rapporthq/rapport/internal/event"
)

// state is where a relationship really is. Nobody outside this package is told,
// but for Census.
type state uint8

const (
	curious  state = iota // looks around
	customer              // has bought, and has not made up their mind
	regular               // comes back
	drifting              // comes less, and less
	gone                  // does not come; a few return after a long time
)

// String names the state for people who read a census.
func (s state) String() string {
	return [...]string{"curious", "customer", "regular", "drifting", "gone"}[s]
}

// stay draws how long p stays in s. None of these laws forgets how long the stay
// has lasted.
func (s state) stay(r *rand.Rand) time.Duration {
	switch s {
	case curious:
		return days(gamma(r, 2.2, 26))
	case customer:
		return days(lognormal(r, 36, 0.5))
	case regular:
		return days(lognormal(r, 110, 0.6))
	case drifting:
		return days(weibull(r, 1.7, 55))
	default:
		return days(lognormal(r, 270, 0.5))
	}
}

// gap is the mean time in days between visits of somebody of average vigour.
func (s state) gap() float64 {
	return [...]float64{22, 12, 8, 26, math.Inf(1)}[s]
}

// wants is how likely a visit ends with an order.
func (s state) wants() float64 {
	return [...]float64{0.20, 0.20, 0.28, 0.10, 0.05}[s]
}

func (c *Company) arrive(n int) {
	p := &someone{nature: c.birth(n), life: streamOf(c.opts.Seed, n, forLife, 0), habit: streamOf(c.opts.Seed, n, forHabit, 0)}
	for n >= len(c.people) {
		c.people = append(c.people, nil)
	}
	c.people[n] = p
	c.known[p.user], c.known[p.email] = n, n
	if n == c.next-1 && !c.opts.Closed {
		c.expect()
	}
	first := curious
	if p.old {
		first = customer
		if chance(rand.New(&p.life), 0.5) {
			first = regular
		}
	}
	c.enter(p, first, c.now)
	p.visitTurn++ // the first visit is now, whatever the state's habits
	c.plan(p, item{at: p.rhythm.moment(rand.New(&p.habit), c.now, 0), what: visits, turn: p.visitTurn})
}

// enter begins a stay. The next visit is planned anew, by the new state's habits.
func (c *Company) enter(p *someone, s state, at event.Instant) {
	p.state = s
	p.spells = append(p.spells, spell{at, s})
	c.leave(p, at.Add(s.stay(rand.New(&p.life))))
	p.visitTurn++
	c.planVisit(p, at)
}

// leave sets when the present stay ends.
func (c *Company) leave(p *someone, at event.Instant) {
	p.leaves = at
	p.stayTurn++
	c.plan(p, item{at: at, what: staysEnd, turn: p.stayTurn})
}

// shorten takes away a share of what is left of the present stay.
func (c *Company) shorten(p *someone, at event.Instant, share float64) {
	left := p.leaves.Sub(at)
	c.leave(p, at.Add(time.Duration(float64(left)*(1-share))))
}

// moveOn is the end of a stay.
func (c *Company) moveOn(p *someone, at event.Instant) {
	u := rand.New(&p.life).Float64()
	next := gone
	switch p.state {
	case curious:
		if p.account && u < 0.35 {
			next = drifting
		}
	case customer:
		switch {
		case u < 0.33+p.warmth:
			next = regular
		case u < 0.90:
			next = drifting
		}
		p.warmth = 0
	case regular:
		if u < 0.9 {
			next = drifting
		}
	case drifting:
		if u < 0.20 {
			next = regular
		}
	case gone:
		if u < 0.3 {
			next = curious
		}
	}
	c.enter(p, next, at)
}

func (c *Company) planVisit(p *someone, at event.Instant) {
	r := rand.New(&p.habit)
	gap := gamma(r, 1.7, 1) * p.state.gap() / p.vigour
	if p.state == gone || gap > 2000 {
		return
	}
	c.plan(p, item{at: p.rhythm.moment(r, at, days(gap)), what: visits, turn: p.visitTurn})
}

// ownVisit is a visit that nobody asked for, and the planning of the next.
func (c *Company) ownVisit(p *someone, at event.Instant) {
	p.visits++
	turn := p.visitTurn
	c.visit(p, at, stream(c.opts.Seed, p.number, forVisit, p.visits), nil)
	if turn == p.visitTurn { // else the visit moved them, and the next is planned
		c.planVisit(p, at)
	}
}

// bought is what an order does to the relationship.
func (c *Company) bought(p *someone, at event.Instant, r *rand.Rand) {
	u := r.Float64()
	p.sated = at.Add(days(lognormal(r, 7, 0.5)))
	switch {
	case p.state == curious || p.state == gone:
		c.enter(p, customer, at)
	case p.state == customer && p.orders > 1 && u < 0.3:
		c.enter(p, regular, at)
	case p.state == drifting && u < 0.4:
		c.enter(p, regular, at)
	}
}
