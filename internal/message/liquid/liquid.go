// Package liquid renders Liquid text (https://shopify.github.io/liquid/) for
// people, from templates that are not trusted to be harmless. The language is
// that of Shopify's reference implementation, of which golden-liquid is the
// judge; templates that it would read by guessing are refused instead.
//
// What is bounded, and how:
//
//   - source: 64 KiB, and 32 blocks deep; refused by Parse;
//   - work: every node, loop turn, lookup and filter is charged to one budget,
//     filters and comparisons by the size of what they look at, so a loop that
//     prints nothing stops as surely as one that prints. There is no clock
//     involved: the same render stops at the same place everywhere;
//   - output: 256 KiB, and any single value made on the way 64 KiB.
//
// A template reads no file: include and render find only the snippets that were
// there when it was parsed.
//
// Time comes from Input.Now: "now" and "today" mean that instant, and dates
// without a zone are in Input.Zone. There is no randomness, and maps are walked
// in the order of their keys. Text that a template captures is data like any
// other when it is printed.
package liquid

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rapporthq/rapport/internal/event"
	"github.com/rapporthq/rapport/internal/fault"
)

// The limits. See the package comment for what they bound.
const (
	MaxSource = 64 << 10  // bytes
	MaxOutput = 256 << 10 // bytes
	MaxValue  = 64 << 10  // bytes, as weigh counts them
	MaxVars   = 128 << 10 // bytes, as weigh counts them
	MaxDepth  = 32        // nested blocks, and nested snippets
	MaxWork   = 200_000   // nodes, loop turns and 64-byte pieces of values
)

var (
	errOutput = errors.New("the text grows over 256 KiB")
	errValue  = errors.New("a value grows over 64 KiB")
	errWork   = errors.New("the template does too much work; shorten its loops")
)

// Template is a checked template. It is immutable and safe for concurrent use.
type Template struct {
	root     []node
	snippets map[string]*Template // by name; shared by all that were parsed together
}

// Snippets are the sources of templates that others include or render, by name.
type Snippets map[string]string

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

	ready map[string]any // what Vars are to a template, when Prepare made it

	// Item gives what the item filter makes of an id: a map as in Vars, nil where
	// there is no such item. A nil Item knows none.
	Item func(id string) map[string]any
}

// Prepare makes in's variables ready once for several templates. They may not be
// changed afterwards. Its errors are those of Render.
func (in Input) Prepare() (Input, error) {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	if in.ready != nil {
		return in, nil
	}
	ready, err := normaliseVars(in)
	in.ready = ready
	return in, err
}

// Output is what a render gives.
type Output struct {
	Text string

	// Missing lists the expressions that were printed and came out empty, each
	// once, in the order in which they were met.
	Missing []string
}

// Parse checks src, which may use no snippets, and makes it ready to render. Its
// errors are fault.Invalid or fault.TooLarge and name the line.
func Parse(src string) (*Template, error) { return Snippets(nil).Parse(src) }

// Parse is Parse for a template that may use the snippets of s. It fails when
// one that the template reaches cannot be read.
func (s Snippets) Parse(src string) (*Template, error) {
	c := &compiler{sources: s, done: map[string]*Template{}}
	return c.template(src)
}

// Render executes the template. Its errors are fault.Invalid or fault.TooLarge.
// The output is nothing when there is an error.
func (t *Template) Render(in Input) (Output, error) {
	in, err := in.Prepare()
	if err != nil {
		return Output{}, err
	}
	r := &render{
		in:       in,
		vars:     in.ready,
		snippets: t.snippets,
		budget:   budget{left: MaxWork},
		counts:   map[string]int{},
	}
	f := r.frame(map[string]any{})
	f.out = &sink{limit: MaxOutput, over: errOutput, escape: in.Escape, work: &r.budget}
	if _, err := f.run(t.root); err != nil {
		return Output{}, classify(err)
	}
	return Output{Text: f.out.b.String(), Missing: r.missing}, nil
}

// classify gives a rendering error its kind and a message that is safe to show.
func classify(err error) error {
	switch {
	case errors.Is(err, errOutput), errors.Is(err, errValue), errors.Is(err, errWork):
		return fault.New(fault.TooLarge, "%s", err)
	default:
		return fault.New(fault.Invalid, "%s", err)
	}
}

// atLine says on which line of the template err arose, unless it says so.
func atLine(line int, err error) error {
	if _, located := errors.AsType[*lineError](err); err == nil || located {
		return err
	}
	return &lineError{line, err}
}

type lineError struct {
	line int
	err  error
}

// Error implements error.
func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

// Unwrap gives errors.Is what is wrapped.
func (e *lineError) Unwrap() error { return e.err }

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
