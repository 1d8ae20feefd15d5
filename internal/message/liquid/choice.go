package liquid

import "errors"

type (
	branch struct {
		when expr // nil: else
		line int
		not  bool
		body []node
	}
	// ifNode is an if or unless.
	ifNode struct{ branches []branch }

	clause struct {
		when []expr // nil: else
		line int
		body []node
	}
	caseNode struct {
		subject expr
		line    int
		clauses []clause
	}
)

func (n ifNode) blank() bool {
	for _, b := range n.branches {
		if !allBlank(b.body) {
			return false
		}
	}
	return true
}

func (n caseNode) blank() bool {
	for _, c := range n.clauses {
		if !allBlank(c.body) {
			return false
		}
	}
	return true
}

func (c *compiler) branches(p piece) (node, error) {
	c.depth++
	defer func() { c.depth-- }()
	var n ifNode
	end := "end" + p.name
	for p.name != end {
		b := branch{line: p.line, not: p.name == "unless"}
		if p.name != "else" {
			when, err := parseAll(p.text, parseCondition)
			if err != nil {
				return nil, located(p.line, err)
			}
			b.when = when
		}
		body, ended, err := c.block([]string{"elsif", "else", end})
		if err != nil {
			return nil, err
		}
		b.body = body
		n.branches = append(n.branches, b)
		p = ended
	}
	if n.blank() {
		for i := range n.branches {
			n.branches[i].body = withoutText(n.branches[i].body)
		}
	}
	return n, nil
}

func (n ifNode) run(f *frame) (signal, error) {
	for _, b := range n.branches {
		if b.when != nil {
			holds, err := f.flag(b.line, b.when)
			if err != nil {
				return done, err
			}
			if holds == b.not {
				continue
			}
		}
		return f.run(b.body)
	}
	return done, nil
}

func (c *compiler) cases(p piece) (node, error) {
	c.depth++
	defer func() { c.depth-- }()
	subject, err := parseAll(p.text, parseOperand)
	if err != nil {
		return nil, err
	}
	n := caseNode{subject: subject, line: p.line}
	ends := []string{"when", "else", "endcase"}
	_, p, err = c.block(ends) // what stands before the first when is not printed
	if err != nil {
		return nil, err
	}
	for p.name != "endcase" {
		cl := clause{line: p.line}
		if p.name == "when" {
			if cl.when, err = parseAll(p.text, parseAlternatives); err != nil {
				return nil, located(p.line, err)
			}
		}
		if cl.body, p, err = c.block(ends); err != nil {
			return nil, err
		}
		n.clauses = append(n.clauses, cl)
	}
	if n.blank() {
		for i := range n.clauses {
			n.clauses[i].body = withoutText(n.clauses[i].body)
		}
	}
	return n, nil
}

func parseAlternatives(w *words) ([]expr, error) {
	if w.peek().kind == endToken {
		return nil, errors.New("want {% when value, value %}")
	}
	var out []expr
	for more := true; more; more = w.sign(",") || w.word("or") {
		e, err := parseOperand(w)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// As in the reference, a clause runs once for each of its values that matches,
// clauses after a match are looked at too, and else runs if nothing before it
// has matched.
func (n caseNode) run(f *frame) (signal, error) {
	subject, err := n.subject.eval(f)
	if err != nil {
		return done, atLine(n.line, err)
	}
	matched := false
	for _, c := range n.clauses {
		times := 0
		for _, w := range c.when {
			same, err := comparison{"==", literal{subject}, w}.eval(f)
			if err != nil {
				return done, atLine(c.line, err)
			}
			if truthy(same) {
				times++
				matched = true
			}
		}
		if c.when == nil && !matched {
			times = 1
		}
		for range times {
			if sig, err := f.run(c.body); sig != done || err != nil {
				return sig, err
			}
		}
	}
	return done, nil
}
