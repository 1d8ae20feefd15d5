package definition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
)

// Inputs is what the result of an expression depends on.
type Inputs struct {
	Features []*Feature // declared and implicit, by id
	Segments []string   // ids, sorted
	Traits   bool
	Account  bool
	Stage    bool
	State    bool
	Time     bool // the passing of time alone may change it
}

// Inputs returns what the expression depends on. The caller must not change it.
func (x *Expr) Inputs() Inputs {
	if x == nil {
		return Inputs{}
	}
	return x.uses
}

// useWalk finds out what an expression depends on.
type useWalk struct {
	voc *vocabulary
	v   value
	x   *Expr
}

func (w *useWalk) walk(root ast.Expr) {
	ast.PostOrderVisit(root, ast.NewExprVisitor(w.see))
	u := &w.x.uses
	slices.SortFunc(u.Features, func(a, b *Feature) int { return strings.Compare(a.ID, b.ID) })
	u.Features = slices.Compact(u.Features)
	slices.Sort(u.Segments)
	u.Segments = slices.Compact(u.Segments)
	u.Time = len(w.x.changes) > 0
	for _, f := range u.Features {
		u.Time = u.Time || f.Within > 0 || f.Aggregate == Rate
	}
	for _, c := range w.x.history {
		u.Time = u.Time || c.within > 0
	}
}

func (w *useWalk) see(e ast.Expr) {
	u := &w.x.uses
	switch e.Kind() {
	case ast.IdentKind:
		name := e.AsIdent()
		f, isFeature := w.voc.features[name]
		switch {
		case isFeature:
			u.Features = append(u.Features, f)
		case name == "traits":
			u.Traits = true
		case name == "account":
			u.Account = true
		case name == "stage":
			u.Stage = true
		case name == "state":
			u.State = true
		}
	case ast.CallKind:
		in, key := lookedUp(e)
		switch in {
		case historyMap:
			w.history(e, key)
		case segmentMap:
			w.segment(e, key)
		}
	default: // depends on what is in it
	}
}

// lookedUp recognises what the macros make.
func lookedUp(e ast.Expr) (in, key string) {
	if e.Kind() != ast.CallKind {
		return "", ""
	}
	call := e.AsCall()
	if call.FunctionName() != operators.Index || len(call.Args()) != 2 || call.Args()[0].Kind() != ast.IdentKind {
		return "", ""
	}
	key, _ = literalText(call.Args()[1])
	return call.Args()[0].AsIdent(), key
}

func (w *useWalk) history(e ast.Expr, key string) {
	before := len(w.v.src.problems)
	c := w.voc.condition(w.v, key)
	for i := range w.v.src.problems[before:] {
		w.v.src.problems[before+i].At = w.x.predicate.at(e)
	}
	if c == nil {
		return
	}
	if w.x.history == nil {
		w.x.history = map[string]*condition{}
	}
	w.x.history[key] = c
	w.x.uses.Features = append(w.x.uses.Features, c.of)
	if c.not != nil {
		w.x.uses.Features = append(w.x.uses.Features, c.not)
	}
}

func (w *useWalk) segment(e ast.Expr, id string) {
	if !slices.Contains(w.voc.segments, id) {
		mend := "declare it under segments"
		if near := nearest(id, w.voc.segments); near != "" {
			mend = fmt.Sprintf("did you mean %q?", near)
		} else if len(w.voc.segments) > 0 {
			mend = "use one of: " + strings.Join(w.voc.segments, ", ")
		}
		w.v.problemAt(w.x.predicate.at(e), fmt.Sprintf("there is no segment %q", id), mend)
		return
	}
	w.x.uses.Segments = append(w.x.uses.Segments, id)
}
