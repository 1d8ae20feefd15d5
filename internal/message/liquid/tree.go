package liquid

import (
	"strings"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/parser"

	"github.com/rapporthq/rapport/internal/fault"
)

// node is one step of a template.
type node interface {
	run(f *frame) (signal, error)
}

// expr is an expression with the work that evaluating it is charged at: its
// length, and for each operator the size of a large value.
type expr struct {
	expressions.Expression
	cost int
	line int
}

type (
	textNode  struct{ text string }
	printNode struct {
		expr
		source string // as the author wrote it, without filters
	}
	assignNode struct {
		expr
		name string
	}
	captureNode struct {
		name string
		body []node
	}
	branch struct {
		when expr
		not  bool
		body []node
	}
	// ifNode is an if or unless; a branch without an expression is its else.
	ifNode   struct{ branches []branch }
	caseNode struct {
		subject expr
		clauses []clause
	}
	clause struct {
		when []expressions.Expression // none: else
		cost int
		body []node
	}
	forNode struct {
		loop    expressions.Loop
		cost    int
		line    int
		body    []node
		orElse  []node
		hasElse bool
	}
	cycleNode struct{ expressions.Cycle }
	countNode struct {
		name string
		step int
	}
	signalNode struct{ signal signal }
)

// compileAll turns the library's tree into ours, applying white space control.
func compileAll(in []parser.ASTNode, depth int) ([]node, error) {
	if depth > MaxDepth {
		return nil, fault.New(fault.TooLarge, "blocks are nested more than %d deep", MaxDepth)
	}
	trim(in)
	out := make([]node, 0, len(in))
	for _, n := range in {
		c, err := compile(n, depth)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out = append(out, c)
		}
	}
	return out, nil
}

// trim removes the white space next to {{- -}} and {%- -%}.
func trim(in []parser.ASTNode) {
	for i, n := range in {
		t, ok := n.(*parser.ASTTrim)
		if !ok {
			continue
		}
		if t.TrimDirection == parser.Left && i > 0 {
			if text, ok := in[i-1].(*parser.ASTText); ok {
				text.Source = strings.TrimRight(text.Source, " \t\r\n\v\f")
			}
		}
		if t.TrimDirection == parser.Right && i+1 < len(in) {
			if text, ok := in[i+1].(*parser.ASTText); ok {
				text.Source = strings.TrimLeft(text.Source, " \t\r\n\v\f")
			}
		}
	}
}

func compile(n parser.ASTNode, depth int) (node, error) {
	switch n := n.(type) {
	case *parser.ASTText:
		return textNode{n.Source}, nil
	case *parser.ASTRaw:
		return textNode{strings.Join(n.Slices, "")}, nil
	case *parser.ASTTrim:
		return nil, nil //nolint:nilnil // applied by trim, nothing to run
	case *parser.ASTObject:
		source, _, _ := strings.Cut(n.Args, "|")
		return printNode{expr{n.Expr, cost(n.Args), n.SourceLoc.LineNo}, strings.TrimSpace(source)}, nil
	case *parser.ASTTag:
		return compileTag(n)
	case *parser.ASTBlock:
		return compileBlock(n, depth+1)
	default:
		return nil, fault.New(fault.Internal, "the template holds a %T", n)
	}
}

func compileTag(n *parser.ASTTag) (node, error) {
	switch n.Name {
	case "assign":
		stmt, err := expressions.ParseStatement(expressions.AssignStatementSelector, n.Args)
		if err != nil || len(stmt.Path) != 1 {
			return nil, syntax(n.Token, "want {% assign name = value %}")
		}
		return assignNode{expr{stmt.ValueFn, cost(n.Args), n.SourceLoc.LineNo}, stmt.Assignment.Variable}, nil
	case "cycle":
		stmt, err := expressions.ParseStatement(expressions.CycleStatementSelector, n.Args)
		if err != nil {
			return nil, syntax(n.Token, `want {% cycle "a", "b" %}`)
		}
		return cycleNode{stmt.Cycle}, nil
	case "echo":
		e, err := parseExpr(n.Args, n.SourceLoc.LineNo)
		if err != nil {
			return nil, syntax(n.Token, "want {% echo value %}")
		}
		source, _, _ := strings.Cut(n.Args, "|")
		return printNode{e, strings.TrimSpace(source)}, nil
	case "increment", "decrement":
		if !isName(n.Args) {
			return nil, syntax(n.Token, "want {% "+n.Name+" name %}")
		}
		return countNode{n.Args, map[string]int{"increment": 1, "decrement": -1}[n.Name]}, nil
	case "break":
		return signalNode{stop}, nil
	case "continue":
		return signalNode{next}, nil
	default:
		return nil, fault.New(fault.Invalid, "line %d: there is no tag %q; use if, unless, case, for, assign, capture, cycle, echo, increment, decrement, comment or raw",
			n.SourceLoc.LineNo, n.Name)
	}
}

func compileBlock(n *parser.ASTBlock, depth int) (node, error) {
	body, err := compileAll(n.Body, depth)
	if err != nil {
		return nil, err
	}
	switch n.Name {
	case "if", "unless":
		return compileIf(n, body, depth)
	case "case":
		return compileCase(n, depth)
	case "for":
		return compileFor(n, body, depth)
	case "capture":
		name := strings.Trim(n.Args, `"'`)
		if !isName(name) {
			return nil, syntax(n.Token, "want {% capture name %}")
		}
		return captureNode{name, body}, nil
	default:
		return nil, fault.New(fault.Internal, "the template holds a %q block", n.Name)
	}
}

func compileIf(n *parser.ASTBlock, body []node, depth int) (node, error) {
	when, err := parseExpr(n.Args, n.SourceLoc.LineNo)
	if err != nil {
		return nil, syntax(n.Token, "the condition cannot be read")
	}
	out := ifNode{branches: []branch{{when: when, not: n.Name == "unless", body: body}}}
	for _, c := range n.Clauses {
		b := branch{}
		if c.Name == "elsif" {
			if b.when, err = parseExpr(c.Args, c.SourceLoc.LineNo); err != nil {
				return nil, syntax(c.Token, "the condition cannot be read")
			}
		}
		if b.body, err = compileAll(c.Body, depth); err != nil {
			return nil, err
		}
		out.branches = append(out.branches, b)
	}
	return out, nil
}

func compileCase(n *parser.ASTBlock, depth int) (node, error) {
	subject, err := parseExpr(n.Args, n.SourceLoc.LineNo)
	if err != nil {
		return nil, syntax(n.Token, "want {% case value %}")
	}
	out := caseNode{subject: subject}
	for _, c := range n.Clauses {
		body, err := compileAll(c.Body, depth)
		if err != nil {
			return nil, err
		}
		cl := clause{cost: cost(c.Args) + compareCost, body: body}
		if c.Name == "when" {
			stmt, err := expressions.ParseStatement(expressions.WhenStatementSelector, c.Args)
			if err != nil || len(stmt.Exprs) == 0 {
				return nil, syntax(c.Token, "want {% when value, value %}")
			}
			cl.when = stmt.Exprs
		}
		out.clauses = append(out.clauses, cl)
	}
	return out, nil
}

func compileFor(n *parser.ASTBlock, body []node, depth int) (node, error) {
	stmt, err := expressions.ParseStatement(expressions.LoopStatementSelector, n.Args)
	if err != nil || stmt.Cols != nil {
		return nil, syntax(n.Token, "want {% for item in list %}, with limit, offset or reversed after it")
	}
	out := forNode{loop: stmt.Loop, cost: cost(n.Args), line: n.SourceLoc.LineNo, body: body}
	for _, c := range n.Clauses {
		if out.hasElse {
			return nil, syntax(c.Token, "a for has one else")
		}
		out.hasElse = true
		if out.orElse, err = compileAll(c.Body, depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compareCost is charged for each operator that may look at two whole values.
const compareCost = 128

func cost(args string) int {
	n := 1 + len(args)/8
	for _, op := range []string{"contains", "=", "<", ">"} {
		n += compareCost * strings.Count(args, op)
	}
	return n
}

func parseExpr(args string, line int) (expr, error) {
	e, err := expressions.Parse(args)
	return expr{e, cost(args), line}, err
}

func syntax(tok parser.Token, want string) error {
	return fault.New(fault.Invalid, "line %d: %s: %s", tok.SourceLoc.LineNo, firstLine(tok.Source), want)
}

func isName(s string) bool {
	return s != "" && !strings.ContainsAny(s, " \t\r\n.,[](){}|'\"")
}
