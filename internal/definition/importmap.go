package definition

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"

	"github.com/rapporthq/rapport/internal/event"
)

// Format says how a file is divided into rows and columns.
type Format string

// The formats.
const (
	Delimited    Format = "delimited"   // by a delimiter, quoted as RFC 4180 has it; or by white space
	FixedWidth   Format = "fixed_width" // by position
	JSON         Format = "json"        // an object a line; columns are paths into it
	Parquet      Format = "parquet"     // columns are paths too; a reader outside this package gives the rows
	SegmentCalls Format = "segment"     // a call of the tracking API a line: the map has nothing to say
)

// typed reports whether the format's values have types, which properties keep.
func (f Format) typed() bool { return f == JSON || f == Parquet }

// ImportMap says how the rows of a file become events. It is immutable and safe
// for concurrent use. Its YAML is described in the package comment.
type ImportMap struct {
	Hash string // hex SHA-256 of the source
	Name string

	Format    Format
	Delimiter rune // of Delimited; 0: any run of white space
	Header    bool // the first line holds the names of the columns
	Latin1    bool // ISO 8859-1; UTF-8 otherwise
	Columns   []ImportColumn
	Grouped   bool // lines with the same Row.Key are one event
	Scattered bool // they may be anywhere in the file rather than one after another
	Keyed     bool // Row.MessageID tells rows apart, whichever file they come in

	// Invented says, in sentences, which times and ids the map makes up.
	Invented []string

	empty      []string
	skip       []skipRule
	identities []identityRule
	messageID  []int
	time       timeRule
	parts      []eventPart
	several    bool // each of parts that holds is an event
	groupBy    []int
	traits     []importProperty
	consents   []consentRule
	bounces    []consentRule
}

// ImportColumn is a column of the file, or one that is made up for it.
type ImportColumn struct {
	Name     string
	Start    int      // of FixedWidth: the first character, from 1
	Width    int      // of FixedWidth: in characters
	Path     []string // of JSON and Parquet: member names, and numbers within lists; else the name
	Optional bool     // it may be missing from the header
	Made     MadeColumn
}

// MadeColumn says what a column that is not in the file holds.
type MadeColumn string

// The columns that are made up.
const (
	RowNumber MadeColumn = "row_number" // the number of the row within the file, from 1
	FileName  MadeColumn = "file_name"  // of the file, without its folder
)

type skipRule struct {
	when   *predicate
	reason string
}

// identityRule names the person of a row; the first that names anybody counts.
type identityRule struct{ userID, anonymousID template }

type eventRule struct {
	when   *predicate // nil: always
	event  template
	negate []int // columns whose sign is turned
}

// eventPart is one event that a row may be.
type eventPart struct {
	rules      []eventRule // of which the first that holds counts
	time       timeRule
	amount     amountRule
	currency   template
	properties []importProperty
	products   []importProperty
}

// amountRule takes the money of a row: a column, or the product of several.
type amountRule struct {
	property string // "": rows have no amount
	factors  []int
}

// consentRule is what a row says of consent, or of an address that cannot be
// reached.
type consentRule struct {
	when           *predicate
	channel, topic string
	given          bool
	outcome        event.Outcome // of a bounce
	time           timeRule
	proof          template
}

// importProperty is a property or trait made of a column or a constant.
type importProperty struct {
	name     string
	column   int // -1: constant
	constant string
	kind     string // string, number, int, bool or json
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
	query bool   // rows come from a query and not from a file: there is no format
	timed string // the event whose time is being read; "": the rows'
}

func (c *importCompiler) compile(o *object) error {
	env, err := newEnv(cel.Variable("row", cel.MapType(cel.StringType, cel.StringType)), numberFunction())
	if err != nil {
		return err
	}
	c.env = env
	c.m.Name = strings.TrimSpace(o.take("name").text())
	c.layout(o)
	if c.m.Format == SegmentCalls {
		for _, key := range o.keys {
			if !contains(o.known, key) {
				o.places[key].problem("a file of tracking calls says by itself what its lines are", "remove it")
				o.known = append(o.known, key)
			}
		}
		return nil
	}
	c.skips(o.take("skip"))
	c.identity(o.take("identity"))
	c.m.traits = c.fields(o.take("traits"), false)
	c.group(o)
	c.events(o)
	c.m.consents = c.consent(o.take("consent"), true)
	c.m.bounces = c.consent(o.take("bounced"), false)
	c.messageID(o)
	o.end()
	return nil
}

// group reads which rows are one event.
func (c *importCompiler) group(o *object) {
	c.m.groupBy = c.columns(o.take("group_by"))
	c.m.Grouped = len(c.m.groupBy) > 0
	lines := o.take("group_lines")
	c.m.Scattered = lines.oneOf(true, "together", "anywhere") == "anywhere"
	if !c.m.Grouped && !lines.absent() {
		lines.problem("says how grouped lines lie, but there is no group_by", "add group_by, or remove it")
	}
}

// messageID reads what tells rows apart across files. The name of the map is the
// source of their events then.
func (c *importCompiler) messageID(o *object) {
	v := o.take("message_id")
	c.m.messageID = c.columns(v)
	c.m.Keyed = len(c.m.messageID) > 0
	if c.m.Keyed && c.m.Name == "" {
		v.problem("rows are the same across files of maps of one name, and this map has none", "add name, and keep it")
	}
}

// fields reads properties or traits: name: COLUMN, or a map with more to say.
func (c *importCompiler) fields(v value, grouped bool) []importProperty {
	if v.absent() {
		return nil
	}
	kinds := []string{"string", "number", "int", "bool", "json"}
	if c.m.Format.typed() {
		kinds = []string{"json", "string", "number", "int", "bool"}
	}
	o := v.object()
	var out []importProperty
	for _, name := range o.keys {
		f := o.take(name)
		p := importProperty{name: name, column: -1, kind: kinds[0], fold: "first"}
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
		p.kind = fo.take("type").oneOf(true, kinds...)
		if fo.has("value") && !fo.has("type") {
			p.kind = "string"
		}
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
