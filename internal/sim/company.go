package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Options describe a company.
type Options struct {
	// Seed decides everything. Two companies with the same options that get the
	// same letters do the same things.
	Seed uint64

	// People is how many come within Spread. Defaults to 2,000. The lives of the
	// first hundred do not depend on whether there are more.
	People int

	// Start is when the story begins. Required.
	Start event.Instant

	// Spread is how long it takes People to turn up. Defaults to 180 days.
	Spread time.Duration

	// Kind is what the company does for a living: one of Kinds. Defaults to "shop".
	Kind string

	// Closed companies get nobody after People. Others go on acquiring as many a
	// year.
	Closed bool

	// Workspace is whose people these are. Defaults to 0.
	Workspace person.Workspace

	// Currency of all prices. Defaults to USD.
	Currency string

	// Source is the name of the write key under which events come. Defaults to
	// "website".
	Source string
}

func (o Options) withDefaults() Options {
	if o.People == 0 {
		o.People = 2000
	}
	if o.Spread == 0 {
		o.Spread = 180 * day
	}
	if o.Currency == "" {
		o.Currency = "USD"
	}
	if o.Source == "" {
		o.Source = "website"
	}
	if o.Kind == "" {
		o.Kind = "shop"
	}
	return o
}

// Company is its people and what they do. It is used by one
// goroutine at a time.
type Company struct {
	opts   Options
	places []place
	shop   shop // what a shop sells
	trade  trade
	now    event.Instant
	queue  queue
	people []*someone     // by number; those who have turned up
	known  map[string]int // numbers by user id and by e-mail address
	next   int            // number of the next to be queued
	out    []event.Event

	// mute companies live and say nothing: the twin that gets no letters.
	mute bool
}

// someone is a person in the middle of their life.
type someone struct {
	nature

	state  state
	leaves event.Instant // when the stay in state ends
	life   rand.PCG
	habit  rand.PCG

	stayTurn  uint32 // what is queued under an older number is void
	visitTurn uint32
	seq       uint32 // of queue items
	said      int    // events
	visits    uint64
	orders    uint64
	letters   uint64
	devices   int
	device    string // anonymous id of the browser last used
	account   bool   // has signed up, or in
	consent   bool   // has said yes last
	member    bool   // pays by the period
	sated     event.Instant
	warmth    float64 // what letters added to the chance of becoming a regular
	fatigue   float64 // letters felt, as of tired
	tired     event.Instant
	ledger    []sale
	spells    []spell // the states so far
}

// spell is the beginning of a stay in a state.
type spell struct {
	at    event.Instant
	state state
}

// sale is money taken, or given back.
type sale struct {
	at     event.Instant
	amount event.Micros
}

// New returns a company at its start.
func New(o Options) *Company {
	o = o.withDefaults()
	c := &Company{opts: o, places: places(), shop: newShop(), trade: tradeOf(o.Kind), now: o.Start, known: map[string]int{}, people: make([]*someone, o.People)}
	for c.next < o.People {
		c.expect()
	}
	if !o.Closed {
		c.expect()
	}
	return c
}

// expect queues the arrival of the next person.
func (c *Company) expect() {
	at, _ := c.arrival(c.next)
	c.queue.push(item{at: at, who: int32(c.next), what: arrives}) //nolint:gosec // fewer than 2^31 people
	c.next++
}

// Now is the time up to which the company has lived.
func (c *Company) Now() event.Instant { return c.now }

// Step lives on until the given time and returns what happened after the last
// step and up to then, in order. Events are as they arrive in the Segment form,
// with Rapport's receipts for what mail programs and providers report.
func (c *Company) Step(until event.Instant) []event.Event {
	for len(c.queue) > 0 && c.queue[0].at <= until {
		it := c.queue.pop()
		c.now = max(c.now, it.at)
		c.happen(it)
	}
	c.now = max(c.now, until)
	out := c.out
	c.out = nil
	return out
}

func (c *Company) happen(it item) {
	if it.what == says {
		c.out = append(c.out, *it.say)
		return
	}
	if it.what == arrives {
		c.arrive(int(it.who))
		return
	}
	p := c.people[it.who]
	switch it.what {
	case staysEnd:
		if it.turn == p.stayTurn {
			c.moveOn(p, it.at)
		}
	case visits:
		if it.turn == p.visitTurn {
			c.ownVisit(p, it.at)
		}
	case opens:
		c.open(p, it.at, it.letter)
	case answers:
		c.answer(p, it.at, it.letter)
	case sendsBack:
		c.sendBack(p, it.at, it.order)
	case strolls:
		c.visit(p, it.at, it.letter.r, nil)
	case renews:
		c.renew(p, it.at)
	case arrives, says:
	}
}

// plan queues something for p. Nothing happens in the past.
func (c *Company) plan(p *someone, it item) {
	it.who = int32(p.number) //nolint:gosec // as above
	it.seq = p.seq
	p.seq++
	it.at = max(it.at, c.now)
	c.queue.push(it)
}

// say queues an event of p's at the given time.
func (c *Company) say(p *someone, at event.Instant, e event.Event) {
	p.said++
	if c.mute {
		return
	}
	at = max(at, c.now)
	e.Time, e.ReceivedAt = at, at
	if e.Source == "" {
		e.Source = c.opts.Source
	}
	if e.MessageID == "" {
		e.MessageID = fmt.Sprintf("%s-%d", p.user, p.said)
	}
	if e.To.IsZero() {
		e.To = person.IDOf(c.opts.Workspace, e.Primary())
	}
	c.plan(p, item{at: at, what: says, say: &e})
}

// Census counts the people who have turned up by hidden state.
func (c *Company) Census() map[string]int {
	out := map[string]int{}
	for _, p := range c.people {
		if p != nil {
			out[p.state.String()]++
		}
	}
	return out
}

// what happens in a queue item.
type what uint8

const (
	says      what = iota // an event is uttered
	arrives               // a person turns up for the first time
	staysEnd              // a stay in a hidden state ends
	visits                // a visit of their own accord
	opens                 // a letter is opened
	answers               // a letter's next step is followed
	strolls               // a letter comes back to mind, and leads to a visit
	sendsBack             // an order comes back
	renews                // a period of what they subscribe to is over
)

// item is something that will happen.
type item struct {
	at     event.Instant
	who    int32
	seq    uint32 // among the items of a person
	turn   uint32 // void unless it is still the person's
	what   what
	say    *event.Event
	letter *post
	order  *order
}

func (a *item) before(b *item) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	if a.who != b.who {
		return a.who < b.who
	}
	return a.seq < b.seq
}

// queue is a binary heap of items, earliest first.
type queue []item

func (q *queue) push(it item) {
	h := append(*q, it)
	i := len(h) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !it.before(&h[up]) {
			break
		}
		h[i] = h[up]
		i = up
	}
	h[i] = it
	*q = h
}

func (q *queue) pop() item {
	h := *q
	top, last := h[0], h[len(h)-1]
	h[len(h)-1] = item{}
	h = h[:len(h)-1]
	for i := 0; len(h) > 0; {
		down := 2*i + 1
		if down+1 < len(h) && h[down+1].before(&h[down]) {
			down++
		}
		if down >= len(h) || !h[down].before(&last) {
			h[i] = last
			break
		}
		h[i] = h[down]
		i = down
	}
	*q = h
	return top
}
