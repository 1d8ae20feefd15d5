package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/rapporthq/rapport/internal/event"
)

// Format says how a text file is divided into fields.
type Format string

// The formats.
const (
	Delimited  Format = "delimited"   // by a delimiter, quoted as RFC 4180 has it; or by white space
	FixedWidth Format = "fixed_width" // by position
)

// ImportMap says how the lines of a text file become events. It is immutable
// and safe for concurrent use. Its YAML is described in the package comment.
type ImportMap struct {
	Hash string // hex SHA-256 of the source
	Name string

	Format     Format
	Delimiter  rune // of Delimited; 0: any run of white space
	Header     bool // the first line holds the names of the columns
	Latin1     bool // ISO 8859-1; UTF-8 otherwise
	Columns    []ImportColumn
	Grouped    bool // lines with the same Row.Key are one event
	Scattered  bool // they may be anywhere in the file rather than one after another
	Identified bool // rows may carry traits: Events begins with an identify call

	empty       []string
	skip        []skipRule
	rules       []eventRule
	userID      template
	anonymousID template
	time        timeRule
	amount      amountRule
	currency    template
	groupBy     []int
	properties  []importProperty
	products    []importProperty
	traits      []importProperty
}

// ImportColumn is a column of the file.
type ImportColumn struct {
	Name  string
	Start int // of FixedWidth: the first character, from 1
	Width int // of FixedWidth: in characters
}

type skipRule struct {
	when   *predicate
	reason string
}

type eventRule struct {
	when   *predicate // nil: always
	event  template
	negate []int // columns whose sign is turned
}

// amountRule takes the money of a row: a column, or the product of several.
type amountRule struct {
	property string // "": rows have no amount
	factors  []int
}

// importProperty is a property or trait made of a column or a constant.
type importProperty struct {
	name     string
	column   int // -1: constant
	constant string
	kind     string // string, number, int or bool
	fold     string // first, last or sum, over the rows of a group
}

// CompileImportMap checks source and returns the map that it describes. Its
// error is Problems: all of them at once.
func CompileImportMap(source []byte) (*ImportMap, error) {
	root, src := parse(source)
	sum := sha256.Sum256(source)
	c := &importCompiler{m: &ImportMap{Hash: hex.EncodeToString(sum[:])}}
	if len(src.problems) == 0 {
		if err := c.compile(root.object()); err != nil {
			return nil, err
		}
	}
	if err := src.problems.err(); err != nil {
		return nil, err
	}
	return c.m, nil
}

type importCompiler struct {
	m     *ImportMap
	names []string // of the columns
	env   *cel.Env
}

func (c *importCompiler) compile(o *object) error {
	env, err := newEnv(cel.Variable("row", cel.MapType(cel.StringType, cel.StringType)), numberFunction())
	if err != nil {
		return err
	}
	c.env = env
	c.m.Name = strings.TrimSpace(o.take("name").text())
	c.layout(o)
	c.skips(o.take("skip"))
	c.identity(o.take("identity"))
	c.events(o.take("event"))
	c.time(o.take("time"))
	c.money(o)
	group := o.take("group_by")
	c.m.groupBy = c.columns(group)
	c.m.Grouped = len(c.m.groupBy) > 0
	lines := o.take("group_lines")
	c.m.Scattered = lines.oneOf(true, "together", "anywhere") == "anywhere"
	if !c.m.Grouped && !lines.absent() {
		lines.problem("says how grouped lines lie, but there is no group_by", "add group_by, or remove it")
	}
	c.m.properties = c.fields(o.take("properties"), c.m.Grouped)
	products := o.take("products")
	c.m.products = c.fields(products, false)
	c.m.traits = c.fields(o.take("traits"), false)
	c.m.Identified = len(c.m.traits) > 0
	o.end()
	return nil
}

// layout reads how the file is divided into named columns.
func (c *importCompiler) layout(o *object) {
	m := c.m
	m.Format = Format(o.take("format").oneOf(true, string(Delimited), string(FixedWidth)))
	delimiter := o.take("delimiter")
	m.Delimiter = c.delimiter(delimiter)
	if m.Format == FixedWidth && !delimiter.absent() {
		delimiter.problem("fixed_width has no delimiter", "remove it, or use format: delimited")
	}
	m.Header = o.take("header").flag(false)
	m.Latin1 = o.take("encoding").oneOf(true, "utf-8", "latin1") == "latin1"
	m.empty = o.take("empty").texts()
	columns := o.take("columns")
	if !columns.need("list the names of the columns in the order of the file") {
		return
	}
	seen := ids{}
	for _, v := range columns.list() {
		col := c.column(v)
		if col.Name == "" && (v.absent() || v.isText()) {
			v.problem("has no name", "name the column")
		}
		if seen[col.Name] && col.Name != "" {
			v.problem(fmt.Sprintf("there are two columns %q", col.Name), "give each its own name")
		}
		seen[col.Name] = true
		m.Columns = append(m.Columns, col)
		c.names = append(c.names, col.Name)
	}
}

func (c *importCompiler) column(v value) ImportColumn {
	if c.m.Format != FixedWidth {
		return ImportColumn{Name: strings.TrimSpace(v.text())}
	}
	o := v.object()
	col := ImportColumn{Name: strings.TrimSpace(o.take("name").text())}
	col.Start = o.take("start").count(1 << 20)
	col.Width = o.take("width").count(1 << 20)
	o.end()
	return col
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

func (c *importCompiler) skips(v value) {
	for _, item := range v.list() {
		o := item.object()
		when, reason := o.take("when"), o.take("reason")
		when.need(`say which rows, such as row.customer == ""`)
		reason.need("say why, since it is counted and shown")
		c.m.skip = append(c.m.skip, skipRule{when: c.rowPredicate(when), reason: strings.TrimSpace(reason.text())})
		o.end()
	}
}

func (c *importCompiler) identity(v value) {
	if !v.need("say which column names the person, such as identity: {user_id: customer}") {
		return
	}
	o := v.object()
	c.m.userID = c.template(o.take("user_id"), true)
	c.m.anonymousID = c.template(o.take("anonymous_id"), true)
	if !o.has("user_id") && !o.has("anonymous_id") {
		v.problem("names nobody", "give user_id or anonymous_id")
	}
	o.end()
}

func (c *importCompiler) events(v value) {
	if !v.need("name the event that a row is, such as event: Order Completed") {
		return
	}
	items := v.list()
	for i, item := range items {
		if item.isText() {
			c.m.rules = append(c.m.rules, eventRule{event: c.template(item, false)})
			continue
		}
		o := item.object()
		when, name := o.take("when"), o.take("event")
		name.need("name the event, such as Order Completed")
		if when.absent() && i < len(items)-1 {
			item.problem("has no when, so the rules after it are never reached", "move it to the end, or say when")
		}
		c.m.rules = append(c.m.rules, eventRule{
			when: c.rowPredicate(when), event: c.template(name, false), negate: c.columns(o.take("negate")),
		})
		o.end()
	}
}

func (c *importCompiler) money(o *object) {
	amount := o.take("amount")
	currency := o.take("currency")
	if amount.absent() {
		if !currency.absent() {
			currency.problem("there is a currency and no amount", "add amount, or remove it")
		}
		return
	}
	a := amount.object()
	c.m.amount.property = "revenue"
	if p := a.take("property"); !p.absent() {
		c.m.amount.property = p.text()
	}
	column, product := a.take("column"), a.take("product_of")
	switch {
	case column.absent() == product.absent():
		amount.problem("needs one of column and product_of", "write column: NAME, or product_of: [NAME, NAME]")
	case product.absent():
		c.m.amount.factors = []int{c.columnNamed(column)}
	default:
		c.m.amount.factors = c.columns(product)
	}
	a.end()
	if !currency.need("money always has a currency: write its three letters, or {column: NAME}") {
		return
	}
	if currency.isText() {
		c.m.currency = template{constant: currency.currency("")}
		return
	}
	k := currency.object()
	c.m.currency = template{parts: []templatePart{{column: c.columnNamed(k.take("column"))}}}
	k.end()
}

// fields reads properties or traits: name: COLUMN, or a map with more to say.
func (c *importCompiler) fields(v value, grouped bool) []importProperty {
	if v.absent() {
		return nil
	}
	o := v.object()
	var out []importProperty
	for _, name := range o.keys {
		f := o.take(name)
		p := importProperty{name: name, column: -1, kind: "string", fold: "first"}
		if f.isText() || f.absent() {
			p.column = c.columnNamed(f)
			out = append(out, p)
			continue
		}
		fo := f.object()
		column, constant := fo.take("column"), fo.take("value")
		if column.absent() == constant.absent() {
			f.problem("needs one of column and value", "write column: NAME, or value: TEXT")
		} else if constant.absent() {
			p.column = c.columnNamed(column)
		}
		p.constant = constant.text()
		p.kind = fo.take("type").oneOf(true, "string", "number", "int", "bool")
		if grouped {
			fold := fo.take("fold")
			p.fold = fold.oneOf(true, "first", "last", "sum")
			if p.fold == "sum" && p.kind != "number" && p.kind != "int" {
				fold.problem("only numbers can be summed", "add type: number or type: int")
			}
		}
		fo.end()
		out = append(out, p)
	}
	return out
}

func (c *importCompiler) rowPredicate(v value) *predicate {
	p := v.compilePredicate(c.env, []string{"row", "number"})
	if p == nil {
		return nil
	}
	ast.PostOrderVisit(p.root, ast.NewExprVisitor(func(e ast.Expr) {
		if name, ok := rowColumn(e); ok && !contains(c.names, name) {
			mend := "use one of: " + strings.Join(c.names, ", ")
			if near := nearest(name, c.names); near != "" {
				mend = fmt.Sprintf("did you mean %q?", near)
			}
			v.problem(fmt.Sprintf("there is no column %q", name), mend)
		}
	}))
	return p
}

// rowColumn returns the column that e reads, if it is row.NAME or row["NAME"].
func rowColumn(e ast.Expr) (string, bool) {
	isRow := func(o ast.Expr) bool { return o.Kind() == ast.IdentKind && o.AsIdent() == "row" }
	switch e.Kind() {
	case ast.SelectKind:
		return e.AsSelect().FieldName(), isRow(e.AsSelect().Operand())
	case ast.CallKind:
		args := e.AsCall().Args()
		if e.AsCall().FunctionName() != "_[_]" || len(args) != 2 || !isRow(args[0]) || args[1].Kind() != ast.LiteralKind {
			return "", false
		}
		name, ok := args[1].AsLiteral().(types.String)
		return string(name), ok
	default:
		return "", false
	}
}

// numberFunction declares number(text): what a column holds, to compare with.
func numberFunction() cel.EnvOption {
	return cel.Function("number", cel.Overload("number_string", []*cel.Type{cel.StringType}, cel.DoubleType,
		cel.UnaryBinding(func(arg ref.Val) ref.Val {
			text, _ := arg.(types.String)
			n, err := event.ParseMicros(string(text))
			if err != nil {
				return types.WrapErr(err)
			}
			return types.Double(n.Float())
		})))
}

func microseconds(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
