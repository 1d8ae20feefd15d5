package definition

import (
	"slices"
	"time"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/rapporthq/rapport/internal/event"
)

// Op says what a Node is.
type Op string

// What a node can be. A node of another kind than Other is true, false or a
// value by the meaning of CEL and of package definition; what cannot be decided,
// such as a comparison with a trait that is missing, makes the whole predicate
// false unless an and or or decides without it. See Expr.
const (
	OpAnd Op = "and" // Args, two or more
	OpOr  Op = "or"  // Args, two or more
	OpNot Op = "not" // one of Args

	OpEqual          Op = "=="
	OpNotEqual       Op = "!="
	OpLess           Op = "<"
	OpLessOrEqual    Op = "<="
	OpGreater        Op = ">"
	OpGreaterOrEqual Op = ">="
	OpIn             Op = "in"   // Args: a value, and a list or map
	OpHas            Op = "has"  // Path of a trait: it is there
	OpCall           Op = "call" // Name of a CEL function or operator, such as startsWith or _-_, of Args

	OpLiteral Op = "literal" // Value
	OpList    Op = "list"    // Args
	OpFeature Op = "feature" // Feature
	OpTrait   Op = "trait"   // Path within the traits; empty: all of them
	OpStage   Op = "stage"   // the id of the stage
	OpNow     Op = "now"     // the workspace's clock
	OpSegment Op = "segment" // Name: belongs to that segment
	OpBucket  Op = "bucket"  // Name: the salt. See profile.Bucket
	OpHistory Op = "history" // History

	OpOther Op = "other" // a loop, or something else that only Expr.Holds evaluates
)

// Node is a part of a predicate as a tree, for those who evaluate it in another
// way than person by person.
type Node struct {
	Op      Op
	Args    []Node
	Name    string
	Path    []string
	Feature *Feature
	History *History
	Value   any // nil, bool, int64, uint64, float64, string, time.Duration or event.Instant
}

// History is what a history function asks: that Of happened Times times within
// Within (zero: ever) of now, or with Not, that the latest Of is at least Within
// ago and Not has not happened since.
type History struct {
	Of     *Feature // Recent: of these events
	Not    *Feature // Recent; nil but for did_then_not
	Times  int
	Within time.Duration
}

// Tree returns the predicate as a tree; the zero node for a nil Expr. The nodes
// are the caller's, the features are not.
func (x *Expr) Tree() Node {
	if x == nil {
		return Node{}
	}
	return x.node(x.predicate.root)
}

// Exact reports whether no part of the tree is Other.
func (n Node) Exact() bool {
	return n.Op != OpOther && !slices.ContainsFunc(n.Args, func(a Node) bool { return !a.Exact() })
}

func (x *Expr) node(e ast.Expr) Node {
	switch e.Kind() {
	case ast.LiteralKind:
		return literalNode(e)
	case ast.IdentKind:
		return x.identNode(e.AsIdent())
	case ast.SelectKind:
		if path, ok := traitPath(e); ok {
			if e.AsSelect().IsTestOnly() {
				return Node{Op: OpHas, Path: path}
			}
			return Node{Op: OpTrait, Path: path}
		}
	case ast.ListKind:
		return Node{Op: OpList, Args: x.nodes(e.AsList().Elements())}
	case ast.CallKind:
		return x.callNode(e)
	default: // loops, maps and structures
	}
	return Node{Op: OpOther}
}

func (x *Expr) nodes(es []ast.Expr) []Node {
	out := make([]Node, len(es))
	for i, e := range es {
		out[i] = x.node(e)
	}
	return out
}

func literalNode(e ast.Expr) Node {
	n := Node{Op: OpLiteral}
	switch v := e.AsLiteral().(type) {
	case types.Null:
	case types.Bool:
		n.Value = bool(v)
	case types.Int:
		n.Value = int64(v)
	case types.Uint:
		n.Value = uint64(v)
	case types.Double:
		n.Value = float64(v)
	case types.String:
		n.Value = string(v)
	default:
		return Node{Op: OpOther}
	}
	return n
}

func (x *Expr) identNode(name string) Node {
	if f, ok := x.features[name]; ok {
		return Node{Op: OpFeature, Feature: f}
	}
	switch name {
	case "traits":
		return Node{Op: OpTrait}
	case "stage":
		return Node{Op: OpStage}
	case "now":
		return Node{Op: OpNow}
	case "never":
		return Node{Op: OpLiteral, Value: event.Instant(0)}
	default:
		return Node{Op: OpOther}
	}
}

// traitPath recognises traits.a.b, and has(traits.a.b).
func traitPath(e ast.Expr) ([]string, bool) {
	if isIdent(e, "traits") {
		return nil, true
	}
	if e.Kind() != ast.SelectKind {
		return nil, false
	}
	s := e.AsSelect()
	path, ok := traitPath(s.Operand())
	return append(path, s.FieldName()), ok
}

func (x *Expr) callNode(e ast.Expr) Node {
	switch in, key := lookedUp(e); in {
	case historyMap:
		c := x.history[key]
		return Node{Op: OpHistory, History: &History{Of: c.of, Not: c.not, Times: c.times, Within: microseconds(int64(c.within))}}
	case segmentMap:
		return Node{Op: OpSegment, Name: key}
	case bucketMap:
		return Node{Op: OpBucket, Name: key}
	}
	if span, ok := constantSpan(e); ok {
		return Node{Op: OpLiteral, Value: microseconds(int64(span))}
	}
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	n := Node{Op: OpCall, Name: call.FunctionName(), Args: x.nodes(args)}
	ops := map[string]Op{
		operators.LogicalAnd: OpAnd, operators.LogicalOr: OpOr, operators.LogicalNot: OpNot, operators.In: OpIn,
		operators.Equals: OpEqual, operators.NotEquals: OpNotEqual, operators.Less: OpLess, operators.LessEquals: OpLessOrEqual,
		operators.Greater: OpGreater, operators.GreaterEquals: OpGreaterOrEqual,
	}
	if op, ok := ops[n.Name]; ok {
		n.Op, n.Name = op, ""
	}
	return n
}
