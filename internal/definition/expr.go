package definition

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
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
	features  map[string]Feature // by CEL name
	changes   []change
}

// change says that the result may change at a feature's instant plus after.
type change struct {
	feature string // id
	after   event.Instant
}

// NewExpr compiles an expression over features, traits, stage and now. Its error
// is Problems.
func NewExpr(text string, features []Feature) (*Expr, error) {
	voc, err := newVocabulary(features)
	if err != nil {
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
	for _, c := range x.changes {
		if at := v.instant(c.feature) + c.after; at > v.Now {
			out = append(out, at)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// next is the first of Boundaries, or zero.
func (x *Expr) next(v Vars) event.Instant {
	var first event.Instant
	if x == nil {
		return first
	}
	for _, c := range x.changes {
		if at := v.instant(c.feature) + c.after; at > v.Now && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// instant returns a First or Last feature, and the epoch when there never was one.
func (v *Vars) instant(id string) event.Instant {
	at, _ := v.Features[id].(event.Instant)
	return at
}

// StageOf returns the last stage in map order whose rule holds, and the earliest
// instant after v.Now at which the answer may change by itself; zero is never.
// v.Stage is not read: a stage's rule cannot speak of stages.
func (m *Map) StageOf(v Vars) (id string, boundary event.Instant, err error) {
	for _, s := range slices.Backward(m.Stages) {
		if next := s.When.next(v); next != 0 && (boundary == 0 || next < boundary) {
			boundary = next
		}
		ok, err := s.When.Holds(v)
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
	v Vars
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
	case "stage":
		return types.String(a.v.Stage), true
	case "event":
		if a.v.Event == nil {
			return map[string]string{}, true
		}
		return map[string]string{"name": a.v.Event.Name, "kind": a.v.Event.Kind.String()}, true
	case "properties":
		return a.object(func(e *event.Event) []byte { return e.Properties }), true
	case "context":
		return a.object(func(e *event.Event) []byte { return e.Context }), true
	}
	f, ok := a.x.features[name]
	if !ok {
		return nil, false
	}
	value := a.v.Features[f.ID]
	switch f.Aggregate {
	case Count:
		n, _ := value.(int64)
		return types.Int(n), true
	case Sum:
		sum, _ := value.(float64)
		return types.Double(sum), true
	default:
		at, _ := value.(event.Instant)
		return timestamp(at), true
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
