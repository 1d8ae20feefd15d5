package own

import (
	"bytes"
	"container/heap"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
)

// Options say how a copy lives on.
type Options struct {
	Seed      uint64
	Workspace person.Workspace
	Start     event.Instant
	Answers   Answers // defaults to Middle
}

// Letter is what reaches somebody.
type Letter struct {
	Person   person.ID // whose it is
	Delivery string
	Channel  string
	Action   string
	Topic    string // of the message
}

// The true states: how often somebody comes who has not left.
const (
	Often   = iota // four times a month or more
	AtTimes        // once a month or more
	Seldom
	Left // by themselves they come no more
)

// States are their names.
func States() []string { return []string{"often", "now and then", "seldom", "left"} }

// People are a copy that lives on. They are used by one goroutine at a time. The
// same options and letters give the same lives, and what somebody does of
// themselves hangs on their own letters only.
type People struct {
	o      Options
	p      *Process
	now    event.Instant
	ones   []one
	known  map[person.ID]int
	called map[string]int // by what events name them with
	queue  queue
	out    []event.Event
}

// one is somebody in the middle of their life.
type one struct {
	*member

	week  *[hours]float64
	rate  float64 // visits a day
	leave float64 // chance that a visit is the last
	gone  bool
	habit rand.PCG

	visits, letters, said, planned uint64
	skip                           int // visits that letters stood in for
	lastOwn                        event.Instant
	refuses                        map[string]bool // channels
	spells                         []Spell
}

// Spell is the beginning of a stay in a state.
type Spell struct {
	At    event.Instant
	State int
}

// New returns the people of a process, at the start.
func New(p *Process, o Options) *People {
	if o.Answers == "" {
		o.Answers = Middle
	}
	w := &People{o: o, p: p, now: o.Start, ones: make([]one, len(p.people)), known: map[person.ID]int{}, called: map[string]int{}}
	for n := range p.people {
		w.begin(n)
	}
	return w
}

// purpose keeps the random streams of one person apart.
type purpose uint64

const (
	forNature purpose = iota + 1
	forHabit
	forVisit
	forLetter
)

func (w *People) stream(n int, why purpose, k uint64) *rand.PCG {
	h := mix(mix(w.o.Seed, uint64(n)+1), uint64(why)<<40^k) //nolint:gosec // a count of people
	return rand.NewPCG(h, mix(h, 0x9e3779b97f4a7c15))
}

// begin draws what somebody's history leaves open: whether they have left, how
// often they come and how easily they leave. Given that they have not left, rate
// and chance are independent, a Gamma and a Beta law: the density of the history is
// rate^x exp(-rate T) (1-chance)^(x+1).
func (w *People) begin(n int) {
	m := &w.p.people[n]
	u := &w.ones[n]
	u.member, u.habit = m, *w.stream(n, forHabit, 0)
	u.refuses = map[string]bool{}
	week := w.p.weekOf(m)
	u.week = &week
	w.known[m.person.ID] = n
	w.called[m.user+m.anonymous] = n
	src := w.stream(n, forNature, 0)
	r, law := rand.New(src), w.p.law
	alive := r.Float64()
	x := float64(m.history.Repeats)
	if !m.came { // only ever seen by way of a letter, or a company's system: as somebody new
		x = -1
	}
	u.rate = distuv.Gamma{Alpha: law.R + max(x, 0), Beta: law.Alpha + m.history.Age, Src: src}.Rand()
	u.leave = distuv.Beta{Alpha: law.A, Beta: law.B + x + 1, Src: src}.Rand()
	u.rate = min(u.rate, 24)
	u.gone = m.came && alive >= law.Alive(m.history)
	if m.came {
		u.lastOwn = m.visits[len(m.visits)-1].at()
	}
	u.spells = []Spell{{w.now, u.state()}}
	if !u.gone {
		w.plan(n, item{at: w.next(u, w.now), what: comes})
	}
}

func (u *one) state() int {
	switch {
	case u.gone:
		return Left
	case u.rate >= 4./30:
		return Often
	case u.rate >= 1./30:
		return AtTimes
	default:
		return Seldom
	}
}

// horizon is how far ahead visits are planned.
const horizon = 3 * 365 * 24 * time.Hour

// next draws when somebody comes next: a Poisson stream at their rate, by the hour
// of their week.
func (w *People) next(u *one, from event.Instant) event.Instant {
	need := rand.New(&u.habit).ExpFloat64() / u.rate * 24 // hours of the mean week
	if need > horizon.Hours() {
		return from.Add(horizon)
	}
	whole := math.Floor(need / hours)
	at := from.Add(time.Duration(whole) * hours * time.Hour)
	need -= whole * hours
	for range 2 * hours {
		t := at.Time()
		left := time.Hour - time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond())
		rate := u.week[hourOf(at, u.zone)]
		span := left.Hours() * rate
		if span >= need {
			return at.Add(time.Duration(need/rate*float64(time.Hour)) + time.Millisecond)
		}
		need, at = need-span, at.Add(left)
	}
	return at
}

// Step lives on until a time and returns what happened, in order.
func (w *People) Step(until event.Instant) []event.Event {
	for len(w.queue) > 0 && w.queue[0].at <= until {
		it := heap.Pop(&w.queue).(item)
		w.now = max(w.now, it.at)
		switch it.what {
		case says:
			w.out = append(w.out, *it.say)
		case comes:
			w.come(it.who)
		case answers:
			w.answer(it.who, it.letter, it.k)
		}
	}
	w.now = max(w.now, until)
	out := w.out
	w.out = nil
	return out
}

// come is a visit that nobody asked for, the last one or not.
func (w *People) come(n int) {
	u := &w.ones[n]
	u.visits++
	r := rand.New(w.stream(n, forVisit, u.visits))
	v, last := w.choose(u, r), r.Float64() < u.leave
	if u.skip > 0 {
		u.skip-- // a letter brought it forward
	} else {
		u.lastOwn = w.now
		w.act(n, v, "")
	}
	if last {
		u.gone = true
		u.spells = append(u.spells, Spell{w.now, Left})
		return
	}
	w.plan(n, item{at: w.next(u, w.now), what: comes})
}

// ownWeight is how many visits of others weigh as much as those of the person's own.
const ownWeight = 2

// choose draws what is done in a visit.
func (w *People) choose(u *one, r *rand.Rand) *visit {
	k, pick := float64(len(u.member.visits)), r.Float64()
	at := r.Uint64()
	from := u.member.visits
	if pick*(k+ownWeight) >= k {
		if from = w.p.visits[u.stage]; len(from) < fewest {
			from = w.p.all
		}
	}
	return &from[at%uint64(len(from))]
}

// act has somebody do what was done in a visit.
func (w *People) act(n int, v *visit, delivery string) {
	u := &w.ones[n]
	for i := range v.events {
		e := v.events[i]
		at := w.now.Add(e.Time.Sub(v.at()))
		e.UserID, e.AnonymousID, e.Imported, e.Via, e.Led, e.Origin = u.user, u.anonymous, false, person.ID{}, nil, event.Origin{}
		if bytes.Contains(e.Context, []byte(deliveryOf)) {
			e.Context = withDelivery(e.Context, "")
		}
		if delivery != "" && i == 0 {
			e.Context = withDelivery(e.Context, delivery)
		}
		w.say(n, at, e)
	}
}

// deliveryOf is where the context of an event says by which letter somebody came.
const deliveryOf = "rapport_delivery"

// withDelivery returns a context that names another letter, or none.
func withDelivery(raw json.RawMessage, delivery string) json.RawMessage {
	fields := map[string]json.RawMessage{}
	if len(raw) > 0 && json.Unmarshal(raw, &fields) != nil {
		return raw
	}
	delete(fields, deliveryOf)
	if delivery != "" {
		fields[deliveryOf] = event.Pack(delivery)
	}
	return event.Pack(fields)
}

// say has somebody say an event at a time.
func (w *People) say(n int, at event.Instant, e event.Event) {
	u := &w.ones[n]
	u.said++
	e.Time, e.ReceivedAt = at, at
	e.MessageID = fmt.Sprintf("rehearsed:%d:%d", n, u.said)
	if e.Kind.Own() {
		e.To, e.Source = u.person.ID, "simulator"
	} else {
		e.To = person.IDOf(w.o.Workspace, e.Primary())
	}
	w.plan(n, item{at: at, what: says, say: &e})
}

// Receive puts a letter into somebody's hands. It reports whether they are of the
// copy.
func (w *People) Receive(l Letter, at event.Instant) bool {
	n, ok := w.known[l.Person]
	if !ok {
		return false
	}
	u := &w.ones[n]
	u.letters++
	w.now = max(w.now, at)
	r := rand.New(w.stream(n, forLetter, u.letters))
	answer, open, leave, delay, moved := r.Float64(), r.Float64(), r.Float64(), r.Float64(), r.Float64()
	quiet := u.lastOwn == 0 || w.now.Sub(u.lastOwn) > quietAfter
	wait := w.p.delay(delay)
	switch pA := w.p.rates.answer(l.Action, quiet, w.o.Answers); {
	case answer < pA:
		if moved < displaced(w.o.Answers) && !u.gone {
			u.skip++
		}
		w.receipt(n, w.now.Add(max(time.Second, wait-20*time.Second)), l, event.Opened)
		w.receipt(n, w.now.Add(wait-time.Second/2), l, event.Clicked)
		w.plan(n, item{at: w.now.Add(wait), what: answers, letter: l, k: u.letters})
	case open < w.p.rates.open(quiet, w.o.Answers):
		w.receipt(n, w.now.Add(wait), l, event.Opened)
	}
	if leave < w.p.rates.withdraw.at(w.o.Answers.opposite()) && !u.refuses[l.Channel] {
		u.refuses[l.Channel] = true
		w.say(n, w.now.Add(2*time.Hour), event.Event{Kind: event.Consented, Body: event.Pack(event.ConsentBody{Channel: l.Channel, Proof: "rehearsal"})})
	}
	return true
}

// opposite is the assumption on harm that goes with one on good.
func (a Answers) opposite() Answers {
	switch a {
	case Low:
		return High
	case High:
		return Low
	default:
		return Middle
	}
}

// delay is how long an answer takes: as one that was seen, or half a day in the
// mean where hardly any was.
func (p *Process) delay(u float64) time.Duration {
	if len(p.delays) < fewest {
		return time.Minute + time.Duration(-math.Log(1-u)*12*float64(time.Hour))
	}
	return max(time.Second, p.delays[int(u*float64(len(p.delays)))])
}

// answer is somebody following a letter.
func (w *People) answer(n int, l Letter, k uint64) {
	r := rand.New(w.stream(n, forLetter, k+1<<32))
	v := w.choose(&w.ones[n], r)
	if len(w.p.after) >= fewest {
		v = &w.p.after[r.Uint64()%uint64(len(w.p.after))]
	}
	w.act(n, v, l.Delivery)
}

func (w *People) receipt(n int, at event.Instant, l Letter, what event.Outcome) {
	w.say(n, at, event.Event{Kind: event.Receipt, Body: event.Pack(event.ReceiptBody{Delivery: l.Delivery, Channel: l.Channel, Outcome: what})})
}

// Len is how many there are.
func (w *People) Len() int { return len(w.ones) }

// Name is what somebody is called.
func (w *People) Name(n int) string { return w.ones[n].name }

// State is where somebody is, and Letters how many they got.
func (w *People) State(n int) int { return w.ones[n].state() }

// Letters is how many letters somebody got.
func (w *People) Letters(n int) uint64 { return w.ones[n].letters }

// Spells are the states that somebody went through.
func (w *People) Spells(n int) []Spell { return w.ones[n].spells }

// ID is the record of somebody, and Number who has a record.
func (w *People) ID(n int) person.ID { return w.ones[n].person.ID }

// Number is whose record that is.
func (w *People) Number(id person.ID) (n int, ok bool) {
	n, ok = w.known[id]
	return n, ok
}

// By is who said an event that Step returned.
func (w *People) By(e *event.Event) int { return w.called[e.Primary().Value] }

// Alone is the same people at the start, who get no letters.
func (w *People) Alone() *People { return New(w.p, w.o) }
