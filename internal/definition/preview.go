package definition

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// Predicate compiles a rule about people as segments have it, against the
// definitions in force; its error is Problems, whose At are places in the text. The
// definitions do not change.
//
// The rule may ask a history that nobody keeps yet. Keeping then gives the
// definitions under which profile.Refold computes it.
func (w *Workspace) Predicate(text string) (*Expr, error) {
	if w.voc == nil { // a workspace made by hand
		return NewExpr(text, w.Features)
	}
	voc := *w.voc
	voc.implicit, voc.frozen = maps.Clone(w.voc.implicit), true
	src := &source{}
	v := value{src: src, node: &ast.StringNode{Value: text}}
	x := voc.expr(v, voc.person, voc.names)
	if x == nil && len(src.problems) == 0 {
		v.problem("is empty", "write an expression")
	}
	if err := src.problems.err(); err != nil {
		lead := utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeftFunc(text, unicode.IsSpace))
		for i := range src.problems {
			if src.problems[i].At > 0 {
				src.problems[i].At += lead
			}
		}
		return nil, err
	}
	return x, nil
}

// Unkept returns the features that x asks and that are not computed of people
// under w: a history function that no rule in force has. A count or sample by
// such a rule needs people's timelines.
func (w *Workspace) Unkept(x *Expr) []*Feature {
	var out []*Feature
	for _, f := range x.Inputs().Features {
		if !slices.Contains(w.watch.all, f) {
			out = append(out, f)
		}
	}
	return out
}

// Keeping returns w with more features computed of people. They take the place
// of implicit ones with the same ids. It is for looking and not for folding: its
// hashes are those of w.
func (w *Workspace) Keeping(more []*Feature) *Workspace {
	out := *w
	out.implicit = slices.DeleteFunc(slices.Clone(w.implicit), func(f *Feature) bool {
		return slices.ContainsFunc(more, func(o *Feature) bool { return o.ID == f.ID })
	})
	out.implicit = append(out.implicit, more...)
	out.watch = newWatch(slices.Clone(w.Features), nil)
	for _, f := range out.implicit {
		copied := *f
		out.watch.add(&copied)
	}
	return &out
}
