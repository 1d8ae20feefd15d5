package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Letter is a message that reaches somebody of the company.
type Letter struct {
	Delivery string
	Channel  string
	To       string // address on the channel: an e-mail address or a user id
	Kind     string // offer, information, education, question or repair
	Appeal   string // ethos, logos or pathos
	Subject  string
	URL      string // of the next step

	person person.ID // whose delivery it is, where that is known
	action string
}

// post is a letter in somebody's hands.
type post struct {
	Letter

	r    *rand.Rand
	fit  float64 // how well its appeal suits them
	pull float64 // how much more likely a visit by way of it ends with an order
}

// What letters do, all of it. A letter that suits the person's state and is the
// first in a while helps; the same one too often, or to the wrong person, does
// not, and costs.
const (
	fatigueHalfLife = 9 * day
	openMedian      = 2.6 // hours until a letter is opened
	openSigma       = 1.2
)

// pull is what following a letter of a kind does to the wish to buy.
func pull(kind string) float64 {
	return map[string]float64{"offer": 1.7, "information": 1.5, "education": 1.2, "question": 1.0, "repair": 1.0}[kind]
}

// warms is what an opened letter adds to the chance that a new customer becomes
// a regular.
func warms(kind string) float64 {
	return map[string]float64{"education": 0.22, "information": 0.12, "question": 0.10, "repair": 0.10, "offer": 0.02}[kind]
}

// revives is the chance that an opened letter brings a drifting customer back.
func revives(kind string) float64 {
	return map[string]float64{"offer": 0.14, "question": 0.12, "repair": 0.12, "information": 0.07, "education": 0.05}[kind]
}

// openRate is how likely an unsolicited letter is opened.
func (s state) openRate() float64 {
	return [...]float64{0.42, 0.52, 0.55, 0.30, 0.08}[s]
}

// Receive puts a letter into somebody's hands at the given time. It reports
// whether anybody here has that address.
func (c *Company) Receive(l Letter, at event.Instant) bool {
	n, ok := c.known[l.To]
	if !ok {
		return false
	}
	at = max(at, c.now)
	p := c.people[n]
	p.letters++
	x := &post{Letter: l, r: stream(c.opts.Seed, p.number, forLetter, p.letters), fit: 0.8, pull: pull(l.Kind)}
	if l.Appeal == p.appeal {
		x.fit = 1.35
	}
	tired := p.feel(at)
	if tired > p.patience {
		c.weary(p, at, x)
	}
	if p.private {
		c.receipt(p, at.Add(time.Duration(2+x.r.IntN(40))*time.Second), x, event.Opened, true)
	}
	if chance(x.r, min(0.95, p.state.openRate()*x.fit*math.Exp(-0.22*(tired-1)))) {
		delay := time.Duration(lognormal(x.r, openMedian, openSigma) * float64(time.Hour))
		c.plan(p, item{at: p.rhythm.awake(x.r, at.Add(min(delay, 6*day)+time.Minute)), what: opens, letter: x})
	}
	return true
}

// feel adds one letter to p's fatigue, which halves every nine days without one,
// and returns it.
func (p *someone) feel(at event.Instant) float64 {
	p.fatigue = p.fatigue*math.Exp2(-float64(at.Sub(p.tired))/float64(fatigueHalfLife)) + 1
	p.tired = at
	return p.fatigue
}

// weary is a letter too many.
func (c *Company) weary(p *someone, at event.Instant, x *post) {
	switch p.state {
	case customer, regular:
		c.shorten(p, at, 0.22)
	case drifting, curious:
		if chance(x.r, 0.10) {
			c.enter(p, gone, at)
		}
	case gone:
	}
	switch u := x.r.Float64(); {
	case u < 0.008:
		c.receipt(p, at.Add(3*time.Hour), x, event.Complained, false)
	case u < 0.05 && p.consent:
		c.withdraw(p, at.Add(2*time.Hour))
	}
}

// open is a person reading a letter.
func (c *Company) open(p *someone, at event.Instant, x *post) {
	c.receipt(p, at, x, event.Opened, false)
	u, v, w := x.r.Float64(), x.r.Float64(), x.r.Float64()
	switch p.state {
	case customer:
		p.warmth = min(p.warmth+warms(x.Kind)*x.fit, 0.45)
	case drifting:
		if u < revives(x.Kind)*x.fit {
			c.enter(p, regular, at)
		}
	case curious, regular, gone:
	}
	switch {
	case v < 0.30*x.fit:
		c.plan(p, item{at: at.Add(time.Duration(8+x.r.IntN(70)) * time.Second), what: answers, letter: x})
	case v < 0.30*x.fit+0.10: // it comes back to mind later, and nobody can tell
		c.plan(p, item{at: p.rhythm.moment(x.r, at, days(lognormal(x.r, 1.2, 0.7))), what: strolls, letter: x})
	}
	if p.consent && w < 0.004 {
		c.withdraw(p, at.Add(30*time.Second))
	}
}

// answer is a person following the next step.
func (c *Company) answer(p *someone, at event.Instant, x *post) {
	c.receipt(p, at, x, event.Clicked, false)
	if x.Kind == "question" && chance(x.r, 0.4) {
		c.ask(p, at.Add(3*time.Minute), x.r)
	}
	c.visit(p, at.Add(2*time.Second), x.r, x)
}

// receipt is what a mail program or provider reports about a letter.
func (c *Company) receipt(p *someone, at event.Instant, x *post, what event.Outcome, machine bool) {
	c.say(p, at, event.Event{
		Kind: event.Receipt, Source: "simulator", To: person.IDOf(c.opts.Workspace, person.NewIdentity(person.UserID, p.user)),
		Body: event.Pack(event.ReceiptBody{Delivery: x.Delivery, Channel: x.Channel, Outcome: what, Machine: machine}),
	})
}
