package definition

import (
	"cmp"
	"math"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/rapporthq/rapport/internal/event"
)

// Nearly all rules are a few comparisons of features with numbers and times,
// joined by and, or and not. Such a rule is made into Go functions: it is asked of
// every person at every event, and CEL, which allocates each value that it meets,
// took fifteen times as long. It means the same: what CEL would call an error is
// Undecided here. A rule with anything else in it is CEL's as a whole.

func verdict(b bool) Verdict {
	if b {
		return Yes
	}
	return No
}

// rule decides a condition.
type rule func(v *Vars) Verdict

// plain makes a rule of e; nil when e has more in it than comparisons.
func (x *Expr) plain(e ast.Expr) rule {
	switch e.Kind() {
	case ast.LiteralKind:
		if b, ok := e.AsLiteral().(types.Bool); ok {
			return func(*Vars) Verdict { return verdict(bool(b)) }
		}
		return nil
	case ast.CallKind:
	default:
		return nil
	}
	call := e.AsCall()
	switch op := call.FunctionName(); op {
	case operators.LogicalAnd:
		return x.plainEither(call.Args(), No)
	case operators.LogicalOr:
		return x.plainEither(call.Args(), Yes)
	case operators.LogicalNot:
		return x.plainNot(call.Args())
	case operators.Index:
		return x.plainLookUp(e)
	case operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		if args := call.Args(); len(args) == 2 {
			return comparison(op, x.operand(args[0]), x.operand(args[1]))
		}
	}
	return nil
}

// plainEither is an and (settling is No) or an or (settling is Yes): the answer is
// settling where one of args is, whatever the others are.
func (x *Expr) plainEither(args []ast.Expr, settling Verdict) rule {
	rules := make([]rule, len(args))
	for i, a := range args {
		if rules[i] = x.plain(a); rules[i] == nil {
			return nil
		}
	}
	return func(v *Vars) Verdict {
		out := settling.Not()
		for _, r := range rules {
			switch r(v) {
			case settling:
				return settling
			case Undecided:
				out = Undecided
			default:
			}
		}
		return out
	}
}

func (x *Expr) plainNot(args []ast.Expr) rule {
	if len(args) != 1 {
		return nil
	}
	r := x.plain(args[0])
	if r == nil {
		return nil
	}
	return func(v *Vars) Verdict { return r(v).Not() }
}

// plainLookUp is did, did_then_not or in_segment.
func (x *Expr) plainLookUp(e ast.Expr) rule {
	switch in, key := lookedUp(e); in {
	case historyMap:
		c := x.history[key]
		if c == nil {
			return nil
		}
		return func(v *Vars) Verdict { return verdict(c.holds(v)) }
	case segmentMap:
		return func(v *Vars) Verdict { return verdict(v.Known != nil && v.Known.InSegment(key)) }
	default:
		return nil
	}
}

// operand is one side of a comparison. One of its functions is set.
type operand struct {
	whole   func(*Vars) int64         // a number without a fraction
	real    func(*Vars) float64       // one with
	instant func(*Vars) event.Instant //
	span    func(*Vars) (time.Duration, bool)
	text    func(*Vars) string
}

// operand reads a side of a comparison. All of its functions are nil when it is
// not known here.
func (x *Expr) operand(e ast.Expr) (o operand) {
	switch e.Kind() {
	case ast.LiteralKind:
		return literalOperand(e)
	case ast.IdentKind:
		return x.variable(e.AsIdent())
	case ast.CallKind:
		if span, ok := constantSpan(e); ok {
			d := time.Duration(span) * time.Microsecond
			o.span = func(*Vars) (time.Duration, bool) { return d, true }
			return o
		}
		if in, salt := lookedUp(e); in == bucketMap {
			o.real = func(v *Vars) float64 {
				if v.Known == nil {
					return 0
				}
				return v.Known.Bucket(salt)
			}
			return o
		}
		if call := e.AsCall(); call.FunctionName() == operators.Subtract && len(call.Args()) == 2 {
			a, b := x.operand(call.Args()[0]).instant, x.operand(call.Args()[1]).instant
			if a != nil && b != nil {
				o.span = func(v *Vars) (time.Duration, bool) { return elapsed(a(v), b(v)) }
			}
		}
		return o
	default:
		return o
	}
}

func literalOperand(e ast.Expr) (o operand) {
	switch l := e.AsLiteral().(type) {
	case types.Int:
		o.whole = func(*Vars) int64 { return int64(l) }
	case types.Double:
		o.real = func(*Vars) float64 { return float64(l) }
	case types.String:
		o.text = func(*Vars) string { return string(l) }
	}
	return o
}

func (x *Expr) variable(name string) (o operand) {
	f, ok := x.features[name]
	switch {
	case ok && f.OfValue():
	case ok && (f.Aggregate == Count || f.Aggregate == Distinct):
		o.whole = func(v *Vars) int64 { n, _ := v.feature(f).(int64); return n }
	case ok && (f.Aggregate == Sum || f.Aggregate == Rate):
		o.real = func(v *Vars) float64 { n, _ := v.feature(f).(float64); return n }
	case ok && (f.Aggregate == First || f.Aggregate == Last):
		o.instant = func(v *Vars) event.Instant { return v.instant(f) }
	case ok:
	case name == "now":
		o.instant = func(v *Vars) event.Instant { return v.Now }
	case name == "never":
		o.instant = func(*Vars) event.Instant { return 0 }
	case name == "stage":
		o.text = func(v *Vars) string { return v.Stage }
	}
	return o
}

func (v *Vars) feature(f *Feature) any {
	if v.Known == nil {
		return nil
	}
	return v.Known.Feature(f, v.Now)
}

// elapsed is a - b. It is not ok where CEL finds that it has no room for it.
func elapsed(a, b event.Instant) (time.Duration, bool) {
	s1, us1 := seconds(a)
	s2, us2 := seconds(b)
	const most = math.MaxInt64 / int64(time.Second)
	if s1-s2 > most || s1-s2 < -most {
		return 0, false
	}
	whole, rest := (s1-s2)*int64(time.Second), (us1-us2)*int64(time.Microsecond)
	if rest > 0 && whole > math.MaxInt64-rest || rest < 0 && whole < math.MinInt64-rest {
		return 0, false
	}
	return time.Duration(whole + rest), true
}

// seconds cuts an instant into seconds, rounded down, and microseconds.
func seconds(i event.Instant) (s, us int64) {
	const second = 1_000_000
	s, us = int64(i)/second, int64(i)%second
	if us < 0 {
		s, us = s-1, us+second
	}
	return s, us
}

// comparison compares two sides of like kinds; nil when they are not.
func comparison(op string, a, b operand) rule {
	holds := orders(op)
	switch {
	case a.whole != nil && b.whole != nil:
		return func(v *Vars) Verdict { return verdict(holds(cmp.Compare(a.whole(v), b.whole(v)))) }
	case a.instant != nil && b.instant != nil:
		return func(v *Vars) Verdict { return verdict(holds(cmp.Compare(a.instant(v), b.instant(v)))) }
	case a.span != nil && b.span != nil:
		return func(v *Vars) Verdict {
			x, ok1 := a.span(v)
			y, ok2 := b.span(v)
			if !ok1 || !ok2 {
				return Undecided
			}
			return verdict(holds(cmp.Compare(x, y)))
		}
	case a.real != nil && b.real != nil:
		return func(v *Vars) Verdict {
			x, y := a.real(v), b.real(v)
			return compareReal(op, holds, x, y, cmp.Compare(x, y))
		}
	case a.real != nil && b.whole != nil:
		return func(v *Vars) Verdict {
			x, y := a.real(v), b.whole(v)
			return compareReal(op, holds, x, 0, compareMixed(x, y))
		}
	case a.whole != nil && b.real != nil:
		return func(v *Vars) Verdict {
			x, y := a.whole(v), b.real(v)
			return compareReal(op, holds, y, 0, -compareMixed(y, x))
		}
	case a.text != nil && b.text != nil:
		return func(v *Vars) Verdict { return verdict(holds(cmp.Compare(a.text(v), b.text(v)))) }
	default:
		return nil
	}
}

// compareReal minds what is no number: no comparison of it holds, but that it is
// not the other.
func compareReal(op string, holds func(int) bool, x, y float64, order int) Verdict {
	if math.IsNaN(x) || math.IsNaN(y) {
		return verdict(op == operators.NotEquals)
	}
	return verdict(holds(order))
}

// compareMixed compares as CEL does: where a float holds the whole number only
// nearly, they may be equal.
func compareMixed(x float64, y int64) int {
	switch {
	case x < math.MinInt64:
		return -1
	case x > math.MaxInt64:
		return 1
	default:
		return cmp.Compare(x, float64(y))
	}
}

// orders tells which orders of two values a comparison holds for.
func orders(op string) func(order int) bool {
	switch op {
	case operators.Equals:
		return func(o int) bool { return o == 0 }
	case operators.NotEquals:
		return func(o int) bool { return o != 0 }
	case operators.Less:
		return func(o int) bool { return o < 0 }
	case operators.LessEquals:
		return func(o int) bool { return o <= 0 }
	case operators.Greater:
		return func(o int) bool { return o > 0 }
	default: // GreaterEquals
		return func(o int) bool { return o >= 0 }
	}
}
