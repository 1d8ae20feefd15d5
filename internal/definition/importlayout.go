package definition

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// layout reads how the file is divided into named columns.
func (c *importCompiler) layout(o *object) {
	m := c.m
	if c.query {
		m.Format = JSON
		c.columnsOf(o)
		return
	}
	m.Format = Format(o.take("format").oneOf(true, string(Delimited), string(FixedWidth), string(JSON), string(Parquet), string(SegmentCalls)))
	if m.Format == SegmentCalls {
		return
	}
	if delimiter := o.take("delimiter"); m.Format == FixedWidth || m.Format.typed() {
		c.without(delimiter)
	} else {
		m.Delimiter = c.delimiter(delimiter)
	}
	if header := o.take("header"); m.Format.typed() {
		c.without(header)
	} else {
		m.Header = header.flag()
	}
	if encoding := o.take("encoding"); m.Format.typed() {
		c.without(encoding)
	} else {
		m.Latin1 = encoding.oneOf(true, "utf-8", "latin1") == "latin1"
	}
	c.columnsOf(o)
}

// columnsOf reads the names of the columns, of the file and of what is made up.
func (c *importCompiler) columnsOf(o *object) {
	m := c.m
	m.empty = o.take("empty").texts()
	columns := o.take("columns")
	seen := ids{}
	if columns.need("list the names of the columns in the order of the file") {
		for _, v := range columns.list() {
			c.addColumn(v, c.column(v), seen)
		}
	}
	if v := o.take(string(RowNumber)); !v.absent() {
		c.addColumn(v, ImportColumn{Name: strings.TrimSpace(v.text()), Made: RowNumber}, seen)
		m.Invented = append(m.Invented, fmt.Sprintf("%s is invented: the number of the row within the file", strings.TrimSpace(v.text())))
	}
	if v := o.take(string(FileName)); !v.absent() {
		c.addColumn(v, ImportColumn{Name: strings.TrimSpace(v.text()), Made: FileName}, seen)
	}
}

// without reports a key that the format has no use for.
func (c *importCompiler) without(v value) {
	if !v.absent() {
		v.problem(fmt.Sprintf("%s has none", c.m.Format), "remove it, or use format: delimited")
	}
}

func (c *importCompiler) addColumn(v value, col ImportColumn, seen ids) {
	if col.Name == "" && (v.absent() || v.isText()) {
		v.problem("has no name", "name the column")
	}
	if seen[col.Name] && col.Name != "" {
		v.problem(fmt.Sprintf("there are two columns %q", col.Name), "give each its own name")
	}
	seen[col.Name] = true
	c.m.Columns = append(c.m.Columns, col)
	c.names = append(c.names, col.Name)
}

func (c *importCompiler) column(v value) ImportColumn {
	if c.m.Format != FixedWidth && (v.absent() || v.isText()) {
		name := strings.TrimSpace(v.text())
		col := ImportColumn{Name: name, Path: []string{name}}
		if c.m.Format.typed() {
			col.Path = pathOf(name)
		}
		return col
	}
	o := v.object()
	col := ImportColumn{Name: strings.TrimSpace(o.take("name").text())}
	if col.Name == "" && !o.has("name") {
		v.problem("has no name", "write name: NAME")
	}
	switch {
	case c.m.Format == FixedWidth:
		col.Start = o.take("start").count(1 << 20)
		col.Width = o.take("width").count(1 << 20)
	case c.m.Format.typed():
		col.Path = pathOf(col.Name)
		if path := o.take("path"); !path.absent() {
			col.Path = pathOf(strings.TrimSpace(path.text()))
		}
	default:
		col.Path = []string{col.Name}
		col.Optional = o.take("optional").flag()
	}
	o.end()
	return col
}

// pathOf divides a path at its dots. A dot within a name has a backslash before
// it.
func pathOf(text string) []string {
	var steps []string
	var step strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			step.WriteByte(text[i])
		case text[i] == '.':
			steps = append(steps, step.String())
			step.Reset()
		default:
			step.WriteByte(text[i])
		}
	}
	return append(steps, step.String())
}

func (c *importCompiler) delimiter(v value) rune {
	switch t := v.text(); {
	case v.absent(), t == "comma", !v.isText():
		return ','
	case t == "whitespace":
		return 0
	case t == "tab":
		return '\t'
	case t == "semicolon":
		return ';'
	case t == "pipe":
		return '|'
	default:
		r, n := utf8.DecodeRuneInString(t)
		if n != len(t) || strings.ContainsRune("\"\r\n\x00 ", r) || r == utf8.RuneError {
			v.problem(fmt.Sprintf("%q is not a delimiter", t), "use comma, semicolon, tab, pipe, whitespace, or one character")
			return ','
		}
		return r
	}
}

// columnNamed gives the place of the column that v names.
func (c *importCompiler) columnNamed(v value) int {
	if !v.need("name a column") {
		return 0
	}
	name := v.oneKnown("column", c.names)
	for i, n := range c.names {
		if n == name {
			return i
		}
	}
	return 0
}

func (c *importCompiler) columns(v value) []int {
	var out []int
	for _, item := range v.list() {
		out = append(out, c.columnNamed(item))
	}
	return out
}

// made gives the value of a column that is not in the file.
func (c ImportColumn) made(row int, file string) string {
	switch c.Made {
	case RowNumber:
		return strconv.Itoa(row)
	case FileName:
		return file
	default:
		return ""
	}
}
