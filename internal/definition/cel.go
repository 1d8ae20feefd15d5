package definition

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// Limits of one expression. An expression without loops costs at most what its
// length allows; one with loops is metered as well.
const (
	maxExpression = 4000    // characters
	maxNodes      = 2000    // after macros
	maxCost       = 100_000 // CEL cost units of one evaluation
	maxRegex      = 1000    // instructions of a compiled regular expression
)

// errCost means that an evaluation was stopped because it went on for too long.
var errCost = errors.New("the expression took too many steps; make its lists or loops smaller")

// newEnv returns a CEL environment with the limits that all expressions have.
func newEnv(opts ...cel.EnvOption) (*cel.Env, error) {
	base := []cel.EnvOption{
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(60),
		cel.ExpressionNodeLimit(maxNodes),
		cel.RegexProgramSizeLimit(maxRegex),
	}
	env, err := cel.NewEnv(append(base, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("make the expression environment: %w", err)
	}
	return env, nil
}

// predicate is a checked and planned CEL expression whose result is true or false.
type predicate struct {
	program cel.Program
	root    ast.Expr

	text    []rune
	checked *ast.AST // whose root is root
	env     *cel.Env
	options []cel.ProgramOption
}

// at returns where in the text e is, from 1, in characters. CEL has a call at its
// bracket; here it is where its name begins.
func (p *predicate) at(e ast.Expr) int {
	where, _ := p.checked.SourceInfo().GetOffsetRange(e.ID())
	at := min(int(where.Start), len(p.text))
	if at < len(p.text) && p.text[at] == '(' {
		for at > 0 && (p.text[at-1] == '_' || unicode.IsLetter(p.text[at-1]) || unicode.IsDigit(p.text[at-1])) {
			at--
		}
	}
	return at + 1
}

// compilePredicate compiles the text at v. It reports what is wrong and returns
// nil then. The variables are named only to suggest them.
func (v value) compilePredicate(env *cel.Env, variables []string) *predicate {
	text := strings.TrimSpace(v.text())
	if text == "" {
		return nil
	}
	checked, issues := env.Compile(text)
	if issues != nil && issues.Err() != nil {
		v.expressionIssue(text, issues, variables)
		return nil
	}
	if !checked.OutputType().IsExactType(cel.BoolType) {
		v.problem(fmt.Sprintf("the expression gives %s", typeName(checked.OutputType())),
			"compare it with something, so that it is true or false")
		return nil
	}
	root := checked.NativeRep().Expr()
	opts := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if hasLoop(root) {
		opts = append(opts, cel.CostLimit(maxCost))
	}
	program, err := env.Program(folded(env, checked), opts...)
	if err != nil {
		v.problem("the expression cannot be used: "+err.Error(), "write it in another way")
		return nil
	}
	return &predicate{program: program, root: root, text: []rune(text), checked: checked.NativeRep(), env: env, options: opts}
}

func typeName(t *cel.Type) string {
	switch {
	case t.IsExactType(cel.DynType):
		return "whatever a trait or property holds"
	case t.IsExactType(cel.TimestampType):
		return "a point in time"
	case t.IsExactType(cel.DurationType):
		return "a length of time"
	default:
		return "a value of type " + t.String()
	}
}

// expressionIssue reports the first thing that CEL has against an expression:
// the others mostly follow from it.
func (v value) expressionIssue(text string, issues *cel.Issues, variables []string) {
	first := issues.Errors()[0]
	at := max(first.Location.Column(), 0) + 1
	for n, line := range strings.Split(text, "\n") {
		if n+1 < first.Location.Line() {
			at += utf8.RuneCountInString(line) + 1
		}
	}
	what, _, _ := strings.Cut(first.Message, "\n")
	what = plainIssue(what)
	mend := "write CEL, such as orders == 1 && now - last_order > days(30)"
	if usage, ok := strings.CutPrefix(what, misuse); ok {
		what, mend = "this function is not asked so", usage
	}
	if _, name, ok := strings.Cut(what, "undeclared reference to '"); ok {
		name, _, _ = strings.Cut(name, "'")
		what = fmt.Sprintf("there is no %q here", name)
		mend = "use " + strings.Join(variables, ", ")
		if near := nearest(name, variables); near != "" {
			mend = fmt.Sprintf("did you mean %q?", near)
		}
	}
	v.problemAt(at, fmt.Sprintf("the expression is wrong at character %d: %s", at, what), mend)
}

// folded computes the constant parts of an expression once. If that cannot be
// done the expression works as it is.
func folded(env *cel.Env, checked *cel.Ast) *cel.Ast {
	folding, err := cel.NewConstantFoldingOptimizer()
	if err != nil {
		return checked
	}
	optimizer, err := cel.NewStaticOptimizer(folding)
	if err != nil {
		return checked
	}
	if better, issues := optimizer.Optimize(env, checked); issues == nil || issues.Err() == nil {
		return better
	}
	return checked
}

// plainIssue says in other words what CEL says most often.
func plainIssue(what string) string {
	what = strings.TrimPrefix(what, "Syntax error: ")
	what = strings.ReplaceAll(what, " (in container '')", "")
	if strings.Contains(what, "'<EOF>'") {
		return "it ends too early"
	}
	what, _, _ = strings.Cut(what, " expecting ")
	if rest, ok := strings.CutPrefix(what, "found no matching overload for '"); ok {
		function, types, _ := strings.Cut(rest, "' applied to '")
		return fmt.Sprintf("%s does not work with %s", strings.Trim(function, "_"), strings.TrimSuffix(types, "'"))
	}
	return what
}

func hasLoop(root ast.Expr) bool {
	loop := false
	ast.PostOrderVisit(root, ast.NewExprVisitor(func(e ast.Expr) {
		loop = loop || e.Kind() == ast.ComprehensionKind
	}))
	return loop
}

// holds evaluates the predicate. What cannot be decided from the variables, for
// want of a key or because a value has another type, is false.
func (p *predicate) holds(vars cel.Activation) (bool, error) {
	out, _, err := p.program.Eval(vars)
	if _, ok := errors.AsType[interpreter.EvalCancelledError](err); ok {
		return false, errCost
	}
	return err == nil && out == types.True, nil
}

// spanFunction declares name(number) → duration, in multiples of unit seconds.
func spanFunction(name string, unit float64) cel.EnvOption {
	span := func(arg ref.Val) ref.Val {
		n, ok := number(arg)
		if !ok {
			return types.MaybeNoSuchOverloadErr(arg)
		}
		return spanOf(n, unit)
	}
	return cel.Function(name,
		cel.Overload(name+"_int", []*cel.Type{cel.IntType}, cel.DurationType, cel.UnaryBinding(span)),
		cel.Overload(name+"_double", []*cel.Type{cel.DoubleType}, cel.DurationType, cel.UnaryBinding(span)))
}

// spanOf returns n units of so many seconds, rounded to the microsecond in which
// events are dated, or an error value.
func spanOf(n, unit float64) ref.Val {
	us := math.Round(n * unit * 1e6)
	if math.IsNaN(us) || math.Abs(us) > float64(maxDuration.Microseconds()) {
		return types.NewErr("a length of time of more than a hundred years")
	}
	return types.Duration{Duration: microseconds(int64(us))}
}

func number(v ref.Val) (float64, bool) {
	switch v := v.(type) {
	case types.Int:
		return float64(v), true
	case types.Double:
		return float64(v), true
	default:
		return 0, false
	}
}
