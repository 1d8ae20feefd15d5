// Package liquid renders Liquid text (https://shopify.github.io/liquid/) for
// people, from templates that are not trusted to be harmless. It is the only
// door to github.com/osteele/liquid, of which it uses the parser, the
// expression language and the filters; the tags and the loop are its own,
// because the library has no limits and lets map order and the host's clock and
// time zone into its output.
//
// What is bounded, and how:
//
//   - source: 64 KiB, and 32 blocks deep; refused by Parse;
//   - work: every node, loop turn and filter is charged to one budget, filters
//     and comparisons by the size of what they look at, so a loop that prints
//     nothing stops as surely as one that prints. There is no clock involved: the
//     same render stops at the same place everywhere;
//   - output: 256 KiB, and any single value made on the way 64 KiB;
//   - ranges: only as what a for loop runs over, never as a value, because the
//     library would make an array of one;
//   - include, render and tablerow do not exist: a template reads no file.
//
// A panic in the library becomes an error. What is not bounded is the library's
// own memory while it parses, which was measured to be linear in the source.
//
// Time comes from Input.Now: "now" and "today" mean that instant, and dates
// without a zone are in Input.Zone. There is no randomness, and maps are walked
// in the order of their keys. Text that a template captures is data like any
// other when it is printed.
package liquid

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/parser"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// The limits. See the package comment for what they bound.
const (
	MaxSource = 64 << 10  // bytes
	MaxOutput = 256 << 10 // bytes
	MaxValue  = 64 << 10  // bytes, as weigh counts them
	MaxVars   = 128 << 10 // bytes, as weigh counts them
	MaxDepth  = 32        // nested blocks
	MaxWork   = 200_000   // nodes, loop turns and 64-byte pieces of values
)

var (
	errOutput = errors.New("the text grows over 256 KiB")
	errValue  = errors.New("a value grows over 64 KiB")
	errWork   = errors.New("the template does too much work; shorten its loops")
)

// Template is a checked template. It is immutable and safe for concurrent use.
type Template struct {
	root    []node
	filters map[string]reflect.Value // of the library, those that it uses
}

// Escape prepares a value for the place where it is printed. Before is the
// output so far. A template's own text is never escaped.
type Escape func(before, value string) string

// Input is what a template is rendered with.
type Input struct {
	// Vars may hold nil, booleans, numbers, strings, json.Number, event.Instant,
	// time.Time, and slices and string-keyed maps of these. It is copied.
	Vars   map[string]any
	Now    event.Instant
	Zone   *time.Location // defaults to UTC
	Escape Escape         // nil: values are printed as they are

	// Item gives what the item filter makes of an id: a map as in Vars, nil where
	// there is no such item. A nil Item knows none.
	Item func(id string) map[string]any
}

// Output is what a render gives.
type Output struct {
	Text string

	// Missing lists the expressions that were printed and came out empty, each
	// once, in the order in which they were met.
	Missing []string
}

// Parse checks src and makes it ready to render. Its errors are fault.Invalid
// or fault.TooLarge and name the line.
func Parse(src string) (t *Template, err error) {
	if len(src) > MaxSource {
		return nil, fault.New(fault.TooLarge, "the template has %d bytes; at most %d are allowed", len(src), MaxSource)
	}
	defer func() {
		if r := recover(); r != nil {
			t, err = nil, fault.New(fault.Invalid, "the template cannot be read: %s", firstLine(r))
		}
	}()
	cfg := parser.Config{Grammar: grammar{}}
	loc := parser.SourceLoc{LineNo: 1}
	used, err := checkTokens(parser.Scan(src, loc, nil))
	if err != nil {
		return nil, err
	}
	root, perr := cfg.Parse(src, loc)
	if perr != nil {
		return nil, fault.New(fault.Invalid, "%s", firstLine(perr))
	}
	seq, ok := root.(*parser.ASTSeq)
	if !ok {
		return nil, fault.New(fault.Internal, "the template parsed to a %T", root)
	}
	nodes, err := compileAll(seq.Children, 0)
	if err != nil {
		return nil, err
	}
	return &Template{root: nodes, filters: used}, nil
}

// Render executes the template. Its errors are fault.Invalid or fault.TooLarge.
// The output is nothing when there is an error.
func (t *Template) Render(in Input) (out Output, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = Output{}, fault.New(fault.Invalid, "the template cannot be rendered: %s", firstLine(r))
		}
	}()
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	scope, err := normaliseVars(in)
	if err != nil {
		return Output{}, err
	}
	work := &budget{left: MaxWork}
	f := &frame{
		scope: scope,
		expr:  expressions.NewContext(scope, t.filterConfig(in, work)),
		work:  work,
		out:   &sink{limit: MaxOutput, over: errOutput, escape: in.Escape, work: work},
	}
	if _, err := f.run(t.root); err != nil {
		return Output{}, classify(err)
	}
	return Output{Text: f.out.b.String(), Missing: f.missing}, nil
}

// classify gives a rendering error its kind and a message that is safe to show.
func classify(err error) error {
	var f *fault.Error
	switch {
	case errors.As(err, &f):
		return err
	case errors.Is(err, errOutput), errors.Is(err, errValue), errors.Is(err, errWork):
		return fault.New(fault.TooLarge, "%s", firstLine(err))
	default:
		return fault.New(fault.Invalid, "%s", firstLine(err))
	}
}

// firstLine cuts the stack traces that the library puts into its messages.
func firstLine(v any) string {
	s, _, _ := strings.Cut(fmt.Sprint(v), "\n")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}

// budget is the work that a render may still do.
type budget struct{ left int }

func (b *budget) spend(n int) error {
	b.left -= n
	if b.left < 0 {
		return errWork
	}
	return nil
}

// sink collects output up to a limit.
type sink struct {
	b      strings.Builder
	limit  int
	over   error
	escape Escape
	work   *budget
}

func (s *sink) text(t string) error {
	if s.b.Len()+len(t) > s.limit {
		return s.over
	}
	s.b.WriteString(t)
	return s.work.spend(len(t) / 64)
}

func (s *sink) value(v string) error {
	if s.escape != nil && v != "" {
		v = s.escape(s.b.String(), v)
	}
	return s.text(v)
}
