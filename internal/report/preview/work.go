package preview

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/segment/column"
)

const (
	poll      = 250 * time.Millisecond // between looks at what has changed
	share     = 0.2                    // of the time that is spent on changes while nobody asks
	putAtOnce = 256                    // people, while questions wait
)

// changes are records that columns have yet to take over.
type changes struct {
	sync.Mutex

	ids   map[person.ID]struct{}
	taken int // those that are being taken over
	all   int // ever
}

func (c *changes) add(ids []person.ID) {
	c.Lock()
	defer c.Unlock()
	c.all += len(ids)
	for _, id := range ids {
		c.ids[id] = struct{}{}
	}
}

// take takes up to n away; done follows.
func (c *changes) take(n int) (ids []person.ID) {
	c.Lock()
	defer c.Unlock()
	for id := range c.ids {
		if len(ids) == n {
			break
		}
		ids = append(ids, id)
		delete(c.ids, id)
	}
	c.taken = len(ids)
	return ids
}

func (c *changes) done() {
	c.Lock()
	defer c.Unlock()
	c.taken = 0
}

func (c *changes) forget() {
	c.Lock()
	defer c.Unlock()
	c.ids = map[person.ID]struct{}{}
}

func (c *changes) pending() int {
	c.Lock()
	defer c.Unlock()
	return len(c.ids) + c.taken
}

func (c *changes) ever() int {
	c.Lock()
	defer c.Unlock()
	return c.all
}

// want tells the worker under which definitions there are questions.
// columns tells that columns answer them.
func (p *Previews) want(ws *definition.Workspace, columns bool) {
	p.asked.Lock()
	p.asked.ws, p.asked.at, p.asked.columns = ws, time.Now(), columns
	p.asked.Unlock()
	p.nudge()
}

func (p *Previews) nudge() {
	select {
	case p.wake <- struct{}{}:
	default: // it is awake
	}
}

// await waits until done, or the deadline.
func (p *Previews) await(ctx context.Context, deadline time.Time, done func() bool) error {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	for {
		p.asked.Lock()
		progress := p.asked.progress
		p.asked.Unlock()
		if done() {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for a preview: %w", ctx.Err())
		case <-timer.C:
			return nil
		case <-progress:
		}
	}
}

// current reports whether the columns hold everybody as they are.
func (p *Previews) current(ws *definition.Workspace) bool {
	p.columns.RLock()
	defer p.columns.RUnlock()
	c := &p.columns
	return c.table != nil && c.table.Workspace() == ws && c.next == person.Partitions && p.changes.pending() == 0
}

// Run reads people as they are asked for, until ctx ends; then it returns nil.
func (p *Previews) Run(ctx context.Context) error {
	timer := time.NewTimer(poll)
	defer timer.Stop()
	for {
		began := time.Now()
		worked := p.work(ctx)
		rest := poll
		if worked {
			p.progressed()
			rest = 0
			if !p.watched() {
				rest = time.Duration(float64(time.Since(began)) * (1/share - 1))
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if rest == 0 {
			continue
		}
		timer.Reset(rest)
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		case <-timer.C:
		}
	}
}

func (p *Previews) progressed() {
	p.asked.Lock()
	defer p.asked.Unlock()
	close(p.asked.progress)
	p.asked.progress = make(chan struct{})
}

// watched reports whether somebody has asked just now.
func (p *Previews) watched() bool {
	p.asked.Lock()
	defer p.asked.Unlock()
	return time.Since(p.asked.at) < watched
}

// work does some of what there is to do; false when there is nothing.
func (p *Previews) work(ctx context.Context) bool {
	p.asked.Lock()
	ws, idle, columns := p.asked.ws, time.Since(p.asked.at), p.asked.columns
	var sc *scan
	for _, o := range p.asked.scans {
		if o.finished.IsZero() && time.Since(o.wanted) < watched {
			sc = o // the latest
		}
	}
	p.asked.Unlock()
	if ws == nil {
		return false
	}
	if idle > p.o.Keep {
		p.letGo()
		return false
	}
	worked := columns && p.fill(ctx, ws)
	worked = p.follow(ctx) || worked
	if sc != nil {
		p.step(ctx, sc)
		worked = true
	}
	return worked
}

// letGo frees the columns, unless somebody has asked in the meantime.
func (p *Previews) letGo() {
	p.asked.Lock()
	again := time.Since(p.asked.at) <= p.o.Keep
	if !again {
		p.asked.ws, p.asked.scans = nil, nil
	}
	p.asked.Unlock()
	if again {
		return
	}
	p.following.Store(false)
	p.columns.Lock()
	p.columns.table, p.columns.next = nil, 0
	p.columns.Unlock()
	p.changes.forget()
}

// fill reads a further partition into the columns, and reports whether there was
// one. Columns of other definitions than ws make way.
func (p *Previews) fill(ctx context.Context, ws *definition.Workspace) bool {
	c := &p.columns
	c.Lock()
	if c.table == nil || c.table.Workspace() != ws {
		p.following.Store(true)
		c.table, c.next = column.New(ws), 0
	}
	t, next := c.table, c.next
	c.Unlock()
	if next == person.Partitions {
		return false
	}
	if next == 0 {
		p.changes.forget() // whoever changes from here on is told of
	}
	var batch []profile.Person
	put := func() {
		c.Lock()
		for i := range batch {
			t.Put(&batch[i])
		}
		c.Unlock()
		batch = batch[:0]
	}
	err := p.store.EachOf(ctx, person.Partition(next), func(who profile.Person, _ report.History) error { //nolint:gosec // fewer than 256
		if batch = append(batch, who); len(batch) == putAtOnce {
			put()
		}
		return ctx.Err()
	})
	put()
	if err != nil {
		if ctx.Err() == nil {
			p.o.Log.ErrorContext(ctx, "read people for previews", "err", err)
		}
		return false // it is tried again
	}
	c.Lock()
	c.next = next + 1
	c.Unlock()
	return true
}

// follow takes over some of who has changed.
func (p *Previews) follow(ctx context.Context) bool {
	ids := p.changes.take(putAtOnce)
	if len(ids) == 0 {
		return false
	}
	defer p.changes.done()
	c := &p.columns
	c.RLock()
	t, next := c.table, c.next
	c.RUnlock()
	if t == nil {
		return true
	}
	people := make([]profile.Person, 0, len(ids))
	var gone []person.ID
	for _, id := range ids {
		if int(id.Home()) >= next {
			continue // is read with its partition
		}
		who, ok, err := p.store.Person(ctx, id)
		switch {
		case err != nil:
			p.changes.add(ids)
			if ctx.Err() == nil {
				p.o.Log.ErrorContext(ctx, "read a person for previews", "err", err)
			}
			return false
		case !ok || who.ID != id:
			gone = append(gone, id)
		default:
			people = append(people, who)
		}
	}
	c.Lock()
	defer c.Unlock()
	for i := range people {
		t.Put(&people[i])
	}
	for _, id := range gone {
		t.Drop(id)
	}
	return true
}
