package definition

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/tidwall/gjson"

	"github.com/rapporthq/rapport/internal/event"
)

// Expr is a compiled CEL predicate. A nil Expr always holds. It is immutable and
// safe for concurrent use.
//
// A predicate that cannot be decided from what is known is false: a trait that
// is not there, or text where a number is compared. CEL decides as much as it
// can first, so traits.plan == "pro" || orders > 3 needs no plan if there are
// four orders; but !(traits.plan == "pro") is false without a plan, and
// !has(traits.plan) is how to ask for that.
type Expr struct {
	source    string
	predicate *predicate
	rule      rule                // the predicate, where it is plain
	features  map[string]*Feature // by CEL name
	history   map[string]*condition
	changes   []change
	uses      Inputs
}

// change says that the result may change at a feature's instant plus after.
type change struct {
	feature *Feature
	after   event.Instant
}

// NewExpr compiles an expression over features, traits, stage and now. Its error
// is Problems.
func NewExpr(text string, features []Feature) (*Expr, error) {
	voc, err := newVocabulary()
	if err != nil {
		return nil, err
	}
	if err := voc.speakOf(features); err != nil {
		return nil, err
	}
	src := &source{}
	v := value{src: src, node: &ast.StringNode{Value: text}}
	x := voc.expr(v, voc.person, voc.names)
	if err := src.problems.err(); err != nil {
		return nil, err
	}
	return x, nil
}

// Source returns the expression as it was written, without surrounding space.
func (x *Expr) Source() string {
	if x == nil {
		return ""
	}
	return x.source
}

// Holds reports whether the predicate is true of v. It fails only when the
// evaluation took too many steps.
func (x *Expr) Holds(v Vars) (bool, error) {
	if x == nil {
		return true, nil
	}
	return x.holds(&v)
}

func (x *Expr) holds(v *Vars) (bool, error) {
	if x.rule != nil {
		return x.rule(v) == Yes, nil
	}
	ok, err := x.predicate.holds(&activation{x: x, v: v})
	if err != nil {
		return false, fmt.Errorf("evaluate %q: %w", x.source, err)
	}
	return ok, nil
}

// Boundaries returns the instants after v.Now, sorted, at which the result may
// change although nothing happens to the person but the passing of time. From
// one of them (or now) up to the next, the result is the same.
func (x *Expr) Boundaries(v Vars) []event.Instant {
	if x == nil {
		return nil
	}
	var out []event.Instant
	x.each(&v, func(at event.Instant) { out = append(out, at) })
	slices.Sort(out)
	return slices.Compact(out)
}

// Next is the first of Boundaries, or zero.
func (x *Expr) Next(v Vars) event.Instant {
	if x == nil || !x.uses.Time {
		return 0
	}
	return x.next(&v)
}

func (x *Expr) next(v *Vars) event.Instant {
	var first event.Instant
	if x == nil || !x.uses.Time {
		return first
	}
	x.each(v, func(at event.Instant) {
		if first == 0 || at < first {
			first = at
		}
	})
	return first
}

// each calls use with each instant after v.Now at which something in the
// expression changes by itself, the next one of a thing that changes often.
func (x *Expr) each(v *Vars, use func(event.Instant)) {
	for _, c := range x.changes {
		if at := v.instant(c.feature) + c.after; at > v.Now {
			use(at)
		}
	}
	if v.Known == nil {
		return
	}
	for _, f := range x.uses.Features {
		if f.Aggregate == Recent || f.Within == 0 && f.Aggregate != Rate {
			continue
		}
		if at := v.Known.Changes(f, v.Now); at > v.Now {
			use(at)
		}
	}
	for _, c := range x.history {
		if at := c.next(v); at > v.Now {
			use(at)
		}
	}
}

// instant returns a First or Last feature, and the epoch when there never was one.
func (v *Vars) instant(f *Feature) event.Instant {
	if v.Known == nil {
		return 0
	}
	at, _ := v.Known.Feature(f, v.Now).(event.Instant)
	return at
}

// StageOf returns the last stage in map order whose rule holds, and the earliest
// instant after v.Now at which the answer may change by itself; zero is never.
// v.Stage is not read: a stage's rule cannot speak of stages.
func (m *Map) StageOf(v Vars) (id string, boundary event.Instant, err error) {
	for i := len(m.Stages) - 1; i >= 0; i-- {
		s := &m.Stages[i]
		if next := s.When.next(&v); next != 0 && (boundary == 0 || next < boundary) {
			boundary = next
		}
		if s.When == nil {
			return s.ID, boundary, nil
		}
		ok, err := s.When.holds(&v)
		if err != nil {
			return "", 0, fmt.Errorf("stage %s: %w", s.ID, err)
		}
		if ok {
			return s.ID, boundary, nil
		}
	}
	return "", boundary, nil
}

// activation gives CEL the values of Vars by name.
type activation struct {
	x *Expr
	v *Vars
}

// Parent implements cel.Activation.
func (a *activation) Parent() cel.Activation { return nil }

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	switch name {
	case "now":
		return timestamp(a.v.Now), true
	case "traits":
		if a.v.Traits == nil {
			return map[string]any{}, true
		}
		if traits := a.v.Traits(); traits != nil {
			return traits, true
		}
		return map[string]any{}, true
	case "account":
		if a.v.Account == nil {
			return map[string]any{}, true
		}
		if account := a.v.Account(); account != nil {
			return account, true
		}
		return map[string]any{}, true
	case "state":
		if a.v.State != nil {
			if state := a.v.State(); state != nil {
				return state, true
			}
		}
		return map[string]any{}, true
	case "stage":
		return types.String(a.v.Stage), true
	case "answers":
		return a.v.Answers, true
	case "channel":
		return types.String(a.v.Channel), true
	case "event":
		if a.v.Event == nil {
			return map[string]string{}, true
		}
		return map[string]string{"name": a.v.Event.Name, "kind": a.v.Event.Kind.String()}, true
	case "properties":
		return a.object(func(e *event.Event) []byte {
			if e.Kind == event.Receipt {
				return e.Body // delivery, channel and outcome
			}
			return e.Properties
		}), true
	case "context":
		return a.object(func(e *event.Event) []byte { return e.Context }), true
	}
	if f, ok := a.x.features[name]; ok {
		return a.feature(f), true
	}
	return a.lookUps(name)
}

func (a *activation) feature(f *Feature) any {
	var value any
	if a.v.Known != nil {
		value = a.v.Known.Feature(f, a.v.Now)
	}
	switch {
	case f.OfValue():
		if value == nil {
			return types.NullValue
		}
		return value
	case f.Aggregate == Count || f.Aggregate == Distinct:
		n, _ := value.(int64)
		return types.Int(n)
	case f.Aggregate == Sum || f.Aggregate == Rate:
		sum, _ := value.(float64)
		return types.Double(sum)
	default:
		at, _ := value.(event.Instant)
		return timestamp(at)
	}
}

func (a *activation) lookUps(name string) (any, bool) {
	switch name {
	case historyMap:
		return lookUps{find: func(key string) ref.Val {
			c := a.x.history[key]
			return types.Bool(c != nil && c.holds(a.v))
		}}, true
	case segmentMap:
		return lookUps{find: func(id string) ref.Val { return types.Bool(a.v.Known != nil && a.v.Known.InSegment(id)) }}, true
	case bucketMap:
		return lookUps{find: func(salt string) ref.Val {
			if a.v.Known == nil {
				return types.Double(0)
			}
			return types.Double(a.v.Known.Bucket(salt))
		}}, true
	default:
		return nil, false
	}
}

func (a *activation) object(raw func(*event.Event) []byte) map[string]any {
	if a.v.Event == nil {
		return map[string]any{}
	}
	o, _ := gjson.ParseBytes(raw(a.v.Event)).Value().(map[string]any)
	if o == nil {
		o = map[string]any{}
	}
	return o
}

// timestamp gives CEL an instant. The zero instant is the epoch, not Go's year 1:
// the distance from there to now would overflow a duration.
func timestamp(i event.Instant) types.Timestamp {
	return types.Timestamp{Time: time.UnixMicro(int64(i)).UTC()}
}

// celName is how expressions write a feature's id.
func celName(id string) string { return strings.ReplaceAll(id, "-", "_") }
