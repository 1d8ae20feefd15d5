package definition

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rapporthq/rapport/internal/fault"
)

// Problem is one thing that is wrong with a definition, said so that its author
// can mend it.
type Problem struct {
	File   string `json:"file,omitempty"` // of a folder; empty for a single source
	Path   string `json:"path"`           // such as goals[0].horizon; empty for the document
	Line   int    `json:"line"`           // from 1; 0 when unknown
	Column int    `json:"column"`         // from 1, in characters; 0 when unknown
	At     int    `json:"at,omitempty"`   // of an expression: where in it, from 1, in characters; 0 when it is about the whole
	What   string `json:"what"`           // what is wrong
	Mend   string `json:"mend"`           // what to write instead
}

// String gives the problem on one line.
func (p Problem) String() string {
	var b strings.Builder
	switch {
	case p.File != "":
		fmt.Fprintf(&b, "%s:%d: ", p.File, p.Line)
	case p.Line > 0:
		fmt.Fprintf(&b, "line %d:%d: ", p.Line, p.Column)
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.What)
	if p.Mend != "" {
		b.WriteString("; " + p.Mend)
	}
	return b.String()
}

// Problems is everything that is wrong with a set of definitions, in the order
// of the source. It is safe to show to whoever wrote them.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// As makes errors.As find a fault of kind Invalid in the problems.
func (ps Problems) As(target any) bool {
	f, ok := target.(**fault.Error)
	if ok {
		*f = fault.New(fault.Invalid, "%s", ps.Error())
	}
	return ok
}

// err returns the problems in source order, and nil when there are none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return ps
}

// ProblemsOf returns the problems that err consists of, and whether it has any.
func ProblemsOf(err error) (Problems, bool) {
	ps, ok := errors.AsType[Problems](err)
	return ps, ok
}
