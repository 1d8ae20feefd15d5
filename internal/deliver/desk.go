package deliver

import (
	"container/heap"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
)

// key names a row of the outbox.
type key struct {
	person   person.ID
	delivery string
}

// state is how far this run has come with a row.
type state uint8

const (
	waiting state = iota // not yet due, or no capacity
	asking               // the ask is on its way or answered by nothing yet
	lapsed               // the ask went unanswered for AskTimeout
	sending              // a goroutine sends it
	settled              // its receipt is on its way: never touched again
)

type row struct {
	delivery profile.Delivery
	state    state
	version  int // changes seen; what is in a queue with another one is stale
	askedAt  time.Time
	turned   bool      // its turn was taken
	via      string    // with this provider
	gone     time.Time // zero: still in the outbox
}

// remembered is how long a settled delivery is known after its row went, lest a
// late report of it start it again.
const remembered = time.Hour

// desk is the worker's view of the outbox. Only the goroutine of Run uses it.
type desk struct {
	w        *Worker
	channels map[string]Channel
	rows     map[key]*row
	queues   map[string]*queue // by channel
	busy     map[string]int    // asked, sending, and sent with the receipt on its way, by channel
	owing    map[string]string // channel of a receipt on its way, by message id
	asked    int
	sending  int
	rate     bucket
	swept    time.Time
	counted  time.Time // when the rows were counted last
	counting time.Duration

	asks     *writer
	receipts *writer
	outcomes mailbox[outcome]
	kept     mailbox[string] // message ids of receipts that are durable
	senders  sync.WaitGroup
	stopping chan struct{}
}

func newDesk(w *Worker) *desk {
	d := &desk{
		w: w, channels: map[string]Channel{}, rows: map[key]*row{}, queues: map[string]*queue{}, busy: map[string]int{}, owing: map[string]string{},
		rate: bucket{rate: w.opts.Rate}, swept: time.Now(),
		asks:     newWriter(w.opts.Ledger, w.opts.Logger),
		receipts: newWriter(w.opts.Ledger, w.opts.Logger),
		stopping: make(chan struct{}),
	}
	d.outcomes.wake, d.kept.wake = w.wake, w.wake
	d.receipts.kept = &d.kept
	for _, c := range w.opts.Channels {
		d.channels[c.ID()] = c
	}
	return d
}

// apply takes in one change.
func (d *desk) apply(hard context.Context, c Change) {
	k := key{c.Person, c.Delivery.ID}
	r := d.rows[k]
	switch {
	case c.Gone && r == nil:
		return
	case c.Gone:
		d.release(r)
		if r.state == settled || r.state == sending {
			r.gone = time.Now()
			return
		}
		delete(d.rows, k)
		return
	case r == nil:
		r = &row{}
		d.rows[k] = r
	case r.state == settled && again(&r.delivery, &c.Delivery):
		r.gone, r.turned = time.Time{}, false
	case r.state == settled || r.state == sending || same(r.delivery, c.Delivery):
		return
	}
	if r.state == asking && c.Delivery.Phase == profile.Asked && c.Delivery.Session == d.w.opts.Session {
		r.delivery = c.Delivery // its grant comes, and counts against Concurrency like the ask
		return
	}
	if r.state == asking && c.Delivery.Phase == profile.Queued {
		r.turned = false // the gate put it off, for as long as it likes
	}
	d.release(r)
	r.delivery, r.state = c.Delivery, waiting
	r.version++
	switch c.Delivery.Phase {
	case profile.Queued:
		d.queue(c.Delivery.Channel).add(item{c.Delivery.After, c.Delivery.Created, k, r.version})
	case profile.Asked:
		// Its grant is being made durable. If that was asked by another session
		// the grant will say so.
	case profile.Granted:
		d.granted(hard, k, r)
	}
}

// same reports whether nothing about a row changed that the worker acts on.
func same(a, b profile.Delivery) bool {
	return a.Phase == b.Phase && a.After == b.After && a.Session == b.Session && a.Channel == b.Channel
}

// again reports whether a delivery that had its outcome is wanted once more: it is known
// by its key to whoever takes it, and tried again, by rule or by hand.
func again(was, is *profile.Delivery) bool {
	return is.Phase == profile.Queued && (is.Created > was.Created || tries(is) > tries(was))
}

func tries(d *profile.Delivery) int {
	if d.Reply != nil {
		return d.Tries + d.Reply.Tries
	}
	return d.Tries
}

// round tells one time that a delivery is tried from the others, in message ids.
func round(d *profile.Delivery) string { return fmt.Sprintf("%d.%d", d.Created, tries(d)) }

// release gives back the capacity that an ask held.
func (d *desk) release(r *row) {
	if r.state == asking {
		d.busy[r.delivery.Channel]--
		d.asked--
		r.state = lapsed
	}
}

// granted sends what was granted to this session, and nothing else.
func (d *desk) granted(hard context.Context, k key, r *row) {
	if r.delivery.Session != d.w.opts.Session {
		d.report(k, r, outcome{result: event.Unknown, detail: "granted to a run that ended before it reported"})
		return
	}
	r.state = sending
	d.sending++
	d.busy[r.delivery.Channel]++
	delivery, via := r.delivery, r.via
	d.senders.Go(func() {
		o := d.deliver(hard, k, delivery, via)
		o.key = k
		d.outcomes.put(o)
	})
}

// settle takes in what became of sends. One counts against Concurrency until its
// receipt is durable: until then a crash leaves it unknown.
func (d *desk) settle() {
	for _, o := range d.outcomes.take() {
		r := d.rows[o.key]
		d.sending--
		d.owing[d.receiptID(o.key, r)] = r.delivery.Channel
		d.report(o.key, r, o)
	}
	for _, id := range d.kept.take() {
		if channel, is := d.owing[id]; is {
			d.busy[channel]--
			delete(d.owing, id)
		}
	}
}

func (d *desk) receiptID(k key, r *row) string {
	return fmt.Sprintf("receipt/%s/%s/%s", d.w.opts.Session, k.delivery, round(&r.delivery))
}

func (d *desk) report(k key, r *row, o outcome) {
	r.state = settled
	d.w.opts.Reported(r.delivery.Channel, o.result)
	d.receipts.box.put(d.w.event(k, event.Receipt, d.receiptID(k, r), event.ReceiptBody{
		Delivery: k.delivery, Channel: r.delivery.Channel, Outcome: o.result, Detail: o.detail,
	}))
	if o.dead { // a fact of its own: the address, and not only this letter
		d.receipts.box.put(d.w.event(k, event.Receipt, "dead/"+k.delivery, event.ReceiptBody{
			Delivery: k.delivery, Channel: r.delivery.Channel, Outcome: event.Bounced, Detail: o.detail,
		}))
	}
}

// ask asks for what is due, as far as capacity and pace allow, and returns how
// long to wait for more.
func (d *desk) ask() time.Duration {
	now, wait := d.w.opts.Now(), d.w.opts.Poll
	var batch []event.Event
	turns := 0
	for channel, q := range d.queues {
		for q.Len() > 0 {
			it := (*q)[0]
			r := d.rows[it.key]
			if r == nil || r.version != it.version || r.state != waiting {
				heap.Pop(q)
				continue
			}
			if it.after > now {
				wait = min(wait, it.after.Sub(now))
				break
			}
			if d.busy[channel] >= d.w.opts.Concurrency {
				break // a change of capacity wakes the loop
			}
			if put, more := d.takeTurn(q, r, now); put {
				if more != nil {
					batch = append(batch, *more)
				}
				if turns++; turns < mostTurns {
					continue
				}
				wait = 0 // let what happened meanwhile be taken in
				break
			}
			if pause := d.rate.take(); pause > 0 {
				wait = min(wait, pause)
				break
			}
			heap.Pop(q)
			r.state, r.askedAt = asking, time.Now()
			d.busy[channel]++
			d.asked++
			id := fmt.Sprintf("ask/%s/%s/%s/%d", d.w.opts.Session, it.key.delivery, round(&r.delivery), r.version)
			batch = append(batch, d.w.event(it.key, event.Ask, id, event.AskBody{Delivery: it.key.delivery, Session: d.w.opts.Session}))
		}
	}
	if len(batch) > 0 {
		d.asks.box.put(batch...)
	}
	return max(wait, time.Millisecond)
}

// What bounds waiting for a turn: what waits for less than holdFrom waits here, and
// mostTurns are looked for at once.
const (
	holdFrom  = time.Minute
	mostTurns = 1000
)

// takeTurn takes the turn of the first of q, unless it has one. It reports whether the
// delivery was put off; hold is what tells the fold, where that is for long.
func (d *desk) takeTurn(q *queue, r *row, now event.Instant) (put bool, hold *event.Event) {
	if r.turned || d.w.opts.Turn == nil {
		return false, nil
	}
	it := (*q)[0]
	t := d.w.opts.Turn(it.key.person, r.delivery)
	r.turned, r.via = true, t.Via
	if t.At <= now || r.delivery.Reply != nil { // who asks is answered at once
		return false, nil
	}
	heap.Pop(q)
	if t.At.Sub(now) < holdFrom {
		it.after = t.At
		q.add(it)
		return true, nil
	}
	r.state = lapsed // until the fold has put it off
	id := fmt.Sprintf("hold/%s/%s/%s/%d", d.w.opts.Session, it.key.delivery, round(&r.delivery), r.version)
	e := d.w.event(it.key, event.Ask, id, event.AskBody{Delivery: it.key.delivery, Session: d.w.opts.Session, Hold: &event.Hold{Until: t.At, Why: t.Why}})
	return true, &e
}

// expire frees what unanswered asks hold, and forgets what went long ago.
func (d *desk) expire() {
	now := time.Now()
	if now.Sub(d.swept) < min(time.Minute, d.w.opts.AskTimeout) {
		return
	}
	d.swept = now
	for k, r := range d.rows {
		if r.state == asking && now.Sub(r.askedAt) >= d.w.opts.AskTimeout {
			d.release(r)
		}
		if r.state == settled && !r.gone.IsZero() && now.Sub(r.gone) >= remembered {
			delete(d.rows, k)
		}
	}
}

func (d *desk) queue(channel string) *queue {
	q := d.queues[channel]
	if q == nil {
		q = &queue{}
		d.queues[channel] = q
	}
	return q
}

// item is a queued row, by when it is due.
type item struct {
	after   event.Instant
	created event.Instant
	key     key
	version int
}

// queue is a heap of items, earliest first.
type queue []item

func (q *queue) add(it item) { heap.Push(q, it) }

// The methods of heap.Interface.

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(item)) }
func (q queue) Less(i, j int) bool {
	if q[i].after != q[j].after {
		return q[i].after < q[j].after
	}
	return q[i].created < q[j].created
}

func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// bucket spreads asks over a second: it holds a tenth of a second's.
type bucket struct {
	rate   float64 // 0: no limit
	tokens float64
	last   time.Time
}

// take takes one token, or returns how long until there is one.
func (b *bucket) take() time.Duration {
	if b.rate == 0 {
		return 0
	}
	now := time.Now()
	if b.last.IsZero() {
		b.tokens = 1
	} else {
		b.tokens = min(max(1, b.rate/10), b.tokens+now.Sub(b.last).Seconds()*b.rate)
	}
	b.last = now
	if b.tokens < 1 {
		return time.Duration((1-b.tokens)/b.rate*float64(time.Second)) + time.Microsecond
	}
	b.tokens--
	return 0
}
