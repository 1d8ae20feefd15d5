package preview

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/person"
	"github.com/rapporthq/rapport/internal/profile"
	"github.com/rapporthq/rapport/internal/report"
	"github.com/rapporthq/rapport/internal/segment/column"
)

// Limits of scans.
const (
	mostScans  = 4               // remembered
	watched    = 3 * time.Second // for so long after it was asked for one goes on
	rowsAStep  = 1 << 16         // of columns, by the worker
	rowsAtOnce = 1 << 12         // of columns, between looks at the clock
)

// scan asks a rule of everybody, a step at a time. All of it is guarded by
// Previews.asked, but for what only the worker uses.
type scan struct {
	state   report.State // when it began
	x       *definition.Expr
	columns bool

	unkept []*definition.Feature // the worker's
	wider  *definition.Workspace // the worker's
	look   *report.Look          // the worker's

	wanted   time.Time
	finished time.Time
	at       int // rows, or partitions, that are done
	looked   int // people who were read
	here     int // of them, who were there at the workspace's clock
	matching int
	failed   int
	since    int // changes when it began
	changed  int
	ids      []person.ID
	err      error
}

// scanOf finds the scan of a rule, or begins it where begin is set; nil is none.
func (p *Previews) scanOf(s report.State, x *definition.Expr, columns, begin bool) *scan {
	p.asked.Lock()
	defer p.asked.Unlock()
	now := time.Now()
	at := slices.IndexFunc(p.asked.scans, func(o *scan) bool {
		return o.x.Source() == x.Source() && o.columns == columns && o.state.Defs() == s.Defs() && o.state.Settings.AsOf == s.Settings.AsOf &&
			(o.finished.IsZero() || now.Sub(o.finished) < p.o.Again)
	})
	var sc *scan
	switch {
	case at >= 0:
		sc = p.asked.scans[at]
		p.asked.scans = slices.Delete(p.asked.scans, at, at+1)
	case !begin:
		return nil
	default:
		sc = &scan{state: s, x: x, columns: columns, since: p.changes.ever()}
		p.following.Store(true) // changes are counted from now on
	}
	sc.wanted = now
	p.asked.scans = append(p.asked.scans, sc)
	if n := len(p.asked.scans) - mostScans; n > 0 {
		p.asked.scans = slices.Delete(p.asked.scans, 0, n)
	}
	return sc
}

// oneByOne asks one person after another.
func (p *Previews) oneByOne(ctx context.Context, s report.State, x *definition.Expr, why string, deadline time.Time) (Preview, []person.ID, error) {
	sc := p.scanOf(s, x, false, true)
	p.nudge()
	if err := p.await(ctx, deadline, func() bool { return p.isDone(sc) }); err != nil {
		return Preview{}, nil, err
	}
	return p.read(sc, why)
}

func (p *Previews) isDone(sc *scan) bool {
	p.asked.Lock()
	defer p.asked.Unlock()
	return !sc.finished.IsZero()
}

// slowly asks people in columns of a rule that takes long, as many as the deadline
// allows. A scan goes on where that is not everybody.
func (p *Previews) slowly(s report.State, x *definition.Expr, q *column.Query, deadline time.Time) (Preview, []person.ID, error) {
	if sc := p.scanOf(s, x, true, false); sc != nil {
		if out, ids, err := p.read(sc, ""); err != nil || out.Looked > 0 {
			return out, ids, err
		}
	}
	t := p.columns.table
	out := Preview{People: s.People, AsOf: s.Clock()}
	looked, matching, rows := 0, 0, 0
	var ids []person.ID
	for rows < t.Rows() && (rows == 0 || time.Now().Before(deadline)) {
		to := min(rows+rowsAtOnce, t.Rows())
		found, n := matches(t, q, rows, to)
		if len(ids) < sampled+spare {
			ids = append(ids, found...)
		}
		looked, matching, rows = looked+t.PeopleIn(rows, to), matching+n, to
	}
	complete := rows == t.Rows() && p.columns.next == person.Partitions
	if !complete {
		p.scanOf(s, x, true, true)
		p.nudge()
	}
	out.Changed = p.changes.pending()
	out.estimate(looked, matching, complete)
	out.Exact = out.Exact && !s.Sweep.Rules
	return out, ids, nil
}

// read gives what a scan has found so far.
func (p *Previews) read(sc *scan, why string) (Preview, []person.ID, error) {
	p.asked.Lock()
	defer p.asked.Unlock()
	if sc.err != nil {
		return Preview{}, nil, fault.Wrap(fault.Internal, sc.err, "People cannot be read at the moment.")
	}
	out := Preview{People: sc.state.People, AsOf: sc.state.Clock(), OneByOne: why, Failed: sc.failed, Changed: sc.changed}
	if sc.finished.IsZero() {
		out.Changed = min(p.changes.ever()-sc.since, sc.looked)
	}
	looked := sc.looked
	if sc.here < sc.looked && sc.looked > 0 { // some came later
		looked = sc.here
		out.People = int(float64(out.People) * float64(sc.here) / float64(sc.looked))
	}
	out.estimate(looked, sc.matching, !sc.finished.IsZero())
	out.Exact = out.Exact && !sc.state.Sweep.Rules
	return out, slices.Clone(sc.ids), nil
}

// step goes on with a scan for a while. Only the worker calls it.
func (p *Previews) step(ctx context.Context, sc *scan) {
	p.asked.Lock()
	next := *sc
	p.asked.Unlock()
	next.ids = slices.Clone(next.ids)
	if next.columns {
		p.stepColumns(&next)
	} else {
		p.stepPeople(ctx, &next)
	}
	if errors.Is(next.err, context.Canceled) {
		return
	}
	if next.err != nil {
		p.o.Log.ErrorContext(ctx, "preview of a rule", "err", next.err)
		next.finished = time.Now()
	}
	if !next.finished.IsZero() {
		next.changed = min(p.changes.ever()-next.since, next.looked)
	}
	p.asked.Lock()
	next.wanted = sc.wanted
	*sc = next
	p.asked.Unlock()
}

func (p *Previews) stepColumns(sc *scan) {
	c := &p.columns
	c.RLock()
	defer c.RUnlock()
	t := c.table
	if t == nil || t.Workspace() != sc.state.Defs() || c.next < person.Partitions {
		return // columns first
	}
	if sc.at == 0 {
		sc.since = p.changes.ever()
	}
	q, err := t.Plan(sc.x, sc.state.Clock())
	if err != nil { // a trait has got too many values since
		sc.err = err
		return
	}
	to := min(sc.at+rowsAStep, t.Rows())
	found, n := matches(t, q, sc.at, to)
	if len(sc.ids) < sampled+spare {
		sc.ids = append(sc.ids, found...)
	}
	people := t.PeopleIn(sc.at, to)
	sc.at, sc.looked, sc.here, sc.matching = to, sc.looked+people, sc.here+people, sc.matching+n
	if sc.at == t.Rows() {
		sc.finished = time.Now()
	}
}

// stepPeople asks the people of one partition.
func (p *Previews) stepPeople(ctx context.Context, sc *scan) {
	ws := sc.state.Defs()
	if sc.look == nil {
		sc.look, sc.unkept = report.NewLook(sc.state), ws.Unkept(sc.x)
		sc.wider = ws.Keeping(sc.unkept)
	}
	sc.err = p.store.EachOf(ctx, person.Partition(sc.at), func(who profile.Person, history report.History) error { //nolint:gosec // fewer than 256
		sc.looked++
		then, history, here, err := sc.look.Person(who, history)
		if err != nil || !here {
			return err
		}
		sc.here++
		if err := sc.recall(&then, history); err != nil {
			return err
		}
		ok, err := sc.x.Holds(then.Vars(sc.wider, sc.state.Clock()))
		if err != nil {
			sc.failed++
		}
		if !ok {
			return nil
		}
		if sc.matching++; len(sc.ids) < sampled+spare {
			sc.ids = append(sc.ids, then.ID)
		}
		return ctx.Err()
	})
	if sc.at++; sc.at == person.Partitions {
		sc.finished = time.Now()
	}
}

// recall computes of who's history what nobody keeps and the rule asks.
func (sc *scan) recall(who *profile.Person, history report.History) error {
	if len(sc.unkept) == 0 {
		return nil
	}
	var err error
	more := profile.Recall(sc.wider, func(f *definition.Feature) bool {
		return slices.ContainsFunc(sc.unkept, func(o *definition.Feature) bool { return o.ID == f.ID })
	}, func(yield func(event.Event) bool) { err = history(yield) })
	features := slices.Clone(who.Features)
	for _, f := range sc.unkept {
		features.Put(f.ID, more.Get(f.ID))
	}
	who.Features = features
	return err
}
