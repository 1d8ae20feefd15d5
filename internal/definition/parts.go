package definition

import (
	"errors"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"

	"github.com/rapporthq/rapport/internal/event"
)

// Verdict is what a part of a predicate comes to. The order makes an and the
// least and an or the greatest of its arguments (Kleene 1952).
type Verdict uint8

// The verdicts.
const (
	No        Verdict = iota
	Undecided         // for want of a key, or because a value has another type
	Yes
)

// Not returns the opposite; what is undecided stays so.
func (v Verdict) Not() Verdict { return Yes - v }

// Logic is a predicate taken apart at its ands, ors and nots. It holds where it
// comes to Yes.
type Logic struct {
	Op   Op      // OpAnd, OpOr, OpNot, or empty for a Part
	Args []Logic // of an and or or two or more, of a not one
	Part *Part
}

// Part is a part of a predicate that holds no and, or and not but within
// something else. It is immutable and safe for concurrent use.
type Part struct {
	x       *Expr
	program cel.Program

	Node    Node
	Traits  []string // names of the traits that it asks, sorted
	Account bool     // it asks of the person's account
	Any     bool     // it asks of the traits as a whole, so that their names are not known
	Loops   bool     // it has loops, which are metered over the whole predicate
}

// Logic takes the predicate apart. An error is a broken invariant: what has been
// planned as a whole can be planned in parts.
func (x *Expr) Logic() (Logic, error) {
	if x == nil {
		return Logic{Op: OpAnd}, nil
	}
	return x.logic(x.predicate.checked.Expr())
}

func (x *Expr) logic(e ast.Expr) (Logic, error) {
	if e.Kind() == ast.CallKind {
		ops := map[string]Op{operators.LogicalAnd: OpAnd, operators.LogicalOr: OpOr, operators.LogicalNot: OpNot}
		if op, ok := ops[e.AsCall().FunctionName()]; ok {
			out := Logic{Op: op}
			for _, arg := range e.AsCall().Args() {
				l, err := x.logic(arg)
				if err != nil {
					return Logic{}, err
				}
				if l.Op == op && op != OpNot {
					out.Args = append(out.Args, l.Args...)
				} else {
					out.Args = append(out.Args, l)
				}
			}
			return out, nil
		}
	}
	p, err := x.part(e)
	return Logic{Part: p}, err
}

func (x *Expr) part(e ast.Expr) (*Part, error) {
	whole := x.predicate.checked
	sub := ast.NewCheckedAST(ast.NewAST(e, whole.SourceInfo()), whole.TypeMap(), whole.ReferenceMap())
	program, err := x.predicate.env.PlanProgram(sub, x.predicate.options...)
	if err != nil {
		return nil, err //nolint:wrapcheck // cannot be
	}
	p := &Part{x: x, program: program, Node: x.node(e)}
	named := map[int64]bool{} // ids of the traits idents that a name follows
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.SelectKind:
			if s := e.AsSelect(); isIdent(s.Operand(), "traits") {
				named[s.Operand().ID()] = true
				p.Traits = append(p.Traits, s.FieldName())
			}
		case ast.IdentKind:
			p.Account = p.Account || e.AsIdent() == "account"
			p.Any = p.Any || e.AsIdent() == "traits" && !named[e.ID()]
		case ast.ComprehensionKind:
			p.Loops = true
		default: // asks by what is in it
		}
	}))
	slices.Sort(p.Traits)
	p.Traits = slices.Compact(p.Traits)
	return p, nil
}

// Decide says what the part comes to of v. It fails only when the evaluation took
// too many steps.
func (p *Part) Decide(v Vars) (Verdict, error) {
	out, _, err := p.program.Eval(&activation{x: p.x, v: &v})
	_, stopped := errors.AsType[interpreter.EvalCancelledError](err)
	switch {
	case stopped:
		return Undecided, errCost
	case err == nil && out == types.True:
		return Yes, nil
	case err == nil && out == types.False:
		return No, nil
	default: // an error says that it cannot be decided; so does a trait that is neither
		return Undecided, nil
	}
}

// Holds reports whether h holds at now of someone who did Of and Not at these
// times, each the newest first.
func (h *History) Holds(now event.Instant, of, not []event.Instant) bool {
	within := event.Instant(h.Within.Microseconds())
	c := condition{thenNot: h.Not != nil, times: h.Times, within: within}
	return c.when(now, of, not)
}
