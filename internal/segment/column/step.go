package column

import (
	"cmp"
	"math"
	"time"

	"github.com/rapporthq/rapport/internal/definition"
	"github.com/rapporthq/rapport/internal/event"
)

// step decides a part of a rule, or some of them together, of a run of rows.
type step interface {
	// decide puts the verdicts of len(out) rows from from on into out. Of rows of
	// which need is false it may put anything; a nil need is true of all.
	decide(f *frame, from int, out []definition.Verdict, need []bool)

	slow() bool // about a microsecond a row, instead of about a nanosecond
}

// frame is what one goroutine needs while it scans.
type frame struct {
	verdicts [][]definition.Verdict // spare
	needs    [][]bool               // spare
	k        known
	memo     map[*each]map[int64]definition.Verdict
}

func (f *frame) verdict(n int) []definition.Verdict {
	if last := len(f.verdicts) - 1; last >= 0 {
		v := f.verdicts[last]
		f.verdicts = f.verdicts[:last]
		return v[:n]
	}
	return make([]definition.Verdict, blockRows)[:n]
}

func (f *frame) need(n int) []bool {
	if last := len(f.needs) - 1; last >= 0 {
		v := f.needs[last]
		f.needs = f.needs[:last]
		return v[:n]
	}
	return make([]bool, blockRows)[:n]
}

type constant definition.Verdict

func (c constant) slow() bool { return false }
func (c constant) decide(_ *frame, _ int, out []definition.Verdict, _ []bool) {
	for i := range out {
		out[i] = definition.Verdict(c)
	}
}

type not struct{ of step }

func (s not) slow() bool { return s.of.slow() }
func (s not) decide(f *frame, from int, out []definition.Verdict, need []bool) {
	s.of.decide(f, from, out, need)
	for i, v := range out {
		out[i] = v.Not()
	}
}

// junction is an and or an or.
type junction struct {
	args []step
	and  bool
}

func (s junction) slow() bool { return len(s.args) > 0 && s.args[len(s.args)-1].slow() }

func (s junction) decide(f *frame, from int, out []definition.Verdict, need []bool) {
	settled := definition.Yes
	if s.and {
		settled = definition.No
	}
	constant(settled.Not()).decide(f, from, out, need)
	more := f.verdict(len(out))
	var open []bool
	for _, arg := range s.args {
		ask := need
		if arg.slow() {
			if open == nil {
				open = f.need(len(out))
			}
			for i, v := range out {
				open[i] = v != settled && (need == nil || need[i])
			}
			ask = open
		}
		arg.decide(f, from, more, ask)
		if s.and {
			for i, v := range more {
				out[i] = min(out[i], v)
			}
		} else {
			for i, v := range more {
				out[i] = max(out[i], v)
			}
		}
	}
	f.verdicts = append(f.verdicts, more[:0])
	if open != nil {
		f.needs = append(f.needs, open[:0])
	}
}

// byState looks up what was decided of each state.
type byState struct {
	codes    []uint32
	verdicts []definition.Verdict
}

func (s byState) slow() bool { return false }
func (s byState) decide(_ *frame, from int, out []definition.Verdict, _ []bool) {
	for i, code := range s.codes[from : from+len(out)] {
		out[i] = s.verdicts[code]
	}
}

// byNumbers decides by the numbers of a column.
type byNumbers struct {
	c    *feature
	test func(numbers []int64) definition.Verdict
}

func (s byNumbers) slow() bool { return false }
func (s byNumbers) decide(_ *frame, from int, out []definition.Verdict, _ []bool) {
	w := s.c.width
	numbers := s.c.numbers[from*w : (from+len(out))*w]
	for i := range out {
		out[i] = s.test(numbers[i*w : (i+1)*w])
	}
}

// byRow decides by something quick.
type byRow struct {
	of    func(row int) definition.Verdict
	heavy bool
}

func (s byRow) slow() bool { return s.heavy }
func (s byRow) decide(_ *frame, from int, out []definition.Verdict, need []bool) {
	for i := range out {
		if need == nil || need[i] {
			out[i] = s.of(from + i)
		}
	}
}

// each evaluates a part person by person.
type each struct {
	q    *Query
	p    *definition.Part
	a    asks
	memo bool // it depends on one number
}

func (s *each) slow() bool { return true }
func (s *each) decide(f *frame, from int, out []definition.Verdict, need []bool) {
	var met map[int64]definition.Verdict
	if s.memo {
		if f.memo == nil {
			f.memo = map[*each]map[int64]definition.Verdict{}
		}
		if met = f.memo[s]; met == nil || len(met) > mostStates {
			met = map[int64]definition.Verdict{}
			f.memo[s] = met
		}
	}
	for i := range out {
		if need != nil && !need[i] {
			continue
		}
		var number int64
		if s.memo {
			number = s.a.features[0].numbers[from+i]
			if v, ok := met[number]; ok {
				out[i] = v
				continue
			}
		}
		// It fails only where it has loops, and those are not planned.
		out[i], _ = s.p.Decide(s.q.vars(&s.a, from+i, &f.k))
		if s.memo {
			met[number] = out[i]
		}
	}
}

// once decides each state of the one column that p asks.
func (q *Query) once(p *definition.Part, a *asks) step {
	var d *dict
	var vars func(state []byte) definition.Vars
	switch {
	case a.stage:
		d = q.t.stage
		vars = func(b []byte) definition.Vars { return definition.Vars{Now: q.now, Stage: string(b)} }
	case a.segments:
		d = q.t.segments
		vars = func(b []byte) definition.Vars { return definition.Vars{Now: q.now, Known: nobody{in: b}} }
	case len(a.traits) > 0:
		if d = q.t.traits[a.traits[0]]; d == nil { // nobody has it
			d = newDict(0)
		}
		vars = func(b []byte) definition.Vars {
			return definition.Vars{Now: q.now, Traits: func() map[string]any {
				out := map[string]any{}
				putPlain(out, a.traits[0], b)
				return out
			}}
		}
	case len(a.features) > 0 && a.features[0].states != nil:
		c := a.features[0]
		d = c.states
		vars = func(b []byte) definition.Vars {
			return definition.Vars{Now: q.now, Known: definition.Fixed{c.f.ID: c.ofState(b, q.now)}}
		}
	default:
		return nil
	}
	if d.states() > mostStates { // of windows there may be nearly as many as people
		return nil
	}
	verdicts := make([]definition.Verdict, d.states())
	for code := range verdicts {
		if d.refs[code] > 0 || code == 0 {
			verdicts[code], _ = p.Decide(vars(d.state(uint32(code)))) //nolint:gosec // fewer than 2^32 states
		}
	}
	if len(d.codes) == 0 { // of a trait that nobody has
		return constant(verdicts[0])
	}
	return byState{d.codes, verdicts}
}

// history plans a question of history.
func (q *Query) history(n definition.Node) step {
	if n.Op != definition.OpHistory {
		return nil
	}
	h, of := n.History, q.t.features[n.History.Of.ID]
	if h.Not == nil {
		within := int64(h.Within / time.Microsecond)
		return byNumbers{of, func(at []int64) definition.Verdict {
			last := at[h.Times-1]
			return verdict(last != never && (within == 0 || int64(q.now)-last < within))
		}}
	}
	not := q.t.features[h.Not.ID]
	return byRow{of: func(row int) definition.Verdict {
		var did, since [1]event.Instant
		return verdict(h.Holds(q.now, latest(of, row, &did), latest(not, row, &since)))
	}}
}

// latest returns the latest time of a recent, in buf.
func latest(c *feature, row int, buf *[1]event.Instant) []event.Instant {
	at := c.numbers[row*c.width]
	if at == never {
		return nil
	}
	buf[0] = event.Instant(at)
	return buf[:]
}

func verdict(yes bool) definition.Verdict {
	if yes {
		return definition.Yes
	}
	return definition.No
}

// comparison plans a comparison of a number or an instant with a constant, which
// is by order and needs no program.
func (q *Query) comparison(n definition.Node) step {
	if len(n.Args) != 2 {
		return nil
	}
	left, right, op := n.Args[0], n.Args[1], n.Op
	if left.Op == definition.OpLiteral {
		left, right, op = right, left, mirrored(op)
	}
	test := tests(op)
	if test == nil || right.Op != definition.OpLiteral {
		return nil
	}
	switch {
	case left.Op == definition.OpBucket:
		if order := decimalOrder(right.Value); order != nil {
			return byRow{func(row int) definition.Verdict { return verdict(test(order(q.bucket(left.Name, row)))) }, true}
		}
	case left.Op == definition.OpFeature && !left.Feature.OfValue():
		return q.compare(q.t.features[left.Feature.ID], right.Value, test)
	case left.Op == definition.OpCall && left.Name == "_-_" && len(left.Args) == 2 &&
		left.Args[0].Op == definition.OpNow && left.Args[1].Op == definition.OpFeature:
		if span, ok := right.Value.(time.Duration); ok {
			return q.elapsed(q.t.features[left.Args[1].Feature.ID], span, test)
		}
	}
	return nil
}

// compare compares a feature's value with a constant.
func (q *Query) compare(c *feature, with any, test func(int) bool) step {
	if c.isDecimal() {
		order := decimalOrder(with)
		if order == nil {
			return nil
		}
		if c.states != nil {
			return q.eachState(c.states, func(b []byte) definition.Verdict { return verdict(test(order(c.ofWindow(b, q.now)))) })
		}
		return byRow{of: func(row int) definition.Verdict { return verdict(test(order(c.decimal(row, q.now)))) }}
	}
	order := integerOrder(with, c.f.Aggregate == definition.First || c.f.Aggregate == definition.Last)
	if order == nil {
		return nil
	}
	if c.states != nil {
		return q.eachState(c.states, func(b []byte) definition.Verdict { return verdict(test(order(windowed(c.f, b, q.now)))) })
	}
	return byNumbers{c, func(at []int64) definition.Verdict { return verdict(test(order(at[0]))) }}
}

// elapsed compares the time since an instant with a span. A distance that is no
// length of time, of more than some 292 years, is not decided.
func (q *Query) elapsed(c *feature, span time.Duration, test func(int) bool) step {
	if c.states != nil || c.width != 1 {
		return nil
	}
	limit := int64(span / time.Microsecond)
	return byNumbers{c, func(at []int64) definition.Verdict {
		ago := int64(q.now) - at[0]
		if ago > math.MaxInt64/1000 || ago < math.MinInt64/1000 {
			return definition.Undecided
		}
		return verdict(test(cmp.Compare(ago, limit)))
	}}
}

func (q *Query) eachState(d *dict, of func(state []byte) definition.Verdict) step {
	verdicts := make([]definition.Verdict, d.states())
	for code := range verdicts {
		verdicts[code] = of(d.state(uint32(code))) //nolint:gosec // fewer than 2^32 states
	}
	return byState{d.codes, verdicts}
}

// tests returns what an operator makes of an order, and nil for another.
func tests(op definition.Op) func(int) bool {
	switch op {
	case definition.OpEqual:
		return func(c int) bool { return c == 0 }
	case definition.OpNotEqual:
		return func(c int) bool { return c != 0 }
	case definition.OpLess:
		return func(c int) bool { return c < 0 }
	case definition.OpLessOrEqual:
		return func(c int) bool { return c <= 0 }
	case definition.OpGreater:
		return func(c int) bool { return c > 0 }
	case definition.OpGreaterOrEqual:
		return func(c int) bool { return c >= 0 }
	default:
		return nil
	}
}

func mirrored(op definition.Op) definition.Op {
	switch op {
	case definition.OpLess:
		return definition.OpGreater
	case definition.OpGreater:
		return definition.OpLess
	case definition.OpLessOrEqual:
		return definition.OpGreaterOrEqual
	case definition.OpGreaterOrEqual:
		return definition.OpLessOrEqual
	default:
		return op
	}
}

// integerOrder compares whole numbers, or instants, with a constant as CEL does,
// across the kinds of number. Nil: they cannot be compared.
func integerOrder(with any, instants bool) func(int64) int {
	if instants {
		if at, ok := with.(event.Instant); ok {
			return func(v int64) int { return cmp.Compare(v, int64(at)) }
		}
		return nil
	}
	switch with := with.(type) {
	case int64:
		return func(v int64) int { return cmp.Compare(v, with) }
	case uint64:
		return func(v int64) int {
			if v < 0 {
				return -1
			}
			return cmp.Compare(uint64(v), with)
		}
	case float64:
		return func(v int64) int { return cmp.Compare(float64(v), with) }
	default:
		return nil
	}
}

// decimalOrder is integerOrder for decimal numbers.
func decimalOrder(with any) func(float64) int {
	var limit float64
	switch with := with.(type) {
	case int64:
		limit = float64(with)
	case uint64:
		limit = float64(with)
	case float64:
		limit = with
	default:
		return nil
	}
	return func(v float64) int { return cmp.Compare(v, limit) }
}
