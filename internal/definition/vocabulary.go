package definition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/rapporthq/rapport/internal/event"
)

// vocabulary is what a workspace's expressions may speak of.
type vocabulary struct {
	features map[string]*Feature // by CEL name
	names    []string            // of all variables and functions, to suggest
	segments []string            // ids
	implicit map[string]*Feature // of history functions, by id
	frozen   bool                // implicit features are shared: they do not change

	stage  *cel.Env // rules of stages: everything about a person but stage and segments
	person *cel.Env // and those
	event  *cel.Env // rules of events: the event at hand and nothing else, so that
	// where an event belongs does not depend on when it is asked
}

// reserved are the names that a feature cannot have.
func reserved() []string {
	return []string{
		"now", "traits", "stage", "state", "event", "properties", "context", "never", "days", "hours", "account", "answers", "channel",
		"did", "did_then_not", "in_segment", "bucket",
		"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let",
		"loop", "namespace", "null", "package", "return", "true", "var", "void", "while",
		"bool", "bytes", "double", "duration", "dyn", "int", "list", "map", "string", "timestamp", "type", "uint",
		"all", "exists", "filter", "has", "matches", "size",
	}
}

// eventNames are what the conditions of events may speak of.
func eventNames() []string { return []string{"event", "properties", "context"} }

// newVocabulary returns the vocabulary of a workspace without features.
func newVocabulary() (*vocabulary, error) {
	voc := &vocabulary{features: map[string]*Feature{}, implicit: map[string]*Feature{}}
	var err error
	voc.event, err = newEnv(
		cel.Variable("event", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("properties", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("context", cel.MapType(cel.StringType, cel.DynType)),
	)
	return voc, err
}

// speakOf makes the vocabulary of rules about people.
func (voc *vocabulary) speakOf(features []Feature) error {
	opts := []cel.EnvOption{
		cel.Variable("now", cel.TimestampType),
		cel.Variable("traits", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("account", cel.MapType(cel.StringType, cel.DynType)),
		cel.Constant("never", cel.TimestampType, timestamp(0)),
		cel.Variable(historyMap, cel.MapType(cel.StringType, cel.BoolType)),
		cel.Variable(bucketMap, cel.MapType(cel.StringType, cel.DoubleType)),
		spanFunction("days", 24*60*60),
		spanFunction("hours", 60*60),
		historyMacros(),
		membershipMacros(false),
	}
	for i := range features {
		f := &features[i]
		name := celName(f.ID)
		if _, dup := voc.features[name]; dup || !isID(f.ID) || slices.Contains(reserved(), name) {
			continue // reported where the feature is read
		}
		voc.features[name] = f
		voc.names = append(voc.names, name)
		opts = append(opts, cel.Variable(name, featureType(f)))
	}
	voc.names = append(voc.names, "traits", "account", "now", "never", "days", "hours", "did", "did_then_not", "bucket", "stage", "state", "in_segment")
	var err error
	if voc.stage, err = newEnv(opts...); err != nil {
		return err
	}
	if voc.person, err = voc.stage.Extend(
		cel.Variable("stage", cel.StringType),
		cel.Variable("state", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable(segmentMap, cel.MapType(cel.StringType, cel.BoolType)),
		membershipMacros(true),
	); err != nil {
		return fmt.Errorf("make the environment of people: %w", err)
	}
	return nil
}

// stageNames are what the rules of stages may speak of.
func (voc *vocabulary) stageNames() []string {
	return slices.DeleteFunc(slices.Clone(voc.names), func(s string) bool { return s == "stage" || s == "state" || s == "in_segment" })
}

func featureType(f *Feature) *cel.Type {
	switch {
	case f.Aggregate == Count || f.Aggregate == Distinct:
		return cel.IntType
	case f.Aggregate == Sum || f.Aggregate == Rate:
		return cel.DoubleType
	case f.OfValue():
		return cel.DynType
	default:
		return cel.TimestampType
	}
}

// expr compiles the expression at v, or returns nil when it is absent or wrong.
func (voc *vocabulary) expr(v value, env *cel.Env, names []string) *Expr {
	if v.absent() {
		return nil
	}
	text := strings.TrimSpace(v.text())
	if text == "" {
		if v.isText() {
			v.problem("is empty", "write an expression, or remove it")
		}
		return nil
	}
	p := v.compilePredicate(env, names)
	if p == nil {
		return nil
	}
	x := &Expr{source: text, predicate: p, features: voc.features}
	w := &timeWalk{voc: voc, v: v, p: p, allowed: map[int64]bool{}}
	ast.PostOrderVisit(p.root, ast.NewExprVisitor(w.compare))
	ast.PostOrderVisit(p.root, ast.NewExprVisitor(w.check))
	x.changes = w.changes
	(&useWalk{voc: voc, v: v, x: x}).walk(p.root)
	x.rule = x.plain(p.root)
	return x
}

// timeWalk finds out when an expression changes by the passing of time.
//
// The result depends on now only through comparisons of now - FEATURE with a
// constant, each of which is a step function of now. So between two steps the
// result is constant, whatever else the expression does with them.
type timeWalk struct {
	voc     *vocabulary
	v       value
	p       *predicate
	allowed map[int64]bool // ids of the uses of now that are in such a comparison
	changes []change
}

// compare collects the steps of e if it is a comparison of now.
func (w *timeWalk) compare(e ast.Expr) {
	if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 2 {
		return
	}
	call := e.AsCall()
	left, right, op := call.Args()[0], call.Args()[1], call.FunctionName()
	if _, ok := w.elapsed(right); ok {
		left, right, op = right, left, mirrored(op)
	}
	f, ok := w.elapsed(left)
	if !ok {
		return
	}
	span, ok := constantSpan(right)
	if !ok {
		return
	}
	switch op {
	case operators.Less, operators.GreaterEquals:
		w.changes = append(w.changes, change{f, span})
	case operators.LessEquals, operators.Greater:
		w.changes = append(w.changes, change{f, span + 1})
	case operators.Equals, operators.NotEquals:
		w.changes = append(w.changes, change{f, span}, change{f, span + 1})
	default:
		return
	}
	w.allowed[left.AsCall().Args()[0].ID()] = true
}

// elapsed recognises now - FEATURE.
func (w *timeWalk) elapsed(e ast.Expr) (*Feature, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != operators.Subtract {
		return nil, false
	}
	args := e.AsCall().Args()
	if !isIdent(args[0], "now") || args[1].Kind() != ast.IdentKind {
		return nil, false
	}
	f, ok := w.voc.features[args[1].AsIdent()]
	return f, ok && (f.Aggregate == First || f.Aggregate == Last) && !f.OfValue()
}

func isIdent(e ast.Expr, name string) bool { return e.Kind() == ast.IdentKind && e.AsIdent() == name }

// constantSpan recognises days(N) and hours(N).
func constantSpan(e ast.Expr) (event.Instant, bool) {
	if e.Kind() != ast.CallKind || len(e.AsCall().Args()) != 1 || e.AsCall().Args()[0].Kind() != ast.LiteralKind {
		return 0, false
	}
	n, ok := number(e.AsCall().Args()[0].AsLiteral())
	if !ok {
		return 0, false
	}
	unit := map[string]float64{"days": 24 * 60 * 60, "hours": 60 * 60}[e.AsCall().FunctionName()]
	d, ok := spanOf(n, unit).(types.Duration)
	return event.Instant(d.Microseconds()), ok && unit > 0
}

func mirrored(op string) string {
	switch op {
	case operators.Less:
		return operators.Greater
	case operators.Greater:
		return operators.Less
	case operators.LessEquals:
		return operators.GreaterEquals
	case operators.GreaterEquals:
		return operators.LessEquals
	default:
		return op
	}
}

// check reports what no expression may do.
func (w *timeWalk) check(e ast.Expr) {
	switch e.Kind() {
	case ast.IdentKind:
		if e.AsIdent() == "now" && !w.allowed[e.ID()] {
			w.v.problemAt(w.p.at(e), "now may only be compared as now - FEATURE < days(N), with a first or last feature and a number",
				"write for instance now - last_order > days(30), so that it is known when the answer changes")
		}
	case ast.SelectKind:
		s := e.AsSelect()
		if isIdent(s.Operand(), "event") && s.FieldName() != "name" && s.FieldName() != "kind" {
			w.v.problemAt(w.p.at(e), fmt.Sprintf("an event has no %q", s.FieldName()),
				"use event.name, event.kind, properties or context")
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		for _, name := range []string{c.IterVar(), c.IterVar2()} {
			if slices.Contains(w.voc.names, name) {
				w.v.problemAt(w.p.at(e), fmt.Sprintf("the loop variable %q has the name of something else", name), "give it another name")
			}
		}
	default: // everything else is free
	}
}
