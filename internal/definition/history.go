package definition

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/parser"

	"github.com/rapporthq/rapport/internal/event"
)

// The functions of a person's history are macros. Each becomes a look-up in one
// of these maps under a key that says it all, which no author can write: names
// of expressions do not begin with @.
const (
	historyMap = "@history"
	segmentMap = "@segments"
	bucketMap  = "@buckets"
)

// mostTimes is how many times of an event a history function can ask for: so
// many are kept of each person.
const mostTimes = 100

const keySeparator = "\x1f"

// misuse begins the errors of macros; what follows is how to mend them.
const misuse = "misused: "

const (
	didUsage     = `write did("Order Completed"), did("Order Completed", 3), did("Order Completed", days(30)), did("Order Completed", 3, days(30)), or a feature in place of the event`
	thenNotUsage = `write did_then_not("Cart Viewed", "Order Completed", hours(4)), or features in place of the events`
)

// historyMacros gives the functions that ask of events.
func historyMacros() cel.EnvOption {
	return cel.Macros(
		parser.NewGlobalVarArgMacro("did", didMacro),
		parser.NewGlobalVarArgMacro("did_then_not", thenNotMacro),
	)
}

// membershipMacros gives the functions that ask of the person as a whole.
func membershipMacros(segments bool) cel.EnvOption {
	macros := []cel.Macro{parser.NewGlobalVarArgMacro("bucket", lookUpMacro(bucketMap, `write bucket("some words") < 20 for a fifth of all people`))}
	if segments {
		macros = append(macros, parser.NewGlobalVarArgMacro("in_segment", lookUpMacro(segmentMap, `write in_segment("big-spenders")`)))
	}
	return cel.Macros(macros...)
}

func lookUp(eh parser.ExprHelper, in, key string) ast.Expr {
	return eh.NewCall(operators.Index, eh.NewIdent(in), eh.NewLiteral(types.String(key)))
}

func lookUpMacro(in, usage string) parser.MacroExpander {
	return func(eh parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
		if len(args) == 1 {
			if text, ok := literalText(args[0]); ok && text != "" {
				return lookUp(eh, in, text), nil
			}
		}
		return nil, misused(eh, args, usage)
	}
}

func misused(eh parser.ExprHelper, args []ast.Expr, usage string) *common.Error {
	var at int64
	if len(args) > 0 {
		at = args[0].ID()
	}
	return eh.NewError(at, misuse+usage)
}

func literalText(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

// subject reads the first argument of a history function: an event label, or a
// feature whose events, with their condition, are meant.
func subject(e ast.Expr) (string, bool) {
	if e.Kind() == ast.IdentKind {
		return "feature/" + e.AsIdent(), true
	}
	text, ok := literalText(e)
	return "event/" + text, ok && strings.TrimSpace(text) != "" && !strings.Contains(text, keySeparator)
}

func didMacro(eh parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	if len(args) < 1 || len(args) > 3 {
		return nil, misused(eh, args, didUsage)
	}
	of, ok := subject(args[0])
	times, within := int64(1), event.Instant(0)
	if len(args) == 2 { // did(EVENT, days(30)): at least once
		if _, isSpan := constantSpan(args[1]); isSpan {
			args = []ast.Expr{args[0], eh.NewLiteral(types.Int(1)), args[1]}
		}
	}
	if len(args) > 1 {
		n, isInt := literalInt(args[1])
		times, ok = n, ok && isInt
	}
	if ok && (times < 1 || times > mostTimes) {
		return nil, misused(eh, args[1:], fmt.Sprintf("ask for 1 to %d times; beyond that declare a count and compare it", mostTimes))
	}
	if len(args) > 2 {
		span, isSpan := constantSpan(args[2])
		within, ok = span, ok && isSpan && span > 0
	}
	if !ok {
		return nil, misused(eh, args, didUsage)
	}
	return lookUp(eh, historyMap, key("did", times, within, of)), nil
}

func thenNotMacro(eh parser.ExprHelper, _ ast.Expr, args []ast.Expr) (ast.Expr, *common.Error) {
	if len(args) != 3 {
		return nil, misused(eh, args, thenNotUsage)
	}
	first, ok1 := subject(args[0])
	then, ok2 := subject(args[1])
	within, ok3 := constantSpan(args[2])
	if !ok1 || !ok2 || !ok3 || within <= 0 {
		return nil, misused(eh, args, thenNotUsage)
	}
	return lookUp(eh, historyMap, key("did_then_not", 1, within, first, then)), nil
}

func literalInt(e ast.Expr) (int64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	n, ok := e.AsLiteral().(types.Int)
	return int64(n), ok
}

func key(function string, times int64, within event.Instant, subjects ...string) string {
	parts := append([]string{function, strconv.FormatInt(times, 10), strconv.FormatInt(int64(within), 10)}, subjects...)
	return strings.Join(parts, keySeparator)
}

// condition is a history function with what it rests on.
type condition struct {
	thenNot bool
	of      *Feature // Recent
	not     *Feature // Recent; of thenNot
	times   int
	within  event.Instant // zero: ever
}

// holds reports whether the condition is true at v.Now.
func (c *condition) holds(v *Vars) bool {
	if v.Known == nil {
		return false
	}
	var since []event.Instant
	if c.thenNot {
		since = v.Known.Times(c.not)
	}
	return c.when(v.Now, v.Known.Times(c.of), since)
}

// when is holds by the times of both, each the newest first.
func (c *condition) when(now event.Instant, did, since []event.Instant) bool {
	if len(did) < c.times {
		return false
	}
	if !c.thenNot {
		return c.within == 0 || now-did[c.times-1] < c.within
	}
	return now-did[0] >= c.within && (len(since) == 0 || since[0] < did[0])
}

// next is the instant after v.Now at which the condition changes by itself.
func (c *condition) next(v *Vars) event.Instant {
	if v.Known == nil || c.within == 0 {
		return 0
	}
	did := v.Known.Times(c.of)
	if len(did) < c.times {
		return 0
	}
	if c.thenNot {
		if since := v.Known.Times(c.not); len(since) > 0 && since[0] >= did[0] {
			return 0
		}
	}
	if at := did[c.times-1] + c.within; at > v.Now {
		return at
	}
	return 0
}

// condition returns what the key of a history function asks. What is wrong with
// it is reported at v.
func (voc *vocabulary) condition(v value, text string) *condition {
	parts := strings.Split(text, keySeparator)
	times, err1 := strconv.Atoi(parts[1])
	within, err2 := strconv.ParseInt(parts[2], 10, 64)
	if err1 != nil || err2 != nil {
		return nil
	}
	c := &condition{thenNot: parts[0] == "did_then_not", times: times, within: event.Instant(within)}
	if c.of = voc.recent(v, parts[3], times); c.of == nil {
		return nil
	}
	if c.thenNot {
		if c.not = voc.recent(v, parts[4], 1); c.not == nil {
			return nil
		}
	}
	return c
}

// recent returns the implicit feature that keeps the latest times of a subject,
// at least so many.
func (voc *vocabulary) recent(v value, of string, times int) *Feature {
	id := "recent:" + of
	f := voc.implicit[id]
	if f == nil {
		f = &Feature{ID: id, Name: id, Aggregate: Recent}
		label, isEvent := strings.CutPrefix(of, "event/")
		if isEvent {
			f.Events = []string{label}
		} else {
			name := strings.TrimPrefix(of, "feature/")
			named, ok := voc.features[name]
			if !ok {
				v.problem(fmt.Sprintf("there is no feature %q to ask the history for", name),
					`name an event in quotes, such as did("Order Completed"), or a feature`)
				return nil
			}
			f.Events, f.Where = named.Events, named.Where
		}
		voc.implicit[id] = f
	}
	if voc.frozen && f.Keep != 0 && f.Keep < times {
		more := *f
		f = &more
		voc.implicit[id] = f
	}
	f.Keep = max(f.Keep, times)
	return f
}

// sortedImplicit returns the implicit features by id.
func (voc *vocabulary) sortedImplicit() []*Feature {
	out := make([]*Feature, 0, len(voc.implicit))
	for _, f := range voc.implicit {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b *Feature) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// lookUps gives CEL one of the maps of the macros. Only look-ups are ever made.
type lookUps struct {
	traits.Mapper // nil: parts of the interface that no expression can reach

	find func(key string) ref.Val
}

// Find implements traits.Mapper.
func (l lookUps) Find(key ref.Val) (ref.Val, bool) {
	k, ok := key.(types.String)
	if !ok {
		return nil, false
	}
	return l.find(string(k)), true
}
