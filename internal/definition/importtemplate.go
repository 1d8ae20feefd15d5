package definition

import (
	"fmt"
	"strings"
)

// template is a constant text, or one with columns in it.
type template struct {
	constant string
	parts    []templatePart // none: the constant
}

type templatePart struct {
	before string // literal text before the column
	column int    // -1: none, at the end
}

// template reads text with columns in braces, such as shop-{id}. Text without
// braces is a column if plain is true, else a constant.
func (c *importCompiler) template(v value, plain bool) template {
	text := strings.TrimSpace(v.text())
	switch {
	case v.absent() || !v.isText():
		return template{}
	case !strings.Contains(text, "{") && plain:
		return template{parts: []templatePart{{column: c.columnNamed(v)}}}
	case !strings.Contains(text, "{"):
		return template{constant: text}
	}
	var t template
	for text != "" {
		before, rest, open := strings.Cut(text, "{")
		if !open {
			t.parts = append(t.parts, templatePart{before: before, column: -1})
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			v.problem("a brace is not closed", "write columns in braces, such as shop-{id}")
			break
		}
		t.parts = append(t.parts, templatePart{before: before, column: c.columnIndex(v, strings.TrimSpace(name))})
		text = after
	}
	return t
}

func (c *importCompiler) columnIndex(v value, name string) int {
	for i, n := range c.names {
		if n == name {
			return i
		}
	}
	mend := "use one of: " + strings.Join(c.names, ", ")
	if near := nearest(name, c.names); near != "" {
		mend = fmt.Sprintf("did you mean %q?", near)
	}
	v.problem(fmt.Sprintf("there is no column %q", name), mend)
	return 0
}

// render fills in the fields. A column that is empty makes the whole text empty:
// "shop-" alone would join strangers.
func (t template) render(fields []string) string {
	if len(t.parts) == 0 {
		return t.constant
	}
	if len(t.parts) == 1 && t.parts[0].before == "" && t.parts[0].column >= 0 {
		return fields[t.parts[0].column]
	}
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.before)
		if p.column < 0 {
			continue
		}
		if fields[p.column] == "" {
			return ""
		}
		b.WriteString(fields[p.column])
	}
	return b.String()
}

// fill is render, but leaves a column that is empty out: for text that people
// read.
func (t template) fill(fields []string) string {
	if len(t.parts) == 0 {
		return t.constant
	}
	var b strings.Builder
	for _, p := range t.parts {
		b.WriteString(p.before)
		if p.column >= 0 {
			b.WriteString(fields[p.column])
		}
	}
	return strings.TrimSpace(b.String())
}
