package column

import (
	"fmt"
	"slices"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
	"github.com/rapporthq/rapport/internal/profile"
)

// Query is a rule planned against a table at one instant. It is good until the
// table is written to, and may be used by several goroutines.
type Query struct {
	t    *Table
	now  event.Instant
	root step
}

// Plan plans a rule, as Workspace.Predicate gives it. Its error is a fault of kind
// Unsupported, in words that may be shown, where the rule asks what is in no
// column.
func (t *Table) Plan(x *definition.Expr, now event.Instant) (*Query, error) {
	l, err := x.Logic()
	if err != nil {
		return nil, fmt.Errorf("plan %q: %w", x.Source(), err)
	}
	q := &Query{t: t, now: now}
	q.root, err = q.plan(l)
	return q, err
}

// blockRows is how many rows are decided at a time: their verdicts stay in the
// fastest memory.
const blockRows = 4096

// Scan asks the people of the rows from from up to to, and calls use with the row
// of each to whom the rule applies, in order, until it returns false.
func (q *Query) Scan(from, to int, use func(row int) bool) {
	f := &frame{}
	out := make([]definition.Verdict, blockRows)
	for ; from < to; from += blockRows {
		out := out[:min(blockRows, to-from)]
		q.root.decide(f, from, out, nil)
		for i, v := range out {
			if v == definition.Yes && !q.t.isGone(from+i) && !use(from+i) {
				return
			}
		}
	}
}

// Slow reports whether the rule has parts that are evaluated person by person, so
// that it takes about a microsecond for each.
func (q *Query) Slow() bool { return q.root.slow() }

// plan makes steps of l.
func (q *Query) plan(l definition.Logic) (step, error) {
	if l.Part != nil {
		return q.part(l.Part)
	}
	args := make([]step, 0, len(l.Args))
	for _, a := range l.Args {
		s, err := q.plan(a)
		if err != nil {
			return nil, err
		}
		args = append(args, s)
	}
	if l.Op == definition.OpNot {
		return not{args[0]}, nil
	}
	// Those that are quick come first: what they settle the others are not asked.
	slices.SortStableFunc(args, func(a, b step) int {
		switch {
		case a.slow() == b.slow():
			return 0
		case b.slow():
			return -1
		default:
			return 1
		}
	})
	return junction{args, l.Op == definition.OpAnd}, nil
}

func unsupported(format string, args ...any) error {
	return fault.New(fault.Unsupported, format, args...)
}

// asks is what a part asks, as columns.
type asks struct {
	features []*feature
	traits   []string
	stage    bool
	segments bool
	bucket   bool
}

// columns is how many columns are asked; a bucket is made of the id.
func (a *asks) columns() int {
	n := len(a.features) + len(a.traits)
	for _, b := range []bool{a.stage, a.segments, a.bucket} {
		if b {
			n++
		}
	}
	return n
}

// part plans one part: by order where that will do, else by deciding each state
// once, else person by person.
func (q *Query) part(p *definition.Part) (step, error) {
	var a asks
	if err := q.collect(p.Node, &a); err != nil {
		return nil, err
	}
	switch {
	case p.Account:
		return nil, unsupported("the rule asks of accounts")
	case p.Loops:
		return nil, unsupported("the rule has a loop")
	case p.Any:
		return nil, unsupported("the rule asks of the traits as a whole")
	case !p.Node.Exact():
		return nil, unsupported("the rule has a part that no column answers")
	}
	for _, name := range p.Traits {
		switch {
		case q.t.wide[name]:
			return nil, unsupported("the trait %q has too many different values", name)
		case q.t.traits[name] == nil && len(q.t.traits) >= mostTraits:
			return nil, unsupported("there are too many traits")
		}
	}
	a.traits = p.Traits
	if s := q.history(p.Node); s != nil {
		return s, nil
	}
	if s := q.comparison(p.Node); s != nil {
		return s, nil
	}
	if a.columns() == 1 {
		if s := q.once(p, &a); s != nil {
			return s, nil
		}
	}
	if a.columns() == 0 { // says the same of everybody
		v, err := p.Decide(definition.Vars{Now: q.now})
		return constant(v), err
	}
	return &each{q: q, p: p, a: a, memo: a.columns() == 1 && len(a.features) == 1 && a.features[0].width == 1}, nil
}

// collect finds what n asks besides traits.
func (q *Query) collect(n definition.Node, a *asks) error {
	add := func(f *definition.Feature) error {
		c := q.t.features[f.ID]
		if c == nil || c.f.Keep < f.Keep {
			return unsupported("the rule asks a history that nobody keeps yet")
		}
		if !slices.Contains(a.features, c) {
			a.features = append(a.features, c)
		}
		return nil
	}
	var err error
	switch n.Op {
	case definition.OpFeature:
		err = add(n.Feature)
	case definition.OpHistory:
		if err = add(n.History.Of); err == nil && n.History.Not != nil {
			err = add(n.History.Not)
		}
	case definition.OpStage:
		a.stage = true
	case definition.OpSegment:
		a.segments = true
	case definition.OpBucket:
		a.bucket = true
	default: // asks by its arguments
	}
	for _, arg := range n.Args {
		if err == nil {
			err = q.collect(arg, a)
		}
	}
	return err
}

// vars is what expressions may know of the person of a row, as far as a asks.
func (q *Query) vars(a *asks, row int, k *known) definition.Vars {
	*k = known{q: q, row: row, buf: k.buf}
	v := definition.Vars{Now: q.now, Known: k}
	if a.stage {
		v.Stage = string(q.t.stage.state(q.t.stage.codes[row]))
	}
	if len(a.traits) > 0 {
		v.Traits = func() map[string]any { return q.traits(a.traits, row) }
	}
	return v
}

func (q *Query) traits(names []string, row int) map[string]any {
	out := make(map[string]any, len(names))
	for _, name := range names {
		if d := q.t.traits[name]; d != nil {
			putPlain(out, name, d.state(d.codes[row]))
		}
	}
	return out
}

// known is the person of a row.
type known struct {
	q   *Query
	row int
	buf []event.Instant
}

// Feature implements definition.Known.
func (k *known) Feature(f *definition.Feature, now event.Instant) any {
	return k.q.t.features[f.ID].value(k.row, now)
}

// Changes implements definition.Known. Nobody asks here.
func (k *known) Changes(*definition.Feature, event.Instant) event.Instant { return 0 }

// Times implements definition.Known.
func (k *known) Times(f *definition.Feature) []event.Instant {
	k.buf = k.q.t.features[f.ID].times(k.row, k.buf)
	return k.buf
}

// InSegment implements definition.Known.
func (k *known) InSegment(id string) bool {
	d := k.q.t.segments
	return among(d.state(d.codes[k.row]), id)
}

// Bucket implements definition.Known.
func (k *known) Bucket(salt string) float64 { return k.q.bucket(salt, k.row) }

func (q *Query) bucket(salt string, row int) float64 {
	return profile.BucketOf(q.t.ws.Seed, salt, q.t.ids[row])
}

var _ definition.Known = (*known)(nil)

// nobody is somebody of whom nothing is known but what is said.
type nobody struct {
	definition.Fixed

	in []byte // segments, as a state has them
}

// InSegment implements definition.Known.
func (n nobody) InSegment(id string) bool { return among(n.in, id) }

// among reports whether a state of segments has id.
func among(state []byte, id string) bool {
	for len(state) > 0 {
		n := slices.Index(state, 0)
		if string(state[:n]) == id {
			return true
		}
		state = state[n+1:]
	}
	return false
}

func putPlain(into map[string]any, name string, raw []byte) {
	if v, ok := profile.TraitValue(raw); ok {
		into[name] = v
	}
}
